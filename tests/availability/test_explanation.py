"""The explanation of a figure: what it stands on, why windows hold or not, why there is no figure, why these digits.

Every instant here is made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import pytest
from support.accounts import member
from support.accounts import policy as policy_of
from support.ledger_cases import chained
from support.timelines import catalogue, check, lost_minutes, watched

from ictss_monitor.availability.account import Annotations, account_of
from ictss_monitor.availability.digits import digits_of
from ictss_monitor.availability.explanation import Explanation, Record, explain, resting_on
from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.kpi import Sealed, kpi_table
from ictss_monitor.availability.periods import CalendarSpan, Period, parse
from ictss_monitor.availability.policy_words import policy_in_words
from ictss_monitor.availability.reckoning import Books, Key, policies_of, terms_of
from ictss_monitor.catalogue.model import Area, Basket, Catalogue, Combine, Council, Provision, Service, Subject, Target
from ictss_monitor.catalogue.terms import (
    STANDARD,
    Attribution,
    Calendar,
    CalendarVersion,
    Fault,
    OutageBegins,
    Policy,
    Rounding,
    Scope,
    Weight,
    Window,
    WindowsCount,
    YearBy,
)
from ictss_monitor.catalogue.validity import Validity
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.errors import PeriodError, UsageError
from ictss_monitor.intervals import EMPTY, IntervalSet
from ictss_monitor.judging.outages import Outage
from ictss_monitor.judging.rules import plans
from ictss_monitor.judging.timeline import CheckTimeline, Levels
from ictss_monitor.ledger.acts import Act, Attribute, Declare, EndWindow, EnterWindow, Extent, Withdraw
from ictss_monitor.ledger.chain import GENESIS
from ictss_monitor.ledger.standing import in_force, windows_of
from ictss_monitor.probe import Outcome

MONTH = parse("2026-10")
OCTOBER = MONTH.within("Europe/London")
START, END = OCTOBER.start, OCTOBER.end
WEB = Key(Subject.SERVICE, "web", "ccc")
BROKE = START + 10 * DAY
EXTENT = Extent("web", "ccc", BROKE, BROKE + HOUR)
BT = Attribution(Fault.THIRD_PARTY, "BT")


def seen(down: Iterable[tuple[Instant, Instant]], start: Instant = START, end: Instant = END) -> CheckTimeline:
    """Return the timeline of a check that was seen all the time, and down in these stretches."""
    levels = Levels(*(IntervalSet(down),) * 2)
    return CheckTimeline(start, end, levels, levels, levels, EMPTY)


def explained(
    held: Catalogue,
    key: Key = WEB,
    down: Iterable[tuple[Instant, Instant]] = ((BROKE, BROKE + HOUR),),
    acts: Sequence[Act] = (),
    outages: Sequence[Outage] = (),
    spec: CalendarSpan | Period = MONTH,
    now: Instant = END + DAY,
    entered: Instant = START,
    sealed_months: Sealed | None = None,
) -> Explanation:
    """Return the explanation of a figure where every check was down in these stretches."""
    entries = tuple(replace(entry, at=entered) for entry in chained(acts))
    rests_on = resting_on(held, key)
    period = spec.within("Europe/London")
    checks = {id_: seen(down, period.start, period.end) for id_ in held.checks}
    annotations = Annotations(tuple(windows_of(held.windows, entries).values()), in_force(entries))
    books: Books = {
        terms_of(policy): {
            service: account_of(rests_on, plan, checks, annotations, period.start, period.end, now, policy.notice)
            for service, plan in plans(rests_on).items()
        }
        for policy in policies_of(rests_on).values()
    }
    record = Record(outages, entries, catalogue_loaded=START, sealed_months=sealed_months or {})
    found = explain(rests_on, books, spec, key, now, record)
    assert found.row == kpi_table(rests_on, books, spec, now, sealed_months).row(key.subject, key.id, key.council)
    return found


HELD = catalogue([watched("web", ["ccc"])], targets=[Target(Subject.SERVICE, "web", Fraction(999, 1000))])


def window(begin: str, end: str, announced: Instant | None = None, **held: object) -> Window:
    """Return a window over the one service, in local time."""
    scope = Scope(services=frozenset({"web"}))
    edges = datetime.fromisoformat(begin), datetime.fromisoformat(end)
    return replace(Window("w", "patches", scope, *edges, "Europe/London", announced), **held)  # type: ignore[arg-type]


def with_window(held: Window, notice: int = 0) -> Catalogue:
    """Return the catalogue with a window, and a policy that asks for notice."""
    return replace(HELD, windows={held.id: held}, policies={STANDARD: Policy(STANDARD, "Standard", notice=notice)})


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


@pytest.mark.parametrize(
    ("announced", "notice", "holds", "reason"),
    [
        (None, 0, True, ""),
        (BROKE - DAY, DAY, True, ""),
        (BROKE - HOUR, DAY, False, "announced only 1 h before it began; the policy asks for 1 d"),
        (BROKE + 5 * MINUTE, 0, False, "announced 5 min after it had begun"),
    ],
)
def test_a_window_says_whether_it_holds_and_why_not(
    announced: Instant | None, notice: int, holds: bool, reason: str
) -> None:
    """Announced in time it counts; too late it does not, and by how much is told."""
    held = with_window(window("2026-10-11T00:00", "2026-10-11T00:30", announced), notice)
    (used,) = explained(held).windows
    assert (used.begin, used.end, used.holds, used.reason) == (BROKE, BROKE + 30 * MINUTE, holds, reason)
    assert used.decides == (30 * MINUTE if holds else 0)


def test_a_window_over_a_check_that_decides_nothing_says_so() -> None:
    """Maintenance of a check counts where that check decides; of one that watches nothing any more it does not."""
    scope = Scope(checks=frozenset({"web"}))
    held = with_window(window("2026-10-20T00:00", "2026-10-20T00:30", scope=scope))
    (used,) = explained(held).windows
    assert (used.whole, used.checks, used.decides, used.reason) == (False, ("web",), 30 * MINUTE, "")
    never = replace(held, checks={"web": replace(check("web"), validity=Validity(until=START))})
    (used,) = explained(never).windows
    assert (used.decides, used.reason) == (0, "the checks under it did not decide what the service was")


def test_a_window_of_the_ledger_names_its_entry() -> None:
    """It counts as announced when it was entered; one entered late says so, and that no approved notice is earlier."""
    acts = [
        EnterWindow(window("2026-10-11T00:00", "2026-10-11T00:30")),
        EndWindow("w", BROKE + 20 * MINUTE),
        EndWindow("another", BROKE),
    ]
    for entered, reason in (
        (BROKE, ""),
        (BROKE + HOUR, "announced 1 h after it had begun; it was entered then, and no approved notice is earlier"),
    ):
        found = explained(HELD, acts=acts, entered=entered)
        (used,) = found.windows
        assert (used.entry, used.announced, used.reason) == (1, entered, reason)
        assert used.end == BROKE + 20 * MINUTE
        assert [held.entry.seq for held in found.corrections] == [1, 2]


def test_a_window_of_the_future_is_still_to_come() -> None:
    """In a month still running, a window that has not begun says so."""
    held = with_window(window("2026-10-20T00:00", "2026-10-20T00:30"))
    (used,) = explained(held, now=BROKE + DAY).windows
    assert (used.holds, used.decides, used.reason) == (True, 0, "it is still to come")


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


@pytest.mark.parametrize(
    ("provision", "told"),
    [
        (None, "HDC does not have Web; N/A is not 100 %."),
        (
            Provision("web", "hdc", None, validity=Validity(since=END)),
            "HDC has Web from 1 November 2026, not in this period.",
        ),
        (
            Provision("web", "hdc", None, hosted_externally=True, supplier="Northgate"),
            "Web of HDC is run by Northgate, and nothing here watches it; N/A is not 100 %.",
        ),
        (Provision("web", "hdc", None), "HDC has Web, and no check watches it: all of its time is unknown."),
    ],
)
def test_why_there_is_no_figure(provision: Provision | None, told: str) -> None:
    """A council without the service, or where nobody watches it, is told so."""
    provisions = {**HELD.services["web"].provisions, **({"hdc": (provision,)} if provision else {})}
    held = catalogue([Service("web", "Web", provisions)], ["ccc", "hdc"])
    assert explained(held, Key(Subject.SERVICE, "web", "hdc")).why_not == told


def test_a_figure_below_its_minimum_coverage_says_why_it_is_not_shown() -> None:
    """Where too little was watched, that is the reason why only the bounds are given."""
    held = replace(HELD, policies={STANDARD: Policy(STANDARD, "Standard", minimum_coverage=Fraction(2))})
    assert explained(held).why_not.startswith("Too little of the time was watched")


def test_an_area_without_a_figure_says_so_of_its_members() -> None:
    """Where a council has nothing of it, or nothing of it was seen, that is told of the area's members."""
    services = [watched("web", ["ccc"])]
    held = catalogue(services, ["ccc", "hdc"], areas=[Area("net", "Net", ("web",))])
    found = explained(held, Key(Subject.AREA, "net", "hdc"))
    assert found.why_not == "Nothing that Net is made of was in service in this period."
    assert (found.row.text, found.digits) == ("N/A", None)


