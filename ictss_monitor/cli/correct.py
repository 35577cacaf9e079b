"""The commands of `correct`: what operators say of the evidence, each an entry of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.audit import held_entries, print_entries
from ictss_monitor.cli.entering import enter
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import FORMATS
from ictss_monitor.cli.signature import Signature, signed
from ictss_monitor.cli.stretches import Meant, When, Whose, between, by_outage, either, meant, past, whose
from ictss_monitor.clock import Instant, SystemClock
from ictss_monitor.errors import UsageError
from ictss_monitor.ledger.acts import Act, Attribute, Declare, Entry, Move, Withdraw
from ictss_monitor.probe import Outcome
from ictss_monitor.probing import registry
from ictss_monitor.store.engine import open_store

FAULT = click.Choice([fault.value for fault in Fault])
SUPPLIER = click.option("--supplier", metavar="NAME", help="Which third party; alone it means --fault third_party.")


@click.group()
def correct() -> None:
    """Say what the evidence does not: whose an outage was, that it was none, or one that no probe saw.

    Nothing observed is changed: each correction is an entry of the ledger, with who and why, and can be withdrawn. Each
    says which figures it changes; what is sealed stays until it is revised.
    """


@correct.command("attribute", short_help="Say whose an outage was")
@whose
@either
@click.option("--fault", type=FAULT, help="Whose it was.")
@SUPPLIER
@signed
@with_config
def attribute(
    config: Path, aim: Whose, at: When, fault: str | None, supplier: str | None, signature: Signature
) -> None:
    """Say whose it was that a service was lost; the newest word stands over the catalogue's and older ones.

    The figure stays; what is lost to third parties is not lost in the net figure.
    """
    attribution = _attribution(fault, supplier)
    if attribution is None:
        raise UsageError("say whose it was: --fault, or --supplier")
    _correct(config, aim, at, signature, lambda each, *_: [Attribute(each.extent, attribution)])


@correct.command("not-an-outage", short_help="Say that a service was up, whatever was seen")
@whose
@either
@signed
@with_config
def not_an_outage(config: Path, aim: Whose, at: When, signature: Signature) -> None:
    """Say that a service was up all that time, whatever was observed."""
    _correct(config, aim, at, signature, lambda each, *_: [Declare(each.extent, Outcome.UP)])


@correct.command("outage", short_help="Enter an outage that no probe saw")
@whose
@between
@click.option("--state", type=click.Choice(["down", "degraded"]), default="down", show_default=True)
@click.option("--fault", type=FAULT, help="Whose it was, where that is known.")
@SUPPLIER
@signed
@with_config
def outage(
    config: Path,
    aim: Whose,
    at: When,
    state: str,
    fault: str | None,
    supplier: str | None,
    signature: Signature,
) -> None:
    """Say that a service was down or degraded all that time, whatever was observed: somebody phoned it in."""
    attribution = _attribution(fault, supplier)
    _correct(config, aim, at, signature, lambda each, *_: [Declare(each.extent, Outcome(state), attribution)])


@correct.command("unknown", short_help="Say that nobody knows how a service was")
@whose
@between
@signed
@with_config
def unknown(config: Path, aim: Whose, at: When, signature: Signature) -> None:
    """Say that what was seen in that time tells nothing: the probe was wrong. It lowers the coverage and loses nothing.

    Both bounds stay honest: the upper one takes the time as up, the lower one as down.
    """
    _correct(config, aim, at, signature, lambda each, *_: [Declare(each.extent, Outcome.UNKNOWN)])


@correct.command("move", short_help="Say that an outage began or ended at another time")
@whose
@by_outage
@click.option("--begin", metavar="INSTANT", help="When it really began.")
@click.option("--end", metavar="INSTANT", help="When it was really over.")
@signed
@with_config
def move(config: Path, aim: Whose, at: When, begin: str | None, end: str | None, signature: Signature) -> None:
    """Say that the outage that was on at --outage began or ended at another time.

    Where all of it was somebody else's, so is what it lasts longer: a second entry says so.
    """
    if begin is None and end is None:
        raise UsageError("say what was different: --begin, --end or both")

    def moved(each: Meant, catalogue: Catalogue, now: Instant) -> list[Act]:
        zone = catalogue.councils[each.extent.council].zone
        assert each.outage is not None
        since = each.extent.since if begin is None else past("--begin", begin, zone, now)
        until = each.extent.until if end is None else past("--end", end, zone, now)
        if until <= since:
            raise UsageError("the outage would end before it begins: see `ictss-monitor outages` for when it was")
        actual, fault = replace(each.extent, since=since, until=until), each.outage.fault
        also = [] if fault is Fault.OWN else [Attribute(actual, Attribution(fault))]
        return [Move(each.extent, actual, each.outage.state), *also]

    _correct(config, aim, at, signature, moved)


@correct.command("withdraw", short_help="Take an entry back")
@click.argument("entry", type=click.IntRange(min=1))
@signed
@with_config
def withdraw(config: Path, entry: int, signature: Signature) -> None:
    """Take entry number ENTRY back: what it said does not hold any more. A withdrawal can be withdrawn too."""
    catalogue = load(config, registry.options_model)

    async def take_back() -> list[str]:
        async with open_store(catalogue.settings.store) as store:
            return await enter(store, catalogue, [Withdraw(entry)], signature, SystemClock().now())

    _print(run_async(take_back()))


@correct.command("list", short_help="List what was corrected")
@click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="How it is printed.")
@with_config
def list_(config: Path, form: str) -> None:
    """List the corrections, and what of them was withdrawn; `audit log` lists all that the ledger says."""
    catalogue = load(config, registry.options_model)
    held = run_async(held_entries(catalogue))
    shown: dict[int, Entry] = {}
    for entry in held:
        withdrawal = isinstance(entry.act, Withdraw) and entry.act.entry in shown
        if withdrawal or isinstance(entry.act, Attribute | Declare | Move):
            shown[entry.seq] = entry
    print_entries(held, list(shown.values()), form, catalogue.settings.zone, "The list of corrections")


def _attribution(fault: str | None, supplier: str | None) -> Attribution | None:
    if fault is None:
        return None if supplier is None else Attribution(Fault.THIRD_PARTY, supplier)
    if supplier is not None and fault != Fault.THIRD_PARTY:
        raise UsageError(f"--supplier {supplier} stands beside --fault {fault}: only a third party is a supplier")
    return Attribution(Fault(fault), supplier)


def _correct(
    config: Path,
    aim: Whose,
    at: When,
    signature: Signature,
    act_of: Callable[[Meant, Catalogue, Instant], Sequence[Act]],
) -> None:
    """Enter what `act_of` makes of the stretch that is meant for each council, and print what that did."""
    catalogue = load(config, registry.options_model)

    async def say() -> list[str]:
        now = SystemClock().now()
        async with open_store(catalogue.settings.store) as store:
            async with store.read() as tx:
                stretches = await meant(tx, catalogue, aim, at, now)
            acts = [act for each in stretches for act in act_of(each, catalogue, now)]
            lines = await enter(store, catalogue, acts, signature, now)
        return lines + [
            f"  the outage of {each.extent.service} for {each.extent.council} is not over as far as is known: "
            "say it again once it is"
            for each in stretches
            if each.outage is not None and each.outage.is_open
        ]

    _print(run_async(say()))


def _print(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)
