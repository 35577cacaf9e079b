"""From when until when a thing of the catalogue exists."""

from __future__ import annotations

from dataclasses import dataclass

from ictss_monitor.clock import Instant


@dataclass(frozen=True, slots=True)
class Validity:
    """From when and until when a thing exists; None is without end on that side. Half-open."""

    since: Instant | None = None
    until: Instant | None = None

    def holds_at(self, instant: Instant) -> bool:
        """Tell whether the thing exists at `instant`."""
        return (self.since is None or self.since <= instant) and (self.until is None or instant < self.until)

    def edges(self) -> tuple[Instant, ...]:
        """Return the instants at which the thing comes or goes."""
        return tuple(edge for edge in (self.since, self.until) if edge is not None)


ALWAYS = Validity()
