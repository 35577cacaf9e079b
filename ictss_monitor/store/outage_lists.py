"""Outages by the million: the begins and ends of all outages of a service, as two lists made in the database.

A row of the driver, an object, a name in a mapping: each costs as much as all that is done with an outage afterwards.
Per service and council it is one range of the primary key, whatever lies before and after it. Text, as in `anchors`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.probe import Outcome

KEYS_PER_STATEMENT: Final = 100
"""The outages of so many services are read at once: the event loop is given back before long."""

_LISTS: Final = {
    "sqlite": """
        WITH reach AS MATERIALIZED (
            SELECT wanted.value ->> 0 AS service, wanted.value ->> 1 AS council, (
                SELECT max(before.first_seen_down) FROM outage AS before
                WHERE before.service = wanted.value ->> 0 AND before.council = wanted.value ->> 1
                  AND before.level = :level AND before.first_seen_down < :start
            ) AS since
            FROM json_each(:wanted) AS wanted
        )
        SELECT service, council,
            (SELECT json_group_array(first_seen_down) FROM {held}),
            (SELECT json_group_array(coalesce(ended, :now)) FROM {held})
        FROM reach
    """,
    "postgresql": """
        WITH reach AS MATERIALIZED (
            SELECT wanted.value ->> 0 AS service, wanted.value ->> 1 AS council, (
                SELECT max(before.first_seen_down) FROM outage AS before
                WHERE before.service = wanted.value ->> 0 AND before.council = wanted.value ->> 1
                  AND before.level = :level AND before.first_seen_down < :start
            ) AS since
            FROM json_array_elements(CAST(:wanted AS json)) AS wanted(value)
        )
        SELECT service, council,
            (SELECT array_agg(first_seen_down) FROM {held}),
            (SELECT array_agg(coalesce(ended, CAST(:now AS bigint))) FROM {held})
        FROM reach
    """,
}
_HELD: Final = """outage WHERE outage.service = reach.service AND outage.council = reach.council
                AND outage.level = :level AND outage.first_seen_down >= coalesce(reach.since, :start)
                AND outage.first_seen_down < :end"""
OUTAGE_LISTS: Final = {name: text(statement.format(held=_HELD)) for name, statement in _LISTS.items()}
"""Parameters: wanted (pairs of service and council as JSON), level, start, end, and `now`, the end of what is open."""


class OutageLists(NamedTuple):
    """The outages of a service for one council in order, by their begins and their ends."""

    service: str
    council: str
    starts: list[Instant]
    ends: list[Instant]


async def outage_lists(
    tx: AsyncConnection, keys: Sequence[tuple[str, str]], start: Instant, end: Instant, now: Instant
) -> AsyncIterator[OutageLists]:
    """Yield for each of `keys` (service, council) the times it was down that began in `[start, end)`, and one before.

    One that is open ends at `now`. What it costs depends on these outages, not on how many the store holds.
    """
    for first in range(0, len(keys), KEYS_PER_STATEMENT):
        wanted = {
            "wanted": json.dumps(keys[first : first + KEYS_PER_STATEMENT]),
            "level": Outcome.DOWN.value,
            "start": start,
            "end": end,
            "now": now,
        }
        for service, council, starts, ends in await tx.execute(OUTAGE_LISTS[tx.dialect.name], wanted):
            # A service's outages are disjoint: sorted apart, begins and ends are still pairs.
            yield OutageLists(service, council, sorted(_numbers(starts)), sorted(_numbers(ends)))


def _numbers(listed: Any) -> list[Instant]:
    """Return a list as the drivers give it: PostgreSQL's as a list or None, SQLite's as JSON."""
    numbers: list[Instant] = json.loads(listed) if isinstance(listed, str) else listed or []
    return numbers
