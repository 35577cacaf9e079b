"""Rules: levels of members to the level of a service, with impacts, dates and unknown."""

from __future__ import annotations

import pytest
from support.judging_cases import D, G, U, X, catalogue_of, check, ref

from ictss_monitor.catalogue.model import AtLeast, Impact, Provision, Rule, Validity
from ictss_monitor.judging.rules import BEGINNING, FOREVER, Piece, causes_of, plan_of, state_of
from ictss_monitor.probe import Outcome

A, B, C = ref("a"), ref("b"), ref("d")


def state(n: int, *levels: Outcome, impact: Impact = Impact.DOWN) -> Outcome:
    """Evaluate `at_least n` of checks with these states."""
    held = {f"c{index}": level for index, level in enumerate(levels)}
    return state_of(AtLeast(n, tuple(ref(id) for id in held), impact), held.__getitem__)


@pytest.mark.parametrize(
    ("n", "levels", "expected"),
    [
        (2, (U, U), U),
        (2, (U, G), G),
        (2, (D, G), D),
        (1, (D, G), G),
        (1, (D, D), D),
        (2, (U, D, G), G),
        (2, (U, D, D), D),
        (2, (U, X), X),
        (2, (D, X), D),
        (1, (U, X), U),
        (1, (D, X), X),
        (1, (G, X), G),
        (2, (U, X, X), X),
        (2, (D, X, D), D),
    ],
)
def test_nth_largest(n: int, levels: tuple[Outcome, ...], expected: Outcome) -> None:
    """The n-th largest level decides, and unknown only where the service may be down or not."""
    assert state(n, *levels) is expected


def test_impact_of_a_branch() -> None:
    """A branch whose impact is degraded is never worse than that, unknown or not."""
    assert state(2, D, U, impact=Impact.DEGRADED) is G
    assert state(2, X, U, impact=Impact.DEGRADED) is G


def test_no_rule_is_unknown() -> None:
    """What nothing watches is unknown."""
    assert state_of(None, {}.__getitem__) is X


def pieces(rule: Rule | None, *more: Provision) -> tuple[Piece, ...]:
    """Lay out a service over checks a, b and d, of which d exists from 10 to 20 only."""
    checks = [check("a"), check("b"), check("d", validity=Validity(10, 20))]
    return plan_of(catalogue_of(checks, rule, *more), "s", "c").all_pieces


def test_members_come_and_go_by_date() -> None:
    """A member counts within its own dates and its check's; `n` never asks for more members than there are."""
    rule = AtLeast(2, (A, ref("b", validity=Validity(None, 15)), C))
    assert pieces(rule) == (
        Piece(BEGINNING, 10, AtLeast(2, (A, B))),
        Piece(10, 15, AtLeast(2, (A, B, C))),
        Piece(15, 20, AtLeast(2, (A, C))),
        Piece(20, FOREVER, AtLeast(1, (A,))),
    )


def test_none_left_is_not_monitored() -> None:
    """Where no member is present the service is there and not monitored."""
    assert pieces(AtLeast(None, (C,))) == (
        Piece(BEGINNING, 10, None),
        Piece(10, 20, AtLeast(1, (C,))),
        Piece(20, FOREVER, None),
    )


def test_between_provisions_it_is_not_in_service() -> None:
    """A service provided in two ways one after the other has nothing in between."""
    found = pieces(
        None, Provision("s", "c", A, validity=Validity(None, 5)), Provision("s", "c", B, validity=Validity(8, None))
    )
    assert found == (Piece(BEGINNING, 5, A), Piece(8, FOREVER, B))


def test_causes_are_what_counts() -> None:
    """A failed check whose impact is degraded is a cause of degradation and not of an outage."""
    rule = AtLeast(2, (A, ref("b", Impact.DEGRADED)))
    assert causes_of(rule, lambda id: True, down=True) == {"a"}
    assert causes_of(rule, lambda id: True, down=False) == {"a", "b"}
