"""init, check-config and schema: the catalogue's files from the command line."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from support.command_line import CommandLine, in_process_of_its_own, write_catalogue

from ictss_monitor.loading import loader
from ictss_monitor.store.catalogues import CatalogueVersion, add_catalogue_version
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.sealed import add_statement

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


# Against the store


@pytest.fixture
def loaded(estate: Path, store_url: str) -> Path:
    """Return the catalogue of an estate with October's evidence, as the daemon loaded it."""

    async def keep() -> None:
        held = await loader(estate)()
        async with open_store(store_url) as store, store.write() as tx:
            await add_catalogue_version(tx, CatalogueVersion(held.catalogue.digest, 1, held.text))

    asyncio.run(keep())
    return estate


def test_a_catalogue_that_changes_nothing_of_the_past(ask: CommandLine, loaded: Path) -> None:
    """The very same one, and one that says the same in other words."""
    for _ in range(2):
        answer = ask("check-config", loaded, "--against-store")
        assert (answer.code, answer.err) == (0, "")
        assert re.fullmatch("changes nothing of the past, against catalogue [0-9a-f]{12}", answer.out.splitlines()[-1])
        loaded.write_text("# Reviewed.\n" + loaded.read_text())


def test_which_past_figures_would_change(ask: CommandLine, loaded: Path) -> None:
    """Month by month, as they are and as they would be; machines get the same."""
    loaded.write_text(loaded.read_text().replace("percent: 99.9}", "percent: 99.995}"))
    told = ask("-c", loaded, "check-config", "--against-store")
    assert (told.code, told.err) == (0, "")
    assert "is right: 2 councils" in told.out
    assert "changes 3 past figures, against catalogue " in told.out
    october = "Website for fenshire: still 99.99 %; target 99.90 % -> 99.995 %; verdict green -> red"
    assert f"  2024-10, {october}\n" in told.out
    record = json.loads(ask("-c", loaded, "check-config", "--against-store", "--format", "json").out)
    assert record["against"] != record["catalogue"]
    assert record["sealed"] == []
    assert record["changes"][-1] == {
        "period": "2024-10",
        "subject": "service",
        "id": "website",
        "council": "fenshire",
        "before": "99.99 %",
        "after": "99.99 %",
        "aspects": {"target": ["99.90 %", "99.995 %"], "verdict": ["green", "red"]},
        "text": october,
    }


def test_what_is_sealed_is_said_to_stay(ask: CommandLine, loaded: Path, store_url: str) -> None:
    """A sealed month is named and not compared."""

    async def seal() -> None:
        async with open_store(store_url) as store, store.write() as tx:
            await add_statement(tx, label="2024-10", content="{}", catalogue="", evidence="", at=1, who="Ann")

    asyncio.run(seal())
    loaded.write_text(loaded.read_text().replace("percent: 99.9}", "percent: 99.995}"))
    told = ask("-c", loaded, "check-config", "--against-store").out
    assert "\nsealed, and stays as it is: 2024-10\n" in told
    assert "  2024-10, " not in told


def test_a_store_that_no_daemon_wrote_to(ask: CommandLine, estate: Path) -> None:
    """There is nothing to compare with, and that is no error."""
    answer = ask("check-config", estate, "--against-store")
    assert (answer.code, answer.err) == (0, "")
    assert "no catalogue was loaded with this store yet" in answer.out


def test_a_store_that_is_not_there(ask: CommandLine, tmp_path: Path) -> None:
    """What is asked of the store cannot be answered: the exit code is the store's."""
    file = write_catalogue(tmp_path, f"sqlite:///{tmp_path}/absent.sqlite")
    answer = ask("check-config", file, "--against-store")
    assert answer.code == 74
    assert "there is no store at" in answer.err


def test_json_is_of_the_comparison(ask: CommandLine, estate: Path) -> None:
    """Without it there is nothing to print as JSON."""
    assert "--format json is for --against-store" in ask("check-config", estate, "--format", "json").refusal
