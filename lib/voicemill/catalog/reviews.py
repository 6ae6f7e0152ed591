"""Reviews: what people think of the files they heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from voicemill.catalog.database import Database
from voicemill.catalog.schema import audio_source, item, review
from voicemill.errors import ItemError

APPROVED, REJECTED, FLAGGED, OPEN = "approved", "rejected", "flagged", "open"
VERDICTS = (APPROVED, REJECTED, FLAGGED, OPEN)
TO_REVIEW, WAITING, DISAGREED = "to review", "waiting", "disagreed"
STATUSES = (TO_REVIEW, WAITING, DISAGREED, APPROVED, REJECTED, FLAGGED)
LONGEST_REVIEWER, LONGEST_COMMENT = 200, 10_000

_CHUNK = 500  # values per IN list, below SQLite's limit of variables
_WRITTEN = ("item_id", "checksum", "voice", "reviewer", "verdict", "rating", "comment")


@dataclass(frozen=True)
class Review:
    """What one person thinks of one file of an item.

    verdict: approved, rejected, flagged (to be talked about), or open, which takes an earlier
    one back.  rating: 1 … 5.  checksum: of the file that was heard; another one of the same
    item must be judged again.
    """

    item_id: int
    checksum: str
    reviewer: str
    verdict: str
    voice: str = ""
    rating: int | None = None
    comment: str = ""
    created_at: datetime | None = None
    id: int | None = None


def status_of(reviews: Iterable[Review], required: int = 1) -> str:
    """Sum up what people think of one file.

    reviews: the newest of each reviewer.  required: how many must agree before it is decided.
    A flag stays until whoever set it takes it back; people who disagree decide nothing.
    """
    given = [one.verdict for one in reviews if one.verdict != OPEN]
    if not given:
        return TO_REVIEW
    if FLAGGED in given:
        return FLAGGED
    if len(set(given)) > 1:
        return DISAGREED
    return given[0] if len(given) >= required else WAITING


class Reviews:
    """Reads and writes verdicts. Rows are only ever added; a person's newest one counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, given: Review, required: int = 1) -> Review:
        """Keep a verdict, and approve the item's audio of that checksum, or no longer.

        required: how many reviewers must approve.  Written in one moment with the approval, so
        that a file made again meanwhile is not approved for it.
        Raises ItemError for a value that is none, or when the item is gone.
        """
        [kept] = self.add_all([given], required)
        return kept

    def add_all(self, given: Sequence[Review], required: int = 1) -> list[Review]:
        """Keep several verdicts wholly or not at all; see `add`."""
        for one in given:
            _refuse_nonsense(one)

        def work(connection: sa.Connection) -> list[Review]:
            kept = [self._insert(connection, one) for one in given]
            for item_id, checksum in {(one.item_id, one.checksum) for one in given}:
                _settle_approval(connection, item_id, checksum, required)
            return kept

        return self._database.write(work)

    def of_items(self, item_ids: Iterable[int]) -> dict[tuple[int, str], list[Review]]:
        """Return (item id, checksum) → the newest verdict of each reviewer, oldest first."""
        wanted = list(item_ids)

        def work(connection: sa.Connection) -> dict[tuple[int, str], list[Review]]:
            found: dict[tuple[int, str], list[Review]] = {}
            for start in range(0, len(wanted), _CHUNK):
                some = review.c.item_id.in_(wanted[start : start + _CHUNK])
                for one in _newest(connection, some):
                    found.setdefault((one.item_id, one.checksum), []).append(one)
            return found

        return self._database.read(work)

    def of_clip(self, item_id: int, checksum: str) -> list[Review]:
        """Return the newest verdict of each reviewer on one file."""
        mine = sa.and_(review.c.item_id == item_id, review.c.checksum == checksum)
        return self._database.read(lambda connection: _newest(connection, mine))

    def table(self, collection: str = "", *, history: bool = False) -> list[dict[str, Any]]:
        """Return verdicts with collection and key of their item, in the order they were given.

        history: also those that were changed or taken back; else only what counts now.
        """
        names = [review.c[name] for name in ("id", *_WRITTEN, "created_at")]
        query = (
            sa.select(item.c.collection, item.c.key, *names)
            .join(item, item.c.id == review.c.item_id)
            .order_by(review.c.created_at, review.c.id)
        )
        if collection:
            query = query.where(item.c.collection == collection)
        rows = self._database.read(
            lambda connection: [dict(row) for row in connection.execute(query).mappings()]
        )
        if history:
            return rows
        last = {(row["item_id"], row["checksum"], row["reviewer"]): row for row in rows}
        return [row for row in rows if last[_author(row)] is row and row["verdict"] != OPEN]

    def _insert(self, connection: sa.Connection, given: Review) -> Review:
        # Held until the end: of two who judge at once, the second sees what the first said.
        mine = sa.select(item.c.id).where(item.c.id == given.item_id).with_for_update()
        if connection.execute(mine).first() is None:
            raise ItemError(
                "this item is gone", where=f"item {given.item_id}", remedy="Read the list again"
            )
        values: dict[str, Any] = {name: getattr(given, name) for name in _WRITTEN}
        values["created_at"] = given.created_at or _now(connection, given)
        added = sa.insert(review).values(values).returning(review.c.id)
        return Review(**values, id=connection.execute(added).scalar_one())


