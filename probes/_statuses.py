"""Sets of three-digit status codes as people write them: 200, "200-299", "200-299, 401", or a list of these."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

StatusSet: TypeAlias = int | str | tuple[int | str, ...]

RANGE: Final = re.compile(r"\s*([1-9][0-9][0-9])\s*(?:-\s*([1-9][0-9][0-9])\s*)?")


def statuses(text: StatusSet, most: int = 599) -> frozenset[int]:
    """Return the status codes that `text` names; none is above `most`. Raises ValueError, saying what is expected."""
    if isinstance(text, tuple):
        return frozenset().union(*(statuses(part, most) for part in text))
    found: set[int] = set()
    for part in str(text).split(","):
        matched = RANGE.fullmatch(part)
        first, last = (int(matched[1]), int(matched[2] or matched[1])) if matched else (1, 0)
        if not first <= last <= most:
            raise ValueError(f"{part.strip()!r} is no status code; expected one like 200 or a range like 200-299")
        found.update(range(first, last + 1))
    return frozenset(found)
