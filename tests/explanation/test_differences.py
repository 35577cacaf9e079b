"""Differences between two tables of figures: what appears, what disappears, and what a figure was and is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from ictss_monitor.availability.figure import Figure, Shares
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.outage_count import OutageCount
from ictss_monitor.availability.periods import parse
from ictss_monitor.availability.standing import Standing
from ictss_monitor.availability.targets import Rating
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.catalogue.terms import Policy
from ictss_monitor.clock import MINUTE
from ictss_monitor.explanation.differences import Difference, differences

MEASURED = 10_000 * MINUTE


def figure(lost: int, third_party: int = 0) -> Figure:
    """Return the figure of 10,000 minutes of which some were lost."""

    def shares(lost: int) -> Shares:
        return Shares(1 - Fraction(lost, MEASURED), Fraction(0), Fraction(1))

    return Figure(
        gross=shares(lost),
        net=shares(lost - third_party),
        projected=None,
        measured=MEASURED,
        unknown=0,
        future=0,
        maintenance=0,
        outside=0,
        lost=lost,
        surely_lost=lost,
        maybe_lost=lost,
        planned=0,
        forgiven=0,
        third_party=third_party,
        council_site=0,
        undetermined=0,
        degraded=0,
        minimum_coverage=Fraction(0),
    )


ROW = KpiRow(
    subject=Subject.SERVICE,
    id="mail",
    name="Email",
    council="ccc",
    period=parse("2026-10").within("Europe/London"),
    standing=Standing.MEASURED,
    hosted_externally=False,
    combine=None,
    policy=Policy("standard", "Standard"),
    members=1,
    with_figure=1,
    figure=figure(10 * MINUTE),
    pooled=figure(10 * MINUTE),
    uncorrected=None,
    months=None,
    target=Fraction(999, 1000),
    met=True,
    rating=Rating.GREEN,
    budget=0,
    burn=None,
    outages=OutageCount(0, 0, 0, runs_on=False),
    between=None,
    measured_from=None,
)


def table(*rows: KpiRow) -> KpiTable:
    """Return the table of these lines."""
    return KpiTable("2026-10", 0, "", rows)


def text(before: KpiRow, after: KpiRow) -> list[str]:
    """Return the differences of two lines in words."""
    return [each.text for each in differences(table(before), table(after))]


def test_the_same_is_no_difference() -> None:
    """Neither is what only tells when a table was made, or how many outages there were."""
    assert text(ROW, ROW) == []
    assert text(ROW, replace(ROW, outages=OutageCount(3, 9, 3, runs_on=False))) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"figure": figure(20 * MINUTE)}, "Email for ccc: 99.90 % -> 99.80 %; lost 10 min -> 20 min"),
        (
            {"figure": figure(10 * MINUTE, 5 * MINUTE)},
            "Email for ccc: still 99.90 %; net 99.90 % -> 99.95 %; lost to third parties 0 s -> 5 min",
        ),
        (
            {"target": Fraction(9995, 10_000), "rating": Rating.RED},
            "Email for ccc: still 99.90 %; target 99.90 % -> 99.95 %; verdict green -> red",
        ),
        (
            {"target": None, "rating": None},
            "Email for ccc: still 99.90 %; target 99.90 % -> none; verdict green -> none",
        ),
        ({"policy": Policy("cut", "Cut")}, "Email for ccc: still 99.90 %; policy standard -> cut"),
        ({"standing": Standing.NOT_PROVIDED}, "Email for ccc: 99.90 % -> N/A"),
        ({"figure": figure(10 * MINUTE + 1)}, "Email for ccc: 99.90 % -> 99.899 %"),
        (
            {"figure": figure(10 * MINUTE - 1), "target": None, "rating": None},
            "Email for ccc: still 99.90 %; target 99.90 % -> none; verdict green -> none",
        ),
    ],
)
def test_what_became_different_is_told(changed: dict[str, object], told: str) -> None:
    """The figure first, then what of it changed; on one line."""
    assert text(ROW, replace(ROW, **changed)) == [told]  # type: ignore[arg-type]


def test_what_printed_digits_do_not_show() -> None:
    """A difference of a microsecond is one, and is said to be smaller than what is printed."""
    open_row = replace(ROW, target=None, rating=None)
    assert text(open_row, replace(open_row, figure=figure(10 * MINUTE - 1))) == [
        "Email for ccc: still prints 99.90 %, but the exact share changes"
    ]


def test_lines_that_come_and_go() -> None:
    """They are told with their figure, what disappears last, by the name that a person knows."""
    basket = replace(ROW, subject=Subject.BASKET, id="kpi", name="Headline", council=None)
    council = replace(ROW, subject=Subject.COUNCIL, id="ccc", name="Cambridge")
    found = differences(table(basket), table(ROW, council))
    assert [each.text for each in found] == [
        "Email for ccc: appears, 99.90 %",
        "Cambridge (council): appears, 99.90 %",
        "Headline (basket) for all councils: disappears, was 99.90 %",
    ]
    assert found[0].aspects == ()


def test_whether_there_is_a_figure() -> None:
    """What nobody measured, before or after, is no figure that could change."""
    nothing = replace(ROW, figure=replace(ROW.figure, gross=Shares(None, None, None)))
    assert Difference(nothing, ROW).has_figure
    assert not Difference(nothing, None).has_figure
