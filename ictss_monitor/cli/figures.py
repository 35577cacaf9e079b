"""Commands that read the store: status, outages, kpi. They print; nothing is computed here."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ictss_monitor import kpis
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.periods import PeriodSpec, from_instants, parse
from ictss_monitor.availability.printing import bounds_text, duration_text, percent, percent_at_most
from ictss_monitor.catalogue.model import Catalogue, Service, Subject
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.main import run_async
from ictss_monitor.clock import SECOND, Instant, SystemClock, to_datetime
from ictss_monitor.errors import UsageError
from ictss_monitor.judging.live import CheckState, Judge
from ictss_monitor.judging.outages import Outage
from ictss_monitor.probe import Outcome
from ictss_monitor.probing import registry
from ictss_monitor.resuming import resume_judge
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.heartbeat import Heartbeat, heartbeats
from ictss_monitor.store.outages import outages_between

STYLES: Final = {Outcome.UP: "green", Outcome.DEGRADED: "yellow", Outcome.DOWN: "bold red", Outcome.UNKNOWN: "magenta"}
FORMATS: Final = click.Choice(["table", "json", "csv"])


@click.command()
@click.option("--period", help="A month 2026-10, quarter 2026-Q3, year 2026, financial year FY2026/27, FY2026/27-Q2.")
@click.option("--from", "since", metavar="INSTANT", help="Instead of --period: begin, local to the catalogue's zone.")
@click.option("--to", "until", metavar="INSTANT", help="With --from: the end, not included.")
@click.option("--service", help="Only this service.")
@click.option("--council", help="Only this council.")
@click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="How it is printed.")
@click.pass_obj
def kpi(
    config: Path,
    period: str | None,
    since: str | None,
    until: str | None,
    service: str | None,
    council: str | None,
    form: str,
) -> None:
    """Compute availability with bounds, coverage and target; the running month if no period is given."""
    catalogue = load(config, registry.options_model)
    _known(catalogue, service, council)
    clock = SystemClock()
    spec = _spec(catalogue, period, since, until, clock.now())
    table = run_async(_kpi_table(catalogue, spec, clock.now()))
    rows = [row for row in table.rows if _wanted(row, service, council)]
    if form == "table":
        _print_kpis(table, rows, catalogue)
    elif form == "json":
        click.echo(json.dumps([_record(table, row) for row in rows], indent=2))
    else:
        click.echo(_csv(_record(table, row) for row in rows), nl=False)


async def _kpi_table(catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> KpiTable:
    async with open_store(catalogue.settings.store) as store:
        return await kpis.kpi_table(store, catalogue, spec, now)


def _spec(catalogue: Catalogue, period: str | None, since: str | None, until: str | None, now: Instant) -> PeriodSpec:
    if since is None and until is None:
        local = to_datetime(now).astimezone(ZoneInfo(catalogue.settings.zone))
        return parse(period or f"{local:%Y-%m}")
    if period is not None:
        raise UsageError("--period and --from/--to exclude each other; give one of them")
    if since is None or until is None:
        raise UsageError("--from and --to belong together; give both")
    return from_instants(since, until, catalogue.settings.zone)


def _known(catalogue: Catalogue, service: str | None, council: str | None) -> None:
    if service is not None and service not in catalogue.services:
        raise UsageError.unknown("service", service, catalogue.services)
    if council is not None and council not in catalogue.councils:
        raise UsageError.unknown("council", council, catalogue.councils)


def _wanted(row: KpiRow, service: str | None, council: str | None) -> bool:
    if service is not None and (row.subject, row.id) != (Subject.SERVICE, service):
        return False
    return council is None or row.council == council


def _print_kpis(table: KpiTable, rows: list[KpiRow], catalogue: Catalogue) -> None:
    zone = ZoneInfo(catalogue.settings.zone)
    said = f"Availability {table.label}, as known at {to_datetime(table.now).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    printed = Table(title=said, title_justify="left", caption=f"catalogue {table.digest[:12]}", caption_justify="left")
    for heading in ("", "Council", "Availability", "Target", "", "Bounds", "Coverage", "Lost", "Left", "Outages"):
        numeric = heading in ("Availability", "Target", "Bounds", "Coverage", "Lost", "Left", "Outages")
        printed.add_column(heading, justify="right" if numeric else "left", no_wrap=heading in ("Availability", "Lost"))
    subject = None
    for row in rows:
        if row.subject is not subject:
            printed.add_section()
            subject = row.subject
        printed.add_row(*_cells(row))
    Console().print(printed)
    unwatched = [system.name for system in catalogue.unwatched.values()]
    if unwatched:
        click.echo(f"Not monitored: {', '.join(unwatched)}")


def _cells(row: KpiRow) -> Iterator[str | Text]:
    figure = row.figure
    yield row.name if row.subject is Subject.SERVICE else f"{row.name} ({row.subject.value})"
    yield row.council or "all"
    yield row.text
    yield f"{percent(row.target)} %" if row.target is not None else ""
    yield {True: Text("met", "green"), False: Text("MISSED", "bold red"), None: Text("")}[row.met]
    yield bounds_text(figure) if figure.low is not None else ""
    yield f"{percent_at_most(figure.coverage)} %" if figure.coverage is not None else ""
    yield duration_text(figure.lost) if figure.measured else ""
    yield _left(row.budget)
    yield str(row.outages.count) if row.subject is Subject.SERVICE and figure.measured else ""


def _left(budget: int | None) -> str:
    if budget is None:
        return ""
    return duration_text(budget) if budget >= 0 else f"-{duration_text(-budget)}"


def _record(table: KpiTable, row: KpiRow) -> dict[str, Any]:
    """Return a row for machines: exact shares as fractions in text, durations in seconds."""
    figure = row.figure
    return {
        "period": table.label,
        "from": _iso(row.period.start),
        "to": _iso(row.period.end),
        "subject": row.subject.value,
        "id": row.id,
        "name": row.name,
        "council": row.council,
        "standing": row.standing.value,
        "text": row.text,
        "hosted_externally": row.hosted_externally,
        "measured_from": None if row.measured_from is None else _iso(row.measured_from),
        "availability": _exact(figure.value if figure.shown else None),
        "low": _exact(figure.low),
        "high": _exact(figure.high),
        "coverage": _exact(figure.coverage),
        "target": _exact(row.target),
        "met": row.met,
        "measured_seconds": figure.measured / 1_000_000,
        "unknown_seconds": figure.unknown / 1_000_000,
        "lost_seconds": figure.lost / 1_000_000,
        "degraded_seconds": figure.degraded / 1_000_000,
        "left_seconds": None if row.budget is None else row.budget / 1_000_000,
        "outages": row.outages.count,
        "catalogue": table.digest,
    }


def _exact(share: Any) -> str | None:
    return None if share is None else str(share)


def _iso(instant: Instant) -> str:
    return to_datetime(instant).isoformat().replace("+00:00", "Z")


def _csv(records: Iterable[dict[str, Any]]) -> str:
    held = list(records)
    text = io.StringIO()
    if held:
        writer = csv.DictWriter(text, fieldnames=list(held[0]))
        writer.writeheader()
        writer.writerows(held)
    return text.getvalue()


@click.command()
@click.option("--checks", is_flag=True, help="List every check, not only those that are not up.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_obj
def status(config: Path, checks: bool, form: str) -> None:
    """Show every service by council, open outages, and the checks that are not up, as the store has them."""
    catalogue = load(config, registry.options_model)
    now = SystemClock().now()
    judge, beat = run_async(_standing(catalogue))
    if form == "json":
        click.echo(json.dumps(_status_record(judge, beat), indent=2))
        return
    console = Console()
    console.print(_heartbeat_line(beat, now, catalogue))
    console.print(_services_table(catalogue, judge))
    shown = [(check, held) for check, held in judge.check_states() if checks or held.state is not Outcome.UP]
    if shown:
        console.print(_checks_table(catalogue, shown, now))
    for system in catalogue.unwatched.values():
        console.print(f"not monitored: {system.name} ({system.why})", style="dim")


async def _standing(catalogue: Catalogue) -> tuple[Judge, Heartbeat | None]:
    async with open_store(catalogue.settings.store) as store:
        async with store.read() as tx:
            beat = (await heartbeats(tx)).get(catalogue.settings.vantage)
        return await resume_judge(store, catalogue), beat


def _heartbeat_line(beat: Heartbeat | None, now: Instant, catalogue: Catalogue) -> Text:
    if beat is None:
        return Text("Nothing has been recorded yet: is the daemon running?", "bold red")
    age = max(0, now - beat.watermark)
    late = age > 10 * max(catalogue.settings.heartbeat_interval, SECOND)
    said = f"As recorded {duration_text(age)} ago"
    return Text(f"{said}: the daemon is not running, or cannot write" if late else said, "bold red" if late else "")


def _services_table(catalogue: Catalogue, judge: Judge) -> Table:
    table = Table(title="Services by council", title_justify="left")
    table.add_column("Service")
    for council in catalogue.councils.values():
        table.add_column(council.name)
    for service in catalogue.services.values():
        table.add_row(service.name, *(_service_cell(service, council, judge) for council in catalogue.councils))
    return table


def _service_cell(service: Service, council: str, judge: Judge) -> Text:
    if council not in service.provisions:
        return Text("N/A", "dim")
    held = judge.service_state(service.id, council)
    return Text(held.state.value + (f" ({', '.join(held.causes)})" if held.causes else ""), STYLES[held.state])


def _checks_table(catalogue: Catalogue, shown: list[tuple[str, CheckState]], now: Instant) -> Table:
    table = Table(title="Checks", title_justify="left")
    for heading in ("Check", "Site", "State", "For", ""):
        table.add_column(heading)
    for check, held in shown:
        lasted = duration_text(max(0, now - held.since)) if held.since is not None else ""
        state = Text(held.state.value, STYLES[held.state])
        table.add_row(check, catalogue.checks[check].site or "", state, lasted, "changing" if held.pending else "")
    return table


def _status_record(judge: Judge, beat: Heartbeat | None) -> dict[str, Any]:
    def since(instant: Instant | None) -> str | None:
        return None if instant is None else _iso(instant)

    return {
        "recorded_until": None if beat is None else _iso(beat.watermark),
        "services": [
            {
                "service": service,
                "council": council,
                "state": held.state.value,
                "since": since(held.since),
                "causes": list(held.causes),
            }
            for (service, council), held in judge.service_states()
        ],
        "checks": [
            {"check": check, "state": held.state.value, "since": since(held.since), "pending": held.pending}
            for check, held in judge.check_states()
        ],
        "open_outages": [_outage_record(outage) for outage in judge.open_outages()],
    }


@click.command()
@click.option("--period", help="As of kpi; the running month if not given.")
@click.option("--from", "since", metavar="INSTANT", help="Instead of --period: begin, local to the catalogue's zone.")
@click.option("--to", "until", metavar="INSTANT", help="With --from: the end, not included.")
@click.option("--service", help="Only this service.")
@click.option("--council", help="Only this council.")
@click.option("--degraded", is_flag=True, help="Also when a service was degraded, not only when it was down.")
@click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="How it is printed.")
@click.pass_obj
def outages(
    config: Path,
    period: str | None,
    since: str | None,
    until: str | None,
    service: str | None,
    council: str | None,
    degraded: bool,
    form: str,
) -> None:
    """List the outages of a period with their four instants and the checks that caused them."""
    catalogue = load(config, registry.options_model)
    _known(catalogue, service, council)
    span = _spec(catalogue, period, since, until, SystemClock().now()).within(catalogue.settings.zone)
    found = run_async(_outages(catalogue, span.start, span.end, service, council))
    found = [outage for outage in found if degraded or outage.level is Outcome.DOWN]
    if form == "json":
        click.echo(json.dumps([_outage_record(outage) for outage in found], indent=2))
    elif form == "csv":
        click.echo(_csv(_outage_record(outage) for outage in found), nl=False)
    else:
        _print_outages(found, catalogue, span.label)


async def _outages(
    catalogue: Catalogue, start: Instant, end: Instant, service: str | None, council: str | None
) -> list[Outage]:
    async with open_store(catalogue.settings.store) as store, store.read() as tx:
        return await outages_between(tx, start, end, service, council)


def _print_outages(found: list[Outage], catalogue: Catalogue, label: str) -> None:
    if not found:
        click.echo(f"No outages in {label}.")
        return
    zone = ZoneInfo(catalogue.settings.zone)
    now = SystemClock().now()
    printed = Table(title=f"Outages {label}, times of {catalogue.settings.zone}", title_justify="left")
    for heading in ("Service", "Council", "", "Last seen up", "First seen down", "Last seen down", "First seen up"):
        printed.add_column(heading)
    printed.add_column("Length", justify="right")
    printed.add_column("Cause")
    for outage in found:
        moments = (outage.last_seen_up, outage.first_seen_down, outage.last_seen_down, outage.first_seen_up)
        printed.add_row(
            catalogue.services[outage.service].name if outage.service in catalogue.services else outage.service,
            outage.council,
            Text(outage.level.value, STYLES[outage.level]),
            *("" if moment is None else f"{to_datetime(moment).astimezone(zone):%d %b %H:%M:%S}" for moment in moments),
            duration_text((outage.end or now) - outage.first_seen_down) + (" (open)" if outage.end is None else ""),
            ", ".join(outage.causes),
        )
    Console().print(printed)


def _outage_record(outage: Outage) -> dict[str, Any]:
    def iso(moment: Instant | None) -> str | None:
        return None if moment is None else _iso(moment)

    return {
        "service": outage.service,
        "council": outage.council,
        "level": outage.level.value,
        "last_seen_up": iso(outage.last_seen_up),
        "first_seen_down": iso(outage.first_seen_down),
        "last_seen_down": iso(outage.last_seen_down),
        "first_seen_up": iso(outage.first_seen_up),
        "end": iso(outage.end),
        "causes": " ".join(outage.causes),
    }