def _now(connection: sa.Connection, given: Review) -> datetime:
    """Return now; after this person's last word, even where the clock was set back since."""
    query = sa.select(sa.func.max(review.c.created_at)).where(
        review.c.item_id == given.item_id,
        review.c.checksum == given.checksum,
        review.c.reviewer == given.reviewer,
    )
    last = connection.execute(query).scalar()
    now = datetime.now(UTC)
    return now if last is None else max(now, last + timedelta(microseconds=1))


def _settle_approval(connection: sa.Connection, item_id: int, checksum: str, required: int) -> None:
    """Approve the item's audio of that checksum where people agreed on it, and only there."""
    said = sa.and_(review.c.item_id == item_id, review.c.checksum == checksum)
    status = status_of(_newest(connection, said), required)
    if status == TO_REVIEW:  # a comment alone takes no approval away that was given elsewhere
        ever = sa.select(review.c.id).where(said, review.c.verdict == APPROVED).limit(1)
        if connection.execute(ever).first() is None:
            return
    mine = sa.and_(audio_source.c.item_id == item_id, audio_source.c.checksum == checksum)
    change = sa.update(audio_source).where(mine)
    connection.execute(change.values(approved_checksum=checksum if status == APPROVED else ""))


def _newest(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Review]:
    names = [review.c[name] for name in ("id", *_WRITTEN, "created_at")]
    query = sa.select(*names).where(condition).order_by(review.c.created_at, review.c.id)
    last: dict[Any, Review] = {}
    for row in connection.execute(query).mappings():
        last.pop(_author(row), None)  # so that the newest comes last
        last[_author(row)] = Review(**row)
    return list(last.values())


def _author(row: Mapping[str, Any] | sa.RowMapping) -> tuple[int, str, str]:
    return row["item_id"], row["checksum"], row["reviewer"]


def _refuse_nonsense(given: Review) -> None:
    problem = ""
    if given.verdict not in VERDICTS:
        problem = f"'{given.verdict}' is not a verdict; write one of {', '.join(VERDICTS)}"
    elif given.rating is not None and given.rating not in range(1, 6):
        problem = f"a rating is 1 to 5, not {given.rating}"
    elif not given.reviewer.strip() or len(given.reviewer) > LONGEST_REVIEWER:
        problem = f"a reviewer needs a name of 1 to {LONGEST_REVIEWER} characters"
    elif not given.checksum:
        problem = "there is no file that this verdict could be about"
    elif len(given.comment) > LONGEST_COMMENT:
        problem = f"a comment has at most {LONGEST_COMMENT} characters"
    if problem:
        raise ItemError(problem, where="verdict", remedy="Correct it; nothing was saved")
