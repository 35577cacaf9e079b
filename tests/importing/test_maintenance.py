"""Maintenance windows that somebody wrote down become entries of the ledger, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest
from support.histories import LONDON, NOW, at, estate

from ictss_monitor.catalogue.terms import Scope, Window
from ictss_monitor.importing.maintenance import COLUMNS, NEEDED, read_windows
from ictss_monitor.importing.problems import Problem
from ictss_monitor.importing.records import read_csv
from ictss_monitor.ledger.acts import EnterWindow

HEADER = "why,service,council,site,check,begin,end,announced,id\n"


def read(*lines: str, held: Mapping[str, Window] | None = None) -> tuple[list[EnterWindow], list[Problem]]:
    """Return the windows of a CSV of `lines`, and what is wrong with it."""
    contents = read_csv(HEADER + "\n".join(lines), COLUMNS, NEEDED)
    assert contents.problems == []
    return read_windows(contents.records, estate(), held or {}, NOW)


def test_a_window_has_the_local_times_of_its_councils() -> None:
    """It is over what the row names, in the zone of its councils, and says when it was announced elsewhere."""
    (act,), problems = read("Patches,website mail,fenshire wolds,,,2024-10-06T01:00,2024-10-06T05:00,2024-09-20T09:00,")
    assert problems == []
    assert act.notice == at("2024-09-20T09:00")
    assert act.window == Window(
        act.window.id,
        "Patches",
        Scope(services=frozenset({"website", "mail"}), councils=frozenset({"fenshire", "wolds"})),
        datetime.fromisoformat("2024-10-06T01:00"),
        datetime.fromisoformat("2024-10-06T05:00"),
        LONDON,
        None,
    )


def test_the_same_line_is_the_same_window() -> None:
    """A window that is held already is left out, also when it was ended early; the order of names does not matter."""
    (act,), _ = read("Patches,website mail,,,,2024-10-06T01:00,2024-10-06T05:00,,")
    ended = replace(act.window, ended=at("2024-10-06T02:00"))
    for held in (act.window, ended):
        assert read("Patches,mail website,,,,2024-10-06T01:00,2024-10-06T05:00,,", held={held.id: held}) == ([], [])


def test_another_window_of_the_same_id_is_refused() -> None:
    """An id is never used for two things, neither in the store nor in the file."""
    (act,), _ = read("Patches,mail,,,,2024-10-06T01:00,2024-10-06T05:00,,patches")
    line = "Patches,mail,,,,2024-10-06T01:00,2024-10-06T06:00,,patches"
    assert [each.text for each in read(line, held={"patches": act.window})[1]] == [
        "there is another window called patches already; give this one another id"
    ]
    assert [(each.line, each.text) for each in read(line, line)[1]] == [(3, "it has the same id as line 2, patches")]


def test_a_window_within_the_hour_that_comes_twice_is_held_exactly() -> None:
    """With an offset the hour is said, and the window is then in UTC, in which it cannot be mistaken."""
    (act,), problems = read("Patches,mail,fenshire,,,2024-10-27T01:30+00:00,2024-10-27T03:00+00:00,,")
    assert problems == []
    assert (act.window.begin, act.window.end, act.window.zone) == (
        datetime.fromisoformat("2024-10-27T01:30"),
        datetime.fromisoformat("2024-10-27T03:00"),
        "UTC",
    )


def test_councils_of_several_zones_use_the_catalogues_clock() -> None:
    """Without one council's clock to go by, times are those of the catalogue's zone."""
    (act,), _ = read("Patches,,fenshire overseas,,,2024-10-06T01:00,2024-10-06T05:00,,")
    assert act.window.zone == LONDON
    (act,), _ = read("Patches,,overseas,,,2024-10-06T01:00,2024-10-06T05:00,,")
    assert act.window.zone == "America/New_York"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Patches,,,,,2024-10-06T01:00,2024-10-06T05:00,,", "it is over nothing"),
        ("Patches,mial,,,,2024-10-06T01:00,2024-10-06T05:00,,", "unknown service 'mial': did you mean 'mail'?"),
        ("Patches,,,dipot,,2024-10-06T01:00,2024-10-06T05:00,,", "unknown site 'dipot': did you mean 'depot'?"),
        ("Patches,mail,,,,2024-10-06T05:00,2024-10-06T05:00,,", "its end is not after its begin"),
        ("Patches,mail,,,,2024-10-06T05:00,2024-12-06T05:00,,", "longer than 31 days"),
        ("Patches,mail,,,,2024-10-27T01:30,2024-10-27T05:00,,", "happens twice in Europe/London"),
        ("Patches,mail,,,,2024-10-06T01:00,,,", "it has no end"),
        (",mail,,,,2024-10-06T01:00,2024-10-06T05:00,,", "why is missing"),
        ("Patches,mail,,,,2024-10-06T01:00,2024-10-06T05:00,2027-01-01T00:00,", "announced in the future"),
        ("Patches,mail,,,,2024-10-06T01:00,2024-10-06T05:00,,No. 5", "write 'no-5'"),
    ],
)
def test_what_is_wrong_with_a_window_is_told_by_line(row: str, words: str) -> None:
    """Each mistake is told with its line and a remedy, and no window counts."""
    _, (problem,) = read(row)
    assert problem.line == 2
    assert words in problem.text


def test_a_file_without_windows_is_refused() -> None:
    """A file that names nothing is no success."""
    assert read()[1] == [Problem(0, "it names no maintenance window")]
