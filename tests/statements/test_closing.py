"""When a month is closed: on a working day that the settings name, and what was missed is still due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from support.timelines import catalogue

from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import Calendar, CalendarVersion, MonthClose, Opening
from ictss_monitor.clock import Instant, to_instant
from ictss_monitor.statements.closing import closes_at, due_periods

OFFICE = Calendar(
    "office", "Office", (CalendarVersion(((Opening(480, 1080),),) * 5 + ((), ()), frozenset({date(2027, 1, 1)})),)
)


def estate(**close: object) -> Catalogue:
    """Return a catalogue whose settings close the month so."""
    held = catalogue([])
    return replace(
        held,
        settings=replace(held.settings, month_close=MonthClose(**close)),  # type: ignore[arg-type]
        calendars={"office": OFFICE},
    )


def utc(*moment: int) -> Instant:
    """Return the instant of a time in UTC."""
    return to_instant(datetime(*moment, tzinfo=UTC))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("close", "month", "closed"),
    [
        ({}, (2026, 10), (2026, 11, 2, 6)),
        ({"working_day": 3}, (2026, 10), (2026, 11, 4, 6)),
        ({"hour": 0}, (2026, 6), (2026, 6, 30, 23)),
        ({}, (2026, 12), (2027, 1, 1, 6)),
        ({"calendar": "office"}, (2026, 12), (2027, 1, 4, 6)),
        ({"working_day": 23, "calendar": "office"}, (2027, 1), (2027, 2, 28, 6)),
    ],
    ids=["first Monday", "third working day", "in summer time", "New Year", "bank holiday", "no such working day"],
)
def test_a_month_closes_on_its_working_day(
    close: dict[str, object], month: tuple[int, int], closed: tuple[int, ...]
) -> None:
    """Counted from the first of the next month, at the hour of the settings' zone."""
    assert closes_at(estate(**close), *month) == utc(*closed)


def due(*moment: int) -> list[str]:
    """Return what is due at a time in UTC."""
    return [spec.label for spec in due_periods(estate(), utc(*moment))]


def test_a_month_is_due_from_its_closing_on() -> None:
    """To the microsecond, and stays so."""
    at = closes_at(estate(), 2026, 10)
    assert due_periods(estate(), at - 1)[-1].label == "FY2026/27-Q2"
    assert due_periods(estate(), at)[-1].label == "2026-10"


def test_the_quarter_comes_with_its_last_month_and_the_year_with_march() -> None:
    """Each after what it is made of."""
    assert due(2027, 4, 2)[-3:] == ["2027-03", "FY2026/27-Q4", "FY2026/27"]


def test_twelve_months_are_caught_up_and_no_more() -> None:
    """In order: a daemon that was down for a year says what it knows of it."""
    found = due(2026, 11, 30)
    assert found[0] == "2025-11"
    assert [label for label in found if not label.startswith("FY")][-1] == "2026-10"
    assert len([label for label in found if not label.startswith("FY")]) == 12
