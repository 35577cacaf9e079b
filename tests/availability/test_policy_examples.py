"""The worked example of policies in docs/figures.md: one month, counted on each of the terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import pytest
from support.paper_tables import LONDON, by_council, checks_of, local, row, table
from support.timelines import catalogue

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.periods import parse
from ictss_monitor.availability.printing import percent
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.catalogue.terms import STANDARD, Policy, Scope, Window, WindowsCount
from ictss_monitor.clock import DAY, MINUTE

DOWN = {"web-ccc": {"2026-09-10T09:00": 30, "2026-09-20T01:00": 30}}
SLOW = {"web-ccc": {"2026-09-15T09:00": 100}}
WORK = Window(
    "work",
    "Patches",
    Scope(services=frozenset({"web"})),
    datetime(2026, 9, 20, 1),  # noqa: DTZ001  # local, as windows are
    datetime(2026, 9, 20, 5),  # noqa: DTZ001
    LONDON,
    announced=local("2026-09-13T01:00"),
)


def figure(**said: object) -> Figure:
    """Return the figure of September 2026: 60 minutes down, 30 of them in a window of 240, and 100 degraded."""
    services = [by_council("web", ["ccc"])]
    policy = Policy(STANDARD, "This", **said)  # type: ignore[arg-type]
    held = replace(catalogue(services, ["ccc"]), checks=checks_of(services), policies={STANDARD: policy})
    made = table(held, DOWN, parse("2026-09"), slow=SLOW, windows=[WORK])
    return row(made, Subject.SERVICE, "web", "ccc").figure


@pytest.mark.parametrize(
    ("said", "lost", "measured", "printed"),
    [
        ({}, 30, 42_960, "99.9302"),
        ({"maintenance": WindowsCount.UP}, 30, 43_200, "99.9306"),
        ({"maintenance": WindowsCount.DOWN}, 60, 43_200, "99.8611"),
        ({"degraded": Fraction(1)}, 130, 42_960, "99.6974"),
        ({"degraded": Fraction(1, 4)}, 55, 42_960, "99.8720"),
        ({"notice": 14 * DAY}, 60, 43_200, "99.8611"),
    ],
)
def test_the_example_of_each_policy(said: dict[str, object], lost: int, measured: int, printed: str) -> None:
    """What the page says is lost, measured and printed."""
    made = figure(**said)
    assert (made.lost, made.measured) == (lost * MINUTE, measured * MINUTE)
    assert made.value is not None
    assert percent(made.value, None, Policy("", "", decimals=4)) == printed


@pytest.mark.parametrize(
    ("how", "forgiven", "planned"),
    [(WindowsCount.EXCLUDE, 30, 0), (WindowsCount.UP, 30, 0), (WindowsCount.DOWN, 0, 30)],
)
def test_what_windows_forgave_is_told_beside(how: WindowsCount, forgiven: int, planned: int) -> None:
    """Forgiven where it is not lost, planned where it is."""
    made = figure(maintenance=how)
    assert (made.forgiven, made.planned) == (forgiven * MINUTE, planned * MINUTE)
