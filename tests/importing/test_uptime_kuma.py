"""The database of Uptime Kuma: real SQLite files with its tables of versions 1 and 2."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest

from ictss_monitor.clock import DAY, HOUR, MINUTE, SECOND, Instant, to_datetime
from ictss_monitor.errors import UsageError
from ictss_monitor.importing.mapping import Mapped
from ictss_monitor.importing.problems import Problem
from ictss_monitor.importing.uptime_kuma import read_uptime_kuma
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

PAIR = ("mail", "fenshire")
MAPPED: Mapped = {"Mail": [PAIR]}
BEGIN: Instant = 20_000 * DAY
UP, DOWN, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.UNKNOWN

VERSION_1 = """
CREATE TABLE monitor (id INTEGER PRIMARY KEY, name VARCHAR(150), interval INTEGER NOT NULL DEFAULT 20);
CREATE TABLE heartbeat (
    id INTEGER PRIMARY KEY, important BOOLEAN NOT NULL DEFAULT 0, monitor_id INTEGER NOT NULL,
    status SMALLINT NOT NULL, msg TEXT NOT NULL DEFAULT '', time DATETIME NOT NULL, ping INTEGER,
    duration INTEGER NOT NULL DEFAULT 0, down_count INTEGER NOT NULL DEFAULT 0
);
"""
VERSION_2 = (
    VERSION_1
    + """
