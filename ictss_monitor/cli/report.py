"""The command `report`: writes the report on a period into a folder, in the formats asked for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from ictss_monitor.availability.periods import CalendarSpan, parse
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import check_known
from ictss_monitor.clock import SystemClock
from ictss_monitor.errors import UsageError
from ictss_monitor.probing import registry
from ictss_monitor.reporting.content import Report
from ictss_monitor.reporting.render import FORMS, render
from ictss_monitor.reporting.sections import statement_words
from ictss_monitor.reports.building import build
from ictss_monitor.store.engine import open_store


@click.command()
@click.option(
    "--period", metavar="PERIOD", required=True, help="As for kpi: 2026-10, FY2026/27-Q2, FY2026/27, 2026-H1."
)
@click.option("--council", metavar="ID", help="Of this council alone; of all together if not given.")
@click.option(
    "--format",
    "forms",
    metavar="FORMATS",
    multiple=True,
    default=["html"],
    show_default=True,
    help=f"Of {', '.join(FORMS)}; several with commas between, or by giving the option again.",
)
@click.option(
    "-o",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Where to; here if not said.",
)
@click.option("--recompute", is_flag=True, help="Leave a statement aside, and say what would come out today.")
@with_config
def report(
    config: Path, period: str, council: str | None, forms: tuple[str, ...], folder: Path, recompute: bool
) -> None:
    """Write the report on a period: the figures for a committee, with all that they rest on.

    What is sealed is reported as it was sealed. The paths of the files are printed on standard output, one on each
    line, and what their figures are on standard error: sealed, a draft, or neither.
    """
    wanted = _wanted(forms)
    spec = parse(period)
    catalogue = load(config, registry.options_model)
    check_known(catalogue, None, council)
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}: make it first, with mkdir -p {folder}")
    click.echo(f"Reading {spec.label} …", err=True)
    made = run_async(_report(catalogue, spec, council, recompute=recompute))
    click.echo(f"{', '.join(made.councils)}: {statement_words(made.statement, made.zone)}.", err=True)
    for form in wanted:
        click.echo(render(made, form, folder))


def _wanted(forms: Iterable[str]) -> tuple[str, ...]:
    """Return the formats asked for, each once, in the order of asking."""
    found = dict.fromkeys(word.strip().lower() for said in forms for word in said.split(","))
    for form in found:
        if form not in FORMS:
            near = str(UsageError.unknown("format", form, FORMS))
            raise UsageError(near if "did you mean" in near else f"{near}: expected {', '.join(FORMS)}")
    return tuple(found)


async def _report(catalogue: Catalogue, spec: CalendarSpan, council: str | None, *, recompute: bool) -> Report:
    async with open_store(catalogue.settings.store) as store:
        return await build(store, catalogue, spec, SystemClock().now(), council=council, recompute=recompute)
