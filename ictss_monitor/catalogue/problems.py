"""Problems of a catalogue: each one line with file, line, what is wrong, what was expected; all of them at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from ictss_monitor.errors import CatalogueError

_LONGEST_NAME_TO_MATCH = 80
_SHORTEST_SECRET = 4
"""Anything shorter stands in every other word of a message, and keeps nobody out."""
_SEARCHES = 200
"""Near matches sought in one reading: each costs a comparison with every known name, and a file of nonsense asks for
as many as it has words."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file's text under the name by which messages speak of it, such as `config/estate.yaml`."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the sources something stands: file, line (from 1), and the path of keys that leads there."""

    source: str
    line: int
    path: str = ""

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.path}: " if self.path else f"{self.source}:{self.line}: "


class Problems:
    """Everything that is wrong, gathered while reading goes on."""

    def __init__(self) -> None:
        self._found: dict[str, Place] = {}
        self._hidden: set[str] = set()
        self._searches = 0

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, place: Place, what: str) -> None:
        """Note what is wrong at `place`; the same problem said twice counts once."""
        for secret in self._hidden:
            what = what.replace(secret, "(secret)")
        self._found.setdefault(" ".join(f"{place}{what}".split()), place)

    def hide(self, secret: str) -> None:
        """Never let `secret` appear in a message from here on."""
        if len(secret) >= _SHORTEST_SECRET:
            self._hidden.add(secret)

    def near(self, name: str, known: Collection[str]) -> str | None:
        """Return the known name that `name` was probably meant to be, or None."""
        if len(name) > _LONGEST_NAME_TO_MATCH or self._searches >= _SEARCHES:
            return None
        self._searches += 1
        return next(iter(get_close_matches(name, known, n=1, cutoff=0.6)), None)

    def unknown(self, noun: str, name: str, known: Collection[str]) -> tuple[str | None, str]:
        """Return the near match, if any, and the words that there is no `noun` called `name`: do you mean that one?"""
        near = self.near(name, known)
        if near is not None:
            return near, f"unknown {noun} {quoted(name)}: did you mean '{near}'?"
        if not known:
            return None, f"unknown {noun} {quoted(name)}; expected one that exists, and there is no {noun} yet"
        return None, f"unknown {noun} {quoted(name)}; expected {listed(known)}"

    def error(self, order: Collection[str]) -> CatalogueError:
        """Return the error that tells all problems, in the order of the sources and their lines."""
        rank = {name: index for index, name in enumerate(order)}
        lines = sorted(self._found, key=lambda line: (rank.get(self._found[line].source, -1), self._found[line].line))
        return CatalogueError(tuple(lines))


def quoted(value: object, longest: int = 60) -> str:
    """Return `value` in quotes, on one line, cut where it is long."""
    text = str(value)
    return repr(text if len(text) <= longest else f"{text[:longest]}…")


def listed(names: Collection[str], most: int = 12) -> str:
    """Return names as 'a, b or c', cut where they are many."""
    shown = list(names)[:most]
    if len(names) > most:
        return f"one of {', '.join(shown)}, … ({len(names)} in all)"
    return f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else "".join(shown)
