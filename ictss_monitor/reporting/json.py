"""The whole report as JSON: exact shares as fractions in text, instants in UTC, durations in whole microseconds."""

from __future__ import annotations

import json as rfc8259
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from ictss_monitor.clock import iso
from ictss_monitor.reporting.content import Report
from ictss_monitor.statements.long_numbers import numbers_of_any_length


def json(report: Report) -> bytes:
    """Return the report as JSON in UTF-8; its keys are the fields of `content.Report`.

    A share is `{"text": "99.57 %", "exact": "33115/33256"}`; what is a duration has a name in `_microseconds`.
    """
    with numbers_of_any_length():
        told = _told(report)
    return (rfc8259.dumps(told, indent=2, ensure_ascii=False) + "\n").encode("utf-8", errors="replace")


def _told(value: Any) -> Any:
    if is_dataclass(value):
        return dict(_member(field.name, str(field.type), getattr(value, field.name)) for field in fields(value))
    if isinstance(value, tuple):
        return [_told(each) for each in value]
    if isinstance(value, Fraction):
        return str(value)
    return value.value if isinstance(value, Enum) else value


def _member(name: str, declared: str, value: Any) -> tuple[str, Any]:
    """Return one field with its name in JSON. An instant and a duration are both ints: the declaration tells which."""
    if declared.startswith("Duration"):
        return f"{name}_microseconds", value
    if declared.startswith("Instant"):
        return name, None if value is None else iso(value)
    return name, _told(value)
