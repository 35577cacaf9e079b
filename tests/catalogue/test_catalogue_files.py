"""The catalogue's files and the secrets that they name."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.catalogues import FetchOptions, options_model

from ictss_monitor import catalogue_files
from ictss_monitor.catalogue.secrets import SecretError
from ictss_monitor.catalogue_files import load, load_beside, secret_reader, sources
from ictss_monitor.errors import CatalogueError
from ictss_monitor.probing import registry

EXAMPLE = Path(__file__).parents[2] / "config"


@pytest.fixture
def unfrozen() -> Iterator[None]:
    """Give back to the cycle collector what a load beside the loop took from it."""
    yield
    gc.unfreeze()


def test_our_example_is_right() -> None:
    """The example that we ship has no mistake with the probe types that we ship, and shows the language."""
    held = load(EXAMPLE, registry.options_model)
    assert {check.probe for check in held.checks.values()} == {"icmp", "tcp", "http", "dns"}
    assert held.services
    assert held.areas
    assert held.baskets
    assert held.targets
    assert held.unwatched


def test_a_folder_is_read_as_one_in_the_order_of_names(tmp_path: Path) -> None:
    """All *.yaml and *.yml count, sorted; hidden files, other files and folders do not."""
    for name, text in (("b.yml", "sites: {b: }"), ("a.yaml", "sites: {a: }"), (".c.yaml", "["), ("d.txt", "[")):
        (tmp_path / name).write_text(text)
    (tmp_path / "e.yaml").mkdir()
    assert list(load(tmp_path, options_model).sites) == ["a", "b"]
    assert [source.name for source in sources(tmp_path)] == [f"{tmp_path}/a.yaml", f"{tmp_path}/b.yml"]


def test_the_digest_does_not_depend_on_how_the_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version is the same by relative and by absolute path."""
    (tmp_path / "a.yaml").write_text("sites: {a: }")
    monkeypatch.chdir(tmp_path)
    assert load(Path(), options_model).digest == load(tmp_path, options_model).digest


def test_files_that_cannot_be_read_are_all_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that are not UTF-8, files too long and missing ones are each one line with what to do."""
    monkeypatch.setattr(catalogue_files, "LONGEST", 100)
    (tmp_path / "a.yaml").write_bytes(b"sites:\n  a: {name: Caf\xe9}\n")
    (tmp_path / "b.yaml").write_bytes(b"#" * 101)
    with pytest.raises(CatalogueError) as caught:
        load(tmp_path, options_model)
    assert caught.value.problems == (
        f"{tmp_path}/a.yaml:2: byte 0xe9 is not UTF-8; save the file as UTF-8",
        f"{tmp_path}/b.yaml: longer than 100 bytes; split it into several files of one folder",
    )


def test_no_file_and_no_folder_are_told(tmp_path: Path) -> None:
    """A path that is not there and a folder with nothing in it are each one clear line."""
    with pytest.raises(CatalogueError, match="cannot be read: no such file or directory; name a YAML file or a folder"):
        load(tmp_path / "nothing", options_model)
    with pytest.raises(CatalogueError, match=r"no \*.yaml file in this folder"):
        load(tmp_path, options_model)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    """Files saved by Windows editors are read."""
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfsites:\r\n  a:\r\n")
    assert list(load(tmp_path / "a.yaml", options_model).sites) == ["a"]


def test_secrets_come_from_the_environment_and_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file's path is relative to the catalogue's folder; one newline at its end is not the secret's."""
    monkeypatch.setenv("ICTSS_TEST_TOKEN", " from the environment ")
    (tmp_path / "token").write_text("from a file\n\n")
    text = "checks:\n  a: {probe: http, address: x, options: {token: 'env:ICTSS_TEST_TOKEN'}}\n"
    text += "  b: {probe: http, address: x, options: {token: 'file:token'}}\n"
    text += f"  c: {{probe: http, address: x, options: {{token: 'file:{tmp_path}/token'}}}}\n"
    (tmp_path / "a.yaml").write_text(text)
    for path in (tmp_path, tmp_path / "a.yaml"):
        read = [check.options for check in load(path, options_model).checks.values()]
        shown = [
            options.token.get_secret_value() for options in read if isinstance(options, FetchOptions) and options.token
        ]
        assert shown == [" from the environment ", "from a file\n", "from a file\n"]


