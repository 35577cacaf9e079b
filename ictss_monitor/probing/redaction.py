"""Keeps what leaves a probe fit for logs, pages and the store: one short printable line, and no secret in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel, SecretBytes, SecretStr

MOST_DETAIL: Final = 200
"""Characters of a finding's detail; a hostile far end could otherwise fill the store with it."""

HIDDEN: Final = "***"


def one_line(text: str, most: int = MOST_DETAIL) -> str:
    """Return `text` on one line of at most `most` printable characters; what was cut off is shown as an ellipsis."""
    if len(text) <= most and text.isprintable():
        return text
    joined = " ".join(text[: 4 * most].split())
    printable = "".join(sign if sign.isprintable() else "?" for sign in joined)
    return printable if len(printable) <= most else f"{printable[: most - 1]}…"


def without_secrets(text: str, options: BaseModel) -> str:
    """Return `text` with every secret of `options` that occurs in it replaced by three stars."""
    for name in may_hold_secrets(type(options)):
        for secret in secrets_in(getattr(options, name)):
            text = text.replace(secret, HIDDEN)
    return text


@cache
def may_hold_secrets(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of `model` in which there can be a secret, so that models without any cost nothing."""
    plain = (str, int, float, bool, str | None, int | None, float | None, bool | None)
    return tuple(name for name, field in model.model_fields.items() if field.annotation not in plain)


def secrets_in(value: Any) -> Iterator[str]:
    """Yield every secret in `value`, which may hold them in nested models, mappings and sequences; none is empty."""
    if isinstance(value, SecretStr):
        yield from filter(None, (value.get_secret_value(),))
    elif isinstance(value, SecretBytes):
        yield from filter(None, (value.get_secret_value().decode("utf-8", "replace"),))
    elif isinstance(value, BaseModel):
        for name in may_hold_secrets(type(value)):
            yield from secrets_in(getattr(value, name))
    elif isinstance(value, Mapping):
        for held in value.values():
            yield from secrets_in(held)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for held in value:
            yield from secrets_in(held)
