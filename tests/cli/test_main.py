"""The command group: help, one clear line for what is wrong, exit codes, pipes and poor terminals."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest
from support.command_line import CommandLine, in_process_of_its_own

from ictss_monitor import __version__
from ictss_monitor.cli import main as package_main
from ictss_monitor.cli.main import COMMANDS, group, main
from ictss_monitor.errors import CatalogueError, MonitorError, StoreError


def commands() -> list[list[str]]:
    """Return every command as one writes it, groups taken apart."""
    found = []
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        found += (
            [[name, inner] for inner in command.list_commands(click.Context(command))]
            if isinstance(command, click.Group)
            else [[name]]
        )
    return found


@pytest.mark.parametrize("command", [[], ["db"], *commands()], ids=" ".join)
def test_help_of_every_command_fits_the_screen(ask: CommandLine, command: list[str]) -> None:
    """--help ends well, says what the command does and what each option is for, in 80 columns."""
    answer = ask(*command, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"Usage: ictss-monitor {' '.join(command)}".rstrip())
    assert max(map(len, answer.out.splitlines())) <= 80
    assert "..." not in answer.out.replace("[ARGS]...", "")


def test_every_command_is_listed_with_its_purpose(ask: CommandLine) -> None:
    """The help lists every command with one line, and the exit codes."""
    told = ask("--help").out
    for name, (_, _, line) in COMMANDS.items():
        assert any(each.split() == [name, *line.split()] for each in told.splitlines()), name
    assert "Exit codes" in told


def test_every_command_is_where_the_table_says() -> None:
    """A name of the table leads to the command of that name."""
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        assert command.name == name


@pytest.mark.parametrize("words", [[], ["db"]], ids=["nothing", "db alone"])
def test_no_command_is_answered_with_help(ask: CommandLine, words: list[str]) -> None:
    """Who writes no command sees how to use the program; a script sees that it was wrong."""
    answer = ask(*words)
    assert (answer.code, answer.out) == (64, "")
    assert answer.err.startswith("Usage: ictss-monitor")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["kpis"], "no command 'kpis'. Did you mean 'kpi'?"),
        (["db", "upgrad"], "No such command 'upgrad'. Did you mean 'upgrade'?"),
        (["kpi", "--perod", "2026-10"], "No such option '--perod'"),
        (["kpi", "--format", "xml"], "'xml' is not one of 'table', 'json', 'csv'"),
        (["pause"], "Missing argument 'CHECK'"),
        (["demo", "--for", "soon"], "'soon' is not a duration; expected one such as 30s"),
        (["demo", "--for", "5s"], "too short"),
        (["demo", "--for", "60s", "--folder", "/dev/null/x"], "cannot be made"),
        (["demo", "--seed", "one"], "'one' is not a valid integer"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "told",
)
def test_wrong_use_is_one_line_and_64(ask: CommandLine, words: list[str], told: str) -> None:
    """What cannot be understood is told in one line, with what was probably meant."""
    answer = ask(*words)
    assert told in answer.refusal
    assert answer.refusal.startswith("ictss-monitor: ")
    assert answer.code == 64


@pytest.mark.parametrize("place", ["before", "after"])
def test_config_stands_before_or_after_the_command(ask: CommandLine, tmp_path: Path, place: str) -> None:
    """--config means the same on both sides of the command's name."""
    ask("--config", tmp_path / "mine", "init")
    words = ["-c", "mine", "check-config"] if place == "before" else ["check-config", "-c", "mine"]
    assert ask(*words).out.startswith("mine is right: ")


