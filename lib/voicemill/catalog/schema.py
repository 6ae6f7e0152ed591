"""The catalog's tables, as of the newest migration.

    item ──< audio_source       what exists for an item
    item ──< review             what a person thinks of one file of it
    heard                       what automatic checks found in a file
    book                        what a collection of pages is, as a book
    comparison ──< vote         voices heard side by side, and which was liked better
    run  ──< run_item           what a run did with each item
         ──< claim              what a run is making right now, so that no other does
    execution                   a notebook that ran without a person, and how it ended

Change a table here and write the migration beside it (migrations/versions); a test compares
the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

HEAD = "0006"  # the newest migration


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept in UTC whatever the database does with time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store as UTC without a zone."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return with its zone."""
        return value.replace(tzinfo=UTC) if value else None


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

item = Table(
    "item",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection", String(200), nullable=False),
    Column("key", String(400), nullable=False),
    Column("order", Integer, nullable=False, default=0),
    Column("text", Text, nullable=False, default=""),
    Column("ipa", Text, nullable=False, default=""),
    Column("sound", Text, nullable=False, default=""),
    Column("language", String(40), nullable=False, default=""),
    Column("category", String(200), nullable=False, default=""),
    Column("locked", Boolean, nullable=False, default=False),
    Column("preferred_source_id", Integer),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("collection", "key"),
)

