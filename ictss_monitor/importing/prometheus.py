"""The answer of Prometheus to a range query for `probe_success`, as a file: its samples become stretches.

1 is up, 0 is down, anything between is degraded, NaN is unknown. Samples further apart than two steps are a time in
which nobody looked. Each failed sample counts, as nothing in the data says which of them anybody believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from ictss_monitor.clock import SECOND, Duration, Instant
from ictss_monitor.errors import UsageError
from ictss_monitor.importing.estate import shown
from ictss_monitor.importing.mapping import Mapped, not_there
from ictss_monitor.importing.problems import Problem
from ictss_monitor.importing.sightings import Folding, rows_of
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

_STEPS_WATCHED: Final = 2
_LATEST: Final = 2**33
"""Seconds after 1970: far in the future, and a time in milliseconds is beyond it."""


def read_prometheus(
    text: str, mapped: Mapped, label: str, step: Duration | None, since: Instant | None, until: Instant | None
) -> tuple[list[Imported], list[Problem]]:
    """Return the rows of the series that are mapped by the value of `label`, and everything that is wrong.

    `step` is that of the query; None: the shortest time between two samples. Raises UsageError where the text is no
    answer to a range query.
    """
    series = _series(text)
    named: dict[str, list[Any]] = {}
    for each in series:
        name = each["metric"].get(label)
        if isinstance(name, str):
            named.setdefault(name, []).append(each["values"])
    rows: list[Imported] = []
    problems: list[Problem] = []
    for name, pairs in mapped.items():
        found = named.get(name, [])
        if len(found) != 1:
            several = (
                f"it has {len(found)} series whose {label} is {shown(name)}: narrow the query, or choose a --label"
            )
            problems.append(Problem(0, several) if found else not_there(f"series with the {label}", name, named))
            continue
        try:
            samples = list(_samples(found[0]))
            folding = Folding(_STEPS_WATCHED * (step or _shortest(at for at, _ in samples)))
            for at, state in samples:
                folding.see(at, state)
        except ValueError as error:
            problems.append(Problem(0, f"series {shown(name)}: {error}"))
            continue
        rows += rows_of(folding.finish(), pairs, since, until)
    return rows, problems


def _series(text: str) -> list[Mapping[str, Any]]:
    try:
        answer = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not readable as JSON: {error}") from None
    if isinstance(answer, dict) and answer.get("status") == "error":
        raise UsageError(f"Prometheus answered with an error: {shown(str(answer.get('error')), 200)}")
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict) or data.get("resultType") != "matrix" or not isinstance(data.get("result"), list):
        raise UsageError("not the answer to a range query of Prometheus: expected data of resultType matrix")
    for each in data["result"]:
        if not (
            isinstance(each, dict) and isinstance(each.get("metric"), dict) and isinstance(each.get("values"), list)
        ):
            raise UsageError("not the answer to a range query of Prometheus: a series lacks metric or values")
    return list(data["result"])


def _samples(values: Iterable[Any]) -> Iterator[tuple[Instant, Outcome]]:
    before: Instant | None = None
    for value in values:
        if not (isinstance(value, list) and len(value) == 2 and isinstance(value[1], str)):
            raise ValueError(f"{shown(str(value))} is no sample; expected a time and a value")
        seconds = value[0]
        if isinstance(seconds, bool) or not isinstance(seconds, int | Decimal) or not 0 <= seconds < _LATEST:
            raise ValueError(f"{shown(str(seconds))} is no time in seconds")
        at = int(seconds * SECOND)
        if before is not None and at <= before:
            raise ValueError(f"its sample at {seconds} is not later than the one before")
        before = at
        yield at, _state(value[1])


def _state(value: str) -> Outcome:
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"{shown(value)} is no value of a sample") from None
    if number != number:  # NaN, the only number unequal to itself
        return Outcome.UNKNOWN
    if not 0 <= number <= 1:
        raise ValueError(f"{shown(value)} is no success or failure; expected 1 or 0, as of probe_success")
    return Outcome.UP if number == 1 else Outcome.DOWN if number == 0 else Outcome.DEGRADED


def _shortest(instants: Iterable[Instant]) -> Duration:
    held = list(instants)
    return min((later - earlier for earlier, later in pairwise(held)), default=0)
