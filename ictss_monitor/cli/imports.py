"""The commands of `import`: outages, unknown stretches and maintenance windows that people wrote down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from ictss_monitor.cli.files import as_csv_or_json, text_of
from ictss_monitor.cli.main import LazyGroup, Table, run_async, with_config
from ictss_monitor.cli.signature import Signature, signed
from ictss_monitor.cli.taking_in import FILE, FORM, OnlyTriedError, estate_of, in_store, take_in
from ictss_monitor.clock import SystemClock
from ictss_monitor.errors import UsageError
from ictss_monitor.importing import maintenance as windows
from ictss_monitor.importing import outages
from ictss_monitor.importing.estate import Estate
from ictss_monitor.importing.problems import refusal
from ictss_monitor.importing.records import Contents, read_csv, read_json
from ictss_monitor.ledger.acts import EnterWindow
from ictss_monitor.ledger.standing import windows_of
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store

_TOLD: Final = 10
"""Ids of windows that are told of a long calendar."""

IMPORTS: Final[Table] = {
    "outages": ("ictss_monitor.cli.imports", "import_outages", "Outages, and the span they were noted in"),
    "unknown": ("ictss_monitor.cli.imports", "import_unknown", "Stretches in which nobody knew"),
    "maintenance": ("ictss_monitor.cli.imports", "import_maintenance", "Maintenance windows"),
    "uptime-kuma": ("ictss_monitor.cli.foreign_imports", "uptime_kuma", "The database of Uptime Kuma 1 or 2"),
    "prometheus": ("ictss_monitor.cli.foreign_imports", "prometheus", "A range query for probe_success"),
    "nagios": ("ictss_monitor.cli.foreign_imports", "nagios", "Logs of Nagios or Icinga"),
}


class ImportGroup(LazyGroup):
    """The sources that can be imported."""

    table = IMPORTS


@click.group("import", cls=ImportGroup)
def import_() -> None:
    """Take in histories from elsewhere: all of a file, or nothing.

    What is imported counts where our own probes saw nothing. Each import is an entry of the ledger, and can be
    withdrawn there.
    """


@click.command("outages")
@click.argument("file", type=FILE)
@click.option("--from", "since", metavar="INSTANT", help="Begin of the span that the file covers, local time.")
@click.option("--to", "until", metavar="INSTANT", help="Its end, not included.")
@click.option("--service", "services", metavar="ID", multiple=True, help="Also about this one, named in it or not.")
@click.option("--council", "councils", metavar="ID", multiple=True, help="Also about this one, named in it or not.")
@FORM
@signed
@with_config
def import_outages(
    config: Path,
    file: Path,
    since: str | None,
    until: str | None,
    services: tuple[str, ...],
    councils: tuple[str, ...],
    form: str | None,
    signature: Signature,
) -> None:
    """Import the outages of FILE, and that its services were up in the rest of the span.

    CSV or JSON with service, council, begin, end, state, cause, supplier, note. Times have an offset or are the
    council's own. What lies outside the span stays unknown.
    """
    estate = estate_of(config)
    contents = _contents(file, form, "outages", outages.COLUMNS, outages.NEEDED)
    if contents.span is not None:
        if since is not None or until is not None:
            raise UsageError(f"{file}: it says its span itself; leave --from and --to out")
        since, until = contents.span["from"] or None, contents.span["to"] or None
    if (since is None) is not (until is None):
        raise UsageError("--from and --to belong together; give both")
    declared = outages.Declared(since, until, estate.pairs(services, councils))
    rows, problems = outages.read_outages(contents.records, estate, declared, SystemClock().now())
    take_in(estate, str(file), rows, contents.problems + problems, signature)


@click.command("unknown")
@click.argument("file", type=FILE)
@FORM
@signed
@with_config
def import_unknown(config: Path, file: Path, form: str | None, signature: Signature) -> None:
    """Import the stretches of FILE in which nobody knew how a service was.

    CSV or JSON with service, council, begin, end, note.
    """
    estate = estate_of(config)
    contents = _contents(file, form, "unknown", outages.UNKNOWN_COLUMNS, outages.NEEDED)
    rows, problems = outages.read_unknown(contents.records, estate, SystemClock().now())
    take_in(estate, str(file), rows, contents.problems + problems, signature)


@click.command("maintenance")
@click.argument("file", type=FILE)
@FORM
@signed
@with_config
def import_maintenance(config: Path, file: Path, form: str | None, signature: Signature) -> None:
    """Import the maintenance windows of FILE, each as an entry of the ledger.

    CSV or JSON with id, why, service, council, site, check, begin, end, announced. A window counts as announced now;
    an earlier announcement counts only with an approver.
    """
    estate = estate_of(config)
    contents = _contents(file, form, "maintenance", windows.COLUMNS, windows.NEEDED)
    if contents.problems:
        raise refusal(str(file), contents.problems)
    click.echo(run_async(_enter_windows(estate, file, contents, signature)))


def _contents(file: Path, form: str | None, name: str, columns: Sequence[str], needed: Sequence[str]) -> Contents:
    text = text_of(file)
    if as_csv_or_json(file, form) == "json":
        return read_json(text, name, columns)
    return read_csv(text, columns, needed)


async def _enter_windows(estate: Estate, file: Path, contents: Contents, signature: Signature) -> str:
    acts: list[EnterWindow] = []

    async def enter(store: Store) -> None:
        nonlocal acts
        async with store.write() as tx:
            at = SystemClock().now()
            held = windows_of(estate.catalogue.windows, await ledger.entries(tx))
            acts, problems = windows.read_windows(
                contents.records, estate, {id_: each.window for id_, each in held.items()}, at
            )
            if problems:
                raise refusal(str(file), problems)
            await ledger.append_all(
                tx,
                acts,
                at=at,
                who=signature.who,
                why=signature.why,
                approver=signature.approver,
                catalogue_windows=estate.catalogue.windows,
            )
            if signature.dry_run:
                raise OnlyTriedError

    await in_store(estate, enter)
    if not acts:
        return f"{_windows(len(contents.records))}, entered already: nothing changed"
    ids = ", ".join(act.window.id for act in acts[:_TOLD]) + (", …" if len(acts) > _TOLD else "")
    return f"{'dry run: would enter' if signature.dry_run else 'entered'} {_windows(len(acts))}: {ids}"


def _windows(count: int) -> str:
    return "1 maintenance window" if count == 1 else f"{count} maintenance windows"
