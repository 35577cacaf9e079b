"""Past figures: which of them another catalogue would change, month by month, the newest first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.availability.months import months_before
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.parse import OptionsModels
from ictss_monitor.catalogue.parse import parse as parse_catalogue
from ictss_monitor.catalogue.version import taken_apart
from ictss_monitor.clock import Clock, Instant
from ictss_monitor.errors import CatalogueError, StoreError
from ictss_monitor.explanation.differences import Difference, differences
from ictss_monitor.figures import kpis
from ictss_monitor.ledger.acts import Attribute, Declare, Import, Move
from ictss_monitor.ledger.standing import in_force
from ictss_monitor.store import ledger
from ictss_monitor.store.catalogues import newest_catalogue_version
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import first_evidence
from ictss_monitor.store.sealed import sealed_versions

log = structlog.get_logger(__name__)

MONTHS: Final = 24
"""So many months are compared, with the running one: older ones are sealed, or nobody asks any more."""
_SHARE: Final = 0.05
"""Of one core, that the comparison after a reload may cost."""
_TOLD: Final = 5
"""So many changes are told in the log; `check-config --against-store` tells all, before a reload."""
_UNREAD: Final = "sqlite:///unread-secret"
"""What stands for each secret of a stored catalogue: figures do not depend on any."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month, and what would be different in it; `sealed` is the version of its statement, which stays."""

    label: str
    differences: tuple[Difference, ...] = ()
    sealed: int | None = None


async def changed_months(store: Store, old: Catalogue, new: Catalogue, now: Instant) -> AsyncIterator[Month]:
    """Yield each month in which anything was measured, the newest first: what `new` would change in figures by `old`.

    Nothing is computed for a month that is sealed. Of the running month it is what is known of it at `now`. Whoever is
    in no hurry waits between two months.
    """
    async with store.read() as tx:
        sealed = await sealed_versions(tx)
        begin = await _begin_of_evidence(tx)
    if begin is None:
        return
    left = MONTHS
    for month in months_before(now, begin, new.settings.zone):
        if month.label in sealed:
            yield Month(month.label, sealed=sealed[month.label])
        else:
            before = await kpis.kpi_table(store, old, month, now)
            after = await kpis.kpi_table(store, new, month, now)
            if not any(row.figure.measured for table in (before, after) for row in table.rows):
                continue
            yield Month(month.label, tuple(each for each in differences(before, after) if each.has_figure))
        left -= 1
        if not left:
            return


async def last_loaded(store: Store, options_model: OptionsModels) -> Catalogue | None:
    """Return the catalogue that was loaded last, without its secrets; None where none ever was.

    Raises StoreError where what the store holds of it cannot be read any more.
    """
    async with store.read() as tx:
        version = await newest_catalogue_version(tx)
    if version is None:
        return None
    sources = taken_apart(version.text, version.digest)
    if sources is None:
        raise StoreError(
            f"the text of catalogue {version.digest[:12]} in the store is not what was loaded: there is nothing to "
            "compare with until the daemon loads another one"
        )
    try:
        return parse_catalogue(sources, options_model, lambda _: _UNREAD)
    except CatalogueError as error:
        raise StoreError(
            f"catalogue {version.digest[:12]}, which was loaded last, is not understood any more, so there is nothing "
            f"to compare with: {error.problems[0]}"
        ) from None


async def _begin_of_evidence(tx: AsyncConnection) -> Instant | None:
    """Return about when evidence, or what people told instead of it, begins; None where there is none."""
    found = [await first_evidence(tx)]
    for entry in in_force(await ledger.entries(tx)):
        match entry.act:
            case Attribute(extent) | Declare(extent) | Move(_, extent):
                found.append(extent.since)
            case Import(since=since):
                found.append(since)
    return min((each for each in found if each is not None), default=None)


class PastFigures:
    """Tells in the log which past figures each reload changed: beside everything else, and in no hurry."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._asked = asyncio.Event()
        self._pending: tuple[Catalogue, Catalogue] | None = None

    def compare(self, old: Catalogue, new: Catalogue) -> None:
        """Have `run` compare two catalogues; reloads that come before their turn are compared as one."""
        self._pending = (old if self._pending is None else self._pending[0], new)
        self._asked.set()

    async def run(self) -> None:
        """Compare until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            pending, self._pending = self._pending, None
            assert pending is not None
            try:
                await self._tell(*pending)
            except StoreError as error:
                log.warning("past figures cannot be compared", error=str(error))

    async def _tell(self, old: Catalogue, new: Catalogue) -> None:
        now, sealed = self._clock.now(), 0
        changed: list[str] = []
        began = self._clock.monotonic()
        async for month in changed_months(self._store, old, new, now):
            sealed += month.sealed is not None
            changed += (f"{month.label}, {each.text}" for each in month.differences)
            await asyncio.sleep((self._clock.monotonic() - began) * (1 / _SHARE - 1))
            began = self._clock.monotonic()
        log.info("past figures compared", changed=len(changed), first=changed[:_TOLD], months_sealed=sealed)
