"""The file of evidence: the basis of a period's figures as one JSON text, with the digest of all that at its end.

It holds what was observed and what people said of it, and no figure. Whoever reads one may have it from anybody, so
every value is checked and bounded before it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import PurePath
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from ictss_monitor.availability.books import Edge
from ictss_monitor.availability.periods import Period, PeriodSpec, parse, zone_of
from ictss_monitor.catalogue.problems import Source
from ictss_monitor.catalogue.recurrence import recurrence, trouble
from ictss_monitor.catalogue.terms import Window
from ictss_monitor.clock import DAY
from ictss_monitor.errors import UsageError
from ictss_monitor.judging.evidence import Run
from ictss_monitor.ledger.acts import EnterWindow, Entry, Imported
from ictss_monitor.ledger.chain import sha256, verify
from ictss_monitor.ledger.codec import act_from_json, act_to_json, canonical, row_from_json, row_to_json
from ictss_monitor.probe import Outcome, Reason
from ictss_monitor.statements.basis import Basis

FORMAT: Final = 1
LATEST: Final = 9990 * 366 * DAY
"""No instant is later, nor any duration longer."""
LONGEST_PERIOD: Final = 20 * 366 * DAY
FIRST_YEAR, LAST_YEAR = 1971, 9990
"""Of maintenance windows."""

Moment: TypeAlias = Annotated[int, Field(ge=-LATEST, le=LATEST)]
Length: TypeAlias = Annotated[int, Field(ge=0, le=LATEST)]
Count: TypeAlias = Annotated[int, Field(ge=1, le=LATEST)]
Text: TypeAlias = Annotated[str, Field(max_length=100_000)]
RunRow: TypeAlias = tuple[Outcome, Reason, Moment, Moment, Count, Length]
"""Outcome, reason, first, last, count, longest gap: see `Run`."""
Data: TypeAlias = dict[str, Any]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of the ledger; `act` as `act_to_json` writes it."""

    seq: Count
    at: Moment
    who: Text
    why: Text
    approver: Text | None
    act: Data
    previous: Text
    hash: Text


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Content:
    """What the file says; instants in microseconds, UTC."""

    format: Literal[1]
    program: Text
    """What wrote it, with its version."""
    period: Text
    between: tuple[Moment, Moment] | None
    """Begin and end of a period that is no month, quarter, half or year; its name says nothing then."""
    seen_until: Moment
    now: Moment
    vantage: Text
    sources: dict[str, str]
    """The catalogue's texts by the name of the file."""
    bank_holidays: dict[str, tuple[tuple[date, ...], ...]]
    """By calendar, of each of its versions."""
    zones: dict[str, tuple[Moment, Moment]]
    runs: dict[str, tuple[RunRow, ...]]
    imported: tuple[Data, ...]
    ledger: tuple[EntryRow, ...]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class _File:
    content: Data
    digest: str


_CONTENT: Final = TypeAdapter(Content)
_FILE: Final = TypeAdapter(_File)


def to_text(basis: Basis, vantage: str, program: str) -> str:
    """Return the text of the file, on one line; the same for the same basis. `vantage` is whose runs they are."""
    spec = basis.spec
    content = Content(
        format=FORMAT,
        program=program,
        period=spec.label,
        between=(spec.start, spec.end) if isinstance(spec, Period) else None,
        seen_until=basis.edge.seen_until,
        now=basis.edge.now,
        vantage=vantage,
        sources={PurePath(source.name).name: source.text for source in basis.sources},
        bank_holidays={id_: tuple(tuple(sorted(days)) for days in each) for id_, each in basis.holidays.items()},
        zones=dict(basis.zones),
        runs={check: tuple(map(_run_row, runs)) for check, runs in basis.runs.items()},
        imported=tuple(map(row_to_json, basis.imported)),
        ledger=tuple(map(_entry_row, basis.entries)),
    )
    said = canonical(_CONTENT.dump_python(content, mode="json"))
    return f'{{"content":{said},"digest":"{sha256(said)}"}}\n'


def _run_row(run: Run) -> RunRow:
    return run.outcome, run.reason, run.first, run.last, run.count, run.longest_gap


def _entry_row(entry: Entry) -> EntryRow:
    act = act_to_json(entry.act)
    return EntryRow(entry.seq, entry.at, entry.who, entry.why, entry.approver, act, entry.previous, entry.hash)


