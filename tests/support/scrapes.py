"""A daemon's memory in small, to be scraped: a catalogue, a judge that has seen something, counters and figures."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus
from support.accounts import kpi_table
from support.clock import FakeClock

from ictss_monitor.availability.periods import Period
from ictss_monitor.catalogue.model import (
    Catalogue,
    Check,
    CheckRef,
    Council,
    Provision,
    Service,
    Subject,
    Target,
    Unwatched,
)
from ictss_monitor.clock import SECOND, Instant
from ictss_monitor.judging.live import Judge
from ictss_monitor.metrics.exposition import Format
from ictss_monitor.metrics.own import OwnCollector, ReloadCounters, own_registry
from ictss_monitor.metrics.scrape import Scraper
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome, ProbeOptions, Reason
from ictss_monitor.probing.counters import ProbingCounters
from ictss_monitor.recorder import RecorderCounters

START: Instant = 1_795_000_000 * SECOND


def check(name: str, kind: str = "icmp", site: str | None = "depot") -> Check:
    """Return a check at ten-second intervals that is believed after two observations."""
    options = ProbeOptions(address="192.0.2.1")
    return Check(name, name, kind, options, site, 10 * SECOND, SECOND, 10 * SECOND, fall=2, rise=2)


def catalogue_of(checks: list[Check]) -> Catalogue:
    """Return a catalogue in which the first check is a service of council `hdc`, with a target of 99.9 %."""
    first = checks[0].id
    mail = Service("mail", "Mail", {"hdc": (Provision("mail", "hdc", CheckRef(first)),)})
    return Catalogue(
        digest="f" * 64,
        councils={"hdc": Council("hdc", "Huntingdonshire", "Europe/London")},
        checks={each.id: each for each in checks},
        services={"mail": mail},
        targets=(Target(Subject.SERVICE, "mail", Fraction(999, 1000)),),
        unwatched={"crac": Unwatched("crac", "Air conditioning", "no sensor")},
    )


@dataclass
class Memory:
    """Everything that a scrape reads."""

    catalogue: Catalogue
    judge: Judge
    probing: ProbingCounters
    recording: RecorderCounters
    reloading: ReloadCounters
    clock: FakeClock
    scraper: Scraper


def memory_of(checks: list[Check]) -> Memory:
    """Return the memory of a daemon that watches `checks` and has seen nothing yet."""
    catalogue = catalogue_of(checks)
    judge = Judge(catalogue, "local")
    probing, recording = ProbingCounters(), RecorderCounters()
    reloading = ReloadCounters(catalogue.digest, START)
    clock = FakeClock(START)
    period = Period("a minute", START, START + 60 * SECOND)
    table = kpi_table(catalogue, {}, period, START + 60 * SECOND)
    own = own_registry(OwnCollector(probing, recording, reloading, lambda: 3, clock))
    scraper = Scraper(lambda: catalogue, judge, lambda: {"month_to_date": table}, own)
    return Memory(catalogue, judge, probing, recording, reloading, clock, scraper)


def see(memory: Memory, check_id: str, outcome: Outcome, *seconds: int, **measurements: float) -> None:
    """Have the judge observe `check_id` at these seconds after the start."""
    reason = Reason.OK if outcome is Outcome.UP else Reason.TIMEOUT
    latency = 0.025 if outcome is Outcome.UP else None
    for second in seconds:
        finding = Finding(outcome, reason, latency, measurements)
        memory.judge.observe(Observation(check_id, "local", START + second * SECOND, finding))
    memory.judge.take_changes()


async def scraped(memory: Memory, form: Format) -> str:
    """Return the whole text of one scrape."""
    content_type, parts = memory.scraper.scrape(form.value)
    assert content_type == form.value
    return "".join([part async for part in parts])


def samples(text: str, form: Format) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return every sample by name and labels, as prometheus-client's own parsers read it, none twice."""
    parse = parse_openmetrics if form is Format.OPENMETRICS else parse_prometheus
    found: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for family in parse(text):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, f"{key} stands twice"
            found[key] = sample.value
    return found
