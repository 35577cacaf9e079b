"""What may be entered into the ledger: the checks that an entry passes before it is appended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from ictss_monitor.clock import Instant
from ictss_monitor.errors import UsageError
from ictss_monitor.ledger.acts import (
    Act,
    Attribute,
    Declare,
    EndWindow,
    EnterWindow,
    Entry,
    Extent,
    Import,
    Move,
    Seal,
    Withdraw,
)
from ictss_monitor.ledger.standing import in_force, is_same_person
from ictss_monitor.probe import Outcome

_LOST: Final = (Outcome.DOWN, Outcome.DEGRADED)


def check_people(who: str, why: str, approver: str | None) -> None:
    """Raise UsageError unless somebody enters it for a reason, and whoever approves it is another person."""
    if not who.strip():
        raise UsageError("an entry of the ledger needs a name: say who enters it")
    if not why.strip():
        raise UsageError("an entry of the ledger needs a reason: say why")
    if approver is None:
        return
    if not approver.strip():
        raise UsageError("the approver has no name: give one, or none at all")
    if is_same_person(approver, who):
        raise UsageError(f"the approver must be another person than {who}, who enters it")


def check_act(act: Act, at: Instant, entries: Sequence[Entry], catalogue_windows: Collection[str] = ()) -> None:
    """Raise UsageError unless `act` makes sense after `entries`, the whole ledger, at the instant `at`.

    `catalogue_windows` are the ids of the maintenance windows that the catalogue has.
    """
    match act:
        case Attribute(extent):
            _check_extent(extent)
        case Declare(extent):
            _check_extent(extent)
        case Move(observed, actual, state):
            _check_move(observed, actual, state)
        case EnterWindow():
            _check_window(act, at, entries, catalogue_windows)
        case EndWindow(window):
            if window not in (known := {*_window_ids(in_force(entries)), *catalogue_windows}):
                raise UsageError.unknown("maintenance window", window, known)
        case Withdraw(number):
            _check_withdrawal(number, entries)
        case Import(batch, _, _, since, until):
            if until <= since:
                raise UsageError(f"import {batch} ends before it begins")
        case Seal():
            pass


def _check_extent(extent: Extent) -> None:
    if extent.until <= extent.since:
        raise UsageError(f"the stretch of {extent.service} for {extent.council} must end after it begins")


def _check_move(observed: Extent, actual: Extent, state: Outcome) -> None:
    _check_extent(observed)
    _check_extent(actual)
    if (observed.service, observed.council) != (actual.service, actual.council):
        raise UsageError("an outage cannot be moved to another service or council: declare it there instead")
    if state not in _LOST:
        raise UsageError(f"an outage is down or degraded, not {state.value}")


def _check_window(act: EnterWindow, at: Instant, entries: Sequence[Entry], catalogue_windows: Collection[str]) -> None:
    window = act.window
    if window.end <= window.begin:
        raise UsageError(f"the maintenance window '{window.id}' must end after it begins")
    if act.notice is not None and act.notice > at:
        raise UsageError(f"the notice of the maintenance window '{window.id}' would be given after it is entered")
    if window.id in catalogue_windows or window.id in _window_ids(in_force(entries)):
        raise UsageError(f"there is a maintenance window '{window.id}' already: choose another id")


def _check_withdrawal(number: int, entries: Sequence[Entry]) -> None:
    standing = in_force(entries)
    if not any(entry.seq == number for entry in entries):
        raise UsageError(f"the ledger has no entry {number}: `ictss-monitor audit log` lists them")
    withdrawn = next((entry.act for entry in standing if entry.seq == number), None)
    if withdrawn is None:
        raise UsageError(f"entry {number} is withdrawn already")
    if isinstance(withdrawn, Seal):
        raise UsageError(f"entry {number} sealed a statement, and that stays: revise it with `seal --revise`")
    if isinstance(withdrawn, Withdraw):
        _check_return(withdrawn, standing, entries)


def _check_return(withdrawn: Withdraw, standing: Iterable[Entry], entries: Iterable[Entry]) -> None:
    """Raise UsageError where what would hold again does not go with what holds meanwhile."""
    again = next(entry.act for entry in entries if entry.seq == withdrawn.entry)
    if isinstance(again, Import):
        raise UsageError(f"entry {withdrawn.entry} was an import: import the same file again instead")
    if isinstance(again, EnterWindow) and again.window.id in _window_ids(standing):
        raise UsageError(f"there is another maintenance window '{again.window.id}' by now: withdraw that first")


def _window_ids(standing: Iterable[Entry]) -> set[str]:
    return {entry.act.window.id for entry in standing if isinstance(entry.act, EnterWindow)}
