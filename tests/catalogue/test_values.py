"""The single values of the language."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.catalogue.values import duration, known_id, moment, percent, spelt
from ictss_monitor.clock import DAY, HOUR, MINUTE, SECOND, to_instant

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("30s", 30 * SECOND), ("500ms", SECOND // 2), ("1m", MINUTE), ("1h30m", HOUR + 30 * MINUTE), 
        ("400d", 400 * DAY),
        ("1m30s500ms", 90 * SECOND + SECOND // 2),
    ],
)  # fmt: skip
def test_durations_are_whole_microseconds(written: str, meant: int) -> None:
    """Every unit, and units after one another, mean what they say."""
    assert duration(written) == meant


@pytest.mark.parametrize(
    "written", [30, 0.5, "30", "-1s", "0s", "1.5s", "s", "", "1y", "30 s", "1s ", "٣s", True, None, [], "9" * 9 + "d"]
)
def test_what_is_no_duration_is_refused(written: object) -> None:
    """Numbers without a unit, nothing, and lengths that are no lengths are refused."""
    with pytest.raises(ValueError, match=r"expected|write"):
        duration(written)


@given(st.integers(1, 10**9 - 1) | st.integers(1, 10**6).map(lambda seconds: seconds * 1000))
def test_a_duration_that_is_spelt_reads_the_same(milliseconds: int) -> None:
    """What messages print can be written back."""
    assert duration(spelt(milliseconds * 1000)) == milliseconds * 1000


@pytest.mark.parametrize(
    ("written", "begins", "ends"),
    [
        ("2026-03-29", "2026-03-29T00:00+00:00", "2026-03-30T00:00+01:00"),  # the clocks go forward in it
        ("2026-10-25", "2026-10-25T00:00+01:00", "2026-10-26T00:00+00:00"),  # and back
        ("2020-12-31", "2020-12-31T00:00+00:00", "2021-01-01T00:00+00:00"),
        ("2026-04-01T09:00:00+01:00", "2026-04-01T08:00+00:00", "2026-04-01T08:00+00:00"),
        ("2026-04-01 09:00:00.000001Z", "2026-04-01T09:00:00.000001+00:00", "2026-04-01T09:00:00.000001+00:00"),
    ],
)
def test_a_day_is_included_on_both_sides(written: str, begins: str, ends: str) -> None:
    """A `from` day begins at local midnight, an `until` day ends at the next; an instant is that instant."""
    read = moment(written)
    assert read.begin(LONDON) == to_instant(datetime.fromisoformat(begins))
    assert read.end(LONDON) == to_instant(datetime.fromisoformat(ends))


@given(st.dates(min_value=datetime(1971, 1, 1).date(), max_value=datetime(2199, 12, 30).date()))  # noqa: DTZ001
def test_days_follow_each_other_without_gap_or_overlap(day) -> None:  # type: ignore[no-untyped-def]
    """Until a day and from the day after are the same instant, in every zone that moves its clocks."""
    for zone in (LONDON, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Pacific/Apia")):
        after = day.fromordinal(day.toordinal() + 1)
        assert moment(day.isoformat()).end(zone) == moment(after.isoformat()).begin(zone)


@pytest.mark.parametrize(
    "written",
    ["2026-4-1", "20260401", "2026-W14-3", "2026-02-29", "01/04/2026", "2026-04-01T09:00", "1970-01-01", "2200-01-01",
     "2026-04-01T25:00+00:00", "", 2026, None],
)  # fmt: skip
def test_what_is_no_date_is_refused(written: object) -> None:
    """Only days and instants with an offset are dates."""
    with pytest.raises(ValueError, match=r"expected|write"):
        moment(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (99.9, Fraction(999, 1000)), ("99.90", Fraction(999, 1000)), (99, Fraction(99, 100)), (100, Fraction(1)),
        ("99.999", Fraction(99_999, 100_000)), (99.99999, Fraction(9_999_999, 10_000_000)),
    ],
)  # fmt: skip
def test_per_cent_is_exact(written: object, meant: Fraction) -> None:
    """A number of per cent is the fraction that its digits say, not the nearest float."""
    assert percent(written) == meant


@pytest.mark.parametrize("written", [0, 100.01, -1, "99,9", "99.9%", True, None, "", 1e-7])
def test_what_is_no_share_is_refused(written: object) -> None:
    """Nothing, more than all, and other spellings are refused."""
    with pytest.raises(ValueError, match="expected"):
        percent(written)


@given(st.text(min_size=1, max_size=30))
def test_a_suggested_id_is_an_id(text: str) -> None:
    """What cannot be an id is answered with one that can."""
    try:
        known_id(text)
    except ValueError as error:
        suggestion = str(error).rpartition("write ")[2].removeprefix("one such as ").strip("'")
        assert known_id(suggestion) == suggestion
