"""export: what is held of the past, as other tools and other stores of ours read it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from support.command_line import CommandLine, write_catalogue

SIGNED = ("--who", "Ann Archer", "--why", "Moved here")


def rows(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text)))


def test_outages_are_exported_as_imports_are_read(ask: CommandLine, estate: Path) -> None:
    """The month's span and its outage, with the check that saw it."""
    answer = ask("-c", estate, "export", "outages", "--period", "2024-10", "--service", "website")
    assert rows(answer.out) == [
        {
            "service": "website",
            "council": "fenshire",
            "begin": "2024-09-30T23:00:00Z",
            "end": "2024-11-01T00:00:00Z",
            "state": "up",
            "cause": "",
            "supplier": "",
            "note": "",
        },
        {
            "service": "website",
            "council": "fenshire",
            "begin": "2024-10-10T23:00:00Z",
            "end": "2024-10-10T23:05:00Z",
            "state": "down",
            "cause": "own",
            "supplier": "",
            "note": "seen by web",
        },
    ]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_is_imported_into_another_store(ask: CommandLine, estate: Path, tmp_path: Path, form: str) -> None:
    """In an empty store the export becomes the same outages and the same figures."""
    exported = ask("-c", estate, "export", "outages", "--period", "2024-10", "--format", form).out
    figures = ask("-c", estate, "kpi", "--period", "2024-10", "--format", "json").out
    (tmp_path / f"moved.{form}").write_text(exported)
    other = tmp_path / "other"
    other.mkdir()
    config = write_catalogue(other, f"sqlite:///{other}/store.sqlite")
    assert ask("-c", config, "db", "upgrade").code == 0
    taken = ask("-c", config, "import", "outages", f"moved.{form}", *SIGNED)
    assert (taken.code, taken.err) == (0, "")
    assert ask("-c", config, "export", "outages", "--period", "2024-10", "--format", form).out == exported
    again = ask("-c", config, "kpi", "--period", "2024-10", "--format", "json").out
    assert [_shares(row) for row in json.loads(again)] == [_shares(row) for row in json.loads(figures)]


def _shares(row: dict[str, object]) -> dict[str, object]:
    """Return what a figure says of time; bounds need the observations, which are not in an export."""
    kept = ("subject", "id", "council", "availability", "coverage", "measured_seconds", "lost_seconds")
    return {name: row[name] for name in kept}


def test_states_are_exported_for_prometheus(ask: CommandLine, estate: Path) -> None:
    """The series of a scrape, at every step of the span that is asked for."""
    answer = ask(
        "-c",
        estate,
        *("export", "openmetrics", "--from", "2024-10-10T23:55", "--to", "2024-10-11T00:10", "--step", "5m"),
        *("--service", "website", "--council", "fenshire"),
    )
    (family,) = text_string_to_metric_families(answer.out)
    assert family.name == "ictss_service_state"
    assert [sample.value for sample in family.samples] == [2, 0, 2]
    assert answer.out.endswith("# EOF\n")


def test_too_many_samples_are_refused(ask: CommandLine, estate: Path) -> None:
    """A step that would fill the disk is told before anything is written."""
    answer = ask("-c", estate, "export", "openmetrics", "--period", "2024-10", "--step", "1ms")
    assert "give a longer --step" in answer.refusal


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("outages", "--service", "websit"), "unknown service 'websit': did you mean 'website'?"),
        (("openmetrics", "--step", "often"), "--step: 'often' is not a duration"),
        (("outagse",), "no command 'outagse'. Did you mean 'outages'?"),
    ],
)
def test_wrong_use_is_one_line(ask: CommandLine, estate: Path, words: tuple[str, ...], told: str) -> None:
    """What does not exist is told with a near match."""
    answer = ask("-c", estate, "export", *words)
    assert answer.code == 64
    assert told in answer.refusal


def test_nothing_is_exported_of_the_future(ask: CommandLine, estate: Path) -> None:
    """A period that has not begun has no rows, only a header."""
    assert rows(ask("-c", estate, "export", "outages", "--period", "2099-01").out) == []
