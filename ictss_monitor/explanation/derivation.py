"""How a figure comes about: each step a formula with its numbers in it, so that anybody can work it out again.

A step is a sum of terms, or such a sum over another: nothing else is needed to get from classes of time to a figure.
Times are in microseconds, shares exact fractions of 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ictss_monitor.availability.figure import Amount, Figure, Shares
from ictss_monitor.availability.totals import Totals
from ictss_monitor.catalogue.model import Combine
from ictss_monitor.catalogue.terms import Policy, WindowsCount
from ictss_monitor.clock import Duration, Instant

ONE: Final = Fraction(1)


@dataclass(frozen=True, slots=True)
class Term:
    """A number with its name, and what it is multiplied by; negative where it is taken away."""

    name: str
    amount: Amount
    times: Fraction = ONE

    @property
    def value(self) -> Fraction:
        """What it adds to its sum."""
        return self.times * self.amount


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the sum of `terms`, over the sum of `over` where there is any; never below 0 where that is said."""

    name: str
    says: str
    """What it is, in a sentence."""
    terms: tuple[Term, ...]
    over: tuple[Term, ...] = ()
    of_shares: bool = False
    """Whether the terms are shares of 1, not times."""
    not_below_zero: bool = False

    @property
    def value(self) -> Fraction | None:
        """The result, a share where there is something below the line, else a time; None where that is nothing."""
        above = sum((term.value for term in self.terms), start=Fraction(0))
        if self.not_below_zero:
            above = max(above, Fraction(0))
        if not self.over:
            return above
        below = sum(term.value for term in self.over)
        return above / below if below else None


@dataclass(frozen=True, slots=True)
class Piece:
    """What a member weighed over a stretch of time, None being without end, and its times there."""

    weight: Fraction
    since: Instant | None
    until: Instant | None
    figure: Figure


@dataclass(frozen=True, slots=True)
class Part:
    """A member of a combination, by name: a service, an area, or a month."""

    name: str
    figure: Figure
    pieces: tuple[Piece, ...] = ()
    """How it was weighed; nothing where weights do not matter."""


def steps_of(
    figure: Figure, totals: Totals, policy: Policy, how: Combine | None, parts: Sequence[Part], target: Fraction | None
) -> tuple[Step, ...]:
    """Return the steps that lead to `figure`: from `totals`, or from the `parts` that were combined in the way `how`.

    Without a figure they end where they must.
    """
    if how is Combine.MEAN:
        return _of_mean(figure, parts)
    if how is Combine.WEIGHTED:
        return _of_weights(figure, parts)
    steps = [_measured(totals, policy), _lost(figure, totals, policy, parts if how is Combine.SUM else ())]
    steps.append(_available("availability", "The share of the measured time in which nothing was lost.", figure, 0))
    steps += [_coverage(figure), *_bounds(figure, together=how is not None)]
    if figure.third_party:
        says = "The same, with what was lost to third parties alone taken as up."
        steps.append(_available("net of third parties", says, figure, figure.third_party))
    if target is not None and figure.projected is not None:
        steps.append(_left(figure, target))
    return tuple(steps)


def _measured(totals: Totals, policy: Policy) -> Step:
    terms = [Term("up", totals.up), Term("degraded", totals.degraded), Term("down", totals.down)]
    if policy.maintenance is WindowsCount.UP:
        terms.append(Term("in maintenance windows", totals.maintenance))
    return Step("measured", "The time that counts, and of which there is evidence.", tuple(terms))


def _lost(figure: Figure, totals: Totals, policy: Policy, parts: Sequence[Part]) -> Step:
    if len(parts) > 1:
        says = "What the members lost, added: an hour that two of them lost at once is two hours."
        return Step("lost", says, tuple(Term(part.name, part.figure.lost) for part in parts))
    terms = [Term("down", totals.down)]
    if policy.degraded:
        terms.append(Term("degraded", totals.degraded, policy.degraded))
    if len(terms) > 1:
        return Step("lost", "Time down, and of the time degraded the share that the policy counts.", tuple(terms))
    return Step("lost", "Time down; time degraded counts as up.", tuple(terms))


def _available(name: str, says: str, figure: Figure, back: Amount) -> Step:
    terms = [Term("measured", figure.measured), Term("lost", figure.lost, -ONE)]
    if back:
        terms.append(Term("lost to third parties alone", back))
    return Step(name, says, tuple(terms), (Term("measured", figure.measured),), not_below_zero=True)


def _coverage(figure: Figure) -> Step:
    return Step(
        "coverage",
        "The share of the time for which there is evidence.",
        (Term("measured", figure.measured),),
        (Term("measured", figure.measured), Term("unknown", figure.unknown)),
    )


