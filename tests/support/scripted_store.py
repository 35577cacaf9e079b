"""A store for tests of the recorder: refuses, dawdles and leaves commits in doubt as told, and keeps the rest."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from unittest.mock import patch

from ictss_monitor import recorder
from ictss_monitor.clock import Instant
from ictss_monitor.errors import StoreError
from ictss_monitor.judging.changes import Changes
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.outages import Outage, OutageKey
from ictss_monitor.observation import Observation

FULL = StoreError("the store: the disk is full: free some space", retry=True)
BROKEN = StoreError("the store: no such table: this is a fault of the program", retry=False)


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one commit: it takes `takes` seconds, then is refused, or taken; `doubt`: taken, and refused."""

    takes: float = 0.0
    refusal: StoreError | None = None
    doubt: bool = False


@dataclass
class ScriptedStore:
    """Holds what was committed, by the same rules as the tables do."""

    fates: Iterator[Fate] = field(default_factory=lambda: repeat(Fate()))
    closed: dict[tuple[str, Instant], Run] = field(default_factory=dict)
    going_on: dict[str, Run] = field(default_factory=dict)
    edges: dict[tuple[str, Instant], Observation] = field(default_factory=dict)
    outages: dict[OutageKey, Outage] = field(default_factory=dict)
    watermark: Instant = 0
    commits: list[Changes] = field(default_factory=list)
    attempts: int = 0
    committed: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[list[tuple[Changes, Instant]]]:
        """Give a transaction, with the fate that is next."""
        fate = next(self.fates)
        self.attempts += 1
        batch: list[tuple[Changes, Instant]] = []
        yield batch
        await asyncio.sleep(fate.takes)
        if fate.refusal is None or fate.doubt:
            for changes, watermark in batch:
                self._take(changes, watermark)
        if fate.refusal is not None:
            raise fate.refusal

    def _take(self, changes: Changes, watermark: Instant) -> None:
        for run in changes.closed_runs:
            self.closed.setdefault((run.check, run.first), run)
            if self.going_on.get(run.check, run).first == run.first:
                self.going_on.pop(run.check, None)
        self.going_on |= {run.check: run for run in changes.open_runs}
        self.edges = {(edge.check, edge.instant): edge for edge in changes.edges} | self.edges
        for key in changes.withdrawn:
            self.outages.pop(key, None)
        self.outages |= {outage.key: outage for outage in changes.outages}
        self.watermark = watermark
        self.commits.append(changes)
        self.committed()

    def counted(self) -> Counter[str]:
        """Return by check how many observations the runs hold."""
        found: Counter[str] = Counter()
        for run in chain(self.closed.values(), self.going_on.values()):
            found[run.check] += run.count
        return found


def fates(*listed: Fate) -> Iterator[Fate]:
    """Return these fates, then commits that are simply taken."""
    return chain(listed, repeat(Fate()))


@contextmanager
def writing_scripted() -> Iterator[None]:
    """Let recorders write to scripted stores instead of tables."""

    async def write_batch(
        tx: list[tuple[Changes, Instant]], changes: Changes, *, vantage: str, watermark: Instant, now: Instant
    ) -> None:
        assert vantage == "local"
        tx.append((changes, watermark))

    with patch.object(recorder, "write_batch", write_batch):
        yield


def all_runs(store: ScriptedStore) -> Iterable[Run]:
    """Return closed and open runs in order."""
    return sorted((*store.closed.values(), *store.going_on.values()), key=lambda run: (run.check, run.first))


def as_known(outages: Iterable[Outage]) -> list[Outage]:
    """Return outages without what an open one need not be written again for: how long it has lasted."""
    return [replace(outage, last_seen_down=0) if outage.end is None else outage for outage in outages]
