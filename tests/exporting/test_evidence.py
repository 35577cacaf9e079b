"""Evidence from a store: whatever was observed, imported and said, the file gives the figures of the store."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime

import pytest
from support.observing import DOWN, INTERVAL, MONTH, OCTOBER, UNKNOWN, UP, observed, record, times

from ictss_monitor.availability.periods import Period, PeriodSpec, parse
from ictss_monitor.catalogue.problems import Source
from ictss_monitor.catalogue.terms import Attribution, Fault, Scope, Window
from ictss_monitor.catalogue.version import joined
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.errors import StoreError, UsageError
from ictss_monitor.exporting.evidence import basis_of, sealed_basis_of
from ictss_monitor.figures import kpis, sealing
from ictss_monitor.judging.evidence import Run
from ictss_monitor.ledger.acts import Attribute, Declare, EnterWindow, Extent, Imported, Withdraw
from ictss_monitor.probe import Outcome
from ictss_monitor.statements.basis import digest_of_basis, recompute_from, without_secrets
from ictss_monitor.statements.evidence_file import from_text, to_text
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store
from ictss_monitor.store.imports import add_import

SOURCE = Source(
    "estate.yaml",
    """\
councils: {ccc: {name: City, users: 900}, hdc: {name: Hunts, users: 700}}
checks:
  web: {probe: tcp, address: "10.0.0.1:443", interval: 30s, fall: 2, rise: 2}
  tel: {probe: sip, address: "10.0.0.2", interval: 30s, fall: 2, rise: 2, supplier: BT}
services:
  website: {name: Website, councils: [ccc, hdc], rule: web}
  phones: {name: Telephones, councils: [ccc, hdc], rule: tel}
areas:
  net: {services: [website, phones], combine: sum}
baskets:
  kpi: {areas: [net], services: [website], combine: weighted}
maintenance:
  sundays: {why: Patches, over: {services: [phones]}, begin: 2026-10-04T01:00, length: 4h, repeat: FREQ=WEEKLY}
major_incidents:
  big: {name: Big, lasting: 10m, at_least_councils: 2}
""",
)
ESTATE = without_secrets([SOURCE])
NOW: Instant = MONTH.end + 2 * DAY
WORK = Window(
    "work",
    "New switch",
    Scope(services=frozenset({"website"})),
    datetime(2026, 10, 8, 1),  # noqa: DTZ001  # local, as windows are
    datetime(2026, 10, 9, 1),  # noqa: DTZ001
    "Europe/London",
    None,
)


def erratic(id_: str, dice: random.Random) -> list[Run]:
    """Return what was seen of a check that fails, recovers and falls silent at random, until it stays up."""
    runs: list[Run] = []
    begin = MONTH.start - HOUR
    while begin < MONTH.end - DAY:
        runs += observed(id_, begin, (dice.choice([UP, UP, DOWN, UNKNOWN]), dice.choice([1, 2, 60, 4000])))
        begin = runs[-1].last + INTERVAL * dice.choice([1, 1, 1, 9])
    return runs + observed(id_, begin, (UP, times(4 * DAY)))


async def lived_in(store: Store, seed: int) -> None:
    """Record a month in which everything happened: outages, imports, windows, corrections, a withdrawal."""
    dice = random.Random(seed)
    await record(store, erratic("web", dice), erratic("tel", dice), watermark=NOW)
    first = Extent("website", "ccc", MONTH.start + 3 * DAY, MONTH.start + 4 * DAY)
    second = Extent("phones", "hdc", MONTH.start + 5 * DAY, MONTH.start + 6 * DAY)
    rows = [
        Imported("website", "hdc", MONTH.start - DAY, MONTH.start + 9 * DAY, Outcome.UP),
        Imported("website", "hdc", MONTH.start + DAY, MONTH.start + DAY + HOUR, Outcome.DOWN, note="by telephone"),
    ]
    acts = [
        EnterWindow(WORK, notice=MONTH.start - DAY),
        Declare(first, UP),
        Attribute(second, Attribution(Fault.COUNCIL_SITE)),
        Declare(second, DOWN),
        Withdraw(4),
    ]
    async with store.write() as tx:
        for act in acts:
            await ledger.append(tx, act, at=NOW, who="ann", why="because", approver="bob")
        await add_import(tx, rows, at=NOW, who="ann", why="before our time")


SPECS: dict[str, tuple[PeriodSpec, Instant]] = {
    "a month": (OCTOBER, NOW),
    "a month still running": (OCTOBER, MONTH.start + 10 * DAY),
    "a quarter": (parse("2026-Q4"), NOW),
    "a stretch": (Period("a stretch", MONTH.start + 3 * DAY + 1, MONTH.start + 9 * DAY), NOW),
}


@pytest.mark.parametrize(("spec", "now"), SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("seed", range(3))
async def test_the_file_gives_the_figures_of_the_store(store: Store, seed: int, spec: PeriodSpec, now: Instant) -> None:
    """All of the table, exactly: every bound, share and major incident."""
    await lived_in(store, seed)
    basis = from_text(to_text(await basis_of(store, ESTATE, (SOURCE,), spec, now), "local", "test"))
    catalogue, table = recompute_from(basis)
    assert table == await kpis.kpi_table(store, ESTATE, spec, now)
    reckoned = await sealing.reckon(store, ESTATE, spec, now)
    assert digest_of_basis(basis, catalogue) == reckoned.content.evidence


async def test_a_statement_is_worked_out_again_from_what_was_known_then(store: Store) -> None:
    """Later corrections, imports and catalogues are not in its file, nor is what was said after it was sealed."""
    await lived_in(store, 1)
    text = joined([SOURCE])
    statement = await sealing.seal(store, ESTATE, text, OCTOBER, NOW, sealing.Signature("ann"))
    sealed = kpis.read_content(statement)
    extent = Extent("website", "ccc", MONTH.start, MONTH.end)
    late = [Imported("phones", "ccc", MONTH.start, MONTH.start + MINUTE, Outcome.UP)]
    async with store.write() as tx:
        await ledger.append(tx, Declare(extent, DOWN), at=NOW, who="ann", why="it was")
        await add_import(tx, late, at=NOW, who="ann", why="found since")
    basis, found = await sealed_basis_of(store, OCTOBER)
    catalogue, table = recompute_from(from_text(to_text(basis, "local", "test")))
    assert found == statement
    assert table == sealed.table
    assert digest_of_basis(basis, catalogue) == statement.evidence
    assert len(basis.entries) == statement.ledger_seq == 6


async def test_a_statement_whose_catalogue_is_lost_is_told(store: Store) -> None:
    """Without its text nothing is worked out; and what is not sealed has no statement's evidence."""
    await lived_in(store, 2)
    with pytest.raises(UsageError, match="2026-10 is not sealed"):
        await sealed_basis_of(store, OCTOBER)
    lost = replace(ESTATE, digest="lost")
    await sealing.seal(store, lost, None, OCTOBER, NOW, sealing.Signature("ann"))
    with pytest.raises(StoreError, match="not kept the catalogue of the statement on 2026-10"):
        await sealed_basis_of(store, OCTOBER)
