"""Acts go to JSON and come back exactly, and have one canonical text."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from support.ledger_cases import EXTENT, PATCHES, acts, rows

from ictss_monitor.ledger.acts import Act, Attribute, Declare, EnterWindow, Imported
from ictss_monitor.ledger.codec import act_from_json, act_to_json, canonical, row_from_json, row_to_json
from ictss_monitor.probe import Outcome


@given(act=acts)
def test_an_act_comes_back_exactly(act: Act) -> None:
    """Whatever an act holds, its canonical text says all of it, down to the fold of a local time."""
    back = act_from_json(json.loads(canonical(act_to_json(act))))
    assert back == act
    assert canonical(act_to_json(back)) == canonical(act_to_json(act))
    if isinstance(act, EnterWindow):
        assert isinstance(back, EnterWindow)
        assert (back.window.begin.fold, back.window.end.fold) == (act.window.begin.fold, act.window.end.fold)


@given(row=rows)
def test_an_imported_row_comes_back_exactly(row: Imported) -> None:
    """The rows of an import can be written to a file and read again."""
    assert row_from_json(json.loads(canonical(row_to_json(row)))) == row


def test_what_holds_its_default_is_not_written() -> None:
    """So a field that is added later, with a default, changes no text that was hashed before."""
    assert canonical(act_to_json(Declare(EXTENT, Outcome.DOWN))) == (
        '{"act":"declare","extent":{"council":"fenshire","service":"mail","since":1000,"until":2000},"state":"down"}'
    )
    assert set(act_to_json(EnterWindow(PATCHES))["window"]) == {
        *("id", "why", "scope", "begin", "end", "zone", "announced"),
    }


def _with(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    data = json.loads(canonical(act_to_json(Declare(EXTENT, Outcome.DOWN))))
    change(data)
    return data  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"act": "forge"},
        {"act": ["declare"]},
        _with(lambda data: data.update(state="perhaps")),
        _with(lambda data: data.update(more=1)),
        _with(lambda data: data.pop("state")),
        _with(lambda data: data.update(extent=None)),
        _with(lambda data: data["extent"].update(since=1.0)),
        _with(lambda data: data["extent"].update(since=True)),
        _with(lambda data: data["extent"].update(since="1000")),
        _with(lambda data: data["extent"].update(service=7)),
        {"act": "enter_window", "window": {**act_to_json(EnterWindow(PATCHES))["window"], "begin": "2026-10-04T01Z"}},
        {"act": "enter_window", "window": {**act_to_json(EnterWindow(PATCHES))["window"], "end": "Sunday"}},
    ],
)
def test_what_is_no_act_is_refused(data: dict[str, Any]) -> None:
    """A word too many, too few or of another kind is a ValueError, never an act that says something else."""
    with pytest.raises(ValueError, match=r".+"):
        act_from_json(data)


def test_canonical_text() -> None:
    """Keys are sorted, nothing is spaced, nothing is beyond ASCII, and fractions are exact."""
    data = {"b": [1, None, True], "a": {"d": Fraction(999, 1000), "c": "Ynys Môn"}}
    assert canonical(data) == '{"a":{"c":"Ynys M\\u00f4n","d":"999/1000"},"b":[1,null,true]}'


@pytest.mark.parametrize("data", [1.5, {"a": [0.1]}, {1: "a"}, {"a": {1, 2}}, Attribute])
def test_what_has_no_exact_text_is_refused(data: Any) -> None:
    """A float, or a set in no order, never gets into what is hashed."""
    with pytest.raises(TypeError):
        canonical(data)
