"""Confirmation: when observations become an outage or a recovery."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.judging_cases import D, G, U, X, check, observations, runs_of, series

from ictss_monitor.judging.confirm import History, Stretch, anchor_count
from ictss_monitor.judging.evidence import Run
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Outcome, Reason


def history(text: str, fall: int = 3, rise: int = 2) -> History:
    """Fold a text of outcomes, one every 3 microseconds."""
    made = History.of(check(fall=fall, rise=rise))
    for each in observations("a", text):
        made.fold(each.finding.outcome, each.instant, each.instant, 1)
    return made


def now(text: str, fall: int = 3, rise: int = 2) -> Outcome:
    """Return what is held right after the last observation."""
    return history(text, fall, rise).state(3 * (len(text) - 1))


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("UDD", U),
        ("UDDD", D),
        ("UDDUDD", U),
        ("UDDDU", D),
        ("UDDDUU", U),
        ("UDDDUDU", D),
        ("UGGG", G),
        ("UGDG", G),
        ("UDGDD", G),
        ("UDDDGG", G),
        ("UDDDGU", G),
        ("UDDDGUU", U),
    ],
)
def test_fall_and_rise(text: str, state: Outcome) -> None:
    """Three failures in a row confirm, two good ones recover, separately for "not up" and for "down"."""
    assert now(text) is state


@pytest.mark.parametrize(("text", "state"), [("UDXDXD", D), ("UDXDXXD", D), ("UDDDUXU", U), ("UDDXUDD", U)])
def test_unknown_neither_counts_nor_resets(text: str, state: Outcome) -> None:
    """Unknown observations between failures neither add to their count nor set it back."""
    assert now(text) is state


def test_a_gap_neither_counts_nor_resets() -> None:
    """Silence between failures is like unknown observations."""
    assert now("UDD........D") is D


@pytest.mark.parametrize(
    ("text", "state"), [("U", U), ("D", X), ("DD", X), ("DDD", D), ("DU", U), ("GG", X), ("DG", X)]
)
def test_before_anything_is_known(text: str, state: Outcome) -> None:
    """A first good observation counts at once; failures are unknown until they are confirmed."""
    assert now(text) is state


def test_down_or_degraded_is_not_guessed() -> None:
    """Confirmed not up, but not yet down or not down: unknown until that is known too."""
    held = history("DDG", fall=3)
    assert (held.not_up.held, held.down.held) == (True, False)
    assert held.state(6) is G
    assert history("GD", fall=2).state(3) is G


def test_an_outage_keeps_four_instants() -> None:
    """Last good before, first failure, last failure, first good of the confirmed recovery."""
    assert history("UDDDUDUU").down.past == [Stretch(0, 3, 15, 18, confirmed=True)]


def test_failures_too_few_are_kept_as_doubt() -> None:
    """Failures that were not confirmed are a stretch from good to good, and no outage."""
    assert history("UDDU").down.past == [Stretch(0, 3, 6, 9, confirmed=False)]


@given(series("a", most=25), st.integers(1, 4), st.integers(1, 4))
def test_runs_and_observations_give_the_same(seen: list[Observation], fall: int, rise: int) -> None:
    """To fold runs or the observations in them gives the same history."""
    held = check(fall=fall, rise=rise)
    one, other = History.of(held), History.of(held)
    for each in seen:
        one.fold(each.finding.outcome, each.instant, each.instant, 1)
    for run in runs_of(held, seen):
        other.fold_run(run)
    assert list(one.down.stretches()) == list(other.down.stretches())
    assert list(one.not_up.stretches()) == list(other.not_up.stretches())
    assert (one.holes, one.last_known, one.dark) == (other.holes, other.last_known, other.dark)
    assert [one.state(at) for at in range(100)] == [other.state(at) for at in range(100)]


@given(series("a", most=10), st.sampled_from([U, D, G]), series("a", most=10), st.integers(1, 3), st.integers(1, 3))
def test_an_anchor_settles_what_came_before(
    before: list[Observation], outcome: Outcome, after: list[Observation], fall: int, rise: int
) -> None:
    """From a run of `anchor_count` observations on, judging needs nothing that came before it."""
    held = check(fall=fall, rise=rise)
    count = anchor_count(held)
    anchor = Run("a", "local", outcome, Reason.OK, 200, 200 + 3 * (count - 1), count, 3)
    whole, short = History.of(held), History.of(held)
    for run in runs_of(held, before):
        whole.fold_run(run)
    for history in (whole, short):
        history.fold_run(anchor)
        for each in after:
            at = each.instant + 300
            history.fold(each.finding.outcome, at, at, 1)
    assert (whole.down.held, whole.not_up.held) == (short.down.held, short.not_up.held)
    assert (whole.down.streak, whole.not_up.streak) == (short.down.streak, short.not_up.streak)
