"""Entering acts into the ledger: all of them or none, and what that changes, told before and after."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ictss_monitor.availability.periods import zone_of
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.cli.signature import Signature
from ictss_monitor.clock import Instant, to_datetime
from ictss_monitor.figures.consequences import MONTHS, Consequences, consequences_of
from ictss_monitor.ledger.acts import Act, Attribute, Declare, Entry, Move
from ictss_monitor.ledger.admission import check_act, check_people
from ictss_monitor.ledger.chain import GENESIS
from ictss_monitor.ledger.wording import told
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store


async def enter(
    store: Store, catalogue: Catalogue, acts: Sequence[Act], signature: Signature, now: Instant
) -> list[str]:
    """Enter `acts` at `now`, or only try it, and return the lines that say what that did.

    Raises UsageError where one of them makes no sense, and then none is entered.
    """
    tried = await _tried(store, catalogue, acts, signature, now)
    # Before it is written, so that the figures of before and after are of the same evidence.
    changed = await consequences_of(store, catalogue, tried, now)
    if signature.dry_run:
        return [*(f"dry run: would enter: {_said(catalogue, entry)}" for entry in tried), *_changes(changed)]
    async with store.write() as tx:
        entered = await ledger.append_all(
            tx,
            acts,
            at=now,
            who=signature.who,
            why=signature.why,
            approver=signature.approver,
            catalogue_windows=catalogue.windows,
        )
    return [*(f"entry {entry.seq}: {_said(catalogue, entry)}" for entry in entered), *_changes(changed)]


async def _tried(
    store: Store, catalogue: Catalogue, acts: Sequence[Act], signature: Signature, now: Instant
) -> list[Entry]:
    """Return the entries that would be made, without hashes. Raises UsageError as `ledger.append` would."""
    async with store.read() as tx:
        before = await ledger.entries(tx)
    check_people(signature.who, signature.why, signature.approver)
    tried: list[Entry] = []
    for act in acts:
        check_act(act, now, (*before, *tried), catalogue.windows)
        number = len(before) + len(tried) + 1
        tried.append(Entry(number, now, signature.who, signature.why, signature.approver, act, GENESIS, GENESIS))
    return tried


def _said(catalogue: Catalogue, entry: Entry) -> str:
    zone = zone_of(_zone(catalogue, entry.act))
    return told(entry.act, lambda instant: moment_text(instant, zone))


def _zone(catalogue: Catalogue, act: Act) -> str:
    """Return the zone in which an act is told: that of its council."""
    match act:
        case Attribute(extent) | Declare(extent) | Move(_, extent):
            return catalogue.councils[extent.council].zone
    return catalogue.settings.zone


def moment_text(instant: Instant, zone: ZoneInfo) -> str:
    """Return an instant by the clocks of `zone`, to the second."""
    return f"{to_datetime(instant).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _changes(found: Consequences) -> list[str]:
    lines = [f"  {label}, {each.text}" for label, changed in found.months for each in changed]
    lines += [
        f"  {label} is sealed, version {version}, and stays as it is until it is revised: "
        f"ictss-monitor seal --period {label} --revise --reason TEXT"
        for label, version in found.sealed
    ]
    if found.looked_at and not found.months:
        lines.append("  no figure changes")
    if found.is_cut:
        lines.append(f"  older months were not looked at, only the last {MONTHS}")
    return lines
