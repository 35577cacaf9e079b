"""Where an outage comes from: what was observed of it, who told of it, and whose it was.

What people said of it stands over what the causing checks say by default; of several who did, the last.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from ictss_monitor.availability.account import Account, attributions_of
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.clock import Instant
from ictss_monitor.intervals import IntervalSet, span, union
from ictss_monitor.judging.outages import Outage
from ictss_monitor.judging.rules import plan_of
from ictss_monitor.ledger.acts import Attribute, Declare, Entry, Extent, Imported, Move
from ictss_monitor.probe import Outcome

_FOREVER = 2**62


@dataclass(slots=True)
class Origins:
    """What is known of the outages of one service and council, `key`: its account, and the outages observed of it.

    Of one level, those follow one after the other in order of time.
    """

    catalogue: Catalogue
    account: Account
    key: tuple[str, str]
    outages: Sequence[Outage]
    _levels: list[tuple[list[Instant], list[Outage]]] = field(init=False)
    _told: IntervalSet = field(init=False)

    def __post_init__(self) -> None:
        """Lay out what is asked for once for each outage."""
        by_level = ([each for each in self.outages if each.level is level] for level in Outcome)
        self._levels = [([each.first_seen_down for each in held], held) for held in by_level if held]
        self._told = union([span(row.since, row.until) for row in _bad(self.account.imported)])

    def stretches(self) -> Iterator[tuple[Instant, Instant | None]]:
        """Yield from when to when the service was not up, as far as any single observer or teller goes."""
        for outage in self.outages:
            yield outage.first_seen_down, outage.end
        for row in _bad(self.account.imported):
            yield row.since, row.until
        for entry in self.account.entries:
            act = entry.act
            if isinstance(act, Declare) and act.state is not Outcome.UP:
                yield act.extent.since, act.extent.until
            elif isinstance(act, Move):
                yield act.actual.since, act.actual.until

    def entries(self, begin: Instant, end: Instant) -> list[Entry]:
        """Return the entries that say something of the outage over `[begin, end)`.

        One that tells the state counts where it only touches the outage: it may have made it shorter.
        """
        return [entry for entry in self.account.entries if _speaks_of(entry, begin, end)]

    def observed(self, begin: Instant, end: Instant) -> tuple[Outage, ...]:
        """Return what was observed over `[begin, end)`, and of what was moved there where it had been observed."""
        moves = [entry.act.observed for entry in self.entries(begin, end) if isinstance(entry.act, Move)]
        places = [(begin, end), *((each.since, each.until) for each in moves)]
        found = {each.key: each for place in places for each in self._observed(*place)}
        return tuple(sorted(found.values(), key=lambda each: (each.first_seen_down, each.level)))

    def _observed(self, begin: Instant, end: Instant) -> Iterator[Outage]:
        for firsts, held in self._levels:
            before = (held[index] for index in range(bisect_left(firsts, end) - 1, -1, -1))
            yield from takewhile(lambda each: _lies_in(each, begin, end), before)

    def causes(self, observed: Iterable[Outage], level: Outcome) -> tuple[str, ...]:
        """Return the ids of the checks that caused what was observed; of that level, where anything was."""
        held = list(observed)
        alike = [each for each in held if each.level is level] or held
        return tuple(sorted({check for each in alike for check in each.causes}))

    def is_imported(self, extent: IntervalSet, observed: Iterable[Outage]) -> bool:
        """Tell whether a history tells of any of `extent` that nobody observed."""
        told = self._told.clip(extent.edges[0], extent.edges[-1]) & extent
        return bool(told and told - union(_span(each) for each in observed))

    def note(self, begin: Instant, end: Instant) -> str:
        """Return what the entries and imported rows about `[begin, end)` say in words, each once."""
        rows = (row.note for row in _bad(self.account.imported) if row.since < end and row.until > begin)
        said = [*rows, *(entry.why for entry in self.entries(begin, end))]
        return "; ".join(dict.fromkeys(text for text in said if text))

    def attribution(self, extent: IntervalSet, observed: Iterable[Outage]) -> tuple[Attribution, tuple[str, ...]]:
        """Return whose the outage over `extent` was, and the suppliers that had a part in it."""
        down = extent & self.account.timeline.down
        blame = self.account.blame
        parts = {fault: (held.down & down) | (held.not_up & (extent - down)) for fault, held in blame.levels.items()}
        parts[Fault.OWN] = extent - union(parts.values())
        fault = next(fault for fault in Fault if parts.get(fault))
        third = parts.get(Fault.THIRD_PARTY)
        suppliers = self._suppliers(third, observed) if third else ()
        known = suppliers[0] if fault is Fault.THIRD_PARTY and len(suppliers) == 1 else None
        return Attribution(fault, known), suppliers

    def _suppliers(self, lost: IntervalSet, observed: Iterable[Outage]) -> tuple[str, ...]:
        observed = list(observed)
        found: set[str] = set()
        for stretch, attribution in reversed(list(self._said(union(_span(each) for each in observed)))):
            if attribution.supplier is not None and lost & stretch:
                found.add(attribution.supplier)
            lost -= stretch
        if lost:
            defaults = attributions_of(self.catalogue, plan_of(self.catalogue, *self.key), lost.edges[0])
            held = (defaults.get(check) for each in observed for check in each.causes)
            found.update(each.supplier for each in held if each is not None and each.supplier is not None)
        return tuple(sorted(found))

    def _said(self, seen: IntervalSet) -> Iterator[tuple[IntervalSet, Attribution]]:
        """Yield what people said of whose it was, what was said last coming last; a history not of what was `seen`."""
        for row in self.account.imported:
            if row.attribution is not None:
                yield span(row.since, row.until) - seen, row.attribution
        for entry in self.account.entries:
            if isinstance(entry.act, Attribute | Declare) and entry.act.attribution is not None:
                yield span(entry.act.extent.since, entry.act.extent.until), entry.act.attribution


def is_within(instant: Instant, since: Instant, until: Instant | None) -> bool:
    """Tell whether `instant` lies between the two or at either; None is without end."""
    return since <= instant and (until is None or instant <= until)


def extents_of(entry: Entry) -> tuple[Extent, ...]:
    """Return the stretches of a service that an entry speaks of."""
    act = entry.act
    if isinstance(act, Move):
        return act.observed, act.actual
    return (act.extent,) if isinstance(act, Attribute | Declare) else ()


def _speaks_of(entry: Entry, begin: Instant, end: Instant) -> bool:
    if isinstance(entry.act, Attribute):
        return entry.act.extent.since < end and begin < entry.act.extent.until
    return any(each.since <= end and begin <= each.until for each in extents_of(entry))


def _bad(rows: Iterable[Imported]) -> Iterator[Imported]:
    return (row for row in rows if row.state in (Outcome.DOWN, Outcome.DEGRADED))


def _lies_in(outage: Outage, begin: Instant, end: Instant) -> bool:
    first = outage.first_seen_down
    return first < end and (outage.end is None or outage.end > begin or first >= begin)


def _span(outage: Outage) -> IntervalSet:
    return span(outage.first_seen_down, _FOREVER if outage.end is None else outage.end)
