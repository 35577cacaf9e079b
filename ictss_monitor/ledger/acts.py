"""What an entry of the ledger does. Instants in microseconds, UTC; stretches half-open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ictss_monitor.catalogue.terms import Attribution, Window
from ictss_monitor.clock import Instant
from ictss_monitor.probe import Outcome


@dataclass(frozen=True, slots=True)
class Extent:
    """A service for one council over `[since, until)`."""

    service: str
    council: str
    since: Instant
    until: Instant


@dataclass(frozen=True, slots=True)
class Attribute:
    """Whatever is lost in `extent` is of `attribution`."""

    extent: Extent
    attribution: Attribution


@dataclass(frozen=True, slots=True)
class Declare:
    """The service was in `state` throughout `extent`, whatever was observed.

    Up is "not an outage"; down or degraded is an outage that no probe saw, with whose it was where that is known;
    unknown takes back what was seen, because the probe was wrong.
    """

    extent: Extent
    state: Outcome
    attribution: Attribution | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """An outage lasted over `actual`, not over `observed`, which was its extent when this was said.

    What lies in `observed` alone was up, what lies in `actual` was in `state`.
    """

    observed: Extent
    actual: Extent
    state: Outcome


@dataclass(frozen=True, slots=True)
class EnterWindow:
    """A maintenance window, announced by this entry.

    `notice` is when it was announced earlier, elsewhere: it counts only where another person approved the entry.
    """

    window: Window
    notice: Instant | None = None


@dataclass(frozen=True, slots=True)
class EndWindow:
    """The maintenance window of this id, of the ledger or the catalogue, is over at `at`, before its time."""

    window: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Entry number `entry` does not hold any more, nor what it said before."""

    entry: int


@dataclass(frozen=True, slots=True)
class Import:
    """A history from elsewhere was taken in, as batch `batch`: so many rows, over `[since, until)`.

    `digest` is the SHA-256 of its rows in canonical form.
    """

    batch: str
    digest: str
    rows: int
    since: Instant
    until: Instant


@dataclass(frozen=True, slots=True)
class Seal:
    """Version `version` of the statement on the period called `label` was sealed.

    `digest` is the SHA-256 of all that it says (see `chain.digest_of_statement`).
    """

    label: str
    version: int
    digest: str


Act: TypeAlias = Attribute | Declare | Move | EnterWindow | EndWindow | Withdraw | Import | Seal


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: number `seq` from 1 on without a gap, entered `at` by `who`, and why.

    `approver` is another person, or None. `previous` is the hash of the entry before (64 zeros for the first), `hash`
    that of this one (see `chain`), both SHA-256 in hexadecimal.
    """

    seq: int
    at: Instant
    who: str
    why: str
    approver: str | None
    act: Act
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Imported:
    """One row of an imported history: what a service was for a council over `[since, until)`.

    Rows of state up are the spans that the history covers; down, degraded and unknown ones stand over them.
    """

    service: str
    council: str
    since: Instant
    until: Instant
    state: Outcome
    attribution: Attribution | None = None
    note: str = ""
