"""export evidence and recompute: the digits of kpi on a machine that has nothing but the file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from support.command_line import CommandLine, in_process_of_its_own
from support.corrections import OCTOBER, SEAL, correct


@pytest.fixture
def file(ask: CommandLine, estate: Path, tmp_path: Path) -> Path:
    """Return the evidence of October."""
    written = tmp_path / "october.json"
    answer = ask("-c", estate, "export", "evidence", *OCTOBER, "-o", written)
    assert (answer.code, answer.err) == (0, "")
    return written


@pytest.mark.parametrize("form", ["json", "csv"])
def test_the_same_digits_elsewhere(ask: CommandLine, estate: Path, store_url: str, tmp_path: Path, form: str) -> None:
    """With no store and no catalogue, to the last digit of every column; corrections are in it."""
    correct(store_url)
    written = tmp_path / "october.json.gz"
    ask("-c", estate, "export", "evidence", *OCTOBER, "-o", written)
    here = ask("-c", estate, "kpi", *OCTOBER, "--format", form).out
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    there = in_process_of_its_own("recompute", written, "--format", form, folder=elsewhere)
    assert (there.code, there.err) == (0, "")
    if form == "json":
        rows = [{k: v for k, v in row.items() if k != "as_known_at"} for row in json.loads(here)]
        assert [{k: v for k, v in row.items() if k != "as_known_at"} for row in json.loads(there.out)] == rows
    else:
        assert there.out.count("\n") == here.count("\n")


def test_the_table_is_that_of_kpi(ask: CommandLine, estate: Path, file: Path) -> None:
    """With the digest of the evidence below, which a statement on it names too."""
    table = ask("recompute", file).out
    lines = ask("-c", estate, "kpi", *OCTOBER).out.splitlines()[1:]
    assert table.splitlines()[1 : len(lines) + 1] == lines
    ask("-c", estate, *SEAL)
    (statement,) = json.loads(ask("-c", estate, "statements", "list", "--format", "json").out)
    assert table.splitlines()[-1] == f"evidence {statement['evidence']}"


def test_a_statement_can_be_worked_out_again(ask: CommandLine, estate: Path, store_url: str, tmp_path: Path) -> None:
    """With --sealed the file has the catalogue and the ledger of then: the sealed digits come out, not today's."""
    ask("-c", estate, *SEAL)
    correct(store_url)
    estate.write_text(estate.read_text().replace("percent: 99.9}", "percent: 99.5}"))
    figures = {}
    for word in ((), ("--sealed",)):
        written = tmp_path / f"file{len(word)}"
        told = ask("-c", estate, "export", "evidence", *OCTOBER, *word, "-o", written)
        assert (told.code, told.out.count("\n")) == (0, 1)
        row = next(each for each in json.loads(ask("recompute", written, "--format", "json").out))
        figures[word] = row["availability"], row["target"]
    assert figures == {(): ("1", "199/200"), ("--sealed",): ("8939/8940", "999/1000")}


def test_secrets_are_only_named(file: Path, store_url: str) -> None:
    """The store's URL, which may hold a password, is not in it, nor any figure."""
    text = file.read_text()
    assert "file:store.url" in text
    assert store_url not in text
    assert "availability" not in text


@pytest.mark.parametrize("number", range(3))
def test_a_run_altered_is_refused_or_changes_the_digits(ask: CommandLine, file: Path, number: int) -> None:
    """Each of the three that there are."""
    before = ask("recompute", file, "--format", "json").out
    held = json.loads(file.read_text())
    run = held["content"]["runs"]["web"][number]
    run[0] = "down" if run[0] == "up" else "up"
    file.write_text(json.dumps(held))
    answer = ask("recompute", file)
    assert answer.code == 64
    assert "its digest is not that of what it says" in answer.refusal
    insisted = ask("recompute", file, "--format", "json", "--ignore-digest")
    assert insisted.code == 0
    assert json.loads(insisted.out) != json.loads(before)


def test_the_same_evidence_is_the_same_packed_file(ask: CommandLine, estate: Path, tmp_path: Path) -> None:
    """Two people who export it sealed can compare their files byte for byte."""
    ask("-c", estate, *SEAL)
    files = [tmp_path / f"{name}.json.gz" for name in ("one", "two")]
    for each in files:
        ask("-c", estate, "export", "evidence", *OCTOBER, "--sealed", "-o", each)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert sorted(path.name for path in tmp_path.glob("one*")) == ["one.json.gz"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "No such file or directory"),
        (b"", "no file of evidence"),
        (b"\xff\xfe", "not UTF-8"),
        (b"{}", "no file of evidence"),
        (gzip.compress(b"{}"), "not UTF-8"),
    ],
    ids=["missing", "empty", "not text", "another JSON", "packed without saying so"],
)
def test_what_is_no_file_of_evidence_is_told_in_one_line(
    ask: CommandLine, tmp_path: Path, data: bytes | None, why: str
) -> None:
    """Whatever it is."""
    file = tmp_path / "file.json"
    if data is not None:
        file.write_bytes(data)
    answer = ask("recompute", file)
    assert why in answer.refusal
    assert answer.code == 64


@pytest.mark.parametrize(
    "data",
    [b"not packed", gzip.compress(b"{}" * 999)[:-9], b"\x1f\x8b\x08" + b"\x00" * 20],
    ids=["not packed", "cut short", "only a head"],
)
def test_a_packed_file_that_is_damaged_is_told_in_one_line(ask: CommandLine, tmp_path: Path, data: bytes) -> None:
    """Cut off in the middle, or never packed."""
    file = tmp_path / "file.json.gz"
    file.write_bytes(data)
    assert "file.json.gz: " in ask("recompute", file).refusal


def test_a_packed_file_that_unpacks_without_end_is_refused(
    ask: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of whatever size: it is read no further than a file of evidence can be long."""
    monkeypatch.setattr("ictss_monitor.cli.evidence.LARGEST", 2**20)
    file = tmp_path / "bomb.json.gz"
    file.write_bytes(gzip.compress(b" " * 2**24))
    assert "larger than 1 MiB" in ask("recompute", file).refusal


def test_a_file_that_cannot_be_written_is_told(ask: CommandLine, estate: Path, tmp_path: Path) -> None:
    """And nothing is left half written."""
    answer = ask("-c", estate, "export", "evidence", *OCTOBER, "-o", tmp_path / "missing" / "file")
    assert "No such file or directory" in answer.refusal
    assert (
        "is not sealed" in ask("-c", estate, "export", "evidence", *OCTOBER, "--sealed", "-o", tmp_path / "x").refusal
    )
    assert not (tmp_path / "x").exists()
