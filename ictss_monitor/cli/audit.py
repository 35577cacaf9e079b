"""The command `audit`: whether the record is as it was, and what the ledger says."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from rich.table import Table
from rich.text import Text

from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import FORMATS, as_csv
from ictss_monitor.clock import Instant, iso, to_datetime
from ictss_monitor.errors import UsageError
from ictss_monitor.ledger.acts import Entry
from ictss_monitor.ledger.codec import act_to_json
from ictss_monitor.ledger.standing import in_force
from ictss_monitor.ledger.wording import told
from ictss_monitor.probing import registry
from ictss_monitor.screen import console
from ictss_monitor.store.audit import Audit
from ictss_monitor.store.audit import audit as audit_record
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.ledger import entries

FIELDS: Final = ("seq", "at", "who", "approver", "act", "says", "why", "in_force", "previous", "hash")
"""The columns of the CSV; JSON has what the act holds besides, as `data`."""
SHARES: Final = {"Who": 3, "Says": 5, "Why": 3}
"""How the columns that are in words share what room there is."""
MINUTES: Final = len("2026-10-31 23:59")
_HASH: Final = 64


@click.group()
def audit() -> None:
    """See whether the record was changed behind its back, and read the ledger."""


@audit.command(short_help="See whether anything was changed behind the record's back")
@click.option("--head", metavar="HASH", help="A head noted earlier: see that the ledger still holds it.")
@with_config
def verify(config: Path, head: str | None) -> int:
    """Hold the ledger, the sealed statements and the imported histories against their hashes and digests.

    Exits with 1 and one line for each fault where a row was changed, removed or put there. What was cut off the end of
    the ledger shows in the statements sealed after it; note the head down, and --head shows it without one.
    """
    catalogue = load(config, registry.options_model)
    if head is not None and (len(head) != _HASH or not set(head) <= set("0123456789abcdef")):
        raise UsageError(f"--head {head}: a hash has {_HASH} hexadecimal digits, as `audit verify` prints them")
    found = run_async(_audit(catalogue, head))
    for fault in found.faults:
        click.echo(fault)
    click.echo(_summary(found))
    return 1 if found.faults else 0


async def _audit(catalogue: Catalogue, head: str | None) -> Audit:
    async with open_store(catalogue.settings.store) as store, store.read() as tx:
        return await audit_record(tx, head)


def _summary(found: Audit) -> str:
    held = ", ".join(
        (
            _count(found.entries, "entry", "entries") + " of the ledger",
            _count(found.statements, "statement", "statements"),
            _count(found.imports, "import", "imports"),
        )
    )
    verdict = "all as it was" if not found.faults else _count(len(found.faults), "fault", "faults")
    return f"{verdict}: {held}; head {found.head}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


@audit.command(short_help="List what the ledger says")
@click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="How it is printed.")
@with_config
def log(config: Path, form: str) -> None:
    """List the entries of the ledger: who said what about the evidence, when and why.

    The table is in the catalogue's zone; json and csv are in UTC, and hold hashes and what was withdrawn too.
    """
    catalogue = load(config, registry.options_model)
    held = run_async(held_entries(catalogue))
    print_entries(held, held, form, catalogue.settings.zone, "The ledger")


async def held_entries(catalogue: Catalogue) -> tuple[Entry, ...]:
    """Return all entries of the ledger. Raises StoreError."""
    async with open_store(catalogue.settings.store) as store, store.read() as tx:
        return await entries(tx)


def print_entries(held: Sequence[Entry], shown: Sequence[Entry], form: str, zone: str, title: str) -> None:
    """Print the entries `shown` of all that the ledger has, `held`; `form` is one of FORMATS."""
    standing = {entry.seq for entry in in_force(held)}
    if form == "json":
        records = [{**_record(entry, standing), "data": act_to_json(entry.act)} for entry in shown]
        click.echo(json.dumps(records, indent=2, ensure_ascii=False))
    elif form == "csv":
        click.echo(as_csv(FIELDS, (_record(entry, standing) for entry in shown)), nl=False)
    elif shown:
        _print(shown, standing, zone, title)
    else:
        console().print(f"{title} is empty: nobody has said anything about the evidence.")


def _record(entry: Entry, standing: Collection[int]) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": iso(entry.at),
        "who": entry.who,
        "approver": entry.approver,
        "act": act_to_json(entry.act)["act"],
        "says": told(entry.act, iso),
        "why": entry.why,
        "in_force": entry.seq in standing,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _print(held: Sequence[Entry], standing: Collection[int], zone: str, title: str) -> None:
    screen = console()
    local = ZoneInfo(zone)

    def moment(instant: Instant) -> str:
        return f"{to_datetime(instant).astimezone(local):%Y-%m-%d %H:%M:%S}"

    table = Table(title=f"{title}, times of {zone}", title_justify="left", pad_edge=False, show_edge=False, expand=True)
    for heading in ("No.", "When", "Who", "Says", "Why"):
        table.add_column(
            heading,
            no_wrap=heading in ("No.", "When"),
            ratio=SHARES.get(heading),
        )
    for entry in held:
        who = entry.who if entry.approver is None else f"{entry.who}, approved by {entry.approver}"
        withdrawn = "" if entry.seq in standing else " (withdrawn)"
        cells = (str(entry.seq), moment(entry.at)[:MINUTES], who, told(entry.act, moment) + withdrawn, entry.why)
        table.add_row(*(Text(cell, "dim" if withdrawn else "") for cell in cells))
    screen.print(table)