ALTER TABLE monitor ADD timeout DOUBLE NOT NULL DEFAULT 0;
ALTER TABLE heartbeat ADD end_time DATETIME;
CREATE TABLE stat_hourly (
    id INTEGER PRIMARY KEY, monitor_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, ping FLOAT NOT NULL,
    up SMALLINT NOT NULL, down SMALLINT NOT NULL, UNIQUE (monitor_id, timestamp)
);
CREATE TABLE stat_daily (
    id INTEGER PRIMARY KEY, monitor_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, ping FLOAT NOT NULL,
    up SMALLINT NOT NULL, down SMALLINT NOT NULL, UNIQUE (monitor_id, timestamp)
);
"""
)


def database(
    folder: Path,
    beats: Iterable[tuple[float, int]],
    schema: str = VERSION_1,
    hours: Iterable[tuple[int, int]] = (),
    days: Iterable[tuple[int, int]] = (),
) -> Path:
    """Write a database with one monitor, probed every minute; beats are minutes after BEGIN, counts by hour and day."""
    file = folder / "kuma.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(schema)
        connection.execute("INSERT INTO monitor (id, name, interval) VALUES (7, 'Mail', 60)")
        connection.executemany(
            "INSERT INTO heartbeat (monitor_id, status, time) VALUES (7, ?, ?)",
            [(status, written(BEGIN + round(minute * MINUTE))) for minute, status in beats],
        )
        for table, counts, length in (("stat_hourly", hours, HOUR), ("stat_daily", days, DAY)):
            if schema is VERSION_1:
                break
            connection.executemany(
                f"INSERT INTO {table} (monitor_id, timestamp, ping, up, down) VALUES (7, ?, 1.5, ?, 0)",
                [((BEGIN + number * length) // SECOND, count) for number, count in counts],
            )
    connection.close()
    return file


def written(instant: Instant) -> str:
    """Return a time as Uptime Kuma writes it: in UTC, without saying so."""
    return f"{to_datetime(instant):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def read(file: Path, mapped: Mapped = MAPPED) -> tuple[list[Imported], list[Problem]]:
    """Read all of a database."""
    return read_uptime_kuma(file, mapped, None, None)


def in_minutes(rows: Iterable[Imported]) -> list[tuple[float, float, Outcome]]:
    """Return rows in minutes after BEGIN."""
    return [((row.since - BEGIN) / MINUTE, (row.until - BEGIN) / MINUTE, row.state) for row in rows]


def test_heartbeats_become_stretches(tmp_path: Path) -> None:
    """An outage begins with the first heartbeat of its tries, ends with the first good one; maintenance is unknown."""
    beats = [(0, 1), (1, 1), (2, 2), (2.5, 2), (3, 0), (4, 0), (5, 1), (6, 2), (7, 1), (8, 3), (9, 3), (10, 1), (11, 1)]
    rows, problems = read(database(tmp_path, beats))
    assert problems == []
    assert in_minutes(rows) == [(0, 11, UP), (2, 5, DOWN), (8, 10, UNKNOWN)]
    assert rows[2].note == "maintenance in Uptime Kuma, which does not probe then"


def test_a_gap_is_not_covered(tmp_path: Path) -> None:
    """Two intervals and the time limit without a heartbeat: the monitor was paused, or Uptime Kuma was off."""
    rows, _ = read(database(tmp_path, [(0, 1), (1, 0), (3.8, 0), (6.7, 0), (7, 1), (8, 1)]))
    assert in_minutes(rows) == [(0, 3.8, UP), (6.7, 8, UP), (1, 3.8, DOWN), (6.7, 7, DOWN)]


def test_version_2_keeps_changes_and_counts(tmp_path: Path) -> None:
    """Between two changes the state held, in the hours, or else the days, with nearly all of their heartbeats."""
    beats = [(0, 1), (90, 0), (120, 1), (1440 + 720, 1)]
    hours = [(0, 60), (1, 58), (2, 59), (3, 53), (4, 60)]
    rows, problems = read(database(tmp_path, beats, VERSION_2, hours, days=[(0, 1440), (1, 1400)]))
    assert problems == []
    assert in_minutes(rows) == [(0, 180, UP), (240, 2160, UP), (90, 120, DOWN)]


def test_a_monitor_is_named_or_numbered(tmp_path: Path) -> None:
    """A number does where names are not enough; a near match is told, and two of the same name are refused."""
    file = database(tmp_path, [(0, 1), (1, 1)])
    assert len(read(file, {"7": [PAIR]})[0]) == 1
    assert read(file, {"mail": [PAIR]})[1][0].text == "it has no monitor 'mail': did you mean 'Mail'?"
    with sqlite3.connect(file) as connection:
        connection.execute("INSERT INTO monitor (id, name) VALUES (9, 'Mail')")
    assert read(file)[1][0].text == "2 monitors are called 'Mail': map one of [7, 9]"
    connection.close()


def test_only_what_is_wanted_is_read(tmp_path: Path) -> None:
    """The history is cut to the span that is asked for."""
    file = database(tmp_path, [(0, 1), (1, 0), (2, 0), (3, 1), (4, 1)])
    rows, _ = read_uptime_kuma(file, MAPPED, BEGIN + 2 * MINUTE, BEGIN + 4 * MINUTE)
    assert in_minutes(rows) == [(2, 4, UP), (2, 3, DOWN)]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE heartbeat SET status = 9", "monitor 'Mail': '9' is no status of a heartbeat; expected 0 to 3"),
        ("UPDATE heartbeat SET time = 'noon'", "monitor 'Mail': 'noon' is no time of a heartbeat"),
        ("UPDATE heartbeat SET time = 12", "monitor 'Mail': '12' is no time of a heartbeat"),
        ("DROP TABLE heartbeat", "it has no table heartbeat; not a database of Uptime Kuma"),
        (
            "ALTER TABLE heartbeat RENAME TO kept; CREATE VIEW heartbeat AS WITH RECURSIVE x(n) AS "
            "(SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n AS id, 7 AS monitor_id, n AS time, 1 AS status FROM x",
            "it has no table heartbeat; not a database of Uptime Kuma",
        ),
    ],
)
def test_what_is_not_uptime_kumas_is_told(tmp_path: Path, statement: str, words: str) -> None:
    """What no Uptime Kuma writes is refused in one line, a view that never ends too."""
    file = database(tmp_path, [(0, 1), (1, 1)])
    with sqlite3.connect(file) as connection:
        connection.executescript(statement)
    connection.close()
    assert [problem.text for problem in read(file)[1]] == [words]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not an SQLite database; Uptime Kuma's is called kuma.db"),
        (b"SQLite format 3\0" + b"rubbish" * 100, "give a copy made while Uptime Kuma was stopped"),
    ],
)
def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """Another file, or a broken one, is one line."""
    file = tmp_path / "kuma.db"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=words):
        read(file)


def test_a_monitor_without_interval_is_refused(tmp_path: Path) -> None:
    """How long a silence may be follows from the interval."""
    file = database(tmp_path, [(0, 1)])
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE monitor SET interval = 0")
    connection.close()
    with pytest.raises(UsageError, match="has no id, name or interval as Uptime Kuma writes it"):
        read(file)
