"""Sealing: what is sealed stays, and what is revised says what changed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from fractions import Fraction

import pytest
from support.observing import DOWN, MONTH, OCTOBER, UP, observed, record, times
from support.sealed_october import ANN, ESTATE, LATER, not_an_outage, october, only_version_one, sealed_october
from support.timelines import catalogue, watched

from ictss_monitor.availability.periods import PeriodSpec, from_instants, parse
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.errors import StoreError, UsageError
from ictss_monitor.figures import kpis, sealing
from ictss_monitor.ledger.acts import Declare, Extent, Seal
from ictss_monitor.ledger.chain import verify
from ictss_monitor.store import ledger
from ictss_monitor.store.catalogues import catalogue_version_of
from ictss_monitor.store.engine import Store
from ictss_monitor.store.sealed import draft_of, latest, statements_of


async def test_a_statement_holds_the_figures_and_what_they_were_made_from(store: Store) -> None:
    """Version 1 has the figures of then, the catalogue with its text, the evidence's digest and the ledger's head."""
    await october(store)
    await not_an_outage(store)
    table = await kpis.kpi_table(store, ESTATE, OCTOBER, LATER)
    found = await sealed_october(store)
    assert found.statement is not None
    assert found.content is not None
    assert found.table == table
    assert (found.statement.version, found.statement.who, found.statement.approver) == (1, "ann", "bob")
    assert found.content.evidence == found.statement.evidence
    assert [each.id for each in found.content.policies] == ["standard"]
    async with store.read() as tx:
        entries = await ledger.entries(tx)
        kept = await catalogue_version_of(tx, "c0ffee")
    assert (found.content.ledger_seq, found.content.ledger_hash) == (1, entries[0].hash)
    assert entries[1].act == Seal("2026-10", 1, found.statement.digest)
    assert verify(entries) == ()
    assert kept is not None
    assert kept.text == "the text"


async def test_a_sealed_period_is_told_as_it_was_sealed(store: Store) -> None:
    """A later correction and another catalogue change what comes out, not what is told."""
    await october(store)
    sealed = await sealed_october(store)
    await not_an_outage(store)
    other = replace(ESTATE, targets=())
    assert (await sealing.published(store, other, OCTOBER, LATER)).table == sealed.table
    again = await kpis.kpi_table(store, other, OCTOBER, LATER)
    (was, comes_out) = (each.row(Subject.SERVICE, "web", "ccc") for each in (sealed.table, again))
    assert was is not None
    assert comes_out is not None
    assert (was.figure.lost, comes_out.figure.lost) == (5 * MINUTE, 0)


async def test_a_revision_is_a_further_version_that_lists_what_changed(store: Store) -> None:
    """Figure, printed text and rating of each line, from then to now; the version before stays as it is."""
    await october(store)
    first = await sealed_october(store)
    await not_an_outage(store)
    statement, content = await sealing.revise(store, ESTATE, "the text", OCTOBER, LATER + 1, ANN, "not an outage")
    assert (statement.version, statement.reason) == (2, "not an outage")
    told = [str(each) for each in content.differences]
    assert "Web for ccc: printed 99.989 % -> 100 %" in told
    assert "Web for ccc: exact 8939/8940 -> 1" in told
    assert "Web for ccc: rating red -> green" in told
    assert "Web for ccc: outages 1 -> 0" in told
    assert "basket Headline for all councils: lost 5 min -> " in "\n".join(told)
    async with store.read() as tx:
        versions = await statements_of(tx, "2026-10")
    assert versions == (first.statement, statement)
    assert (await sealing.published(store, ESTATE, OCTOBER, LATER)).content == content


async def test_lines_that_come_and_go_are_differences(store: Store) -> None:
    """A service that a newer catalogue lacks is gone from the revision, and one that it has is new."""
    await october(store)
    await sealed_october(store)
    other = replace(catalogue([watched("mail", ["ccc"])]), digest="other")
    _, content = await sealing.revise(store, other, "other", OCTOBER, LATER, ANN, "wrong service")
    told = [str(each) for each in content.differences]
    assert "Mail for ccc: new, no figure" in told
    assert "Web for ccc: gone, was 99.989 %" in told


async def test_evidence_that_goes_on_leaves_the_digest_as_it_was(store: Store) -> None:
    """A month later the month's evidence has the same digest, though the run at its end has grown."""
    grown = observed("web", MONTH.start, (UP, times(9 * DAY)), (DOWN, 10), (UP, times(60 * DAY)))
    early = [*grown[:-1], replace(grown[-1], last=MONTH.end + HOUR, count=times(MONTH.end + HOUR - grown[-1].first))]
    await record(store, early, watermark=MONTH.end + HOUR)
    before = await sealing.reckon(store, ESTATE, OCTOBER, MONTH.end + HOUR)
    await record(store, grown, watermark=MONTH.end + 30 * DAY)
    after = await sealing.reckon(store, ESTATE, OCTOBER, MONTH.end + 30 * DAY)
    assert before.content.evidence == after.content.evidence
    assert before.undecided == after.undecided == ()


