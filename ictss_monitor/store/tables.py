"""The tables, as SQLAlchemy Core knows them. What a store really holds is made by `migrations/`; a test compares them.

Instants are microseconds since the epoch, UTC, in a BIGINT: exact, ordered and alike on both databases. Keys are
natural and made by the program, never by the database, so that a batch whose commit was in doubt is simply repeated.
`check_id` and `ended` stand for the words CHECK and END, which SQL reserves.

On SQLite the tables are stored within their primary key (WITHOUT ROWID): the runs of one check lie side by side, so
that a month of a check is one descent and a few pages, however old the store is.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from ictss_monitor.probe import Outcome

metadata: Final = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s"})

_OUTCOMES: Final = " OR ".join(f"outcome = '{outcome.value}'" for outcome in Outcome)
"""Not `IN (...)`: SQLite builds a table of the list for every row, at more than the cost of the row (4 of 6.5 µs)."""


def _run_columns() -> list[Column[int] | Column[str]]:
    """Return what an open and a closed run have in common, beside their keys."""
    return [
        Column("outcome", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("last", BigInteger, nullable=False),
        Column("count", BigInteger, nullable=False),
        Column("longest_gap", BigInteger, nullable=False),
    ]


def _run_checks() -> list[CheckConstraint]:
    return [
        CheckConstraint(_OUTCOMES, name="outcome"),
        CheckConstraint("first <= last", name="in_order"),
        CheckConstraint("count >= 1 AND longest_gap >= 0", name="counted"),
    ]


run: Final = Table(
    "run",
    metadata,
    Column("check_id", Text, primary_key=True),
    Column("vantage", Text, primary_key=True),
    Column("first", BigInteger, primary_key=True),
    *_run_columns(),
    *_run_checks(),
    Index("ix_run_last", "last"),
    sqlite_with_rowid=False,
)
"""Evidence: closed runs. Appended, never edited (a trigger refuses it); only retention deletes."""

open_run: Final = Table(
    "open_run",
    metadata,
    Column("check_id", Text, primary_key=True),
    Column("vantage", Text, primary_key=True),
    Column("first", BigInteger, nullable=False),
    *_run_columns(),
    *_run_checks(),
    sqlite_with_rowid=False,
)
"""The run of each check that still goes on, rewritten at each heartbeat: apart from `run`, so that what is appended
is never touched again, and what is rewritten stays a few pages that are in memory anyway."""

observation: Final = Table(
    "observation",
    metadata,
    Column("check_id", Text, primary_key=True),
    Column("vantage", Text, primary_key=True),
    Column("instant", BigInteger, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("latency", Double),
    Column("measurements", JSON, nullable=False),
    Column("detail", Text, nullable=False),
    CheckConstraint(_OUTCOMES, name="outcome"),
    Index("ix_observation_instant", "instant"),
    sqlite_with_rowid=False,
)
"""Evidence: the observations around each edge, kept whole. Appended, never edited. `latency` is in seconds."""

outage: Final = Table(
    "outage",
    metadata,
    Column("service", Text, primary_key=True),
    Column("council", Text, primary_key=True),
    Column("level", Text, primary_key=True),
    Column("first_seen_down", BigInteger, primary_key=True),
    Column("last_seen_up", BigInteger),
    Column("last_seen_down", BigInteger, nullable=False),
    Column("first_seen_up", BigInteger),
    Column("ended", BigInteger),
    Column("causes", JSON, nullable=False),
    CheckConstraint("level = 'degraded' OR level = 'down'", name="level"),
    CheckConstraint("ended >= first_seen_down", name="in_order"),
    Index("ix_outage_ended", "ended"),
    sqlite_with_rowid=False,
)
"""A projection of the evidence, rewritten and withdrawn as the evidence grows. `ended` is null while it is open."""

heartbeat: Final = Table(
    "heartbeat",
    metadata,
    Column("vantage", Text, primary_key=True),
    Column("watermark", BigInteger, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Per vantage the instant before which everything observed is in the store, committed with what it covers."""

