"""Books: title, author, cover and pages of a collection."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table; what exists stays as it is."""
    op.create_table(
        "book",
        sa.Column("collection", sa.String(200), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("language", sa.String(40), nullable=False),
        sa.Column("cover", sa.LargeBinary),
        sa.Column("pages", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("collection", name="pk_book"),
    )
