"""Evidence files: the same digits anywhere, nothing altered unnoticed, one clear line for whatever is no such file."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from support.ledger_cases import chained
from support.observing import DOWN, MONTH, UP, observed, times

from ictss_monitor.availability.basis import (
    Basis,
    catalogue_of,
    digest_of_basis,
    holidays_of,
    recompute_from,
    zones_of,
)
from ictss_monitor.availability.books import Edge
from ictss_monitor.availability.evidence_file import from_text, to_text
from ictss_monitor.availability.periods import Period, parse
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.catalogue.problems import Source
from ictss_monitor.catalogue.terms import Scope, Window
from ictss_monitor.clock import DAY, HOUR, MINUTE
from ictss_monitor.errors import MonitorError, UsageError
from ictss_monitor.ledger.acts import Declare, EnterWindow, Extent, Imported
from ictss_monitor.ledger.chain import sha256
from ictss_monitor.ledger.codec import canonical
from ictss_monitor.probe import Outcome

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


def test_the_file_gives_its_basis_back() -> None:
    """All of it, exactly; and the same basis gives the same file."""
    held = basis()
    assert from_text(text_of(held)) == held
    assert text_of(from_text(text_of(held))) == text_of(held)


def test_a_stretch_between_two_instants_is_kept_exactly() -> None:
    """To the microsecond, with the name that it was given."""
    spec = Period("a week", MONTH.start + 1, MONTH.start + 7 * DAY)
    held = replace(basis(), spec=spec)
    assert from_text(text_of(held)).spec == spec


def test_the_figures_come_out_with_neither_secrets_nor_probes() -> None:
    """The website was down for five minutes, of which somebody said that one was none."""
    catalogue, table = recompute_from(from_text(text_of(basis())))
    row = table.row(Subject.SERVICE, "website", "ccc")
    assert row is not None
    assert row.figure.lost == 4 * MINUTE
    assert row.uncorrected is not None
    assert row.uncorrected.lost == 5 * MINUTE
    assert table.digest == catalogue.digest
    assert "TOKEN" in text_of(basis())


def test_bank_holidays_are_those_of_the_file() -> None:
    """What the library of another machine knows of them changes no digit: here a Monday is closed that is none."""
    table = recompute_from(basis())[1]
    row = table.row(Subject.SERVICE, "counter", "ccc")
    assert row is not None
    office_days = 22 - 1
    assert row.figure.measured == office_days * 10 * HOUR
    assert holidays_of(catalogue_of(basis()), MONTH.start, MONTH.end) == basis().holidays


def test_it_holds_no_figure() -> None:
    """Only names of what was observed, said and configured."""
    assert set(json.loads(text_of(basis()))["content"]) == {
        "format",
        "program",
        "period",
        "between",
        "seen_until",
        "now",
        "vantage",
        "sources",
        "bank_holidays",
        "zones",
        "runs",
        "imported",
        "ledger",
    }


RUNS = [(check, number) for check, runs in basis().runs.items() for number in range(len(runs))]


@pytest.mark.parametrize(("check", "number"), RUNS)
def test_any_run_altered_fails_the_digest_or_changes_the_digits(check: str, number: int) -> None:
    """Up made down or down made up: the file is refused, and if one insists, other figures come out."""

    def turn(content: dict[str, Any]) -> None:
        run = content["runs"][check][number]
        run[0] = "down" if run[0] == "up" else "up"

    with pytest.raises(UsageError, match="changed or damaged"):
        from_text(altered(turn, signed=False))
    insisted = from_text(altered(turn, signed=False), ignore_digest=True)
    assert recompute_from(insisted)[1] != recompute_from(basis())[1]
    assert evidence_of(insisted) != evidence_of(basis())


@pytest.mark.parametrize("field", [2, 3], ids=["begin", "end"])
@pytest.mark.parametrize(("check", "number"), [(check, 1) for check in ("web", "tel")])
def test_an_outage_moved_by_a_second_changes_the_exact_figure(check: str, number: int, field: int) -> None:
    """However little it is."""

    def move(content: dict[str, Any]) -> None:
        content["runs"][check][number][field] += 1_000_000

    insisted = from_text(altered(move, signed=False), ignore_digest=True)
    assert recompute_from(insisted)[1] != recompute_from(basis())[1]


def evidence_of(held: Basis) -> str:
    """Return the digest of what was observed."""
    return digest_of_basis(held, catalogue_of(held))


def test_an_entry_altered_breaks_the_chain_though_the_digest_be_made_anew() -> None:
    """Whoever can make a digest must also rewrite the ledger, and then its head is another one."""

    def alter(content: dict[str, Any]) -> None:
        content["ledger"][0]["act"]["extent"]["until"] += 4 * MINUTE

    with pytest.raises(UsageError, match="its ledger is not as it was written: entry 1 of the ledger was changed"):
        from_text(altered(alter))
    assert from_text(altered(alter), ignore_digest=True) != basis()


def test_other_time_zone_tables_are_told() -> None:
    """Where October has other instants than where the file was written, no figure is made."""

    def alter(content: dict[str, Any]) -> None:
        content["zones"]["Europe/London"][0] += HOUR

    with pytest.raises(UsageError, match="this machine's time zone tables differ"):
        recompute_from(from_text(altered(alter)))


NIGHT = Window(
    "night",
    "Work",
    Scope(),
    datetime(2026, 10, 4, 1),  # noqa: DTZ001  # local, as windows are
    datetime(2026, 10, 4, 5),  # noqa: DTZ001
    "Europe/London",
    None,
)


def with_window(window: Window) -> Callable[[dict[str, Any]], None]:
    """Return the change that enters a window into the ledger, with its chain in order."""

    def alter(content: dict[str, Any]) -> None:
        entered = replace(basis(), entries=chained([EnterWindow(window)]))
        content["ledger"] = json.loads(text_of(entered))["content"]["ledger"]

    return alter


def setting(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    """Return the change of one value."""

    def alter(content: dict[str, Any]) -> None:
        held: Any = content
        for key in path[:-1]:
            held = held[key]
        held[path[-1]] = to

    return alter


HOSTILE = {
    "another format": setting("format", to=2),
    "a period of no kind": setting("period", to="someday"),
    "a period of a thousand years": setting("between", to=[0, 1000 * 366 * DAY]),
    "a period that ends before it begins": setting("between", to=[DAY, 0]),
    "an instant without end": setting("now", to=10**300),
    "seen after now": setting("seen_until", to=MONTH.end + 2 * DAY),
    "a run that ends before it begins": setting("runs", "web", 1, 3, to=MONTH.start),
    "runs over each other": setting("runs", "web", 1, 2, to=MONTH.start),
    "a run of no observation": setting("runs", "web", 1, 4, to=0),
    "a run of a state that there is not": setting("runs", "web", 1, 0, to="sideways"),
    "a run too short": setting("runs", "web", 1, to=["up"]),
    "a check that nothing needs": setting("runs", "other", to=[]),
    "a figure put in": setting("figures", to={"website": "100 %"}),
    "a fraction of a microsecond": setting("now", to=1.5),
    "a catalogue that is none": setting("sources", to={"estate.yaml": "councils: ["}),
    "no calendar": setting("bank_holidays", to={}),
    "an import of a state that there is not": setting("imported", 0, "state", to="sideways"),
    "an import that ends before it begins": setting("imported", 0, "until", to=0),
    "an import in the year 300,000": setting("imported", 0, "until", to=10**19),
    "an act that there is not": setting("ledger", 0, "act", to={"act": "forgive"}),
    "an act without end": setting("ledger", 0, "act", "extent", "until", to=10**30),
    "a window every second": with_window(replace(NIGHT, rrule="FREQ=SECONDLY")),
    "a window that never comes again": with_window(replace(NIGHT, rrule="FREQ=DAILY;INTERVAL=0")),
    "a window of a zone that there is not": with_window(replace(NIGHT, zone="../../etc/passwd")),
    "a window of a year": with_window(replace(NIGHT, end=datetime(2027, 10, 4))),  # noqa: DTZ001
    "a window at the end of time": with_window(
        replace(NIGHT, begin=datetime(9999, 12, 31, 1), end=datetime(9999, 12, 31, 5))  # noqa: DTZ001
    ),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("ignore_digest", [False, True])
def test_whatever_is_out_of_order_is_told_in_one_line(
    change: Callable[[dict[str, Any]], None], ignore_digest: bool
) -> None:
    """Even where its digest is right: who made the file may be anybody."""
    file = json.loads(text_of(basis()))
    change(file["content"])
    text = json.dumps(file) if ignore_digest else signed(file)
    with pytest.raises(MonitorError) as refused:
        recompute_from(from_text(text, ignore_digest=ignore_digest))
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


def signed(file: dict[str, Any]) -> str:
    """Return a file with the digest of what it says, where it can have one."""
    with suppress(TypeError):
        file["digest"] = sha256(canonical(file["content"]))
    return json.dumps(file)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        "[" * 100_000,
        '{"content": {}, "digest": ""}',
        '{"content": {"a": NaN}, "digest": ""}',
    ],
    ids=["empty", "text", "list", "nothing", "deep", "empty content", "not a number"],
)
def test_what_is_no_file_of_evidence_is_told_in_one_line(text: str) -> None:
    """Not in a traceback."""
    with pytest.raises(UsageError, match="this is no file of evidence") as refused:
        from_text(text)
    assert "\n" not in str(refused.value)


def test_a_window_of_the_ledger_counts() -> None:
    """One that was entered in time takes what it is over out of the figure."""
    night = replace(NIGHT, begin=datetime(2026, 10, 6, 0), end=datetime(2026, 10, 6, 1))  # noqa: DTZ001
    held = replace(
        basis(), entries=chained([EnterWindow(replace(night, scope=Scope(services=frozenset({"website"}))))])
    )
    row = recompute_from(from_text(text_of(held)))[1].row(Subject.SERVICE, "website", "ccc")
    assert row is not None
    assert (row.figure.maintenance, row.figure.lost) == (HOUR, 0)
