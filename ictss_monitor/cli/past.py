"""Which past figures a catalogue would change, for a person or a machine: the second half of `check-config`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from ictss_monitor.availability.kpi import KpiRow
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.cli.main import run_async
from ictss_monitor.clock import SystemClock
from ictss_monitor.explanation.differences import Difference
from ictss_monitor.figures.past import Month, changed_months, last_loaded
from ictss_monitor.probing import registry
from ictss_monitor.store.engine import open_store


def print_past(catalogue: Catalogue, form: str) -> None:
    """Print what `catalogue` would change in past figures; `form` is `table` or `json`. Raises StoreError."""
    old, months = run_async(_months(catalogue))
    if form == "json":
        click.echo(json.dumps(_record(old, catalogue, months), indent=2, ensure_ascii=False))
        return
    for line in _lines(old, months):
        click.echo(line)


async def _months(catalogue: Catalogue) -> tuple[Catalogue | None, list[Month]]:
    async with open_store(catalogue.settings.store) as store:
        old = await last_loaded(store, registry.options_model)
        if old is None or old.digest == catalogue.digest:
            return old, []
        return old, [month async for month in changed_months(store, old, catalogue, SystemClock().now())]


def _lines(old: Catalogue | None, months: Sequence[Month]) -> list[str]:
    if old is None:
        return ["no catalogue was loaded with this store yet: there is nothing to compare with"]
    changed = [(month.label, each) for month in months for each in month.differences]
    sealed = [month.label for month in months if month.sealed is not None]
    lines = [f"sealed, and stays as it is: {', '.join(sealed)}"] if sealed else []
    if not changed:
        return [*lines, f"changes nothing of the past, against catalogue {old.digest[:12]}"]
    figures = "figure" if len(changed) == 1 else "figures"
    lines.append(f"changes {len(changed)} past {figures}, against catalogue {old.digest[:12]}:")
    return [*lines, *(f"  {label}, {each.text}" for label, each in changed)]


def _record(old: Catalogue | None, new: Catalogue, months: Sequence[Month]) -> dict[str, Any]:
    return {
        "against": None if old is None else old.digest,
        "catalogue": new.digest,
        "sealed": [month.label for month in months if month.sealed is not None],
        "changes": [_change(month.label, each) for month in months for each in month.differences],
    }


def _change(label: str, difference: Difference) -> dict[str, Any]:
    def told(row: KpiRow | None) -> str | None:
        return None if row is None else row.text

    return {
        "period": label,
        "subject": difference.row.subject.value,
        "id": difference.row.id,
        "council": difference.row.council,
        "before": told(difference.before),
        "after": told(difference.after),
        "aspects": {each.name: [each.before, each.after] for each in difference.aspects},
        "text": difference.text,
    }
