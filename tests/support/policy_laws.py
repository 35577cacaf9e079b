"""The laws of figures as functions of a case: each raises AssertionError where the package and the model differ.

The property tests run them on random worlds, and the planted bugs are held against the same functions.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

from support.policy_figures import Counted, Model, in_ticks
from support.policy_model import Tick
from support.policy_world import DEGRADED, DOWN, World, reckoned

from ictss_monitor.availability.figure import Figure, Shares
from ictss_monitor.availability.outage_count import count_outages
from ictss_monitor.availability.reckoning import Reckoned


@dataclass(frozen=True)
class Case:
    """A world with the package's figures and the model's, made once for all laws; of the corrected, or before."""

    world: World
    corrected: bool = True

    @cached_property
    def model(self) -> Model:
        """What counting ticks gives."""
        return Model(self.world, self.corrected)

    @cached_property
    def reckoned(self) -> list[Reckoned]:
        """What the package gives."""
        return reckoned(self.world, self.corrected)


TIMES = [each.name for each in fields(Counted) if each.name not in ("gross", "net", "projected")]


def figures_are_the_model(case: Case) -> None:
    """Every time, share and bound of every figure is what counting ticks gives."""
    for found in case.reckoned:
        expected, figure = case.model.of(found.key), found.member.figure
        for name in TIMES:
            assert in_ticks(getattr(figure, name)) == getattr(expected.counted, name), (found.key, name)
        assert _told(figure.gross) == expected.counted.gross, found.key
        assert _told(figure.net) == expected.counted.net, (found.key, "net")
        assert figure.projected == expected.counted.projected, (found.key, "projected")


def _told(shares: Shares) -> tuple[object, ...]:
    return shares.value, shares.low, shares.high


def classes_are_the_model(case: Case) -> None:
    """Every class of time of every service and combination holds as many ticks as it should, and all add up."""
    for found in case.reckoned:
        ticks, totals = case.model.of(found.key).ticks, found.member.totals
        base = [tick for tick in ticks if tick.where == "base"]
        expected = {
            "not_in_service": sum(tick.where == "absent" for tick in ticks),
            "future": sum(tick.where == "future" for tick in ticks),
            "outside": sum(tick.where == "outside" for tick in ticks),
            "maintenance": sum(tick.where == "maintenance" for tick in ticks),
            "unknown": sum(tick.level is None for tick in base),
            "down": sum(tick.level == DOWN for tick in base),
            "degraded": sum(tick.level == DEGRADED for tick in base),
            "up": sum(tick.level == DEGRADED + 1 for tick in base),
        }
        for name, count in expected.items():
            assert in_ticks(getattr(totals, name)) == count, (found.key, name)
        assert totals.length == found.period.length, found.key


def outages_are_the_model(case: Case) -> None:
    """Outages are counted, measured and said to run on as walking from tick to tick gives it."""
    for found in case.reckoned:
        ticks = case.model.of(found.key).ticks
        last = max((at for at, tick in enumerate(ticks) if tick.where == "base"), default=-1)
        lengths: list[int] = []
        is_open = False
        for tick in ticks[: last + 1]:
            lost = (DOWN, DEGRADED) if found.policy.degraded else (DOWN,)
            planned = tick.planned[1 if found.policy.degraded else 0] and tick.where != "base"
            if tick.where == "base" and tick.level in lost:
                lengths = [*lengths[:-1], lengths[-1] + 1] if is_open else [*lengths, 1]
                is_open = True
            elif not (planned or _unseen(tick, lost)):
                is_open = False
        made = count_outages(found.member.classes, found.policy)
        assert made.count == len(lengths), found.key
        assert (in_ticks(made.total), in_ticks(made.longest)) == (sum(lengths), max(lengths, default=0)), found.key
        assert made.runs_on is is_open, found.key


def _unseen(tick: Tick, lost: tuple[int, ...]) -> bool:
    """Tell whether an outage may go on through a tick: it was unknown, or closed and not seen to be over."""
    return tick.level is None or (tick.where == "outside" and tick.level in lost)


def bounds_hold_every_figure(case: Case) -> None:
    """Low, value and high are in this order, gross and net; net is never below gross; the loss is divided, not lost."""
    for found in case.reckoned:
        figure = found.member.figure
        for shares in (figure.gross, figure.net):
            if shares.value is not None:
                assert shares.low is not None, found.key
                assert shares.high is not None, found.key
                assert 0 <= shares.low <= shares.value <= shares.high <= 1, found.key
        _net_is_not_below_gross(found, figure)
        assert min(figure.own, figure.planned, figure.third_party, figure.council_site, figure.undetermined) >= 0


def _net_is_not_below_gross(found: Reckoned, figure: Figure) -> None:
    if figure.value is not None:
        assert figure.net.value is not None, found.key
        assert figure.net.value >= figure.value, found.key


def every_law(world: World) -> None:
    """Hold a world against all of them, as it is corrected and as it was before."""
    case = Case(world)
    for law in (bounds_hold_every_figure, classes_are_the_model, figures_are_the_model, outages_are_the_model):
        law(case)
    figures_are_the_model(Case(world, corrected=False))
