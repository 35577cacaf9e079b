"""When the clocks of an agent tell of a reboot, and when they only seem to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes._snmp_uptime import DRIFT, OIDS, SLACK, TICKS, Reading, reading_of, rebooted

HOST, ENGINE, SYS = OIDS
DAY = 86_400.0
WRAP = TICKS / 100

Seconds = dict[str, float]

CASES: dict[str, tuple[Seconds, Seconds, float, bool]] = {
    "runs on": ({SYS: 1000}, {SYS: 1060}, 60, False),
    "begins anew": ({SYS: 1000}, {SYS: 30}, 60, True),
    "began anew twice": ({SYS: 40}, {SYS: 200}, 300, True),
    "no clock before": ({}, {SYS: 30}, 60, False),
    "no clock now": ({SYS: 1000}, {}, 60, False),
    "stands still": ({SYS: 0}, {SYS: 0}, 60, False),
    "stands still, another runs": ({HOST: 0, SYS: 1000}, {HOST: 0, SYS: 30}, 60, True),
    "wraps after 497 days": ({SYS: WRAP - 20}, {SYS: 40}, 60, False),
    "begins anew near the wrap": ({SYS: WRAP - 20}, {SYS: 15}, 60, True),
    "wraps, engine time runs on": ({ENGINE: 497 * DAY, SYS: WRAP - 20}, {ENGINE: 497 * DAY + 60, SYS: 40}, 60, False),
    "begins anew just as if it wrapped": ({ENGINE: 497 * DAY, SYS: WRAP - 20}, {ENGINE: 40, SYS: 40}, 60, True),
    "agent restarted, host not": ({HOST: 9 * DAY, SYS: DAY}, {HOST: 9 * DAY + 60, SYS: 5}, 60, False),
    "host and agent": ({HOST: 9 * DAY, SYS: DAY}, {HOST: 50, SYS: 20}, 60, True),
    "paused virtual machine": ({SYS: DAY}, {SYS: DAY + 1}, 3600, False),
    "clock set back a little": ({SYS: 1000}, {SYS: 1058.5}, 60, False),
    "up for less than can be told": ({SYS: 1}, {SYS: 59}, 60, False),
}


@pytest.mark.parametrize(("was", "shows", "elapsed", "told"), CASES.values(), ids=CASES.keys())
def test_reboots_are_told_from_what_looks_like_one(was: Seconds, shows: Seconds, elapsed: float, told: bool) -> None:
    """Restarts of the agent alone, wraps, pauses and clocks that stand still are no reboots of the host."""
    assert bool(rebooted(Reading(5000, was), Reading(5000 + elapsed, shows))) is told


def test_words_say_when_and_how_long_it_had_been_up() -> None:
    """For the person who reads the finding."""
    words = rebooted(Reading(0, {SYS: 12 * DAY}), Reading(300, {SYS: 42}))
    assert words == "rebooted 42 s ago; it had been up for 12 d at the last probe, 5 min ago"


def test_readings_are_in_seconds_and_the_hosts_clock_comes_first() -> None:
    """Whatever an agent sends instead of a number is no clock."""
    found = reading_of({HOST: 250_000, ENGINE: b"text", SYS: -5}, 7)
    assert (found.at, found.seconds, found.uptime) == (7, {HOST: 2500}, 2500)
    assert reading_of({}, 7).uptime is None


@given(up=st.floats(0, 3 * WRAP), elapsed=st.floats(1, 7 * DAY), slow=st.floats(0, 0.9))
def test_host_that_stays_up_never_rebooted(up: float, elapsed: float, slow: float) -> None:
    """However long it has been up, wraps included, with a clock up to 1.8 % slow and 2.7 s off."""
    now = up + elapsed * (1 - DRIFT * slow) - SLACK * slow
    assert rebooted(Reading(0, {SYS: up % WRAP}), Reading(elapsed, {SYS: max(now, 0) % WRAP})) == ""


@given(up=st.floats(60, WRAP / 2), elapsed=st.floats(60, 7 * DAY), share=st.floats(0, 1))
def test_host_that_rebooted_meanwhile_is_always_told(up: float, elapsed: float, share: float) -> None:
    """Wherever between the probes it was, unless it had only just booted before."""
    since = elapsed * share
    told = rebooted(Reading(0, {SYS: up}), Reading(elapsed, {SYS: since}))
    if since < up + elapsed - SLACK - DRIFT * elapsed and since != up:
        assert told
