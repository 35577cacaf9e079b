"""Trends of measurements, by the hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing that is there is touched."""
    op.create_table(
        "trend",
        sa.Column("check_id", sa.Text, nullable=False),
        sa.Column("vantage", sa.Text, nullable=False),
        sa.Column("measurement", sa.Text, nullable=False),
        sa.Column("hour", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("minimum", sa.Double, nullable=False),
        sa.Column("mean", sa.Double, nullable=False),
        sa.Column("maximum", sa.Double, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("check_id", "vantage", "measurement", "hour", name="pk_trend"),
        sa.CheckConstraint("hour <= last", name=op.f("ck_trend_in_order")),
        sa.CheckConstraint("minimum <= mean AND mean <= maximum", name=op.f("ck_trend_ranged")),
        sa.CheckConstraint("count >= 1", name=op.f("ck_trend_counted")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trend_hour", "trend", ["hour"])
