"""Planning again what is not there: the failures of a run, and audio that went missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from voicemill.catalog import Item
from voicemill.errors import EngineUnavailable, UnknownName
from voicemill.production.job import Request
from voicemill.production.other_takes import is_other_take
from voicemill.production.planning import SKIP, make_plan
from voicemill.production.workshop import Workshop
from voicemill.speech.engine import Delivery

if TYPE_CHECKING:
    import pandas as pd


def plan_failures(run_id: str, shop: Workshop) -> pd.DataFrame:
    """Plan the items that failed in a run, as they were asked for then.

    run_id: or the beginning of it; empty means the newest run.  Raises UnknownName.
    """
    run = shop.catalog.runs.state(run_id)
    failed = shop.catalog.runs.outcomes(run.id, "failed")
    requests = _requests(run.parameters)
    items = {(one.collection, one.key): one for one in _items(shop, failed)}
    found = [((row["collection"], row["key"]), requests[row["request"]]) for row in failed]
    return _plan([(items[name], request) for name, request in found if name in items], shop)


def plan_missing(usual: Request, shop: Workshop, collection: str = "") -> pd.DataFrame:
    """Plan the items that have no audio, or none that is whole and has not expired.

    Each is planned as it was asked for last, except that nothing is forced and locks hold; an
    item whose voice is not there any more is skipped and says so. usual: how those that never
    were asked for are spoken.
    Raises ItemUnknown for a collection that does not exist.
    """
    now = datetime.now(UTC)
    sizes = shop.store.sizes()
    items = shop.catalog.items.of_collection(collection)
    sources = shop.catalog.sources.of_items(item.id for item in items)
    served = {
        source.item_id
        for source in sources
        if not source.expired(now)
        and sizes.get(source.file) == source.size_bytes
        and not is_other_take(source)  # which is there for a few days, and not the best
    }
    last = shop.catalog.runs.last_requests(collection)
    wanted = []
    for item in items:
        if item.id not in served:
            parameters, index = last.get((item.collection, item.key), ({}, 0))
            asked = _requests(parameters)[index] if parameters else usual
            wanted.append((item, replace(asked, force=False, skip_locked=True)))
    return _plan(wanted, shop, instead=usual)


def last_request(collection: str, key: str, shop: Workshop) -> Request | None:
    """Return how an item was asked for last, None when it never was."""
    found = shop.catalog.runs.last_request(collection, key)
    return _requests(found[0])[found[1]] if found else None


def _plan(
    wanted: Iterable[tuple[Item, Request]], shop: Workshop, instead: Request | None = None
) -> pd.DataFrame:
    """Plan items under their own requests, in one table.

    instead: how to look at those whose request cannot be met; they are then skipped.
    """
    import pandas as pd

    grouped: dict[Request, list[dict[str, Any]]] = {}
    for item, request in wanted:
        grouped.setdefault(request, []).append(asdict(item))
    if not grouped:
        columns = [*Item.__dataclass_fields__]
        usual = Request(voices=tuple(shop.settings.speech.voices))
        return make_plan(pd.DataFrame(columns=columns), usual, shop)
    plans = []
    for request, rows in grouped.items():
        try:
            plans.append(make_plan(pd.DataFrame(rows), request, shop))
        except (UnknownName, EngineUnavailable) as error:
            if instead is None or request == instead:
                raise
            plan = make_plan(pd.DataFrame(rows), instead, shop)
            plans.append(_skipped(plan, request, f"cannot be made as it was asked for: {error}"))
    return pd.concat(plans, ignore_index=True)


def _skipped(plan: pd.DataFrame, request: Request, reason: str) -> pd.DataFrame:
    """Skip all rows of a plan, which still say what they were asked for: the next time too."""
    kept = ("say", "profile", "pause_s", "takes", "fallback", "skip_locked", "force")
    return plan.assign(
        **{name: getattr(request, name) for name in kept},
        **asdict(request.delivery),
        wanted="\n".join(request.voices),
        action=SKIP,
        reason=reason,
        voice="",
        speak="",
        fallbacks="",
        fingerprint="",
        file="",
        source_id=0,
        estimate_s=0.0,
    )


def _items(shop: Workshop, rows: list[dict[str, Any]]) -> list[Item]:
    collections = dict.fromkeys(str(row["collection"]) for row in rows)
    return [item for name in collections for item in shop.catalog.items.table(name)]


def _requests(parameters: Mapping[str, Any]) -> list[Request]:
    """Read a run's requests; runs from before schema 0002 had one, written flat."""
    if "requests" in parameters:
        return [Request.from_dict(values) for values in parameters["requests"]]
    names = Delivery.__dataclass_fields__
    delivery = {name: parameters[name] for name in names if name in parameters}
    return [Request.from_dict({**parameters, "delivery": delivery, "force": False})]
