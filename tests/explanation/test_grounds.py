"""The maintenance windows of a figure: which hold, which do not, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.explanations import BROKE, HELD, START, explained, window, with_window
from support.timelines import check

from ictss_monitor.catalogue.terms import (
    Scope,
)
from ictss_monitor.catalogue.validity import Validity
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.ledger.acts import EndWindow, EnterWindow


@pytest.mark.parametrize(
    ("announced", "notice", "holds", "reason"),
    [
        (None, 0, True, ""),
        (BROKE - DAY, DAY, True, ""),
        (BROKE - HOUR, DAY, False, "announced only 1 h before it began; the policy asks for 1 d"),
        (BROKE + 5 * MINUTE, 0, False, "announced 5 min after it had begun"),
    ],
)
def test_a_window_says_whether_it_holds_and_why_not(
    announced: Instant | None, notice: int, holds: bool, reason: str
) -> None:
    """Announced in time it counts; too late it does not, and by how much is told."""
    held = with_window(window("2026-10-11T00:00", "2026-10-11T00:30", announced), notice)
    (used,) = explained(held).windows
    assert (used.begin, used.end, used.holds, used.reason) == (BROKE, BROKE + 30 * MINUTE, holds, reason)
    assert used.decides == (30 * MINUTE if holds else 0)


def test_a_window_over_a_check_that_decides_nothing_says_so() -> None:
    """Maintenance of a check counts where that check decides; of one that watches nothing any more it does not."""
    scope = Scope(checks=frozenset({"web"}))
    held = with_window(window("2026-10-20T00:00", "2026-10-20T00:30", scope=scope))
    (used,) = explained(held).windows
    assert (used.whole, used.checks, used.decides, used.reason) == (False, ("web",), 30 * MINUTE, "")
    never = replace(held, checks={"web": replace(check("web"), validity=Validity(until=START))})
    (used,) = explained(never).windows
    assert (used.decides, used.reason) == (0, "the checks under it did not decide what the service was")


def test_a_window_of_the_ledger_names_its_entry() -> None:
    """It counts as announced when it was entered; one entered late says so, and that no approved notice is earlier."""
    acts = [
        EnterWindow(window("2026-10-11T00:00", "2026-10-11T00:30")),
        EndWindow("w", BROKE + 20 * MINUTE),
        EndWindow("another", BROKE),
    ]
    for entered, reason in (
        (BROKE, ""),
        (BROKE + HOUR, "announced 1 h after it had begun; it was entered then, and no approved notice is earlier"),
    ):
        found = explained(HELD, acts=acts, entered=entered)
        (used,) = found.windows
        assert (used.entry, used.announced, used.reason) == (1, entered, reason)
        assert used.end == BROKE + 20 * MINUTE
        assert [held.entry.seq for held in found.corrections] == [1, 2]


def test_a_window_of_the_future_is_still_to_come() -> None:
    """In a month still running, a window that has not begun says so."""
    held = with_window(window("2026-10-20T00:00", "2026-10-20T00:30"))
    (used,) = explained(held, now=BROKE + DAY).windows
    assert (used.holds, used.decides, used.reason) == (True, 0, "it is still to come")
