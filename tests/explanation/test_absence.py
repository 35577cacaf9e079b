"""Why there is no figure: said in a sentence, where it is printed or where nothing can be."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from support.explanations import END, HELD, START, explained
from support.timelines import catalogue, watched

from ictss_monitor.availability.periods import Period, parse
from ictss_monitor.availability.reckoning import Key
from ictss_monitor.catalogue.model import Area, Council, Provision, Service, Subject
from ictss_monitor.catalogue.terms import (
    STANDARD,
    Policy,
)
from ictss_monitor.catalogue.validity import Validity
from ictss_monitor.clock import DAY, HOUR
from ictss_monitor.errors import PeriodError, UsageError


@pytest.mark.parametrize(
    ("provision", "told"),
    [
        (None, "HDC does not have Web; N/A is not 100 %."),
        (
            Provision("web", "hdc", None, validity=Validity(since=END)),
            "HDC has Web from 1 November 2026, not in this period.",
        ),
        (
            Provision("web", "hdc", None, hosted_externally=True, supplier="Northgate"),
            "Web of HDC is run by Northgate, and nothing here watches it; N/A is not 100 %.",
        ),
        (Provision("web", "hdc", None), "HDC has Web, and no check watches it: all of its time is unknown."),
    ],
)
def test_why_there_is_no_figure(provision: Provision | None, told: str) -> None:
    """A council without the service, or where nobody watches it, is told so."""
    provisions = {**HELD.services["web"].provisions, **({"hdc": (provision,)} if provision else {})}
    held = catalogue([Service("web", "Web", provisions)], ["ccc", "hdc"])
    assert explained(held, Key(Subject.SERVICE, "web", "hdc")).why_not == told


def test_a_figure_below_its_minimum_coverage_says_why_it_is_not_shown() -> None:
    """Where too little was watched, that is the reason why only the bounds are given."""
    held = replace(HELD, policies={STANDARD: Policy(STANDARD, "Standard", minimum_coverage=Fraction(2))})
    assert explained(held).why_not.startswith("Too little of the time was watched")


def test_an_area_without_a_figure_says_so_of_its_members() -> None:
    """Where a council has nothing of it, or nothing of it was seen, that is told of the area's members."""
    services = [watched("web", ["ccc"])]
    held = catalogue(services, ["ccc", "hdc"], areas=[Area("net", "Net", ("web",))])
    found = explained(held, Key(Subject.AREA, "net", "hdc"))
    assert found.why_not == "Nothing that Net is made of was in service in this period."
    assert (found.row.text, found.digits) == ("N/A", None)


def test_the_figure_of_a_council() -> None:
    """A council's figure is the mean of its services'."""
    held = catalogue([watched("web", ["ccc"]), watched("mail", ["ccc"])])
    found = explained(held, Key(Subject.COUNCIL, "ccc", "ccc"))
    assert [part.name for part in found.parts] == ["Web, CCC", "Mail, CCC"]
    assert (found.name, found.council) == ("CCC", "CCC")


def test_a_sealed_month_stands_in_the_mean_as_it_was_sealed() -> None:
    """Its sealed figure is one of those that the mean is made of; a month without the thing is none of them."""
    year = parse("2026")
    whole = year.within("Europe/London")
    area = Area("net", "Net", ("web",), validity=Validity(since=START))
    held = catalogue([watched("web", ["ccc"])], areas=[area])
    key = Key(Subject.AREA, "net", None)
    sealed = explained(held, key).row.figure
    found = explained(held, key, spec=year, now=whole.end, down=(), sealed_months={"2026-10": {key: sealed}})
    assert [part.name for part in found.parts] == ["2026-10, as sealed", "2026-11", "2026-12"]
    assert found.row.figure.value == 1 - Fraction(1, 745) / 3


def test_an_area_that_is_not_there_yet() -> None:
    """An area that begins later has no line, whoever it is asked for."""
    held = catalogue([watched("web", ["ccc"])], areas=[Area("net", "Net", ("web",), validity=Validity(since=END))])
    for council in ("ccc", None):
        with pytest.raises(UsageError, match="Net has no figure in 2026-10: it is there from 1 November 2026"):
            explained(held, Key(Subject.AREA, "net", council))


def test_a_council_that_is_not_there_yet() -> None:
    """A council that joins later has no line at all: who asks is told from when on."""
    councils = [Council("ccc", "CCC", "Europe/London", Validity(since=END))]
    with pytest.raises(UsageError, match="CCC has no figures in 2026-10: it is a council from 1 November 2026"):
        explained(catalogue([watched("web", ["ccc"])], councils))


def test_a_service_that_is_not_there_any_more() -> None:
    """A service that ended before the period has no line either."""
    held = replace(HELD, services={"web": replace(HELD.services["web"], validity=Validity(until=START + HOUR))})
    spec = Period("later", START + DAY, START + 2 * DAY)
    with pytest.raises(UsageError, match="Web has no figure in later: it is there until 01:00 on 1 October 2026"):
        explained(held, spec=spec)


def test_a_period_that_has_not_begun() -> None:
    """Of the future there is nothing to explain."""
    with pytest.raises(PeriodError, match="period 2026-10 has not begun yet"):
        explained(HELD, now=START)
