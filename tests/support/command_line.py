"""The command line as a person or a script meets it: what it is asked, what it answers, and an estate to ask about."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from ictss_monitor.availability.periods import parse
from ictss_monitor.cli import main
from ictss_monitor.clock import DAY, HOUR, MINUTE, SECOND, Instant
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.outages import Outage
from ictss_monitor.probe import Outcome, Reason
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.evidence import add_runs, put_open_runs
from ictss_monitor.store.heartbeat import Heartbeat, put_heartbeat
from ictss_monitor.store.outages import put_outages

OCTOBER = parse("2024-10").within("Europe/London")
"""A month of 745 hours that is over, whenever the tests run."""
INTERVAL = 30 * SECOND
BROKE: Instant = OCTOBER.start + 10 * DAY

CATALOGUE = """\
settings: {{store: "file:store.url"}}
councils: {{fenshire: {{name: Fenshire}}, wolds: {{name: Wolds, from: 2024-11-01}}}}
sites: {{depot: {{name: Depot}}}}
checks:
  web: {{probe: tcp, address: "127.0.0.1:{port}", site: depot, interval: 30s, fall: 2, rise: 2}}
  gone: {{probe: tcp, address: "127.0.0.1:1", until: 2024-09-30}}
services:
  website: {{name: Website, councils: [fenshire, wolds], rule: web}}
  archive: {{name: Archive, councils: [fenshire], rule: gone}}
baskets:
  headline: {{name: Headline, services: [website]}}
targets:
  - {{service: website, percent: 99.9}}
  - {{basket: headline, percent: 99.999}}
unwatched:
  ups: {{name: UPS, why: Waits for its card}}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def refusal(self) -> str:
        """The one line that a refused command says."""
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        return self.err.strip()


class CommandLine:
    """Runs commands within this process, through the same function as the script."""

    def __init__(self, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self._patch = patch
        self._captured = captured

    def __call__(self, *words: str | Path) -> Answer:
        """Return what `ictss-monitor WORDS` answers."""
        self._patch.setattr(sys, "argv", ["ictss-monitor", *map(str, words)])
        self._captured.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._captured.readouterr()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return Answer(code or 0, said.out, said.err)


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    """Return the command line, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ICTSS_CONFIG", raising=False)
    return CommandLine(monkeypatch, capsys)


def in_process_of_its_own(*words: str | Path, folder: Path, **environment: str) -> Answer:
    """Return what `ictss-monitor WORDS` answers as a real process in `folder`."""
    done = subprocess.run(
        [sys.executable, "-m", "ictss_monitor", *map(str, words)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def write_catalogue(folder: Path, store: str, port: int = 1) -> Path:
    """Write the catalogue of the test estate; the store's URL, which may hold a password, stands in a file beside."""
    (folder / "store.url").write_text(store)
    file = folder / "catalogue.yaml"
    file.write_text(CATALOGUE.format(port=port))
    return file


def runs_of_october() -> list[Run]:
    """Return what was observed of `web`: up from before the month to after it, but for five minutes."""
    first, last = OCTOBER.start - HOUR, OCTOBER.end + DAY
    mended = BROKE + 5 * MINUTE

    def run(outcome: Outcome, reason: Reason, begin: Instant, end: Instant) -> Run:
        return Run("web", "local", outcome, reason, begin, end, (end - begin) // INTERVAL + 1, INTERVAL)

    return [
        run(Outcome.UP, Reason.OK, first, BROKE - INTERVAL),
        run(Outcome.DOWN, Reason.REFUSED, BROKE, mended - INTERVAL),
        run(Outcome.UP, Reason.OK, mended, last),
    ]


OUTAGE = Outage(
    service="website",
    council="fenshire",
    level=Outcome.DOWN,
    last_seen_up=BROKE - INTERVAL,
    first_seen_down=BROKE,
    last_seen_down=BROKE + 5 * MINUTE - INTERVAL,
    first_seen_up=BROKE + 5 * MINUTE,
    end=BROKE + 5 * MINUTE,
    causes=("web",),
)


def record(
    url: str, runs: Sequence[Run], outages: Sequence[Outage] = (), watermark: Instant = OCTOBER.end + DAY
) -> None:
    """Write evidence as the recorder does: the last run goes on, the others are closed."""

    async def write() -> None:
        async with open_store(url) as store, store.write() as tx:
            await add_runs(tx, runs[:-1])
            await put_open_runs(tx, runs[-1:])
            await put_outages(tx, outages)
            await put_heartbeat(tx, Heartbeat("local", watermark, watermark))

    asyncio.run(write())