audio_source = Table(
    "audio_source",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", Integer, ForeignKey("item.id", ondelete="CASCADE"), nullable=False),
    Column("source_type", String(20), nullable=False),  # native | tts | generated | part
    Column("voice", String(1000), nullable=False, default=""),
    Column("language", String(40), nullable=False, default=""),
    Column("file", String(1000), nullable=False),
    Column("format", String(20), nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("checksum", String(64), nullable=False),  # SHA-256 of the file
    Column("fingerprint", String(64), nullable=False),
    Column("profile", String(100), nullable=False, default=""),
    Column("metadata", JSON, nullable=False, default=dict),
    Column("licence", Text, nullable=False, default=""),
    Column("attribution", Text, nullable=False, default=""),
    Column("origin", Text, nullable=False, default=""),  # where it came from: engine, file, page
    Column("approved_checksum", String(64), nullable=False, default=""),  # the file a person liked
    Column("cached_until", UtcDateTime),  # empty: never expires
    Column("asked", Integer, nullable=False, default=0),  # the highest of an item: asked for last
    Column("plays", Integer, nullable=False, default=0),
    Column("last_played_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("item_id", "fingerprint"),
    Index(None, "fingerprint"),
    Index(None, "file"),
)

book = Table(
    "book",
    metadata,
    Column("collection", String(200), primary_key=True),
    Column("title", Text, nullable=False, default=""),
    Column("author", Text, nullable=False, default=""),
    Column("language", String(40), nullable=False, default=""),
    Column("cover", LargeBinary),
    Column("pages", JSON, nullable=False, default=list),  # [key, label] of each, in order
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

heard = Table(
    "heard",
    metadata,
    Column("checksum", String(64), primary_key=True),  # of the file
    Column("expected", String(64), primary_key=True),  # hash of what it should be, and of how
    Column("suspicion", Float, nullable=False, default=0.0),  # 0 nothing … 1 surely wrong
    Column("findings", JSON, nullable=False, default=list),
    Column("created_at", UtcDateTime, nullable=False),
)

review = Table(
    "review",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", Integer, ForeignKey("item.id", ondelete="CASCADE"), nullable=False),
    Column("checksum", String(64), nullable=False),  # the file that was heard
    Column("voice", String(1000), nullable=False, default=""),
    Column("reviewer", String(200), nullable=False, default=""),
    Column("verdict", String(20), nullable=False),  # approved | rejected | flagged | open
    Column("rating", Integer),  # 1 … 5
    Column("comment", Text, nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "item_id", "checksum"),
)

comparison = Table(
    "comparison",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("title", String(200), nullable=False, default=""),
    Column("seed", Integer, nullable=False),
    Column("parameters", JSON, nullable=False, default=dict),  # items, voices, delivery, files
    Column("created_at", UtcDateTime, nullable=False),
)

vote = Table(
    "vote",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "comparison_id", String(40), ForeignKey("comparison.id", ondelete="CASCADE"), nullable=False
    ),
    Column("listener", String(200), nullable=False, default=""),
    Column("place", Integer, nullable=False),  # in the listener's own order, from 0
    Column("item_key", String(400), nullable=False),
    Column("category", String(200), nullable=False, default=""),
    Column("first_voice", String(1000), nullable=False),
    Column("second_voice", String(1000), nullable=False),
    Column("choice", String(10), nullable=False),  # first | second | tie
    Column("elapsed_s", Float, nullable=False, default=0.0),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("comparison_id", "listener", "place"),
)

run = Table(
    "run",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("title", String(200), nullable=False, default=""),
    Column("started_by", String(200), nullable=False, default=""),
    Column("status", String(20), nullable=False),
    Column("parameters", JSON, nullable=False, default=dict),
    Column("total", Integer, nullable=False, default=0),
    Column("completed", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("skipped", Integer, nullable=False, default=0),
    Column("cancelled", Integer, nullable=False, default=0),
    Column("taken_over", Integer, nullable=False, default=0),  # of the completed: made by another
    Column("error", Text, nullable=False, default=""),
    Column("process", String(200), nullable=False, default=""),  # host, process id, its start
    Column("alive_at", UtcDateTime),  # its last sign of life, by the database's clock
    Column("stop_wanted", Text, nullable=False, default=""),  # why somebody asked it to stop
    Column("elapsed_s", Float, nullable=False, default=0.0),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Index(None, "started_at"),
)

run_item = Table(
    "run_item",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", String(40), ForeignKey("run.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),  # the row of the plan, from 0
    Column("collection", String(200), nullable=False),
    Column("key", String(400), nullable=False),
    Column("request", Integer, nullable=False, default=0),  # which of the run's requests
    Column("status", String(20), nullable=False),
    Column("made", Boolean, nullable=False, default=False),  # by this run, not taken over
    Column("voice", String(1000), nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("error_class", String(100), nullable=False, default=""),
    Column("source_id", Integer),
    Column("elapsed_s", Float, nullable=False, default=0.0),
    Column("finished_at", UtcDateTime, nullable=False),
    UniqueConstraint("run_id", "position"),
    Index(None, "run_id", "status"),
    Index(None, "collection", "key"),
    Index(None, "voice", "status"),
)

claim = Table(
    "claim",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("run_id", String(40), ForeignKey("run.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("place", Text, nullable=False, default=""),  # the item, as errors name it
    Column("claimed_at", UtcDateTime, nullable=False),
    Index(None, "run_id"),
)

execution = Table(
    "execution",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("notebook", String(200), nullable=False),
    Column("schedule", String(200), nullable=False, default=""),  # the entry that asked for it
    Column("due_at", UtcDateTime),  # when that entry wanted it
    Column("started_by", String(200), nullable=False, default=""),
    Column("status", String(20), nullable=False),  # processing | completed | failed | …
    Column("error", Text, nullable=False, default=""),
    Column("parameters", JSON, nullable=False, default=dict),
    Column("counts", JSON, nullable=False, default=dict),  # of the items of all its runs
    Column("run_ids", JSON, nullable=False, default=list),
    Column("executed", Text, nullable=False, default=""),  # files, from the project's root
    Column("report", Text, nullable=False, default=""),
    Column("log", Text, nullable=False, default=""),
    Column("process", String(200), nullable=False, default=""),
    Column("elapsed_s", Float, nullable=False, default=0.0),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Index(None, "schedule", "started_at"),
    Index(None, "started_at"),
)
