"""Validation errors in words for the person who wrote the file: what is wrong, what was expected, what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ictss_monitor.catalogue.problems import Problems, quoted

_QUOTED = re.compile("'([^']*)'")
_EXPECTED: Final = {
    **dict.fromkeys(("model_type", "dict_type", "model_attributes_type"), "a mapping, keys with their values"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "a list, such as [a, b]"),
    "string_type": "text",
}
Keys = tuple[str | int, ...]


def explained(
    error: ValidationError, model: type[BaseModel], data: object, problems: Problems, *, options: bool = False
) -> Iterator[tuple[Keys, str]]:
    """Yield for each error the keys that lead to it from the model's mapping, and the words.

    With `options` it is a probe's options that are wrong: their values may be confidential and are not repeated, and
    their field `address` is no key that one writes among them.
    """
    details = error.errors(include_url=False, include_input=False)
    meant: set[Keys] = set()
    for detail in sorted(details, key=lambda detail: detail["type"] == "missing"):
        keys = detail["loc"]
        if detail["type"] == "extra_forbidden":
            known = [name for held in _models_at(model, keys[:-1]) for name in _fields(held)]
            near, what = problems.unknown(
                "key", str(keys[-1]), [key for key in known if not options or key != "address"]
            )
            meant.add((*keys[:-1], near or ""))
            yield keys, what
        elif detail["type"] != "missing":
            yield keys, _words(detail, "" if options else _written(_value(data, keys)), problems)
        elif keys not in meant:
            yield keys, f"'{keys[-1]}' is missing; expected {_described(model, keys)}"


def _words(detail: ErrorDetails, written: str, problems: Problems) -> str:
    kind, message = detail["type"], detail["msg"]
    if kind in ("wrong", "value_error"):
        return message.removeprefix("Value error, ")
    expected = _expectation(detail)
    what = f"{written} is not right; {expected}" if written else expected
    if kind in ("enum", "literal_error") and written:
        near = problems.near(written.strip("'"), _QUOTED.findall(message))
        return f"{what}: did you mean '{near}'?" if near else what
    return f"{what}: put it in quotes" if kind == "string_type" and written[:1] not in "'\"a" else what


def _expectation(detail: ErrorDetails) -> str:
    kind, message, bounds = detail["type"], detail["msg"], detail.get("ctx", {})
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}"
    if kind in ("too_short", "string_too_short"):
        return f"expected {_number(bounds['min_length'], kind)} at least"
    if kind in ("too_long", "string_too_long"):
        return f"expected {_number(bounds['max_length'], kind)} at most"
    if not message.startswith("Input should be "):
        return message[:1].lower() + message[1:]
    expected = message.removeprefix("Input should be ").partition(", unable")[0]
    return "expected " + expected.replace("greater than or equal to", "at least").replace(
        "less than or equal to", "at most"
    )


def _number(count: int, kind: str) -> str:
    return f"{count} {'character' if kind.startswith('string') else 'item'}{'' if count == 1 else 's'}"


def _written(value: object) -> str:
    if value is None:
        return "an empty value"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
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
            text = field.description
            return text if text[1:2].isupper() else text[:1].lower() + text[1:]
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
