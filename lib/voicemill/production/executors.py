"""Who does the work. Anything with the `submit` of concurrent.futures.Executor will do."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Protocol

from voicemill.production.job import Job, Rendered
from voicemill.production.rendering import render
from voicemill.production.workshop import Workshop


class JobExecutor(AbstractContextManager[Any], Protocol):
    """Makes jobs, some at the same time."""

    def submit_job(self, job: Job) -> Future[Rendered]:
        """Begin a job as soon as a worker is free."""

    @property
    def workers(self) -> int:
        """How many jobs it makes at once."""


class Threads:
    """Makes jobs in threads of this process; engines and codecs release the interpreter lock."""

    def __init__(self, shop: Workshop, workers: int = 0) -> None:
        self._shop = shop
        self.workers = workers or shop.workers
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="voicemill")

    def submit_job(self, job: Job) -> Future[Rendered]:
        """Begin a job as soon as a thread is free."""
        return self._pool.submit(render, job, self._shop)

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
