"""Quick runs while a change is being confirmed, and no more of them than that takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.probe import Outcome
from ictss_monitor.probing.retries import Retries

SIGNS = {"u": Outcome.UP, "g": Outcome.DEGRADED, "d": Outcome.DOWN, "?": Outcome.UNKNOWN}


def quick(findings: str, fall: int = 3, rise: int = 2) -> str:
    """Return for each finding whether a quick run follows (!) or the grid decides (.)."""
    retries = Retries(fall, rise)
    return "".join("!" if retries.soon(SIGNS[sign]) else "." for sign in findings)


def test_a_check_that_is_up_follows_its_grid() -> None:
    """Nothing pending, nothing hurried."""
    assert quick("uuuu") == "...."


def test_an_outage_is_confirmed_by_quick_runs() -> None:
    """The first failure brings on quick runs until `fall` failures in a row confirm it."""
    assert quick("uddddd") == ".!!..."


def test_a_recovery_is_confirmed_by_quick_runs() -> None:
    """The first good finding after an outage brings on quick runs until `rise` in a row confirm its end."""
    assert quick("dddduuu") == "!!..!.."


def test_one_good_finding_ends_a_suspicion() -> None:
    """A failure that does not last costs one quick run."""
    assert quick("uduu") == ".!.."


def test_down_and_not_up_are_confirmed_apart() -> None:
    """From degraded to down is a change of its own."""
    assert quick("ugggddduu") == ".!!.!!.!."


def test_unknown_findings_hurry_nothing_and_forget_nothing() -> None:
    """After an unknown finding the grid decides; the failures before and after it are in a row."""
    assert quick("ud?d?d") == ".!.!.."


def test_with_fall_and_rise_of_one_nothing_is_ever_pending() -> None:
    """What one finding confirms needs no second."""
    assert quick("udgudu", fall=1, rise=1) == "......"


def test_endless_flapping_exhausts_the_quick_runs() -> None:
    """Where something is always pending, `fall + rise` quick runs are followed by the grid until it is settled."""
    assert quick("ggg" + "ud" * 8 + "uuu", fall=3, rise=2) == "!!." + "!!!!!" + 11 * "." + "..."
    assert quick("ggg" + "ud" * 8 + "uu" + "gg", fall=3, rise=2)[-2:] == "!!"


@given(st.text("ugd?", max_size=60), st.integers(1, 4), st.integers(1, 4))
def test_quick_runs_in_a_row_are_bounded(findings: str, fall: int, rise: int) -> None:
    """Never more than `fall + rise` quick runs come in a row."""
    assert "!" * (fall + rise + 1) not in quick(findings, fall, rise)


@given(st.text("ud", max_size=60), st.integers(1, 4), st.integers(1, 4))
def test_a_quick_run_follows_exactly_where_confirmation_is_pending(findings: str, fall: int, rise: int) -> None:
    """For up and down alone: pending is a tail of contrary findings, shorter than what confirms them."""
    expected, failed, begin = "", False, 0
    for index, sign in enumerate(findings):
        if (sign == "d") == failed:
            begin = index + 1
        elif index + 1 - begin >= (rise if failed else fall):
            failed, begin = not failed, index + 1
        expected += "!" if index + 1 > begin else "."
    assert quick(findings, fall, rise) == expected
