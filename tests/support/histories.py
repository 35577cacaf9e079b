"""A small estate for tests of imports, and short ways to write down files and read them."""

from __future__ import annotations

from support.catalogues import catalogue

from ictss_monitor.availability.periods import instant_of
from ictss_monitor.clock import Instant
from ictss_monitor.importing.estate import Estate
from ictss_monitor.importing.outages import COLUMNS, NEEDED, Declared, read_outages
from ictss_monitor.importing.problems import Problem
from ictss_monitor.importing.records import read_csv
from ictss_monitor.ledger.acts import Imported

LONDON = "Europe/London"
CATALOGUE = """\
councils:
  fenshire: {name: Fenshire}
  wolds: {name: Wolds}
  overseas: {name: Overseas, zone: America/New_York}
sites: {depot: {name: Depot}}
checks:
  web: {probe: tcp, address: "192.0.2.1:80", options: {port: 80}, site: depot, interval: 30s}
services:
  website: {name: Website, councils: [fenshire, wolds, overseas], rule: web}
  mail: {name: Mail, councils: [fenshire], rule: web}
"""
HEADER = ",".join(COLUMNS)


def estate() -> Estate:
    """Return the estate of CATALOGUE."""
    return Estate(catalogue(CATALOGUE))


def at(text: str, zone: str = LONDON) -> Instant:
    """Return the instant of a local time."""
    return instant_of(text, zone)


NOW = at("2026-11-21T12:00")
OCTOBER = Declared("2024-10-01T00:00", "2024-11-01T00:00")


def read(
    *lines: str, header: str = HEADER, declared: Declared = OCTOBER, now: Instant = NOW
) -> tuple[list[Imported], list[Problem]]:
    """Return what a CSV of `lines` under `header` holds, and what is wrong with it."""
    contents = read_csv("\n".join([header, *lines]), COLUMNS, NEEDED)
    rows, problems = read_outages(contents.records, estate(), declared, now)
    return rows, contents.problems + problems


def told(*lines: str, header: str = HEADER, declared: Declared = OCTOBER, now: Instant = NOW) -> list[tuple[int, str]]:
    """Return what is wrong with such a file, as line and words."""
    return [
        (problem.line, problem.text) for problem in sorted(read(*lines, header=header, declared=declared, now=now)[1])
    ]
