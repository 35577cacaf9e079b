"""Due times: stable, spread, without drift, and held so that nothing is forgotten or comes early."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.clock import DAY, SECOND
from ictss_monitor.probing.cadence import SLOT, Timetable, next_due, phase, points_between, slot_end

intervals = st.integers(1, 400_000)
moments = st.integers(0, 2_000_000)


def test_the_phase_of_a_check_is_the_same_in_every_process() -> None:
    """A restart does not reshuffle the checks: the phase depends on the id and the interval alone."""
    code = "from ictss_monitor.probing.cadence import phase; print(phase('fw-eastfield', 10_000_000))"
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert told == {f"{phase('fw-eastfield', 10 * SECOND)}\n".encode()}


def test_the_phase_of_a_known_check_never_changes() -> None:
    """A new version keeps the grid of the old one: these phases are written down."""
    assert [phase(check, 60 * SECOND) for check in ("a", "b", "fw-eastfield")] == [7150000, 26650000, 22400000]


@given(st.text(), intervals)
def test_the_phase_lies_within_the_interval_on_a_whole_slot(check: str, interval: int) -> None:
    """Every phase is in `[0, interval)` and a multiple of the slot, so that due checks share their wakings."""
    held = phase(check, interval)
    assert 0 <= held < interval
    assert held % SLOT == 0


def test_phases_spread_evenly_over_the_interval() -> None:
    """Ten thousand checks fall on the slots of ten seconds as evenly as chance allows (chi-square, 199 degrees)."""
    counts = Counter(phase(f"check-{number}", 10 * SECOND) for number in range(10_000))
    slots = 10 * SECOND // SLOT
    mean = 10_000 / slots
    chi_square = sum((counts[number * SLOT] - mean) ** 2 / mean for number in range(slots))
    assert 129 < chi_square < 284  # 1 in 10,000 on either side


@given(moments, intervals, moments)
def test_the_next_due_time_is_the_first_grid_point_after_now(offset: int, interval: int, after: int) -> None:
    """It is later than now, on the grid, and there is none between."""
    due = next_due(offset, interval, after)
    assert after < due <= after + interval
    assert (due - offset) % interval == 0


@given(moments)
def test_a_moment_is_rounded_up_to_the_end_of_its_slot(moment: int) -> None:
    """Never early, less than a slot late, and the end of a slot is its own."""
    assert moment <= slot_end(moment) < moment + SLOT
    assert slot_end(slot_end(moment)) == slot_end(moment)


def test_a_day_of_due_times_does_not_drift() -> None:
    """Each run asks for the next a little late; after a day the grid is still the grid."""
    held, interval, runs = phase("fw", 10 * SECOND), 10 * SECOND, 0
    first = due = next_due(held, interval, 0)
    while due < first + DAY:
        due = next_due(held, interval, due + 137_003)
        runs += 1
    assert (due, runs) == (first + DAY, 8640)


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 300), st.integers(0, 300))
def test_points_between_counts_the_grid_points_strictly_between(offset: int, interval: int, a: int, b: int) -> None:
    """The count is that of the points one by one."""
    counted = sum(1 for moment in range(a + 1, b) if (moment - offset) % interval == 0)
    assert points_between(offset, interval, a, b) == counted


@given(st.lists(st.integers(0, 40 * SLOT), max_size=60), st.lists(st.integers(0, 45 * SLOT), max_size=10))
def test_a_timetable_gives_each_entry_once_never_early_and_at_most_a_slot_late(
    dues: list[int], looks: list[int]
) -> None:
    """Whatever is due at the end of its slot is taken at the next look; nothing is taken before it is due."""
    table = Timetable[int]()
    for entry, due in enumerate(dues):
        table.add(entry, due)
    seen: list[int] = []
    for now in [*sorted(looks), 50 * SLOT]:
        taken = table.take(now)
        assert all(dues[entry] <= now for entry in taken)
        assert all(dues[entry] + SLOT > now for entry in set(range(len(dues))) - set(seen) - set(taken))
        seen += taken
        upcoming = table.next()
        left = [dues[entry] for entry in set(range(len(dues))) - set(seen)]
        assert upcoming == (min(-(-due // SLOT) * SLOT for due in left) if left else None)
    assert sorted(seen) == list(range(len(dues)))


def test_what_is_struck_out_of_a_timetable_does_not_come() -> None:
    """A removed entry is gone, alone in its slot or not, and its empty slot wakes nobody."""
    table = Timetable[str]()
    table.add("a", 3 * SLOT)
    table.add("b", 3 * SLOT)
    table.add("c", SLOT)
    table.remove("c", SLOT)
    table.remove("a", 3 * SLOT)
    assert table.next() == 3 * SLOT
    assert table.take(3 * SLOT) == ["b"]
    assert table.next() is None


def test_striking_out_what_is_not_there_is_an_error() -> None:
    """A prober that loses track of its timetable hears of it."""
    table = Timetable[str]()
    with pytest.raises(ValueError, match="nothing is due"):
        table.remove("a", SLOT)
    table.add("a", SLOT)
    with pytest.raises(ValueError, match="not in list"):
        table.remove("b", SLOT)
