"""What the words of a maintenance window mean, and which recurrence rules are read."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from support.catalogues import catalogue, problems

from ictss_monitor.catalogue.model import Validity
from ictss_monitor.catalogue.recurrence import recurrence, trouble
from ictss_monitor.catalogue.terms import Scope, Window
from ictss_monitor.clock import Instant, to_instant

PLACES = (
    "councils: {ccc: }\nsites: {hq: }\nchecks: {ping: {probe: icmp, address: 192.0.2.1}}\n"
    "services: {net: {councils: [ccc], rule: ping}}\n"
)
SUNDAY = datetime(2026, 1, 4, 1)  # noqa: DTZ001


def at(text: str) -> Instant:
    """Return the instant of an ISO time with its offset."""
    return to_instant(datetime.fromisoformat(text))


def window(words: str) -> Window:
    """Return the window over service net that `words` describe."""
    return catalogue(f"{PLACES}maintenance: {{w: {{over: {{services: [net]}}, why: Work, {words}}}}}\n").windows["w"]


def told(words: str) -> tuple[str, ...]:
    """Return what is wrong with a window over service net."""
    return problems(f"{PLACES}maintenance: {{w: {{over: {{services: [net]}}, why: Work, {words}}}}}\n")


def test_a_window_repeats_from_local_time_to_local_time() -> None:
    """Its times stay naive; without an announcement it is a standing arrangement; its zone is that of settings."""
    words = "begin: 2026-01-04T01:00, end: '05:00', repeat: 'FREQ=WEEKLY;BYDAY=SU', except: [2026-12-27]"
    assert window(words) == Window(
        id="w",
        why="Work",
        scope=Scope(services=frozenset({"net"})),
        begin=SUNDAY,
        end=SUNDAY.replace(hour=5),
        zone="Europe/London",
        announced=None,
        rrule="FREQ=WEEKLY;BYDAY=SU",
        except_days=frozenset({date(2026, 12, 27)}),
    )


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("end: 2026-01-05T01:30", "2026-01-05T01:30"),
        ("end: '05:00'", "2026-01-04T05:00"),
        ("end: '00:30'", "2026-01-05T00:30"),
        ("end: '01:00'", "2026-01-05T01:00"),
        ("end: '24:00'", "2026-01-05T00:00"),
        ("length: 90m", "2026-01-04T02:30"),
        ("length: 26h", "2026-01-05T03:00"),
    ],
)
def test_a_window_ends_at_a_time_or_after_a_length(words: str, end: str) -> None:
    """A time of day is the first such time after the begin; a length is that of local clocks."""
    held = window(f"begin: 2026-01-04T01:00, {words}, repeat: FREQ=WEEKLY")
    assert held.end == datetime.fromisoformat(end)


def test_scope_is_every_kind_together() -> None:
    """Checks, services, sites and councils are taken as they are named."""
    over = "{checks: [ping], services: [net], sites: [hq], councils: [ccc]}"
    words = "why: x, begin: 2026-01-04T01:00, length: 1h, repeat: FREQ=DAILY"
    text = f"{PLACES}maintenance: {{w: {{over: {over}, {words}}}}}\n"
    assert catalogue(text).windows["w"].scope == Scope(
        frozenset({"ping"}), frozenset({"net"}), frozenset({"hq"}), frozenset({"ccc"})
    )


def test_a_day_of_announcement_counts_from_its_end() -> None:
    """Nobody can say that the announcement came in time by writing its day; an instant counts as it stands."""
    once = "begin: 2026-07-05T01:00, length: 4h"
    assert window(f"{once}, announced: 2026-07-03").announced == at("2026-07-04T00:00+01:00")
    assert window(f"{once}, announced: 2026-07-05T00:00+01:00").announced == at("2026-07-05T00:00+01:00")
    assert len(told(f"{once}, announced: 2026-07-05")) == 1
    assert len(told(f"{once}, announced: 2026-07-05T01:00+01:00")) == 1


def test_a_repeating_window_may_be_announced_after_it_first_occurred() -> None:
    """What occurred before is simply not planned."""
    held = window("begin: 2026-01-04T01:00, length: 4h, repeat: FREQ=WEEKLY, announced: 2026-02-01")
    assert held.announced == at("2026-02-02T00:00+00:00")


def test_dates_and_announcement_are_of_the_windows_own_zone() -> None:
    """A window in another zone has its midnights there."""
    held = window("begin: 2026-07-05T01:00, length: 4h, announced: 2026-07-01, zone: Europe/Berlin, until: 2026-07-31")
    assert held.zone == "Europe/Berlin"
    assert held.announced == at("2026-07-02T00:00+02:00")
    assert held.validity == Validity(None, at("2026-08-01T00:00+02:00"))


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("freq=weekly; byday=su", "FREQ=WEEKLY;BYDAY=SU"),
        ("RRULE:FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;BYDAY=2TU"),
        ("FREQ=DAILY;UNTIL=20261231", "FREQ=DAILY;UNTIL=20261231T235959"),
        ("FREQ=DAILY;UNTIL=2026-12-31", "FREQ=DAILY;UNTIL=20261231T235959"),
        ("FREQ=DAILY;UNTIL=20261231T120000", "FREQ=DAILY;UNTIL=20261231T120000"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    ],
)
def test_a_rule_is_brought_to_one_form(said: str, held: str) -> None:
    """Capitals, no spaces, no prefix; the day in UNTIL is included, as everywhere."""
    assert recurrence(said) == held
    rrulestr(held, dtstart=SUNDAY)


@pytest.mark.parametrize(
    "rule",
    [
        "", ";", "=", "FREQ", "FREQ=", "BYDAY=SU", "FREQ=DAILY;", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;X=1",
        "FREQ=SECONDLY", "FREQ=DAILY;BYHOUR=1,2", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=2;UNTIL=20261231", "FREQ=DAILY;UNTIL=20261301",
        "FREQ=DAILY;UNTIL=20261231T010000Z", "FREQ=MONTHLY;BYDAY=6SU", "FREQ=MONTHLY;BYDAY=0SU",
        "FREQ=DAILY;BYMONTH=13", "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=WEEKLY;WKST=XX",
        "FREQ=WEEKLY;BYDAY=1SU", "FREQ=WEEKLY;BYSETPOS=1", "FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=YEARLY;BYEASTER=1",
    ],
)  # fmt: skip
def test_a_rule_that_is_none_is_refused(rule: str) -> None:
    """Parts that are unknown, out of range, finer than a day, or mean nothing together are refused with a remedy."""
    with pytest.raises(ValueError, match=r"expected|write"):
        recurrence(rule)


@pytest.mark.parametrize(
    ("begin", "rule"),
    [
        ("2026-01-04T01:00", "FREQ=WEEKLY;BYDAY=SU"),
        ("2026-01-05T01:00", "FREQ=WEEKLY"),
        ("2026-01-13T22:00", "FREQ=MONTHLY;BYDAY=2TU"),
        ("2026-01-30T22:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
        ("2026-03-29T01:30", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
        ("2028-02-29T01:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
        ("2026-01-04T01:00", "FREQ=DAILY;COUNT=1"),
        ("2026-01-04T01:00", "FREQ=DAILY;UNTIL=20260104"),
    ],
)
def test_a_window_begins_with_an_occurrence_of_its_rule(begin: str, rule: str) -> None:
    """The first occurrence is the one that is written, so a day of the rule is accepted and the next one refused."""
    first = datetime.fromisoformat(begin)
    held = recurrence(rule)
    assert trouble(first, first + timedelta(hours=4), held) is None
    if "DAILY" not in rule and rule != "FREQ=WEEKLY":
        wrong = trouble(first + timedelta(days=1), first + timedelta(days=2), held)
        assert wrong is not None
        assert wrong[0] == "begin"


@given(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.lists(st.sampled_from(["MO", "WE", "SU"]), unique=True),
    st.lists(st.sampled_from([1, 15, 31, -1]), unique=True),
    st.lists(st.integers(1, 12), max_size=2, unique=True),
)
def test_a_begin_fits_where_its_day_is_named(
    day: date, freq: str, weekdays: list[str], monthdays: list[int], months: list[int]
) -> None:
    """A begin is accepted exactly where its weekday, its day of the month and its month are named or left open."""
    parts = [f"FREQ={freq}"]
    parts += [f"BYDAY={','.join(weekdays)}"] * bool(weekdays)
    parts += [f"BYMONTHDAY={','.join(map(str, monthdays))}"] * (bool(monthdays) and freq != "WEEKLY")
    parts += [f"BYMONTH={','.join(map(str, months))}"] * bool(months)
    begin = datetime(day.year, day.month, day.day, 1)  # noqa: DTZ001
    named = not weekdays or ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[day.weekday()] in weekdays
    named &= not months or day.month in months
    last = (day + timedelta(days=1)).month != day.month
    named &= not monthdays or freq == "WEEKLY" or day.day in monthdays or (last and -1 in monthdays)
    assert (trouble(begin, begin + timedelta(hours=1), recurrence(";".join(parts))) is None) == named


def test_rules_without_a_day_cost_little() -> None:
    """A rule that never occurs is not searched for until the end of the calendar."""
    begin = time.process_time()
    for _ in range(100):
        assert trouble(SUNDAY, SUNDAY + timedelta(hours=1), "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30") is not None
    assert time.process_time() - begin < 1
