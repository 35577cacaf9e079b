"""The figure: availability as an exact fraction, with its bounds, its coverage, and what of the loss was whose."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from ictss_monitor.availability.totals import Totals
from ictss_monitor.catalogue.terms import Policy, WindowsCount
from ictss_monitor.clock import Duration

Amount: TypeAlias = int | Fraction
"""Microseconds; a fraction of one only where degraded time counts in part."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What of a whole was available, as exact shares of 1; `low <= value <= high` wherever there is a value."""

    value: Fraction | None
    """(measured - lost) / measured; None without measured time."""
    low: Fraction | None
    """Over measured and unknown time, if all of the unknown and all that is doubtful was down; None without either."""
    high: Fraction | None
    """The same, if all of the unknown was up and outages lasted only from their first failure to their last."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Availability over a period, by a policy; times in microseconds.

    `lost` is divided into `planned`, `third_party`, `council_site`, `undetermined` and what is left, `own`.
    """

    gross: Shares
    net: Shares
    """The same, with what was lost to third parties alone taken as up, over the same base."""
    projected: Fraction | None
    """What the value becomes if nothing more is lost in what is still to come. It may be below 0 where minutes lost
    are added; None where nothing is measured and nothing to come."""
    measured: Duration
    unknown: Duration
    future: Duration
    """Service time of the period that is still to come."""
    maintenance: Duration
    """Time in windows: outside the base, or counted as up, as the policy says; 0 where windows change nothing."""
    outside: Duration
    """Time outside service hours."""
    lost: Amount
    surely_lost: Amount
    maybe_lost: Amount
    planned: Amount
    """What of `lost` was planned: 0 unless the policy counts it."""
    forgiven: Amount
    """What was lost in windows announced in time and is not in `lost`."""
    third_party: Amount
    council_site: Amount
    undetermined: Amount
    degraded: Duration
    minimum_coverage: Fraction
    resolution: Duration | None = None
    """The longest interval among the checks: what is shorter may have gone unseen. None where no check watches."""

    @property
    def value(self) -> Fraction | None:
        """The gross figure."""
        return self.gross.value

    @property
    def low(self) -> Fraction | None:
        """The lower bound of the gross figure."""
        return self.gross.low

    @property
    def high(self) -> Fraction | None:
        """The upper bound of the gross figure."""
        return self.gross.high

    @property
    def own(self) -> Amount:
        """What was lost, not planned, and nobody else's."""
        return self.lost - self.planned - self.third_party - self.council_site - self.undetermined

    @property
    def coverage(self) -> Fraction | None:
        """The share of time for which there is evidence: measured / (measured + unknown)."""
        base = self.measured + self.unknown
        return Fraction(self.measured, base) if base else None

    @property
    def shown(self) -> bool:
        """Whether coverage is enough for the value to be shown; otherwise only the bounds are."""
        coverage = self.coverage
        return self.value is not None and coverage is not None and coverage >= self.minimum_coverage


@dataclass(frozen=True, slots=True)
class Loss:
    """What was lost of a stretch of time: by the figure, by the optimistic bound, by the pessimistic one, and whose."""

    counted: Amount
    surely: Amount
    maybe: Amount
    planned: Amount
    forgiven: Amount
    third_party: Amount
    council_site: Amount
    undetermined: Amount


def weighed(share: Fraction, down: Duration, not_up: Duration) -> Amount:
    """Return what is lost of `not_up`, of which `down` was down: that in full, the rest by the share w of degraded.

    What is down D out of N not up loses (1 - w) D + w N.
    """
    if not share:
        return down
    return not_up if share == 1 else (1 - share) * down + share * not_up


def loss_of(totals: Totals, policy: Policy) -> Loss:
    """Return what `policy` counts as lost: time down in full, degraded time by its share."""
    share = policy.degraded
    planned = weighed(share, totals.planned_down, totals.planned_not_up)
    is_counted = policy.maintenance is WindowsCount.DOWN
    return Loss(
        counted=weighed(share, totals.down, totals.down + totals.degraded),
        surely=weighed(share, totals.surely_down, totals.surely_not_up),
        maybe=weighed(share, totals.maybe_down, totals.maybe_not_up),
        planned=planned if is_counted else 0,
        forgiven=0 if is_counted else planned,
        third_party=weighed(share, totals.third_party_down, totals.third_party_not_up),
        council_site=weighed(share, totals.council_site_down, totals.council_site_not_up),
        undetermined=weighed(share, totals.undetermined_down, totals.undetermined_not_up),
    )


def figure_of(totals: Totals, policy: Policy, resolution: Duration | None = None) -> Figure:
    """Return the figure of one service, or of anything else that is down in one set of instants.

    Let m be the measured time and u the unknown, l what was lost of m, s and p what was surely and maybe lost: s <= l,
    and p >= l + u. Then value <= high, since l / m >= s / (m + u); and low <= value, since p / (m + u) >=
    (l + u) / (m + u) >= l / m, l being at most m. The same holds of the net figure, where what third parties lost is
    taken from l, s (as far as it lies in it) and p alike.
    """
    return figure_of_loss(totals, loss_of(totals, policy), policy, resolution)


def figure_of_loss(totals: Totals, loss: Loss, policy: Policy, resolution: Duration | None) -> Figure:
    """Return the figure of a `loss`, in the measured and unknown time of `totals`, never below 0."""
    in_windows = totals.maintenance if policy.maintenance is WindowsCount.UP else 0
    measured = totals.up + totals.down + totals.degraded + in_windows
    base = measured + totals.unknown
    third = loss.third_party
    gross = _shares(loss.counted, loss.maybe, loss.surely, measured, base)
    return Figure(
        gross=gross,
        net=_shares(loss.counted - third, loss.maybe - third, max(loss.surely - third, 0), measured, base)
        if third
        else gross,
        projected=_left_in(measured + totals.future, loss.counted),
        measured=measured,
        unknown=totals.unknown,
        future=totals.future,
        maintenance=totals.maintenance,
        outside=totals.outside,
        lost=loss.counted,
        surely_lost=loss.surely,
        maybe_lost=loss.maybe,
        planned=loss.planned,
        forgiven=loss.forgiven,
        third_party=third,
        council_site=loss.council_site,
        undetermined=loss.undetermined,
        degraded=totals.degraded,
        minimum_coverage=policy.minimum_coverage,
        resolution=resolution,
    )


def _shares(lost: Amount, maybe: Amount, surely: Amount, measured: Duration, base: Duration) -> Shares:
    return Shares(share_left(lost, measured), share_left(maybe, base), share_left(surely, base))


def share_left(lost: Amount, of: Duration) -> Fraction | None:
    """Return the share of `of` that is not lost: 0 where more is lost than there was, None of nothing."""
    return Fraction(max(of - lost, 0), of) if of else None


def _left_in(whole: Duration, lost: Amount) -> Fraction | None:
    return Fraction(whole - lost, whole) if whole else None
