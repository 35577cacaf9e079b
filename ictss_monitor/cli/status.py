"""The command `status`: how every service and check stands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from ictss_monitor.availability.printing import duration_text
from ictss_monitor.catalogue.model import Catalogue, Check, Service
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import STYLES, iso, outage_record
from ictss_monitor.clock import SECOND, Instant, SystemClock
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.live import CheckState, Judge
from ictss_monitor.probe import Outcome
from ictss_monitor.probing import registry
from ictss_monitor.resuming import resume_judge
from ictss_monitor.screen import console
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.evidence import open_runs
from ictss_monitor.store.heartbeat import Heartbeat, heartbeats
from ictss_monitor.store.pauses import Pause, current_pauses


@dataclass(frozen=True, slots=True)
class Held:
    """What the store holds of the present."""

    judge: Judge
    beat: Heartbeat | None
    latest: dict[str, Run]
    """By check the run that goes on: what its last observations found."""
    pauses: dict[str, Pause]


@click.command()
@click.option("--checks", is_flag=True, help="List every check, not only those that are not up.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@with_config
def status(config: Path, checks: bool, form: str) -> None:
    """Show every service by council, and the checks that are not up, as the store has them.

    A first line in red says that nothing has been recorded for a while: then all of it is of that time.
    """
    catalogue = load(config, registry.options_model)
    now = SystemClock().now()
    held = run_async(_held(catalogue))
    if form == "json":
        click.echo(json.dumps(_status_record(catalogue, held, now), indent=2))
        return
    screen = console()
    screen.print(_heartbeat_line(held.beat, now, catalogue))
    screen.print(_services_table(catalogue, held.judge, now))
    shown = [
        (check, state)
        for check, state in _present(catalogue, held, now)
        if checks or _is_remarkable(check.id, state, held)
    ]
    if shown:
        screen.print(_checks_table(shown, held, now))
    for system in catalogue.unwatched.values():
        if system.validity.holds_at(now):
            screen.print(f"not monitored: {system.name} ({system.why})", style="dim")


async def _held(catalogue: Catalogue) -> Held:
    vantage = catalogue.settings.vantage
    async with open_store(catalogue.settings.store) as store:
        judge = await resume_judge(store, catalogue)
        async with store.read() as tx:
            return Held(
                judge, (await heartbeats(tx)).get(vantage), await open_runs(tx, vantage), await current_pauses(tx)
            )


def _present(catalogue: Catalogue, held: Held, now: Instant) -> list[tuple[Check, CheckState]]:
    """Return the checks that are in force; what is no longer, or not yet, probed stands nowhere."""
    found = ((catalogue.checks[id_], state) for id_, state in held.judge.check_states())
    return [(check, state) for check, state in found if check.validity.holds_at(now)]


def _is_remarkable(check: str, state: CheckState, held: Held) -> bool:
    return state.state is not Outcome.UP or state.pending or check in held.pauses


def _heartbeat_line(beat: Heartbeat | None, now: Instant, catalogue: Catalogue) -> Text:
    if beat is None:
        return Text("Nothing has been recorded yet: is the daemon running?", "bold red")
    age = max(0, now - beat.watermark)
    late = age > 10 * max(catalogue.settings.heartbeat_interval, SECOND)
    said = f"As recorded {duration_text(age)} ago"
    return Text(f"{said}: the daemon is not running, or cannot write" if late else said, "bold red" if late else "")


def _services_table(catalogue: Catalogue, judge: Judge, now: Instant) -> Table:
    table = Table(title="Services by council", title_justify="left")
    table.add_column("Service")
    councils = [council for council in catalogue.councils.values() if council.validity.holds_at(now)]
    for council in councils:
        table.add_column(council.name)
    for service in catalogue.services.values():
        if service.validity.holds_at(now):
            table.add_row(service.name, *(_service_cell(service, council.id, judge, now) for council in councils))
    return table


def _service_cell(service: Service, council: str, judge: Judge, now: Instant) -> Text:
    provision = next((each for each in service.provisions.get(council, ()) if each.validity.holds_at(now)), None)
    if provision is None:
        return Text("N/A", "dim")
    if provision.rule is None:
        return Text("not monitored", "dim")
    held = judge.service_state(service.id, council)
    return Text(held.state.value + (f" ({', '.join(held.causes)})" if held.causes else ""), STYLES[held.state])


def _checks_table(shown: list[tuple[Check, CheckState]], held: Held, now: Instant) -> Table:
    table = Table(title="Checks", title_justify="left")
    for heading in ("Check", "Site", "State", "For", "Last found"):
        table.add_column(heading)
    for check, state in shown:
        lasted = duration_text(max(0, now - state.since)) if state.since is not None else ""
        table.add_row(
            check.id, check.site or "", Text(state.state.value, STYLES[state.state]), lasted, _found(check.id, held)
        )
    return table


def _found(check: str, held: Held) -> str:
    """Return what the last observations of a check found, or who keeps it from being probed."""
    if (pause := held.pauses.get(check)) is not None:
        return f"paused by {pause.who}" + (f": {pause.why}" if pause.why else "")
    run = held.latest.get(check)
    if run is None:
        return ""
    reason = "" if run.outcome is Outcome.UP else f" ({run.reason.value})"
    return f"{run.outcome.value}{reason}, {run.count} time{'s' if run.count != 1 else ''}"


def _status_record(catalogue: Catalogue, held: Held, now: Instant) -> dict[str, Any]:
    def since(instant: Instant | None) -> str | None:
        return None if instant is None else iso(instant)

    return {
        "recorded_until": None if held.beat is None else iso(held.beat.watermark),
        "services": [
            {
                "service": service,
                "council": council,
                "state": state.state.value,
                "since": since(state.since),
                "causes": list(state.causes),
            }
            for (service, council), state in held.judge.service_states()
        ],
        "checks": [
            {
                "check": check.id,
                "state": state.state.value,
                "since": since(state.since),
                "pending": state.pending,
                "paused": check.id in held.pauses,
            }
            for check, state in _present(catalogue, held, now)
        ],
        "open_outages": [outage_record(outage) for outage in held.judge.open_outages()],
    }
