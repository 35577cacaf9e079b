"""A month of evidence made by hand, and the file of it, as it is or altered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from support.ledger_cases import chained
from support.observing import DOWN, MONTH, UP, observed, times

from ictss_monitor.availability.books import Edge
from ictss_monitor.availability.periods import parse
from ictss_monitor.catalogue.problems import Source
from ictss_monitor.catalogue.terms import Scope, Window
from ictss_monitor.clock import DAY, HOUR, MINUTE
from ictss_monitor.ledger.acts import Declare, Extent, Imported
from ictss_monitor.ledger.chain import sha256
from ictss_monitor.ledger.codec import canonical
from ictss_monitor.probe import Outcome
from ictss_monitor.statements.basis import (
    Basis,
    catalogue_of,
    zones_of,
)
from ictss_monitor.statements.evidence_file import to_text

TEXT = """\
settings: {store: "env:STORE_URL"}
councils: {ccc: {name: City}}
calendars:
  office: {hours: {mon-fri: "08:00-18:00"}, bank_holidays: [england]}
checks:
  web: {probe: http, address: "https://example.org", interval: 30s, fall: 2, rise: 2,
        options: {headers: {authorization: "env:TOKEN"}}}
  tel: {probe: telephone-exchange-of-a-third-party, address: "10.0.0.1", interval: 30s, fall: 2, rise: 2}
services:
  website: {name: Website, councils: [ccc], rule: web}
  phones: {name: Telephones, councils: [ccc], rule: tel}
  counter: {name: Counter, councils: [ccc], rule: {any: [web, tel]}, hours: office}
targets:
  - {service: website, percent: 99.9}
"""
BROKE = MONTH.start + 5 * DAY


def basis(text: str = TEXT) -> Basis:
    """Return October, in which the website and the exchange were down for a while, and somebody said something."""
    spec = parse("2026-10")
    web = observed("web", MONTH.start - HOUR, (UP, times(5 * DAY + HOUR)), (DOWN, 10), (UP, times(27 * DAY)))
    tel = observed("tel", MONTH.start - HOUR, (UP, times(4 * DAY)), (DOWN, times(2 * DAY)), (UP, times(26 * DAY)))
    held = Basis(
        spec=spec,
        edge=Edge(MONTH.end + DAY, MONTH.end + DAY),
        sources=(Source("estate.yaml", text),),
        holidays={"office": (frozenset({date(2026, 10, 5)}),)},
        zones={},
        runs={"web": tuple(web), "tel": tuple(tel)},
        imported=(Imported("website", "ccc", MONTH.start - DAY, MONTH.start, Outcome.UP),),
        entries=chained([Declare(Extent("website", "ccc", BROKE, BROKE + MINUTE), UP)]),
    )
    return replace(held, zones=zones_of(catalogue_of(held), spec))


def text_of(held: Basis) -> str:
    """Return the file of a basis."""
    return to_text(held, "local", "ictss-monitor 1")


def altered(change: Callable[[dict[str, Any]], None], *, signed: bool = True) -> str:
    """Return the file after a change of its content, by one who can work out digests where it is `signed`."""
    file = json.loads(text_of(basis()))
    change(file["content"])
    if signed:
        file["digest"] = sha256(canonical(file["content"]))
    return json.dumps(file)


NIGHT = Window(
    "night",
    "Work",
    Scope(),
    datetime(2026, 10, 4, 1),  # noqa: DTZ001  # local, as windows are
    datetime(2026, 10, 4, 5),  # noqa: DTZ001
    "Europe/London",
    None,
)
