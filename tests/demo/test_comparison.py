"""The comparison of the demo: right where the record is right, and it finds every kind of error planted in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ictss_monitor.clock import SECOND
from ictss_monitor.demo.comparison import Caused, Recorded, Verdict, compare, service_truth
from ictss_monitor.demo.plan import PROMISES

START = 1_795_000_000 * SECOND
ENDED = START + 60 * SECOND


def at(seconds: float) -> int:
    """Return the instant `seconds` after the start of a demo."""
    return START + int(seconds * SECOND)


CAUSED = (
    Caused("website-north", "error", at(5), at(11)),
    Caused("telephony-north", "refuse", at(6), at(12)),
    Caused("contact-centre", "refuse", at(8), at(8.1)),
    Caused("telephony-north", "refuse", at(20), at(30)),
    Caused("telephony-south", "mute", at(22), at(27)),
    Caused("payments-south", "expired", at(50), None),
)
RECORDED = (
    Recorded("website", "northshire", at(5.4), at(11.6)),
    Recorded("telephony", "northshire", at(22.3), at(27.2)),
    Recorded("telephony", "southshire", at(22.3), at(27.2)),
    Recorded("payments", "southshire", at(50.8), None),
)


def verdicts(recorded: tuple[Recorded, ...]) -> list[Verdict]:
    """Return the verdict of each line."""
    return [line.verdict for line in compare(CAUSED, recorded, PROMISES, ENDED)]


def test_a_right_record_is_found_right() -> None:
    """Four outages as they were, one fault too short, and a fail-over that was no outage."""
    assert sorted(verdicts(RECORDED)) == sorted([Verdict.RIGHT] * 4 + [Verdict.UNSEEN])


@pytest.mark.parametrize("index", range(len(RECORDED)))
def test_a_removed_outage_is_missed(index: int) -> None:
    """Every outage taken out of the record is found missing."""
    assert Verdict.MISSED in verdicts(RECORDED[:index] + RECORDED[index + 1 :])


def test_an_added_outage_is_invented() -> None:
    """An outage that nothing caused is found."""
    added = Recorded("planning", "northshire", at(30), at(33))
    assert verdicts((*RECORDED, added)).count(Verdict.INVENTED) == 1


def test_an_outage_split_in_two_leaves_one_invented() -> None:
    """One fault is one outage: the second half is one too many."""
    first = replace(RECORDED[0], end=at(8))
    second = Recorded("website", "northshire", at(9), at(11.6))
    found = verdicts((first, second, *RECORDED[1:]))
    assert Verdict.OFF in found
    assert Verdict.INVENTED in found


@pytest.mark.parametrize("index", range(len(RECORDED)))
@pytest.mark.parametrize("shift", [-2.0, 2.0])
def test_a_begin_moved_by_more_than_an_interval_is_off(index: int, shift: float) -> None:
    """A begin that lies further than one interval from the fault's is told."""
    moved = replace(RECORDED[index], begin=RECORDED[index].begin + int(shift * SECOND))
    assert Verdict.OFF in verdicts((*RECORDED[:index], moved, *RECORDED[index + 1 :]))


@pytest.mark.parametrize("index", range(3))
def test_an_end_moved_by_more_than_an_interval_is_off(index: int) -> None:
    """An end that lies further than one interval from the mending is told."""
    end = RECORDED[index].end
    assert end is not None
    moved = replace(RECORDED[index], end=end + int(1.7 * SECOND))
    assert Verdict.OFF in verdicts((*RECORDED[:index], moved, *RECORDED[index + 1 :]))


def test_an_open_outage_recorded_as_closed_is_off() -> None:
    """What is still broken at the end must be open in the record, and the other way round."""
    assert Verdict.OFF in verdicts((*RECORDED[:3], replace(RECORDED[3], end=at(55))))
    assert Verdict.OFF in verdicts((replace(RECORDED[0], end=None), *RECORDED[1:]))


def test_the_short_fault_recorded_as_an_outage_is_invented() -> None:
    """A fault shorter than a re-check cannot have been confirmed."""
    assert Verdict.INVENTED in verdicts((*RECORDED, Recorded("contact-centre", "southshire", at(8), at(8.2))))


def test_the_truth_of_a_fail_over_is_the_time_in_which_both_sites_are_broken() -> None:
    """A service that needs either of two sites is down while both are."""
    telephony = PROMISES[0]
    assert service_truth(CAUSED, telephony, ENDED) == [(at(22), at(27))]


def test_differences_are_recorded_minus_caused() -> None:
    """The printed differences say how late the record saw the begin and the end."""
    line = next(line for line in compare(CAUSED, RECORDED, PROMISES, ENDED) if line.service == "website")
    assert line.begin_difference == 400_000
    assert line.end_difference == 600_000