def test_the_figure_of_a_council() -> None:
    """A council's figure is the mean of its services'."""
    held = catalogue([watched("web", ["ccc"]), watched("mail", ["ccc"])])
    found = explained(held, Key(Subject.COUNCIL, "ccc", "ccc"))
    assert [part.name for part in found.parts] == ["Web, CCC", "Mail, CCC"]
    assert (found.name, found.council) == ("CCC", "CCC")


def test_a_sealed_month_stands_in_the_mean_as_it_was_sealed() -> None:
    """Its sealed figure is one of those that the mean is made of; a month without the thing is none of them."""
    year = parse("2026")
    whole = year.within("Europe/London")
    area = Area("net", "Net", ("web",), validity=Validity(since=START))
    held = catalogue([watched("web", ["ccc"])], areas=[area])
    key = Key(Subject.AREA, "net", None)
    sealed = explained(held, key).row.figure
    found = explained(held, key, spec=year, now=whole.end, down=(), sealed_months={"2026-10": {key: sealed}})
    assert [part.name for part in found.parts] == ["2026-10, as sealed", "2026-11", "2026-12"]
    assert found.row.figure.value == 1 - Fraction(1, 745) / 3


def test_an_area_that_is_not_there_yet() -> None:
    """An area that begins later has no line, whoever it is asked for."""
    held = catalogue([watched("web", ["ccc"])], areas=[Area("net", "Net", ("web",), validity=Validity(since=END))])
    for council in ("ccc", None):
        with pytest.raises(UsageError, match="Net has no figure in 2026-10: it is there from 1 November 2026"):
            explained(held, Key(Subject.AREA, "net", council))


