"""The command `probe`: one run of a check of the catalogue, or of what the options describe."""

from __future__ import annotations

import json
import re
import types
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import click
import yaml
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from ictss_monitor.catalogue.language import CheckWords
from ictss_monitor.catalogue.model import Check
from ictss_monitor.catalogue.parse import Source, parse
from ictss_monitor.catalogue_files import load, secret_reader
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.errors import CatalogueError, UsageError
from ictss_monitor.probe import Finding, Outcome
from ictss_monitor.probing import registry
from ictss_monitor.probing.runner import run_once
from ictss_monitor.probing.thresholds import foreseen

EXIT_OF: Final = {Outcome.UP: 0, Outcome.DEGRADED: 1, Outcome.DOWN: 2, Outcome.UNKNOWN: 3}
COLOUR_OF: Final = {Outcome.UP: "green", Outcome.DEGRADED: "yellow", Outcome.DOWN: "red", Outcome.UNKNOWN: "magenta"}

AD_HOC: Final = "ad-hoc"
CORE: Final = {name: CheckWords.model_fields[name] for name in ("address", "time_limit", "degraded", "down")}
"""What a single run takes of a check's own words; the rest is about running again and again."""
PROBLEM: Final = re.compile(rf"--set:\d+: checks\.{AD_HOC}(?:\.options)?(?:\.(?P<key>[^:]+))?: (?P<what>.*)")


class ProbeCommand(click.Command):
    """A command whose help names the probe types that are installed."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the probe types."""
        with formatter.section("Types"):
            formatter.write_text(", ".join(registry.kinds()) + "; `ictss-monitor probe TYPE` tells the options of one")


@click.command(cls=ProbeCommand)
@click.argument("what", metavar="CHECK|TYPE")
@click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="Probe ad hoc, without a catalogue: address=…, time_limit=…, and the options of the probe type.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the finding as one JSON object.")
@with_config
def probe(config: Path, what: str, settings: tuple[str, ...], as_json: bool) -> int:
    """Run one probe now and show what it found.

    \b
    ictss-monitor probe firewall-riverside
    ictss-monitor probe tcp --set address=192.0.2.1:25 --set expect=220
    ictss-monitor probe http --set address=https://www.example.org/ \\
                             --set 'expect_status=[200, 401]'

    The first runs a check of the catalogue, the others need none. Lists and mappings are written as in YAML.

    Exits with 0 if it is up, 1 degraded, 2 down, 3 unknown.
    """
    check = _ad_hoc(what, settings) if settings else _from_catalogue(what, config)
    finding = run_async(_run(check))
    click.echo(_as_json(check, finding) if as_json else _told(check, finding))
    return EXIT_OF[finding.outcome]


async def _run(check: Check) -> Finding:
    async with registry.open_probes([check.probe]) as probes:
        at_once = [limit for limit in check.limits if not limit.hold]
        return await run_once(probes[check.probe], check.options, check.time_limit, at_once)


def _from_catalogue(name: str, config: Path) -> Check:
    """Return a check of the catalogue. Without one, a probe type's name is asked to say more."""
    is_kind = name in registry.kinds()
    if is_kind and not config.exists():
        raise _asks_for_address(name)
    checks = load(config, registry.options_model).checks
    if name in checks:
        return checks[name]
    raise _asks_for_address(name) if is_kind else UsageError.unknown("check", name, checks)


def _asks_for_address(kind: str) -> UsageError:
    fields = dict(registry.options_model(kind).model_fields)
    address = fields.pop("address")
    needed = "".join(f" --set {name}=…" for name, field in fields.items() if field.is_required())
    others = ", ".join(name for name, field in fields.items() if not field.is_required())
    return UsageError(
        f"probe {kind}: say what to probe with --set address=…{needed} ({address.description}); "
        f"further options: {others}"
    )


def _ad_hoc(kind: str, settings: tuple[str, ...]) -> Check:
    """Return the check that `settings` describe, read by the catalogue's own parser."""
    fields = registry.options_model(kind).model_fields
    entry: dict[str, Any] = {"probe": kind, "options": {}}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise UsageError(f"--set {key}: no value; write --set {key}=VALUE")
        if key not in CORE and key not in fields:
            raise _unknown_setting(key, kind, list(CORE | fields))
        (entry if key in CORE else entry["options"])[key] = _value(key, text, CORE.get(key) or fields.get(key))
    source = Source("--set", yaml.safe_dump({"checks": {AD_HOC: entry}}, sort_keys=False, width=1_000_000))
    try:
        return parse([source], registry.options_model, secret_reader(Path())).checks[AD_HOC]
    except CatalogueError as error:
        raise UsageError("\n".join(_in_words_of_options(problem, kind) for problem in error.problems)) from None


def _unknown_setting(key: str, kind: str, known: list[str]) -> UsageError:
    near = get_close_matches(key, known, n=1)
    meant = f" did you mean '{near[0]}'?" if near else ""
    return UsageError(f"--set {key}: unknown setting of probe {kind};{meant} there are {', '.join(known)}")


def _in_words_of_options(problem: str, kind: str) -> str:
    """Return a problem of the catalogue in the words of the command line."""
    found = PROBLEM.fullmatch(problem)
    if found is None:
        return problem
    return f"--set {found['key']}: {found['what']}" if found["key"] else f"probe {kind}: --set {found['what']}"


def _value(key: str, text: str, field: FieldInfo | None) -> Any:
    """Return `text` as it stands for a field that takes text only, and as YAML for any other."""
    if field is None or _is_text(field.annotation):
        return text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise UsageError(f"--set {key}: {text!r} is not a value, list or mapping in YAML's short form") from None


def _is_text(annotation: Any) -> bool:
    """Tell whether a field of this type takes text and nothing else."""
    parts = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _is_text(parts[0])
    if get_origin(annotation) is Literal:
        return all(isinstance(part, str) for part in parts)
    if get_origin(annotation) in (Union, types.UnionType):
        return all(_is_text(part) for part in parts if part is not types.NoneType)
    return annotation in (str, SecretStr)


def _told(check: Check, finding: Finding) -> str:
    head = f"{check.probe} {check.options.address}: " if check.id == AD_HOC else f"{check.id}: "
    head += click.style(finding.outcome.value, fg=COLOUR_OF[finding.outcome], bold=True)
    if finding.outcome is not Outcome.UP:
        head += f" ({finding.reason.value})"
    lines = [head + (f": {finding.detail}" if finding.detail else "")]
    lines += [f"  {each}" for each in foreseen(finding, check.limits)]
    width = max(map(len, ("latency", *finding.measurements))) + 2
    if finding.latency is not None:
        lines.append(f"  {'latency':<{width}}{finding.latency * 1000:.3f} ms")
    lines += [f"  {name:<{width}}{value:.6g}" for name, value in sorted(finding.measurements.items())]
    return "\n".join(lines)


def _as_json(check: Check, finding: Finding) -> str:
    return json.dumps(
        {
            "check": None if check.id == AD_HOC else check.id,
            "probe": check.probe,
            "address": check.options.address,
            "outcome": finding.outcome.value,
            "reason": finding.reason.value,
            "latency_seconds": finding.latency,
            "measurements": dict(finding.measurements),
            "detail": finding.detail,
            "foreseen": list(foreseen(finding, check.limits)),
        },
        ensure_ascii=False,
    )
