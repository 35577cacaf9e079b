"""Outages in the store: a projection of the evidence, rewritten whenever the evidence says more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, bindparam, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.judging.outages import Outage, OutageKey
from ictss_monitor.probe import Outcome
from ictss_monitor.store.statements import insert_or_update
from ictss_monitor.store.tables import outage


async def put_outages(tx: AsyncConnection, outages: Iterable[Outage]) -> None:
    """Record outages; each replaces the one of the same service, council, level and first seen down."""
    if rows := [_row(held) for held in outages]:
        await tx.execute(insert_or_update(tx, outage), rows)


async def remove_outages(tx: AsyncConnection, keys: Iterable[OutageKey]) -> None:
    """Withdraw outages that the evidence no longer says; one that is not there is no error."""
    if rows := [{"s": service, "c": council, "l": level.value, "f": first} for service, council, level, first in keys]:
        columns = outage.c
        await tx.execute(
            delete(outage).where(
                columns.service == bindparam("s"),
                columns.council == bindparam("c"),
                columns.level == bindparam("l"),
                columns.first_seen_down == bindparam("f"),
            ),
            rows,
        )


async def outages_between(
    tx: AsyncConnection, start: Instant, end: Instant, service: str | None = None, council: str | None = None
) -> list[Outage]:
    """Return the outages that lie in `[start, end)` at least in part, in order of their begin.

    Of one service or council where named. One without length (seen down once, then unknown) lies where it began.
    """
    columns = outage.c
    return await _select(
        tx,
        columns.first_seen_down < end,
        or_(columns.ended.is_(None), columns.ended > start, columns.first_seen_down >= start),
        *([] if service is None else [columns.service == service]),
        *([] if council is None else [columns.council == council]),
    )


async def outages_not_over_at(tx: AsyncConnection, instant: Instant) -> list[Outage]:
    """Return the outages that are open, or that ended or were seen up again at or after `instant`, in order."""
    columns = outage.c
    over = (columns.ended, columns.first_seen_up, columns.first_seen_down)
    return await _select(tx, or_(columns.ended.is_(None), *(column >= instant for column in over)))


async def open_outages(tx: AsyncConnection) -> list[Outage]:
    """Return the outages that have no end yet, in order of their begin."""
    return await _select(tx, outage.c.ended.is_(None))


async def _select(tx: AsyncConnection, *conditions: ColumnElement[bool]) -> list[Outage]:
    columns = outage.c
    found = await tx.execute(
        select(outage)
        .where(*conditions)
        .order_by(columns.first_seen_down, columns.service, columns.council, columns.level)
    )
    return [_to_outage(row) for row in found.mappings()]


def _row(held: Outage) -> dict[str, Any]:
    return {
        "service": held.service,
        "council": held.council,
        "level": held.level.value,
        "first_seen_down": held.first_seen_down,
        "last_seen_up": held.last_seen_up,
        "last_seen_down": held.last_seen_down,
        "first_seen_up": held.first_seen_up,
        "ended": held.end,
        "causes": list(held.causes),
    }


def _to_outage(row: RowMapping) -> Outage:
    return Outage(
        service=row["service"],
        council=row["council"],
        level=Outcome(row["level"]),
        last_seen_up=row["last_seen_up"],
        first_seen_down=row["first_seen_down"],
        last_seen_down=row["last_seen_down"],
        first_seen_up=row["first_seen_up"],
        end=row["ended"],
        causes=tuple(row["causes"]),
    )
