"""The command `trend`: a curve for people, for machines and as a picture, with gaps where nothing was measured."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from support.command_line import OCTOBER, CommandLine, in_process_of_its_own

from ictss_monitor.availability.periods import parse
from ictss_monitor.clock import DAY, HOUR, Instant, iso
from ictss_monitor.judging.trends import TrendHour
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.trends import put_trends

pytestmark = pytest.mark.usefixtures("trends")
BEGIN = OCTOBER.start
GAP = range(5 * 24, 8 * 24)
"""Hours after the begin of October in which nothing was measured."""
MAY = parse("2024-05").within("Europe/London").start
CATALOGUE = """\
settings: {store: "file:store.url"}
councils: {fenshire: }
sites: {depot: }
checks:
  ups-depot:
    {name: UPS of the depot, probe: ups, address: 192.0.2.1, site: depot, options: {version: 2c, community: "env:C"}}
  web: {probe: tcp, address: "127.0.0.1:1", site: depot, trend: latency}
  fw: {probe: icmp, address: 127.0.0.1, site: depot}
services:
  power: {name: Power, councils: [fenshire], rule: ups-depot}
"""


def hour_of(begin: Instant, mean: float, check: str = "ups-depot", measurement: str = "runtime_minutes") -> TrendHour:
    """Return an hour in which a minute more and a minute less than the mean was measured."""
    return TrendHour(check, "local", measurement, begin, begin, mean - 1, mean, mean + 1, 60)


def history() -> Iterable[TrendHour]:
    """Yield run times: half an hour in May; in October ten minutes less, with a dip on the second day and a gap."""
    for at in range(31 * 24):
        yield hour_of(MAY + at * HOUR, 30.0)
        if at not in GAP:
            yield hour_of(BEGIN + at * HOUR, 8.0 if at == 30 else 20.0)
    yield hour_of(BEGIN, 50.0, "gone", "load_percent")
    yield hour_of(BEGIN, 0.0, measurement="alarms_present")


@pytest.fixture
def trends(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a catalogue into the current folder, and a store with trends of its UPS."""
    monkeypatch.setenv("C", "public")
    (tmp_path / "store.url").write_text(store_url)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "a.yaml").write_text(CATALOGUE.replace("file:", "file:../"))

    async def write() -> None:
        async with open_store(store_url) as store, store.write() as tx:
            await put_trends(tx, history())

    asyncio.run(write())


def points(ask: CommandLine, *words: str) -> list[dict[str, Any]]:
    """Return the points of the UPS's run time as JSON has them."""
    found: list[dict[str, Any]] = json.loads(
        ask("trend", "ups-depot", "runtime_minutes", "--format", "json", *words).out
    )["points"]
    return found


def test_a_table_has_a_line_for_each_day_and_one_for_the_gap(ask: CommandLine) -> None:
    """With least, mean and most, the unit, and bars of blocks that can be read without colour."""
    said = ask("trend", "ups-depot", "runtime_minutes", "--period", "2024-10").out
    assert "UPS of the depot, runtime_minutes in min, 2024-10, times of Europe/London" in said
    lines = {line.split("│")[1].strip(): line.split("│")[2:-1] for line in said.splitlines() if line.startswith("│")}
    assert [cell.strip() for cell in lines["Tue 01 Oct 2024"][:4]] == ["19.0", "20.0", "21.0", "1440"]
    assert [cell.strip() for cell in lines["Wed 02 Oct 2024"][:3]] == ["7.0", "19.5", "21.0"]
    assert "░█" in lines["Wed 02 Oct 2024"][4]
    assert lines["Sun 06 Oct 2024"][1].strip() == "nothing"
    assert "".join(lines["to Tue 08 Oct 2024"]).strip() == ""
    assert lines["Sun 27 Oct 2024"][3].strip() == "1500", "the clocks go back: a day of 25 hours"
    assert len(lines) == 31 - 3 + 2
    assert "\x1b" not in said


