"""report: files in a folder, their paths on standard output, what their figures are on standard error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command_line import Answer, CommandLine

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_the_paths_of_the_files_are_printed(ask: CommandLine, estate: Path, tmp_path: Path) -> None:
    """One on each line, in the order asked for; formats by comma or by giving the option again, each once."""
    (tmp_path / "out").mkdir()
    words = ["--period", "2024-10", "--format", "json,csv", "--format", "csv", "--format", "XLSX", "-o", "out"]
    answer = ask("-c", estate, "report", *words)
    assert answer.code == 0
    assert answer.out.splitlines() == [f"out/availability-2024-10-unsealed.{form}" for form in ("json", "csv", "xlsx")]
    assert "Not sealed: computed for this report" in answer.err
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        f"availability-2024-10-unsealed.{form}" for form in ("json", "csv", "xlsx")
    }


def test_the_report_says_what_kpi_says(ask: CommandLine, estate: Path, tmp_path: Path) -> None:
    """The same figure, exact and printed; what is not monitored is in it."""
    told = content(ask("-c", estate, "report", "--period", "2024-10", "--format", "json"), tmp_path)
    figures = {(row["subject"], row["id"], row["council"]): row for row in told["figures"]}
    rows = json.loads(ask("-c", estate, "kpi", "--period", "2024-10", "--format", "json").out)
    kpi = next(row for row in rows if row["id"] == "website")
    assert figures["service", "website", "Fenshire"]["figure"] == {"text": kpi["text"], "exact": kpi["availability"]}
    assert told["summary"]["headline"]["actual"]["text"] == "99.99 %"
    assert told["summary"]["headline"]["verdict"] == "red"
    assert told["not_monitored"][0]["name"] == "UPS"
    assert [line["cause"] for line in told["outages"]] == ["web"]


def content(answer: Answer, folder: Path) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    """Return the report that a command wrote as JSON."""
    (name,) = answer.out.split()
    told: dict[str, dict[str, dict[str, dict[str, str]]]] = json.loads((folder / name).read_text(encoding="utf-8"))
    return told


@SQLITE
def test_a_sealed_period_says_so(ask: CommandLine, estate: Path) -> None:
    """By the file's name and in words; --recompute leaves the statement aside."""
    assert ask("-c", estate, "seal", "--period", "2024-10", "--who", "Ann").code == 0
    sealed = ask("-c", estate, "report", "--period", "2024-10", "--format", "csv")
    assert sealed.out == "availability-2024-10-v1.csv\n"
    assert "Fenshire: Version 1, sealed by Ann" in sealed.err
    again = ask("-c", estate, "report", "--period", "2024-10", "--format", "csv", "--recompute")
    assert again.out == "availability-2024-10-unsealed.csv\n"


@SQLITE
def test_of_one_council(ask: CommandLine, estate: Path) -> None:
    """The file is named after it. HTML is what comes if nothing is said."""
    answer = ask("-c", estate, "report", "--period", "2024-10", "--council", "fenshire")
    assert answer.out == "availability-2024-10-fenshire-unsealed.html\n"


@SQLITE
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--period", "2024-13"], "there is no month 13"),
        (["--period", "2990-01"], "2990-01 has not begun: there is nothing to report of it yet"),
        (["--period", "2024-10", "--format", "pfd"], "unknown format 'pfd': did you mean 'pdf'?"),
        (
            ["--period", "2024-10", "--format", "paper"],
            "unknown format 'paper': expected html, pdf, xlsx, docx, csv, json",
        ),
        (["--period", "2024-10", "--format", "csv,"], "unknown format ''"),
        (["--period", "2024-10", "--council", "fenshir"], "unknown council 'fenshir': did you mean 'fenshire'?"),
        (
            ["--period", "2024-10", "-o", "not/there"],
            "there is no folder not/there: make it first, with mkdir -p not/there",
        ),
        (["--council", "fenshire"], "Missing option '--period'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "told",
)
def test_what_makes_no_sense_is_told(
    ask: CommandLine, estate: Path, tmp_path: Path, words: list[str], told: str
) -> None:
    """One line with what is meant, exit code 64, and no file."""
    answer = ask("-c", estate, "report", *words)
    assert (answer.code, answer.out) == (64, "")
    assert told in answer.err.splitlines()[-1]
    assert not list(tmp_path.glob("availability-*"))
