"""A history written out and read in again is the same history."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.histories import NOW, at, estate
from support.records import outage_of

from ictss_monitor.availability.account import Account, with_attributions
from ictss_monitor.availability.told import filled, told_by_history
from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.exporting.history import history_of
from ictss_monitor.exporting.tables import as_csv, as_json
from ictss_monitor.importing.outages import COLUMNS, NEEDED, Declared, read_outages
from ictss_monitor.importing.records import read_csv, read_json
from ictss_monitor.intervals import EMPTY, IntervalSet, span
from ictss_monitor.judging.blame import Blame
from ictss_monitor.judging.outages import Outage
from ictss_monitor.judging.timeline import Levels, ServiceTimeline
from ictss_monitor.ledger.acts import Attribute, Entry, Extent, Imported
from ictss_monitor.probe import Outcome

BEGIN: Instant = at("2024-10-01T00:00")
END: Instant = BEGIN + 31 * DAY
PAIR = ("mail", "fenshire")
OWN = Attribution(Fault.OWN)
BT = Attribution(Fault.THIRD_PARTY, "BT")


def hours(begin: float, end: float) -> IntervalSet:
    """Return a stretch in hours after BEGIN."""
    return span(BEGIN + round(begin * HOUR), BEGIN + round(end * HOUR))


def account(
    down: IntervalSet = EMPTY, degraded: IntervalSet = EMPTY, unknown: IntervalSet = EMPTY, away: IntervalSet = EMPTY
) -> Account:
    """Return what is held of a month."""
    levels = Levels(down, down | degraded)
    return Account(ServiceTimeline(BEGIN, END, away, unknown, down, degraded, levels, levels))


def rows_of(held: Account, *outages: Outage) -> list[Imported]:
    """Return the rows of the month."""
    return history_of(*PAIR, held, outages, BEGIN, END)


def in_hours(rows: list[Imported]) -> list[tuple[float, float, Outcome]]:
    """Return rows in hours after BEGIN."""
    return [((row.since - BEGIN) / HOUR, (row.until - BEGIN) / HOUR, row.state) for row in rows]


def test_what_is_known_is_the_span() -> None:
    """Unknown time and time out of service are in no span; what was lost stands over the spans."""
    held = account(hours(10, 11), hours(30, 32), hours(5, 6) | hours(31, 40), hours(0, 2))
    assert in_hours(rows_of(held)) == [
        (2, 5, Outcome.UP),
        (6, 31, Outcome.UP),
        (40, 744, Outcome.UP),
        (10, 11, Outcome.DOWN),
        (30, 31, Outcome.DEGRADED),
    ]


def test_whose_it_is_and_by_what_it_was_seen() -> None:
    """An outage is parted where the blame changes; the checks that saw it are in the note."""
    third = hours(10, 11)
    held = replace(account(hours(10, 12)), blame=Blame({Fault.THIRD_PARTY: Levels(third, third)}))
    seen = outage_of(BEGIN + 10 * HOUR, BEGIN + 12 * HOUR, *PAIR)
    rows = rows_of(held, replace(seen, level=Outcome.DOWN), outage_of(BEGIN + 20 * HOUR, BEGIN + 21 * HOUR, *PAIR))
    assert [(row.until - row.since, row.attribution, row.note) for row in rows[1:]] == [
        (HOUR, Attribution(Fault.THIRD_PARTY), "seen by imap, smtp"),
        (HOUR, OWN, "seen by imap, smtp"),
    ]


def test_the_supplier_that_an_operator_named_is_told() -> None:
    """What the ledger says of an outage goes with it."""
    down = hours(10, 12)
    extent = Extent(*PAIR, BEGIN + 10 * HOUR, BEGIN + 12 * HOUR)
    entry = Entry(1, NOW, "Ann", "They said so", None, Attribute(extent, BT), "", "")
    held = replace(account(down), blame=Blame({Fault.THIRD_PARTY: Levels(down, down)}), entries=(entry,))
    assert rows_of(held)[1].attribution == BT


def test_rows_of_an_earlier_import_stay_apart() -> None:
    """Two outages that touch, told with notes of their own, are not made one."""
    told = [
        Imported(*PAIR, BEGIN, BEGIN + DAY, Outcome.UP),
        Imported(*PAIR, BEGIN + HOUR, BEGIN + 2 * HOUR, Outcome.DOWN, BT, "first"),
        Imported(*PAIR, BEGIN + 2 * HOUR, BEGIN + 3 * HOUR, Outcome.DOWN, OWN, "second"),
    ]
    third = hours(1, 2)
    held = replace(
        account(hours(1, 3), unknown=hours(24, 745)),
        blame=Blame({Fault.THIRD_PARTY: Levels(third, third)}),
        imported=tuple(told),
    )
    assert rows_of(held) == told


MICROSECONDS = st.integers(BEGIN, END)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=30).map(str.strip)
STATES = st.sampled_from([Outcome.DOWN, Outcome.DEGRADED])
WHOSE = st.one_of(
    st.none(),
    st.sampled_from([Attribution(fault) for fault in Fault]),
    TEXTS.map(lambda supplier: Attribution(Fault.THIRD_PARTY, supplier or None)),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Imported]:
    """Make up a history: one span, and stretches in it that do not overlap."""
    edges = sorted(draw(st.lists(MICROSECONDS, min_size=4, max_size=12, unique=True)))
    first, *inner, last = edges[: len(edges) // 2 * 2]
    rows = [Imported(*PAIR, first, last, Outcome.UP)]
    for since, until in zip(inner[::2], inner[1::2], strict=True):
        rows.append(Imported(*PAIR, since, until, draw(STATES), draw(WHOSE), draw(TEXTS)))
    return rows


@given(histories())
def test_what_is_written_is_read_again(rows: list[Imported]) -> None:
    """CSV and JSON hold every instant, cause, supplier and note exactly."""
    for contents in (
        read_csv(as_csv(rows), COLUMNS, NEEDED),
        read_json(as_json(rows), "outages", COLUMNS),
    ):
        assert contents.problems == []
        assert read_outages(contents.records, estate(), Declared(), NOW) == (rows, [])


@given(histories())
def test_an_imported_export_is_exported_the_same(rows: list[Imported]) -> None:
    """Export, import into an empty store, export: the same outages, but that nobody's are then said to be our own."""
    nothing = ServiceTimeline(BEGIN, END, EMPTY, span(BEGIN, END), EMPTY, EMPTY, *[Levels(EMPTY, EMPTY)] * 2)

    def exported(history: list[Imported]) -> list[Imported]:
        said = ((span(row.since, row.until), row.attribution) for row in history)
        held = filled(nothing, told_by_history(history), END)
        blame = with_attributions(Blame(), said)
        return rows_of(Account(held, blame=blame, imported=tuple(history)))

    once = exported(rows)
    assert exported(once) == once
    assert [(row.since, row.until, row.state, row.note) for row in once] == [
        (row.since, row.until, row.state, row.note) for row in rows
    ]
    assert [row.attribution for row in once[1:]] == [row.attribution or OWN for row in rows[1:]]


@pytest.mark.parametrize("note", ["=1+1", 'say "hello", twice', "£ and ü", "-"])
def test_notes_are_texts(note: str) -> None:
    """Whatever a note looks like, it comes back as it was."""
    rows = [
        Imported(*PAIR, BEGIN, END, Outcome.UP),
        Imported(*PAIR, BEGIN, BEGIN + MINUTE, Outcome.DOWN, None, note),
    ]
    contents = read_csv(as_csv(rows), COLUMNS, NEEDED)
    assert read_outages(contents.records, estate(), Declared(), NOW)[0] == rows
