"""The ledger, imported histories, sealed statements and their drafts, and roll-ups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATES = "state = 'up' OR state = 'degraded' OR state = 'down' OR state = 'unknown'"


def upgrade() -> None:
    """Add the tables; nothing that is there is touched."""
    _make_ledger()
    _make_imported()
    _make_statements()
    _make_rollups()
    for table in ("ledger", "imported", "statement"):
        _refuse_changes(table)


def _make_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("approver", sa.Text),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_ledger"),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_ledger_numbered")),
        sqlite_with_rowid=False,
    )


def _make_imported() -> None:
    op.create_table(
        "imported",
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("council", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("fault", sa.Text),
        sa.Column("supplier", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("batch", "number", name="pk_imported"),
        sa.CheckConstraint(STATES, name=op.f("ck_imported_state")),
        sa.CheckConstraint("since < until", name=op.f("ck_imported_in_order")),
        sqlite_with_rowid=False,
    )
    long = sa.text("until - since > 2678400000000")  # 31 days
    op.create_index("ix_imported_since", "imported", ["since"])
    op.create_index("ix_imported_long", "imported", ["since"], sqlite_where=long, postgresql_where=long)


def _make_statements() -> None:
    op.create_table(
        "statement",
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("sealed_at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("approver", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("catalogue", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("ledger_seq", sa.BigInteger, nullable=False),
        sa.Column("ledger_hash", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("label", "version", name="pk_statement"),
        sa.CheckConstraint("version >= 1", name=op.f("ck_statement_numbered")),
    )
    op.create_table(
        "statement_draft",
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("catalogue", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("label", name="pk_statement_draft"),
    )


def _make_rollups() -> None:
    op.create_table(
        "rollup",
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("council", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("totals", sa.LargeBinary, nullable=False),
        sa.Column("days", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("month", "subject", "id", "council", "policy", name="pk_rollup"),
    )


def _refuse_changes(table: str) -> None:
    """Make the database itself refuse to change or remove a row of the record, whoever asks."""
    if op.get_bind().dialect.name == "sqlite":
        for name, change in (("edited", "UPDATE"), ("deleted", "DELETE")):
            op.execute(
                f"CREATE TRIGGER {table}_is_never_{name} BEFORE {change} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the record is appended, never edited nor deleted'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change_of_record() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the record is appended, never edited nor deleted' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for name, change in (("edited", "UPDATE"), ("deleted", "DELETE"), ("emptied", "TRUNCATE")):
        op.execute(
            f"CREATE TRIGGER {table}_is_never_{name} BEFORE {change} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record()"
        )
