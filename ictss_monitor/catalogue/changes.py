"""What a reload would change: ids of checks and services that came, went, or became different."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from ictss_monitor.catalogue.model import Catalogue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """Ids of one section, each list in the order of the catalogue that has them."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference of two catalogues as far as running parts must follow it."""

    checks: Change
    services: Change

    def __bool__(self) -> bool:
        return bool(self.checks or self.services)


def changes(old: Catalogue, new: Catalogue) -> Changes:
    """Return which checks and services `new` adds to `old`, takes from it, or says differently."""
    return Changes(_change(old.checks, new.checks), _change(old.services, new.services))


def _change(old: Mapping[str, T], new: Mapping[str, T]) -> Change:
    return Change(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=tuple(name for name in new if name in old and old[name] != new[name]),
    )
