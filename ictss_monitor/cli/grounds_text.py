"""What a figure stands on, for people: its outages, maintenance windows, and what people entered or imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from ictss_monitor.availability.outage_list import ListedOutage, Planned
from ictss_monitor.catalogue.terms import Fault, WindowsCount
from ictss_monitor.cli.text_page import Page, plain_minutes
from ictss_monitor.clock import Instant, to_datetime
from ictss_monitor.explanation.explanation import EdgeSeen, Explanation
from ictss_monitor.explanation.grounds import WindowUsed
from ictss_monitor.judging.outages import Outage
from ictss_monitor.ledger.acts import Entry
from ictss_monitor.ledger.wording import told, whose
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Outcome

T = TypeVar("T")

LONGEST_LIST: Final = 40
"""So many outages, windows or rows are told; JSON has all of them."""
_FAULTS: Final = {
    Fault.OWN: "our own",
    Fault.UNDETERMINED: "undetermined",
    Fault.COUNCIL_SITE: "the council's own site",
    Fault.THIRD_PARTY: "third parties",
}
_PLANNED: Final = {
    Planned.NO: "not planned",
    Planned.PLANNED: "planned",
    Planned.OVERRAN: "planned, and overran its window",
}


def write_grounds(page: Page, found: Explanation, zone: ZoneInfo) -> None:
    """Write on `page` what the figure stands on, in local times of `zone`; of a combination there is nothing."""
    writing = _Writing(page, found, zone)
    writing.outages()
    writing.removed()
    writing.windows()
    writing.corrections()
    writing.imported()


def moment_text(instant: Instant, zone: ZoneInfo) -> str:
    """Return the local time to the second: `3 Sep 2019 16:30:00`, with `BST` or `GMT` in the hour that comes twice."""
    local = to_datetime(instant).astimezone(zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local.day} {local:%b %Y %H:%M:%S}" + (f" {local.tzname()}" if twice else "")


class _Writing:
    def __init__(self, page: Page, found: Explanation, zone: ZoneInfo) -> None:
        self._page, self._found, self._zone = page, found, zone

    def outages(self) -> None:
        lines = self._found.outages
        if not lines:
            if self._found.checks:
                self._page.heading("Outages: none")
            return
        counted = sum(line.counted > 0 for line in lines)
        lost = sum((line.counted for line in lines), start=0)
        self._page.heading(f"Outages: {counted} counted, {plain_minutes(lost)} in all")
        for number, line in enumerate(self._shortened(lines), 1):
            self._outage(line, f"{number}.")
        rest = lines[LONGEST_LIST:]
        if rest:
            self._page.say(
                f"In these others, {plain_minutes(sum((line.counted for line in rest), start=0))} counted.", 2
            )

    def removed(self) -> None:
        lines = self._found.removed
        if not lines:
            return
        self._page.heading("Observed, and said not to be an outage: nothing of it counts")
        for number, line in enumerate(self._shortened(lines), 1):
            self._outage(line, f"{number}.")

    def _outage(self, line: ListedOutage, number: str) -> None:
        say = self._page.say
        end = "and not over yet" if line.end is None else f"to {self._at(line.end)}"
        say(f"{number:3} {line.level.value} from {self._at(line.begin)} {end}", 1, 4)
        say(f"{_counted(line)}; {_whose(line)}; {_PLANNED[line.planned]}.", 5)
        if line.causes:
            say(f"Caused by {', '.join(line.causes)}.", 5)
        for outage in _each_once(line):
            for name, at in _instants(outage):
                say(f"{name:20} {self._at(at)}", 5)
            for seen in self._found.edges:
                if seen.outage == outage:
                    say(self._edge(seen), 5, 2)
        if line.entries:
            say(f"Changed by {_entries(line.entries)} of the ledger.", 5)
        if line.imported:
            say("Told by an imported history.", 5)
        if line.note:
            say(f"Note: {line.note}", 5, 2)

    def _edge(self, seen: EdgeSeen) -> str:
        if not seen.observations:
            return f"{seen.check}, {seen.edge}: its observations are not kept any more."
        told = "; ".join(self._observations(seen.observations))
        return f"{seen.check}, {seen.edge}: {told}."

    def _observations(self, seen: Iterable[Observation]) -> Iterator[str]:
        """Yield each with its time of day; what was found is told once where it stays the same."""
        before = ""
        for each in seen:
            finding = each.finding
            why = "" if finding.outcome is Outcome.UP else finding.detail or finding.reason.value
            again = f" ({why})" if why and why != before else ""
            yield f"{to_datetime(each.instant).astimezone(self._zone):%H:%M:%S} {finding.outcome.value}{again}"
            before = why

    def windows(self) -> None:
        if not self._found.windows:
            return
        self._page.heading("Maintenance windows")
        for used in self._shortened(self._found.windows):
            self._page.say(f"- {used.id}: {self._at(used.begin)} to {self._at(used.end)}, {used.why}", 2, 2)
            self._page.say(self._announced(used), 4)

    def _announced(self, used: WindowUsed) -> str:
        over = "Over the service" if used.whole else f"Over {', '.join(used.checks)}"
        known = "known all along" if used.announced is None else f"announced {self._at(used.announced)}"
        by = "" if used.entry is None else f" (entry {used.entry} of the ledger)"
        changes = self._found.row.policy.maintenance is not WindowsCount.DOWN
        what = "count as maintenance" if changes else "are planned time, which changes nothing"
        counts = f"{plain_minutes(used.decides)} of it {what}" if used.decides else "none of it counts"
        why = f": {used.reason}" if used.reason else ""
        return f"{over}, {known}{by}; {counts}{why}."

    def corrections(self) -> None:
        if not self._found.corrections:
            return
        self._page.heading("What people entered in the ledger")
        for held in self._found.corrections:
            entry = held.entry
            self._page.say(f"{entry.seq}. {self._by(entry)}: {told(entry.act, self._at)}.", 2, 3)
            self._page.say(f"Why: {entry.why}", 5, 2)
            if held.withdrawn_by is not None:
                by = held.withdrawn_by
                self._page.say(f"Withdrawn by entry {by.seq}, {self._by(by)}: {by.why}", 5, 2)

    def _by(self, entry: Entry) -> str:
        approved = "" if entry.approver is None else f", approved by {entry.approver}"
        return f"{entry.who} on {self._at(entry.at)}{approved}"

    def imported(self) -> None:
        if not self._found.imported:
            return
        self._page.heading("Imported history, where nothing was observed")
        for row in self._shortened(self._found.imported):
            by = "" if row.attribution is None else f", {whose(row.attribution)}"
            note = f": {row.note}" if row.note else ""
            self._page.say(f"- {row.state.value} from {self._at(row.since)} to {self._at(row.until)}{by}{note}", 2, 2)

    def _shortened(self, held: Sequence[T]) -> Iterable[T]:
        yield from held[:LONGEST_LIST]
        if len(held) > LONGEST_LIST:
            self._page.say(f"And {len(held) - LONGEST_LIST} more: --format json has all of them.", 2)

    def _at(self, instant: Instant) -> str:
        return moment_text(instant, self._zone)


def _counted(line: ListedOutage) -> str:
    length = line.down + line.degraded
    if line.counted == length:
        return f"{plain_minutes(length)}, all counted"
    parts = [f"{plain_minutes(line.counted)} counted of {plain_minutes(length)} in the period"]
    if line.down and line.degraded:
        parts.append(f"{plain_minutes(line.degraded)} degraded")
    if line.in_windows:
        parts.append(f"{plain_minutes(line.in_windows)} in maintenance windows")
    if line.outside:
        parts.append(f"{plain_minutes(line.outside)} outside service hours")
    return ", ".join(parts)


def _whose(line: ListedOutage) -> str:
    said = whose(line.attribution)
    if len(line.shares) > 1:
        said = " and ".join(f"{plain_minutes(part)} {_FAULTS[fault]}" for fault, part in line.shares)
    named = line.suppliers if line.attribution.supplier is None else ()
    return f"{said} ({', '.join(named)})" if named else said


def _each_once(line: ListedOutage) -> list[Outage]:
    """Return what was observed of an outage, without what says of another level just what is said of its own."""
    own = {_edges(each) for each in line.observed if each.level is line.level}
    return [each for each in line.observed if each.level is line.level or _edges(each) not in own]


def _edges(outage: Outage) -> tuple[Instant | None, ...]:
    return outage.last_seen_up, outage.first_seen_down, outage.last_seen_down, outage.first_seen_up


def _instants(outage: Outage) -> list[tuple[str, Instant]]:
    bad = outage.level.value
    named = (
        ("last seen up", outage.last_seen_up),
        (f"first seen {bad}", outage.first_seen_down),
        (f"last seen {bad}", outage.last_seen_down),
        ("first seen up again", outage.first_seen_up),
    )
    return [(name, at) for name, at in named if at is not None]


def _entries(numbers: Sequence[int]) -> str:
    return f"{'entry' if len(numbers) == 1 else 'entries'} {', '.join(map(str, numbers))}"
