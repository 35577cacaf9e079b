"""The database of Uptime Kuma, versions 1 and 2: its heartbeats become stretches.

Heartbeats say 0 down, 1 up, 2 pending (failed, being tried again) or 3 maintenance (not probed), at a time in UTC.
Version 2 keeps every heartbeat of the last day only; of older ones those at which the state changed, and how many there
were in each hour and day. Between two changes the state held, wherever these counts show that it was probed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ictss_monitor.clock import DAY, HOUR, SECOND, Duration, Instant, to_instant
from ictss_monitor.errors import UsageError
from ictss_monitor.importing.estate import shown
from ictss_monitor.importing.mapping import Mapped, not_there
from ictss_monitor.importing.problems import Problem
from ictss_monitor.importing.sightings import Folding, rows_of
from ictss_monitor.intervals import EMPTY, IntervalSet
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MAGIC: Final = b"SQLite format 3\0"
_DOWN, _UP, _PENDING, _MAINTENANCE = range(4)
_COUNTED: Final = (("stat_hourly", HOUR), ("stat_daily", DAY))
_ENOUGH: Final = Fraction(9, 10)
"""Of the heartbeats that an hour or day should have: tries take time, so that it never has all of them."""
_MOST_COUNTS: Final = 200_000
"""Rows of counts of one monitor: twenty years of hours."""


@dataclass(frozen=True, slots=True)
class _Monitor:
    id: int
    name: str
    interval: Duration
    time_limit: Duration


def read_uptime_kuma(
    file: Path, mapped: Mapped, since: Instant | None, until: Instant | None
) -> tuple[list[Imported], list[Problem]]:
    """Return the rows of the monitors that are mapped, by name or number, and everything that is wrong.

    Raises UsageError where the file is no database of Uptime Kuma.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DatabaseError

    with file.open("rb") as opened:
        magic = opened.read(len(_MAGIC))
    if magic != _MAGIC:
        raise UsageError(f"{file}: not an SQLite database; Uptime Kuma's is called kuma.db")
    engine = create_engine(f"sqlite:///{file.resolve().as_uri()}?mode=ro&uri=true")
    try:
        with engine.connect() as connection:
            return _read(connection, mapped, since, until)
    except DatabaseError as error:
        raise UsageError(f"{file}: {error.orig}; give a copy made while Uptime Kuma was stopped") from error
    finally:
        engine.dispose()


def _read(
    connection: Connection, mapped: Mapped, since: Instant | None, until: Instant | None
) -> tuple[list[Imported], list[Problem]]:
    tables = _tables(connection)
    for needed in ("monitor", "heartbeat"):
        if needed not in tables:
            return [], [Problem(0, f"it has no table {needed}; not a database of Uptime Kuma")]
    monitors = list(_monitors(connection))
    rows: list[Imported] = []
    problems: list[Problem] = []
    for name, pairs in mapped.items():
        found = [held for held in monitors if held.name == name] or [held for held in monitors if str(held.id) == name]
        if len(found) != 1:
            problems.append(
                Problem(0, f"{len(found)} monitors are called {shown(name)}: map one of {[held.id for held in found]}")
                if found
                else not_there("monitor", name, [held.name for held in monitors])
            )
            continue
        folding = Folding(2 * found[0].interval + found[0].time_limit, _counts(connection, tables, found[0]).within)
        try:
            for at, status in _beats(connection, found[0]):
                _fold(folding, at, status)
        except ValueError as error:
            problems.append(Problem(0, f"monitor {shown(name)}: {error}"))
        rows += rows_of(folding.finish(), pairs, since, until)
    return rows, problems


def _fold(folding: Folding, at: Instant, status: Any) -> None:
    if status == _UP:
        folding.see(at, Outcome.UP)
    elif status == _DOWN:
        folding.see(at, Outcome.DOWN)
    elif status == _PENDING:
        folding.doubt(at)
    elif status == _MAINTENANCE:
        folding.see(at, Outcome.UNKNOWN, "maintenance in Uptime Kuma, which does not probe then")
    else:
        raise ValueError(f"{shown(str(status))} is no status of a heartbeat; expected 0 to 3")


def _tables(connection: Connection) -> dict[str, set[str]]:
    """Return the columns of each real table: a view could be made to run for ever."""
    from sqlalchemy import inspect

    found = inspect(connection)
    wanted = {"monitor", "heartbeat", *(name for name, _ in _COUNTED)}
    return {
        name: {column["name"] for column in found.get_columns(name)}
        for name in found.get_table_names()
        if name in wanted
    }


def _monitors(connection: Connection) -> Iterator[_Monitor]:
    from sqlalchemy import literal_column, select, table

    for row in connection.execute(select(literal_column("*")).select_from(table("monitor"))).mappings():
        try:
            yield _monitor(row)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise UsageError(
                "a row of its table monitor has no id, name or interval as Uptime Kuma writes it"
            ) from None


def _monitor(row: Mapping[Any, Any]) -> _Monitor:
    interval = int(row["interval"]) * SECOND
    if interval <= 0:
        raise ValueError("no interval")
    # `timeout` came in the midst of version 1; before it, a probe had four fifths of the interval.
    given = row.get("timeout")
    limit = round(Fraction(str(given)) * SECOND) if given else interval * 4 // 5
    return _Monitor(int(row["id"]), str(row["name"]), interval, limit)


def _beats(connection: Connection, monitor: _Monitor) -> Iterator[tuple[Instant, Any]]:
    from sqlalchemy import column, select, table

    beat = table("heartbeat", column("id"), column("monitor_id"), column("time"), column("status")).c
    query = select(beat.time, beat.status).where(beat.monitor_id == monitor.id).order_by(beat.time, beat.id)
    for time, status in connection.execution_options(yield_per=10_000).execute(query):
        try:
            read = datetime.fromisoformat(time)
        except (TypeError, ValueError):
            raise ValueError(f"{shown(str(time))} is no time of a heartbeat") from None
        yield to_instant(read if read.tzinfo is not None else read.replace(tzinfo=UTC)), status


class _Counts:
    """When a monitor was probed, as far as the numbers of its heartbeats tell."""

    def __init__(self, probed: Sequence[tuple[IntervalSet, IntervalSet]]) -> None:
        self._probed = probed

    def within(self, begin: Instant, end: Instant) -> IntervalSet:
        """Return what of `[begin, end)` was probed; an hour counts before the day that it is of."""
        found, left = EMPTY, IntervalSet([(begin, end)])
        for counted, enough in self._probed:
            found |= enough & left
            left -= counted
        return found


def _counts(connection: Connection, tables: dict[str, set[str]], monitor: _Monitor) -> _Counts:
    from sqlalchemy import column, select, table

    probed: list[tuple[IntervalSet, IntervalSet]] = []
    for name, length in _COUNTED:
        if not {"monitor_id", "timestamp", "up", "down"} <= tables.get(name, set()):
            continue
        held = table(name, column("monitor_id"), column("timestamp"), column("up"), column("down")).c
        rows = connection.execute(
            select(held.timestamp, held.up, held.down).where(held.monitor_id == monitor.id).limit(_MOST_COUNTS)
        )
        counts = [(int(begin) * SECOND, int(up) + int(down)) for begin, up, down in rows]
        needed = _ENOUGH * Fraction(length, monitor.interval)
        probed.append(
            (
                IntervalSet((begin, begin + length) for begin, _ in counts),
                IntervalSet((begin, begin + length) for begin, count in counts if count >= needed),
            )
        )
    return _Counts(probed)
