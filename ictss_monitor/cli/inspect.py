"""Commands that look and change nothing: version, check-config, schema, probe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
import yaml

from ictss_monitor import __version__
from ictss_monitor.catalogue.language import CheckWords
from ictss_monitor.catalogue.model import Catalogue, Check
from ictss_monitor.catalogue.parse import Source, parse
from ictss_monitor.catalogue.schema import json_schema
from ictss_monitor.catalogue_files import load, secret_reader
from ictss_monitor.cli.main import run_async
from ictss_monitor.errors import UsageError
from ictss_monitor.probe import Finding, Outcome
from ictss_monitor.probing import registry
from ictss_monitor.probing.runner import run_once

EXIT_OF: Final = {Outcome.UP: 0, Outcome.DEGRADED: 1, Outcome.DOWN: 2, Outcome.UNKNOWN: 3}
COLOUR_OF: Final = {Outcome.UP: "green", Outcome.DEGRADED: "yellow", Outcome.DOWN: "red", Outcome.UNKNOWN: "magenta"}


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"ictss-monitor {__version__}")


@click.command("check-config")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.pass_obj
def check_config(config: Path, path: Path | None) -> None:
    """Say everything that is wrong with the catalogue (PATH, or that of --config), or what it holds if nothing is.

    Exits with 78 where something is wrong: one line for each problem, with its file and line.
    """
    catalogue = load(path or config, registry.options_model)
    click.echo(f"{path or config} is right: {_contents(catalogue)}")
    for system in catalogue.unwatched.values():
        click.echo(f"  not monitored: {system.name} ({system.why})")


def _contents(catalogue: Catalogue) -> str:
    counts = {
        "council": len(catalogue.councils),
        "site": len(catalogue.sites),
        "check": len(catalogue.checks),
        "service": len(catalogue.services),
        "area": len(catalogue.areas),
        "basket": len(catalogue.baskets),
        "target": len(catalogue.targets),
        "system not monitored": len(catalogue.unwatched),
    }
    said = [f"{count} {noun if count == 1 else _plural(noun)}" for noun, count in counts.items()]
    return ", ".join(said)


def _plural(noun: str) -> str:
    first, *rest = noun.split(" ", 1)
    return " ".join([first + "s", *rest])


@click.command()
def schema() -> None:
    """Print the JSON schema of the catalogue, for editors that help while one writes YAML."""
    models = {kind: registry.options_model(kind) for kind in registry.kinds()}
    click.echo(json.dumps(json_schema(models), indent=2, ensure_ascii=False))


@click.command()
@click.argument("what", metavar="CHECK|TYPE")
@click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="Probe ad hoc, without a catalogue: address=…, time_limit=…, and the options of the probe type.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the finding as one JSON object.")
@click.pass_obj
def probe(config: Path, what: str, settings: tuple[str, ...], as_json: bool) -> int:
    """Run one probe now and show what it found.

    \b
    ictss-monitor probe fw-eastfield                         a check of the catalogue
    ictss-monitor probe tcp --set address=192.0.2.1:25 --set expect=220
    ictss-monitor probe http --set address=https://www.example.org/ --set 'expect_status=[200]'

    Exits with 0 if it is up, 1 degraded, 2 down, 3 unknown.
    """
    check = _ad_hoc(what, settings) if settings else _from_catalogue(what, config)
    finding = run_async(_run(check))
    click.echo(_as_json(check, finding) if as_json else _told(check, finding))
    return EXIT_OF[finding.outcome]


async def _run(check: Check) -> Finding:
    async with registry.open_probes([check.probe]) as probes:
        return await run_once(probes[check.probe], check.options, check.time_limit, check.limits)


def _from_catalogue(name: str, config: Path) -> Check:
    if name in registry.kinds() and not config.exists():
        raise UsageError(f"probe {name} needs to know what to probe; write: probe {name} --set address=…")
    checks = load(config, registry.options_model).checks
    if name in checks:
        return checks[name]
    if name in registry.kinds():
        raise UsageError(f"probe {name} needs to know what to probe; write: probe {name} --set address=…")
    raise UsageError.unknown("check", name, checks)


def _ad_hoc(kind: str, settings: tuple[str, ...]) -> Check:
    """Return the check that `settings` describe, read by the catalogue's own parser."""
    entry: dict[str, Any] = {"probe": kind, "options": {}}
    core = {field.alias or name for name, field in CheckWords.model_fields.items()} - {"probe", "options"}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise UsageError(f"--set {key}: no value; write --set {key}=VALUE")
        (entry if key in core else entry["options"])[key] = _value(text)
    source = Source("--set", yaml.safe_dump({"checks": {"ad-hoc": entry}}, sort_keys=False))
    return parse([source], registry.options_model, secret_reader(Path())).checks["ad-hoc"]


def _value(text: str) -> Any:
    """Return `text` as it stands, or as YAML where it is written as a list, a mapping, a number or a truth."""
    if text[:1] in ("[", "{") or text in ("true", "false") or text.lstrip("-").replace(".", "", 1).isdigit():
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError:
            raise UsageError(f"--set …={text}: not a list or mapping in YAML's short form") from None
    return text


def _told(check: Check, finding: Finding) -> str:
    head = f"{check.id}: " if check.id != "ad-hoc" else f"{check.probe} {check.options.address}: "
    head += click.style(finding.outcome.value, fg=COLOUR_OF[finding.outcome], bold=True)
    if finding.outcome is not Outcome.UP:
        head += f" ({finding.reason.value})"
    lines = [head + (f": {finding.detail}" if finding.detail else "")]
    if finding.latency is not None:
        lines.append(f"  {'latency':<28}{finding.latency * 1000:.3f} ms")
    lines += [f"  {name:<28}{value:.6g}" for name, value in sorted(finding.measurements.items())]
    return "\n".join(lines)


def _as_json(check: Check, finding: Finding) -> str:
    return json.dumps(
        {
            "check": check.id,
            "probe": check.probe,
            "address": check.options.address,
            "outcome": finding.outcome.value,
            "reason": finding.reason.value,
            "latency_seconds": finding.latency,
            "measurements": dict(finding.measurements),
            "detail": finding.detail,
        }
    )
