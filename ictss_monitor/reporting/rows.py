"""The rows of the report's tables, filled by whoever computed them.

Durations and instants in whole microseconds; texts are plain, from anywhere, and need no escaping.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ictss_monitor.clock import Duration, Instant
from ictss_monitor.reporting.shares import Share, Verdict


class Planning(StrEnum):
    """Whether an outage was announced; the values are how it is printed."""

    UNPLANNED = "unplanned"
    PLANNED = "planned"
    OVERRAN = "planned, overran"
    """It began in an announced window and lasted beyond it."""


@dataclass(frozen=True, slots=True)
class Actual:
    """What one service did for one council."""

    share: Share
    """`N/A` where the council does not have it."""
    verdict: Verdict = Verdict.OPEN
    hosted_externally: bool = False
    measured_from: Instant | None = None
    """When measuring began, if after the begin of the period."""
    months: int | None = None
    """How many months the mean stands on; None where the figure is no mean of months."""
    of_months: int | None = None
    """Out of how many."""
    target: Share | None = None
    """This council's own target, only where it is not that of the row."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service: `actuals` has one for each council of the table, in its order."""

    name: str
    target: Share | None
    actuals: tuple[Actual, ...]
    next_target: Share | None = None
    """The target in force after the period, where the table has a column for it."""


@dataclass(frozen=True, slots=True)
class ServicesTable:
    """Services by council (document B's table)."""

    councils: tuple[str, ...]
    rows: tuple[ServiceRow, ...]
    next_label: str | None = None
    """The heading of the next target's column, `Target 17/18`; None: there is no such column."""


@dataclass(frozen=True, slots=True)
class AreaRow:
    """What an area lost. `planned`, `third_party`, `council_site` and `own` add up to `lost`.

    What was planned is nobody's fault; own includes what is undetermined.
    """

    name: str
    lost: Duration
    planned: Duration
    third_party: Duration
    council_site: Duration
    own: Duration
    actual: Share
    target: Share | None = None
    verdict: Verdict = Verdict.OPEN
    note: str = ""


@dataclass(frozen=True, slots=True)
class AreasTable:
    """Areas with minutes lost (document D's table)."""

    rows: tuple[AreaRow, ...]
    total: AreaRow | None = None
    """All areas combined."""
    combining: str = ""
    """How the total is made of them, one sentence in plain words."""


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """One line of the return of a year; a figure that is not there yet is words: `to come`."""

    name: str
    previous_year: Share
    target: Share | None
    mid_year: Share
    end_of_year: Share
    verdict: Verdict = Verdict.OPEN
    """Of the newest of the two figures."""
    comments: str = ""


@dataclass(frozen=True, slots=True)
class ReturnTable:
    """The year's return (document A's table)."""

    year: str
    """`2023/24`."""
    previous_year: str
    """`2022/23`."""
    rows: tuple[ReturnRow, ...]


@dataclass(frozen=True, slots=True)
class OutageLine:
    """One outage, as it counts."""

    service: str
    council: str
    begin: Instant
    end: Instant | None
    """None: it was not over when the report was made."""
    length: Duration
    """How long it was, or has been so far; the part within the period where it reaches beyond."""
    level: str
    """`down` or `degraded`."""
    cause: str
    """The check that saw it, or what an operator said."""
    attribution: str
    """Whose it was: `own`, `third party`, `council's own site`, `undetermined`."""
    supplier: str = ""
    planning: Planning = Planning.UNPLANNED
    corrected: bool = False
    """Whether an entry of the ledger made it, changed it or attributed it."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One major incident by the catalogue's rule."""

    name: str
    """The rule's."""
    begin: Instant
    end: Instant | None
    length: Duration
    areas: tuple[str, ...]
    councils: tuple[str, ...]
    cause: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TrendSeries:
    """One line of the chart: a share for each month of the trend, in its order; words where there is no figure."""

    name: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """A year by months."""

    name: str
    """Of what: the basket's name."""
    months: tuple[str, ...]
    """`Nov 2025` and so on, oldest first."""
    series: tuple[TrendSeries, ...]
    """All councils together first, then each."""
    target: tuple[Share | None, ...]
    """For each month the target in force; None where there was none."""
    coverage: tuple[Share, ...]
    """For each month, of all councils together."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure with all that belongs to it: a line of the table of coverage and bounds, and of the CSV."""

    subject: str
    """`service`, `area`, `basket` or `council`."""
    id: str
    name: str
    council: str | None
    """The council's name; None: all together."""
    figure: Share
    low: Share | None
    high: Share | None
    coverage: Share | None
    """None of the three where there is no time to measure."""
    net: Share | None
    """Net of third parties: what only they caused counts as up."""
    uncorrected: Share | None = None
    """As observed; None where no correction changes it."""
    target: Share | None = None
    verdict: Verdict = Verdict.OPEN
    measured: Duration = 0
    unknown: Duration = 0
    lost: Duration = 0
    left: Duration | None = None
    """What may still be lost before the target is missed, negative once it is; None without a target."""
    outages: int | None = None
    """None where outages are not counted: of what is combined."""
    resolution: Duration | None = None
    """What is shorter may have gone unseen; None where nothing watches."""
    measured_from: Instant | None = None
    hosted_externally: bool = False
    policy: str = ""
    """The name of the policy it is counted by."""


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy in plain words."""

    name: str
    applies_to: str
    """`all figures`, or the names of what is counted by it."""
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotMonitored:
    """A system that the councils have and nothing watches."""

    name: str
    why: str
    where: str = ""
    """Site and councils, as far as they are known."""
