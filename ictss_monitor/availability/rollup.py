"""Roll-ups: the figure of a month that is over, packed so that it is read in a moment and comes out exactly the same.

Most figures follow from the totals of their classes: of them the totals are kept, of the others the figure itself. The
totals of the local days are kept beside it, but not of days on which a thing was up from midnight to midnight.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter
from typing import Final

from ictss_monitor.availability.classes import NOWHERE, Classes
from ictss_monitor.availability.figure import Amount, Figure, Shares, figure_of
from ictss_monitor.availability.periods import Period, zone_of
from ictss_monitor.availability.reckoning import Reckoned
from ictss_monitor.availability.totals import NAMES, Totals
from ictss_monitor.availability.wall_clock import begin_of
from ictss_monitor.catalogue.terms import Fault, Policy
from ictss_monitor.clock import Duration, Instant, to_datetime
from ictss_monitor.intervals import IntervalSet

FORMAT: Final = 1
"""Of what is packed; it is part of what a roll-up rests on, so that one of another format counts as stale."""

_TOTALS: Final = struct.Struct(f"<{len(NAMES)}q")
_MONTH: Final = struct.Struct(f"<{len(NAMES) + 1}q")
"""The totals and the resolution, -1 for none."""
_DAY: Final = struct.Struct(f"<B{len(NAMES)}q")
"""The day from 0 on, and its totals."""
_values: Final[Callable[[Totals], tuple[int, ...]]] = attrgetter(*NAMES)


# The month


def packed(reckoned: Reckoned) -> bytes:
    """Return the figure of `reckoned` and the totals of its classes."""
    member, policy = reckoned.member, reckoned.policy
    figure = member.figure
    resolution = -1 if figure.resolution is None else figure.resolution
    head = _MONTH.pack(*_values(member.totals), resolution)
    return head if figure == figure_of(member.totals, policy, figure.resolution) else head + _figure_text(figure)


def figure_from(blob: bytes, policy: Policy) -> Figure:
    """Return the figure that `packed` was given."""
    if len(blob) > _MONTH.size:
        return _figure_from_text(blob[_MONTH.size :].decode("ascii"))
    *values, resolution = _MONTH.unpack(blob)
    return figure_of(Totals(*values), policy, None if resolution < 0 else resolution)


def totals_from(blob: bytes) -> Totals:
    """Return the totals that `packed` was given: those of a combination's union, however its figure was made."""
    return Totals(*_MONTH.unpack_from(blob)[:-1])


_AMOUNTS: Final = (
    "projected",
    "measured",
    "unknown",
    "future",
    "maintenance",
    "outside",
    "lost",
    "surely_lost",
    "maybe_lost",
    "planned",
    "forgiven",
    "third_party",
    "council_site",
    "undetermined",
    "degraded",
    "minimum_coverage",
    "resolution",
)
_SHARES: Final = ("value", "low", "high")


def _figure_text(figure: Figure) -> bytes:
    """Return a figure as hexadecimal numbers: the exact mean of many has thousands of digits, and decimal is slow."""
    shares = [getattr(held, name) for held in (figure.gross, figure.net) for name in _SHARES]
    return ",".join(_number_text(each) for each in [*shares, *(getattr(figure, name) for name in _AMOUNTS)]).encode()


def _figure_from_text(text: str) -> Figure:
    numbers = [_number_from(each) for each in text.split(",")]
    gross, net = Shares(*map(_share, numbers[:3])), Shares(*map(_share, numbers[3:6]))
    # Whoever adds figures up looks whether net is gross, and spares itself half of the work.
    return Figure(gross, gross if net == gross else net, **dict(zip(_AMOUNTS, numbers[6:], strict=True)))  # type: ignore[arg-type]


def _number_text(number: Amount | None) -> str:
    if number is None:
        return ""
    return f"{number:x}" if isinstance(number, int) else f"{number.numerator:x}/{number.denominator:x}"


