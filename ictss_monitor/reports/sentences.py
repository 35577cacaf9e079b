"""Names and numbers within sentences."""

from __future__ import annotations

from collections.abc import Sequence


def enumerated(names: Sequence[str], most: int) -> str:
    """Return names as `a, b and c`; of more than `most`, the first and how many more there are."""
    if len(names) <= 1:
        return "".join(names)
    if len(names) <= most:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def counted(number: int, noun: str) -> str:
    """Return a number of things: `1 outage`, `3 outages`, `no outages`."""
    return f"{number or 'no'} {noun}" + ("" if number == 1 else "s")
