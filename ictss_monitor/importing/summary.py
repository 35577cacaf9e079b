"""What an import holds, in a line for each service and council: for the person who checks it before it counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ictss_monitor.availability.printing import duration_text
from ictss_monitor.clock import iso
from ictss_monitor.importing.estate import Pair
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

_TOLD: Final = 50
"""Services that are told one by one; a large import is told by its first ones and their number."""


def summary(rows: Iterable[Imported]) -> list[str]:
    """Return a line for each service and council: from when to when, how much of it is covered, and what it was."""
    by_pair: dict[Pair, list[Imported]] = {}
    for row in rows:
        by_pair.setdefault((row.service, row.council), []).append(row)
    lines = [_line(pair, held) for pair, held in sorted(by_pair.items())]
    if len(lines) > _TOLD:
        return [*lines[:_TOLD], f"and {len(lines) - _TOLD} more"]
    return lines


def _line(pair: Pair, rows: list[Imported]) -> str:
    spans = [row for row in rows if row.state is Outcome.UP]
    begin, end = min(row.since for row in spans), max(row.until for row in spans)
    told = [f"covers {_length(spans)} from {iso(begin)} to {iso(end)}"]
    for state in (Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN):
        if found := [row for row in rows if row.state is state]:
            times = "once" if len(found) == 1 else f"{len(found)} times"
            told.append(f"{state} {times}, {_length(found)}")
    if len(told) == 1:
        told.append("up throughout")
    return f"{pair[0]} for {pair[1]}: {'; '.join(told)}"


def _length(rows: Iterable[Imported]) -> str:
    return duration_text(sum(row.until - row.since for row in rows))
