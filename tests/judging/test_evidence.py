"""Evidence: what extends a run and what closes it."""

from __future__ import annotations

from support.judging_cases import D, U, observation

from ictss_monitor.judging.evidence import OpenRun, Run, extend
from ictss_monitor.probe import Outcome, Reason


def test_the_first_observation_opens_a_run() -> None:
    """Without a run before it, an observation closes nothing and opens a run of one."""
    closed, running = extend(None, observation("a", 5, U), 7)
    assert closed is None
    assert running == Run("a", "local", Outcome.UP, Reason.OK, 5, 5, 1, 0)


def test_the_same_again_extends_it() -> None:
    """Equal outcome and reason within the allowance extend the run and keep its longest gap."""
    running = None
    for instant in (0, 7, 9):
        _, running = extend(running, observation("a", instant, U), 7)
    assert running == Run("a", "local", Outcome.UP, Reason.OK, 0, 9, 3, 7)


def test_another_outcome_closes_it() -> None:
    """Another outcome closes the run as it stood and opens the next."""
    before = Run("a", "local", Outcome.UP, Reason.OK, 0, 3, 2, 3)
    closed, running = extend(before, observation("a", 6, D, Reason.TIMEOUT), 7)
    assert closed == before
    assert running == Run("a", "local", Outcome.DOWN, Reason.TIMEOUT, 6, 6)


def test_another_reason_closes_it() -> None:
    """The same outcome for another reason is another run."""
    before = Run("a", "local", Outcome.DOWN, Reason.TIMEOUT, 0, 3, 2, 3)
    closed, running = extend(before, observation("a", 6, D, Reason.REFUSED), 7)
    assert (closed, running.reason) == (before, Reason.REFUSED)


def test_a_gap_too_long_closes_it() -> None:
    """Equal observations further apart than the allowance are two runs: the gap stays visible."""
    before = Run("a", "local", Outcome.UP, Reason.OK, 0, 3, 2, 3)
    assert extend(before, observation("a", 10, U), 7)[0] is None
    assert extend(before, observation("a", 11, U), 7)[0] == before


def test_a_written_run_is_gone_on_with() -> None:
    """An open run made of a written one freezes to the same run again."""
    run = Run("a", "local", Outcome.UP, Reason.OK, 0, 9, 4, 5)
    assert OpenRun.of(run).frozen() == run
