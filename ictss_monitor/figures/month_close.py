"""The month close: what is over is drafted, or sealed where the catalogue says so; what was missed is caught up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from ictss_monitor.availability.periods import CalendarSpan
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.clock import Clock, Instant
from ictss_monitor.errors import UsageError
from ictss_monitor.figures import kpis, sealing
from ictss_monitor.statements.closing import due_periods
from ictss_monitor.statements.statement import StatementContent
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import first_evidence
from ictss_monitor.store.sealed import draft_of, latest

log = structlog.get_logger(__name__)

WHO: Final = sealing.Signature("month close")
"""Who seals where the catalogue lets no person do it."""


class MonthClose:
    """Closes the periods that are due, each once; it may run as often as one likes.

    A draft is made once and left to people: it is neither renewed nor sealed later without them.
    """

    def __init__(self, store: Store, catalogue: Callable[[], Catalogue], clock: Clock) -> None:
        self._store = store
        self._catalogue = catalogue
        self._clock = clock

    async def run(self) -> None:
        """Close what is due and has evidence, and say so in the log. Raises StoreError."""
        catalogue, now = self._catalogue(), self._clock.now()
        for spec in await self._open(due_periods(catalogue, now), catalogue):
            await (self._seal if catalogue.settings.month_close.seals else self._draft)(catalogue, spec, now)

    async def _open(self, due: tuple[CalendarSpan, ...], catalogue: Catalogue) -> list[CalendarSpan]:
        """Return those of `due` that have evidence, and neither a statement nor a draft."""
        async with self._store.read() as tx:
            left = [
                spec for spec in due if await latest(tx, spec.label) is None and await draft_of(tx, spec.label) is None
            ]
            since = await first_evidence(tx) if left else None
        return [spec for spec in left if since is not None and since < spec.within(catalogue.settings.zone).end]

    async def _draft(self, catalogue: Catalogue, spec: CalendarSpan, now: Instant) -> None:
        content = await sealing.draft(self._store, catalogue, spec, now)
        log.info("period drafted", period=spec.label, evidence=content.evidence[:12])
        _announce(content)

    async def _seal(self, catalogue: Catalogue, spec: CalendarSpan, now: Instant) -> None:
        try:
            statement = await sealing.seal(self._store, catalogue, None, spec, now, WHO)
        except UsageError as refusal:  # not decided yet: it is tried again with the next run
            log.warning("period not sealed", period=spec.label, why=str(refusal))
            return
        log.info("period sealed", period=spec.label, version=statement.version, digest=statement.digest)
        _announce(kpis.read_content(statement))


def _announce(content: StatementContent) -> None:
    """Say the headline figures in the log."""
    table = content.table
    for row in table.rows:
        if row.subject is Subject.BASKET:
            log.info("period closed", period=table.label, basket=row.id, council=row.council, figure=row.text)
