"""The logs of Nagios and Icinga (nagios.log and its archives, Icinga 2's compat log): alerts become stretches.

OK and UP are up, WARNING is degraded, CRITICAL, DOWN and UNREACHABLE are down. A hard failure begins at the first of
the soft ones that led to it; soft ones that came to nothing are none. From where the program stopped until it started
again, nobody looked; the state that it kept over a restart holds again from its start, for it logs every change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from ictss_monitor.clock import DAY, HOUR, SECOND, Instant
from ictss_monitor.importing.estate import shown
from ictss_monitor.importing.mapping import Mapped, not_there
from ictss_monitor.importing.problems import Problem
from ictss_monitor.importing.sightings import Folding, rows_of
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

_LINE = re.compile(r"\[(\d{1,10})\] (.*)", re.DOTALL)
_STATE = re.compile(r"(?:CURRENT|INITIAL) (SERVICE|HOST) STATE: |(SERVICE|HOST) ALERT: ")
_DOWNTIME = re.compile(r"(SERVICE|HOST) DOWNTIME ALERT: ")
_STARTED = re.compile(r"(?:Nagios|Icinga|Naemon|Shinken)\b.* (?:starting\.\.\.|has started)", re.IGNORECASE)
_STOPPED = re.compile(
    r"(?:Caught SIG(?:TERM|INT|HUP|QUIT)|Successfully shutdown|Bailing out|Icinga 2 has been stopped)"
)
_STATES: Final = {
    "OK": Outcome.UP,
    "UP": Outcome.UP,
    "WARNING": Outcome.DEGRADED,
    "CRITICAL": Outcome.DOWN,
    "DOWN": Outcome.DOWN,
    "UNREACHABLE": Outcome.DOWN,
    "UNKNOWN": Outcome.UNKNOWN,
    "PENDING": Outcome.UNKNOWN,
}
_SILENCE: Final = DAY + HOUR
"""Without a line for longer, the logs of a day are missing: each is begun with the state of everything, and the day on
which the clocks go back has an hour more."""
_STEP_BACK: Final = 60 * SECOND
"""By so much a clock may have been set back; a line is then taken as of the one before."""
_MOST_PROBLEMS: Final = 10_000
_IN_DOWNTIME: Final = "in a scheduled downtime of Nagios"

File: TypeAlias = tuple[str, Iterable[str]]
"""The name of a log, and its lines."""


@dataclass(slots=True)
class _Thing:
    """A host or service that is mapped, and what is known of it."""

    folding: Folding
    kept: Outcome | None = None
    """The state that the program took with it when it stopped."""
    in_downtime: bool = False


class _Log:
    """Reads lines in order of time."""

    def __init__(self, names: Iterable[str]) -> None:
        self.things = {name: _Thing(Folding(None)) for name in names}
        self.seen: set[str] = set()
        self.problems: list[Problem] = []
        self._last: Instant | None = None
        self._stopped = False

    def read(self, file: str, lines: Iterable[str]) -> None:
        """Read the lines of one file; all problems name it."""
        for number, line in enumerate(lines, 1):
            try:
                self._line(line)
            except ValueError as error:
                self.problems.append(Problem(0, f"{file}:{number}: {error}"))
                if len(self.problems) >= _MOST_PROBLEMS:
                    return

    def finish(self) -> None:
        """The last line of all was the last sign of life."""
        if self._last is not None and not self._stopped:
            for thing in self.things.values():
                thing.folding.watch(self._last)

    def _line(self, line: str) -> None:
        if not line.strip():
            return
        found = _LINE.match(line)
        if found is None:
            raise ValueError(f"not a line of Nagios: {shown(line.strip())}; expected [seconds since 1970] and an event")
        at, event = self._at(int(found[1]) * SECOND), found[2]
        if state := _STATE.match(event):
            self._state(at, state[1] or state[2], event[state.end() :], alert=state[2] is not None)
        elif downtime := _DOWNTIME.match(event):
            self._downtime(downtime[1], event[downtime.end() :])
        elif _STOPPED.match(event):
            self._stop(at)
        elif _STARTED.match(event):
            self._start(at)
        self._last = at

    def _at(self, at: Instant) -> Instant:
        last = self._last
        if last is None:
            return at
        if at - last > _SILENCE:
            for thing in self.things.values():
                thing.folding.lose(last)
        if at >= last:
            return at
        if last - at > _STEP_BACK:
            raise ValueError("it is older than the line before; give each log once, not two programs' at a time")
        return last

    def _state(self, at: Instant, kind: str, rest: str, *, alert: bool) -> None:
        name, cells = _name(kind, rest)
        self.seen.add(name)
        thing = self.things.get(name)
        if thing is None:
            return
        if len(cells) < 2 or cells[0] not in _STATES or cells[1] not in ("SOFT", "HARD"):
            raise ValueError(f"no state and type of it: {shown(rest.strip())}")
        state, soft = _STATES[cells[0]], cells[1] == "SOFT"
        if soft and state in (Outcome.DOWN, Outcome.DEGRADED):
            thing.folding.doubt(at)
        elif not soft or state is Outcome.UP:
            note = _IN_DOWNTIME if thing.in_downtime and state is not Outcome.UP else ""
            thing.folding.see(at, state, note)

    def _downtime(self, kind: str, rest: str) -> None:
        name, cells = _name(kind, rest)
        thing = self.things.get(name)
        if thing is not None and cells:
            thing.in_downtime = cells[0] == "STARTED"

    def _stop(self, at: Instant) -> None:
        if self._stopped:
            return
        self._stopped = True
        for thing in self.things.values():
            thing.kept = thing.folding.state
            thing.folding.lose(at)

    def _start(self, at: Instant) -> None:
        if not self._stopped and self._last is not None:  # it died without a word: its last line is its last sign
            self._stop(self._last)
        self._stopped = False
        for thing in self.things.values():
            if thing.kept is not None:
                thing.folding.see(at, thing.kept)


def read_nagios(
    files: Iterable[File], mapped: Mapped, since: Instant | None, until: Instant | None
) -> tuple[list[Imported], list[Problem]]:
    """Return the rows of the hosts (`HOST`) and services (`HOST;SERVICE`) that are mapped, and all that is wrong.

    `files` are in order of time.
    """
    log = _Log(mapped)
    for name, lines in files:
        log.read(name, lines)
    log.finish()
    problems = log.problems
    problems += [not_there("host or service", name, log.seen) for name in mapped if name not in log.seen]
    rows: list[Imported] = []
    for name, pairs in mapped.items():
        rows += rows_of(log.things[name].folding.finish(), pairs, since, until)
    return rows, problems


def _name(kind: str, rest: str) -> tuple[str, list[str]]:
    """Return the name of a host or service, and the cells that follow it."""
    cells = [cell.strip() for cell in rest.split(";")]
    named = 2 if kind == "SERVICE" else 1
    return ";".join(cells[:named]), cells[named:]


def first_instant(lines: Iterator[str]) -> Instant:
    """Return the instant of the first line that has one, by which logs are put in order; 0 where none has."""
    for line in lines:
        if found := _LINE.match(line):
            return int(found[1]) * SECOND
    return 0
