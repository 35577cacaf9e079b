"""init, check-config and schema: the catalogue's files from the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from support.command_line import CommandLine, in_process_of_its_own

BAD = sorted((Path(__file__).parents[1] / "catalogue" / "bad").glob("*.yaml"))


def test_init_writes_a_catalogue_that_is_right(ask: CommandLine, tmp_path: Path) -> None:
    """A newcomer begins with a commented example that check-config accepts."""
    told = ask("init")
    assert (told.code, told.err) == (0, "")
    assert "check-config" in told.out
    assert (tmp_path / "config" / "example.yaml").read_text().startswith("# The estate of one council")
    assert ask("check-config").out.startswith("config is right: ")


def test_init_overwrites_nothing(ask: CommandLine, tmp_path: Path) -> None:
    """Whatever is in the folder stays; the refusal says what to do."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text("mine")
    answer = ask("init")
    assert answer.code == 64
    assert "is there already; name an empty folder" in answer.refusal
    assert [file.name for file in (tmp_path / "config").iterdir()] == ["mine.yaml"]


def test_init_where_nothing_can_be_written(ask: CommandLine, tmp_path: Path) -> None:
    """A folder that cannot be made is one line."""
    (tmp_path / "file").write_text("")
    assert "cannot be written: not a directory" in ask("-c", "file/config", "init").refusal


def test_what_is_right_is_counted(ask: CommandLine, estate: Path) -> None:
    """A right catalogue is summed up, with the systems that nothing watches."""
    answer = ask("check-config", estate)
    assert (answer.code, answer.err) == (0, "")
    assert "2 councils, 1 site, 2 checks, 2 services, 0 areas, 1 basket, 2 targets, 1 system not" in answer.out
    assert "not monitored: UPS (Waits for its card)" in answer.out


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_broken_file_is_told_with_file_and_line(ask: CommandLine, file: Path) -> None:
    """Every broken file is refused with lines that begin with file and line, and without a traceback."""
    answer = ask("check-config", file)
    assert (answer.code, answer.out) == (78, "")
    for line in answer.err.splitlines():
        assert re.match(rf"{re.escape(str(file))}:[1-9][0-9]*: ", line), line


def test_ten_mistakes_are_ten_lines(ask: CommandLine, tmp_path: Path) -> None:
    """All that is wrong is told at once, a useful line each."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "estate.yaml").write_text(
        """\
councils: {fenshire: {}, fenshire: {}}
sites: {depot: {named: Depot}}
checks:
  one: {probe: tpc, address: "192.0.2.1:25"}
  two: {probe: tcp, address: "192.0.2.1"}
  three: {probe: tcp, address: "192.0.2.1:25", interval: 30}
  four: {probe: tcp, address: "192.0.2.1:25", site: depto}
  five: {probe: tcp}
  six: {probe: tcp, address: "192.0.2.1:25", options: {expects: "220"}}
services:
  mail: {councils: [fenshire], rule: thre}
  calls: {councils: [wolds], rule: three}
"""
    )
    answer = ask("check-config")
    lines = answer.err.splitlines()
    assert len(lines) == 10
    assert [line.split(":")[1] for line in lines] == ["1", "2", "4", "5", "6", "7", "8", "9", "11", "12"]
    assert sum("did you mean" in line for line in lines) >= 4


def test_ten_broken_files_are_ten_messages(tmp_path: Path) -> None:
    """Each of ten broken files ends the real program with a message that its own file names, and 78."""
    for file in BAD[:: len(BAD) // 10][:10]:
        answer = in_process_of_its_own("check-config", file, folder=tmp_path)
        assert answer.code == 78
        assert answer.err.startswith(f"{file}:")
        assert "Traceback" not in answer.err


def test_the_schema_describes_the_example(ask: CommandLine, tmp_path: Path) -> None:
    """The printed schema is one that a validator accepts, and so it does the example."""
    ask("init")
    schema = json.loads(ask("schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    example = yaml.load((tmp_path / "config" / "example.yaml").read_text(), yaml.BaseLoader)
    assert set(example) <= set(schema["properties"])
