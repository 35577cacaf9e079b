"""What the figures of a report are: sealed, drafted or neither; what is sealed is reported as it was sealed."""

from __future__ import annotations

from support.reported import MAIL, NOW, at, enter, estate, remember, report

from ictss_monitor.availability.periods import parse
from ictss_monitor.figures import sealing
from ictss_monitor.ledger.acts import Declare, Extent
from ictss_monitor.probe import Outcome
from ictss_monitor.reporting.content import Sealing
from ictss_monitor.store.engine import Store

OCTOBER = parse("2026-10")
ANN = sealing.Signature("ann", "bob")


async def test_a_sealed_period_reports_what_was_sealed(store: Store) -> None:
    """A later correction changes nothing, until it is sealed as a further version that lists what changed."""
    await remember(store)
    before = await report(store)
    assert before.statement.sealing is Sealing.UNSEALED
    sealed = await sealing.seal(store, estate(), "the text", OCTOBER, NOW, ANN)
    await enter(store, Declare(MAIL, Outcome.UP))
    first = await report(store)
    assert (first.statement.sealing, first.statement.version) == (Sealing.SEALED, 1)
    assert (first.statement.digest, first.statement.sealed_by) == (sealed.digest, "ann, approved by bob")
    assert (first.figures, first.outages, first.services) == (before.figures, before.outages, before.services)
    assert (first.known_at, first.made_at) == (before.known_at, NOW)
    again, _ = await sealing.revise(store, estate(), "the text", OCTOBER, NOW + 1, ANN, "no outage")
    second = await report(store)
    assert (second.statement.version, second.statement.replaces) == (2, sealed.digest)
    assert (second.statement.digest, second.statement.reason) == (again.digest, "no outage")
    (email,) = (each for each in second.statement.differences if each.startswith("Email for Cambridge City: "))
    assert "availability 99.87 %, now 100 %;" in email
    assert "lost 1 h, now 0 s; outages 1, now 0" in email
    assert "->" not in email
    assert [line.council for line in second.outages][:1] == ["Huntingdonshire"]


async def test_a_sealed_period_can_be_computed_anew_beside_its_statement(store: Store) -> None:
    """It says so, and that there is a statement."""
    await remember(store)
    await sealing.seal(store, estate(), "the text", OCTOBER, NOW, ANN)
    await enter(store, Declare(MAIL, Outcome.UP))
    held = await report(store, recompute=True)
    assert held.statement.sealing is Sealing.UNSEALED
    assert held.summary.remarks[0] == ("2026-10 is sealed, as version 1; these figures were computed anew beside it.")
    assert [line.council for line in held.outages][:1] == ["Huntingdonshire"]


async def test_a_draft_is_told_as_one_while_it_is_what_comes_out(store: Store) -> None:
    """After a correction, the figures are neither sealed nor what was drafted."""
    await remember(store)
    await sealing.draft(store, estate(), OCTOBER, NOW)
    assert (await report(store)).statement.sealing is Sealing.DRAFT
    await enter(store, Declare(MAIL, Outcome.UP))
    assert (await report(store)).statement.sealing is Sealing.UNSEALED


async def test_other_times_are_told_as_they_were_sealed(store: Store) -> None:
    """September was sealed with its outage; what was corrected later is not in October's report."""
    await remember(store)
    await sealing.seal(store, estate(), "the text", parse("2026-09"), NOW, ANN)
    before = await report(store)
    for council in ("ccc", "hdc"):
        extent = Extent("email", council, at("2026-09-03T10:00"), at("2026-09-03T11:30"))
        await enter(store, Declare(extent, Outcome.UP))
    after = await report(store)
    assert after.summary.headline is not None
    assert before.summary.headline is not None
    assert after.summary.headline.previous == before.summary.headline.previous
    assert after.summary.major_incidents == before.summary.major_incidents
    assert after.trend == before.trend
    assert after.annual_return is not None
    assert "2 major incidents" in after.annual_return.rows[0].comments
