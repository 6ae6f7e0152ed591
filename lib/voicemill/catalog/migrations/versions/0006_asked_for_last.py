"""Which of an item's sources was asked for last."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add it; of what exists the newest was asked for last."""
    with op.batch_alter_table("audio_source") as table:
        table.add_column(sa.Column("asked", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE audio_source SET asked = id")
