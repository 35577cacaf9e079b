"""What a sealed statement says: everything that a report of it prints, exact, so that nothing is computed again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Final

from pydantic import TypeAdapter

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.major import MajorIncident
from ictss_monitor.availability.outage_list import OutageList
from ictss_monitor.availability.periods import CalendarSpan, PeriodSpec, parse
from ictss_monitor.availability.printing import bounds_text, duration_text, percent
from ictss_monitor.availability.reckoning import Key, overlaps
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.catalogue.terms import Policy
from ictss_monitor.clock import iso
from ictss_monitor.ledger.codec import canonical
from ictss_monitor.statements.long_numbers import numbers_of_any_length

FORMAT: Final = 1
"""Of the content; one that this program does not know is refused, never guessed at."""
MONTHS_OF_A_QUARTER: Final = 3
APRIL: Final = 4
"""The month in which a financial year begins."""


@dataclass(frozen=True, slots=True)
class Named:
    """An id of the catalogue, and what it was called."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class NotMonitored:
    """A system that the councils had and nothing watched; no council named: all of them."""

    id: str
    name: str
    why: str
    councils: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise than in the version before; None where it was not, or is not any more."""

    what: str
    """`Website for ccc`."""
    aspect: str
    """`availability`, `printed`, `rating`."""
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """Return the difference on one line."""
        if self.before is None:
            return f"{self.what}: new, {self.after}"
        if self.after is None:
            return f"{self.what}: gone, was {self.before}"
        return f"{self.what}: {self.aspect} {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True)
class StatementContent:
    """The figures of a period with all that is printed beside them, and what they were made from.

    `evidence` is the digest of the evidence (see `basis`), `ledger_seq` and `ledger_hash` the last entry of
    the ledger that was counted. `table.digest` names the catalogue.
    """

    format: int
    table: KpiTable
    policies: tuple[Policy, ...]
    """Those that any of the figures was made by."""
    councils: tuple[Named, ...]
    services: tuple[Named, ...]
    areas: tuple[Named, ...]
    not_monitored: tuple[NotMonitored, ...]
    outages: OutageList
    evidence: str
    ledger_seq: int
    ledger_hash: str
    differences: tuple[Difference, ...] = ()
    """What is otherwise than in the version before; nothing in the first."""


def content_of(
    catalogue: Catalogue, table: KpiTable, spec: PeriodSpec, outages: OutageList, evidence: str, head: tuple[int, str]
) -> StatementContent:
    """Return what a statement with the figures of `table`, made for `spec`, would say."""
    period = spec.within(catalogue.settings.zone)
    unwatched = (each for each in catalogue.unwatched.values() if overlaps(each.validity, period))
    return StatementContent(
        format=FORMAT,
        table=table,
        policies=tuple({row.policy.id: row.policy for row in table.rows}.values()),
        councils=tuple(Named(each.id, each.name) for each in catalogue.councils.values()),
        services=tuple(Named(each.id, each.name) for each in catalogue.services.values()),
        areas=tuple(Named(each.id, each.name) for each in catalogue.areas.values()),
        not_monitored=tuple(
            NotMonitored(each.id, each.name, each.why, tuple(sorted(each.councils))) for each in unwatched
        ),
        outages=outages,
        evidence=evidence,
        ledger_seq=head[0],
        ledger_hash=head[1],
    )


def figures_of(table: KpiTable) -> dict[Key, Figure]:
    """Return the headline of every line: what the mean of a year takes of a sealed month."""
    return {row.key: row.figure for row in table.rows}


def statement_period(spec: CalendarSpan) -> CalendarSpan:
    """Return the span of the same months by the name under which it is sealed.

    A quarter has two names, of the calendar year and of the financial one; statements take the latter.
    """
    if spec.months != MONTHS_OF_A_QUARTER:
        return spec
    year = spec.year if spec.month >= APRIL else spec.year - 1
    quarter = (spec.month - APRIL) % 12 // MONTHS_OF_A_QUARTER + 1
    return parse(f"FY{year}/{(year + 1) % 100:02}-Q{quarter}")


# As text


def to_text(content: StatementContent) -> str:
    """Return `content` as canonical JSON: sorted keys, no spaces, shares as "n/d"."""
    without_rows, row = _adapters()
    bare = replace(content, table=replace(content.table, rows=()))
    with numbers_of_any_length():
        data = without_rows.dump_python(bare, mode="json")
        data["table"]["rows"] = [row.dump_python(each, mode="json") for each in content.table.rows]
    return canonical(data)


def from_text(text: str) -> StatementContent:
    """Return what `to_text` wrote, exactly equal.

    Raises ValueError for any other text, and for that of a newer program.
    """
    without_rows, row = _adapters()
    data = json.loads(text)
    try:
        if data["format"] != FORMAT:
            raise ValueError(f"it is of format {data['format']}, this program knows only {FORMAT}")
        rows, data["table"]["rows"] = data["table"]["rows"], ()
    except (KeyError, TypeError):
        raise ValueError("it is no statement of any format") from None
    with numbers_of_any_length():
        bare = without_rows.validate_python(data)
        return replace(bare, table=replace(bare.table, rows=tuple(row.validate_python(each) for each in rows)))


@cache
def _adapters() -> tuple[TypeAdapter[StatementContent], TypeAdapter[KpiRow]]:
    """Return what turns a statement into plain data and back, and its lines one by one.

    One call for three thousand lines would hold the interpreter, and so every probe, for a third of a second.
    """
    return TypeAdapter(StatementContent), TypeAdapter(KpiRow)


# Differences


def differences(old: StatementContent, new: StatementContent) -> tuple[Difference, ...]:
    """Return what `new` says otherwise than `old`, line by line; when it was made, and from what, is no difference."""
    before, after = ({row.key: row for row in each.table.rows} for each in (old, new))
    found: list[Difference] = []
    for key in [*after, *(key for key in before if key not in after)]:
        found += _of_row(before.get(key), after.get(key))
    found += _of_sets("major incidents", map(_told, old.table.majors), map(_told, new.table.majors))
    found += _of_sets("not monitored", (each.name for each in old.not_monitored), (e.name for e in new.not_monitored))
    if not found and _without_making(old) != _without_making(new):
        found.append(Difference("the statement", "wording", "as it was", "changed: names, policies, or its outages"))
    return tuple(found)


def _of_row(before: KpiRow | None, after: KpiRow | None) -> Iterator[Difference]:
    if before == after:
        return
    row = after or before
    assert row is not None
    what = f"{row.name} for {row.council or 'all councils'}"
    if row.subject is not Subject.SERVICE:
        what = f"{row.subject.value} {what}"
    if before is None or after is None:
        yield Difference(what, "figure", None if before is None else before.text, None if after is None else after.text)
        return
    told = [(aspect, of(before), of(after)) for aspect, of in ASPECTS.items()]
    changed = [each for each in told if each[1] != each[2]]
    for aspect, was, is_now in changed or [("details", "as they were", "changed")]:
        yield Difference(what, aspect, was, is_now)


def _exact(share: Fraction | None) -> str:
    """Return a share as one may compare it by eye: in full where that is short, else to 12 digits of a per cent."""
    if share is None:
        return "none"
    if share.denominator < 10**15:
        return str(share)
    return f"about {percent(share, policy=Policy('', '', decimals=12))} %"


ASPECTS: Final[Mapping[str, Callable[[KpiRow], str]]] = {
    "printed": lambda row: row.text,
    "exact": lambda row: _exact(row.figure.value),
    "bounds": lambda row: bounds_text(row.figure.gross, row.policy),
    "net": lambda row: _exact(row.figure.net.value),
    "lost": lambda row: duration_text(row.figure.lost),
    "outages": lambda row: str(row.outages.count),
    "target": lambda row: _exact(row.target),
    "rating": lambda row: "none" if row.rating is None else row.rating.value,
    "policy": lambda row: row.policy.id,
}
"""What of a line is compared, and how it is told."""


def _of_sets(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[Difference]:
    old, new = list(before), list(after)
    yield from (Difference(what, "line", each, None) for each in old if each not in new)
    yield from (Difference(what, "line", None, each) for each in new if each not in old)


def _told(incident: MajorIncident) -> str:
    end = "now" if incident.end is None else iso(incident.end)
    return f"{incident.name} from {iso(incident.begin)} to {end}"


def _without_making(content: StatementContent) -> StatementContent:
    table = replace(content.table, now=0, digest="")
    return replace(content, table=table, evidence="", ledger_seq=0, ledger_hash="", differences=())