def test_a_narrow_screen_leaves_out_what_it_has_no_room_for(ask: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """On eighty columns there is a bar all the same; beside another curve there is none."""
    monkeypatch.setattr("ictss_monitor.screen.NO_TERMINAL_WIDTH", 80)
    words = ("trend", "ups-depot", "runtime_minutes", "--period", "2024-10")
    said = ask(*words).out
    assert max(map(len, said.splitlines())) <= 80
    assert "█" in said
    beside = ask(*words, "--compare", "2024-05").out
    assert max(map(len, beside.splitlines())) <= 80
    assert "█" not in beside
    assert "30.0" in beside


def test_json_has_every_point_and_null_for_a_gap(ask: CommandLine) -> None:
    """Instants in UTC, by the day where nobody says otherwise; hours and months where somebody does."""
    days = points(ask, "--period", "2024-10")
    assert (days[0]["begin"], days[0]["end"]) == (iso(BEGIN), iso(BEGIN + DAY))
    assert days[0] | {"begin": None, "end": None} == {
        "begin": None,
        "end": None,
        "minimum": 19.0,
        "mean": 20.0,
        "maximum": 21.0,
        "count": 1440,
    }
    assert [day["mean"] for day in days[5:8]] == [None] * 3
    hours = points(ask, "--from", "2024-10-02T00:30", "--to", "2024-10-02T09:00")
    assert [hour["mean"] for hour in hours] == [20.0] * 6 + [8.0] + [20.0] * 2
    (month,) = points(ask, "--period", "2024-10", "--every", "month")
    assert month["count"] == 60 * (31 - 3) * 24


def test_csv_has_the_same_points(ask: CommandLine) -> None:
    """A gap is a line without figures."""
    rows = list(
        csv.DictReader(
            io.StringIO(ask("trend", "ups-depot", "runtime_minutes", "--period", "2024-10", "--format", "csv").out)
        )
    )
    assert [row["mean"] for row in rows[4:9]] == ["20.0", "", "", "", "20.0"]
    assert rows[5]["count"] == "0"


def test_half_a_year_ago_stands_beside_it(ask: CommandLine) -> None:
    """The first day beside the first, in the table and for machines."""
    words = ("trend", "ups-depot", "runtime_minutes", "--period", "2024-10", "--compare", "2024-05")
    said = ask(*words).out
    line = next(line for line in said.splitlines() if "01 Oct" in line)
    assert "Mean 2024-05" in said
    assert [cell.strip() for cell in line.split("│")[2:6]] == ["19.0", "20.0", "21.0", "30.0"]
    compared = json.loads(ask(*words, "--format", "json").out)["compared"]
    assert (compared["period"], compared["points"][0]["mean"]) == ("2024-05", 30.0)
    rows = list(csv.DictReader(io.StringIO(ask(*words, "--format", "csv").out)))
    assert {row["compared_mean"] for row in rows} == {"30.0"}
    assert rows[0]["compared_begin"] == iso(MAY)


def test_a_longer_stretch_beside_a_shorter_one_is_told_whole(ask: CommandLine) -> None:
    """What has no day to stand beside has a line of its own."""
    words = ("--from", "2024-10-01T00:00", "--to", "2024-10-05T00:00", "--compare", "2024-05")
    said = ask("trend", "ups-depot", "runtime_minutes", *words).out
    assert "Fri 31 May 2024" in said
    rows = ask("trend", "ups-depot", "runtime_minutes", *words, "--format", "csv").out.splitlines()
    assert len(rows) == 32


def test_a_picture_is_drawn(ask: CommandLine, tmp_path: Path) -> None:
    """An SVG on standard output says what it shows; a file holds either, and its name is told."""
    root = ElementTree.fromstring(
        ask("trend", "ups-depot", "runtime_minutes", "--period", "2024-10", "--format", "svg").out
    )
    assert [child.text for child in root][:2] == [
        "UPS of the depot: runtime, 2024-10",
        "From 7 to 21 min; on average 20 in the first hour measured and 20 in the last.",
    ]
    for form, magic in (("svg", b"<svg"), ("png", b"\x89PNG")):
        file = tmp_path / f"curve.{form}"
        words = ("--period", "2024-10", "--compare", "2024-05", "--format", form, "-o", file)
        assert ask("trend", "ups-depot", "runtime_minutes", *words).out.strip() == str(file)
        assert file.read_bytes().startswith(magic)


def test_a_picture_on_standard_output_is_nothing_but_the_picture(tmp_path: Path) -> None:
    """A pipe gets the bytes of the PNG."""
    words = ("trend", "ups-depot", "runtime_minutes", "--period", "2024-10", "--format", "svg")
    answer = in_process_of_its_own(*words, folder=tmp_path)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("<svg")


def test_what_was_never_measured_is_told(ask: CommandLine) -> None:
    """A trend that is kept, and of which there is nothing in the period, is no error."""
    answer = ask("trend", "ups-depot", "load_percent", "--period", "2024-10")
    assert (answer.code, answer.out) == (0, "Nothing was measured of ups-depot load_percent in 2024-10.\n")
    assert ask("trend", "ups-depot", "load_percent", "--period", "2024-10", "--format", "svg").code == 0


def test_zero_is_a_measurement(ask: CommandLine) -> None:
    """A mean of nought is printed, and its bar lies in the middle of the range."""
    said = ask("trend", "ups-depot", "alarms_present", "--period", "2024-10").out
    line = next(line for line in said.splitlines() if "01 Oct" in line)
    assert [cell.strip() for cell in line.split("│")[2:5]] == ["-1", "0", "1"]
    assert line.split("│")[6].index("█") == 17


def test_the_trend_of_a_check_that_is_gone_is_still_there(ask: CommandLine) -> None:
    """What the catalogue no longer has is found by what the store has."""
    assert "gone, load_percent in %, 2024-10" in ask("trend", "gone", "load_percent", "--period", "2024-10").out


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (
            ("ups-depo", "runtime_minutes"),
            "unknown check 'ups-depo': did you mean 'ups-depot'? (trends are kept of ups-depot, web)",
        ),
        (
            ("web", "latencies"),
            "unknown measurement of web 'latencies': did you mean 'latency'? (trends are kept of latency)",
        ),
        (("fw", "latency"), "no trend of fw is kept; to keep one, write trend: [latency] under it"),
        (
            ("web", "latency", "--period", "2190-01"),
            "2190-01 is in the future: there is no trend of it yet",
        ),
        (("web", "latency", "--compare", "May"), "cannot understand the period 'May'"),
        (("web", "latency", "-o", "x.csv", "--format", "csv"), "-o is for --format svg and png"),
        (("web", "latency", "-o", "nowhere/x.svg", "--format", "svg"), "nowhere/x.svg: No such file or directory"),
    ],
)
def test_wrong_use_is_one_line(ask: CommandLine, words: tuple[str, ...], refusal: str) -> None:
    """What there is stands in the message; nothing is printed but the reason."""
    answer = ask("trend", *words)
    assert answer.code == 64
    assert refusal in answer.refusal
