"""Outages, degraded and unknown stretches that somebody wrote down, read into the rows of an import.

A history says what span it covers: in rows of state `up`, or for the whole file (`from` and `to`). Within the span a
service was up wherever no other row says otherwise; outside it the import says nothing, and time stays unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.clock import Instant, iso
from ictss_monitor.errors import PeriodError, UsageError
from ictss_monitor.importing.estate import Estate, Pair, shown
from ictss_monitor.importing.problems import Problem
from ictss_monitor.importing.records import Record
from ictss_monitor.intervals import IntervalSet
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

COLUMNS: Final = ("service", "council", "begin", "end", "state", "cause", "supplier", "note")
NEEDED: Final = ("service", "council", "begin", "end")
UNKNOWN_COLUMNS: Final = ("service", "council", "begin", "end", "note")
MOST_NOTE: Final = 1_000
"""Characters of a note, or of a supplier's name."""


@dataclass(frozen=True, slots=True)
class Declared:
    """The span that is said for a whole file, as text in each council's own time, and pairs beside those it names."""

    since: str | None = None
    until: str | None = None
    also: Sequence[Pair] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """A row whose cells are understood; `until` is None where its end is that of the span."""

    line: int
    pair: Pair
    since: Instant
    until: Instant | None
    state: Outcome
    attribution: Attribution | None
    note: str


def read_outages(
    records: Iterable[Record], estate: Estate, declared: Declared, now: Instant
) -> tuple[list[Imported], list[Problem]]:
    """Return the rows of a history, spans first, and everything that is wrong with it; with a problem no rows count."""
    rows, problems = _rows_of(records, estate, Outcome.DOWN)
    if not problems and not rows and not declared.also:
        problems.append(Problem(0, "it names no outage, no span and no service; give --service or --council"))
    spans, of_spans = _spans(rows, estate, declared)
    problems += of_spans
    stretches, of_stretches = _stretches((row for row in rows if row.state is not Outcome.UP), spans)
    problems += of_stretches
    problems += [
        Problem(0, f"the span of {service} for {council} ends at {iso(held.edges[-1])}, which is not over yet")
        for (service, council), held in spans.items()
        if held and held.edges[-1] > now
    ]
    covered = [
        Imported(service, council, since, until, Outcome.UP)
        for (service, council), held in sorted(spans.items(), key=lambda item: item[0])
        for since, until in held
    ]
    return [*covered, *stretches], problems


def read_unknown(records: Iterable[Record], estate: Estate, now: Instant) -> tuple[list[Imported], list[Problem]]:
    """Return the rows of stretches in which nobody knew; each covers itself and nothing else."""
    rows, problems = _rows_of(records, estate, Outcome.UNKNOWN)
    if not problems and not rows:
        problems.append(Problem(0, "it names no unknown stretch"))
    problems += [Problem(row.line, "it has no end") for row in rows if row.until is None]
    problems += [Problem(row.line, "it ends in the future") for row in rows if row.until and row.until > now]
    if problems:
        return [], problems
    covered = [replace(row, state=Outcome.UP, note="") for row in rows]
    spans, _ = _spans(covered, estate, Declared())
    stretches, problems = _stretches(rows, spans)
    ups = [Imported(*pair, since, until, Outcome.UP) for pair, held in sorted(spans.items()) for since, until in held]
    return [*ups, *stretches], problems


def _rows_of(records: Iterable[Record], estate: Estate, default: Outcome) -> tuple[list[_Row], list[Problem]]:
    rows: list[_Row] = []
    problems: list[Problem] = []
    for record in records:
        try:
            rows.append(_row(record, estate, default))
        except (UsageError, PeriodError) as error:
            problems.append(Problem(record.line, str(error)))
    return rows, problems