def test_a_council_that_is_not_there_yet() -> None:
    """A council that joins later has no line at all: who asks is told from when on."""
    councils = [Council("ccc", "CCC", "Europe/London", Validity(since=END))]
    with pytest.raises(UsageError, match="CCC has no figures in 2026-10: it is a council from 1 November 2026"):
        explained(catalogue([watched("web", ["ccc"])], councils))


def test_a_service_that_is_not_there_any_more() -> None:
    """A service that ended before the period has no line either."""
    held = replace(HELD, services={"web": replace(HELD.services["web"], validity=Validity(until=START + HOUR))})
    spec = Period("later", START + DAY, START + 2 * DAY)
    with pytest.raises(UsageError, match="Web has no figure in later: it is there until 01:00 on 1 October 2026"):
        explained(held, spec=spec)


def test_a_period_that_has_not_begun() -> None:
    """Of the future there is nothing to explain."""
    with pytest.raises(PeriodError, match="period 2026-10 has not begun yet"):
        explained(HELD, now=START)


@pytest.mark.parametrize(
    ("lost", "target", "by", "printed", "why"),
    [
        (0, None, policy_of(), "100", "rounded half up to two decimals"),
        (1, None, policy_of(), "99.999", "two decimals it would read 100 %, though something was lost"),
        (
            104,
            Fraction(999, 1000),
            policy_of(),
            "99.896",
            "it would read 99.90 %, which meets its target, which the figure",
        ),
        (423, None, policy_of(rounding=Rounding.CUT), "99.57", "cut to two decimals"),
    ],
)
def test_why_so_many_digits(lost: int, target: Fraction | None, by: Policy, printed: str, why: str) -> None:
    """A figure has the policy's decimals, and more where these would say what is not so; the reason is told."""
    line = lost_minutes(0, 100_000 * MINUTE, {0: lost} if lost else {})
    made: Figure = member(line, Period("p", 0, line.end), line.end, by).figure
    digits = digits_of(made, target, by)
    assert digits is not None
    assert digits.printed == printed
    assert why in digits.why


def test_a_policy_in_plain_words() -> None:
    """Everything that a policy decides is said in a sentence; what it does not decide is not."""
    by = policy_of(
        degraded=Fraction(1, 2),
        maintenance=WindowsCount.DOWN,
        notice=2 * DAY,
        outage_begins=OutageBegins.CONFIRMATION,
        hours="office",
        minimum_coverage=Fraction(0),
        decimals=1,
        rounding=Rounding.CUT,
        amber=Fraction(5, 1000),
        year=YearBy.POOLED,
    )
    assert policy_in_words(by, {"office": Calendar("office", "Office hours", ())}) == [
        "Of the time in which a service is degraded, 50 % counts as lost.",
        "Maintenance windows change nothing: what is lost in them is lost, and told as planned.",
        "A window counts if it was announced at least 2 d before it begins; what overruns it is an outage "
        "like any other.",
        "An outage counts from the observation that confirms it to the first good one after it.",
        "Only the hours of the calendar Office hours count.",
        "Time of which there is no evidence is left out of the figure, and widens its bounds.",
        "The figure is given however little of the time was watched.",
        "Figures are cut, not rounded, to one decimal; to more where that would carry them over their target or make "
        "100 of less.",
        "A figure that misses its target by up to 0.5 percentage points is amber, by more red.",
        "The figure of a year is made from all its time at once, not as the mean of its months.",
    ]
    plain = policy_in_words(policy_of())
    assert "Only the service hours of each service count; without any, that is around the clock." in plain
    assert policy_in_words(policy_of(maintenance=WindowsCount.DOWN))[2].startswith("An outage counts from its first")
    assert any("around the clock, whatever" in each for each in policy_in_words(policy_of(hours="always")))
    assert "counts as lost, as if it were down" in policy_in_words(policy_of(degraded=Fraction(1)))[0]
    assert "by up to 1/3 percentage points" in policy_in_words(policy_of(amber=Fraction(1, 300)))[-2]
    assert "1/3 counts as lost" in policy_in_words(policy_of(degraded=Fraction(1, 3)))[0]
