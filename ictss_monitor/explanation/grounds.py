"""What stands beside the evidence of a figure: service hours, maintenance windows, and what people entered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ictss_monitor.availability.account import Account, about
from ictss_monitor.availability.kpi import KpiRow
from ictss_monitor.availability.outage_origins import extents_of
from ictss_monitor.availability.periods import Period
from ictss_monitor.availability.printing import duration_text
from ictss_monitor.availability.reckoning import Key, overlaps
from ictss_monitor.availability.standing import provisions_of
from ictss_monitor.availability.windows import occurrences, over
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.catalogue.terms import AROUND_THE_CLOCK, Policy
from ictss_monitor.catalogue.validity import ALWAYS, Validity
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.intervals import span
from ictss_monitor.ledger.acts import EndWindow, EnterWindow, Entry, Withdraw
from ictss_monitor.ledger.standing import HeldWindow, in_force


@dataclass(frozen=True, slots=True)
class HoursUsed:
    """The service hours by which a figure counts, and from when until when each version of them holds."""

    calendar: str
    """`always`: around the clock."""
    name: str
    whose: str
    """What names them: the policy, the way the council gets the service, or the service."""
    provided: Validity
    """While the council gets the service in the way that these hours are of."""
    versions: tuple[Validity, ...]
    """Those that hold at any time of the period."""


@dataclass(frozen=True, slots=True)
class WindowUsed:
    """One time that a maintenance window over the service took place, or will, in the period."""

    id: str
    why: str
    begin: Instant
    end: Instant
    whole: bool
    """Whether it is over the service itself."""
    checks: tuple[str, ...]
    """The service's checks that it is over."""
    announced: Instant | None
    """None: a standing arrangement, known all along."""
    entry: int | None
    """The ledger's entry that made it; None for one of the catalogue."""
    holds: bool
    """Whether it was announced in time."""
    decides: Duration
    """How much of it, within the period so far, counts as maintenance of the service."""
    reason: str
    """Why it does not hold, or why it holds and decides nothing; else empty."""


@dataclass(frozen=True, slots=True)
class Correction:
    """An entry of the ledger that has to do with the figure."""

    entry: Entry
    withdrawn_by: Entry | None
    """The entry that withdrew it; None while it holds."""


@dataclass(frozen=True, slots=True)
class SealedFigure:
    """What the last version of the statement on the period says of the figure; that stands, whatever comes out now."""

    version: int
    sealed_at: Instant
    digest: str
    """SHA-256 of the statement, hexadecimal."""
    row: KpiRow | None
    """None where the statement has no such line."""


def hours_used(catalogue: Catalogue, key: tuple[str, str], policy: Policy, period: Period) -> tuple[HoursUsed, ...]:
    """Return the service hours of a service and council, `key`, in each way that it was provided during `period`."""
    service = catalogue.services[key[0]]
    found = []
    for each in provisions_of(catalogue, Key(Subject.SERVICE, *key), period):
        named = ((policy.hours, "policy"), (each.hours, "council"), (service.hours, "service"))
        calendar, whose = next(((id_, by) for id_, by in named if id_ is not None), (AROUND_THE_CLOCK, ""))
        held = catalogue.calendars.get(calendar)
        name = "around the clock" if held is None else held.name
        versions = [] if held is None else [version.validity for version in held.versions]
        holding = tuple(version for version in versions if overlaps(version, period)) or ((ALWAYS,) if not held else ())
        found.append(HoursUsed(calendar, name, whose, each.validity, holding))
    return tuple(found)


def windows_used(
    catalogue: Catalogue,
    account: Account,
    windows: Iterable[HeldWindow],
    key: tuple[str, str],
    policy: Policy,
    period: Period,
    now: Instant,
) -> tuple[WindowUsed, ...]:
    """Return every occurrence in `period` of the windows over a service and council, `key`, in order of their begin."""
    found: list[WindowUsed] = []
    for held in windows:
        whole, checks = over(held.window.scope, catalogue, *key)
        if whole or checks:
            found += _occurrences(held, whole, checks, account, policy, period, now)
    return tuple(sorted(found, key=lambda each: (each.begin, each.id)))


def _occurrences(
    held: HeldWindow,
    whole: bool,
    checks: Collection[str],
    account: Account,
    policy: Policy,
    period: Period,
    now: Instant,
) -> Iterator[WindowUsed]:
    for each in occurrences(held.window, period.start, period.end):
        holds = held.announced is None or held.announced <= each.begin - policy.notice
        inside = span(each.begin, each.end).clip(period.start, period.end)
        decides = (inside & account.maintenance).total if holds else 0
        yield WindowUsed(
            held.window.id,
            held.window.why,
            each.begin,
            each.end,
            whole,
            tuple(sorted(checks)),
            held.announced,
            held.by,
            holds,
            decides,
            _why_not(held, each.begin, policy.notice) if not holds else _why_nothing(whole, decides, each.begin >= now),
        )


def _why_not(held: HeldWindow, begin: Instant, notice: Duration) -> str:
    assert held.announced is not None
    if held.announced > begin:
        told = f"announced {duration_text(held.announced - begin)} after it had begun"
    else:
        told = f"announced only {duration_text(begin - held.announced)} before it began"
    asked = f"; the policy asks for {duration_text(notice)}" if notice else ""
    cited = held.entered is not None and held.announced == held.entered
    return told + asked + ("; it was entered then, and no approved notice is earlier" if cited else "")


def _why_nothing(whole: bool, decides: Duration, to_come: bool) -> str:
    if to_come:
        return "it is still to come"
    return "" if whole or decides else "the checks under it did not decide what the service was"


def corrections_of(
    entries: Iterable[Entry], key: tuple[str, str], windows: Collection[str], period: Period
) -> tuple[Correction, ...]:
    """Return the entries, withdrawn ones too, about a service and council, `key`, in `period` or about its `windows`.

    Withdrawals are told with the entry that they withdraw.
    """
    held = list(entries)
    standing = in_force(held)
    withdrawn = {each.act.entry: each for each in standing if isinstance(each.act, Withdraw)}
    return tuple(Correction(each, withdrawn.get(each.seq)) for each in held if _concerns(each, key, windows, period))


def _concerns(entry: Entry, key: tuple[str, str], windows: Collection[str], period: Period) -> bool:
    act = entry.act
    if isinstance(act, EnterWindow):
        return act.window.id in windows
    if isinstance(act, EndWindow):
        return act.window in windows
    if about(act) != key:
        return False
    return any(each.since < period.end and period.start < each.until for each in extents_of(entry))
