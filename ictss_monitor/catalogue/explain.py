"""Validation errors in words for the person who wrote the file: what is wrong, what was expected, what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ictss_monitor.catalogue.problems import Problems, quoted

_QUOTED = re.compile("'([^']*)'")
Keys = tuple[str | int, ...]


def explained(
    error: ValidationError, model: type[BaseModel], data: object, problems: Problems, *, echo: bool = True
) -> Iterator[tuple[Keys, str]]:
    """Yield for each error the keys that lead to it from the model's mapping, and the words.

    Values are repeated only with `echo`: what a probe's options hold may be confidential.
    """
    for detail in error.errors(include_url=False, include_input=False):
        keys = detail["loc"]
        yield keys, _words(detail, model, _written(_value(data, keys)) if echo else "", problems)


def _words(detail: ErrorDetails, model: type[BaseModel], written: str, problems: Problems) -> str:
    keys, kind, message = detail["loc"], detail["type"], detail["msg"]
    if kind == "extra_forbidden":
        known = [name for held in _models_at(model, keys[:-1]) for name in _fields(held)]
        return problems.unknown("key", str(keys[-1]), known)
    if kind == "missing":
        return f"'{keys[-1]}' is missing; expected {_described(model, keys)}"
    if kind in ("wrong", "value_error"):
        return message.removeprefix("Value error, ")
    what = f"{written} is not right; {_expectation(message)}" if written else _expectation(message)
    if kind in ("enum", "literal_error") and written:
        near = problems.near(written.strip("'"), _QUOTED.findall(message))
        return f"{what}: did you mean '{near}'?" if near else what
    return f"{what}; put it in quotes if it is text" if kind == "string_type" and written[:1] not in "'\"a" else what


def _expectation(message: str) -> str:
    for start in ("Input should be ", "Value should be "):
        if message.startswith(start):
            return f"expected {message[len(start) :].replace('dictionary', 'mapping')}"
    return message[:1].lower() + message[1:]


def _written(value: object) -> str:
    if value is None:
        return "an empty value"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return quoted(value) if isinstance(value, str) else f"{str(value).lower():.60}"


def _value(data: object, keys: Sequence[str | int]) -> object:
    for key in keys:
        if isinstance(data, Mapping):
            data = data.get(key, data)
        elif isinstance(data, list) and isinstance(key, int) and key < len(data):
            data = data[key]
    return data


def _described(model: type[BaseModel], keys: Sequence[str | int]) -> str:
    for held in _models_at(model, keys[:-1]):
        field = _fields(held).get(str(keys[-1]))
        if field is not None and field.description:
            return field.description[:1].lower() + field.description[1:]
    return "a value"


def _models_at(model: type[BaseModel], keys: Sequence[str | int]) -> list[type[BaseModel]]:
    """Return the models that may describe what `keys` lead to; keys that name no field are ids, positions and tags."""
    held = [model]
    for key in keys:
        fields = [found for each in held if (found := _fields(each).get(str(key))) is not None]
        held = [inner for field in fields for inner in _models_in(field.annotation)] if fields else held
    return held


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [inner for part in get_args(annotation) for inner in _models_in(part)]


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}
