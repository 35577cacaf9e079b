"""Text from outside, made so that both databases hold it."""

from __future__ import annotations

from typing import Any


def storable(said: str) -> str:
    """Return `said` without what PostgreSQL refuses: a NUL or half a surrogate pair from a far end's answer.

    A row that the store refuses would hold up every batch after it.
    """
    return said.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


def storable_data(data: Any) -> Any:
    """Return plain JSON data with each text in it made storable."""
    if isinstance(data, str):
        return storable(data)
    if isinstance(data, list):
        return [storable_data(each) for each in data]
    if isinstance(data, dict):
        return {name: storable_data(each) for name, each in data.items()}
    return data
