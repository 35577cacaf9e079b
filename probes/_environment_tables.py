"""How tables of sensors are described, read from an agent's answers, and made one reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from probes._snmp import Value

Objects: TypeAlias = Mapping[str, Value]
"""What an agent answered: value by object identifier in numbers."""
Row: TypeAlias = Mapping[int, Value]
"""One sensor: value by column."""

COLDEST: Final = -80.0
HOTTEST: Final = 200.0
"""Degrees Celsius between which a sensor can be believed; beyond are -273, 65535 and what else means none."""


class Kind(StrEnum):
    """What a sensor senses."""

    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"
    SMOKE = "smoke"
    CONTACT = "contact"
    """A door, a leak detector or any other contact: what is said is whether it is in alarm, not whether it is open."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor: degrees Celsius, per cent, or 1 for smoke and for a contact in alarm, 0 for none."""

    kind: Kind
    name: str
    value: float


Read: TypeAlias = Callable[[Row, Objects], float | None]
"""Returns the value of a sensor by its row (and what stands beside the table); None where it measures nothing."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of sensors: `entry` is the identifier of its rows, `value` the column that every sensor has."""

    title: str
    """The table's name in its MIB."""
    entry: str
    kind: Kind
    value: int
    name: int | str | None
    """The column of what a person calls a sensor: its number, or its identifier where another table has it."""
    read: Read
    others: tuple[int, ...] = ()
    """Further columns that `read` looks at."""
    beside: tuple[str, ...] = ()
    """Single objects that `read` looks at."""
    label: str = ""
    """What the sensor is called where the device has no names."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Identifiers of the columns to ask for, the one that every sensor has first."""
        held = dict.fromkeys((self.value, *self.others))
        return (*(f"{self.entry}.{column}" for column in held), *((self._names,) if self._names else ()))

    @property
    def _names(self) -> str:
        return f"{self.entry}.{self.name}" if isinstance(self.name, int) else self.name or ""

    def sensors(self, objects: Objects) -> Iterator[Sensor]:
        """Yield the sensors that measure something."""
        for index, row in self._rows(objects).items():
            value = self.read(row, objects)
            if value is not None:
                label = objects.get(f"{self._names}.{index}")
                named = label.decode("utf-8", "replace") if isinstance(label, bytes) else ""
                yield Sensor(self.kind, named or self.label or index, value)

    def _rows(self, objects: Objects) -> Mapping[str, Row]:
        """Return the rows by their index: those in which the column of values says something."""
        prefix = f"{self.entry}.{self.value}."
        indices = [oid[len(prefix) :] for oid in objects if oid.startswith(prefix)]
        return {
            index: {
                column: objects[oid]
                for column in (self.value, *self.others)
                if (oid := f"{self.entry}.{column}.{index}") in objects
            }
            for index in indices
        }


@dataclass(frozen=True, slots=True)
class Family:
    """The tables of one maker, or of one standard."""

    name: str
    enterprises: tuple[str, ...]
    """sysObjectIDs that begin so belong to its makers."""
    tables: tuple[Table, ...]
    """A sensor that is a single object is a table whose one row has the index 0."""


def number(value: Value | None) -> float | None:
    """Return a number, also one that is written in a string; None for anything else."""
    if isinstance(value, bytes):
        try:
            value = float(value.decode("ascii").strip())
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) and value == value else None


def celsius(column: int, per: int = 1, absent: frozenset[float] = frozenset()) -> Read:
    """Read degrees Celsius, `per` of whose units make one; raw values in `absent` are no measurement."""
    return lambda row, _: believed(row.get(column), per, absent)


def believed(raw: Value | None, per: int = 1, absent: frozenset[float] = frozenset()) -> float | None:
    """Return a temperature that can be one."""
    value = number(raw)
    if value is None or value in absent:
        return None
    return value / per if COLDEST <= value / per <= HOTTEST else None


def from_fahrenheit(degrees: float) -> float:
    """Return degrees Celsius."""
    return round((degrees - 32) * 5 / 9, 2)


def in_celsius(raw: Value | None, in_fahrenheit: bool, per: int = 1) -> float | None:
    """Return degrees Celsius of a device that can be set to Fahrenheit; -1 is what it says where no sensor is."""
    value = number(raw)
    if value is None or value == -1:
        return None
    return believed(from_fahrenheit(value / per) if in_fahrenheit else value / per)


def humidity(column: int, per: int = 1, absent: frozenset[float] = frozenset()) -> Read:
    """Read per cent of relative humidity, `per` of whose units make one."""

    def read(row: Row, _: Objects) -> float | None:
        value = number(row.get(column))
        if value is None or value in absent:
            return None
        return value / per if 0 <= value / per <= 100 else None

    return read


def alarm(column: int, yes: frozenset[int], no: frozenset[int]) -> Read:
    """Read whether a status is one of alarm; one that is neither in `yes` nor in `no` is no measurement."""
    return lambda row, _: 1.0 if row.get(column) in yes else 0.0 if row.get(column) in no else None


def present(read: Read, column: int, here: frozenset[int]) -> Read:
    """Read only sensors whose `column` says that they are there; a column that does not exist says nothing."""
    return lambda row, objects: read(row, objects) if row.get(column) is None or row[column] in here else None
