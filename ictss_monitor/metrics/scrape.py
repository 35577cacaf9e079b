"""One answer to one scrape: checks, services, the month's figures, and the daemon's own counters.

Written in parts, and the event loop is given back between them, so that ten thousand checks hold up no probe.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from itertools import islice
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from ictss_monitor.availability.kpi import KpiTable
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import SECOND
from ictss_monitor.judging.live import Judge
from ictss_monitor.metrics.checks import VALUE_OF, CheckSamples
from ictss_monitor.metrics.exposition import Family, Format, block, labels
from ictss_monitor.metrics.figures import figures_text
from ictss_monitor.probe import Outcome

CHECKS_PER_TURN: Final = 250
TURNS_PER_PART: Final = 20

SERVICE_STATE: Final = Family(
    "ictss_service_state", "What is held of a service for a council: 2 up, 1 degraded, 0 down, -1 unknown"
)
SERVICE_SINCE: Final = Family(
    "ictss_service_state_since_timestamp_seconds", "Since when the state of a service for a council has been held"
)
OPEN_OUTAGES: Final = Family("ictss_outages_open", "Outages of services that have no end yet, by level")
UNWATCHED: Final = Family("ictss_systems_unwatched", "Systems of the catalogue that no probe watches")


class Scraper:
    """Writes the answer to a scrape from what the daemon holds in memory; it keeps no state of its own but labels."""

    def __init__(
        self,
        catalogue: Callable[[], Catalogue],
        judge: Judge,
        tables: Callable[[], Mapping[str, KpiTable]],
        own: CollectorRegistry,
    ) -> None:
        self._catalogue = catalogue
        self._judge = judge
        self._tables = tables
        self._own = own
        self._labelled: Catalogue | None = None
        self._labels: dict[str, str] = {}
        self._figures: tuple[object, Format, str] | None = None

    def scrape(self, accept: str) -> tuple[str, AsyncIterator[str]]:
        """Return the content type for an Accept header, and the parts of the text."""
        form = Format.accepted(accept)
        return form.value, self._parts(form)

    async def _parts(self, form: Format) -> AsyncIterator[str]:
        async for part in self._checks(form):
            yield part
        yield self._services(form)
        yield self._figures_text(form)
        if form is Format.OPENMETRICS:
            yield generate_openmetrics(self._own).decode()  # type: ignore[no-untyped-call]  # with the # EOF that ends the whole
        else:
            yield generate_latest(self._own).decode()

    async def _checks(self, form: Format) -> AsyncIterator[str]:
        """Write every check's samples, family by family as the formats demand, in one pass over the checks."""
        written = self._labels_of_checks()
        samples, states = CheckSamples(), self._judge.check_states()
        while turn := list(islice(states, CHECKS_PER_TURN)):
            # A check without labels was taken out of the catalogue while the loop was given back.
            samples.take([(label, held) for check, held in turn if (label := written.get(check)) is not None])
            await asyncio.sleep(0)
        for family, texts in samples.families():
            yield family.head(form)
            for begin in range(0, len(texts), TURNS_PER_PART):
                yield "".join(texts[begin : begin + TURNS_PER_PART])

    def _labels_of_checks(self) -> dict[str, str]:
        catalogue = self._catalogue()
        if catalogue is not self._labelled:
            self._labels = {
                check.id: labels({"check": check.id, "site": check.site or "", "probe": check.probe})
                for check in catalogue.checks.values()
            }
            self._labelled = catalogue
        return self._labels

    def _services(self, form: Format) -> str:
        states: list[tuple[str, float]] = []
        since: list[tuple[str, float]] = []
        for (service, council), held in self._judge.service_states():
            label = labels({"service": service, "council": council})
            states.append((label, VALUE_OF[held.state]))
            if held.since is not None:
                since.append((label, held.since / SECOND))
        found = self._judge.open_outages()
        by_level = [
            (labels({"level": level.value}), float(sum(outage.level is level for outage in found)))
            for level in (Outcome.DOWN, Outcome.DEGRADED)
        ]
        unwatched = [(" ", float(len(self._catalogue().unwatched)))]
        return (
            block(SERVICE_STATE, states, form)
            + block(SERVICE_SINCE, since, form)
            + block(OPEN_OUTAGES, by_level, form)
            + block(UNWATCHED, unwatched, form)
        )

    def _figures_text(self, form: Format) -> str:
        """Return the figures, written once for each time that they were computed."""
        tables = self._tables()
        if self._figures is None or self._figures[0] is not tables or self._figures[1] is not form:
            self._figures = (tables, form, figures_text(tables, form))
        return self._figures[2]
