"""The commands of `export`: what is held of the past, for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from ictss_monitor.availability.account import Account
from ictss_monitor.availability.books import stretch_of
from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import OutageBegins
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.files import duration_of
from ictss_monitor.cli.main import LazyGroup, Table, run_async, with_config
from ictss_monitor.cli.reading import begun_period, check_known
from ictss_monitor.clock import Instant, SystemClock
from ictss_monitor.errors import UsageError
from ictss_monitor.figures.kpis import bookkeeper
from ictss_monitor.judging.outages import Outage
from ictss_monitor.probing import registry
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.outages import outages_between

_MOST_SAMPLES: Final = 200_000_000
"""Samples of one export: some 12 GB of text."""


EXPORTS: Final[Table] = {
    "outages": ("ictss_monitor.cli.exports", "export_outages", "Outages, as `import outages` reads them"),
    "openmetrics": ("ictss_monitor.cli.exports", "export_openmetrics", "States of services, for Prometheus"),
    "evidence": ("ictss_monitor.cli.evidence", "export_evidence", "All that the figures of a period rest on"),
}


class ExportGroup(LazyGroup):
    """The forms that can be exported."""

    table = EXPORTS


@click.group("export", cls=ExportGroup)
def export() -> None:
    """Write what is held of the past, for other tools; figures are in `kpi --format csv` and `json`."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of one service for one council over `[start, until)`."""

    service: str
    council: str
    account: Account
    start: Instant
    until: Instant


@click.command("outages")
@click.option("--period", metavar="PERIOD", help="As for kpi; the running month if not given.")
@click.option("--from", "since", metavar="INSTANT", help="Instead of --period: begin, 2026-10-01T09:00, local time.")
@click.option("--to", "until", metavar="INSTANT", help="With --from: the end, not included.")
@click.option("--service", metavar="ID", help="Only this service.")
@click.option("--council", metavar="ID", help="Only this council.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@with_config
def export_outages(
    config: Path,
    period: str | None,
    since: str | None,
    until: str | None,
    service: str | None,
    council: str | None,
    form: str,
) -> None:
    """Write the outages of a period, and the spans that are known, so that `import outages` takes them in again.

    Corrections and imported histories are in it; what is unknown is in no span.
    """
    from ictss_monitor.exporting.history import history_of
    from ictss_monitor.exporting.tables import as_csv, as_json

    found, outages = _held(config, period, since, until, service, council)
    rows = [
        row
        for held in found
        for row in history_of(held.service, held.council, held.account, outages, held.start, held.until)
    ]
    click.echo(as_json(rows) if form == "json" else as_csv(rows), nl=False)


@click.command("openmetrics")
@click.option("--period", metavar="PERIOD", help="As for kpi; the running month if not given.")
@click.option("--from", "since", metavar="INSTANT", help="Instead of --period: begin, 2026-10-01T09:00, local time.")
@click.option("--to", "until", metavar="INSTANT", help="With --from: the end, not included.")
@click.option("--service", metavar="ID", help="Only this service.")
@click.option("--council", metavar="ID", help="Only this council.")
@click.option("--step", metavar="DURATION", default="1m", show_default=True, help="Time between two samples.")
@with_config
def export_openmetrics(
    config: Path,
    period: str | None,
    since: str | None,
    until: str | None,
    service: str | None,
    council: str | None,
    step: str,
) -> None:
    """Write the state of services over a period, to fill Prometheus with the past.

    For `promtool tsdb create-blocks-from openmetrics`. It is the series ictss_service_state of a scrape: 2 up, 1
    degraded, 0 down, -1 unknown.
    """
    from ictss_monitor.exporting import openmetrics

    length = duration_of("--step", step)
    assert length is not None
    found, _ = _held(config, period, since, until, service, council)
    wanted = sum(held.until - held.start for held in found) // length
    if wanted > _MOST_SAMPLES:
        raise UsageError(f"that would be {wanted:,} samples: give a longer --step, or a shorter period")
    click.echo(openmetrics.head(), nl=False)
    for held in found:
        pair = held.service, held.council
        for part in openmetrics.samples_of(pair, held.account.timeline, held.start, held.until, length):
            click.echo(part, nl=False)
    click.echo(openmetrics.END, nl=False)


def _held(
    config: Path, period: str | None, since: str | None, until: str | None, service: str | None, council: str | None
) -> tuple[list[Held], list[Outage]]:
    """Return what is known of the services that are asked for, in the catalogue's order, and the store's outages."""
    catalogue = load(config, registry.options_model)
    check_known(catalogue, service, council)
    now = SystemClock().now()
    spec = begun_period(catalogue, period, since, until, now)
    accounts, outages, seen_until = run_async(_read(catalogue, spec, now))
    return [
        held
        for held in _clipped(catalogue, spec, accounts, seen_until)
        if service in (None, held.service) and council in (None, held.council)
    ], outages


async def _read(
    catalogue: Catalogue, spec: PeriodSpec, now: Instant
) -> tuple[dict[tuple[str, str], Account], list[Outage], Instant]:
    stretch = stretch_of(catalogue, spec)
    async with open_store(catalogue.settings.store) as store, store.read() as tx:
        keeper = await bookkeeper(tx, catalogue, stretch, now)
        outages = await outages_between(tx, stretch.start, stretch.end)
    accounts: dict[tuple[str, str], Account] = {}
    for (begins, _), key, account in keeper.accounts():
        if key not in accounts or begins is OutageBegins.FIRST_FAILURE:
            accounts[key] = account
    return accounts, outages, keeper.edge.now


def _clipped(
    catalogue: Catalogue, spec: PeriodSpec, accounts: dict[tuple[str, str], Account], now: Instant
) -> Iterator[Held]:
    for (service, council), account in accounts.items():
        period = spec.within(catalogue.councils[council].zone)
        if period.start < now:
            yield Held(service, council, account, period.start, min(period.end, now))
