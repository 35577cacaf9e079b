"""Periods that go wrong elsewhere: clock changes, leap days, outages over the ends of periods, no evidence.

Every instant here is made up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from support.accounts import kpi_table
from support.timelines import catalogue, timeline, watched

from ictss_monitor.availability.kpi import KpiRow
from ictss_monitor.availability.periods import parse
from ictss_monitor.availability.standing import Standing
from ictss_monitor.catalogue.model import CheckRef, Provision, Service, Subject, Target, Validity
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant, to_instant

LONDON = "Europe/London"
LEAST, LAST = 2000, 2040
WEB = watched("web", ["ccc"])


def local(text: str) -> Instant:
    """Return the instant of a local time in London."""
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(LONDON)))


EVER = (local(f"{LEAST}-01-01"), local(f"{LAST}-01-01"))


def month(
    label: str,
    down: Iterable[tuple[Instant, Instant]] = (),
    unknown: Iterable[tuple[Instant, Instant]] = (),
    now: Instant | None = None,
    service: Service = WEB,
) -> KpiRow:
    """Return the row of a service over a period; without `now`, once it is over."""
    spec = parse(label)
    seen = spec.within(LONDON).end if now is None else now
    line = timeline(EVER[0], min(EVER[1], seen), down=down, unknown=unknown)
    held = catalogue([service], targets=[Target(Subject.SERVICE, "web", Fraction(99, 100))])
    found = kpi_table(held, {("web", "ccc"): line}, spec, seen).row(Subject.SERVICE, "web", "ccc")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("label", "hours"), [("2026-10", 745), ("2026-03", 743), ("2024-02", 696), ("2026-02", 672), ("2026-11", 720)]
)
def test_a_month_is_as_long_as_the_clock_makes_it(label: str, hours: int) -> None:
    """An hour lost weighs 1/745 in October and 1/743 in March; February has 29 days in a leap year."""
    begin = local(f"{label}-10T09:00")
    found = month(label, [(begin, begin + HOUR)])
    assert found.figure.measured == hours * HOUR
    assert found.figure.value == 1 - Fraction(1, hours)


@pytest.mark.parametrize(("label", "day", "hours"), [("2026-10", 25, 3), ("2026-03", 29, 1)])
def test_an_outage_over_a_clock_change_lasts_what_it_lasted(label: str, day: int, hours: int) -> None:
    """From half past midnight to half past two is three hours when the hour comes twice, one when it is skipped."""
    found = month(label, [(local(f"{label}-{day}T00:30"), local(f"{label}-{day}T02:30"))])
    assert found.outages.longest == hours * HOUR


def test_the_leap_day_is_lost_like_any_other() -> None:
    """All of 29 February 2024 lost is one of 29 days."""
    found = month("2024-02", [(local("2024-02-29"), local("2024-03-01"))])
    assert found.figure.value == Fraction(28, 29)
    assert found.outages.runs_on is True


def test_a_service_that_began_in_mid_month_is_measured_from_there() -> None:
    """From the 16th on, September has fifteen days: an hour lost weighs 1/360."""
    since = local("2026-09-16")
    began = Service("web", "Web", {"ccc": (Provision("web", "ccc", CheckRef("web"), validity=Validity(since=since)),)})
    found = month("2026-09", [(since + DAY, since + DAY + HOUR)], service=began)
    assert (found.figure.value, found.measured_from) == (1 - Fraction(1, 360), since)


def test_a_month_still_running_ends_now_and_what_is_to_come_is_not_up() -> None:
    """Ten days in, with a day lost, a tenth is lost; what is left to lose is of the whole month."""
    now = local("2026-09-11")
    found = month("2026-09", [(local("2026-09-05"), local("2026-09-06"))], now=now)
    assert found.figure.value == Fraction(9, 10)
    assert (found.figure.future, found.figure.projected) == (20 * DAY, Fraction(29, 30))
    assert found.budget == 30 * DAY // 100 - DAY
    assert found.burn == 10


def test_an_outage_that_is_not_over_is_counted_up_to_now() -> None:
    """An open outage is not left out until it ends."""
    now = local("2026-09-11")
    found = month("2026-09", [(local("2026-09-10"), now)], now=now)
    assert (found.figure.value, found.outages.count, found.outages.runs_on) == (Fraction(9, 10), 1, True)


def test_a_month_with_no_evidence_has_no_figure() -> None:
    """Neither 100 % nor 0: no figure, coverage 0, bounds that say nothing, and no verdict."""
    found = month("2026-09", unknown=[(local("2026-09-01"), local("2026-10-01"))])
    assert (found.standing, found.figure.value, found.figure.coverage) == (Standing.NO_EVIDENCE, None, 0)
    assert (found.figure.low, found.figure.high, found.met, found.rating) == (0, 1, None, None)
    assert found.text == "no figure"


@pytest.mark.parametrize(
    ("before", "after", "midnight"), [("2026-09", "2026-10", "2026-10-01"), ("2026-12", "2027-01", "2027-01-01")]
)
def test_an_outage_over_the_end_of_a_month_or_year_is_in_both_with_its_part(
    before: str, after: str, midnight: str
) -> None:
    """Two hours before midnight are in the one, three hours after it in the other, and none is in both or neither."""
    edge = local(midnight)
    outage = [(edge - 2 * HOUR, edge + 3 * HOUR)]
    first, second = month(before, outage), month(after, outage)
    assert (first.figure.lost, first.outages.count, first.outages.runs_on) == (2 * HOUR, 1, True)
    assert (second.figure.lost, second.outages.count, second.outages.runs_on) == (3 * HOUR, 1, False)


def test_an_outage_over_the_year_s_end_is_one_outage_of_both_years() -> None:
    """Each year has its part of it."""
    edge = local("2027-01-01")
    outage = [(edge - 2 * HOUR, edge + 3 * HOUR)]
    assert month("2026", outage).pooled.lost == 2 * HOUR
    assert month("2027", outage).pooled.lost == 3 * HOUR


def test_an_outage_open_for_three_months_takes_each_of_them() -> None:
    """From mid-July to mid-October: August and September are 0, and the running month is what is left of it."""
    now = local("2026-10-16")
    outage = [(local("2026-07-16"), now)]
    assert month("2026-07", outage).figure.value == Fraction(15, 31)
    for label in ("2026-08", "2026-09"):
        found = month(label, outage)
        assert (found.figure.value, found.outages.count, found.outages.runs_on) == (0, 1, True)
    running = month("2026-10", outage, now=now)
    assert (running.figure.value, running.outages.runs_on) == (0, True)
    assert running.figure.future == local("2026-11-01") - now
    quarter = month("2026-Q3", outage)
    assert (quarter.outages.count, quarter.outages.longest) == (1, (16 + 31 + 30) * DAY)


def test_what_begins_in_the_last_microsecond_of_a_month_is_in_it() -> None:
    """Periods are half-open: the last microsecond belongs to the old month, the next to the new."""
    edge = local("2026-10-01")
    assert month("2026-09", [(edge - 1, edge + MINUTE)]).figure.lost == 1
    assert month("2026-10", [(edge - 1, edge + MINUTE)]).figure.lost == MINUTE