def from_text(text: str, *, ignore_digest: bool = False) -> Basis:
    """Return the basis that `to_text` wrote.

    Raises UsageError, in one line, for a file that is none, that was changed since it was written, or in which
    anything is out of order. With `ignore_digest` neither the file's digest nor the ledger's hashes need be right.
    """
    try:
        held = _FILE.validate_json(text, strict=True)
        said = canonical(held.content)
        content = _CONTENT.validate_json(said, strict=True)
    except ValidationError as error:
        raise UsageError(f"this is no file of evidence that this program can read: {_first(error)}") from None
    except TypeError:
        raise UsageError("this is no file of evidence: it has a number that is not whole") from None
    if not ignore_digest and held.digest != sha256(said):
        raise UsageError("its digest is not that of what it says: it was changed or damaged since it was written")
    return _basis(content, check_chain=not ignore_digest)


def _first(error: ValidationError) -> str:
    """Return the first thing that is wrong, and where; nothing of what stands there."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(key)[:60] for key in found["loc"][:4])
    return f"{place}: {found['msg']}" if place else found["msg"]


def _basis(content: Content, *, check_chain: bool) -> Basis:
    if content.seen_until > content.now:
        raise _wrong("seen_until is after now")
    entries = tuple(map(_entry, content.ledger))
    faults = verify(entries)
    if faults and check_chain:
        raise UsageError(f"its ledger is not as it was written: {faults[0]}")
    return Basis(
        spec=_spec(content),
        edge=Edge(content.seen_until, content.now),
        sources=tuple(Source(name, text) for name, text in content.sources.items()),
        holidays={id_: tuple(map(frozenset, each)) for id_, each in content.bank_holidays.items()},
        zones=content.zones,
        runs={check: _runs(check, content.vantage, rows) for check, rows in content.runs.items()},
        imported=tuple(map(_imported, content.imported)),
        entries=entries,
    )


def _wrong(what: str) -> UsageError:
    return UsageError(f"the evidence is out of order: {what}")


def _spec(content: Content) -> PeriodSpec:
    if content.between is None:
        return parse(content.period)
    start, end = content.between
    if end - start > LONGEST_PERIOD:
        raise _wrong("its period is longer than 20 years")
    return Period(content.period, start, end)


def _runs(check: str, vantage: str, rows: Sequence[RunRow]) -> tuple[Run, ...]:
    runs = tuple(Run(check, vantage, *row) for row in rows)
    for run in runs:
        if run.last < run.first:
            raise _wrong(f"a run of '{check[:60]}' ends before it begins")
    for before, run in pairwise(runs):
        if run.first <= before.last:
            raise _wrong(f"the runs of '{check[:60]}' overlap, or do not follow each other")
    return runs


def _imported(data: Data) -> Imported:
    _check_numbers(data)
    try:
        row = row_from_json(data)
    except ValueError as error:
        raise _wrong(f"a row of an imported history: {str(error)[:200]}") from None
    if row.until <= row.since:
        raise _wrong("a row of an imported history ends before it begins")
    return row


def _entry(row: EntryRow) -> Entry:
    _check_numbers(row.act)
    try:
        act = act_from_json(row.act)
        if isinstance(act, EnterWindow):
            _check_window(act.window)
    except ValueError as error:
        raise _wrong(f"entry {row.seq} of the ledger: {str(error)[:200]}") from None
    return Entry(row.seq, row.at, row.who, row.why, row.approver, act, row.previous, row.hash)


def _check_window(window: Window) -> None:
    """Raise ValueError for a window that the catalogue would refuse: to work one out might never end."""
    zone_of(window.zone)
    if not all(FIRST_YEAR <= each.year <= LAST_YEAR for each in (window.begin, window.end)):
        raise ValueError(f"the maintenance window '{window.id[:60]}' is at no time that there is")
    rule = None if window.rrule is None else recurrence(window.rrule)
    if found := trouble(window.begin, window.end, rule):
        raise ValueError(f"the maintenance window '{window.id[:60]}': {found[1]}")


def _check_numbers(data: Any) -> None:
    """Refuse numbers in what has no types of its own yet that are no instant."""
    if isinstance(data, dict):
        data = data.values()
    elif not isinstance(data, list):
        if isinstance(data, int) and abs(data) > LATEST:
            raise _wrong("an instant lies beyond the year 9990")
        return
    for each in data:
        _check_numbers(each)
