"""Notebooks that ran without a person."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table; what exists stays as it is."""
    op.create_table(
        "execution",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("notebook", sa.String(200), nullable=False),
        sa.Column("schedule", sa.String(200), nullable=False),
        sa.Column("due_at", sa.DateTime),
        sa.Column("started_by", sa.String(200), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("run_ids", sa.JSON, nullable=False),
        sa.Column("executed", sa.Text, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("log", sa.Text, nullable=False),
        sa.Column("process", sa.String(200), nullable=False),
        sa.Column("elapsed_s", sa.Float, nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_execution"),
    )
    op.create_index("ix_execution_schedule_started_at", "execution", ["schedule", "started_at"])
    op.create_index("ix_execution_started_at", "execution", ["started_at"])
