"""Accounts and figures of timelines made by hand: what the arithmetic is tested with."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ictss_monitor.availability import kpi
from ictss_monitor.availability.account import Account
from ictss_monitor.availability.classes import Classes, ServiceTime, divide, whole
from ictss_monitor.availability.combine import Member, member_of
from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.kpi import KpiTable
from ictss_monitor.availability.periods import Period, PeriodSpec
from ictss_monitor.availability.reckoning import Books, policies_of, terms_of
from ictss_monitor.availability.totals import Totals, totals_of
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import Policy
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.intervals import IntervalSet
from ictss_monitor.judging.timeline import ServiceTimeline

PLAIN = Policy("plain", "Plain")
Lines = Mapping[tuple[str, str], ServiceTimeline]
"""Timelines by (service, council)."""


def policy(**said: object) -> Policy:
    """Return a policy that says this and nothing else."""
    return Policy("this", "This", **said)  # type: ignore[arg-type]


def classes(
    line: ServiceTimeline,
    period: Period,
    now: Instant,
    in_service: IntervalSet | None = None,
    by: Policy = PLAIN,
) -> Classes:
    """Return the classes of a service of which nothing but its timeline is known."""
    served = whole(period) if in_service is None else ServiceTime(in_service, in_service)
    return divide(Account(line), served, period, now, by)


def totals(line: ServiceTimeline, period: Period, now: Instant, in_service: IntervalSet | None = None) -> Totals:
    """Return how long each class of a service was."""
    return totals_of(classes(line, period, now, in_service), period.length)


def member(
    line: ServiceTimeline, period: Period, now: Instant, by: Policy = PLAIN, resolution: Duration | None = None
) -> Member:
    """Return a service as a member of a combination."""
    return member_of(classes(line, period, now, by=by), period.length, by, resolution)


def figure(line: ServiceTimeline, period: Period, now: Instant, minimum: Fraction = PLAIN.minimum_coverage) -> Figure:
    """Return the figure of a service."""
    return member(line, period, now, policy(minimum_coverage=minimum)).figure


def books(catalogue: Catalogue, lines: Lines) -> Books:
    """Return the books in which each service has this timeline and nothing beside it."""
    accounts = {key: Account(line) for key, line in lines.items()}
    return {terms_of(each): accounts for each in policies_of(catalogue).values()}


def kpi_table(catalogue: Catalogue, lines: Lines, spec: PeriodSpec, now: Instant) -> KpiTable:
    """Return the table of figures of these timelines."""
    return kpi.kpi_table(catalogue, books(catalogue, lines), spec, now)
