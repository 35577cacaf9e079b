"""Outages that somebody wrote down: what a file means, and everything that is wrong with it, by line."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.histories import HEADER, LONDON, OCTOBER, at, estate, read, told

from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant, iso, to_datetime, to_instant
from ictss_monitor.errors import UsageError
from ictss_monitor.importing.outages import UNKNOWN_COLUMNS, Declared, read_unknown
from ictss_monitor.importing.problems import refusal
from ictss_monitor.importing.records import read_csv
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

NIGHTS = [datetime.fromisoformat("2024-10-27"), datetime.fromisoformat("2024-03-31")]
SPAN = Imported("website", "fenshire", at("2024-10-01T00:00"), at("2024-11-01T00:00"), Outcome.UP)


OCTOBER_OVER = at("2024-11-01T00:00")


def test_a_row_is_an_outage_within_the_span() -> None:
    """The service was down where a row says so, and up in the rest of the span."""
    rows, problems = read("website,fenshire,2024-10-03T10:00,2024-10-03T11:00,,,,Switch replaced")
    assert problems == []
    down = Imported(
        "website", "fenshire", at("2024-10-03T10:00"), at("2024-10-03T11:00"), Outcome.DOWN, None, "Switch replaced"
    )
    assert rows == [SPAN, down]


def test_times_are_the_councils_own_or_have_an_offset() -> None:
    """The same clock time is another instant for a council elsewhere; an offset says which is meant."""
    rows, _ = read(
        "website,overseas,2024-10-03T10:00,2024-10-03T11:00,,,,",
        "website,fenshire,2024-10-03T10:00-04:00,2024-10-03T15:00Z,,,,",
    )
    downs = {row.council: (row.since, row.until) for row in rows if row.state is Outcome.DOWN}
    assert downs["overseas"] == downs["fenshire"]
    spans = {row.council: row.since for row in rows if row.state is Outcome.UP}
    assert spans["overseas"] - spans["fenshire"] == 5 * HOUR


def test_what_a_row_can_say_of_its_cause() -> None:
    """The cause is one of four words; a supplier alone means a third party."""
    rows, problems = read(
        "website,fenshire,2024-10-03T10:00,2024-10-03T11:00,down,own,,",
        "website,fenshire,2024-10-04T10:00,2024-10-04T11:00,degraded,Third party,Fenline,",
        "website,fenshire,2024-10-05T10:00,2024-10-05T11:00,DOWN,,Fenline,",
        "website,fenshire,2024-10-06T10:00,2024-10-06T11:00,unknown,,,",
    )
    assert problems == []
    assert [(row.state, row.attribution) for row in rows[1:]] == [
        (Outcome.DOWN, Attribution(Fault.OWN)),
        (Outcome.DEGRADED, Attribution(Fault.THIRD_PARTY, "Fenline")),
        (Outcome.DOWN, Attribution(Fault.THIRD_PARTY, "Fenline")),
        (Outcome.UNKNOWN, None),
    ]


def test_an_open_end_is_that_of_the_span() -> None:
    """An outage that was still going on when the record ends lasts until there."""
    rows, problems = read("website,fenshire,2024-10-30T10:00,,,,,")
    assert problems == []
    assert rows[1].until == SPAN.until


def test_rows_of_state_up_are_the_span() -> None:
    """A file may say itself what it covers, in pieces, each for its service and council."""
    rows, problems = read(
        "website,fenshire,2024-10-01T00:00,2024-10-10T00:00,up,,,",
        "website,fenshire,2024-10-20T00:00,2024-11-01T00:00,up,,,",
        "website,fenshire,2024-10-09T00:00,,,,,",
        declared=Declared(),
    )
    assert problems == []
    assert [(row.since, row.until) for row in rows] == [
        (at("2024-10-01T00:00"), at("2024-10-10T00:00")),
        (at("2024-10-20T00:00"), at("2024-11-01T00:00")),
        (at("2024-10-09T00:00"), at("2024-10-10T00:00")),
    ]


def test_a_service_without_outage_is_named_beside_the_file() -> None:
    """That nothing happened to a service must be said, since a file cannot."""
    also = estate().pairs(["website"], ["fenshire"])
    assert read(declared=replace(OCTOBER, also=also)) == ([SPAN], [])


def test_nothing_at_all_is_refused() -> None:
    """A file that names nothing imports nothing, and that is no success."""
    assert told() == [(0, "it names no outage, no span and no service; give --service or --council")]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("web site,fenshire,2024-10-03T10:00,2024-10-03T11:00", "unknown service 'web site': did you mean 'website'?"),
        ("website,fenshyre,2024-10-03T10:00,2024-10-03T11:00", "unknown council 'fenshyre': did you mean 'fenshire'?"),
        (
            "mail,wolds,2024-10-03T10:00,2024-10-03T11:00",
            "wolds does not have the service mail; in the catalogue fenshire does",
        ),
        ("website,fenshire,,2024-10-03T11:00", "it has no begin"),
        ("website,fenshire,2024-10-03T10:00,2024-10-03T10:00", "its end is not after its begin"),
        ("website,fenshire,yesterday,2024-10-03T10:00", "'yesterday' is not a time: write it as 2026-10-01T09:00 or"),
        ("website,fenshire,2024-10-03T10:00,2024-10-03T11:00,dead", "unknown state 'dead'; expected down, degraded,"),
        ("website,fenshire,2024-10-03T10:00,2024-10-03T11:00,,power", "unknown cause 'power'; expected own,"),
        ("website,fenshire,2024-10-03T10:00,2024-10-03T11:00,,own,BT", "the cause own has no supplier"),
        ("website,fenshire,2024-10-03T10:00,2024-10-03T11:00,unknown,own", "a row of state unknown has neither cause"),
        ("website,fenshire,2024-10-03T10:00,,up", "a row of state up needs an end"),
        ("website,fenshire,2024-09-30T23:00,2024-10-03T11:00", "it is not within the span that the history covers"),
        ("website,fenshire,2024-10-31T23:00,2024-11-01T00:01", "it is not within the span that the history covers"),
        (f"website,fenshire,2024-10-03T10:00,2024-10-03T11:00,,,,{'x' * 1001}", "its note is longer than 1,000"),
        ("website,fenshire,2024-10-27T01:30,2024-10-27T03:00", "'2024-10-27T01:30' happens twice in Europe/London"),
        ("website,fenshire,2024-03-31T01:30,2024-10-27T03:00", "'2024-03-31T01:30' does not exist in Europe/London"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_by_line(row: str, words: str) -> None:
    """Each mistake is told with its line, what is wrong, and what to write instead."""
    ((line, text),) = told("website,fenshire,2024-10-02T10:00,2024-10-02T11:00,,,,", row)
    assert line == 3
    assert words in text


def test_rows_that_overlap_are_refused() -> None:
    """A service cannot be in two states at once; rows that touch are fine, and other councils are their own."""
    assert told(
        "website,fenshire,2024-10-03T10:00,2024-10-03T11:00,,,,",
        "website,wolds,2024-10-03T10:30,2024-10-03T11:30,,,,",
        "website,fenshire,2024-10-03T11:00,2024-10-03T12:00,degraded,,,",
        "website,fenshire,2024-10-03T11:59,2024-10-03T13:00,unknown,,,",
    ) == [(5, "it overlaps line 4: end the one where the other begins")]


def test_a_history_without_span_is_refused() -> None:
    """What an import says of the rest of the time must be said by a person, not guessed."""
    assert told("website,fenshire,2024-10-03T10:00,2024-10-03T11:00,,,,", declared=Declared()) == [
        (
            2,
            "no span is said that the history of website for fenshire covers: give --from and --to, or a row of state "
            "up for it",
        )
    ]


def test_a_span_that_is_not_over_is_refused() -> None:
    """Nobody knows yet that a service was up tomorrow."""
    ((line, text),) = told("website,fenshire,2024-10-03T10:00,2024-10-03T11:00,,,,", now=at("2024-10-31T23:59"))
    assert (line, text) == (
        0,
        "the span of website for fenshire ends at 2024-11-01T00:00:00Z, which is not over yet",
    )


def test_the_night_of_the_declared_span_is_told_once() -> None:
    """A mistake in the options is told once, however many councils it concerns."""
    found = told(
        "website,fenshire,2024-10-03T10:00,2024-10-03T11:00,,,,",
        "website,wolds,2024-10-03T10:00,2024-10-03T11:00,,,,",
        declared=Declared("2024-10-27T01:30", "2024-11-01T00:00"),
    )
    assert [line for line, _ in found] == [0]


@given(minute=st.integers(0, 6 * 60 - 1), night=st.sampled_from(NIGHTS))
def test_every_local_time_of_the_nights_in_which_the_clocks_change(minute: int, night: datetime) -> None:
    """A local time is taken where it is exactly one instant, and refused where it is none or two."""
    local = night + timedelta(minutes=minute)
    row = f"website,fenshire,{local.isoformat()},2024-11-01T00:00,,,,"
    rows, problems = read(row, declared=Declared("2024-01-01T00:00", "2024-12-01T00:00"))
    meant = _instants_of(local)
    if len(meant) == 1:
        assert problems == []
        assert rows[1].since == meant.pop()
    else:
        assert ("twice" if meant else "does not exist") in problems[0].text
        for instant in meant:
            offset = f"website,fenshire,{iso(instant)},2024-11-01T00:00,,,,"
            assert read(offset, declared=Declared("2024-01-01T00:00", "2024-12-01T00:00"))[0][1].since == instant


def _instants_of(local: datetime) -> set[Instant]:
    """Return the instants at which clocks in London show `local`, by looking at a day of instants one after another."""
    zone = ZoneInfo(LONDON)
    first = to_instant(local.replace(tzinfo=ZoneInfo("UTC"))) - 3 * HOUR
    shown = (first + step * MINUTE for step in range(6 * 60))
    return {instant for instant in shown if to_datetime(instant).astimezone(zone).replace(tzinfo=None) == local}


def test_a_thousand_wrong_lines_are_all_counted() -> None:
    """All are found in one reading; the first hundred are told, and how many more there are."""
    lines = [f"website,nowhere-{number},2024-10-03T10:00,2024-10-03T11:00,,,," for number in range(1_000)]
    problems = read(*lines)[1]
    assert [problem.line for problem in problems] == list(range(2, 1_002))
    printed = str(refusal("old.csv", problems)).splitlines()
    assert printed[0].startswith("old.csv:2: unknown council 'nowhere-0'")
    assert printed[-2:] == ["old.csv: 900 more problems, 1000 in all", "old.csv: nothing was imported"]
    assert len(printed) == 102


def test_unknown_stretches_cover_themselves() -> None:
    """That nobody knew is said of those stretches and of no other time."""
    contents = read_csv(
        "service,council,begin,end,note\nwebsite,fenshire,2024-10-03T10:00,2024-10-03T11:00,Probe moved\n",
        UNKNOWN_COLUMNS,
        ("service",),
    )
    rows, problems = read_unknown(contents.records, estate(), OCTOBER_OVER)
    assert problems == []
    assert [(row.state, row.until - row.since, row.note) for row in rows] == [
        (Outcome.UP, HOUR, ""),
        (Outcome.UNKNOWN, HOUR, "Probe moved"),
    ]


def test_unknown_stretches_need_an_end_in_the_past() -> None:
    """Of the future nobody knows anyway, and without an end it would be all of it."""
    contents = read_csv(
        "service,council,begin,end\nwebsite,fenshire,2024-10-03T10:00,\nwebsite,wolds,2024-10-03T10:00,2024-12-01T00:00",
        UNKNOWN_COLUMNS,
        ("service",),
    )
    rows, problems = read_unknown(contents.records, estate(), OCTOBER_OVER)
    assert rows == []
    assert [(each.line, each.text) for each in problems] == [(2, "it has no end"), (3, "it ends in the future")]


def test_services_and_councils_named_beside_a_file() -> None:
    """One list alone means all of the other; no match at all, or an unknown name, is an error."""
    assert estate().pairs(["mail"], []) == [("mail", "fenshire")]
    assert estate().pairs([], ["fenshire"]) == [("website", "fenshire"), ("mail", "fenshire")]
    assert estate().pairs([], []) == []
    with pytest.raises(UsageError, match="none of the councils named has any of the services named"):
        estate().pairs(["mail"], ["wolds"])
    with pytest.raises(UsageError, match="did you mean 'mail'"):
        estate().pairs(["mial"], [])


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 29), st.integers(1, 600), st.sampled_from(["down", "degraded", "unknown"])),
        unique_by=lambda each: each[0],
    )
)
def test_rows_in_any_order_are_the_same_history(days: list[tuple[int, int, str]]) -> None:
    """How a file is sorted changes nothing, so that the same history is known again."""
    lines = [
        f"website,fenshire,{iso(SPAN.since + day * DAY)},{iso(SPAN.since + day * DAY + minutes * MINUTE)},{state},,,"
        for day, minutes, state in days
    ]
    also = (("website", "fenshire"),)
    forth, back = (read(*some, declared=replace(OCTOBER, also=also)) for some in (lines, lines[::-1]))
    assert forth == back
    assert sum(row.until - row.since for row in forth[0][1:]) == sum(minutes * MINUTE for _, minutes, _ in days)


def test_the_header_is_documented() -> None:
    """The columns are those that the manual names."""
    assert HEADER == "service,council,begin,end,state,cause,supplier,note"