def _bounds(figure: Figure, *, together: bool) -> list[Step]:
    base = (Term("measured", figure.measured), Term("unknown", figure.unknown))
    doubtful = figure.maybe_lost - figure.lost - figure.unknown
    unsure = figure.lost - figure.surely_lost
    more = "of the members " if together else ""
    return [
        Step(
            "maybe lost",
            f"At worst: all that is unknown {more}was down, outages lasted from the last good observation to the next, "
            "and failures too few to confirm were outages.",
            (Term("lost", figure.lost), Term("unknown", figure.unknown), Term("doubtful beside that", doubtful)),
        ),
        Step(
            "low",
            "The figure cannot be lower than this.",
            (*base, Term("maybe lost", figure.maybe_lost, -ONE)),
            base,
            not_below_zero=True,
        ),
        Step(
            "surely lost",
            "At best: all that is unknown was up, and outages lasted from their first failure to their last.",
            (Term("lost", figure.lost), Term("not seen to be down", unsure, -ONE)),
        ),
        Step(
            "high",
            "The figure cannot be higher than this.",
            (*base, Term("surely lost", figure.surely_lost, -ONE)),
            base,
            not_below_zero=True,
        ),
    ]


def _left(figure: Figure, target: Fraction) -> Step:
    return Step(
        "left before the target is missed",
        "What the target allows of the time measured and still to come, less what was lost; below 0 it is missed.",
        (
            Term("measured", figure.measured, 1 - target),
            Term("still to come", figure.future, 1 - target),
            Term("lost", figure.lost, -ONE),
        ),
    )


def _of_mean(figure: Figure, parts: Sequence[Part]) -> tuple[Step, ...]:
    steps = [
        _mean(
            "availability", "The mean of the figures that there are, each of equal weight.", parts, lambda s: s.value
        ),
        _coverage(figure),
        _mean("low", "The mean of the lower bounds.", parts, lambda s: s.low),
        _mean("high", "The mean of the upper bounds.", parts, lambda s: s.high),
    ]
    if any(part.figure.third_party for part in parts):
        says = "The mean of the figures net of third parties."
        steps.append(_mean("net of third parties", says, parts, lambda s: s.value, net=True))
    return tuple(steps)


def _mean(
    name: str, says: str, parts: Iterable[Part], pick: Callable[[Shares], Fraction | None], *, net: bool = False
) -> Step:
    shares = ((part.name, pick(part.figure.net if net else part.figure.gross)) for part in parts)
    terms = tuple(Term(each, share) for each, share in shares if share is not None)
    return Step(name, says, terms, (Term("how many", len(terms)),), of_shares=True)


def _of_weights(figure: Figure, parts: Sequence[Part]) -> tuple[Step, ...]:
    def terms(what: Callable[[Figure], Amount], sign: int = 1) -> tuple[Term, ...]:
        return tuple(
            Term(part.name, what(piece.figure), sign * piece.weight) for part in parts for piece in part.pieces
        )

    measured = Step("measured, weighed", "Each member's time by its weight.", terms(lambda f: f.measured))
    unknown = Step("unknown, weighed", "The same of what is unknown.", terms(lambda f: f.unknown))
    lost = Step("lost, weighed", "The same of what was lost.", terms(lambda f: f.lost))
    maybe = Step("maybe lost, weighed", "The same, at worst.", terms(lambda f: f.maybe_lost))
    surely = Step("surely lost, weighed", "The same, at best.", terms(lambda f: f.surely_lost))
    steps = [measured, unknown, lost, maybe, surely]
    steps.append(_share("availability", "The share of the weighed time in which nothing was lost.", lost, measured))
    steps.append(_coverage(figure))
    steps.append(_share("low", "The figure cannot be lower than this.", maybe, measured, unknown))
    steps.append(_share("high", "The figure cannot be higher than this.", surely, measured, unknown))
    if figure.third_party:
        gross = Step("lost to others", "The same of what third parties alone lost.", terms(lambda f: f.third_party))
        net = Step(
            "lost net of third parties, weighed",
            "What is left of it.",
            (_term(lost), Term(gross.name, _time(gross), -ONE)),
        )
        steps += [gross, net, _share("net of third parties", "The figure with that taken as up.", net, measured)]
    return tuple(steps)


def _share(name: str, says: str, lost: Step, *base: Step) -> Step:
    below = tuple(_term(each) for each in base)
    return Step(name, says, (*below, Term(lost.name, _time(lost), -ONE)), below)


def _term(step: Step) -> Term:
    return Term(step.name, _time(step))


def _time(step: Step) -> Fraction:
    value = step.value
    assert value is not None
    return value


def classes_by_name(totals: Totals) -> tuple[tuple[str, Duration], ...]:
    """Return the classes of time by name, in their order; they add up to the length of the period."""
    return (
        ("not in service", totals.not_in_service),
        ("still to come", totals.future),
        ("outside service hours", totals.outside),
        ("in maintenance windows", totals.maintenance),
        ("unknown", totals.unknown),
        ("down", totals.down),
        ("degraded", totals.degraded),
        ("up", totals.up),
    )
