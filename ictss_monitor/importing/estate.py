"""What the names in a file mean: services, councils, their zones, and which council has which service."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

from ictss_monitor.availability.periods import instant_of
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.problems import Problems, quoted
from ictss_monitor.clock import Instant
from ictss_monitor.errors import UsageError

Pair: TypeAlias = tuple[str, str]
"""A service and a council that has it, by id."""


class Estate:
    """The catalogue as the readers need it. What does not exist is a UsageError, with a near match."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._names = Problems()

    def known(self, noun: str, name: str, ids: Collection[str]) -> str:
        """Return `name` where it is one of `ids`. Raises UsageError."""
        if name not in ids:
            raise UsageError(self._names.unknown(noun, name, ids)[1])
        return name

    def pair(self, service: str, council: str) -> Pair:
        """Return the pair of two ids. Raises UsageError where one is unknown or the council lacks the service."""
        self.known("service", service, self.catalogue.services)
        self.known("council", council, self.catalogue.councils)
        having = self.catalogue.services[service].provisions
        if council not in having:
            raise UsageError(f"{council} does not have the service {service}; in the catalogue {_those(having)}")
        return service, council

    def pairs(self, services: Collection[str], councils: Collection[str]) -> list[Pair]:
        """Return the pairs that two lists of ids name: services for the councils, or all of either where one is empty.

        None where both are empty. Raises UsageError where an id is unknown, or no council named has a service named.
        """
        for service in services:
            self.known("service", service, self.catalogue.services)
        for council in councils:
            self.known("council", council, self.catalogue.councils)
        if not services and not councils:
            return []
        found = [
            (service.id, council)
            for service in self.catalogue.services.values()
            for council in service.provisions
            if (not services or service.id in services) and (not councils or council in councils)
        ]
        if not found:
            raise UsageError("none of the councils named has any of the services named")
        return found

    def zone_of(self, council: str | None) -> str:
        """Return the zone of a council's times (IANA name); without a council that of the catalogue."""
        return self.catalogue.settings.zone if council is None else self.catalogue.councils[council].zone

    def instant(self, text: str, council: str | None) -> Instant:
        """Return the instant of a time with its offset, or else of the council's clock.

        Raises PeriodError where it is no time, does not exist there, or happens twice.
        """
        return instant_of(text, self.zone_of(council))


def _those(councils: Iterable[str]) -> str:
    names = list(councils)
    return f"{', '.join(names)} {'does' if len(names) == 1 else 'do'}" if names else "no council does"


def shown(text: str, longest: int = 60) -> str:
    """Return outside text in quotes on one line, cut where it is long."""
    return quoted(text, longest)