catalogue_version: Final = Table(
    "catalogue_version",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("loaded_at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("last_loaded_at", BigInteger),
)
"""The source text of every catalogue that was ever loaded, or sealed with; `loaded_at` is the first time, and
`last_loaded_at` is null where no daemon ever loaded it."""

pause: Final = Table(
    "pause",
    metadata,
    Column("check_id", Text, primary_key=True),
    Column("since", BigInteger, primary_key=True),
    Column("until", BigInteger),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    CheckConstraint("until >= since", name="in_order"),
    Index(
        "uq_pause_current",
        "check_id",
        unique=True,
        sqlite_where=text("until IS NULL"),
        postgresql_where=text("until IS NULL"),
    ),
    sqlite_with_rowid=False,
)
"""When somebody kept a check from being probed, and why. `until` is null while it lasts, once at most for a check."""


# The ledger, and what goes with it. Digests and hashes are SHA-256, hexadecimal.

ledger: Final = Table(
    "ledger",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("approver", Text),
    Column("act", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    CheckConstraint("seq >= 1", name="numbered"),
    sqlite_with_rowid=False,
)
"""What people said about the evidence. Appended, never edited nor deleted (a trigger refuses it). `act` is canonical
JSON, as text: the hash covers this very text."""

IMPORTED_LONG: Final = "until - since > 2678400000000"
"""What lasts longer than 31 days: spans above all. They are few, and the others are found by where they begin."""

imported: Final = Table(
    "imported",
    metadata,
    Column("batch", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("service", Text, nullable=False),
    Column("council", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("fault", Text),
    Column("supplier", Text),
    Column("note", Text, nullable=False),
    CheckConstraint(_OUTCOMES.replace("outcome", "state"), name="state"),
    CheckConstraint("since < until", name="in_order"),
    Index("ix_imported_since", "since"),
    Index("ix_imported_long", "since", sqlite_where=text(IMPORTED_LONG), postgresql_where=text(IMPORTED_LONG)),
    sqlite_with_rowid=False,
)
"""The rows of imported histories, numbered from 1 in each batch. Appended, never edited nor deleted; they hold as long
as an entry of the ledger names their batch and is in force."""

statement: Final = Table(
    "statement",
    metadata,
    Column("label", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("sealed_at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("approver", Text),
    Column("reason", Text, nullable=False),
    Column("catalogue", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("ledger_seq", BigInteger, nullable=False),
    Column("ledger_hash", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("digest", Text, nullable=False),
    CheckConstraint("version >= 1", name="numbered"),
)
"""Sealed statements by period. Appended, never edited nor deleted. `catalogue` and `evidence` are digests of what it
was made from, `ledger_seq` and `ledger_hash` the head of the ledger before it."""

statement_draft: Final = Table(
    "statement_draft",
    metadata,
    Column("label", Text, primary_key=True),
    Column("made_at", BigInteger, nullable=False),
    Column("catalogue", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("content", Text, nullable=False),
)
"""What would be sealed, made by the month close; replaced whenever it is made anew."""

rollup: Final = Table(
    "rollup",
    metadata,
    Column("month", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("council", Text, primary_key=True),
    Column("policy", Text, primary_key=True),
    Column("basis", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("totals", LargeBinary, nullable=False),
    Column("days", LargeBinary, nullable=False),
)
"""A projection: the totals of one figure over a month that is over, and by local day. `council` is empty for all
together; `basis` is the digest of what it was reckoned from. The month comes first in the key: a year is one range."""

trend: Final = Table(
    "trend",
    metadata,
    Column("check_id", Text, primary_key=True),
    Column("vantage", Text, primary_key=True),
    Column("measurement", Text, primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("minimum", Double, nullable=False),
    Column("mean", Double, nullable=False),
    Column("maximum", Double, nullable=False),
    Column("count", BigInteger, nullable=False),
    CheckConstraint("hour <= last", name="in_order"),
    CheckConstraint("minimum <= mean AND mean <= maximum", name="ranged"),
    CheckConstraint("count >= 1", name="counted"),
    Index("ix_trend_hour", "hour"),
    sqlite_with_rowid=False,
)
"""What was measured within one hour, UTC, which is named by its begin; `last` is when it was measured last, `count` how
often. The row of the running hour is replaced whole with each heartbeat that brings something new."""
