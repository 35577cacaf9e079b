"""Tables of KPIs from minutes lost by check, with all that catalogue and ledger say: the papers, told in full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from support.timelines import check

from ictss_monitor.availability.account import Annotations
from ictss_monitor.availability.books import Bookkeeper, Edge, books_of, majors_of, stretch_of
from ictss_monitor.availability.kpi import KpiRow, KpiTable, kpi_table, with_majors
from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.catalogue.model import Catalogue, Check, CheckRef, Provision, Service, Subject
from ictss_monitor.catalogue.terms import Window
from ictss_monitor.clock import MINUTE, Instant, to_instant
from ictss_monitor.intervals import EMPTY, IntervalSet
from ictss_monitor.judging.timeline import CheckTimeline, Levels
from ictss_monitor.ledger.acts import Act, Entry, Extent
from ictss_monitor.ledger.standing import HeldWindow

LONDON = "Europe/London"
Lost = Mapping[str, Mapping[str, int]]
"""By check the minutes lost by the local time at which they began."""


def local(text: str) -> Instant:
    """Return the instant of a local time in London."""
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(LONDON)))


def by_council(service: str, councils: Iterable[str], hours: str | None = None) -> Service:
    """Return a service that each council gets by a check of its own, `service-council`."""
    provisions = {each: (Provision(service, each, CheckRef(f"{service}-{each}")),) for each in councils}
    return Service(service, service.title(), provisions, hours=hours)


def checks_of(services: Iterable[Service]) -> dict[str, Check]:
    """Return the checks that `by_council` names."""
    names = [f"{service.id}-{council}" for service in services for council in service.provisions]
    return {name: check(name) for name in names}


def extent(service: str, council: str, begin: str, minutes: int) -> Extent:
    """Return so many minutes of a service from a local time on."""
    return Extent(service, council, local(begin), local(begin) + minutes * MINUTE)


def table(
    catalogue: Catalogue,
    down: Lost,
    spec: PeriodSpec,
    *,
    slow: Lost | None = None,
    acts: Sequence[Act] = (),
    windows: Sequence[Window] = (),
    now: Instant | None = None,
) -> KpiTable:
    """Return the table over `spec`; without `now`, once it is over."""
    stretch = stretch_of(catalogue, spec)
    at = spec.within(LONDON).end if now is None else now
    entries = tuple(Entry(seq, at, "ann", "as the paper tells", None, act, "", "") for seq, act in enumerate(acts, 1))
    held = tuple(HeldWindow(window, window.announced, None, None) for window in windows)
    keeper = Bookkeeper(catalogue, stretch, Edge(at, at), Annotations(held, entries))
    for lines in keeper.timelines.values():
        for id_ in catalogue.checks:
            lost = _set(down.get(id_, {}), at)
            levels = Levels(lost, lost | _set((slow or {}).get(id_, {}), at))
            lines[id_] = CheckTimeline(stretch.start, stretch.end, levels, levels, levels, EMPTY)
    books = books_of(keeper)
    return with_majors(kpi_table(catalogue, books, spec, at), majors_of(catalogue, books, spec, stretch, at))


def _set(minutes: Mapping[str, int], now: Instant) -> IntervalSet:
    return IntervalSet((local(begin), local(begin) + length * MINUTE) for begin, length in minutes.items()).clip(
        -(2**62), now
    )


def row(found: KpiTable, subject: Subject, id_: str, council: str | None = None) -> KpiRow:
    """Return a row that must be there."""
    held = found.row(subject, id_, council)
    assert held is not None
    return held
