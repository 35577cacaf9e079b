"""Timelines made by hand or tick by tick, and catalogues to put them in: what figures are tested with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

from ictss_monitor.catalogue.model import (
    Area,
    Basket,
    Catalogue,
    Check,
    CheckRef,
    Council,
    Provision,
    Service,
    Settings,
    Target,
)
from ictss_monitor.clock import MINUTE, SECOND, Instant
from ictss_monitor.intervals import IntervalSet
from ictss_monitor.judging.timeline import Levels, ServiceTimeline
from ictss_monitor.probe import ProbeOptions

Pieces = Iterable[tuple[Instant, Instant]]


def timeline(
    start: Instant,
    end: Instant,
    *,
    down: Pieces = (),
    degraded: Pieces = (),
    unknown: Pieces = (),
    absent: Pieces = (),
    surely: Pieces | None = None,
    maybe: Pieces | None = None,
) -> ServiceTimeline:
    """Return a service's timeline from its disjoint parts; without `surely` and `maybe`, only unknown is in doubt."""
    gone, holes = IntervalSet(absent), IntervalSet(unknown)
    lost = IntervalSet(down)
    slow = IntervalSet(degraded)
    optimistic = lost if surely is None else IntervalSet(surely)
    pessimistic = lost | holes if maybe is None else IntervalSet(maybe)
    return ServiceTimeline(
        start,
        end,
        not_in_service=gone,
        unknown=holes,
        down=lost,
        degraded=slow,
        optimistic=Levels(optimistic, optimistic | slow),
        pessimistic=Levels(pessimistic, pessimistic | slow | holes),
    )


@dataclass(frozen=True, slots=True)
class Tick:
    """What a service was for one tick, and whether the optimistic and the pessimistic bound hold it to be down."""

    state: str
    surely: bool
    maybe: bool


ticks = st.one_of(
    st.just(Tick("absent", surely=False, maybe=False)),
    st.just(Tick("unknown", surely=False, maybe=True)),
    st.builds(Tick, st.just("down"), surely=st.booleans(), maybe=st.just(True)),
    st.builds(Tick, st.sampled_from(["degraded", "up"]), surely=st.just(False), maybe=st.booleans()),
)


def histories(length: int) -> st.SearchStrategy[list[Tick]]:
    """Return the strategy of what a service was during `length` ticks, each of one microsecond, from instant 0."""
    return st.lists(ticks, min_size=length, max_size=length)


def from_ticks(history: Sequence[Tick]) -> ServiceTimeline:
    """Return the timeline that says the same as a history of ticks."""

    def where(chosen: Sequence[bool]) -> list[tuple[int, int]]:
        return [(at, at + 1) for at, is_so in enumerate(chosen) if is_so]

    return timeline(
        0,
        len(history),
        down=where([tick.state == "down" for tick in history]),
        degraded=where([tick.state == "degraded" for tick in history]),
        unknown=where([tick.state == "unknown" for tick in history]),
        absent=where([tick.state == "absent" for tick in history]),
        surely=where([tick.surely for tick in history]),
        maybe=where([tick.maybe for tick in history]),
    )


def check(id_: str, interval: int = 30 * SECOND) -> Check:
    """Return a check of a host on a documentation address."""
    return Check(
        id=id_,
        name=id_,
        probe="tcp",
        options=ProbeOptions(address="192.0.2.1"),
        site=None,
        interval=interval,
        time_limit=5 * SECOND,
        retry_interval=interval,
        fall=2,
        rise=2,
    )


def watched(service: str, councils: Iterable[str]) -> Service:
    """Return a service that each of the councils gets, watched by one check of the service's name."""
    provisions = {each: (Provision(service, each, CheckRef(service)),) for each in councils}
    return Service(service, service.title(), provisions)


def catalogue(
    services: Iterable[Service],
    councils: Iterable[Council | str] = ("ccc",),
    *,
    areas: Iterable[Area] = (),
    baskets: Iterable[Basket] = (),
    targets: Iterable[Target] = (),
    minimum_coverage: Fraction = Fraction(95, 100),
) -> Catalogue:
    """Return a catalogue of services with a check each, for councils in London's zone unless they say otherwise."""
    whole = [each if isinstance(each, Council) else Council(each, each.upper(), "Europe/London") for each in councils]
    held = list(services)
    return Catalogue(
        digest="0" * 64,
        settings=Settings(minimum_coverage=minimum_coverage),
        councils={each.id: each for each in whole},
        checks={each.id: check(each.id) for each in held},
        services={each.id: each for each in held},
        areas={each.id: each for each in areas},
        baskets={each.id: each for each in baskets},
        targets=tuple(targets),
    )


def lost_minutes(start: Instant, end: Instant, outages: Mapping[Instant, int]) -> ServiceTimeline:
    """Return a timeline over `[start, end)` with outages of whole minutes by their begin."""
    return timeline(start, end, down=[(begin, begin + minutes * MINUTE) for begin, minutes in outages.items()])
