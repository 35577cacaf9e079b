"""Finding the outage that somebody speaks of: by an instant at which it was on, as figures count it now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.availability.account import Account
from ictss_monitor.availability.books import Stretch, books_of
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import STANDARD, Fault
from ictss_monitor.clock import DAY, Duration, Instant
from ictss_monitor.figures import kpis
from ictss_monitor.intervals import IntervalSet
from ictss_monitor.ledger.acts import Extent
from ictss_monitor.probe import Outcome

_REACH: Final = 8 * DAY
"""How far around an instant is looked at first."""
_FURTHER: Final = 8
"""How many times further each time that an outage goes on beyond that."""
_FURTHEST: Final = 5_000 * DAY
_NEAR: Final = 3
"""So many other outages are named where there was none."""


@dataclass(frozen=True, slots=True)
class HeldOutage:
    """An outage as figures count it now, with what was imported and corrected; an open one ends at what is known."""

    extent: Extent
    state: Outcome
    """Down, or degraded."""
    is_open: bool
    """Whether it is not over, as far as is known."""
    fault: Fault = Fault.OWN
    """Whose all of it was; our own where it was not all of it somebody else's."""


@dataclass(frozen=True, slots=True)
class Search:
    """The outage that was found, or those that were near."""

    found: HeldOutage | None
    near: tuple[HeldOutage, ...]


async def outage_at(
    tx: AsyncConnection,
    catalogue: Catalogue,
    service: str,
    council: str,
    instant: Instant,
    unit: Duration,
    now: Instant,
) -> Search:
    """Look for the outage that was on at `instant`, or at least in the `unit` of time (a minute, say) after it.

    One of down comes before one of degraded. A hole in which nothing is known belongs to the outage around it.
    """
    reach = _REACH
    while True:
        stretch = Stretch(instant - reach, min(instant + reach, now))
        account, known_until = await account_over(tx, catalogue, service, council, stretch, now)
        held = _outages(account, Extent(service, council, stretch.start, stretch.end), known_until)
        on = [each for each in held if _is_on(each.extent, instant, unit)]
        # Where the begin was written to the minute, one that was on already is meant before one that begins in it.
        found = next((each for each in on if each.extent.since <= instant), next(iter(on), None))
        if found is None:
            return Search(None, tuple(sorted(held, key=lambda each: _away(each.extent, instant))[:_NEAR]))
        cut = found.extent.since == stretch.start or (found.is_open and stretch.end < now)
        if not cut or reach >= _FURTHEST:
            return Search(found, ())
        reach *= _FURTHER


async def account_over(
    tx: AsyncConnection, catalogue: Catalogue, service: str, council: str, stretch: Stretch, now: Instant
) -> tuple[Account, Instant]:
    """Return the account of one service over `stretch`, outages from their first failure on, and how far it knows."""
    keeper = await kpis.bookkeeper(tx, _alone(catalogue, service, council), stretch, now)
    (accounts,) = books_of(keeper).values()
    return accounts[service, council], keeper.edge.now


def _alone(catalogue: Catalogue, service: str, council: str) -> Catalogue:
    """Return a catalogue of one service for one council, with the standard policy that is built in."""
    held = catalogue.services[service]
    alone = replace(held, provisions={council: held.provisions[council]}, policy=STANDARD)
    whose = replace(catalogue.councils[council], policy=STANDARD)
    return replace(
        catalogue,
        services={service: alone},
        councils={council: whose},
        areas={},
        baskets={},
        targets=(),
        policies={},
        major_incidents={},
    )


def _outages(account: Account, whole: Extent, known_until: Instant) -> list[HeldOutage]:
    """Return the outages of an account over `whole`, those of down first, each in order of time."""
    timeline = account.timeline
    return [
        HeldOutage(
            replace(whole, since=since, until=until),
            state,
            reached >= min(whole.until, known_until),
            _fault_of(account, lost.clip(since, until), state),
        )
        for state, lost in ((Outcome.DOWN, timeline.down), (Outcome.DEGRADED, timeline.degraded))
        for since, until, reached in _bridged(lost, timeline.unknown)
    ]


def _fault_of(account: Account, lost: IntervalSet, state: Outcome) -> Fault:
    for fault, held in account.blame.levels.items():
        if not lost - (held.down if state is Outcome.DOWN else held.not_up):
            return fault
    return Fault.OWN


def _bridged(lost: IntervalSet, unknown: IntervalSet) -> list[tuple[Instant, Instant, Instant]]:
    """Return begin and end of the stretches of `lost`, joined where all between two of them is unknown.

    The third is the end of what is unknown after it: until then it may have gone on.
    """
    found: list[tuple[Instant, Instant, Instant]] = []
    for since, until in lost:
        hole = unknown.at(until)
        reached = until if hole is None else hole[1]
        if found and found[-1][2] == since:
            since = found.pop()[0]
        found.append((since, until, reached))
    return found


def _is_on(extent: Extent, instant: Instant, unit: Duration) -> bool:
    return extent.since < instant + unit and instant < extent.until


def _away(extent: Extent, instant: Instant) -> Duration:
    return max(extent.since - instant, instant - extent.until, 0)
