"""outages --counted: as figures count them, with what people said; on both databases."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest
from support.command_line import BROKE, OCTOBER, CommandLine

from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.clock import DAY, MINUTE
from ictss_monitor.ledger.acts import Act, Attribute, Declare, Extent
from ictss_monitor.probe import Outcome
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import open_store

BROKEN = Extent("website", "fenshire", BROKE, BROKE + 5 * MINUTE)
PHONED = Extent("website", "fenshire", BROKE + DAY, BROKE + DAY + 30 * MINUTE)
WORDS = ("outages", "--counted", "--period", "2024-10")


def say(store_url: str, *acts: Act) -> None:
    """Enter acts in the ledger."""

    async def enter() -> None:
        async with open_store(store_url) as store, store.write() as tx:
            for act in acts:
                await ledger.append(tx, act, at=OCTOBER.end, who="ann", why="BT told us")

    asyncio.run(enter())


def test_what_people_said_is_told(ask: CommandLine, estate: Path, store_url: str) -> None:
    """The observed outage with whose it was, and the one that was phoned in; each with the entry that says so."""
    say(store_url, Attribute(BROKEN, Attribution(Fault.THIRD_PARTY, "BT")), Declare(PHONED, Outcome.DOWN))
    first, second = json.loads(ask("-c", estate, *WORDS, "--format", "json").out)
    assert (first["attribution"], first["suppliers"], first["causes"]) == ("third_party", ["BT"], ["web"])
    assert (first["entries"], first["counted_seconds"], first["removed"]) == ([1], 300, False)
    assert (second["attribution"], second["causes"], second["entries"]) == ("own", [], [2])
    assert (second["begin"], second["end"]) == ("2024-10-11T23:00:00Z", "2024-10-11T23:30:00Z")
    rows = list(csv.DictReader(io.StringIO(ask("-c", estate, *WORDS, "--format", "csv").out)))
    assert [(row["suppliers"], row["entries"], row["imported"]) for row in rows] == [
        ("BT", "1", "false"),
        ("", "2", "false"),
    ]


@pytest.mark.parametrize("width", [80, 120, 160])
def test_the_table_tells_whose_it_was(
    ask: CommandLine, estate: Path, store_url: str, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """In a terminal of any width stands what counts and whose it was, and no word is cut."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    say(store_url, Attribute(BROKEN, Attribution(Fault.THIRD_PARTY, "BT")))
    told = ask("-c", estate, *WORDS).out
    assert "(BT)" in told
    assert "5 min" in told
    assert "fenshire" in told
    assert "…" not in told


def test_what_was_no_outage_is_told_apart(ask: CommandLine, estate: Path, store_url: str) -> None:
    """Said not to be one, it leaves the table with a sentence, and is in JSON with nothing counted."""
    say(store_url, Declare(BROKEN, Outcome.UP))
    told = ask("-c", estate, *WORDS).out
    assert "No outages in 2024-10 as far as is known" in told
    assert "1 more was observed and said not to be an outage" in told
    (line,) = json.loads(ask("-c", estate, *WORDS, "--format", "json").out)
    assert (line["removed"], line["counted_seconds"], line["down_seconds"], line["note"]) == (
        True,
        0,
        300,
        "BT told us",
    )


def test_only_what_is_asked_for(ask: CommandLine, estate: Path) -> None:
    """Another council's outages are left out."""
    words = ("outages", "--counted", "--period", "2024-11", "--council", "wolds", "--format", "json")
    assert json.loads(ask("-c", estate, *words).out) == []
