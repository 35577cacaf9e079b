"""Which thing of another tool is which service for which council: `NAME=SERVICE:COUNCIL`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Final, TypeAlias

from ictss_monitor.errors import UsageError
from ictss_monitor.importing.estate import Estate, Pair, shown
from ictss_monitor.importing.problems import Problem
from ictss_monitor.importing.records import Record

COLUMNS: Final = ("name", "service", "council")

Mapped: TypeAlias = dict[str, list[Pair]]
"""By the other tool's name. One thing may stand for a service of several councils, but no pair has two."""


def read_mapping(words: Iterable[str], records: Iterable[Record], estate: Estate) -> tuple[Mapped, list[Problem]]:
    """Return what `words` (`NAME=SERVICE:COUNCIL`) and the records of a mapping file say, and what is wrong in these.

    Raises UsageError where a word is wrong, or where nothing is mapped.
    """
    mapped: Mapped = {}
    names: dict[Pair, str] = {}
    for word in words:
        name, between, pair = word.rpartition("=")  # a name may be a URL with signs of its own; an id never is
        service, colon, council = pair.partition(":")
        if not (between and colon and name.strip()):
            raise UsageError(f"cannot understand --map {shown(word)}: write it as NAME=SERVICE:COUNCIL")
        _add(mapped, names, name.strip(), estate.pair(service.strip(), council.strip()))
    problems: list[Problem] = []
    for record in records:
        try:
            if not record["name"]:
                raise UsageError("it has no name")
            _add(mapped, names, record["name"], estate.pair(record["service"], record["council"]))
        except UsageError as error:
            problems.append(Problem(record.line, str(error)))
    if not mapped and not problems:
        raise UsageError("nothing is mapped: say with --map NAME=SERVICE:COUNCIL what stands for which service")
    return mapped, problems


def _add(mapped: Mapped, names: dict[Pair, str], name: str, pair: Pair) -> None:
    before = names.setdefault(pair, name)
    if before != name:
        raise UsageError(f"{pair[0]} for {pair[1]} has both {shown(before)} and {shown(name)} mapped to it: choose one")
    if pair not in mapped.setdefault(name, []):
        mapped[name].append(pair)


def not_there(noun: str, name: str, known: Collection[str]) -> Problem:
    """Return the problem that the other tool has no `noun` of this name, with a near match where there is one."""
    folded = {each[:200].casefold(): each for each in list(known)[:10_000]}
    near = get_close_matches(name[:200].casefold(), folded, n=1)
    remedy = f": did you mean {shown(folded[near[0]])}?" if near else ""
    return Problem(0, f"it has no {noun} {shown(name)}{remedy}")
