"""Claims between runs, signs of life, approval, origin; outcomes by their row of the plan."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what is new; rows that exist get a position in the order they were written."""
    # "run" not in a batch: SQLite would copy and drop it, which empties the tables below it.
    with op.batch_alter_table("audio_source") as table:
        table.add_column(_text("origin"))
        table.add_column(_text("approved_checksum", sa.String(64)))
        _lengthen_voice(table)
        table.create_index("ix_audio_source_file", ["file"])
    op.add_column("run", _number("taken_over", sa.Integer))
    op.add_column("run", _text("process", sa.String(200)))
    op.add_column("run", sa.Column("alive_at", sa.DateTime))
    op.add_column("run", _text("stop_wanted"))
    op.add_column("run", _number("elapsed_s", sa.Float))
    op.add_column("run_item", _number("position", sa.Integer))
    op.add_column("run_item", _number("request", sa.Integer))
    op.add_column(
        "run_item", sa.Column("made", sa.Boolean, nullable=False, server_default=sa.false())
    )
    _number_rows()
    with op.batch_alter_table("run_item") as table:
        _lengthen_voice(table)
        table.create_unique_constraint("uq_run_item_run_id_position", ["run_id", "position"])
        table.drop_index("ix_run_item_run_id")
        table.create_index("ix_run_item_run_id_status", ["run_id", "status"])
        table.create_index("ix_run_item_collection_key", ["collection", "key"])
        table.create_index("ix_run_item_voice_status", ["voice", "status"])
    op.create_table(
        "claim",
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("claimed_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_claim"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name="fk_claim_run_id_run", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_claim_run_id", "claim", ["run_id"])


def _lengthen_voice(table: BatchOperations) -> None:
    """Make room for voices that are the path of their file."""
    table.alter_column(
        "voice",
        existing_type=sa.String(200),
        type_=sa.String(1000),
        existing_nullable=False,
    )


def _number_rows() -> None:
    """Number each run's outcomes in the order they were written, and mark what it made itself."""
    op.execute(
        "UPDATE run_item SET position = numbered.position FROM (SELECT id,"
        " row_number() OVER (PARTITION BY run_id ORDER BY id) - 1 AS position FROM run_item)"
        " AS numbered WHERE numbered.id = run_item.id"
    )
    op.execute("UPDATE run_item SET made = (status = 'completed' AND elapsed_s > 0)")
    op.execute(
        "UPDATE run SET taken_over = (SELECT count(*) FROM run_item"
        " WHERE run_item.run_id = run.id AND status = 'completed' AND NOT made)"
    )


def _text(name: str, kind: sa.types.TypeEngine[str] | None = None) -> sa.Column[str]:
    return sa.Column(name, kind or sa.Text(), nullable=False, server_default="")


def _number(name: str, kind: type[sa.Integer] | type[sa.Float[float]]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default="0")
