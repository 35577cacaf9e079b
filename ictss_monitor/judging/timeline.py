"""Timelines: what a check or a service was, over a stretch of time, as sets of intervals.

Levels are held by thresholds, because minimum, maximum and n-th largest commute with them: a set of instants at which
the level is *not up* (degraded or down) and, inside it, the set at which it is *down*. A rule over members is then one
sweep over their sets for each threshold, and no level is ever compared with another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ictss_monitor.catalogue.model import Check, Rule
from ictss_monitor.catalogue.terms import OutageBegins
from ictss_monitor.clock import Instant
from ictss_monitor.intervals import EMPTY, IntervalSet, span, union
from ictss_monitor.judging.confirm import Channel, History, Stretch
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.rules import BEGINNING, Plan, down_of, not_up_of


@dataclass(frozen=True, slots=True)
class Levels:
    """Where a level is down, and where it is not up; `down` lies inside `not_up`."""

    down: IntervalSet
    not_up: IntervalSet


@dataclass(frozen=True, slots=True)
class CheckTimeline:
    """One check over `[start, end)`.

    `confirmed` runs from the first failed observation to the first good one of the confirmed recovery; `failures` is
    the same outages from first to last failure; `doubtful` the same from the last good observation before to the first
    good one after, and with them the failures that were too few to confirm. Each contains the one before it.
    `unknown` beats all three and may overlap them. Where outages are said to begin at their confirmation, the first two
    begin there.
    """

    start: Instant
    end: Instant
    failures: Levels
    confirmed: Levels
    doubtful: Levels
    unknown: IntervalSet


@dataclass(frozen=True, slots=True)
class ServiceTimeline:
    """One service for one council over `[start, end)`.

    `not_in_service`, `unknown`, `down`, `degraded` are disjoint, and where none of them is, the service is up.
    `optimistic` is the best that can be true: the rule over the members' failures, an unknown member taken as up.
    `pessimistic` is the worst: the rule over their doubtful sets, an unknown member taken as down. So optimistic lies
    inside down, and pessimistic contains down and unknown.
    """

    start: Instant
    end: Instant
    not_in_service: IntervalSet
    unknown: IntervalSet
    down: IntervalSet
    degraded: IntervalSet
    optimistic: Levels
    pessimistic: Levels


def check_timeline(
    check: Check,
    runs: Iterable[Run],
    start: Instant,
    end: Instant,
    seen_until: Instant,
    now: Instant,
    begins: OutageBegins = OutageBegins.FIRST_FAILURE,
) -> CheckTimeline:
    """Judge the `runs` of `check`, in order of time, and return what it was over `[start, end)`.

    It is the cut-out of one timeline over all time, whatever the period: `runs` begin with the check's first ever or
    with an anchor (see `anchor_count`) that begins at or before `start`, and go on to the first anchor that begins at
    or after `end`, or to the last run there is. The evidence is complete up to `seen_until`. Nothing is said of what
    lies at or after `now`: no set reaches beyond it. Once the silence before `now` is longer than the check's gap
    allowance, what lies after `seen_until` is unknown too.
    """
    history = History.of(check)
    for run in runs:
        history.fold_run(run)
    return timeline_of(history, start, end, seen_until, now, begins)


def timeline_of(
    history: History,
    start: Instant,
    end: Instant,
    seen_until: Instant,
    now: Instant,
    begins: OutageBegins = OutageBegins.FIRST_FAILURE,
) -> CheckTimeline:
    """Return the part of `history` that lies in `[start, end)`, as `check_timeline` does."""
    until = min(end, now)
    down, not_up = (list(channel.stretches()) for channel in (history.down, history.not_up))

    def levels(of: Callable[[Iterable[Stretch]], Iterable[tuple[Instant, Instant]]]) -> Levels:
        return Levels(_cut(of(down), start, until), _cut(of(not_up), start, until))

    return CheckTimeline(
        start,
        end,
        failures=levels(lambda held: _failures(held, begins)),
        confirmed=levels(lambda held: _confirmed(held, until, begins)),
        doubtful=levels(lambda held: _doubtful(held, until)),
        unknown=unknown_of(history, start, until, min(seen_until, now), now),
    )


def unknown_of(history: History, start: Instant, until: Instant, seen_until: Instant, now: Instant) -> IntervalSet:
    """Return where in `[start, until)` it is not known what the check was: holes, silence, and pending at first."""
    found = [*_pending(history.down, until), *_pending(history.not_up, until), *history.holes]
    found += _before_and_after(history, until, seen_until, now)
    return _cut(found, start, until)


def _before_and_after(
    history: History, until: Instant, seen_until: Instant, now: Instant
) -> list[tuple[Instant, Instant]]:
    last = history.last_known
    if last is None:
        return [(BEGINNING, until)]
    first = history.down.first_seen
    assert first is not None
    found = [(BEGINNING, first)]
    if history.unseen_since(seen_until) is not None:
        found.append((last, until))
    elif now - last > history.gap_allowance:
        found.append((max(last, seen_until), until))
    return found


def _pending(channel: Channel, until: Instant) -> list[tuple[Instant, Instant]]:
    if channel.first_seen is None:
        return []
    return [(channel.first_seen, until if channel.settled_at is None else channel.settled_at)]


def _failures(stretches: Iterable[Stretch], begins: OutageBegins) -> list[tuple[Instant, Instant]]:
    return [(_begin(held, begins), held.last_failure) for held in stretches if held.confirmed]


def _confirmed(stretches: Iterable[Stretch], until: Instant, begins: OutageBegins) -> list[tuple[Instant, Instant]]:
    return [
        (_begin(held, begins), until if held.first_good is None else held.first_good)
        for held in stretches
        if held.confirmed
    ]


def _begin(held: Stretch, begins: OutageBegins) -> Instant:
    if begins is OutageBegins.FIRST_FAILURE or held.confirmed_at is None:
        return held.first_failure
    return held.confirmed_at


def _doubtful(stretches: Iterable[Stretch], until: Instant) -> list[tuple[Instant, Instant]]:
    return [
        (
            held.first_failure if held.last_good is None else held.last_good,
            until if held.first_good is None else held.first_good,
        )
        for held in stretches
    ]


def _cut(intervals: Iterable[tuple[Instant, Instant]], start: Instant, until: Instant) -> IntervalSet:
    inside = [(max(first, start), min(last, until)) for first, last in intervals if first < until and start < last]
    return IntervalSet(inside) if inside else EMPTY


View = Callable[[CheckTimeline], IntervalSet]


def service_timeline(
    plan: Plan, timelines: Mapping[str, CheckTimeline], start: Instant, end: Instant, now: Instant
) -> ServiceTimeline:
    """Return what the service of `plan` was over `[start, end)`, from the timelines of its checks over all of it.

    A check without a timeline is unknown. Of what lies at or after `now` only `not_in_service` says something.
    """
    until = min(end, now)
    present = plan.pieces(start, end)

    def over(down: bool, view: View, missing: IntervalSet = EMPTY) -> IntervalSet:
        def of_check(check: str) -> IntervalSet:
            held = timelines.get(check)
            return missing if held is None else view(held)

        return apply_plan(plan, start, until, of_check, down)

    whole = span(start, until)
    low_down = over(True, lambda held: held.confirmed.down | held.unknown, whole)
    high_down = over(True, lambda held: held.confirmed.down - held.unknown)
    low_not_up = over(False, lambda held: held.confirmed.not_up | held.unknown, whole)
    optimistic = Levels(
        over(True, lambda held: held.failures.down - held.unknown),
        over(False, lambda held: held.failures.not_up - held.unknown),
    )
    pessimistic = Levels(
        over(True, lambda held: held.doubtful.down | held.unknown, whole),
        over(False, lambda held: held.doubtful.not_up | held.unknown, whole),
    )
    unwatched = union(span(piece.start, min(piece.end, until)) for piece in present if piece.rule is None)
    in_service = IntervalSet((piece.start, piece.end) for piece in present)
    return ServiceTimeline(
        start,
        end,
        not_in_service=in_service.complement(start, end),
        unknown=(low_down - high_down) | unwatched,
        down=high_down,
        degraded=low_not_up - low_down,
        optimistic=optimistic,
        pessimistic=Levels(pessimistic.down | unwatched, pessimistic.not_up | unwatched),
    )


def apply_plan(
    plan: Plan, start: Instant, until: Instant, of_check: Callable[[str], IntervalSet], down: bool
) -> IntervalSet:
    """Return where in `[start, until)` the service is down (or not up) when each check is where `of_check` says."""
    combine: Callable[[Rule, Callable[[str], IntervalSet]], IntervalSet] = down_of if down else not_up_of
    found = [
        combine(piece.rule, of_check).clip(max(piece.start, start), min(piece.end, until))
        for piece in plan.all_pieces
        if piece.rule is not None and piece.start < until and start < piece.end
    ]
    return found[0] if len(found) == 1 else union(found)
