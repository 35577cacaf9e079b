"""Combining: the services of an area, the areas of a basket, the services of a council, the months of a year.

A member that is not in service (the council does not have it) is no member. A member without evidence is one: its
time is unknown, lowers the coverage and widens the bounds, and it never counts as 100 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction

from ictss_monitor.availability.classes import Classes, clip
from ictss_monitor.availability.figure import Amount, Figure, Loss, Shares, figure_of, figure_of_loss
from ictss_monitor.availability.totals import Totals, totals_of
from ictss_monitor.catalogue.model import Combine
from ictss_monitor.catalogue.terms import Fault, Policy, Weight
from ictss_monitor.clock import Duration
from ictss_monitor.intervals import IntervalSet, union
from ictss_monitor.judging.timeline import Levels


@dataclass(frozen=True, slots=True)
class Member:
    """What has a figure and can be combined: a service for a council, or a combination of members.

    The classes of a combination are those of its union, whichever way its figure was made.
    """

    classes: Classes
    totals: Totals
    figure: Figure
    weights: tuple[Weight, ...] = ()
    """How much it weighs, by date; where none holds, it weighs nothing. Only `weighted` reads it."""


def member_of(classes: Classes, length: Duration, policy: Policy, resolution: Duration | None = None) -> Member:
    """Return what is down in one set of instants, over a period of `length`, as a member."""
    totals = totals_of(classes, length)
    return Member(classes, totals, figure_of(totals, policy, resolution))


def combine(how: Combine, members: Sequence[Member], length: Duration, policy: Policy) -> Member:
    """Return `members` as one; without a figure where none of them has any evidence, or there is none."""
    if len(members) == 1 and how in (Combine.UNION, Combine.SUM):
        return members[0]
    together = union_of([member.classes for member in members])
    figures = [member.figure for member in members]
    totals = totals_of(together, length)
    if how is Combine.UNION:
        figure = figure_of(totals, policy, _resolution(figures))
    elif how is Combine.SUM:
        loss = _added_loss([loss_of_figure(figure) for figure in figures])
        figure = figure_of_loss(totals, loss, policy, _resolution(figures))
    elif how is Combine.WEIGHTED:
        figure = weighted_of(members, length, policy)
    else:
        figure = mean_of(figures, policy.minimum_coverage)
    return Member(together, totals, figure)


def union_of(members: Sequence[Classes]) -> Classes:
    """Return the classes of a thing that is down when any of its members is.

    Unknown where none is known to be down but one is unknown; degraded where one is, and none is down or unknown; in
    maintenance where one is and none is in the base. Lost to others, or planned, is what no member lost otherwise. What
    holds of the members' sets (see `Classes`) holds of these: they lie in `base`, `surely` in `down`, and `down` and
    `unknown` in `maybe`. So the bounds hold the figure.
    """
    if len(members) == 1:
        return members[0]
    base = union(member.base for member in members)
    down = union(member.down for member in members)
    unknown = union(member.unknown for member in members) - down
    maintenance = union(member.maintenance for member in members) - base
    future = union(member.future for member in members)
    outside = union(member.outside for member in members) - base - maintenance - future
    surely_not_up = union(member.surely.not_up for member in members) - unknown
    return Classes(
        base=base,
        future=future,
        outside=outside,
        maintenance=maintenance,
        unknown=unknown,
        down=down,
        degraded=union(member.degraded for member in members) - down - unknown,
        surely=Levels(union(member.surely.down for member in members), surely_not_up),
        maybe=_levels([member.maybe for member in members]),
        blamed=_blamed(members, unknown),
        planned=_planned(members, unknown),
        not_seen_up_outside=_levels([member.not_seen_up_outside for member in members], outside),
    )


def _levels(levels: Sequence[Levels], within: IntervalSet | None = None) -> Levels:
    down, not_up = union(each.down for each in levels), union(each.not_up for each in levels)
    return Levels(down, not_up) if within is None else Levels(down & within, not_up & within)


def _planned(members: Sequence[Classes], unknown: IntervalSet) -> Levels:
    planned = _levels([member.planned for member in members])
    if not planned.down and not planned.not_up:
        return planned
    down = planned.down - union(member.down - member.planned.down for member in members)
    not_up = planned.not_up - union(member.not_up - member.planned.not_up for member in members)
    return Levels(down, not_up - (unknown - down))


def _blamed(members: Sequence[Classes], unknown: IntervalSet) -> dict[Fault, Levels]:
    """Return what is lost to each fault alone; in an instant that several had their part in, the worst stands."""
    present = {fault for member in members for fault in member.blamed}
    if not present:
        return {}
    worse = _levels([_own(member) for member in members])
    found: dict[Fault, Levels] = {}
    for fault in Fault:
        if fault in present:
            part = _levels([member.blamed[fault] for member in members if fault in member.blamed])
            found[fault] = Levels(part.down - worse.down, part.not_up - worse.not_up - unknown)
            worse = _levels([worse, part])
    return found


def _own(member: Classes) -> Levels:
    """Return what a member lost by our own fault: not planned, and nobody else's."""
    others = _levels([*member.blamed.values(), member.planned])
    return Levels(member.down - others.down, member.not_up - others.not_up)


def loss_of_figure(figure: Figure) -> Loss:
    """Return what a figure says was lost."""
    return Loss(
        figure.lost,
        figure.surely_lost,
        figure.maybe_lost,
        figure.planned,
        figure.forgiven,
        figure.third_party,
        figure.council_site,
        figure.undetermined,
    )


