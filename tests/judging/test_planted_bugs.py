"""Bugs planted in the judging code, one by one: the laws find each, and find nothing in the code as it is."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from support import judging_laws as laws
from support.judging_cases import ACTS, LATE, World, lateness, worlds

from ictss_monitor.judging import changes, confirm, evidence, live, live_check, live_service, outages, rules, timeline

BUGS: dict[str, tuple[Any, str, str]] = {
    "fall is off by one": (confirm.Channel._failing, "self.streak >= self.fall", "self.streak > self.fall"),
    "rise is off by one": (confirm.Channel._while_failed, "self.streak >= self.rise", "self.streak > self.rise"),
    "an outage begins when it is confirmed": (
        confirm.Channel._failing,
        "self.held, self.streak = True, 0",
        "self.held, self.streak, self.first_failure = True, 0, last",
    ),
    "an outage ends when the recovery is confirmed": (
        confirm.Channel._while_failed,
        "self._close(self.first_good,",
        "self._close(last,",
    ),
    "good observations that are too few end the count of failures for ever": (
        confirm.Channel._while_failed,
        "self.last_failure, self.first_good, self.streak = last, None, 0",
        "self.last_failure = last",
    ),
    "unknown resets the counter": (
        confirm.History.fold,
        "self.dark = True",
        "self.dark = True; self.not_up.streak = self.down.streak = 0",
    ),
    "a gap is not seen": (confirm.History.fold, " or first - self.last_known > self.gap_allowance", ""),
    "a gap as long as allowed is seen": (
        confirm.History.fold,
        "first - self.last_known > self.gap_allowance",
        "first - self.last_known >= self.gap_allowance",
    ),
    "degraded does not count towards not up": (
        confirm.History.fold,
        "outcome is not Outcome.UP",
        "outcome is Outcome.DOWN",
    ),
    "degraded counts towards down": (confirm.History.fold, "outcome is Outcome.DOWN", "outcome is not Outcome.UP"),
    "silence is taken for up": (confirm.History.unseen_since, " or seen_until - last > self.gap_allowance", ""),
    "unknown does not beat down": (
        confirm.History.state,
        "self.last_known is None or self.unseen_since(seen_until) is not None",
        "self.last_known is None",
    ),
    "a first failure is held without confirmation": (
        confirm.Channel._failing,
        "self.streak >= self.fall",
        "self.streak >= self.fall or self.held is None",
    ),
    "an interrupted count is forgotten": (confirm.History.settled, "asked is not None", "False"),
    "any and all are swapped": (rules._beyond, "len(sets) - rule.n + 1", "rule.n"),
    "impact is ignored": (rules.down_of, "rule.impact is Impact.DEGRADED", "False"),
    "a member counts before and after its dates": (rules.present_at, "not rule.validity.holds_at(instant)", "False"),
    "the largest level counts, not the n-th": (rules._interval, "reverse=True)[rule.n - 1]", "reverse=True)[0]"),
    "a hole is counted": (
        timeline.service_timeline,
        "held.confirmed.down - held.unknown",
        "held.confirmed.down",
    ),
    "failures too few to confirm are not doubtful": (
        timeline._doubtful,
        "for held in stretches",
        "for held in stretches if held.confirmed",
    ),
    "pending is taken for known": (timeline._pending, "channel.first_seen is None", "True"),
    "an outage is seen in a hole": (outages.sight_of, "held - unseen", "held"),
    "a check lost after one failure has no outage": (outages._unseen, "(last + 1, following)", "(last, following)"),
    "down, unknown, up ends at the first good one": (outages._Scan._closed, "end if seen else", "end if True else"),
    "the last good observation is forgotten": (outages._last_good, "max(found, default=None)", "None"),
    "a change of reason does not end a run": (evidence.OpenRun.takes, "finding.reason is self.reason", "True"),
    "the quick way is taken while a count goes on": (live_check.LiveCheck.set_steady, "self.history.steady", "True"),
    "what is counted the quick way is lost": (live_check.LiveCheck.fold_waiting, "if self.unfolded:", "if False:"),
    "an outage open at a restart is forgotten": (
        live_service.LiveService.recall,
        "_lasts_beyond(outage, window)",
        "False",
    ),
    "what holds no longer is not withdrawn": (
        live_service.LiveService.work_out,
        "into.withdrawn += [key for key in self._written if key not in rows]",
        "pass",
    ),
    "a failed commit loses what changed": (
        changes.Changes.merge,
        "outage in self.outages if outage.key not in gone",
        "outage in ()",
    ),
    "the window moves past what may still change": (
        live_service.LiveService.work_out,
        "max(min(settled, until), self.window)",
        "until",
    ),
    "a check's services are not worked out": (live.Judge._restate, "for service in live.services", "for service in ()"),
}


@contextmanager
def planted(function: FunctionType, right: str, wrong: str) -> Iterator[None]:
    """Give `function` the code that it would have with `wrong` in place of `right`, everywhere it is used."""
    source = textwrap.dedent(inspect.getsource(function))
    assert right in source, f"{right!r} is not in {function.__qualname__} any more"
    names: dict[str, Any] = {}
    exec(source.replace(right, wrong), function.__globals__, names)
    code, function.__code__ = function.__code__, names[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = code


def every_law(examples: int) -> Callable[[], None]:
    """Return a run of all laws over the same random worlds each time."""

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds(), LATE, ACTS)
    def holds(world: World, late: list[int], acts: list[int]) -> None:
        laws.check_timelines_are_the_model(world)
        laws.service_timeline_is_the_model(world)
        laws.state_agrees_with_timeline(world)
        laws.replay_is_the_model(world)
        laws.live_is_the_replay(world, lateness(world, late), acts)

    return holds


@pytest.mark.slow
def test_nothing_is_found_in_the_code_as_it_is() -> None:
    """The laws hold over the worlds in which each planted bug is found."""
    every_law(1500)()


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_each_planted_bug_is_found(bug: str) -> None:
    """A world in which the bug breaks a law is found; what fails is a comparison, not the code itself."""
    with planted(*BUGS[bug]), pytest.raises(AssertionError):
        every_law(1500)()
