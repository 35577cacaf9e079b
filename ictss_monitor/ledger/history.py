"""Imported histories: what the rows of one must be to each other, and where two histories say the same time twice."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from ictss_monitor.clock import Instant, iso
from ictss_monitor.errors import UsageError
from ictss_monitor.intervals import IntervalSet
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

Coverage: TypeAlias = Mapping[tuple[str, str], IntervalSet]
"""By service and council what a history covers: the union of its spans, the rows of state up."""


def coverage_of(rows: Iterable[Imported]) -> Coverage:
    """Return what the spans among `rows` cover."""
    spans = defaultdict(list)
    for row in rows:
        if row.state is Outcome.UP:
            spans[row.service, row.council].append((row.since, row.until))
    return {whose: IntervalSet(held) for whose, held in spans.items()}


def check_rows(rows: Sequence[Imported]) -> None:
    """Raise UsageError for the first row that does not go with the others of its import.

    Every row ends after it begins. Those that are not up lie within the spans of their service and council, and no two
    of these overlap.
    """
    if not rows:
        raise UsageError("the import has no rows: it must at least say which span it covers")
    for row in rows:
        if row.until <= row.since:
            raise UsageError(f"the import has {told(row)}, which must end after it begins")
    coverage = coverage_of(rows)
    last: Imported | None = None
    for row in sorted((row for row in rows if row.state is not Outcome.UP), key=_place):
        if not _covered(coverage, row):
            raise UsageError(f"the import has {told(row)}, which lies outside the spans that it covers there")
        if last is not None and _place(last)[:2] == _place(row)[:2] and row.since < last.until:
            raise UsageError(f"the import has {told(last)}, and {told(row)}: they must not overlap")
        last = row


def _place(row: Imported) -> tuple[str, str, Instant, Instant]:
    return row.service, row.council, row.since, row.until


def _covered(coverage: Coverage, row: Imported) -> bool:
    spans = coverage.get((row.service, row.council))
    if spans is None:
        return False
    after = bisect_right(spans.edges, row.since)
    return after % 2 == 1 and row.until <= spans.edges[after]


def overlap(coverage: Coverage, row: Imported) -> bool:
    """Tell whether any of `row` lies in `coverage`."""
    spans = coverage.get((row.service, row.council))
    if spans is None:
        return False
    after = bisect_right(spans.edges, row.since)
    return after % 2 == 1 or (after < len(spans.edges) and spans.edges[after] < row.until)


def told(row: Imported) -> str:
    """Return the row in words: what, for whom, and from when to when in UTC."""
    return f"{row.service} for {row.council} {row.state.value} from {iso(row.since)} to {iso(row.until)}"
