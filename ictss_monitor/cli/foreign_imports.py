"""The commands of `import` that read what other tools keep: Uptime Kuma, Prometheus, Nagios and Icinga."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from ictss_monitor.cli.files import duration_of, fetched, lines_of, text_of
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.signature import Signature, signed
from ictss_monitor.cli.taking_in import FILE, estate_of, take_in
from ictss_monitor.clock import Instant, SystemClock
from ictss_monitor.errors import UsageError
from ictss_monitor.importing import mapping
from ictss_monitor.importing.estate import Estate
from ictss_monitor.importing.mapping import Mapped, read_mapping
from ictss_monitor.importing.nagios import first_instant, read_nagios
from ictss_monitor.importing.problems import refusal
from ictss_monitor.importing.prometheus import read_prometheus
from ictss_monitor.importing.records import Contents, read_csv
from ictss_monitor.importing.uptime_kuma import read_uptime_kuma


def mapped(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that map another tool's names, and the span that is wanted of its history."""
    for option in (
        click.option("--to", "until", metavar="INSTANT", help="Its end, not included."),
        click.option("--from", "since", metavar="INSTANT", help="Begin of what is wanted of the history, local time."),
        click.option("--map-file", type=FILE, help="A CSV with name, service, council instead."),
        click.option("--map", "words", metavar="NAME=SERVICE:COUNCIL", multiple=True, help="What stands for what."),
    ):
        command = option(command)
    return command


@click.command("uptime-kuma")
@click.argument("file", type=FILE)
@mapped
@signed
@with_config
def uptime_kuma(
    config: Path,
    file: Path,
    words: tuple[str, ...],
    map_file: Path | None,
    since: str | None,
    until: str | None,
    signature: Signature,
) -> None:
    """Import the heartbeats of FILE, a database of Uptime Kuma 1 or 2 (kuma.db); NAME is a monitor's."""
    estate = estate_of(config)
    begin, end = _wanted(estate, since, until)
    rows, problems = read_uptime_kuma(file, _mapping(estate, words, map_file), begin, end)
    take_in(estate, str(file), rows, problems, signature)


@click.command("prometheus")
@click.argument("source", metavar="FILE|URL")
@click.option("--label", default="instance", show_default=True, help="The label whose value NAME is.")
@click.option("--step", metavar="DURATION", help="The step of the query; the shortest in the data if not given.")
@mapped
@signed
@with_config
def prometheus(
    config: Path,
    source: str,
    label: str,
    step: str | None,
    words: tuple[str, ...],
    map_file: Path | None,
    since: str | None,
    until: str | None,
    signature: Signature,
) -> None:
    """Import the answer of Prometheus to a range query for probe_success, from a file or its URL."""
    estate = estate_of(config)
    begin, end = _wanted(estate, since, until)
    known = _mapping(estate, words, map_file)
    remote = source.startswith(("http://", "https://"))
    text = run_async(fetched(source)) if remote else text_of(Path(source))
    name = "the answer of Prometheus" if remote else source
    rows, problems = read_prometheus(text, known, label, duration_of("--step", step), begin, end)
    take_in(estate, name, rows, problems, signature)


@click.command("nagios")
@click.argument("files", metavar="FILE [FILE]", type=FILE, nargs=-1, required=True)
@mapped
@signed
@with_config
def nagios(
    config: Path,
    files: tuple[Path, ...],
    words: tuple[str, ...],
    map_file: Path | None,
    since: str | None,
    until: str | None,
    signature: Signature,
) -> None:
    """Import logs of Nagios or Icinga and their archives, in any order; NAME is HOST or 'HOST;SERVICE'."""
    estate = estate_of(config)
    begin, end = _wanted(estate, since, until)
    in_order = sorted(files, key=lambda file: first_instant(lines_of(file)))
    logs = [(str(file), lines_of(file)) for file in in_order]
    rows, problems = read_nagios(logs, _mapping(estate, words, map_file), begin, end)
    take_in(estate, "the logs", rows, problems, signature)


def _mapping(estate: Estate, words: Sequence[str], map_file: Path | None) -> Mapped:
    contents = Contents() if map_file is None else read_csv(text_of(map_file), mapping.COLUMNS, mapping.COLUMNS)
    if contents.problems:
        raise refusal(str(map_file), contents.problems)
    found, problems = read_mapping(words, contents.records, estate)
    if problems:
        raise refusal(str(map_file), problems)
    return found


def _wanted(estate: Estate, since: str | None, until: str | None) -> tuple[Instant | None, Instant]:
    """Return the span that is wanted of another tool's history, which ends now at the latest."""
    now = SystemClock().now()
    begin = None if since is None else estate.instant(since, None)
    end = now if until is None else min(now, estate.instant(until, None))
    if begin is not None and end <= begin:
        raise UsageError("--to must be after --from, and --from not in the future")
    return begin, end
