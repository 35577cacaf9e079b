"""The explanation of a figure: what it stands on, why windows hold or not, why there is no figure, why these digits.

Every instant here is made up.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from support.explanations import BROKE, BT, EXTENT, HELD, OCTOBER, START, explained
from support.timelines import catalogue, check, watched

from ictss_monitor.availability.periods import parse
from ictss_monitor.availability.reckoning import Key
from ictss_monitor.catalogue.model import Area, Basket, Combine, Council, Subject
from ictss_monitor.catalogue.terms import (
    Calendar,
    CalendarVersion,
    Weight,
)
from ictss_monitor.catalogue.validity import Validity
from ictss_monitor.clock import DAY, HOUR
from ictss_monitor.ledger.acts import Act, Attribute, Declare, Extent, Withdraw
from ictss_monitor.ledger.chain import GENESIS
from ictss_monitor.probe import Outcome


def test_a_service_with_all_that_its_figure_stands_on() -> None:
    """Figure, classes, steps, digits, checks, outage, target, catalogue and ledger are in it."""
    found = explained(HELD)
    assert found.row.figure.value == 1 - Fraction(1, 745)
    assert (found.totals.down, found.totals.length) == (HOUR, OCTOBER.length)
    assert [step.name for step in found.steps][:3] == ["measured", "lost", "availability"]
    assert (found.digits.printed if found.digits else None) == "99.87"
    assert found.checks == ("web",)
    assert [(line.begin, line.counted) for line in found.outages] == [(BROKE, HOUR)]
    assert found.target == HELD.targets[0]
    assert (found.catalogue, found.catalogue_loaded, found.ledger) == (HELD.digest, START, (0, GENESIS))
    assert (found.why_not, found.parts, found.windows, found.corrections) == ("", (), (), ())


def test_a_check_that_was_gone_before_the_period_watches_nothing() -> None:
    """Only checks that were there in the period are named."""
    gone = replace(HELD, checks={"web": replace(check("web"), validity=Validity(until=START))})
    assert explained(gone).checks == ()


def test_corrections_are_told_with_those_that_were_withdrawn() -> None:
    """An entry about this service and period stands there, withdrawn or not; one about another does not."""
    other = Extent("mail", "ccc", BROKE, BROKE + HOUR)
    before = Extent("web", "ccc", START - DAY, START)
    acts: list[Act] = [
        Declare(EXTENT, Outcome.UP),
        Withdraw(1),
        Attribute(EXTENT, BT),
        Attribute(other, BT),
        Attribute(before, BT),
    ]
    found = explained(HELD, acts=acts)
    assert [(each.entry.seq, each.withdrawn_by.seq if each.withdrawn_by else None) for each in found.corrections] == [
        (1, 2),
        (3, None),
    ]
    assert found.ledger[0] == 5
    assert found.row.figure.third_party == HOUR


def test_what_a_correction_removed_is_told_apart() -> None:
    """Not an outage: nothing is left to list, and the observed one is told with its entry."""
    found = explained(HELD, acts=[Declare(EXTENT, Outcome.UP)])
    assert found.outages == ()
    assert [(line.begin, line.entries) for line in found.removed] == [(BROKE, (1,))]
    assert found.row.uncorrected is not None
    assert found.row.uncorrected.lost == HOUR


def test_the_hours_with_the_versions_that_hold() -> None:
    """Service hours are named with the versions that hold in the period, and who names them."""
    versions = (
        CalendarVersion(((),) * 7, validity=Validity(until=START - DAY)),
        CalendarVersion(((),) * 7, validity=Validity(since=START - DAY)),
    )
    service = replace(HELD.services["web"], hours="office")
    held = replace(HELD, services={"web": service}, calendars={"office": Calendar("office", "Office hours", versions)})
    found = explained(held)
    (used,) = found.hours
    assert (used.name, used.whose, used.versions) == ("Office hours", "service", (Validity(since=START - DAY),))
    assert found.why_not == "The whole period lies outside the service hours of Web."


def test_an_area_with_its_members() -> None:
    """A combination tells each member's figure; two that were down at once are lost once by union, twice by sum."""
    services = [watched("web", ["ccc"]), watched("mail", ["ccc"])]
    for how, lost in ((Combine.UNION, HOUR), (Combine.SUM, 2 * HOUR)):
        held = catalogue(services, areas=[Area("net", "Net", ("web", "mail"), how)])
        found = explained(held, Key(Subject.AREA, "net", "ccc"))
        assert [(part.name, part.figure.lost) for part in found.parts] == [("Web, CCC", HOUR), ("Mail, CCC", HOUR)]
        assert found.steps[1].value == lost == found.row.figure.lost


def test_a_basket_of_areas_for_all_councils() -> None:
    """Its members are areas and services, of all councils together or of each, as its way of combining takes them."""
    held = catalogue(
        [watched("web", ["ccc", "hdc"]), watched("mail", ["ccc"])],
        ["ccc", "hdc"],
        areas=[Area("net", "Net", ("web",))],
        baskets=[Basket("kpi", "KPI", ("mail",), ("net",), Combine.SUM)],
    )
    found = explained(held, Key(Subject.BASKET, "kpi", None))
    assert (found.name, found.council) == ("KPI", None)
    assert [part.name for part in found.parts] == ["Mail", "Net"]


def test_weights_are_told_with_their_dates() -> None:
    """What a member weighed, and from when until when, is enough to work the figure out again."""
    users = (Weight(Fraction(10), Validity(until=BROKE)), Weight(Fraction(30), Validity(since=BROKE)))
    councils = [Council("ccc", "CCC", "Europe/London", users=users), "hdc"]
    held = catalogue([watched("web", ["ccc", "hdc"])], councils, areas=[Area("net", "Net", ("web",), Combine.WEIGHTED)])
    found = explained(held, Key(Subject.AREA, "net", None))
    ccc, hdc = found.parts
    assert [(piece.weight, piece.since, piece.until) for piece in ccc.pieces] == [(10, None, BROKE), (30, BROKE, None)]
    assert [(piece.weight, piece.since, piece.until) for piece in hdc.pieces] == [(1, None, None)]
    assert {step.name: step.value for step in found.steps}["availability"] == found.row.figure.value


def test_a_year_is_the_mean_of_its_months() -> None:
    """The months stand there with their figures, and the steps of the pooled time beside those of the mean."""
    year = parse("2026")
    whole = year.within("Europe/London")
    found = explained(HELD, spec=year, now=whole.end)
    assert found.by_months
    assert [part.name for part in found.parts] == [f"2026-{month:02}" for month in range(1, 13)]
    values = {step.name: step.value for step in found.steps}
    assert values["availability"] == found.row.figure.value == 1 - Fraction(1, 745) / 12
    pooled = {step.name: step.value for step in found.pooled}
    assert pooled["availability"] == found.row.pooled.value == 1 - Fraction(HOUR, whole.length)
