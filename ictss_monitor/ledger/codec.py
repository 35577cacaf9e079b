"""Acts of the ledger as JSON and back, exactly; and the one canonical text of anything that is hashed.

A field that holds its default is left out, so that a field added later, with a default, changes neither the text nor
the hash of what was entered before. The default of a field is therefore never changed, nor a field renamed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Final, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from ictss_monitor.ledger.acts import (
    Act,
    Attribute,
    Declare,
    EndWindow,
    EnterWindow,
    Import,
    Imported,
    Move,
    Seal,
    Withdraw,
)

T = TypeVar("T")

KINDS: Final[Mapping[str, type[Act]]] = {
    "attribute": Attribute,
    "declare": Declare,
    "move": Move,
    "enter_window": EnterWindow,
    "end_window": EndWindow,
    "withdraw": Withdraw,
    "import": Import,
    "seal": Seal,
}
"""By the name that stands under `act` in the JSON of each."""
_NAMES: Final = {kind: name for name, kind in KINDS.items()}
_FOLD: Final = ";fold=1"
"""Stands after a local time that is the second of two alike, in the night in which the clocks go back."""


def act_to_json(act: Act) -> dict[str, Any]:
    """Return an act as plain JSON data; `act_from_json` gives it back exactly."""
    return {"act": _NAMES[type(act)], **_to_json(act)}


def act_from_json(data: Mapping[str, Any]) -> Act:
    """Return the act that `data` says. Raises ValueError for what `act_to_json` never gives."""
    rest = dict(data)
    name = rest.pop("act", None)
    if not isinstance(name, str) or name not in KINDS:
        raise ValueError(f"no act is called {name!r}")
    kind: Any = KINDS[name]
    act: Act = _reader(kind)(rest)
    return act


def row_to_json(row: Imported) -> dict[str, Any]:
    """Return a row of an imported history as plain JSON data."""
    data: dict[str, Any] = _to_json(row)
    return data


def row_from_json(data: Mapping[str, Any]) -> Imported:
    """Return the row that `data` says. Raises ValueError for what `row_to_json` never gives."""
    row: Imported = _reader(Imported)(dict(data))
    return row


def row_text(row: Imported) -> str:
    """Return the canonical text of a row of an imported history: what it holds, in order, as a JSON list."""
    whose = row.attribution
    fault, supplier = (None, None) if whose is None else (whose.fault.value, whose.supplier)
    return _dumps((row.service, row.council, row.since, row.until, row.state.value, fault, supplier, row.note))


def canonical(data: Any) -> str:
    """Return the one text of plain data: sorted keys, no spaces, ASCII only; fractions as "n/d" in quotes.

    Raises TypeError for what has no exact text, a float above all.
    """
    return _dumps(_plain(data))


_dumps: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode


def _plain(data: Any) -> Any:
    if data is None or isinstance(data, bool | int | str):
        return data
    if isinstance(data, Fraction):
        return f"{data.numerator}/{data.denominator}"
    if isinstance(data, Mapping):
        return {_key(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    raise TypeError(f"{type(data).__name__} has no canonical text")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"the key {key!r} is no text")
    return key


# To JSON


def _to_json(value: Any) -> Any:
    if is_dataclass(value):
        held = ((each, getattr(value, each.name)) for each in fields(value))
        return {each.name: _to_json(said) for each, said in held if not _is_default(each, said)}
    if isinstance(value, frozenset):
        return sorted(_to_json(each) for each in value)
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            raise TypeError("a local time of the ledger has no zone of its own")
        return value.replace(fold=0).isoformat() + (_FOLD if value.fold else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, int | str):
        return value
    raise TypeError(f"{type(value).__name__} is nothing that an act holds")


def _is_default(field: Field[Any], value: Any) -> bool:
    if field.default_factory is not MISSING:
        return bool(value == field.default_factory())
    return field.default is not MISSING and bool(value == field.default)


# From JSON

Reader: TypeAlias = Callable[[Any], Any]
"""What gives back a value from its JSON data. Raises ValueError."""


@cache
def _reader(kind: Any) -> Reader:
    """Return what reads values of the annotation `kind`; made once for each, the ledger can be long."""
    if isinstance(kind, UnionType):  # all of them are `something | None`
        (wanted,) = (each for each in get_args(kind) if each is not NoneType)
        return partial(_optional, _reader(wanted))
    if get_origin(kind) is frozenset:
        (member,) = get_args(kind)
        return partial(_set, _reader(member))
    assert isinstance(kind, type)
    if is_dataclass(kind):
        return partial(_object, kind, {name: _reader(hint) for name, hint in get_type_hints(kind).items()})
    if issubclass(kind, StrEnum):
        return partial(_need_one_of, kind)
    if kind is datetime:
        return _local_time
    if kind is date:
        return _day
    return partial(_need, kind)


def _optional(read: Reader, data: Any) -> Any:
    return None if data is None else read(data)


def _set(read: Reader, data: Any) -> frozenset[Any]:
    return frozenset(map(read, _need(list, data)))


def _object(kind: type[T], readers: Mapping[str, Reader], data: Any) -> T:
    said = _need(dict, data)
    if not said.keys() <= readers.keys():
        unknown = min(said.keys() - readers.keys())
        raise ValueError(f"there is no field {unknown!r}")
    try:
        return kind(**{name: readers[name](value) for name, value in said.items()})
    except TypeError as error:  # a field without a default is not there
        raise ValueError(str(error)) from None


def _need(kind: type[T], data: Any) -> T:
    if type(data) is not kind:  # not isinstance: true is no 1
        raise ValueError(f"{data!r} is no {kind.__name__}")
    return data


def _need_one_of(kind: type[StrEnum], data: Any) -> StrEnum:
    return kind(_need(str, data))


def _local_time(data: Any) -> datetime:
    said = _need(str, data)
    moment = datetime.fromisoformat(said.removesuffix(_FOLD))
    if moment.tzinfo is not None:
        raise ValueError(f"{said!r} has a zone of its own")
    return moment.replace(fold=1) if said.endswith(_FOLD) else moment


def _day(data: Any) -> date:
    return date.fromisoformat(_need(str, data))
