"""Maintenance windows that somebody wrote down, read into entries of the ledger.

Each is one occurrence; what recurs belongs in the catalogue. A window is known by its id, which is made from what it
says where the file gives none, so that the same line read twice is the same window.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ictss_monitor.catalogue.terms import Scope, Window
from ictss_monitor.catalogue.values import known_id
from ictss_monitor.clock import DAY, Instant, iso, to_datetime, to_instant
from ictss_monitor.errors import PeriodError, UsageError
from ictss_monitor.importing.estate import Estate
from ictss_monitor.importing.outages import MOST_NOTE
from ictss_monitor.importing.problems import Problem
from ictss_monitor.importing.records import Record
from ictss_monitor.ledger.acts import EnterWindow

COLUMNS: Final = ("id", "why", "service", "council", "site", "check", "begin", "end", "announced")
NEEDED: Final = ("why", "begin", "end")
_LONGEST: Final = 31 * DAY
_UTC: Final = "UTC"


def read_windows(
    records: Iterable[Record], estate: Estate, held: Mapping[str, Window], now: Instant
) -> tuple[list[EnterWindow], list[Problem]]:
    """Return the windows that are not `held` yet, and everything that is wrong.

    `held` are those in force by id. One of the same id that says the same is left out, whether it was ended before its
    time or not; one that says something else is a problem. A window may lie in the future; its announcement may not.
    """
    acts: list[EnterWindow] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for record in records:
        try:
            act = _entry(record, estate, now)
            id_ = act.window.id
            if id_ in lines:
                raise UsageError(f"it has the same id as line {lines[id_]}, {id_}")
            lines[id_] = record.line
            if id_ not in held:
                acts.append(act)
            elif replace(held[id_], ended=None) != act.window:
                raise UsageError(f"there is another window called {id_} already; give this one another id")
        except (UsageError, PeriodError) as error:
            problems.append(Problem(record.line, str(error)))
    if not lines and not problems:
        problems.append(Problem(0, "it names no maintenance window"))
    return acts, problems


def _entry(record: Record, estate: Estate, now: Instant) -> EnterWindow:
    scope = _scope(record, estate)
    council = _one_clock(scope, estate)
    begin, end = (_instant(record, column, estate, council) for column in ("begin", "end"))
    if end <= begin:
        raise UsageError("its end is not after its begin")
    if end - begin > _LONGEST:
        raise UsageError("it is longer than 31 days, which no maintenance is")
    if not record["why"] or len(record["why"]) > MOST_NOTE:
        raise UsageError(f"why is {'missing' if not record['why'] else 'too long'}; say what is maintained")
    notice = _instant(record, "announced", estate, council) if record["announced"] else None
    if notice is not None and notice > now:
        raise UsageError("it was announced in the future")
    zone = _exact_zone(begin, end, estate.zone_of(council))
    first, last = (to_datetime(moment).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in (begin, end))
    window = Window(_id(record, scope, begin, end), record["why"], scope, first, last, zone, None)
    return EnterWindow(window, notice)


def _instant(record: Record, column: str, estate: Estate, council: str | None) -> Instant:
    if not record[column]:
        raise UsageError(f"it has no {column}")
    return estate.instant(record[column], council)


def _scope(record: Record, estate: Estate) -> Scope:
    """Return what the window is over; a cell may name several ids with spaces between them."""
    catalogue = estate.catalogue
    known = {
        "check": catalogue.checks,
        "service": catalogue.services,
        "site": catalogue.sites,
        "council": catalogue.councils,
    }
    named = {
        noun: frozenset(estate.known(noun, name, ids) for name in record[noun].split()) for noun, ids in known.items()
    }
    if not any(named.values()):
        raise UsageError("it is over nothing; name a service, council, site or check")
    return Scope(named["check"], named["service"], named["site"], named["council"])


def _one_clock(scope: Scope, estate: Estate) -> str | None:
    """Return a council by whose clock the times are, where all that are named share one; else None."""
    zones = {estate.zone_of(council) for council in scope.councils}
    return min(scope.councils) if len(zones) == 1 else None


def _exact_zone(begin: Instant, end: Instant, zone: str) -> str:
    """Return `zone` where its local times mean these instants and no others; else UTC, which is always exact."""
    for instant in (begin, end):
        local = to_datetime(instant).astimezone(ZoneInfo(zone))
        if {_at(local, zone, fold) for fold in (0, 1)} != {instant}:
            return _UTC
    return zone


def _at(local: datetime, zone: str, fold: int) -> Instant:
    return to_instant(local.replace(tzinfo=ZoneInfo(zone), fold=fold))


def _id(record: Record, scope: Scope, begin: Instant, end: Instant) -> str:
    if record["id"]:
        try:
            return known_id(record["id"])
        except ValueError as error:
            raise UsageError(str(error)) from None
    said = (iso(begin), iso(end), record["why"], *(" ".join(sorted(ids)) for ids in _parts(scope)))
    return f"imported-{hashlib.sha256(chr(10).join(said).encode()).hexdigest()[:12]}"


def _parts(scope: Scope) -> tuple[frozenset[str], ...]:
    return scope.checks, scope.services, scope.sites, scope.councils
