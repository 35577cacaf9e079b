"""The commands of `maintenance`: windows are entered into the ledger, listed beside the catalogue's, and ended."""

from __future__ import annotations

from pathlib import Path

import click

from ictss_monitor.availability.periods import instant_of, zone_of
from ictss_monitor.availability.windows import occurrences
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.entering import enter, moment_text
from ictss_monitor.cli.gathered import gathered
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import FORMATS, asked_period
from ictss_monitor.cli.signature import Signature, signed
from ictss_monitor.cli.window_table import AHEAD, notices, print_rows, rows_of
from ictss_monitor.cli.window_words import Over, window_of
from ictss_monitor.clock import Instant, SystemClock
from ictss_monitor.errors import UsageError
from ictss_monitor.ledger.acts import EndWindow, EnterWindow, Entry
from ictss_monitor.ledger.standing import HeldWindow, windows_of
from ictss_monitor.probing import registry
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.ledger import entries

over = gathered(
    "scope",
    Over,
    click.option("--service", "services", metavar="ID", multiple=True, help="Over this service; as often as needed."),
    click.option("--check", "checks", metavar="ID", multiple=True, help="Over this check."),
    click.option("--site", "sites", metavar="ID", multiple=True, help="Over the checks at this site."),
    click.option("--council", "councils", metavar="ID", multiple=True, help="For this council; alone: all it has."),
)
"""Gives a command the options of `Over`, and hands it over as `scope`."""


@click.group()
def maintenance() -> None:
    """Enter, list and end maintenance windows, beside those of the catalogue."""


@maintenance.command("add", short_help="Announce a maintenance window")
@click.argument("id_", metavar="ID")
@click.option("--from", "begin", metavar="TIME", required=True, help="Begin, local time: 2026-01-04T01:00.")
@click.option("--to", "end", metavar="TIME", required=True, help="End: a local time, or a time of day, 05:00.")
@click.option("--repeat", metavar="RRULE", help="How it repeats (RFC 5545): FREQ=WEEKLY;BYDAY=SU.")
@over
@click.option("--notice-given", metavar="INSTANT", help="When it was announced, elsewhere; needs --approver.")
@signed
@with_config
def add(
    config: Path,
    id_: str,
    begin: str,
    end: str,
    repeat: str | None,
    scope: Over,
    notice_given: str | None,
    signature: Signature,
) -> None:
    """Announce the maintenance window ID: what is lost in it is forgiven as each policy says.

    It counts as announced now. A window that has begun already forgives nothing, unless another person approves that
    notice was given earlier. Times are those of the councils named where they share a zone, else of the settings.
    """
    catalogue = load(config, registry.options_model)
    window = window_of(catalogue, id_, begin, end, repeat, scope, signature.why)
    now = SystemClock().now()
    notice = None if notice_given is None else instant_of(notice_given, window.zone)
    if notice is not None and signature.approver is None:
        raise UsageError("--notice-given counts only where another person approves it: name one with --approver")
    lines = run_async(_enter(catalogue, EnterWindow(window, notice), signature, now))
    for line in [*lines, *notices(catalogue, window, now if notice is None else notice, now)]:
        click.echo(line)
    if notice is None and next(occurrences(window, 0, now), None) is not None:
        click.echo("  it has begun already: give --notice-given and --approver if it was announced before")


@maintenance.command("end", short_help="End a maintenance window before its time")
@click.argument("id_", metavar="ID")
@click.option("--at", metavar="INSTANT", help="When it is over, local time; now if not said.")
@signed
@with_config
def end(config: Path, id_: str, at: str | None, signature: Signature) -> None:
    """End the window ID, of the ledger or the catalogue: nothing at or after that time is maintenance any more.

    One that repeats does not take place again.
    """
    catalogue = load(config, registry.options_model)
    now = SystemClock().now()

    async def end_it() -> list[str]:
        windows, _ = await _windows(catalogue)
        if id_ not in windows:
            raise UsageError.unknown("maintenance window", id_, windows)
        window = windows[id_].window
        instant = now if at is None else instant_of(at, window.zone)
        if next(occurrences(window, instant, instant + AHEAD), None) is None:
            when = moment_text(instant, zone_of(window.zone))
            raise UsageError(f"the maintenance window '{id_}' is over by {when} anyway: there is nothing to end")
        return await _enter(catalogue, EndWindow(id_, instant), signature, now)

    for line in run_async(end_it()):
        click.echo(line)


@maintenance.command("list", short_help="List maintenance windows")
@click.option(
    "--period", metavar="PERIOD", help="Each time that one takes place in it, as for kpi; else the next time."
)
@click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="How it is printed.")
@with_config
def list_(config: Path, period: str | None, form: str) -> None:
    """List the windows of catalogue and ledger: when they take place, who announced them, and whether in time."""
    catalogue = load(config, registry.options_model)
    now = SystemClock().now()
    if period is None:
        start, stop = now, now + AHEAD
    else:
        asked = asked_period(catalogue, period, None, None, now).within(catalogue.settings.zone)
        start, stop = asked.start, asked.end
    windows, held = run_async(_windows(catalogue))
    print_rows(catalogue, rows_of(windows, held, start, stop, next_only=period is None), form)


async def _windows(catalogue: Catalogue) -> tuple[dict[str, HeldWindow], tuple[Entry, ...]]:
    """Return the windows of catalogue and ledger by id, and the entries of the ledger."""
    async with open_store(catalogue.settings.store) as store, store.read() as tx:
        held = await entries(tx)
    return windows_of(catalogue.windows, held), held


async def _enter(catalogue: Catalogue, act: EnterWindow | EndWindow, signature: Signature, now: Instant) -> list[str]:
    async with open_store(catalogue.settings.store) as store:
        return await enter(store, catalogue, [act], signature, now)
