"""The text of a version of the catalogue: its sources in one, as the store keeps it, and taken apart again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import PurePath
from typing import Final

from ictss_monitor.catalogue.parse import digest
from ictss_monitor.catalogue.problems import Source

_HEADING: Final = re.compile(r"^# (.+)$", re.MULTILINE)
_MOST: Final = 12
"""Comments that look like a heading: beyond so many, no reading without some of them is tried."""


def joined(sources: Sequence[Source]) -> str:
    """Return the texts of all sources, each under a heading with its name."""
    return "\n".join(f"# {source.name}\n{source.text}" for source in sources)


def taken_apart(text: str, wanted: str) -> tuple[Source, ...] | None:
    """Return the sources that `joined` put together, whose digest is `wanted`; None where there are none such.

    A comment may look like the heading of a further file: the digest tells which reading is the right one.
    """
    for reading in _readings(text):
        if digest(reading) == wanted:
            return reading
    return None


def _readings(text: str) -> Iterator[tuple[Source, ...]]:
    headings = list(_HEADING.finditer(text))
    if not headings or headings[0].start():
        return
    first = PurePath(headings[0][1])
    others = [
        each
        for each in headings[1:]
        if PurePath(each[1]).parent == first.parent and PurePath(each[1]).suffix in (".yaml", ".yml")
    ]
    left_out = range(len(others) + 1) if len(others) <= _MOST else (0, len(others))
    for count in left_out:
        for kept in combinations(others, len(others) - count):
            yield _cut(text, [headings[0], *kept])


def _cut(text: str, headings: Sequence[re.Match[str]]) -> tuple[Source, ...]:
    ends = [each.start() - 1 for each in headings[1:]] + [len(text)]
    return tuple(Source(each[1], text[each.end() + 1 : end]) for each, end in zip(headings, ends, strict=True))
