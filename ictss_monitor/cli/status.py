"""The command `status`: how every service and check stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from ictss_monitor.availability.printing import duration_text
from ictss_monitor.catalogue.model import Catalogue, Service
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.main import run_async
from ictss_monitor.cli.reading import STYLES, iso, outage_record
from ictss_monitor.clock import SECOND, Instant, SystemClock
from ictss_monitor.judging.live import CheckState, Judge
from ictss_monitor.probe import Outcome
from ictss_monitor.probing import registry
from ictss_monitor.resuming import resume_judge
from ictss_monitor.screen import console
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.heartbeat import Heartbeat, heartbeats


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
    screen = console()
    screen.print(_heartbeat_line(beat, now, catalogue))
    screen.print(_services_table(catalogue, judge))
    shown = [(check, held) for check, held in judge.check_states() if checks or held.state is not Outcome.UP]
    if shown:
        screen.print(_checks_table(catalogue, shown, now))
    for system in catalogue.unwatched.values():
        screen.print(f"not monitored: {system.name} ({system.why})", style="dim")


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
        return None if instant is None else iso(instant)

    return {
        "recorded_until": None if beat is None else iso(beat.watermark),
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
        "open_outages": [outage_record(outage) for outage in judge.open_outages()],
    }
