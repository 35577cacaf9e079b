"""Options that belong together, handed to a command as one object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, TypeAlias

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


def gathered(name: str, kind: type[Any], *options: Decorator) -> Decorator:
    """Return a decorator that gives a command `options`, and hands it a `kind` made of them as the argument `name`.

    The fields of the dataclass `kind` are called as the options are; those without an option keep their default.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)  # with the options that it has already
        def with_object(**said: Any) -> Any:
            held = {field.name: said.pop(field.name) for field in fields(kind) if field.name in said}
            return command(**said, **{name: kind(**held)})

        made: Callable[..., Any] = with_object
        for option in reversed(options):  # as decorators apply, so that help lists them in their order
            made = option(made)
        return made

    return decorate