async def test_somebody_elses_entry_meanwhile_is_counted_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A correction that comes between reckoning and sealing makes the figures anew: the head named was counted."""
    await october(store)
    reckon, calls = sealing.reckon, 0

    async def interrupted(*asked: object) -> sealing.Reckoned:
        nonlocal calls
        calls += 1
        found = await reckon(*asked)  # type: ignore[arg-type]
        if calls == 1:
            await not_an_outage(store)
        return found

    monkeypatch.setattr(sealing, "reckon", interrupted)
    found = await sealed_october(store)
    row = found.table.row(Subject.SERVICE, "web", "ccc")
    assert row is not None
    assert (calls, row.figure.lost) == (2, 0)
    assert found.content is not None
    assert found.content.ledger_seq == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_statement_that_was_changed_is_not_told(store: Store) -> None:
    """Its digest is not that of what it says: nobody prints such a figure."""
    await october(store)
    await sealed_october(store)
    async with store.read() as tx:
        held = await latest(tx, "2026-10")
    assert held is not None
    with pytest.raises(StoreError, match="2026-10, version 1, was changed since it was sealed"):
        kpis.read_content(replace(held, content=held.content.replace("8939/8940", "8940/8940")))


async def test_a_quarter_is_sealed_once_under_both_its_names(store: Store) -> None:
    """Of the calendar and of the financial year: it is the same quarter."""
    await record(store, observed("web", MONTH.start, (UP, times(93 * DAY))), watermark=MONTH.end + 62 * DAY)
    now = MONTH.end + 62 * DAY
    statement = await sealing.seal(store, ESTATE, "", parse("2026-Q4"), now, ANN)
    assert statement.label == "FY2026/27-Q3"
    assert (await sealing.published(store, ESTATE, parse("2026-Q4"), now)).statement == statement
    with pytest.raises(UsageError, match="FY2026/27-Q3 is sealed already"):
        await sealing.seal(store, ESTATE, "", parse("FY2026/27-Q3"), now, ANN)


async def test_the_mean_of_a_quarter_takes_its_sealed_months(store: Store) -> None:
    """The month counts with the figure that was told of it, though it was corrected since."""
    await record(
        store,
        observed("web", MONTH.start, (UP, times(5 * DAY)), (DOWN, 10), (UP, times(90 * DAY))),
        watermark=MONTH.end + 62 * DAY,
    )
    now, quarter = MONTH.end + 62 * DAY, parse("2026-Q4")
    open_mean = await mean_of(store, quarter, now)
    await sealing.seal(store, ESTATE, "", OCTOBER, now, ANN)
    extent = Extent("web", "ccc", MONTH.start, MONTH.end)
    async with store.write() as tx:
        await ledger.append(tx, Declare(extent, UP), at=now, who="ann", why="all was well")
    assert await mean_of(store, quarter, now) == open_mean == 1 - Fraction(1, 8940) / 3


async def mean_of(store: Store, quarter: PeriodSpec, now: Instant) -> Fraction | None:
    """Return the mean of the months of `web`."""
    row = (await kpis.kpi_table(store, ESTATE, quarter, now)).row(Subject.SERVICE, "web", "ccc")
    assert row is not None
    assert row.months is not None
    return row.months.figure.value


async def test_a_stretch_between_two_instants_is_never_sealed(store: Store) -> None:
    """It has no name under which it could be found again."""
    await october(store)
    spec = from_instants("2026-10-01", "2026-11-01", "Europe/London")
    assert await sealing.sealed(store, spec) is None


async def test_a_draft_is_replaced_by_the_next_and_gone_when_sealed(store: Store) -> None:
    """It says what would be sealed, as of when it was made."""
    await october(store)
    first = await sealing.draft(store, ESTATE, OCTOBER, LATER)
    await not_an_outage(store)
    second = await sealing.draft(store, ESTATE, OCTOBER, LATER + 1)
    async with store.read() as tx:
        held = await draft_of(tx, "2026-10")
    assert held is not None
    assert held.made_at == LATER + 1
    assert kpis.read_content(held) == second != first
    await sealed_october(store)
    async with store.read() as tx:
        assert await draft_of(tx, "2026-10") is None


async def test_two_who_seal_at_once_make_one_statement(store: Store) -> None:
    """The other is told that it is sealed."""
    await october(store)

    async def outcome() -> str:
        try:
            return f"v{(await sealing.seal(store, ESTATE, '', OCTOBER, LATER, ANN)).version}"
        except UsageError as refusal:
            return str(refusal)

    async with asyncio.TaskGroup() as tasks:
        both = [tasks.create_task(outcome()) for _ in range(2)]
    told = sorted(each.result() for each in both)
    assert told[1] == "v1"
    assert "sealed already" in told[0]
    await only_version_one(store)
