"""Evidence, outages, heartbeat, catalogue versions and pauses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OUTCOMES = "outcome = 'up' OR outcome = 'degraded' OR outcome = 'down' OR outcome = 'unknown'"


def upgrade() -> None:
    """Make the first tables."""
    _make_runs()
    _make_observations()
    _make_outages()
    _make_records()
    for table in ("run", "observation"):
        _refuse_edits(table)


def _make_runs() -> None:
    for name, keys in (("run", ["check_id", "vantage", "first"]), ("open_run", ["check_id", "vantage"])):
        op.create_table(
            name,
            sa.Column("check_id", sa.Text, nullable=False),
            sa.Column("vantage", sa.Text, nullable=False),
            sa.Column("first", sa.BigInteger, nullable=False),
            sa.Column("outcome", sa.Text, nullable=False),
            sa.Column("reason", sa.Text, nullable=False),
            sa.Column("last", sa.BigInteger, nullable=False),
            sa.Column("count", sa.BigInteger, nullable=False),
            sa.Column("longest_gap", sa.BigInteger, nullable=False),
            sa.PrimaryKeyConstraint(*keys, name=f"pk_{name}"),
            sa.CheckConstraint(OUTCOMES, name=op.f(f"ck_{name}_outcome")),
            sa.CheckConstraint("first <= last", name=op.f(f"ck_{name}_in_order")),
            sa.CheckConstraint("count >= 1 AND longest_gap >= 0", name=op.f(f"ck_{name}_counted")),
            sqlite_with_rowid=False,
        )
    op.create_index("ix_run_last", "run", ["last"])


def _make_observations() -> None:
    op.create_table(
        "observation",
        sa.Column("check_id", sa.Text, nullable=False),
        sa.Column("vantage", sa.Text, nullable=False),
        sa.Column("instant", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("latency", sa.Double),
        sa.Column("measurements", sa.JSON, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("check_id", "vantage", "instant", name="pk_observation"),
        sa.CheckConstraint(OUTCOMES, name=op.f("ck_observation_outcome")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_observation_instant", "observation", ["instant"])


def _make_outages() -> None:
    op.create_table(
        "outage",
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("council", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("first_seen_down", sa.BigInteger, nullable=False),
        sa.Column("last_seen_up", sa.BigInteger),
        sa.Column("last_seen_down", sa.BigInteger, nullable=False),
        sa.Column("first_seen_up", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("causes", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("service", "council", "level", "first_seen_down", name="pk_outage"),
        sa.CheckConstraint("level = 'degraded' OR level = 'down'", name=op.f("ck_outage_level")),
        sa.CheckConstraint("ended >= first_seen_down", name=op.f("ck_outage_in_order")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_outage_ended", "outage", ["ended"])


def _make_records() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("vantage", sa.Text, nullable=False),
        sa.Column("watermark", sa.BigInteger, nullable=False),
        sa.Column("written_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("vantage", name="pk_heartbeat"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "catalogue_version",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("loaded_at", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_catalogue_version"),
    )
    op.create_table(
        "pause",
        sa.Column("check_id", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("check_id", "since", name="pk_pause"),
        sa.CheckConstraint("until >= since", name=op.f("ck_pause_in_order")),
        sqlite_with_rowid=False,
    )
    current = sa.text("until IS NULL")
    op.create_index(
        "uq_pause_current", "pause", ["check_id"], unique=True, sqlite_where=current, postgresql_where=current
    )


def _refuse_edits(table: str) -> None:
    """Make the database itself refuse to change a row of evidence, whoever asks."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_is_never_edited BEFORE UPDATE ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'evidence is appended, never edited'); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_edit_of_evidence() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'evidence is appended, never edited' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_is_never_edited BEFORE UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_edit_of_evidence()"
    )
