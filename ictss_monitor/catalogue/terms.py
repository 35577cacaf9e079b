"""On what terms time is counted: calendars, maintenance windows, policies, whose fault it is, what is a major incident.

Frozen objects like those of `model`, which hold them by id. Durations in microseconds, shares of 1 as exact fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final

from ictss_monitor.catalogue.validity import ALWAYS, Validity
from ictss_monitor.clock import HOUR, Duration, Instant

STANDARD: Final = "standard"
"""The policy of whatever names no other; built in, unless the catalogue says it otherwise."""
AROUND_THE_CLOCK: Final = "always"
"""The calendar without closing time: a name that no calendar can have."""


# Calendars


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of a local day, in minutes after midnight: `[begin, end)`, `end` at most 1440 (the next midnight)."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """Days from `first` to `last`, both included, with opening times of their own; none: closed."""

    first: date
    last: date
    openings: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarVersion:
    """The service hours of a stretch of time. Special days stand over bank holidays, and these over weekdays."""

    week: tuple[tuple[Opening, ...], ...]
    """Seven of them, Monday first."""
    bank_holidays: frozenset[date] = frozenset()
    """Closed all day; resolved when the catalogue is read."""
    special: tuple[SpecialDays, ...] = ()
    """Of two that hold for the same day, the later in the list stands."""
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Calendar:
    """Service hours in local time, as versions by date; where no version holds, it is closed."""

    id: str
    name: str
    versions: tuple[CalendarVersion, ...]


# Maintenance windows


@dataclass(frozen=True, slots=True)
class Scope:
    """What a maintenance window is over.

    Checks, the checks at sites, and services, each for the councils named, or for all where none is; councils alone
    are all of their services.
    """

    checks: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    councils: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Window:
    """Announced time: once, or as often as `rrule` (RFC 5545) says, from local time to local time in `zone`.

    `begin` and `end` are the first occurrence, as naive local times: those that follow have the same local times, so
    that a night in which the clocks change makes one longer or shorter.
    """

    id: str
    why: str
    scope: Scope
    begin: datetime
    end: datetime
    zone: str
    announced: Instant | None
    """When it was announced; None for a standing arrangement, known all along."""
    rrule: str | None = None
    except_days: frozenset[date] = frozenset()
    """Local days on which no occurrence begins."""
    validity: Validity = ALWAYS
    ended: Instant | None = None
    """An operator ended it: what lies at or after this instant is no window."""


# Policies


class WindowsCount(StrEnum):
    """What maintenance windows do to a figure."""

    EXCLUDE = "exclude"
    """Time in a window leaves base and coverage."""
    UP = "up"
    """Time in a window is up, whatever was seen in it."""
    DOWN = "down"
    """Windows change nothing."""


class OutageBegins(StrEnum):
    """From when an outage counts."""

    FIRST_FAILURE = "first_failure"
    CONFIRMATION = "confirmation"


class Rounding(StrEnum):
    """How a figure is brought to its decimals."""

    HALF_UP = "half_up"
    CUT = "cut"


class YearBy(StrEnum):
    """What the headline of a year is."""

    MEAN_OF_MONTHS = "mean_of_months"
    POOLED = "pooled"


@dataclass(frozen=True, slots=True)
class Policy:
    """How a KPI counts and prints; named in the catalogue and printed with every figure."""

    id: str
    name: str
    degraded: Fraction = Fraction(0)
    """The share of degraded time that is lost: 0 counts it as up, 1 as down."""
    maintenance: WindowsCount = WindowsCount.EXCLUDE
    notice: Duration = 0
    """How long before its begin a window must have been announced to count."""
    outage_begins: OutageBegins = OutageBegins.FIRST_FAILURE
    hours: str | None = None
    """The calendar outside which nothing counts, or AROUND_THE_CLOCK; None: the hours of each service."""
    minimum_coverage: Fraction = Fraction(95, 100)
    decimals: int = 2
    rounding: Rounding = Rounding.HALF_UP
    amber: Fraction = Fraction(0)
    """How far below its target, as a share of 1, a figure is amber before it is red."""
    year: YearBy = YearBy.MEAN_OF_MONTHS


# Whose fault


class Fault(StrEnum):
    """Whose an outage is; in this order where several are in it: the first wins."""

    OWN = "own"
    UNDETERMINED = "undetermined"
    COUNCIL_SITE = "council_site"
    """The council's own building: its power, its cabling."""
    THIRD_PARTY = "third_party"


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose an outage is, and the supplier's name where it is a third party's."""

    fault: Fault = Fault.OWN
    supplier: str | None = None


OWN: Final = Attribution()


# Weights and incidents


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a member weighs while `validity` holds: the users of a council."""

    value: Fraction
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class MajorRule:
    """A major incident: for at least `length` without a break, so many areas and councils were down at once."""

    id: str
    name: str
    length: Duration = HOUR
    areas: frozenset[str] = frozenset()
    """Which areas count; none named: all of them."""
    at_least_areas: int = 1
    at_least_councils: int = 1
    degraded_too: bool = False
    """Whether degraded counts as well as down."""
    validity: Validity = ALWAYS


# Closing the month, and reports


@dataclass(frozen=True, slots=True)
class MonthClose:
    """When a month that is over is drafted: at `hour` local time on a working day, counted from the first of the month.

    A working day is one on which `calendar` opens; without one, Monday to Friday.
    """

    working_day: int = 1
    hour: int = 6
    calendar: str | None = None
    seals: bool = False
    """Whether the draft is sealed at once; otherwise that is a person's act."""


@dataclass(frozen=True, slots=True)
class Mail:
    """The relay through which reports are sent."""

    host: str
    port: int = 25
    sender: str = ""
    starttls: bool = True
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class Rhythm(StrEnum):
    """How often a report is made."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    """The financial year."""


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """A report that is made by itself, once the period is over and the month close has run."""

    id: str
    rhythm: Rhythm
    folder: str
    formats: tuple[str, ...] = ("pdf",)
    council: str | None = None
    """Of one council; None: of all together."""
    mail_to: tuple[str, ...] = ()


NO_WEIGHTS: Final[Mapping[str, tuple[Weight, ...]]] = {}