def _row(record: Record, estate: Estate, default: Outcome) -> _Row:
    pair = estate.pair(record["service"], record["council"])
    if not record["begin"]:
        raise UsageError("it has no begin")
    since = estate.instant(record["begin"], pair[1])
    until = estate.instant(record["end"], pair[1]) if record["end"] else None
    if until is not None and until <= since:
        raise UsageError("its end is not after its begin")
    state = _state(record["state"]) if record["state"] else default
    attribution = attribution_of(record["cause"], record["supplier"])
    if state in (Outcome.UP, Outcome.UNKNOWN) and attribution is not None:
        raise UsageError(f"a row of state {state} has neither cause nor supplier")
    if state is Outcome.UP and until is None:
        raise UsageError("a row of state up needs an end: it is the span that the history covers")
    for column in ("note", "supplier"):
        if len(record[column]) > MOST_NOTE:
            raise UsageError(f"its {column} is longer than {MOST_NOTE:,} characters")
    return _Row(record.line, pair, since, until, state, attribution, record["note"])


def _state(text: str) -> Outcome:
    try:
        return Outcome(text.lower())
    except ValueError:
        raise UsageError(f"unknown state {shown(text)}; expected down, degraded, unknown or up") from None


def attribution_of(cause: str, supplier: str) -> Attribution | None:
    """Return whose an outage is, from two cells; None where both are empty. A supplier alone is a third party.

    Raises UsageError.
    """
    if not cause:
        return Attribution(Fault.THIRD_PARTY, supplier) if supplier else None
    try:
        fault = Fault(cause.lower().replace(" ", "_").replace("-", "_"))
    except ValueError:
        raise UsageError(
            f"unknown cause {shown(cause)}; expected {', '.join(fault.value for fault in Fault)}; the rest is for note"
        ) from None
    if supplier and fault is not Fault.THIRD_PARTY:
        raise UsageError(f"the cause {fault} has no supplier; write third_party, or leave the supplier out")
    return Attribution(fault, supplier or None)


def _spans(rows: Sequence[_Row], estate: Estate, declared: Declared) -> tuple[dict[Pair, IntervalSet], list[Problem]]:
    """Return what the history covers: what rows of state up say of their pair; for the others what is declared."""
    said: dict[Pair, list[tuple[Instant, Instant]]] = defaultdict(list)
    for row in rows:
        if row.state is Outcome.UP and row.until is not None:
            said[row.pair].append((row.since, row.until))
    spans = {pair: IntervalSet(held) for pair, held in said.items()}
    first_lines: dict[Pair, int] = dict.fromkeys(declared.also, 0)
    for row in rows:
        first_lines.setdefault(row.pair, row.line)
    problems: dict[str, Problem] = {}
    for pair, line in first_lines.items():
        if pair in spans:
            continue
        try:
            spans[pair] = _declared_span(pair, estate, declared)
        except (UsageError, PeriodError) as error:
            spans[pair] = IntervalSet()
            problems.setdefault(str(error), Problem(line if declared.since is None else 0, str(error)))
    return spans, list(problems.values())


def _declared_span(pair: Pair, estate: Estate, declared: Declared) -> IntervalSet:
    if declared.since is None or declared.until is None:
        raise UsageError(
            f"no span is said that the history of {pair[0]} for {pair[1]} covers: give --from and --to, or a row of "
            "state up for it"
        )
    since, until = estate.instant(declared.since, pair[1]), estate.instant(declared.until, pair[1])
    if until <= since:
        raise UsageError("the span ends before it begins; turn --from and --to round")
    return IntervalSet([(since, until)])


def _stretches(rows: Iterable[_Row], spans: dict[Pair, IntervalSet]) -> tuple[list[Imported], list[Problem]]:
    """Return the rows that stand over the spans, in order of pair and time."""
    stretches: list[Imported] = []
    problems: list[Problem] = []
    before: _Row | None = None
    for row in sorted(rows, key=lambda row: (row.pair, row.since, row.line)):
        span = spans[row.pair].at(row.since)
        until = row.until if row.until is not None or span is None else span[1]
        if span is None or until is None or until > span[1]:
            if spans[row.pair]:
                problems.append(Problem(row.line, "it is not within the span that the history covers"))
            continue
        if before is not None and before.pair == row.pair and (before.until is None or before.until > row.since):
            problems.append(Problem(row.line, f"it overlaps line {before.line}: end the one where the other begins"))
        before = replace(row, until=until)
        stretches.append(Imported(*row.pair, row.since, until, row.state, row.attribution, row.note))
    return stretches, problems
