"""What an entry of the ledger says, in plain words on one line."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final, TypeAlias

from ictss_monitor.catalogue.terms import Attribution, Fault, Scope, Window
from ictss_monitor.clock import Instant
from ictss_monitor.ledger.acts import (
    Act,
    Attribute,
    Declare,
    EndWindow,
    EnterWindow,
    Extent,
    Import,
    Move,
    Seal,
    Withdraw,
)
from ictss_monitor.probe import Outcome

Moment: TypeAlias = Callable[[Instant], str]
"""How an instant is written: in UTC, or in the reader's zone."""

_WHOSE: Final = {
    Fault.OWN: "our own",
    Fault.UNDETERMINED: "undetermined",
    Fault.COUNCIL_SITE: "the council's own site",
    Fault.THIRD_PARTY: "a third party's",
}


def told(act: Act, moment: Moment) -> str:
    """Return what `act` says, with its instants as `moment` writes them."""
    match act:
        case Attribute(extent, attribution):
            return f"what {_of(extent)} lost {_over(extent, moment)}: {whose(attribution)}"
        case Declare(extent, Outcome.UP, _):
            return f"{_of(extent)} was up {_over(extent, moment)}: not an outage"
        case Declare(extent, state, attribution):
            known = "" if attribution is None else f": {whose(attribution)}"
            return f"{_of(extent)} was {state.value} {_over(extent, moment)}{known}"
        case Move(observed, actual, state):
            return f"{_of(actual)} was {state.value} {_over(actual, moment)}, not {_over(observed, moment)}"
        case EnterWindow(window, notice):
            cited = "" if notice is None else f", announced {moment(notice)}"
            return f"maintenance window {window.id} {scope_text(window.scope)}, {times_text(window)}{cited}"
        case EndWindow(window, at):
            return f"maintenance window {window} is over at {moment(at)}"
        case Withdraw(number):
            return f"entry {number} is withdrawn"
        case Import(batch, _, rows, since, until):
            return f"import {batch}: {rows} row{'' if rows == 1 else 's'} from {moment(since)} to {moment(until)}"
        case Seal(label, version, digest):
            return f"statement {label}, version {version}, is sealed with digest {digest}"


def whose(attribution: Attribution) -> str:
    """Return whose an outage is, in words, with the supplier where one is named."""
    said = _WHOSE[attribution.fault]
    return said if attribution.supplier is None else f"{said} ({attribution.supplier})"


def scope_text(scope: Scope) -> str:
    """Return what a maintenance window is over, in words: `over services mail, web for fenshire`."""
    parts = (("checks", scope.checks), ("services", scope.services), ("sites", scope.sites))
    over = " and ".join(f"{noun} {_list(ids)}" for noun, ids in parts if ids) or "all services"
    return f"over {over}" + (f" for {_list(scope.councils)}" if scope.councils else "")


def times_text(window: Window) -> str:
    """Return the first occurrence of a window, and how it repeats, in words and local time."""
    again = "" if window.rrule is None else f", again by {window.rrule}"
    return f"from {window.begin:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M} {window.zone}{again}"


def _of(extent: Extent) -> str:
    return f"{extent.service} for {extent.council}"


def _over(extent: Extent, moment: Moment) -> str:
    return f"from {moment(extent.since)} to {moment(extent.until)}"


def _list(ids: Collection[str]) -> str:
    return ", ".join(sorted(ids))