def _number_from(text: str) -> Amount | None:
    above, _, below = text.partition("/")
    if below:
        return Fraction(int(above, 16), int(below, 16))
    return int(above, 16) if above else None


def _share(number: Amount | None) -> Fraction | None:
    assert not isinstance(number, int)
    return number


# The days


def packed_days(reckoned: Reckoned, zone: str) -> bytes:
    """Return the totals of the days of the month in `zone` (IANA name), see `days_from`."""
    edges = midnights(reckoned.period, zone)
    days = totals_by_day(reckoned.member.classes, edges)
    return zlib.compress(
        b"".join(
            _DAY.pack(number, *_values(held))
            for number, (held, length) in enumerate(zip(days, _lengths_between(edges), strict=True))
            if held.up != length
        ),
        level=1,
    )


def days_from(blob: bytes, period: Period, zone: str) -> list[Totals]:
    """Return the totals of every day of the month `period` of `zone`, as `packed_days` was given them."""
    days = [Totals(up=length) for length in _lengths_between(midnights(period, zone))]
    for number, *values in _DAY.iter_unpack(zlib.decompress(blob)):
        days[number] = Totals(*values)
    return days


@lru_cache(maxsize=64)
def midnights(period: Period, zone: str) -> tuple[Instant, ...]:
    """Return the begins of the days of `period` in `zone` (IANA name), and its end; the period begins with one."""
    clock = zone_of(zone)
    day = to_datetime(period.start).astimezone(clock).date()
    found = [period.start]
    while True:
        day += timedelta(days=1)
        begin = begin_of(datetime(day.year, day.month, day.day), clock)  # noqa: DTZ001  # local, as begin_of wants it
        if begin >= period.end:
            return (*found, period.end)
        if begin > found[-1]:
            found.append(begin)


def totals_by_day(classes: Classes, edges: Sequence[Instant]) -> list[Totals]:
    """Return the totals of `classes` between each two neighbours of `edges`, which hold all of the period."""
    if classes.base.edges == (edges[0], edges[-1]) and not (classes.unknown or classes.maybe.not_up):
        return [Totals(up=length) for length in _lengths_between(edges)]
    columns = [_by_day(held, edges) for held in _sets(classes)]
    found = []
    for length, (base, future, outside, maintenance, unknown, down, degraded, *others) in zip(
        _lengths_between(edges), zip(*columns, strict=True), strict=True
    ):
        absent = length - base - future - outside - maintenance
        up = base - unknown - down - degraded
        found.append(Totals(absent, future, outside, maintenance, unknown, down, degraded, up, *others))
    return found


def _sets(classes: Classes) -> Iterator[IntervalSet]:
    """Yield the sets whose lengths are the totals, in their order, but the base in the place of what is not in it."""
    yield from (classes.base, classes.future, classes.outside, classes.maintenance)
    yield from (classes.unknown, classes.down, classes.degraded)
    blamed = [classes.blamed.get(fault, NOWHERE) for fault in _BLAMED]
    for levels in (classes.surely, classes.maybe, *blamed, classes.planned):
        yield from (levels.down, levels.not_up)


_BLAMED: Final = (Fault.THIRD_PARTY, Fault.COUNCIL_SITE, Fault.UNDETERMINED)


def _by_day(held: IntervalSet, edges: Sequence[Instant]) -> list[Duration]:
    """Return how much of a set lies in each day.

    What is before the first or after the last is theirs: over all councils together a month is that of the settings'
    zone, and the same month of a council elsewhere may reach out of it.
    """
    between = edges[1:-1]
    lengths = [0] * (len(edges) - 1)
    for start, end in held:
        day = bisect_right(between, start)
        for midnight in between[day:]:
            if midnight >= end:
                break
            lengths[day] += midnight - start
            start, day = midnight, day + 1
        lengths[day] += end - start
    return lengths


def _lengths_between(edges: Sequence[Instant]) -> list[Duration]:
    return [end - start for start, end in pairwise(edges)]
