"""Files of evidence that anybody may have made: one clear line for whatever is out of order, at bounded cost."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from support.evidence_bases import NIGHT, basis, text_of
from support.ledger_cases import chained
from support.observing import MONTH

from ictss_monitor.catalogue.terms import Window
from ictss_monitor.clock import DAY
from ictss_monitor.errors import MonitorError, UsageError
from ictss_monitor.ledger.acts import EnterWindow
from ictss_monitor.ledger.chain import sha256
from ictss_monitor.ledger.codec import canonical
from ictss_monitor.statements.basis import (
    recompute_from,
)
from ictss_monitor.statements.evidence_file import from_text


def with_window(window: Window) -> Callable[[dict[str, Any]], None]:
    """Return the change that enters a window into the ledger, with its chain in order."""

    def alter(content: dict[str, Any]) -> None:
        entered = replace(basis(), entries=chained([EnterWindow(window)]))
        content["ledger"] = json.loads(text_of(entered))["content"]["ledger"]

    return alter


def setting(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    """Return the change of one value."""

    def alter(content: dict[str, Any]) -> None:
        held: Any = content
        for key in path[:-1]:
            held = held[key]
        held[path[-1]] = to

    return alter


HOSTILE = {
    "another format": setting("format", to=2),
    "a period of no kind": setting("period", to="someday"),
    "a period of a thousand years": setting("between", to=[0, 1000 * 366 * DAY]),
    "a period that ends before it begins": setting("between", to=[DAY, 0]),
    "an instant without end": setting("now", to=10**300),
    "seen after now": setting("seen_until", to=MONTH.end + 2 * DAY),
    "a run that ends before it begins": setting("runs", "web", 1, 3, to=MONTH.start),
    "runs over each other": setting("runs", "web", 1, 2, to=MONTH.start),
    "a run of no observation": setting("runs", "web", 1, 4, to=0),
    "a run of a state that there is not": setting("runs", "web", 1, 0, to="sideways"),
    "a run too short": setting("runs", "web", 1, to=["up"]),
    "a check that nothing needs": setting("runs", "other", to=[]),
    "a figure put in": setting("figures", to={"website": "100 %"}),
    "a fraction of a microsecond": setting("now", to=1.5),
    "a catalogue that is none": setting("sources", to={"estate.yaml": "councils: ["}),
    "no calendar": setting("bank_holidays", to={}),
    "an import of a state that there is not": setting("imported", 0, "state", to="sideways"),
    "an import that ends before it begins": setting("imported", 0, "until", to=0),
    "an import in the year 300,000": setting("imported", 0, "until", to=10**19),
    "an act that there is not": setting("ledger", 0, "act", to={"act": "forgive"}),
    "an act without end": setting("ledger", 0, "act", "extent", "until", to=10**30),
    "a window every second": with_window(replace(NIGHT, rrule="FREQ=SECONDLY")),
    "a window that never comes again": with_window(replace(NIGHT, rrule="FREQ=DAILY;INTERVAL=0")),
    "a window of a zone that there is not": with_window(replace(NIGHT, zone="../../etc/passwd")),
    "a window of a year": with_window(replace(NIGHT, end=datetime(2027, 10, 4))),  # noqa: DTZ001
    "a window at the end of time": with_window(
        replace(NIGHT, begin=datetime(9999, 12, 31, 1), end=datetime(9999, 12, 31, 5))  # noqa: DTZ001
    ),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("ignore_digest", [False, True])
def test_whatever_is_out_of_order_is_told_in_one_line(
    change: Callable[[dict[str, Any]], None], ignore_digest: bool
) -> None:
    """Even where its digest is right: who made the file may be anybody."""
    file = json.loads(text_of(basis()))
    change(file["content"])
    text = json.dumps(file) if ignore_digest else signed(file)
    with pytest.raises(MonitorError) as refused:
        recompute_from(from_text(text, ignore_digest=ignore_digest))
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


def signed(file: dict[str, Any]) -> str:
    """Return a file with the digest of what it says, where it can have one."""
    with suppress(TypeError):
        file["digest"] = sha256(canonical(file["content"]))
    return json.dumps(file)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        "[" * 100_000,
        '{"content": {}, "digest": ""}',
        '{"content": {"a": NaN}, "digest": ""}',
    ],
    ids=["empty", "text", "list", "nothing", "deep", "empty content", "not a number"],
)
def test_what_is_no_file_of_evidence_is_told_in_one_line(text: str) -> None:
    """Not in a traceback."""
    with pytest.raises(UsageError, match="this is no file of evidence") as refused:
        from_text(text)
    assert "\n" not in str(refused.value)
