"""Commands that change something: pause, resume, db upgrade."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.clock import SystemClock
from ictss_monitor.errors import UsageError
from ictss_monitor.probing import registry
from ictss_monitor.store import pauses
from ictss_monitor.store.engine import open_store


@click.command()
@click.argument("check")
@click.option("--why", default="", help="The reason, kept with the pause.")
@with_config
def pause(config: Path, check: str, why: str) -> None:
    """Stop probing CHECK until `resume`; a running daemon follows within two seconds.

    The time of a paused check is unknown: it lowers coverage, never availability.
    """
    catalogue = _with_check(config, check)
    begun = run_async(_pause(catalogue, check, why))
    click.echo(f"{check} is paused" if begun else f"{check} was paused already")


@click.command()
@click.argument("check")
@with_config
def resume(config: Path, check: str) -> None:
    """Probe a paused CHECK again."""
    catalogue = _with_check(config, check)
    ended = run_async(_resume(catalogue, check))
    click.echo(f"{check} is probed again" if ended else f"{check} was not paused")


def _with_check(config: Path, check: str) -> Catalogue:
    catalogue = load(config, registry.options_model)
    if check not in catalogue.checks:
        raise UsageError.unknown("check", check, catalogue.checks)
    return catalogue


async def _pause(catalogue: Catalogue, check: str, why: str) -> bool:
    async with open_store(catalogue.settings.store) as store, store.write() as tx:
        return await pauses.pause(tx, check, SystemClock().now(), getpass.getuser(), why)


async def _resume(catalogue: Catalogue, check: str) -> bool:
    async with open_store(catalogue.settings.store) as store, store.write() as tx:
        return await pauses.resume(tx, check, SystemClock().now())


@click.group()
def db() -> None:
    """Create and upgrade the store."""


@db.command(short_help="Create the store or bring it up to date")
@with_config
def upgrade(config: Path) -> None:
    """Create the store, or bring it to the version that this program needs."""
    click.echo(upgrade_store(config))


def upgrade_store(config: Path) -> str:
    """Upgrade the store that the catalogue names, and say so in one line."""
    from ictss_monitor.store.address import parse_address
    from ictss_monitor.store.schema import upgrade as upgrade_schema

    url = load(config, registry.options_model).settings.store
    before, after = run_async(upgrade_schema(url))
    name = parse_address(url).name
    if before == after:
        return f"the store {name} has schema version {after} already"
    return f"the store {name} now has schema version {after}" + (f", before {before}" if before else "")
