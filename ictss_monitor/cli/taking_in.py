"""What the commands of `import` share: how rows come into the store, all of them or none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import click

from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.main import run_async
from ictss_monitor.cli.signature import Signature
from ictss_monitor.clock import SystemClock
from ictss_monitor.errors import UsageError
from ictss_monitor.importing.estate import Estate
from ictss_monitor.importing.problems import Problem, refusal
from ictss_monitor.importing.summary import summary
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probing import registry
from ictss_monitor.store.engine import Store, open_store
from ictss_monitor.store.imports import add_import

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
FORM: Final = click.option(
    "--format", "form", type=click.Choice(["csv", "json"]), help="What FILE is; by its name if not said."
)


def estate_of(config: Path) -> Estate:
    """Return what the names in a file mean by the catalogue at `config`."""
    return Estate(load(config, registry.options_model))


def take_in(
    estate: Estate, file: str, rows: Sequence[Imported], problems: Sequence[Problem], signature: Signature
) -> None:
    """Take in the rows of `file`, and say what they are. Raises UsageError for problems, or where there is no row."""
    if problems:
        raise refusal(file, problems)
    if not rows:
        raise UsageError(f"{file}: it holds nothing of what is mapped in the span that is wanted")
    said = run_async(_add(estate, rows, signature))
    for line in summary(rows):
        click.echo(line)
    click.echo(said)


class OnlyTriedError(Exception):
    """Raised within a transaction to undo what was written for a trial."""


async def _add(estate: Estate, rows: Sequence[Imported], signature: Signature) -> str:
    said = ""

    async def add(store: Store) -> None:
        nonlocal said
        async with store.write() as tx:
            at = SystemClock().now()
            batch, new = await add_import(
                tx, rows, at=at, who=signature.who, why=signature.why, approver=signature.approver
            )
            said = f"imported as {batch}" if new else f"imported already as {batch}: nothing changed"
            if signature.dry_run:
                said = f"dry run: would be {said}" if new else said
                raise OnlyTriedError

    await in_store(estate, add)
    return said


async def in_store(estate: Estate, work: Callable[[Store], Awaitable[None]]) -> None:
    """Do `work` with the store open; one that was only tried ends there."""
    async with open_store(estate.catalogue.settings.store) as store:
        try:
            await work(store)
        except OnlyTriedError:
            return