def test_config_comes_from_the_environment(ask: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ICTSS_CONFIG names the catalogue where no option does."""
    ask("--config", "mine", "init")
    monkeypatch.setenv("ICTSS_CONFIG", str(tmp_path / "mine"))
    assert ask("check-config").code == 0


@pytest.mark.parametrize("command", [["run"], ["status"], ["kpi"], ["outages"], ["db", "upgrade"], ["pause", "x"]])
def test_without_a_catalogue_every_command_says_what_to_do(ask: CommandLine, command: list[str]) -> None:
    """A folder without a catalogue is one line, and the exit code of a wrong catalogue."""
    answer = ask(*command)
    assert answer.code == 78
    assert answer.refusal.startswith("config: cannot be read: no such file or directory; ")


@pytest.mark.parametrize("command", [["run"], ["status"], ["kpi"], ["outages"], ["pause", "website"]])
def test_without_a_store_every_command_names_the_remedy(ask: CommandLine, command: list[str]) -> None:
    """A store that was never made is one line that says how to make it."""
    ask("init")
    answer = ask(*command)
    assert answer.code == 74
    assert "create it with `ictss-monitor db upgrade`" in answer.refusal


def fail(error: BaseException, patch: pytest.MonkeyPatch) -> None:
    """Have every command end with `error`."""

    def failing(**_: object) -> None:
        raise error

    patch.setattr(group, "main", failing)


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (StoreError("the disk is full"), 74, "ictss-monitor: the disk is full\n"),
        (CatalogueError(("a.yaml:1: one", "a.yaml:2: two")), 78, "a.yaml:1: one\na.yaml:2: two\n"),
        (MonitorError("ended"), 70, "ictss-monitor: ended\n"),
        (ExceptionGroup("tasks", [ExceptionGroup("more", [StoreError("full")])]), 74, "ictss-monitor: full\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
    ids=["store", "catalogue", "other", "group of tasks", "interrupted"],
)
def test_an_error_has_its_exit_code(
    ask: CommandLine, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, told: str
) -> None:
    """What goes wrong underneath is told without a traceback; problems of a catalogue begin with file and line."""
    fail(error, monkeypatch)
    answer = ask("status")
    assert (answer.code, answer.err) == (code, told)


def test_a_bug_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group that holds a bug keeps its traceback, even beside an error for people."""
    fail(ExceptionGroup("tasks", [StoreError("full"), ZeroDivisionError()]), monkeypatch)
    with pytest.raises(ExceptionGroup):
        main()


@pytest.mark.parametrize("words", [["--version"], ["-V"], ["version"]], ids=" ".join)
def test_version(ask: CommandLine, words: list[str]) -> None:
    """The version is that of the package."""
    assert package_main is main
    answer = ask(*words)
    assert answer.code == 0
    assert __version__ in answer.out


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    """`ictss-monitor schema | head -1` ends quietly."""
    with subprocess.Popen(
        [sys.executable, "-m", "ictss_monitor", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_terminal_without_unicode_is_no_error(tmp_path: Path) -> None:
    """Where a character cannot be shown, a question mark stands in its place."""
    answer = in_process_of_its_own("probe", "tcp", folder=tmp_path, PYTHONIOENCODING="latin-1")
    assert answer.code == 64
    assert "--set address=?" in answer.refusal


def test_the_version_imports_next_to_nothing(tmp_path: Path) -> None:
    """--version loads neither the event loop nor the database nor what reads the catalogue."""
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ictss_monitor", "--version"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    ).stderr
    for heavy in ("asyncio", "sqlalchemy", "pydantic", "rich", "aiohttp", "yaml"):
        assert not any(line.rsplit("|", 1)[-1].strip() == heavy for line in loaded.splitlines()), heavy


def cpu_of(*words: str | Path, folder: Path) -> float:
    """Return the least CPU time that a command takes of several runs, in seconds."""
    least = 1e9
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert (
            in_process_of_its_own(*words, folder=folder, PYTHONPYCACHEPREFIX=str(folder / "pyc"), **COMPILED).code == 0
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        least = min(least, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return least


COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}


@pytest.mark.slow
def test_the_version_costs_little(tmp_path: Path) -> None:
    """--version takes some 50 ms of CPU; the bound leaves room for a machine that is busy."""
    assert cpu_of("--version", folder=tmp_path) < 0.16


@pytest.mark.slow
def test_a_thousand_checks_are_read_in_half_a_second(tmp_path: Path) -> None:
    """check-config of 1,000 checks takes some 0.45 s of CPU; the bound leaves room for a machine that is busy."""
    kinds = {"icmp": "192.0.2.1", "tcp": "192.0.2.1:80", "http": "http://192.0.2.1/", "dns": "192.0.2.1"}
    lines = ["councils: {fenshire: {}}", "checks:"]
    for number in range(1_000):
        kind = list(kinds)[number % len(kinds)]
        options = ", options: {name: www.example.org}" if kind == "dns" else ""
        lines.append(f'  check-{number}: {{probe: {kind}, address: "{kinds[kind]}"{options}}}')
    (tmp_path / "many.yaml").write_text("\n".join(lines))
    assert cpu_of("check-config", "many.yaml", folder=tmp_path) < 1.2
