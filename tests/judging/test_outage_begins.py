"""Where an outage begins when a policy counts from its confirmation, against the slow model."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from support.judging_cases import check, observations, runs_of
from support.judging_model import DEGRADED, DOWN, CheckModel

from ictss_monitor.catalogue.terms import OutageBegins
from ictss_monitor.judging.timeline import check_timeline

STEP, MOST = 3, 24
counts = st.integers(1, 3)
texts = st.text("UDDGX", max_size=MOST)


def confirmed_at(model: CheckModel, level: int, begin: int) -> int:
    """Return the instant of the failure with which so many as are wanted had been in a row."""
    return model.instants[begin + model.check.fall - 1]


@given(texts, counts, counts)
@settings(max_examples=200)
def test_an_outage_begins_with_the_failure_that_confirmed_it(text: str, fall: int, rise: int) -> None:
    """The n-th failure in a row, at the pace at which the check is observed; its end is the same either way."""
    held, seen, now = check(fall=fall, rise=rise), observations("a", text), STEP * len(text) + 1
    model = CheckModel(held, [(each.instant, each.finding.outcome) for each in seen], now)
    runs = runs_of(held, seen)
    made = check_timeline(held, runs, 0, now, now, now, OutageBegins.CONFIRMATION)
    for level, levels in (
        (DOWN, (made.confirmed.down, made.failures.down)),
        (DEGRADED, (made.confirmed.not_up, made.failures.not_up)),
    ):
        expected = set()
        failing = set()
        for told in model.outages[level]:
            begin = confirmed_at(model, level, told.begin)
            end = now if told.end is None else model.instants[told.end]
            expected |= set(range(begin, end))
            failing |= set(range(begin, model.last_failure(level, told)))
        assert {at for at in range(now) if at in levels[0]} == expected
        assert {at for at in range(now) if at in levels[1]} == failing


@given(texts, counts)
@settings(max_examples=100)
def test_the_later_begin_loses_nothing_else(text: str, fall: int) -> None:
    """Unknown and doubtful time are the same, and what is lost lies in what would be lost from the first failure."""
    held, seen, now = check(fall=fall), observations("a", text), STEP * len(text) + 1
    first, later = (check_timeline(held, runs_of(held, seen), 0, now, now, now, each) for each in OutageBegins)
    assert (first.unknown, first.doubtful) == (later.unknown, later.doubtful)
    assert later.confirmed.down - first.confirmed.down == later.failures.down - later.confirmed.down
    assert not later.confirmed.not_up - first.confirmed.not_up


def test_three_failures_a_minute_apart_begin_two_minutes_later() -> None:
    """Failures at 3, 6 and 9: from the first failure it lasts from 3, from confirmation from 9, to 12 either way."""
    held, seen = check(fall=3, rise=1), observations("a", "UDDDU")
    for begins, expected in ((OutageBegins.FIRST_FAILURE, (3, 12)), (OutageBegins.CONFIRMATION, (9, 12))):
        made = check_timeline(held, runs_of(held, seen), 0, 13, 13, 13, begins)
        assert list(made.confirmed.down) == [expected]