def _added_loss(losses: Sequence[Loss]) -> Loss:
    """Return what the members lost, added, to be set against the length of their union once: the way `sum`.

    The length once is the time in which a member was in service (b), unknown where no member is known to be down and
    one is unknown (u), and the rest measured (m = b - u). Every minute lost lies in it, so that nothing is lost outside
    the time it is set against.

    Let D, S, P be the sums of what the members lost by figure, surely and maybe: S <= D, P >= D + U with U >= u, the
    sum of their unknown time. Then value <= high, since D / m >= S / b. And low <= value: where D <= m,
    P / b >= (D + u) / (m + u) >= D / m; where D > m, P > m + u = b, and both are 0.
    """
    return Loss(*(sum((getattr(loss, name) for loss in losses), start=0) for name in _LOSSES))


_LOSSES = tuple(each.name for each in fields(Loss))


def weighted_of(members: Sequence[Member], length: Duration, policy: Policy) -> Figure:
    """Return the figure of weighed time: minutes of users, where councils weigh what they have users.

    Each member's time is cut where its weight changes. Let w be the weights: the value is 1 - sum(w l) / sum(w m), the
    bounds likewise over sum(w (m + u)); `low <= value <= high` as for one service, for what holds of each term holds of
    sums of them. The times told beside it are the members' own, added, not weighed.
    """
    lost = surely = maybe = third = measured = base = future = Fraction(0)
    for member in members:
        for weight, part in weighed_pieces(member):
            figure = figure_of(totals_of(part, length), policy)
            lost += weight * figure.lost
            surely += weight * figure.surely_lost
            maybe += weight * figure.maybe_lost
            third += weight * figure.third_party
            measured += weight * figure.measured
            base += weight * (figure.measured + figure.unknown)
            future += weight * figure.future
    times = mean_of([member.figure for member in members], policy.minimum_coverage)
    return replace(
        times,
        gross=_weighed(lost, maybe, surely, measured, base),
        net=_weighed(lost - third, maybe - third, max(surely - third, Fraction(0)), measured, base),
        projected=1 - lost / (measured + future) if measured + future else None,
    )


def weighed_pieces(member: Member) -> Iterator[tuple[Fraction, Classes]]:
    """Yield the stretches over which a member's weight is the same, with its weight and classes there."""
    for weight in member.weights:
        since, until = weight.validity.since, weight.validity.until
        if since is None and until is None:
            yield weight.value, member.classes
        else:
            yield (
                weight.value,
                clip(member.classes, -(2**62) if since is None else since, 2**62 if until is None else until),
            )


def _weighed(lost: Fraction, maybe: Fraction, surely: Fraction, measured: Fraction, base: Fraction) -> Shares:
    return Shares(
        1 - lost / measured if measured else None,
        1 - maybe / base if base else None,
        1 - surely / base if base else None,
    )


def mean_of(figures: Sequence[Figure], minimum_coverage: Fraction) -> Figure:
    """Return the arithmetic mean of the figures, each of equal weight; its times are the sums of theirs.

    The value is the mean over the k members that have one; the bounds are means over the n >= k that have measured or
    unknown time, where those without a value may have been anything from 0 to 1. Then low <= value: the k lows are at
    most the k values and the others 0, so that low <= k / n * value. And value <= high: the k highs are at least the
    values, the others 1, so that high >= (k * value + n - k) / n, which is at least value, value being at most 1.
    """
    gross = _mean_shares([figure.gross for figure in figures])
    alike = all(figure.net is figure.gross for figure in figures)
    return Figure(
        gross=gross,
        net=gross if alike else _mean_shares([figure.net for figure in figures]),
        projected=_mean(figure.projected for figure in figures),
        measured=sum(figure.measured for figure in figures),
        unknown=sum(figure.unknown for figure in figures),
        future=sum(figure.future for figure in figures),
        maintenance=sum(figure.maintenance for figure in figures),
        outside=sum(figure.outside for figure in figures),
        lost=_sum(figure.lost for figure in figures),
        surely_lost=_sum(figure.surely_lost for figure in figures),
        maybe_lost=_sum(figure.maybe_lost for figure in figures),
        planned=_sum(figure.planned for figure in figures),
        forgiven=_sum(figure.forgiven for figure in figures),
        third_party=_sum(figure.third_party for figure in figures),
        council_site=_sum(figure.council_site for figure in figures),
        undetermined=_sum(figure.undetermined for figure in figures),
        degraded=sum(figure.degraded for figure in figures),
        minimum_coverage=minimum_coverage,
        resolution=_resolution(figures),
    )


def _mean_shares(shares: Sequence[Shares]) -> Shares:
    return Shares(
        _mean(each.value for each in shares), _mean(each.low for each in shares), _mean(each.high for each in shares)
    )


def _sum(amounts: Iterable[Amount]) -> Amount:
    return sum(amounts, start=0)


def _mean(values: Iterable[Fraction | None]) -> Fraction | None:
    found = [value for value in values if value is not None]
    return _added([(value.numerator, value.denominator) for value in found]) / len(found) if found else None


def _added(terms: Sequence[tuple[int, int]]) -> Fraction:
    """Return the sum of fractions, exactly.

    Added by pairs and reduced once, numbers of thousands of digits meet only their like: ten times as fast, for a
    thousand services of unlike coverage, as adding one after the other.
    """
    while len(terms) > 1:
        last = terms[-1:] if len(terms) % 2 else []
        pairs = zip(terms[::2], terms[1::2], strict=False)
        terms = [(a * d + c * b, b * d) if b != d else (a + c, b) for (a, b), (c, d) in pairs]
        terms += last
    return Fraction(*terms[0])


def _resolution(figures: Iterable[Figure]) -> Duration | None:
    return max((figure.resolution for figure in figures if figure.resolution is not None), default=None)
