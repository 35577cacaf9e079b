"""The wheel, installed alone in an empty environment: it has all it needs, and every command runs from it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("ictss_monitor", "probes", "migrations", "config", "docs")
FILES = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment that holds the wheel and its dependencies, and nothing of the checkout."""

    python: Path
    program: Path
    folder: Path
    """Where commands run: a folder of its own, far from the checkout."""

    def run(self, *words: str, code: int = 0) -> str:
        """Return what a command prints; it must end with `code` and say nothing of a traceback."""
        done = subprocess.run(
            [self.program, *words],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout


def environment() -> dict[str, str]:
    """Return an environment that leads no Python to the checkout."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "ICTSS_CONFIG", "COVERAGE_PROCESS_START")
    return {name: value for name, value in os.environ.items() if name not in hidden}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of the sources, so that what lies about in the checkout is not in it."""
    copy = tmp_path_factory.mktemp("source")
    for part in PARTS:
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, copy)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", copy / "dist", copy],
        check=True,
        capture_output=True,
    )
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel into an empty environment that borrows the dependencies, but not the editable checkout."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=True, symlinks=True)
    python = home / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", wheel],
        check=True,
        env=environment(),
        capture_output=True,
    )
    (site,) = (home / "lib").glob("python*/site-packages")
    borrowed = home / "borrowed"
    borrowed.mkdir()
    for entry in Path(pytest.__file__).parents[1].iterdir():
        if "ictss_monitor" not in entry.name and entry.suffix != ".pth":
            (borrowed / entry.name).symlink_to(entry)
    (site / "borrowed.pth").write_text(f"{borrowed}\n")
    return Installed(python, home / "bin" / "ictss-monitor", tmp_path_factory.mktemp("elsewhere"))


@pytest.fixture
def estate(installed: Installed) -> Path:
    """Write a catalogue of one check that listens, and make its store; return its file."""
    for old in installed.folder.iterdir():
        old.unlink() if old.is_file() else shutil.rmtree(old)
    file = installed.folder / "estate.yaml"
    file.write_text(
        f"""\
settings: {{store: "sqlite:///estate.sqlite", listen: "127.0.0.1:{free_port()}"}}
councils: {{fenshire: {{name: Fenshire}}}}
checks: {{refusing: {{probe: tcp, address: "127.0.0.1:{free_port()}", interval: 1s, time_limit: 500ms, fall: 2}}}}
services: {{mail: {{name: Mail, councils: [fenshire], rule: refusing}}}}
"""
    )
    installed.run("-c", "estate.yaml", "db", "upgrade")
    return file


def free_port() -> int:
    """Return a port on which nobody listened a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def test_what_is_in_it(wheel: Path) -> None:
    """Migrations, example, types and licence travel along; tests and whatever else is in the checkout do not."""
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "ictss_monitor/py.typed",
        "ictss_monitor/example_config/example.yaml",
        "ictss_monitor/store/migrations/env.py",
        "probes/tcp.py",
        "probes/py.typed",
    ):
        assert wanted in names
    source = wheel.parents[1]
    ours = [file for part in ("ictss_monitor", "probes") for file in (source / part).rglob("*.py")]
    assert {str(file.relative_to(source)) for file in ours} <= set(names)
    versions = {file.name for file in (source / "migrations" / "versions").glob("*.py")}
    assert {name.rsplit("/", 1)[1] for name in names if "/migrations/versions/" in name} == versions
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"ictss_monitor", "probes"}
    assert not [name for name in names if "test" in name.rsplit("/", 1)[-1] or name.endswith(".pyc")]


def test_it_is_the_wheel_that_runs(installed: Installed) -> None:
    """Every module comes from the environment, none from the checkout."""
    code = "import ictss_monitor, probes, sys; print(ictss_monitor.__file__, probes.__file__, *sys.path, sep='\\n')"
    told = subprocess.run(
        [installed.python, "-c", code], cwd=installed.folder, env=environment(), capture_output=True, text=True
    ).stdout.splitlines()
    home = str(installed.python.parents[1])
    assert told[0].startswith(home)
    assert told[1].startswith(home)
    assert str(ROOT) not in told[2:]


def test_a_newcomer_begins(installed: Installed) -> None:
    """From nothing: write the example, check it, make the store, look."""
    for old in installed.folder.iterdir():
        old.unlink() if old.is_file() else shutil.rmtree(old)
    assert installed.run("version").startswith("ictss-monitor ")
    installed.run("init")
    assert "config is right" in installed.run("check-config")
    assert json.loads(installed.run("schema"))["properties"]
    installed.run("status", code=74)
    assert "now has schema version" in installed.run("db", "upgrade")
    assert "Nothing has been recorded yet" in installed.run("status")


@pytest.mark.usefixtures("estate")
def test_the_daemon_and_those_who_ask_it(installed: Installed) -> None:
    """The daemon records an outage, ends on SIGTERM within five seconds, and every command reads what it wrote."""
    words = ["-c", "estate.yaml"]
    with subprocess.Popen(
        [installed.program, *words, "run", "--log-format", "json"],
        cwd=installed.folder,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as daemon:
        assert daemon.stderr is not None
        try:
            events = (json.loads(line) for line in daemon.stderr)
            assert next(event for event in events if event["event"] == "watching")["checks"] == 1
            assert next(event for event in events if event.get("state") == "down")["service"] == "mail"
            assert installed.run(*words, "pause", "refusing") == "refusing is paused\n"
        finally:
            daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(5) == 0
    assert installed.run(*words, "resume", "refusing") == "refusing is probed again\n"
    (outage,) = json.loads(installed.run(*words, "outages", "--format", "json"))
    assert (outage["service"], outage["causes"]) == ("mail", "refusing")
    held = json.loads(installed.run(*words, "status", "--format", "json"))
    assert [each["service"] for each in held["open_outages"]] == ["mail", "mail"]
    (row,) = json.loads(installed.run(*words, "kpi", "--service", "mail", "--format", "json"))
    assert row["measured_seconds"] > 0
    installed.run(*words, "probe", "refusing", code=2)
    installed.run("probe", "tcp", "--set", "address=127.0.0.1:1", code=2)


def test_the_demo(installed: Installed) -> None:
    """The demo runs from the wheel, servers and all, and its record is right."""
    assert "outage" in installed.run("demo", "--for", "20s").lower()
