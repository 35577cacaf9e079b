"""The documentation says what the code says: every file, option, command, link and decision."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest

from ictss_monitor.cli.main import COMMANDS, EXIT_CODES, group
from ictss_monitor.probe import Outcome, Reason

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
SHOWN = re.compile(r"^ {4}(ictss-monitor .*)$|`(ictss-monitor [^`]*)`", re.MULTILINE)
LINK = re.compile(r"\]\((?P<to>[^)#\s]+)(?:#[^)]*)?\)")


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    """Return docs/write.py as a module."""
    spec = importlib.util.spec_from_file_location("docs_write", ROOT / "docs" / "write.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["docs/design.md", "docs/probes.md", "docs/decisions/README.md"])
def test_what_repeats_the_code_is_up_to_date(writer: ModuleType, page: str) -> None:
    """A page's lists and tables are those that `python docs/write.py` writes from the code."""
    assert (ROOT / page).read_text() == writer.written(page), f"{page} is out of date: run make docs"


def test_every_package_is_in_the_design(writer: ModuleType) -> None:
    """The design lists the modules of every package, so that no file is without its sentence."""
    packages = {str(file.parent.relative_to(ROOT)) for part in ("ictss_monitor", "probes") for file in _inits(part)}
    assert set(writer.described("docs/design.md", "modules")) == packages


def _inits(part: str) -> list[Path]:
    return list((ROOT / part).rglob("__init__.py"))


def test_every_module_has_its_sentence(writer: ModuleType) -> None:
    """No line of the design is empty: each module begins with a docstring."""
    for line in (ROOT / "docs" / "design.md").read_text().splitlines():
        if line.startswith("- `"):
            assert re.fullmatch(r"- `\w+\.py` \S.*", line), line


def test_every_probe_is_described(writer: ModuleType) -> None:
    """Each built-in probe type has a section with the table of its options."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ours = set(project["entry-points"]["ictss_monitor.probes"])
    text = (ROOT / "docs" / "probes.md").read_text()
    assert ours <= set(writer.described("docs/probes.md", "options"))
    for kind in ours:
        assert f"\n## `{kind}`\n" in text


def test_every_reason_is_named() -> None:
    """The page of probes names every outcome and every reason that a finding can have."""
    text = (ROOT / "docs" / "probes.md").read_text()
    assert [reason for reason in Reason if f"`{reason.value}`" not in text] == []
    assert [outcome for outcome in Outcome if f"| {outcome.value} |" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page is a file or folder of the repository."""
    for found in LINK.finditer(page.read_text()):
        to = found["to"]
        assert to.startswith(("https://", "http://")) or (page.parent / to).exists(), to


def shown_commands() -> list[tuple[str, str]]:
    """Return by page every `ictss-monitor` command that stands in a block of code or in backticks."""
    found: list[tuple[str, str]] = []
    for page in PAGES:
        shown = (block or inline for block, inline in SHOWN.findall(page.read_text()))
        found += [(page.name, re.split(r" [#>|]", line)[0]) for line in shown]
    return found


@pytest.mark.parametrize(("page", "line"), shown_commands(), ids=lambda value: value)
def test_commands_shown_exist(page: str, line: str) -> None:
    """A command that a page shows is understood, with its options; it is not run."""
    rest = shlex.split(line)[1:]
    if rest[0] in ("-c", "--config"):
        rest = rest[2:]
    if rest[0] in ("--help", "--version"):
        return
    name = rest[0]
    assert name in COMMANDS, f"{page} shows a command that does not exist: {line}"
    command = group.get_command(click.Context(group), name)
    assert command is not None
    arguments = rest[1:]
    if isinstance(command, click.Group):
        assert arguments
        inner, arguments = command.get_command(click.Context(command), arguments[0]), arguments[1:]
        assert inner is not None
        command = inner
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word for word in arguments if word.startswith("--")} <= options, line


def test_every_command_and_exit_code_is_documented() -> None:
    """The page of the command line has a section for each command, and every exit code."""
    text = (ROOT / "docs" / "command-line.md").read_text()
    for name in COMMANDS:
        assert f"`{name}" in "".join(line for line in text.splitlines() if line.startswith("## ")), name
    for code in (0, 1, 2, 3, 130, *EXIT_CODES.values()):
        assert f"| {code} |" in text


def test_every_field_of_the_machines_is_documented() -> None:
    """What JSON and CSV hold, of every command that writes them, is told on the page of the command line."""
    from ictss_monitor.cli import audit, counted_outages, kpi_record, reading, seal, window_table

    modules = (audit, counted_outages, kpi_record, seal, window_table)
    fields = {*reading.OUTAGE_FIELDS, *(field for module in modules for field in module.FIELDS)}
    text = (ROOT / "docs" / "command-line.md").read_text()
    assert sorted(field for field in fields if f"`{field}`" not in text) == []
