"""Which entries of the ledger hold, and which maintenance windows there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ictss_monitor.catalogue.terms import Window
from ictss_monitor.clock import Instant
from ictss_monitor.ledger.acts import EndWindow, EnterWindow, Entry, Withdraw


@dataclass(frozen=True, slots=True)
class HeldWindow:
    """A maintenance window that holds, and what is known of how it came about.

    `announced` is what counts for notice (None: known all along); `entered` and `by` are the instant and the number of
    the ledger's entry, None for a window of the catalogue.
    """

    window: Window
    announced: Instant | None
    entered: Instant | None
    by: int | None


def in_force(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries that hold, in order of their number.

    A withdrawn entry does not; where its withdrawal is itself withdrawn, it does again. A window that was ended stands
    in its entry with its end, so that this entry's hash is that of what was entered, not of what is returned.
    """
    standing = _not_withdrawn(entries)
    ends = [entry for entry in standing if isinstance(entry.act, EndWindow)]
    return tuple([_ended(entry, ends) if isinstance(entry.act, EnterWindow) else entry for entry in standing])


def _not_withdrawn(entries: Iterable[Entry]) -> list[Entry]:
    withdrawn: set[int] = set()
    standing = []
    for entry in sorted(entries, key=lambda entry: entry.seq, reverse=True):  # who withdraws comes after
        if entry.seq in withdrawn:
            continue
        standing.append(entry)
        if isinstance(entry.act, Withdraw) and entry.act.entry < entry.seq:
            withdrawn.add(entry.act.entry)
    return standing[::-1]


def _ended(entry: Entry, ends: Iterable[Entry]) -> Entry:
    assert isinstance(entry.act, EnterWindow)
    # An end that was entered before the window was meant for another one of that name.
    window = _with_end(entry.act.window, (end for end in ends if end.seq > entry.seq))
    return entry if window is entry.act.window else replace(entry, act=replace(entry.act, window=window))


def _with_end(window: Window, entries: Iterable[Entry]) -> Window:
    ends = [each.act.at for each in entries if isinstance(each.act, EndWindow) and each.act.window == window.id]
    if not ends:
        return window
    return replace(window, ended=min(ends if window.ended is None else [*ends, window.ended]))


def windows_of(catalogue_windows: Mapping[str, Window], entries: Iterable[Entry]) -> dict[str, HeldWindow]:
    """Return by id the maintenance windows of the catalogue and the ledger, ended where an operator ended them.

    A window of the ledger counts as announced when it was entered, or at the notice it cites where another person
    approved that. Where a newer catalogue names a window as the ledger does, the ledger's stays: it was announced.
    """
    standing = in_force(entries)
    held = {
        id_: HeldWindow(_with_end(window, standing), window.announced, None, None)
        for id_, window in catalogue_windows.items()
    }
    for entry in standing:
        if isinstance(entry.act, EnterWindow):
            window = entry.act.window
            held[window.id] = HeldWindow(window, _announced(entry, entry.act), entry.at, entry.seq)
    return held


def _announced(entry: Entry, act: EnterWindow) -> Instant:
    if act.notice is None or entry.approver is None or is_same_person(entry.approver, entry.who):
        return entry.at
    return act.notice


def is_same_person(one: str, other: str) -> bool:
    """Tell whether two names are one, whatever their case and the blanks around them."""
    return one.strip().casefold() == other.strip().casefold()
