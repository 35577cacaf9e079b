"""The catalogue as frozen objects: every reference checked, every duration in microseconds, every date an instant.

Ids are the keys of the YAML mappings. Everything can carry `from` and `until` dates, held here as a `Validity`; the
newest catalogue governs every period that is not sealed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from ictss_monitor.catalogue.rule import AtLeast, CheckRef, Impact, Rule, checks_of
from ictss_monitor.catalogue.terms import (
    NO_WEIGHTS,
    STANDARD,
    Attribution,
    Calendar,
    Mail,
    MajorRule,
    MonthClose,
    Policy,
    ReportPlan,
    Weight,
    Window,
)
from ictss_monitor.catalogue.validity import ALWAYS, Validity
from ictss_monitor.clock import Duration
from ictss_monitor.probe import Outcome, ProbeOptions

__all__ = ["ALWAYS", "AtLeast", "CheckRef", "Impact", "Rule", "Validity", "checks_of"]


@dataclass(frozen=True, slots=True)
class Council:
    """An authority that receives services and is reported to; its months are those of `zone` (IANA name)."""

    id: str
    name: str
    zone: str
    validity: Validity = ALWAYS
    users: tuple[Weight, ...] = ()
    """How many it has, by date: what `weighted` weighs councils by unless it names weights of its own."""
    policy: str = STANDARD


@dataclass(frozen=True, slots=True)
class Site:
    """A place: data centre, office, depot."""

    id: str
    name: str
    validity: Validity = ALWAYS
    attribution: Attribution | None = None
    """Whose the outages are that checks at this site cause."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on one measurement (or on `latency`, seconds): beyond it, the finding is `outcome` at best."""

    measurement: str
    outcome: Outcome
    above: float | None = None
    below: float | None = None
    when: str | None = None
    """The bound holds only while this measurement was made and is not zero (`on_battery`); None: always."""
    clear_above: float | None = None
    """What rose above `above` is fine again at this value or less; None: at `above`."""
    clear_below: float | None = None
    """What fell below `below` is fine again at this value or more; None: at `below`."""
    hold: Duration = 0
    """How long values must have been beyond before the limit is raised; 0: the first one raises it."""
    clear_hold: Duration = 0
    """How long they must have been fine again before it is cleared; 0: the first one clears it."""

    @property
    def remembers(self) -> bool:
        """Tell whether it takes earlier values to say if the limit is raised."""
        return bool(self.hold or self.clear_hold) or self.clear_above is not None or self.clear_below is not None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing probed at an interval. Durations in microseconds."""

    id: str
    name: str
    probe: str
    options: ProbeOptions
    site: str | None
    interval: Duration
    time_limit: Duration
    retry_interval: Duration
    """Wait before the next run while a change is being confirmed; equals `interval` where not wanted."""
    fall: int
    rise: int
    limits: tuple[Limit, ...] = ()
    tags: frozenset[str] = frozenset()
    validity: Validity = ALWAYS
    attribution: Attribution | None = None
    """Whose the outages are that it causes; None: those of its site, else of who hosts the service."""
    trend: tuple[str, ...] = ()
    """The measurements (or `latency`) of which an hourly trend is kept."""

    @property
    def gap_allowance(self) -> Duration:
        """The longest gap between two observations that still counts as watched."""
        return 2 * self.interval + self.time_limit


@dataclass(frozen=True, slots=True)
class Provision:
    """How one council gets one service: by which rule, from when until when.

    `rule` is None where nothing is watched: the council has the service, but no probe sees it (`unwatched`).
    """

    service: str
    council: str
    rule: Rule | None
    hosted_externally: bool = False
    validity: Validity = ALWAYS
    supplier: str | None = None
    """Who hosts it: the third party whose the outages are, where neither check nor site says otherwise."""
    hours: str | None = None
    """The calendar of its service hours for this council; None: that of the service."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a council would miss. A council that is not in `provisions` does not have it (N/A)."""

    id: str
    name: str
    provisions: Mapping[str, tuple[Provision, ...]]
    """By council id; several where the way of provision changed on a date, their validities disjoint, in order."""
    tags: frozenset[str] = frozenset()
    validity: Validity = ALWAYS
    hours: str | None = None
    """The calendar of its service hours; None: around the clock."""
    policy: str = STANDARD


