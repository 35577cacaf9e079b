"""Rows of a history as CSV or JSON, in the columns that `import outages` reads."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from ictss_monitor.clock import iso
from ictss_monitor.importing.outages import COLUMNS
from ictss_monitor.ledger.acts import Imported


def as_csv(rows: Iterable[Imported]) -> str:
    """Return rows as CSV (RFC 4180) under a header; times in UTC, to the microsecond."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=COLUMNS)
    writer.writeheader()
    writer.writerows(map(_cells, rows))
    return text.getvalue()


def as_json(rows: Iterable[Imported]) -> str:
    """Return rows as a JSON object with the list `outages`; what a row does not say is left out."""
    records = [{name: cell for name, cell in _cells(row).items() if cell} for row in rows]
    return json.dumps({"outages": records}, indent=2, ensure_ascii=False) + "\n"


def _cells(row: Imported) -> dict[str, str]:
    whose = row.attribution
    return {
        "service": row.service,
        "council": row.council,
        "begin": iso(row.since),
        "end": iso(row.until),
        "state": row.state.value,
        "cause": "" if whose is None else whose.fault.value,
        "supplier": "" if whose is None else whose.supplier or "",
        "note": row.note,
    }
