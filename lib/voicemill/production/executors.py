"""Who does the work. Anything with the `submit` of concurrent.futures.Executor will do."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Protocol

from voicemill.errors import ItemTookTooLong
from voicemill.production import signs
from voicemill.production.job import Job, Rendered
from voicemill.production.progress import duration
from voicemill.production.rendering import render
from voicemill.production.workshop import Workshop

_LOOK_S = 0.1  # how often, at the end, to see whether the last items are through


class JobExecutor(AbstractContextManager[Any], Protocol):
    """Makes jobs, some at the same time."""

    def submit_job(self, job: Job) -> Future[Rendered]:
        """Begin a job as soon as a worker is free."""

    def cut_off(self, limit_s: float) -> list[Job]:
        """Give up the jobs in work for longer; their futures raise ItemTookTooLong."""

    @property
    def workers(self) -> int:
        """How many jobs it makes at once."""


@dataclass(eq=False)
class _Order:
    job: Job
    future: Future[Rendered] = field(default_factory=Future)
    began_s: float = 0.0  # or when it gave its last sign of life

    def go_on(self) -> None:
        """Count the time anew."""
        self.began_s = time.monotonic()


class Threads:
    """Makes jobs in threads of this process; engines and codecs release the interpreter lock.

    A thread that hangs cannot be stopped, only left behind and replaced. That is why these are
    not those of ThreadPoolExecutor, for which Python would wait at its exit.
    item_limit_s: how long to wait for an item at the end, when nobody else watches.
    """

    def __init__(self, shop: Workshop, workers: int = 0, item_limit_s: float | None = None) -> None:
        self._shop = shop
        self.workers = workers or shop.workers
        self._item_limit_s = item_limit_s
        self._waiting: SimpleQueue[_Order | None] = SimpleQueue()
        self._in_work: set[_Order] = set()
        self._change = threading.Condition()
        for _ in range(self.workers):
            self._start_worker()

    def submit_job(self, job: Job) -> Future[Rendered]:
        """Begin a job as soon as a thread is free."""
        order = _Order(job)
        self._waiting.put(order)
        return order.future

    def cut_off(self, limit_s: float) -> list[Job]:
        """Leave behind the threads that work on one job for longer, and start others instead."""
        now_s = time.monotonic()
        with self._change:
            late = [order for order in self._in_work if now_s - order.began_s > limit_s]
            for order in late:
                self._in_work.remove(order)
                order.future.set_exception(_too_long(order.job, now_s - order.began_s))
                self._start_worker()
            self._change.notify_all()
        return [order.job for order in late]

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_exception: object) -> None:
        """Wait for the jobs in work, unless a person is in a hurry; cancel those not begun."""
        while not self._waiting.empty():
            order = self._waiting.get()
            if order is not None:
                order.future.cancel()
        for _ in range(self.workers):
            self._waiting.put(None)
        with self._change:
            while self._in_work and kind is not KeyboardInterrupt:
                self._change.wait(_LOOK_S)
                if self._item_limit_s is not None:
                    self._leave_late(self._item_limit_s)

    def _leave_late(self, limit_s: float) -> None:
        now_s = time.monotonic()
        self._in_work = {order for order in self._in_work if now_s - order.began_s <= limit_s}

    def _start_worker(self) -> None:
        threading.Thread(target=self._work, name="voicemill-worker", daemon=True).start()

    def _work(self) -> None:
        while (order := self._waiting.get()) is not None:
            if not order.future.set_running_or_notify_cancel():
                continue
            order.go_on()
            signs.hear(order.go_on)
            with self._change:
                self._in_work.add(order)
            made: Rendered | None = None
            problem: BaseException | None = None
            try:
                made = render(order.job, self._shop)
            except BaseException as error:
                problem = error
            if not self._settle(order, made, problem):
                return  # cut off meanwhile: another thread has taken this one's place

    def _settle(self, order: _Order, made: Rendered | None, problem: BaseException | None) -> bool:
        with self._change:
            if order not in self._in_work:
                return False
            self._in_work.remove(order)
            if made is not None:
                order.future.set_result(made)
            else:
                order.future.set_exception(problem)
            self._change.notify_all()
            return True


def _too_long(job: Job, took_s: float) -> ItemTookTooLong:
    return ItemTookTooLong(
        f"it was cut off after {duration(took_s)}, the engine did not answer",
        where=job.place,
        remedy="Run again; if it hangs again, choose another voice for it, or raise "
        "item_limit_s in voicemill.toml",
    )
