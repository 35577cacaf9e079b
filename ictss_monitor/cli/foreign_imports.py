"""The commands of `import` that read what other tools keep: Uptime Kuma, Prometheus, Nagios and Icinga."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from ictss_monitor.cli.files import duration_of, fetched, lines_of, text_of
from ictss_monitor.cli.gathered import gathered
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of another tool's names stands for what, and which span of its history is wanted, as it was said."""

    words: tuple[str, ...]
    map_file: Path | None
    since: str | None
    until: str | None

    def mapping(self, estate: Estate) -> Mapped:
        """Return what the names stand for. Raises UsageError with everything that is wrong with them."""
        given = self.map_file
        contents = Contents() if given is None else read_csv(text_of(given), mapping.COLUMNS, mapping.COLUMNS)
        if contents.problems:
            raise refusal(str(given), contents.problems)
        found, problems = read_mapping(self.words, contents.records, estate)
        if problems:
            raise refusal(str(given), problems)
        return found

    def span(self, estate: Estate) -> tuple[Instant | None, Instant]:
        """Return the span, which ends now at the latest. Raises PeriodError, and UsageError for an empty one."""
        now = SystemClock().now()
        begin = None if self.since is None else estate.instant(self.since, None)
        end = now if self.until is None else min(now, estate.instant(self.until, None))
        if begin is not None and end <= begin:
            raise UsageError("--to must be after --from, and --from not in the future")
        return begin, end


mapped = gathered(
    "wanted",
    Wanted,
    click.option("--map", "words", metavar="NAME=SERVICE:COUNCIL", multiple=True, help="What stands for what."),
    click.option("--map-file", type=FILE, help="A CSV with name, service, council instead."),
    click.option("--from", "since", metavar="INSTANT", help="Begin of what is wanted of the history, local time."),
    click.option("--to", "until", metavar="INSTANT", help="Its end, not included."),
)
"""Gives a command the options of what is `Wanted`, and hands it over as `wanted`."""


@click.command("uptime-kuma")
@click.argument("file", type=FILE)
@mapped
@signed
@with_config
def uptime_kuma(
    config: Path,
    file: Path,
    wanted: Wanted,
    signature: Signature,
) -> None:
    """Import the heartbeats of FILE, a database of Uptime Kuma 1 or 2 (kuma.db); NAME is a monitor's."""
    estate = estate_of(config)
    begin, end = wanted.span(estate)
    rows, problems = read_uptime_kuma(file, wanted.mapping(estate), begin, end)
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
    wanted: Wanted,
    signature: Signature,
) -> None:
    """Import the answer of Prometheus to a range query for probe_success, from a file or its URL."""
    estate = estate_of(config)
    begin, end = wanted.span(estate)
    known = wanted.mapping(estate)
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
    wanted: Wanted,
    signature: Signature,
) -> None:
    """Import logs of Nagios or Icinga and their archives, in any order; NAME is HOST or 'HOST;SERVICE'."""
    estate = estate_of(config)
    begin, end = wanted.span(estate)
    in_order = sorted(files, key=lambda file: first_instant(lines_of(file)))
    logs = [(str(file), lines_of(file)) for file in in_order]
    rows, problems = read_nagios(logs, wanted.mapping(estate), begin, end)
    take_in(estate, "the logs", rows, problems, signature)
