"""The command `version`."""

from __future__ import annotations

import click

from ictss_monitor import __version__


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"ictss-monitor {__version__}")
