"""Commands about the catalogue's files: init, check-config, schema."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.schema import json_schema
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.main import with_config
from ictss_monitor.errors import UsageError
from ictss_monitor.probing import registry


@click.command()
@with_config
def init(config: Path) -> None:
    """Write a starting catalogue, commented to be made yours, into the folder of --config.

    It describes one council's estate on addresses reserved for documentation. Nothing that is there is overwritten.
    """
    example = example_folder()
    if config.exists() and (not config.is_dir() or any(config.iterdir())):
        raise UsageError(f"{config} is there already; name an empty folder or a new one with --config")
    try:
        config.mkdir(parents=True, exist_ok=True)
        for file in sorted(example.glob("*.yaml")):
            shutil.copyfile(file, config / file.name)
            click.echo(f"{config / file.name} is written; make it yours, then run: ictss-monitor check-config {config}")
    except OSError as error:
        raise UsageError(f"{config} cannot be written: {(error.strerror or str(error)).lower()}") from None


def example_folder() -> Path:
    """Return the folder of the starting catalogue: within the installed package, or in a checkout `config/`."""
    packaged = Path(__file__).parents[1] / "example_config"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "config"


@click.command("check-config")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--against-store", is_flag=True, help="Also say which past figures it would change.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@with_config
def check_config(config: Path, path: Path | None, against_store: bool, form: str) -> None:
    """Say everything that is wrong with the catalogue (PATH, or that of --config), or what it holds if nothing is.

    Exits with 78 where something is wrong: one line on standard error for each problem, with its file and line.

    --against-store compares the figures of the last two years, month by month, with those by the catalogue that was
    loaded last. What is sealed stays. With --format json, that is all that is printed.
    """
    catalogue = load(path or config, registry.options_model)
    if form == "json" and not against_store:
        raise UsageError("--format json is for --against-store: give that too")
    if form == "table":
        click.echo(f"{path or config} is right: {_contents(catalogue)}")
        for system in catalogue.unwatched.values():
            click.echo(f"  not monitored: {system.name} ({system.why})")
    if against_store:
        from ictss_monitor.cli.past import print_past

        print_past(catalogue, form)


def _contents(catalogue: Catalogue) -> str:
    counts = {
        ("council", "councils"): len(catalogue.councils),
        ("site", "sites"): len(catalogue.sites),
        ("check", "checks"): len(catalogue.checks),
        ("service", "services"): len(catalogue.services),
        ("area", "areas"): len(catalogue.areas),
        ("basket", "baskets"): len(catalogue.baskets),
        ("target", "targets"): len(catalogue.targets),
        ("system not monitored", "systems not monitored"): len(catalogue.unwatched),
    }
    terms = {
        ("calendar", "calendars"): len(catalogue.calendars),
        ("policy", "policies"): len(catalogue.policies),
        ("maintenance window", "maintenance windows"): len(catalogue.windows),
        ("rule for major incidents", "rules for major incidents"): len(catalogue.major_incidents),
        ("report", "reports"): len(catalogue.reports),
    }
    said = counts | {name: count for name, count in terms.items() if count}
    return ", ".join(f"{count} {one if count == 1 else many}" for (one, many), count in said.items())


@click.command()
def schema() -> None:
    """Print the JSON schema of the catalogue, for editors that help while one writes YAML."""
    models = {kind: registry.options_model(kind) for kind in registry.kinds()}
    click.echo(json.dumps(json_schema(models), indent=2, ensure_ascii=False))
