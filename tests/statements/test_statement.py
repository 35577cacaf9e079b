"""What a statement says: kept exactly, told line by line where it changes, and found under one name."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.accounts import kpi_table
from support.timelines import catalogue, timeline, watched

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.major import MajorIncident
from ictss_monitor.availability.outage_list import ListedOutage, OutageList
from ictss_monitor.availability.periods import Period, parse
from ictss_monitor.catalogue.model import Unwatched
from ictss_monitor.clock import HOUR, MINUTE
from ictss_monitor.statements.statement import (
    Difference,
    StatementContent,
    content_of,
    differences,
    from_text,
    statement_period,
    to_text,
)

EMPTY = OutageList((), ())
PERIOD = Period("a day", 0, 24 * HOUR)
ESTATE = replace(
    catalogue([watched("web", ["ccc"]), watched("mail", ["ccc"])]),
    unwatched={"ups": Unwatched("ups", "UPS", "waits for its card")},
)


def content(lost: int = 5 * MINUTE) -> StatementContent:
    """Return what is said of a day on which `web` was down for so long, and `mail` never."""
    lines = {
        ("web", "ccc"): timeline(0, PERIOD.end, down=[(HOUR, HOUR + lost)] if lost else []),
        ("mail", "ccc"): timeline(0, PERIOD.end),
    }
    table = kpi_table(ESTATE, lines, PERIOD, PERIOD.end)
    return content_of(ESTATE, table, PERIOD, EMPTY, "e" * 64, (3, "f" * 64))


words = st.text(max_size=5)
periods = st.builds(lambda start, length: Period("p", start, start + length), st.integers(0, 2**60), st.integers(1, 99))
outages = st.builds(ListedOutage, shares=st.just(()), observed=st.just(()), note=words)


@st.composite
def contents(draw: st.DrawFn) -> StatementContent:
    """Draw whatever a statement may say: every field of a line, a figure, an incident and an outage."""
    rows = st.builds(KpiRow, period=periods, figure=st.from_type(Figure), months=st.none(), name=words)
    table = draw(
        st.builds(
            KpiTable,
            label=words,
            rows=st.lists(rows, max_size=2).map(tuple),
            majors=st.lists(st.builds(MajorIncident), max_size=1).map(tuple),
        )
    )
    listed = draw(st.builds(OutageList, st.lists(outages, max_size=1).map(tuple), st.just(())))
    changed = draw(st.lists(st.builds(Difference), max_size=2).map(tuple))
    return replace(content(), table=table, outages=listed, differences=changed)


@settings(max_examples=60, deadline=None)
@given(contents())
def test_text_and_back_is_the_same(held: StatementContent) -> None:
    """Every share is the fraction that it was, however often it is written."""
    found = from_text(to_text(held))
    assert found == held
    assert from_text(to_text(found)) == held


def test_shares_of_thousands_of_digits_are_kept() -> None:
    """The mean of a thousand services of unlike coverage has such a denominator."""
    held = content()
    share = Fraction(7**9000, 7**9000 + 1)
    row = replace(held.table.rows[0], burn=share)
    long = replace(held, table=replace(held.table, rows=(row,)))
    assert from_text(to_text(long)) == long


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"format": 1}', to_text(content()).replace('"format":1', '"format":2')],
    ids=["empty", "nothing", "hardly anything", "of a newer program"],
)
def test_what_is_no_content_is_refused(text: str) -> None:
    """Above all that of a newer program: nothing of it is guessed at."""
    with pytest.raises(ValueError, match=r"Expecting value|format"):
        from_text(text)


def test_what_is_not_monitored_is_said() -> None:
    """With the reason, for the systems that there were in the period."""
    assert [(each.name, each.why) for each in content().not_monitored] == [("UPS", "waits for its card")]


def test_the_same_figures_made_later_from_more_are_no_difference() -> None:
    """When a statement was made, and from what, is told by its digest."""
    held = content()
    later = replace(held, table=replace(held.table, now=1, digest="other"), evidence="", ledger_seq=9, ledger_hash="")
    assert differences(held, later) == ()


def test_every_line_that_changed_is_told_and_no_other() -> None:
    """With what it was and what it is."""
    told = [str(each) for each in differences(content(), content(lost=0))]
    assert "Web for ccc: lost 5 min -> 0 s" in told
    assert not [line for line in told if line.startswith("Mail")]
    assert [line for line in told if line.startswith("council CCC for ccc: printed")]


def test_what_no_aspect_tells_is_a_difference_all_the_same() -> None:
    """A name that changed, an outage whose note did: something is otherwise, and it is said."""
    held = content()
    renamed = replace(held.table.rows[0], measured_from=1)
    other = replace(held, table=replace(held.table, rows=(renamed, *held.table.rows[1:])))
    assert [str(each) for each in differences(held, other)] == ["Web for ccc: details as they were -> changed"]
    assert len(differences(held, replace(held, councils=()))) == 1


def test_incidents_that_come_and_go_are_told() -> None:
    """By name and time."""
    held = content()
    incident = MajorIncident("big", "Big", 0, HOUR, (), ())
    other = replace(held, table=replace(held.table, majors=(incident,)))
    (found,) = differences(held, other)
    assert str(found) == "major incidents: new, Big from 1970-01-01T00:00:00Z to 1970-01-01T01:00:00Z"
    (gone,) = differences(other, held)
    assert "gone, was Big" in str(gone)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("2026-10", "2026-10"),
        ("2026-Q4", "FY2026/27-Q3"),
        ("2027-Q1", "FY2026/27-Q4"),
        ("2026-Q2", "FY2026/27-Q1"),
        ("FY2026/27-Q2", "FY2026/27-Q2"),
        ("2099-Q4", "FY2099/00-Q3"),
        ("2026-H1", "2026-H1"),
        ("FY2026/27", "FY2026/27"),
    ],
)
def test_a_period_is_sealed_under_one_name(asked: str, named: str) -> None:
    """The quarters of the calendar year are those of the financial one; it is the same months."""
    span, found = parse(asked), statement_period(parse(asked))
    assert found.label == named
    assert (found.year, found.month, found.months) == (span.year, span.month, span.months)
