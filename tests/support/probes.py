"""Probes that find what a test tells them to find, as late as it tells them, and remember when they were started."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from ictss_monitor.probe import DatagramProbe, Finding, Outcome, Probe, ProbeOptions, Report

UP = Finding(Outcome.UP)


class ScriptedOptions(ProbeOptions):
    """Nothing but an address."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one run does: take `takes` seconds, then bring what was found, or raise it. None: never end."""

    found: Finding | Exception | None = UP
    takes: float = 0.0


class _Script:
    """What runs do, by address: the steps that are left, then `usual` for ever."""

    def __init__(self, usual: Step = Step()) -> None:
        self.usual = usual
        self.steps: dict[str, deque[Step]] = defaultdict(deque)
        self.starts: list[tuple[float, str]] = []
        """Of every run: when it began, in seconds of the loop, and for which address."""
        self.running: Counter[str] = Counter()
        self.most_running = 0
        self.most_running_at: Counter[str] = Counter()
        self.cancelled = 0

    def plan(self, address: str, *steps: Step) -> None:
        """Say what the next runs at `address` do."""
        self.steps[address].extend(steps)

    def starts_at(self, address: str) -> list[float]:
        """Return when the runs at `address` began."""
        return [moment for moment, where in self.starts if where == address]

    def _begin(self, address: str) -> Step:
        self.starts.append((asyncio.get_running_loop().time(), address))
        self.running[address] += 1
        self.most_running = max(self.most_running, self.running.total())
        self.most_running_at[address] = max(self.most_running_at[address], self.running[address])
        return self.steps[address].popleft() if self.steps[address] else self.usual


class ScriptedProbe(_Script, Probe[ScriptedOptions]):
    """A probe with a task for each run."""

    options_model = ScriptedOptions

    async def run(self, options: ScriptedOptions) -> Finding:
        """Do what the script says."""
        step = self._begin(options.address)
        try:
            if step.found is None:
                await asyncio.get_running_loop().create_future()
            await asyncio.sleep(step.takes)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running[options.address] -= 1
        assert step.found is not None
        if isinstance(step.found, Exception):
            raise step.found
        return step.found


class ScriptedDatagramProbe(_Script, DatagramProbe[ScriptedOptions]):
    """A probe that is started by a call and reports later, or at once where a step takes no time."""

    options_model = ScriptedOptions

    def start(self, options: ScriptedOptions, limit: float, report: Report) -> Callable[[], None]:
        """Do what the script says; after `limit` seconds, report that nothing came, unless the step never ends."""
        step = self._begin(options.address)
        open_ = True

        def end(found: Finding | Exception | None) -> None:
            nonlocal open_
            if open_:
                open_ = False
                self.running[options.address] -= 1
                if found is not None:
                    report(found)

        def forget() -> None:
            if open_:
                self.cancelled += 1
            end(None)

        if step.found is not None:
            found = step.found if step.takes <= limit else TimeoutError("no answer")
            asyncio.get_running_loop().call_later(min(step.takes, limit), end, found)
        return forget
