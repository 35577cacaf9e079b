"""What people tell of the past: imported histories and corrections, laid over what was observed.

A history fills what was never observed; where our own probes saw something, they stand. A correction replaces its
span, as if it had been measured so, or, where it says that nobody knew, as if nothing had been seen. Of several
corrections the newest stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from ictss_monitor.intervals import EMPTY, IntervalSet, span
from ictss_monitor.judging.timeline import Levels, ServiceTimeline
from ictss_monitor.ledger.acts import Declare, Entry, Extent, Imported, Move
from ictss_monitor.probe import Outcome


@dataclass(frozen=True, slots=True)
class Told:
    """When the state was told (`known`), and in that when it was down, degraded or declared unknown.

    The rest of it was up.
    """

    known: IntervalSet
    down: IntervalSet
    degraded: IntervalSet
    unknown: IntervalSet = EMPTY


NOTHING_TOLD: Final = Told(EMPTY, EMPTY, EMPTY)


def told_by_history(rows: Iterable[Imported]) -> Told:
    """Return what the rows of imported histories tell about one service for one council.

    What a row calls unknown stays so, and of the rest down stands over degraded.
    """
    by_state: dict[Outcome, list[tuple[int, int]]] = {outcome: [] for outcome in Outcome}
    for row in rows:
        by_state[row.state].append((row.since, row.until))
    unknown = IntervalSet(by_state[Outcome.UNKNOWN])
    down = IntervalSet(by_state[Outcome.DOWN]) - unknown
    degraded = IntervalSet(by_state[Outcome.DEGRADED]) - unknown - down
    covered = IntervalSet(by_state[Outcome.UP]) - unknown
    return Told(covered | down | degraded, down, degraded)


def told_by_corrections(entries: Iterable[Entry]) -> Told:
    """Return what entries in force about one service and council tell, in the order of the ledger."""
    known, by_state = EMPTY, dict.fromkeys((Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN), EMPTY)
    for extent, state in _spans(entries):
        spoken = span(extent.since, extent.until)
        known |= spoken
        by_state = {each: held - spoken for each, held in by_state.items()}
        if state in by_state:
            by_state[state] |= spoken
    return Told(known, *by_state.values())


def _spans(entries: Iterable[Entry]) -> Iterable[tuple[Extent, Outcome]]:
    for entry in entries:
        act = entry.act
        if isinstance(act, Declare):
            yield act.extent, act.state
        elif isinstance(act, Move):
            yield act.observed, Outcome.UP
            yield act.actual, act.state


def filled(timeline: ServiceTimeline, history: Told, until: int) -> ServiceTimeline:
    """Return `timeline` with `history` where nothing is known, before `until`."""
    return _laid_over(timeline, history, history.known & timeline.unknown, until)


def corrected(timeline: ServiceTimeline, corrections: Told, until: int) -> ServiceTimeline:
    """Return `timeline` with `corrections` in the place of whatever was known, before `until`."""
    return _laid_over(timeline, corrections, corrections.known - timeline.not_in_service, until)


def _laid_over(timeline: ServiceTimeline, told: Told, where: IntervalSet, until: int) -> ServiceTimeline:
    where = where.clip(timeline.start, min(timeline.end, until))
    if not where:
        return timeline
    down, degraded, unknown = told.down & where, told.degraded & where, told.unknown & where

    def over(levels: Levels, doubt: IntervalSet) -> Levels:
        lost = down | doubt
        return Levels((levels.down - where) | lost, (levels.not_up - where) | degraded | lost)

    return replace(
        timeline,
        unknown=(timeline.unknown - where) | unknown,
        down=(timeline.down - where) | down,
        degraded=(timeline.degraded - where) | degraded,
        optimistic=over(timeline.optimistic, EMPTY),
        pessimistic=over(timeline.pessimistic, unknown),
    )