class Combine(StrEnum):
    """How the figures of members become one."""

    UNION = "union"
    """Down when any member is."""
    SUM = "sum"
    """Minutes lost are added, over the length of the period once."""
    MEAN = "mean"
    """The arithmetic mean of the members' figures."""
    WEIGHTED = "weighted"
    """Time weighed by what the member weighs at that time: the users of its council, or weights of its own."""


@dataclass(frozen=True, slots=True)
class Area:
    """A named group of services reported as one line."""

    id: str
    name: str
    services: tuple[str, ...]
    combine: Combine = Combine.UNION
    validity: Validity = ALWAYS
    policy: str = STANDARD
    weights: Mapping[str, tuple[Weight, ...]] = field(default_factory=lambda: NO_WEIGHTS)
    """By member id, for `weighted`; a member that is not in it weighs what its council's users do, or 1."""


@dataclass(frozen=True, slots=True)
class Basket:
    """The services or areas that make a headline KPI, with its way of combining."""

    id: str
    name: str
    services: tuple[str, ...]
    areas: tuple[str, ...]
    combine: Combine = Combine.MEAN
    validity: Validity = ALWAYS
    policy: str = STANDARD
    weights: Mapping[str, tuple[Weight, ...]] = field(default_factory=lambda: NO_WEIGHTS)
    """By member id, as of an area."""


class Subject(StrEnum):
    """What a figure is about."""

    SERVICE = "service"
    AREA = "area"
    COUNCIL = "council"
    BASKET = "basket"


@dataclass(frozen=True, slots=True)
class Target:
    """A KPI's required availability as an exact share of 1 (99.90 % is 999/1000), for some councils or all."""

    subject: Subject
    id: str
    availability: Fraction
    councils: frozenset[str] | None = None
    """None: every council."""
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Unwatched:
    """A system that the councils have and no probe watches: shown as not monitored, never as up."""

    id: str
    name: str
    why: str
    site: str | None = None
    councils: frozenset[str] = frozenset()
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Settings:
    """What the daemon itself needs to know. Durations in microseconds."""

    store: str = "sqlite:///ictss-monitor.sqlite"
    """SQLAlchemy URL; `sqlite` and `postgresql` without a driver are given the asynchronous one."""
    listen_host: str = "127.0.0.1"
    listen_port: int = 9860
    zone: str = "Europe/London"
    """The zone of dates in the catalogue, and of councils that name none."""
    vantage: str = "local"
    minimum_coverage: Fraction = Fraction(95, 100)
    """Of the standard policy, and of those that say nothing of it."""
    heartbeat_interval: Duration = 1_000_000
    """How often at the latest what was observed is committed with the watermark that covers it."""
    probes_in_flight: int = 2_000
    probes_per_address: int = 8
    stop_grace: Duration = 3_000_000
    """How long probes in flight may go on after the daemon is asked to stop."""
    evidence_retention: Duration | None = None
    """Runs, observations and outages that ended longer ago than this are removed; None keeps them for ever."""
    month_close: MonthClose = field(default_factory=MonthClose)
    mail: Mail | None = None
    """How reports are sent; None: they are not."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is watched and reported, each mapping by id in the order of the file."""

    digest: str
    """SHA-256 of the source text, hexadecimal: the version that figures name."""
    settings: Settings = field(default_factory=Settings)
    councils: Mapping[str, Council] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    areas: Mapping[str, Area] = field(default_factory=dict)
    baskets: Mapping[str, Basket] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    unwatched: Mapping[str, Unwatched] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    windows: Mapping[str, Window] = field(default_factory=dict)
    """Maintenance windows."""
    policies: Mapping[str, Policy] = field(default_factory=dict)
    major_incidents: Mapping[str, MajorRule] = field(default_factory=dict)
    reports: Mapping[str, ReportPlan] = field(default_factory=dict)

    def policy(self, id_: str) -> Policy:
        """Return the policy of this id; the standard one is built in where the catalogue does not say it."""
        held = self.policies.get(id_)
        if held is None:
            if id_ != STANDARD:
                raise KeyError(id_)
            return Policy(STANDARD, "Standard", minimum_coverage=self.settings.minimum_coverage)
        return held

    def provisions(self) -> Iterator[Provision]:
        """Yield every provision of every service, in the order of the file."""
        for service in self.services.values():
            for held in service.provisions.values():
                yield from held
