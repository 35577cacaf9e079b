"""audit verify and audit log: whether the record is as it was, and what it says, in plain words."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from support.command_line import CommandLine, write_catalogue
from support.tampering import keep_a_record, tamper

from ictss_monitor.store.engine import Store, open_store


def do(url: str, work: Callable[[Store], Coroutine[Any, Any, object]]) -> None:
    """Do something with the store before or between commands."""

    async def in_store() -> None:
        async with open_store(url) as store:
            await work(store)

    asyncio.run(in_store())


@pytest.fixture
def recorded(tmp_path: Path, store_url: str) -> Path:
    """Return the catalogue of an estate whose ledger, imports and statements are not empty."""
    do(store_url, keep_a_record)
    return write_catalogue(tmp_path, store_url)


def test_a_good_record_is_one_line(ask: CommandLine, recorded: Path) -> None:
    """It says how much was looked at, and the head for who wants to note it."""
    answer = ask("-c", recorded, "audit", "verify")
    assert answer.code == 0
    told, noted = answer.out.rstrip("\n").rsplit(" ", 1)
    assert told == "all as it was: 4 entries of the ledger, 1 statement, 1 import; head"
    assert ask("-c", recorded, "audit", "verify", "--head", noted).code == 0


def test_each_fault_is_a_line(ask: CommandLine, recorded: Path, store_url: str) -> None:
    """What was changed with SQL is named, and the exit code says it to scripts."""
    do(store_url, lambda store: tamper(store, "UPDATE ledger SET who = 'zoe' WHERE seq = 1", "DELETE FROM statement"))
    answer = ask("-c", recorded, "audit", "verify")
    assert answer.code == 1
    lines = answer.out.splitlines()
    assert lines[:2] == [
        "entry 1 of the ledger was changed: its hash is not that of what it says",
        "statement 2024-10, version 1, which entry 3 of the ledger sealed, is missing",
    ]
    assert lines[2].startswith("2 faults: 4 entries of the ledger, 0 statements, 1 import; head ")


def test_a_head_that_is_gone_is_a_fault(ask: CommandLine, recorded: Path) -> None:
    """So is one that never was; what is no hash at all is wrong use."""
    answer = ask("-c", recorded, "audit", "verify", "--head", "a" * 64)
    assert (answer.code, answer.out.count("\n")) == (1, 2)
    assert "a hash has 64 hexadecimal digits" in ask("-c", recorded, "audit", "verify", "--head", "A").refusal


def test_the_log_in_plain_words(ask: CommandLine, recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """People read who said what when and why, in their own time, and what was withdrawn."""
    monkeypatch.setenv("COLUMNS", "200")
    told = " ".join(ask("-c", recorded, "audit", "log").out.split())
    assert "The ledger, times of Europe/London" in told
    assert "ann, approved by bob" in told
    assert "what website for fenshire lost from 1970-01-01 01:00:05 to" in told
    assert "(withdrawn)" in told
    assert "it was our switch" in told


def test_the_log_for_machines(ask: CommandLine, recorded: Path) -> None:
    """JSON holds the act itself and the hashes; CSV the same in one row each."""
    records = json.loads(ask("-c", recorded, "audit", "log", "--format", "json").out)
    assert [record["in_force"] for record in records] == [True, False, True, True]
    assert records[3] | {"hash": "", "previous": ""} == {
        "seq": 4,
        "at": "1970-01-01T00:00:04Z",
        "who": "cy",
        "approver": None,
        "act": "withdraw",
        "says": "entry 2 is withdrawn",
        "why": "it was our switch",
        "in_force": True,
        "previous": "",
        "hash": "",
        "data": {"act": "withdraw", "entry": 2},
    }
    assert records[3]["previous"] == records[2]["hash"]
    rows = list(csv.DictReader(io.StringIO(ask("-c", recorded, "audit", "log", "--format", "csv").out)))
    assert [row["hash"] for row in rows] == [record["hash"] for record in records]


def test_an_empty_ledger_is_said(ask: CommandLine, tmp_path: Path, store_url: str) -> None:
    """Nothing was said about the evidence, and nothing changed."""
    file = write_catalogue(tmp_path, store_url)
    assert ask("-c", file, "audit", "log").out == "The ledger is empty: nobody has said anything about the evidence.\n"
    assert ask("-c", file, "audit", "verify").out.startswith("all as it was: 0 entries of the ledger, 0 statements")


def test_an_entry_that_cannot_be_read_stops_the_log(ask: CommandLine, recorded: Path, store_url: str) -> None:
    """One line names it and where to look."""
    do(store_url, lambda store: tamper(store, "UPDATE ledger SET act = 'x' WHERE seq = 2"))
    answer = ask("-c", recorded, "audit", "log")
    assert answer.code == 74
    assert "entry 2 of the ledger cannot be read" in answer.refusal
