"""What is right in an entry that has a mistake, so that its other mistakes are found in the same reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

_ROUNDS = 6
"""Taking a key away can leave its mapping incomplete, which is then taken away too: so deep do entries nest."""


def salvaged(error: ValidationError, model: type[M], data: object) -> M | None:
    """Return `data` as `model` without the keys that `error` blames; None where what is left still makes no sense."""
    left = _copy(data)
    for _ in range(_ROUNDS):
        dropped = [_drop(left, detail["loc"]) for detail in error.errors(include_url=False, include_input=False)]
        if not all(dropped):
            return None
        try:
            return model.model_validate(left)
        except ValidationError as again:
            error = again
    return None


def _copy(data: object) -> Any:
    if isinstance(data, dict):
        return {key: _copy(held) for key, held in data.items()}
    return [_copy(held) for held in data] if isinstance(data, list) else data


def _drop(data: Any, keys: Sequence[str | int]) -> bool:
    """Take away the innermost key of a mapping on the way along `keys`; tell whether there was one (or it is gone)."""
    innermost: tuple[dict[str, Any], str] | None = None
    for key in keys:
        if isinstance(data, dict) and isinstance(key, str) and key in data:
            innermost = data, key
            data = data[key]
        elif isinstance(data, list) and isinstance(key, int) and key < len(data):
            data = data[key]
    if innermost is None:
        return False
    del innermost[0][innermost[1]]
    return True
