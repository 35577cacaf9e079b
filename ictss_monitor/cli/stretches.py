"""The stretch of a service's time that a correction is about: between two times, or an outage by a time in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.availability.books import Stretch
from ictss_monitor.availability.periods import instant_of, zone_of
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.cli.entering import moment_text
from ictss_monitor.cli.gathered import gathered
from ictss_monitor.cli.reading import check_known
from ictss_monitor.clock import MINUTE, SECOND, Duration, Instant
from ictss_monitor.errors import UsageError
from ictss_monitor.figures.outage_search import HeldOutage, account_over, outage_at
from ictss_monitor.intervals import IntervalSet, span
from ictss_monitor.judging.rules import plan_of
from ictss_monitor.ledger.acts import Extent

_CLOCK = re.compile(r"\d\d:\d\d(?P<second>:\d\d(?P<part>[.,]\d+)?)?")


@dataclass(frozen=True, slots=True)
class Whose:
    """The service, and the councils for which something is said of it."""

    service: str
    councils: tuple[str, ...]
    all_councils: bool

    def checked(self, catalogue: Catalogue) -> tuple[str, ...]:
        """Return the councils that are meant. Raises UsageError for what does not exist, or where none is."""
        check_known(catalogue, self.service, None)
        having = catalogue.services[self.service].provisions
        for council in self.councils:
            check_known(catalogue, None, council)
            if council not in having:
                raise UsageError(f"{council} does not have the service {self.service}; {', '.join(having)} do")
        if self.all_councils is bool(self.councils):
            raise UsageError("say for whom: --council ID, as often as needed, or else --all-councils")
        return tuple(dict.fromkeys(self.councils)) or tuple(having)


whose = gathered(
    "aim",
    Whose,
    click.option("--service", metavar="ID", required=True, help="The service."),
    click.option("--council", "councils", metavar="ID", multiple=True, help="For this council; as often as needed."),
    click.option("--all-councils", is_flag=True, help="For every council that has the service then."),
)
"""Gives a command the options of `Whose`, and hands it over as `aim`."""


@dataclass(frozen=True, slots=True)
class When:
    """Between two times, or the outage at a time; local to each council unless they have an offset."""

    since: str | None = None
    until: str | None = None
    outage: str | None = None

    def check(self) -> None:
        """Raise UsageError unless it says one stretch."""
        if (self.outage is None) is (self.since is None and self.until is None):
            raise UsageError("say when: --from and --to, or else --outage (see --help)")
        if self.outage is None and (self.since is None or self.until is None):
            raise UsageError("--from and --to belong together; give both")


_FROM = click.option("--from", "since", metavar="INSTANT", help="Begin, 2026-10-01T09:00, the council's local time.")
_TO = click.option("--to", "until", metavar="INSTANT", help="End, not included.")
_OUTAGE = click.option("--outage", metavar="INSTANT", help="The outage that was on then, all of it.")

either = gathered("at", When, _FROM, _TO, _OUTAGE)
between = gathered("at", When, _FROM, _TO)
by_outage = gathered("at", When, _OUTAGE)
"""Give a command options of `When`, and hand it over as `at`."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What is meant for one council: a stretch, and the outage that it is, where it was named by one."""

    extent: Extent
    outage: HeldOutage | None


async def meant(tx: AsyncConnection, catalogue: Catalogue, aim: Whose, at: When, now: Instant) -> list[Meant]:
    """Return what is meant for each council; with --all-councils those are left out that did not have it then.

    Raises UsageError or PeriodError where something of it does not exist.
    """
    councils = aim.checked(catalogue)
    at.check()
    found, refused = [], []
    for council in councils:
        try:
            found.append(await _meant_for(tx, catalogue, aim.service, council, at, now))
        except _NotThenError as refusal:
            refused.append(refusal)
    if refused and (not aim.all_councils or not found):
        raise UsageError(str(refused[0]))
    return found


class _NotThenError(Exception):
    """The council did not have the service at that time, or no such outage."""


async def _meant_for(
    tx: AsyncConnection, catalogue: Catalogue, service: str, council: str, at: When, now: Instant
) -> Meant:
    if at.outage is not None:
        held = await _outage(tx, catalogue, service, council, at.outage, now)
        return Meant(held.extent, held)
    assert at.since is not None
    assert at.until is not None
    zone = catalogue.councils[council].zone
    since, until = past("--from", at.since, zone, now), past("--to", at.until, zone, now)
    if until <= since:
        raise UsageError(f"--to {at.until} is not after --from {at.since}")
    account, _ = await account_over(tx, catalogue, service, council, Stretch(since, until), now)
    away = next(iter(account.timeline.not_in_service & span(since, until)), None)
    if away is not None:
        first, last = (moment_text(edge, zone_of(zone)) for edge in away)
        raise _NotThenError(f"{service} for {council} was not in service from {first} to {last}: leave that out")
    _check_watched(catalogue, service, council, span(since, until) - account.told)
    return Meant(Extent(service, council, since, until), None)


def _check_watched(catalogue: Catalogue, service: str, council: str, untold: IntervalSet) -> None:
    """Refuse a word on a time in which somebody else hosts the service and nothing here sees it.

    Its figure knows only what people told: a single outage would be all of it, and make it 0 %.
    """
    for piece in plan_of(catalogue, service, council).all_pieces:
        hosts = [
            each.supplier or "somebody else"
            for each in catalogue.services[service].provisions.get(council, ())
            if each.hosted_externally and each.rule is None and each.validity.holds_at(piece.start)
        ]
        if hosts and piece.rule is None and untold.clip(piece.start, piece.end):
            raise UsageError(
                f"nothing here watches {service} for {council}, which {hosts[0]} hosts: "
                "import its history with the span that it covers (`ictss-monitor import outages`)"
            )


async def _outage(
    tx: AsyncConnection, catalogue: Catalogue, service: str, council: str, text: str, now: Instant
) -> HeldOutage:
    zone = catalogue.councils[council].zone
    instant = past("--outage", text, zone, now)
    search = await outage_at(tx, catalogue, service, council, instant, _unit(text), now)
    if search.found is None:
        near = _near(search.near, zone)
        raise _NotThenError(f"there was no outage of {service} for {council} at {text}; {near}")
    return search.found


def _near(outages: Iterable[HeldOutage], zone: str) -> str:
    local = zone_of(zone)
    told = [
        f"{each.state.value} from {moment_text(each.extent.since, local)} to {moment_text(each.extent.until, local)}"
        for each in outages
    ]
    if not told:
        return "nor any in the days around (see `ictss-monitor outages`, and `ictss-monitor correct list`)"
    return f"it was {', '.join(told)}"


def past(option: str, text: str, zone: str, now: Instant) -> Instant:
    """Return the instant of a time that is over. Raises PeriodError, and UsageError for one in the future."""
    instant = instant_of(text, zone)
    if instant > now:
        raise UsageError(f"{option} {text} is in the future: only what was can be said")
    return instant


def _unit(text: str) -> Duration:
    """Return how exactly a time is written: an outage that began within the minute that is written is meant too."""
    found = _CLOCK.search(text)
    if found is None or found["second"] is None:
        return MINUTE
    return SECOND if found["part"] is None else 1
