"""Secrets of the catalogue: only named there, `env:NAME` or `file:PATH`, never written there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from ictss_monitor.catalogue.problems import Place, Problems

SecretReader = Callable[[str], str]
"""Returns the secret that `env:NAME` or `file:PATH` names; raises SecretError."""

PlaceOf = Callable[..., Place]

_PASSWORD_IN_URL = re.compile(r"://[^/@]*:[^/@]+@|[?&;](password|sslpassword)=", re.IGNORECASE)


class SecretError(Exception):
    """A secret cannot be read; the message says why, and never what was read."""


class Secrets:
    """Puts secrets in the place of their names, and keeps them out of every message."""

    def __init__(self, reader: SecretReader, problems: Problems) -> None:
        self._reader = reader
        self._problems = problems
        self._read: dict[str, str | SecretError] = {}

    def url(self, text: str, place: Place) -> str | None:
        """Return the URL that `text` is or names; None, with a problem, where it shows a password or cannot be read."""
        if is_reference(text):
            return self._reading(text, place)
        if _PASSWORD_IN_URL.search(text):
            self._problems.add(place, "a password stands in the URL; write env:NAME or file:PATH of the whole URL")
            return None
        return text

    def filled(self, model: type[BaseModel], data: Mapping[str, Any], place: PlaceOf) -> dict[str, Any] | None:
        """Return `data` of `model` with its secrets read, or None where one cannot be; problems say which."""
        filled = dict(data)
        try:
            for key, annotation in _secret_fields(model).items():
                if key in filled:
                    filled[key] = self._fill(annotation, filled[key], place, (key,))
        except _UnreadableError:
            return None
        return filled

    def _fill(self, annotation: Any, value: Any, place: PlaceOf, keys: tuple[str | int, ...]) -> Any:
        if not names_secret(annotation) or value is None:
            return value
        if isinstance(value, Mapping):
            return {key: self._fill(_of_key(annotation, key), held, place, (*keys, key)) for key, held in value.items()}
        if isinstance(value, list):
            kind = _of_items(annotation)
            return [self._fill(kind, held, place, (*keys, index)) for index, held in enumerate(value)]
        return self._text(annotation, str(value), place(*keys))

    def _text(self, annotation: Any, value: str, place: Place) -> str | SecretStr:
        if is_reference(value):
            read = self._reading(value, place)
            if read is None:
                raise _UnreadableError
            return SecretStr(read)
        if str not in _alternatives(annotation):
            self._problems.hide(value)
            what = "a secret stands here in plain text; write env:NAME or file:PATH, and change the secret"
            self._problems.add(place, what)
            raise _UnreadableError
        return value

    def _reading(self, reference: str, place: Place) -> str | None:
        if reference not in self._read:
            try:
                self._read[reference] = self._reader(reference)
            except SecretError as error:
                self._read[reference] = error
        read = self._read[reference]
        if isinstance(read, SecretError):
            self._problems.add(place, f"the secret cannot be read: {read}")
            return None
        self._problems.hide(read)
        return read


class _UnreadableError(Exception):
    pass


def is_reference(text: str) -> bool:
    """Tell whether `text` names a secret that is kept elsewhere."""
    return text.startswith(("env:", "file:"))


def names_secret(annotation: Any) -> bool:
    """Tell whether a field of this type holds a secret, itself or in what it contains."""
    if annotation is SecretStr:
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(names_secret(field.annotation) for field in annotation.model_fields.values())
    return any(names_secret(part) for part in get_args(annotation))


@cache
def _secret_fields(model: type[BaseModel]) -> Mapping[str, Any]:
    return {key: annotation for key, annotation in _fields(model).items() if names_secret(annotation)}


def _alternatives(annotation: Any) -> list[Any]:
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return [held for part in get_args(annotation) for held in _alternatives(part)]
    return [annotation]


def _of_key(annotation: Any, key: str) -> Any:
    for held in _alternatives(annotation):
        if isinstance(held, type) and issubclass(held, BaseModel):
            return _fields(held).get(key)
        if len(get_args(held)) == 2:
            return get_args(held)[1]
    return None


def _of_items(annotation: Any) -> Any:
    return next((get_args(held)[0] for held in _alternatives(annotation) if get_args(held)), None)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}
