"""What checks found, what people thought, and voices compared."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables; what exists stays as it is."""
    op.create_table(
        "heard",
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("expected", sa.String(64), nullable=False),
        sa.Column("suspicion", sa.Float, nullable=False),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("checksum", "expected", name="pk_heard"),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("item_id", sa.Integer, nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("voice", sa.String(1000), nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("rating", sa.Integer),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name="fk_review_item_id_item", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_review_item_id_checksum", "review", ["item_id", "checksum"])
    op.create_table(
        "comparison",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comparison"),
    )
    op.create_table(
        "vote",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("comparison_id", sa.String(40), nullable=False),
        sa.Column("listener", sa.String(200), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("item_key", sa.String(400), nullable=False),
        sa.Column("category", sa.String(200), nullable=False),
        sa.Column("first_voice", sa.String(1000), nullable=False),
        sa.Column("second_voice", sa.String(1000), nullable=False),
        sa.Column("choice", sa.String(10), nullable=False),
        sa.Column("elapsed_s", sa.Float, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vote"),
        sa.ForeignKeyConstraint(
            ["comparison_id"],
            ["comparison.id"],
            name="fk_vote_comparison_id_comparison",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "comparison_id", "listener", "place", name="uq_vote_comparison_id_listener_place"
        ),
    )
