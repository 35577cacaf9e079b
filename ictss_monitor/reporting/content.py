"""What a report says: every word and number of it, ready to print, filled by whoever computed it.

Nothing here is worked out again: a figure comes as the text that is to be printed and, beside it, as the exact share
for machines. Instants and durations are whole microseconds, shares exact fractions of 1. All other texts are plain,
from anywhere, and need no escaping: each renderer sees to that. What there is none of is None or an empty tuple: a
part that is None is left out of the report, an empty one says in a sentence that there is nothing to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ictss_monitor.clock import Duration, Instant
from ictss_monitor.reporting.rows import (
    AreasTable,
    FigureRow,
    IncidentLine,
    NotMonitored,
    OutageLine,
    PolicyText,
    ReturnTable,
    ServicesTable,
    Trend,
)
from ictss_monitor.reporting.shares import Share, Verdict


class Sealing(StrEnum):
    """What the figures of the report are; the values are how it is printed."""

    SEALED = "sealed"
    DRAFT = "draft"
    """The month close drafted them, nobody has sealed them."""
    UNSEALED = "not sealed"
    """They were computed for this report, and may come out otherwise tomorrow."""


@dataclass(frozen=True, slots=True)
class Span:
    """The period reported on, `[start, end)`."""

    label: str
    """As a person asks for it, `FY2019/20-Q2`; the file is named by it."""
    words: str
    """As it stands in a title and within a sentence: `October 2026`, `July to September 2019`."""
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class Statement:
    """Whether the figures are sealed, and by what they can be told from any others."""

    sealing: Sealing
    version: int | None = None
    """1 for the first statement on a period; None unless sealed."""
    digest: str | None = None
    """SHA-256 of the statement, hexadecimal; None unless sealed."""
    sealed_at: Instant | None = None
    sealed_by: str = ""
    reason: str = ""
    """Why the version before was revised; empty for the first."""
    replaces: str | None = None
    """The digest of the version before."""
    differences: tuple[str, ...] = ()
    """What is otherwise than in the version before, one sentence each."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The same figure at another time."""

    label: str
    """When: `September 2026`."""
    share: Share


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure of the summary: of a basket, for all councils together or for one."""

    name: str
    """The basket's."""
    council: str | None
    """The council's name; None: all together."""
    actual: Share
    target: Share | None
    verdict: Verdict
    lost: Duration
    coverage: Share
    previous: Compared | None = None
    """The period before, of the same length."""
    previous_year: Compared | None = None
    """The same period a year before."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of incidents, and the numbers to hold it against; None where it is not known."""

    now: int
    previous: int | None = None
    previous_label: str = ""
    previous_year: int | None = None
    previous_year_label: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The first page."""

    headline: Headline | None
    """The figure that the report is about; None where the catalogue has no basket."""
    others: tuple[Headline, ...] = ()
    """The same basket for each council, then other baskets."""
    major_incidents: Counted | None = None
    """None where the catalogue has no rule for them."""
    remarks: tuple[str, ...] = ()
    """Further sentences: that the period is still running, what cost the most time."""


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report."""

    title: str
    """`Availability of shared ICT services`."""
    councils: tuple[str, ...]
    """The names of the councils it reports to, in order."""
    period: Span
    statement: Statement
    zone: str
    """IANA name: the local time in which instants are printed."""
    known_at: Instant
    """The figures are those known at this instant."""
    made_at: Instant
    """The date that the files carry inside; of a sealed report the instant of sealing, so that they never differ."""
    catalogue_digest: str
    """SHA-256, hexadecimal."""
    summary: Summary
    council_id: str | None = None
    """For the name of the file, where the report is of one council; None: of all together."""
    evidence_digest: str | None = None
    """SHA-256 of the evidence that the figures stand on."""
    ledger_head: str | None = None
    """The hash of the newest entry of the ledger that was counted."""
    services: ServicesTable | None = None
    areas: AreasTable | None = None
    annual_return: ReturnTable | None = None
    outages: tuple[OutageLine, ...] = ()
    incidents: tuple[IncidentLine, ...] | None = None
    """None where the catalogue has no rule for them."""
    trend: Trend | None = None
    figures: tuple[FigureRow, ...] = ()
    policies: tuple[PolicyText, ...] = ()
    not_monitored: tuple[NotMonitored, ...] = ()
