"""What the daemon answers to those who ask whether it is well: a supervisor, a load balancer, a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import SECOND, Clock
from ictss_monitor.recorder import RecorderCounters

STALE_AFTER: Final = 30 * SECOND
"""A watermark so much older than the slowest probe and a heartbeat explain means that nothing is recorded."""
HANGS_AFTER: Final = 120.0
"""Seconds; a commit takes one at the most, and fails after sixty where the server went away without a word."""


class Health:
    """Reads from counters whether the daemon works; an answer is a line for each fault, none where all is well."""

    def __init__(self, recording: RecorderCounters, catalogue: Callable[[], Catalogue], clock: Clock) -> None:
        self._recording = recording
        self._catalogue = catalogue
        self._clock = clock

    def ailing(self) -> list[str]:
        """Say what a restart would mend.

        A part that dies ends the daemon, and a blocked event loop answers nobody; left is a commit that never returns.
        """
        waited = self._clock.monotonic() - self._recording.tried_at
        if waited > HANGS_AFTER + self._catalogue().settings.heartbeat_interval / SECOND:
            return [f"the recorder hangs in the store for {waited:.0f} s: restart the daemon"]
        return []

    def unready(self) -> list[str]:
        """Say why what is observed now does not reach the store."""
        counters, catalogue = self._recording, self._catalogue()
        if counters.failing_since is not None:
            return ["the store refuses to write"]
        slowest = max((check.time_limit for check in catalogue.checks.values()), default=0)
        explained = STALE_AFTER + slowest + catalogue.settings.heartbeat_interval
        if not counters.watermark or self._clock.now() - counters.watermark > explained:
            return ["nothing has been recorded for a while"]
        return []