def test_a_secret_that_cannot_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset, empty, missing, too long, binary and impossible ones each say what is the matter."""
    monkeypatch.setenv("ICTSS_TEST_EMPTY", "")
    monkeypatch.delenv("ICTSS_TEST_UNSET", raising=False)
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "long").write_bytes(b"x" * (catalogue_files.LONGEST_SECRET + 1))
    os.mkfifo(tmp_path / "pipe")
    why = {
        "env:ICTSS_TEST_UNSET": "environment variable ICTSS_TEST_UNSET is not set",
        "env:ICTSS_TEST_EMPTY": "env:ICTSS_TEST_EMPTY is empty",
        "env:": "'env:' names nothing; write env:NAME or file:PATH",
        "file:": "'file:' names nothing; write env:NAME or file:PATH",
        "file:none": f"file {tmp_path}/none: no such file or directory",
        "file:empty": "file:empty is empty",
        "file:binary": f"file {tmp_path}/binary is not UTF-8 text",
        "file:long": f"file {tmp_path}/long is longer than 65536 bytes",
        "file:pipe": f"{tmp_path}/pipe is not a file",
        "file:.": f"{tmp_path} is not a file",
        "file:a\0b": "the file's name has a character that no file name has",
    }
    read, told = secret_reader(tmp_path), {}
    for reference in why:
        with pytest.raises(SecretError) as caught:
            read(reference)
        told[reference] = str(caught.value)
    assert told == why


def many_checks(count: int) -> str:
    """Return a catalogue of `count` checks of four types, and a service for every ten."""
    more = ("", "    options: {port: 443}\n", "    degraded: {latency: 0.8}\n", "    options: {name: example.org}\n")
    kinds = ("icmp", "tcp", "http", "dns")
    checks = (
        f"  c-{i}:\n    probe: {kinds[i % 4]}\n    address: 192.0.2.{i % 250}\n    site: hq\n{more[i % 4]}"
        for i in range(count)
    )
    services = (
        f"  s-{i}: {{councils: [a], rule: {{all: [{', '.join(f'c-{10 * i + j}' for j in range(10))}]}}}}\n"
        for i in range(count // 10)
    )
    return "councils: {a: }\nsites: {hq: }\nchecks:\n" + "".join(checks) + "services:\n" + "".join(services)


async def test_a_load_beside_the_loop_is_the_same_load(tmp_path: Path, unfrozen: None) -> None:
    """What it returns and raises is what `load` does, and the interpreter is left as it was."""
    file = tmp_path / "a.yaml"
    file.write_text(many_checks(20))
    before = sys.getswitchinterval(), gc.isenabled()
    assert await load_beside(file, options_model) == load(file, options_model)
    file.write_text("sits: {}")
    with pytest.raises(CatalogueError, match="did you mean 'sites'"):
        await load_beside(file, options_model)
    assert (sys.getswitchinterval(), gc.isenabled()) == before


async def test_the_loop_turns_while_thousands_of_checks_are_read(tmp_path: Path, unfrozen: None) -> None:
    """The loop has its turns all through the reading: the usual one comes within 20 ms."""
    file = tmp_path / "a.yaml"
    file.write_text(many_checks(3000))
    reading = asyncio.Event()
    waits: list[float] = []

    async def turn() -> None:
        while not reading.is_set():
            begin = time.perf_counter()
            await asyncio.sleep(0)
            waits.append(time.perf_counter() - begin)

    async with asyncio.TaskGroup() as group:
        group.create_task(turn())
        held = await load_beside(file, options_model)
        reading.set()
    assert len(held.checks) == 3000
    assert len(waits) > 50
    assert sorted(waits)[len(waits) * 99 // 100] < 0.02


@pytest.mark.parametrize(("count", "seconds"), [(300, 0.25), pytest.param(10_000, 6, marks=pytest.mark.slow)])
def test_reading_costs_little(tmp_path: Path, count: int, seconds: float) -> None:
    """300 checks are read within a quarter of a second of CPU, 10,000 within a few (0.02 and 0.6 measured)."""
    file = tmp_path / "a.yaml"
    file.write_text(many_checks(count))
    load(file, options_model)
    begin = time.process_time()
    assert len(load(file, options_model).checks) == count
    assert time.process_time() - begin < seconds
