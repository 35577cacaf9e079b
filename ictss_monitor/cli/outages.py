"""The command `outages`: lists what was down, when and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import click
from rich.table import Table
from rich.text import Text

from ictss_monitor.availability.outage_list import ListedOutage, OutageList
from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.availability.printing import duration_text
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.counted_outages import print_counted
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import (
    FORMATS,
    OUTAGE_FIELDS,
    STYLES,
    as_csv,
    begun_period,
    check_known,
    outage_record,
)
from ictss_monitor.clock import Instant, SystemClock, to_datetime
from ictss_monitor.figures.explaining import outages_as_counted
from ictss_monitor.judging.outages import Outage
from ictss_monitor.probe import Outcome
from ictss_monitor.probing import registry
from ictss_monitor.screen import console, fits
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.outages import outages_between


@click.command()
@click.option("--period", metavar="PERIOD", help="As for kpi; the running month if not given.")
@click.option("--from", "since", metavar="INSTANT", help="Instead of --period: begin, 2026-10-01T09:00, local time.")
@click.option("--to", "until", metavar="INSTANT", help="With --from: the end, not included.")
@click.option("--service", metavar="ID", help="Only this service.")
@click.option("--council", metavar="ID", help="Only this council.")
@click.option("--degraded", is_flag=True, help="Also when a service was degraded, not only when it was down.")
@click.option(
    "--counted", is_flag=True, help="As they count: corrected, whose they were, planned or not; not as observed."
)
@click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="How it is printed.")
@with_config
def outages(
    config: Path,
    period: str | None,
    since: str | None,
    until: str | None,
    service: str | None,
    council: str | None,
    degraded: bool,
    counted: bool,
    form: str,
) -> None:
    """List the outages of a period with their four instants and the checks that caused them.

    With --counted as figures count them: with what people corrected and imported, whose each was, and whether it was
    planned. What was said not to be an outage is in json and csv.
    """
    catalogue = load(config, registry.options_model)
    check_known(catalogue, service, council)
    now = SystemClock().now()
    spec = begun_period(catalogue, period, since, until, now)
    if counted:
        held = run_async(_as_counted(catalogue, spec, now))
        print_counted(held, catalogue, spec.label, lambda line: _is_asked(line, service, council, degraded), form)
        return
    span = spec.within(catalogue.settings.zone)
    found = run_async(_outages(catalogue, span.start, span.end, service, council))
    found = [outage for outage in found if degraded or outage.level is Outcome.DOWN]
    if form == "json":
        click.echo(json.dumps([outage_record(outage) for outage in found], indent=2))
    elif form == "csv":
        click.echo(as_csv(OUTAGE_FIELDS, (outage_record(outage) for outage in found)), nl=False)
    else:
        _print_outages(found, catalogue, span.label)


async def _outages(
    catalogue: Catalogue, start: Instant, end: Instant, service: str | None, council: str | None
) -> list[Outage]:
    async with open_store(catalogue.settings.store) as store, store.read() as tx:
        return await outages_between(tx, start, end, service, council)


async def _as_counted(catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> OutageList:
    async with open_store(catalogue.settings.store) as store:
        return await outages_as_counted(store, catalogue, spec, now)


def _is_asked(line: ListedOutage, service: str | None, council: str | None, degraded: bool) -> bool:
    if not degraded and line.level is not Outcome.DOWN:
        return False
    return service in (None, line.service) and council in (None, line.council)


def _print_outages(found: list[Outage], catalogue: Catalogue, label: str) -> None:
    screen = console()
    if not found:
        screen.print(f"No outages recorded in {label}; `kpi` tells how much of it was watched.")
        return
    tables = (_table(found, catalogue, label, moments) for moments in SHOWN)
    screen.print(next((table for table in tables if fits(screen, table)), _table(found, catalogue, label, SHOWN[-1])))


Moments: TypeAlias = tuple[tuple[str, Callable[[Outage], Instant | None]], ...]
"""Columns of instants: each with its heading, and how it is read from an outage."""


def _table(found: list[Outage], catalogue: Catalogue, label: str, moments: Moments) -> Table:
    zone = ZoneInfo(catalogue.settings.zone)
    printed = Table(title=f"Outages {label}, times of {catalogue.settings.zone}", title_justify="left")
    for heading in ("Service", "Council", ""):
        printed.add_column(heading, overflow="fold")
    for heading, _ in moments:
        printed.add_column(heading, no_wrap=True)
    printed.add_column("Length", justify="right", no_wrap=True)
    printed.add_column("Cause", overflow="fold")
    now = SystemClock().now()
    for outage in found:
        printed.add_row(
            catalogue.services[outage.service].name if outage.service in catalogue.services else outage.service,
            outage.council,
            Text(outage.level.value, STYLES[outage.level]),
            *(_local(read(outage), zone) for _, read in moments),
            duration_text((outage.end or now) - outage.first_seen_down) + (", open" if outage.end is None else ""),
            ", ".join(outage.causes),
        )
    return printed


MOMENTS: Final[Moments] = (
    ("Last seen up", lambda outage: outage.last_seen_up),
    ("First seen down", lambda outage: outage.first_seen_down),
    ("Last seen down", lambda outage: None if outage.end is None else outage.last_seen_down),
    ("First seen up", lambda outage: outage.first_seen_up),
)
SHOWN: Final = (MOMENTS, MOMENTS[1::2], MOMENTS[1:2])
"""Those that a table shows, most first: as many as the screen has room for."""


def _local(moment: Instant | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f"{to_datetime(moment).astimezone(zone):%d %b %H:%M:%S}"
