"""The ledger in the store: entries are appended, one after the other, and read; nothing else."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.errors import StoreError
from ictss_monitor.ledger.acts import Act, Entry
from ictss_monitor.ledger.admission import check_act, check_people
from ictss_monitor.ledger.chain import GENESIS, digest_of_text
from ictss_monitor.ledger.codec import act_from_json, act_to_json, canonical
from ictss_monitor.store.tables import ledger
from ictss_monitor.store.wording import storable, storable_data

_LOCK: Final = 0x1C757
"""Key of the PostgreSQL advisory lock for which whoever appends waits; any number that nobody else uses."""


async def append(
    tx: AsyncConnection,
    act: Act,
    *,
    at: Instant,
    who: str,
    why: str,
    approver: str | None = None,
    catalogue_windows: Collection[str] = (),
) -> Entry:
    """Append an entry and return it as the store holds it.

    `catalogue_windows` are the ids of the catalogue's maintenance windows, which an act about a window may mean and
    must not take. Raises UsageError where the entry makes no sense, and then nothing is written.
    """
    (entry,) = await append_all(
        tx, [act], at=at, who=who, why=why, approver=approver, catalogue_windows=catalogue_windows
    )
    return entry


async def append_all(
    tx: AsyncConnection,
    acts: Iterable[Act],
    *,
    at: Instant,
    who: str,
    why: str,
    approver: str | None = None,
    catalogue_windows: Collection[str] = (),
) -> tuple[Entry, ...]:
    """Append an entry for each act, all of them or none, as `append`; the ledger is read only once."""
    who, why = storable(who).strip(), storable(why).strip()
    approver = None if approver is None else storable(approver).strip()
    check_people(who, why, approver)
    await take_turn(tx)
    held = list(await entries(tx))
    rows = []
    for act in acts:
        said = storable_data(act_to_json(act))
        cleaned = act_from_json(said)
        check_act(cleaned, at, held, catalogue_windows)
        seq, previous = (held[-1].seq, held[-1].hash) if held else (0, GENESIS)
        told = canonical(said)
        digest = digest_of_text(seq + 1, at, who, why, approver, told, previous)
        rows.append((seq + 1, at, who, why, approver, told, previous, digest))
        held.append(Entry(seq + 1, at, who, why, approver, cleaned, previous, digest))
    if rows:
        await tx.execute(insert(ledger), [dict(zip(ledger.columns.keys(), row, strict=True)) for row in rows])
    return tuple(held[len(held) - len(rows) :])


async def take_turn(tx: AsyncConnection) -> None:
    """Wait until nobody else is appending; the turn lasts as long as the transaction.

    Each entry names the one before, so that two must not be made at once. On SQLite whoever writes is alone anyway.
    """
    if tx.dialect.name == "postgresql":
        await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def entries(tx: AsyncConnection, since: int = 0) -> tuple[Entry, ...]:
    """Return the entries after number `since`, in order. Raises StoreError for one that cannot be read."""
    found = await tx.execute(select(ledger).where(ledger.c.seq > since).order_by(ledger.c.seq))
    return tuple([_to_entry(row) for row in found])


async def head(tx: AsyncConnection) -> tuple[int, str]:
    """Return number and hash of the last entry; 0 and 64 zeros where there is none."""
    last = select(ledger.c.seq, ledger.c.hash).order_by(ledger.c.seq.desc()).limit(1)
    row = (await tx.execute(last)).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def _to_entry(row: Sequence[Any]) -> Entry:
    seq, at, who, why, approver, told, previous, digest = row
    try:
        act = act_from_json(json.loads(told))
    except ValueError:
        raise StoreError(
            f"entry {seq} of the ledger cannot be read, so nothing that rests on it is shown: "
            "see `ictss-monitor audit verify`, and put a backup in its place"
        ) from None
    return Entry(seq, at, who, why, approver, act, previous, digest)
