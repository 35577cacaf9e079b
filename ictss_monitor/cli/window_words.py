"""A maintenance window as it is said on the command line, in the words and by the rules of the catalogue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Final

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.recurrence import trouble
from ictss_monitor.catalogue.term_words import WindowWords
from ictss_monitor.catalogue.terms import Scope, Window
from ictss_monitor.catalogue.values import known_id
from ictss_monitor.errors import UsageError

_OPTIONS: Final = {"begin": "--from", "end": "--to", "repeat": "--repeat", "why": "--why"}
"""By the key of the catalogue's language, the option that says the same."""
_KNOWN: Final = "2000-01-01T00:00:00Z"
"""Stands for the announcement that the language wants: here the entry's own instant is it."""


@dataclass(frozen=True, slots=True)
class Over:
    """What a window is over, by ids."""

    services: tuple[str, ...]
    checks: tuple[str, ...]
    sites: tuple[str, ...]
    councils: tuple[str, ...]


def window_of(catalogue: Catalogue, id_: str, begin: str, end: str, repeat: str | None, over: Over, why: str) -> Window:
    """Return the window that the options say. Raises UsageError where something of it is wrong."""
    scope = _scope(catalogue, over)
    try:
        known_id(id_)
        words = WindowWords.model_validate(
            {
                "over": {kind: list(ids) for kind, ids in asdict(over).items() if ids},
                "why": why,
                "begin": begin,
                "end": end,
                "announced": _KNOWN,
                **({} if repeat is None else {"repeat": repeat}),
            }
        )
    except PydanticCustomError as error:
        raise UsageError(str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        option = _OPTIONS.get(str(first["loc"][0])) if first["loc"] else None
        raise UsageError(first["msg"] if option is None else f"{option}: {first['msg']}") from None
    if found := trouble(words.begin, words.last, words.repeat):
        key, what = found
        raise UsageError(f"{_OPTIONS[key]}: {what}")
    return Window(id_, why, scope, words.begin, words.last, _zone(catalogue, over), None, words.repeat)


def _scope(catalogue: Catalogue, over: Over) -> Scope:
    known: tuple[tuple[str, tuple[str, ...], Collection[str]], ...] = (
        ("service", over.services, catalogue.services),
        ("check", over.checks, catalogue.checks),
        ("site", over.sites, catalogue.sites),
        ("council", over.councils, catalogue.councils),
    )
    for noun, named, ids in known:
        for name in named:
            if name not in ids:
                raise UsageError.unknown(noun, name, ids)
    if not any(asdict(over).values()):
        raise UsageError("the window is over nothing: name a --service, --check, --site or --council")
    return Scope(**{kind: frozenset(ids) for kind, ids in asdict(over).items()})


def _zone(catalogue: Catalogue, over: Over) -> str:
    """Return the zone of the councils named where they share one, else that of the settings."""
    zones = {catalogue.councils[council].zone for council in over.councils}
    return zones.pop() if len(zones) == 1 else catalogue.settings.zone
