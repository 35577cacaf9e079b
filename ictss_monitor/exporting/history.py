"""A service's history as rows of an import: taken in elsewhere, it says the same again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ictss_monitor.availability.account import Account
from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.clock import Instant
from ictss_monitor.intervals import IntervalSet, span, union
from ictss_monitor.judging.outages import Outage
from ictss_monitor.judging.timeline import Levels
from ictss_monitor.ledger.acts import Attribute, Declare, Imported
from ictss_monitor.probe import Outcome


def history_of(
    service: str, council: str, account: Account, outages: Sequence[Outage], start: Instant, until: Instant
) -> list[Imported]:
    """Return the rows of a service for a council over `[start, until)`: what is known of it, corrections included.

    The spans that are known come first. What is unknown is in none, for an import leaves it unknown too. `outages` are
    those of the store; where one is the source of a row, its note names the checks.
    """
    return _History(service, council, account, outages, start, until).rows()


class _History:
    """Puts the rows of one service and council together."""

    def __init__(
        self,
        service: str,
        council: str,
        account: Account,
        outages: Sequence[Outage],
        start: Instant,
        until: Instant,
    ) -> None:
        self._pair = service, council
        self._account = account
        self._outages = [outage for outage in outages if (outage.service, outage.council) == self._pair]
        self._whole = span(start, until)

    def rows(self) -> list[Imported]:
        """Return the spans, then what stands over them, in order of time."""
        timeline = self._account.timeline
        known = self._whole - timeline.not_in_service - timeline.unknown
        rows = [Imported(*self._pair, since, end, Outcome.UP) for since, end in known]
        over = [*self._of(Outcome.DOWN, timeline.down & known), *self._of(Outcome.DEGRADED, timeline.degraded & known)]
        return [*rows, *sorted(over, key=lambda row: row.since)]

    def _of(self, state: Outcome, held: IntervalSet) -> Iterator[Imported]:
        """Yield the rows of one state: those of earlier imports as they were told, then what was observed."""
        told = [row for row in self._account.imported if row.state is state]
        for row in told:
            yield from self._by_fault(state, held.clip(row.since, row.until), row)
        for since, end in held - IntervalSet((row.since, row.until) for row in told):
            yield from self._by_fault(state, span(since, end), None)

    def _by_fault(self, state: Outcome, held: IntervalSet, told: Imported | None) -> Iterator[Imported]:
        if not held:
            return
        begin, until = held.edges[0], held.edges[-1]
        parts = {
            fault: _level(levels, state).clip(begin, until) & held
            for fault, levels in self._account.blame.levels.items()
        }
        parts[Fault.OWN] = held - union(parts.values())
        for fault, part in parts.items():
            for since, end in part:
                supplier = self._supplier(since, end, told) if fault is Fault.THIRD_PARTY else None
                note = told.note if told is not None else self._causes(state, since, end)
                yield Imported(*self._pair, since, end, state, Attribution(fault, supplier), note)

    def _supplier(self, since: Instant, end: Instant, told: Imported | None) -> str | None:
        """Return the supplier that was named last: by an entry of the ledger, else by the import."""
        for entry in reversed(self._account.entries):
            act = entry.act
            if isinstance(act, Attribute | Declare) and act.extent.since < end and since < act.extent.until:
                return act.attribution.supplier if act.attribution is not None else None
        return told.attribution.supplier if told is not None and told.attribution is not None else None

    def _causes(self, state: Outcome, since: Instant, end: Instant) -> str:
        causes = {
            check
            for outage in self._outages
            if outage.level is state and outage.first_seen_down < end and (outage.end is None or since < outage.end)
            for check in outage.causes
        }
        return f"seen by {', '.join(sorted(causes))}" if causes else ""


def _level(levels: Levels, state: Outcome) -> IntervalSet:
    return levels.down if state is Outcome.DOWN else levels.not_up
