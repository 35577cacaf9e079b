"""Who says something of the record, why, and who approves it: the options of every command that writes the ledger."""

from __future__ import annotations

import getpass
from dataclasses import dataclass

import click

from ictss_monitor.cli.gathered import gathered


@dataclass(frozen=True, slots=True)
class Signature:
    """Who says it, why, who approves it, and whether it is only tried."""

    who: str
    why: str
    approver: str | None
    dry_run: bool


def this_user() -> str:
    """Return the name of whoever runs the command. Raises UsageError where the machine knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as containers have
        raise click.UsageError("this machine does not know your name: give --who") from None


signed = gathered(
    "signature",
    Signature,
    click.option("--who", metavar="NAME", default=this_user, help="Who says so; you, as this machine knows you."),
    click.option("--why", metavar="TEXT", required=True, help="The reason; kept in the ledger."),
    click.option("--approver", metavar="NAME", help="Another person, who approves it."),
    click.option("--dry-run", is_flag=True, help="Check everything, say what it would be, and change nothing."),
)
"""Gives a command the options of a `Signature`, and hands it over as `signature`."""
