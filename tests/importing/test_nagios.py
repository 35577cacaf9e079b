"""Logs of Nagios and Icinga: alerts, restarts and missing archives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.clock import DAY, SECOND
from ictss_monitor.importing.mapping import Mapped
from ictss_monitor.importing.nagios import first_instant, read_nagios
from ictss_monitor.importing.problems import Problem
from ictss_monitor.intervals import IntervalSet
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

MAIL = ("mail", "fenshire")
WEB = ("website", "fenshire")
MAPPED: Mapped = {"mx1;SMTP": [MAIL]}

UP, DOWN, DEGRADED, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN
EVENTS = [
    *(
        f"SERVICE ALERT: mx1;SMTP;{state};{kind};1;x"
        for state in ("OK", "WARNING", "CRITICAL", "UNKNOWN")
        for kind in ("SOFT", "HARD")
    ),
    "CURRENT SERVICE STATE: mx1;SMTP;CRITICAL;HARD;3;x",
    "SERVICE DOWNTIME ALERT: mx1;SMTP;STARTED; x",
    "Caught SIGTERM, shutting down...",
    "Nagios 4.4.6 starting... (PID=2)",
    "SERVICE ALERT: mx1",
    "SERVICE DOWNTIME ALERT: mx1",
    "",
]


def read(*lines: str, mapped: Mapped = MAPPED) -> tuple[list[Imported], list[Problem]]:
    """Read one log whose lines begin with seconds."""
    log = [f"[{line.replace(' ', '] ', 1)}\n" for line in lines]
    return read_nagios([("nagios.log", log)], mapped, None, None)


def seen(*lines: str, mapped: Mapped = MAPPED) -> list[tuple[float, float, Outcome]]:
    """Return the rows of such a log, in seconds."""
    rows, problems = read(*lines, mapped=mapped)
    assert problems == []
    return [(row.since / SECOND, row.until / SECOND, row.state) for row in rows]


def test_hard_states_begin_at_the_first_soft_one() -> None:
    """An outage begins with the first try that failed and ends with the first that succeeded."""
    assert seen(
        "1000 CURRENT SERVICE STATE: mx1;SMTP;OK;HARD;1;SMTP OK - 0.02 sec",
        "1100 SERVICE ALERT: mx1;SMTP;CRITICAL;SOFT;1;Connection refused",
        "1160 SERVICE ALERT: mx1;SMTP;CRITICAL;SOFT;2;Connection refused",
        "1220 SERVICE ALERT: mx1;SMTP;CRITICAL;HARD;3;Connection refused",
        "1500 SERVICE ALERT: mx1;SMTP;OK;HARD;1;SMTP OK; all well",
        "1600 LOG ROTATION: DAILY",
    ) == [(1000, 1600, UP), (1100, 1500, DOWN)]


def test_soft_states_that_came_to_nothing_are_none() -> None:
    """What Nagios never believed was no outage."""
    assert seen(
        "1000 INITIAL SERVICE STATE: mx1;SMTP;OK;HARD;1;fine",
        "1100 SERVICE ALERT: mx1;SMTP;WARNING;SOFT;1;slow",
        "1160 SERVICE ALERT: mx1;SMTP;OK;SOFT;2;fine",
        "1200 Auto-save of retention data completed successfully.",
    ) == [(1000, 1200, UP)]


def test_states_of_services_and_hosts() -> None:
    """Warnings are degraded, unknown is unknown; a host is up, down or unreachable, and has a name of its own."""
    assert seen(
        "1000 CURRENT HOST STATE: mx1;UP;HARD;1;PING OK",
        "1000 CURRENT SERVICE STATE: mx1;SMTP;OK;HARD;1;fine",
        "1100 SERVICE ALERT: mx1;SMTP;WARNING;HARD;3;slow",
        "1200 SERVICE ALERT: mx1;SMTP;UNKNOWN;HARD;3;plugin timed out",
        "1300 HOST ALERT: mx1;UNREACHABLE;HARD;3;PING CRITICAL",
        "1400 HOST ALERT: mx1;UP;HARD;1;PING OK",
        mapped={"mx1;SMTP": [MAIL], "mx1": [WEB]},
    ) == [
        (1000, 1400, UP),
        (1100, 1200, DEGRADED),
        (1200, 1400, UNKNOWN),
        (1000, 1400, UP),
        (1300, 1400, DOWN),
    ]


def test_between_stop_and_start_nobody_looked() -> None:
    """While the program is off nothing is known; the state that it kept holds again from its start."""
    assert seen(
        "1000 CURRENT SERVICE STATE: mx1;SMTP;CRITICAL;HARD;3;refused",
        "1100 Caught SIGTERM, shutting down...",
        "1100 Successfully shutdown... (PID=1)",
        "1500 Nagios 4.4.6 starting... (PID=2)",
        "1600 SERVICE ALERT: mx1;SMTP;OK;HARD;1;fine",
        "1700 LOG ROTATION: DAILY",
    ) == [(1000, 1100, UP), (1500, 1700, UP), (1000, 1100, DOWN), (1500, 1600, DOWN)]


def test_a_program_that_died_was_last_alive_at_its_last_line() -> None:
    """A start without a stop before it: whatever was held ends with the last line that was written."""
    assert seen(
        "1000 CURRENT SERVICE STATE: mx1;SMTP;OK;HARD;1;fine",
        "1200 HOST ALERT: other;DOWN;HARD;1;x",
        "1900 icinga 1.14.2 starting... (PID=2)",
        "2000 LOG ROTATION: DAILY",
    ) == [(1000, 1200, UP), (1900, 2000, UP)]


def test_a_missing_archive_is_not_bridged() -> None:
    """Where a day's log is missing, the state is known again from the next log's list of states."""
    assert seen(
        "1000 CURRENT SERVICE STATE: mx1;SMTP;OK;HARD;1;fine",
        "1200 LOG ROTATION: DAILY",
        f"{1200 + 2 * 86400} HOST ALERT: other;DOWN;HARD;1;x",
        f"{1300 + 2 * 86400} CURRENT SERVICE STATE: mx1;SMTP;OK;HARD;1;fine",
        f"{1400 + 2 * 86400} LOG ROTATION: DAILY",
    ) == [(1000, 1200, UP), (1300 + 2 * DAY / SECOND, 1400 + 2 * DAY / SECOND, UP)]


def test_a_quiet_service_is_watched_as_long_as_the_log_is_written() -> None:
    """Nagios writes only changes: no line about a service for days means that nothing changed."""
    lines = [f"{1000 + day * 86400} Auto-save of retention data completed successfully." for day in range(1, 6)]
    assert seen("1000 CURRENT SERVICE STATE: mx1;SMTP;OK;HARD;1;fine", *lines) == [(1000, 1000 + 5 * 86400, UP)]


def test_an_outage_in_a_scheduled_downtime_says_so() -> None:
    """It stays an outage, for whether it was announced in time is not in the log, but its note tells."""
    rows, _ = read(
        "1000 CURRENT SERVICE STATE: mx1;SMTP;OK;HARD;1;fine",
        "1100 SERVICE DOWNTIME ALERT: mx1;SMTP;STARTED; Service has entered a period of scheduled downtime",
        "1200 SERVICE ALERT: mx1;SMTP;CRITICAL;HARD;3;refused",
        "1300 SERVICE ALERT: mx1;SMTP;OK;HARD;1;fine",
        "1400 SERVICE DOWNTIME ALERT: mx1;SMTP;STOPPED; Service has exited from a period of scheduled downtime",
        "1500 SERVICE ALERT: mx1;SMTP;CRITICAL;HARD;3;refused",
        "1600 SERVICE ALERT: mx1;SMTP;OK;HARD;1;fine",
    )
    assert [row.note for row in rows if row.state is DOWN] == ["in a scheduled downtime of Nagios", ""]


def test_a_clock_that_was_set_back_a_little() -> None:
    """A line a few seconds older than the one before is taken as of that one."""
    assert seen(
        "1000 CURRENT SERVICE STATE: mx1;SMTP;OK;HARD;1;fine",
        "1100 LOG VERSION: 2.0",
        "1090 SERVICE ALERT: mx1;SMTP;CRITICAL;HARD;3;refused",
        "1200 SERVICE ALERT: mx1;SMTP;OK;HARD;1;fine",
    ) == [(1000, 1200, UP), (1100, 1200, DOWN)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2000 SERVICE ALERT: mx1;SMTP;BROKEN;HARD;1;x", "nagios.log:2: no state and type of it: 'mx1;SMTP;BROKEN"),
        ("2000 SERVICE ALERT: mx1;SMTP;OK", "nagios.log:2: no state and type of it"),
        ("500 LOG ROTATION: DAILY", "nagios.log:2: it is older than the line before"),
        ("today LOG ROTATION: DAILY", "nagios.log:2: not a line of Nagios: '[today] LOG"),
    ],
)
def test_a_line_that_cannot_be_is_told(line: str, words: str) -> None:
    """The file and the line are named, and what was expected."""
    _, (problem,) = read("1000 CURRENT SERVICE STATE: mx1;SMTP;OK;HARD;1;fine", line)
    assert problem.text.startswith(words)


def test_what_is_mapped_must_be_in_the_logs() -> None:
    """A name that no line has is told with a near match."""
    _, (problem,) = read("1000 CURRENT SERVICE STATE: mx1;SMTP;OK;HARD;1;fine", mapped={"mx1;smtp": [MAIL]})
    assert problem.text == "it has no host or service 'mx1;smtp': did you mean 'mx1;SMTP'?"


def test_logs_are_put_in_order_by_their_first_line() -> None:
    """The first line with a time tells when a log begins."""
    assert first_instant(iter(["\n", "[1000] LOG VERSION: 2.0\n", "[2000] x\n"])) == 1000 * SECOND
    assert first_instant(iter([])) == 0


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from(EVENTS)), max_size=30))
def test_no_log_breaks_the_reader(lines: list[tuple[int, str]]) -> None:
    """Whatever the order of events, what is covered lies within the log, and nothing overlaps."""
    at, log = 1000, []
    for step, event in lines:
        at += step
        log.append(f"[{at}] {event}\n")
    rows, _ = read_nagios([("nagios.log", log)], MAPPED, None, None)
    spans = IntervalSet((row.since, row.until) for row in rows if row.state is UP)
    over = [(row.since, row.until) for row in rows if row.state is not UP]
    assert all(1000 * SECOND <= row.since < row.until <= at * SECOND for row in rows)
    assert not IntervalSet(over) - spans
    assert IntervalSet(over).total == sum(until - since for since, until in over)
