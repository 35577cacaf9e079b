"""kpi: October's figures of a store whose evidence is known, on both databases."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Answer, CommandLine

FIGURE = 1 - Fraction(5, 745 * 60)


def rows(answer: Answer) -> list[dict[str, Any]]:
    """Return the rows of JSON that a command printed."""
    assert (answer.code, answer.err) == (0, "")
    found: list[dict[str, Any]] = json.loads(answer.out)
    return found


def test_json_is_exact(ask: CommandLine, estate: Path) -> None:
    """Five minutes lost of 745 hours are the fraction that they are, and seconds beside."""
    (row,) = rows(ask("-c", estate, "kpi", "--period", "2024-10", "--service", "website", "--format", "json"))
    assert Fraction(row["availability"]) == FIGURE
    assert Fraction(row["low"]) <= FIGURE <= Fraction(row["high"])
    assert (row["coverage"], row["target"], row["met"]) == ("1", "999/1000", True)
    assert (row["lost_seconds"], row["measured_seconds"], row["unknown_seconds"]) == (300, 745 * 3600, 0)
    assert row["left_seconds"] == pytest.approx(745 * 3.6 - 300)
    assert (row["surely_lost_seconds"], row["maybe_lost_seconds"], row["resolution_seconds"]) == (270, 330, 30)
    assert (row["from"], row["to"]) == ("2024-09-30T23:00:00Z", "2024-11-01T00:00:00Z")
    assert (row["subject"], row["council"], row["outages"], row["standing"]) == ("service", "fenshire", 1, "measured")


def test_the_table_shows_the_figure(ask: CommandLine, estate: Path) -> None:
    """A person reads figure, bounds, coverage, target, what was lost, and what nothing watches."""
    told = ask("-c", estate, "kpi", "--period", "2024-10").out
    assert "99.99 %" in told
    assert "met" in told
    assert "MISSED" in told
    assert "5 min" in told
    assert "Not monitored: UPS" in told
    assert "no figure" in told or "N/A" in told


def test_csv_has_the_same_as_json(ask: CommandLine, estate: Path) -> None:
    """Each row of the CSV holds what that of JSON does."""
    as_json = rows(ask("-c", estate, "kpi", "--period", "2024-10", "--format", "json"))
    as_csv = list(csv.DictReader(io.StringIO(ask("-c", estate, "kpi", "--period", "2024-10", "--format", "csv").out)))
    assert len(as_csv) == len(as_json) > 2
    for left, right in zip(as_csv, as_json, strict=True):
        del left["as_known_at"], right["as_known_at"]
        assert left == {name: _as_cell(value) for name, value in right.items()}


def _as_cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_between_two_instants(ask: CommandLine, estate: Path) -> None:
    """--from and --to name any stretch; the hour of the outage lost five of its sixty minutes."""
    span = ["--from", "2024-10-11T00:00", "--to", "2024-10-11T01:00"]
    (row,) = rows(ask("-c", estate, "kpi", *span, "--service", "website", "--format", "json"))
    assert Fraction(row["availability"]) == 1 - Fraction(5, 60)


def test_a_quarter_shows_its_months(ask: CommandLine, estate: Path) -> None:
    """The mean of a year's months stands with their number, and the pooled time beside it."""
    rows_of_year = rows(ask("-c", estate, "kpi", "--period", "2024", "--service", "website", "--format", "json"))
    row = next(row for row in rows_of_year if row["council"] == "fenshire")
    assert (row["months"], row["months_with_figure"]) == (12, 3)
    table = ask("-c", estate, "kpi", "--period", "2024").out
    assert "Pooled" in table
    assert "3 of 12" in table


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("period", ["2024-10", "2024"])
def test_the_table_fits_any_screen(
    ask: CommandLine, estate: Path, monkeypatch: pytest.MonkeyPatch, width: int, period: str
) -> None:
    """At any width the lines fit, and the names can be read."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    told = ask("-c", estate, "kpi", "--period", period).out
    assert max(len(line.rstrip()) for line in _plain(told).splitlines()) <= width
    assert "Website" in told


def _plain(text: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--period", "2024-13"], "there is no month 13"),
        (["--period", "last month"], "write it as 2026-10"),
        (["--period", "2024-10", "--from", "2024-10-01"], "--period and --from/--to exclude each other"),
        (["--from", "2024-10-01"], "--from and --to belong together"),
        (["--from", "2024-10-02", "--to", "2024-10-01"], "its end must be after its begin"),
        (["--from", "2024-10-27T01:30", "--to", "2024-10-28"], "happens twice in Europe/London"),
        (["--from", "2024-03-31T01:30", "--to", "2024-04-01"], "does not exist in Europe/London"),
        (["--from", "noon", "--to", "2024-04-01"], "'noon' is not a time"),
        (["--service", "web-site"], "unknown service 'web-site': did you mean 'website'?"),
        (["--council", "fenshir"], "unknown council 'fenshir': did you mean 'fenshire'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "told",
)
@pytest.mark.parametrize("command", ["kpi", "outages"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_makes_no_sense_is_told(ask: CommandLine, estate: Path, command: str, words: list[str], told: str) -> None:
    """A period or a name that is none is one line with what is meant, on every command that takes it."""
    answer = ask("-c", estate, command, *words)
    assert answer.code == 64
    assert told in answer.refusal


@pytest.mark.parametrize("command", ["kpi", "outages", "explain --service website --council fenshire"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_period_to_come(ask: CommandLine, estate: Path, command: str) -> None:
    """What has not begun has no figures: one line says so."""
    answer = ask("-c", estate, *command.split(), "--period", "2990-01")
    assert answer.code == 64
    assert "2990-01 has not begun" in answer.refusal


def test_nothing_in_service(ask: CommandLine, estate: Path) -> None:
    """A council before its first day has no line; a sentence says so, not an empty table."""
    answer = ask("-c", estate, "kpi", "--period", "2024-10", "--council", "wolds")
    assert answer.out == "Nothing of this was in service in 2024-10.\n"
    machine = ask("-c", estate, "kpi", "--period", "2024-10", "--council", "wolds", "--format", "csv")
    assert machine.out.startswith("period,from,to,")
    assert machine.out.count("\n") == 1
