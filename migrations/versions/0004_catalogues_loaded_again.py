"""When a catalogue was loaded last: one that was gone back to is the newest again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is there was loaded last when it was loaded first, as far as is known."""
    op.add_column("catalogue_version", sa.Column("last_loaded_at", sa.BigInteger))
    version = sa.table("catalogue_version", sa.column("loaded_at"), sa.column("last_loaded_at"))
    op.execute(version.update().values(last_loaded_at=version.c.loaded_at))
