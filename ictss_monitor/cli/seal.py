"""The commands `seal` and `statements`: the figures of a period become a statement, and are read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
from rich.table import Table
from rich.text import Text

from ictss_monitor.availability.periods import CalendarSpan, parse
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.version import joined
from ictss_monitor.catalogue_files import load, load_with_sources
from ictss_monitor.cli.kpi import figures_of
from ictss_monitor.cli.kpi_table import local_minute, sealed_words, tell
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import FORMATS, WIDE, as_csv
from ictss_monitor.cli.signature import this_user
from ictss_monitor.clock import SystemClock, iso
from ictss_monitor.errors import UsageError
from ictss_monitor.figures import kpis, sealing
from ictss_monitor.probing import registry
from ictss_monitor.screen import console
from ictss_monitor.statements.statement import StatementContent, statement_period
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.sealed import Draft, Statement, all_drafts, all_statements, draft_of, statements_of

FIELDS: Final = (
    "period",
    "version",
    "sealed_at",
    "who",
    "approver",
    "reason",
    "catalogue",
    "evidence",
    "ledger_seq",
    "ledger_hash",
    "digest",
)
"""The columns of the CSV."""


# seal


@click.command()
@click.option("--period", metavar="PERIOD", required=True, help="A month, quarter, half or year that is over.")
@click.option("--who", metavar="NAME", default=this_user, help="Who seals it; you, as this machine knows you.")
@click.option("--approver", metavar="NAME", help="Another person, who approves it.")
@click.option("--revise", is_flag=True, help="Seal it anew, as a further version that names the one before.")
@click.option("--reason", metavar="TEXT", help="With --revise: what was wrong with the version before.")
@click.option("--draft", is_flag=True, help="Only keep what would be sealed, for others to look at.")
@with_config
def seal(
    config: Path, period: str, who: str, approver: str | None, revise: bool, reason: str | None, draft: bool
) -> None:
    """Seal the figures of a period: from then on they are told as they stand now, whatever is corrected later.

    The statement holds all figures, outages and policies, the version of the catalogue, a digest of the evidence and
    the head of the ledger. A later correction shows in `kpi --recompute`; --revise makes it a further version.
    """
    spec = parse(period)
    if draft and (revise or reason):
        raise UsageError("--draft seals nothing: leave out --revise and --reason")
    if reason is not None and not revise:
        raise UsageError("--reason belongs to --revise; the first version of a statement needs none")
    catalogue, sources = load_with_sources(config, registry.options_model)
    if draft:
        click.echo(run_async(_draft(catalogue, spec)))
        return
    signature = sealing.Signature(who, approver)
    for line in run_async(_seal(catalogue, joined(sources), spec, signature, reason or "" if revise else None)):
        click.echo(line)


async def _draft(catalogue: Catalogue, spec: CalendarSpan) -> str:
    async with open_store(catalogue.settings.store) as store:
        content = await sealing.draft(store, catalogue, spec, SystemClock().now())
    return f"drafted {content.table.label}: read it with `ictss-monitor statements show {content.table.label}`"


async def _seal(
    catalogue: Catalogue, text: str, spec: CalendarSpan, signature: sealing.Signature, reason: str | None
) -> list[str]:
    """Seal, or revise where there is a reason, empty as it may be; return what to say of it."""
    now = SystemClock().now()
    async with open_store(catalogue.settings.store) as store:
        if reason is None:
            return [_told(await sealing.seal(store, catalogue, text, spec, now, signature), catalogue)]
        statement, content = await sealing.revise(store, catalogue, text, spec, now, signature, reason)
    return [_told(statement, catalogue), *(f"  {each}" for each in content.differences)]


def _told(statement: Statement, catalogue: Catalogue) -> str:
    return f"{statement.label}: {sealed_words(statement, catalogue.settings.zone)}"


# statements


@click.group()
def statements() -> None:
    """Read sealed statements and drafts."""


@statements.command("list", short_help="List statements and drafts")
@click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="How it is printed.")
@with_config
def list_(config: Path, form: str) -> None:
    """List every version of every statement, and the drafts of periods that are not sealed.

    json and csv hold statements only, with full digests; instants are in UTC.
    """
    catalogue = load(config, registry.options_model)
    held, drafts = run_async(_everything(catalogue))
    if form == "json":
        click.echo(json.dumps([_record(each) for each in held], indent=2, ensure_ascii=False))
    elif form == "csv":
        click.echo(as_csv(FIELDS, map(_record, held)), nl=False)
    else:
        _print_list(held, drafts, catalogue.settings.zone)


async def _everything(catalogue: Catalogue) -> tuple[tuple[Statement, ...], tuple[Draft, ...]]:
    async with open_store(catalogue.settings.store) as store, store.read() as tx:
        return await all_statements(tx), await all_drafts(tx)


def _record(statement: Statement) -> dict[str, Any]:
    return {
        "period": statement.label,
        "version": statement.version,
        "sealed_at": iso(statement.sealed_at),
        "who": statement.who,
        "approver": statement.approver,
        "reason": statement.reason,
        "catalogue": statement.catalogue,
        "evidence": statement.evidence,
        "ledger_seq": statement.ledger_seq,
        "ledger_hash": statement.ledger_hash,
        "digest": statement.digest,
    }


def _print_list(held: tuple[Statement, ...], drafts: tuple[Draft, ...], zone: str) -> None:
    screen = console()
    if not held and not drafts:
        screen.print("Nothing is sealed, and there is no draft.")
        return
    table = Table(title=f"Statements, times of {zone}", title_justify="left", pad_edge=False, show_edge=False)
    for heading in ("Period", "Version", "Sealed"):
        table.add_column(heading, no_wrap=True)
    for heading in ("By", "Reason"):
        table.add_column(heading, overflow="fold")
    if with_digest := screen.width >= WIDE:
        table.add_column("Digest", no_wrap=True)
    for each in held:
        by = each.who if each.approver is None else f"{each.who}, approved by {each.approver}"
        digest = [each.digest[:12]] if with_digest else []
        sealed_at = local_minute(each.sealed_at, zone)
        table.add_row(each.label, f"v{each.version}", sealed_at, Text(by), Text(each.reason), *digest)
    for draft in drafts:
        table.add_row(draft.label, "draft", f"made {local_minute(draft.made_at, zone)}")
    screen.print(table)


@statements.command(short_help="Show a statement or a draft")
@click.argument("label", metavar="PERIOD")
@click.option("--version", type=click.IntRange(min=1), help="Which version; the last if not said.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_config
def show(config: Path, label: str, version: int | None, form: str) -> None:
    """Show a statement: its figures, and what was otherwise in the version before; the draft if none is sealed.

    json is the statement as it is stored: all that it says, exact.
    """
    catalogue = load(config, registry.options_model)
    held = run_async(_held(catalogue, statement_period(parse(label)).label, version))
    content = kpis.read_content(held)
    statement = held if isinstance(held, Statement) else None
    if form == "json":
        signed = {} if statement is None else _record(statement)
        click.echo(json.dumps({**signed, "content": json.loads(held.content)}, indent=2, ensure_ascii=False))
        return
    tell(figures_of(catalogue, sealing.Published(content.table, statement, content)), "table")
    for line in _remarks(held, content, catalogue.settings.zone):
        click.echo(line)


async def _held(catalogue: Catalogue, label: str, version: int | None) -> Statement | Draft:
    async with open_store(catalogue.settings.store) as store, store.read() as tx:
        versions = await statements_of(tx, label)
        draft = await draft_of(tx, label)
    if version is None and (held := versions[-1] if versions else draft) is not None:
        return held
    found = next((each for each in versions if each.version == version), None)
    if found is None:
        what = f"it has {len(versions)}" if versions else "it is not sealed: `ictss-monitor statements list`"
        raise UsageError(f"there is no {'statement' if version is None else f'version {version}'} of {label}; {what}")
    return found


def _remarks(held: Statement | Draft, content: StatementContent, zone: str) -> list[str]:
    if isinstance(held, Draft):
        return [f"A draft, made {local_minute(held.made_at, zone)}; nobody has sealed it."]
    lines = [
        f"digest    {held.digest}",
        f"evidence  {held.evidence}",
        f"ledger    {held.ledger_hash}, entry {held.ledger_seq}",
        f"catalogue {held.catalogue}",
    ]
    if held.reason:
        lines += [f"Revised: {held.reason}", f"Otherwise than in version {held.version - 1}:"]
        lines += [f"  {each}" for each in content.differences]
    return lines
