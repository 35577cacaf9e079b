"""The exceptions that a person may see.

    MonitorError
    ├── CatalogueError    the catalogue is wrong: every problem, with its place
    ├── StoreError        the store cannot be opened, is of another version, or refuses to write
    ├── ProbeKindError    a probe type that does not exist, is claimed twice, or cannot be loaded
    ├── PeriodError       a period that cannot be understood or makes no sense
    └── UsageError        a request that names something which does not exist

The message of each is one clear line: what is wrong, where, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MonitorError(Exception):
    """Something that a person must see, told in one line."""


class CatalogueError(MonitorError):
    """The catalogue cannot be used; `problems` holds every one of them, a line each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class StoreError(MonitorError):
    """The store cannot be opened, has another schema version, or refuses to write.

    `retry` tells whether the same may succeed later, once somebody has mended what the message names (a full disk, a
    server that is away); where it is False, repeating it is of no use.
    """

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.retry = retry


class ProbeKindError(MonitorError):
    """A probe type is not known, is claimed by two packages, or fails to load."""


class PeriodError(MonitorError):
    """A period cannot be parsed, or it ends before it begins."""


class UsageError(MonitorError):
    """A request names a service, council, check or setting that does not exist."""

    @classmethod
    def unknown(cls, noun: str, name: str, known: Iterable[str]) -> UsageError:
        """Return the error that there is no `noun` of this name, with a near match where there is one."""
        near = get_close_matches(name, list(known), n=1)
        return cls(f"unknown {noun} '{name}'" + (f": did you mean '{near[0]}'?" if near else ""))
