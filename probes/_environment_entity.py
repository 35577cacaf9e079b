"""ENTITY-SENSOR-MIB (RFC 3433): sensors of any equipment, each with its own type, scale and precision."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from probes._environment_tables import COLDEST, HOTTEST, Family, Kind, Objects, Read, Row, Table

ENTRY: Final = "1.3.6.1.2.1.99.1.1.1"  # entPhySensorEntry, by entPhysicalIndex
TYPE, SCALE, PRECISION, VALUE, STATUS = 1, 2, 3, 4, 5
NAME: Final = "1.3.6.1.2.1.47.1.1.1.1.7"  # entPhysicalName, by the same index

CELSIUS, RELATIVE_HUMIDITY = 8, 9
UNITS: Final = 9  # EntitySensorDataScale counts in thousands from yocto(1) over units(9) to yotta(17)
OK: Final = 1
OUT_OF_RANGE: Final = 1_000_000_000
"""EntitySensorValue: what is at or beyond it, on either side, was under or over what the sensor can tell."""


def scaled(row: Row) -> Fraction | None:
    """Return what a row measures in its type's unit, exactly; None where the sensor is not ok or out of its range."""
    value, scale, precision = row.get(VALUE), row.get(SCALE, UNITS), row.get(PRECISION, 0)
    if not (isinstance(value, int) and isinstance(scale, int) and isinstance(precision, int)):
        return None
    if row.get(STATUS, OK) != OK or abs(value) >= OUT_OF_RANGE or not 1 <= scale <= 17 or not -8 <= precision <= 9:
        return None
    return value * Fraction(1000) ** (scale - UNITS) / Fraction(10) ** max(precision, 0)


def _read(kind: int, low: float, high: float) -> Read:
    def read(row: Row, _: Objects) -> float | None:
        value = scaled(row) if row.get(TYPE) == kind else None
        return float(value) if value is not None and low <= value <= high else None

    return read


ENTITY: Final = Family(
    "ENTITY-SENSOR-MIB",
    (),
    (
        Table("entPhySensor", ENTRY, Kind.TEMPERATURE, VALUE, NAME, _read(CELSIUS, COLDEST, HOTTEST), (1, 2, 3, 5)),
        Table("entPhySensor", ENTRY, Kind.HUMIDITY, VALUE, NAME, _read(RELATIVE_HUMIDITY, 0, 100), (1, 2, 3, 5)),
    ),
)
