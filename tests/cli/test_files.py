"""What commands read from files and URLs: in bounded size, and why not in one line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ictss_monitor.cli import files
from ictss_monitor.cli.files import as_csv_or_json, duration_of, fetched, lines_of, text_of
from ictss_monitor.errors import UsageError


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """Return a server that answers, refuses, and errs as Prometheus does."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="x" * int(request.query.get("size", "2")))

    async def err(_: web.Request) -> web.Response:
        return web.json_response({"status": "error", "error": "parse error"}, status=400)

    app = web.Application()
    app.router.add_get("/answer", answer)
    app.router.add_get("/err", err)
    async with TestServer(app) as running:
        yield running


async def test_an_answer_is_read_whole(server: TestServer) -> None:
    """The text is what the server sent; an error of Prometheus comes with a status, and is its answer all the same."""
    assert await fetched(str(server.make_url("/answer"))) == "xx"
    assert "parse error" in await fetched(str(server.make_url("/err")))


async def test_what_is_not_there_is_one_line(server: TestServer) -> None:
    """Neither the path nor the password of a URL is told."""
    url = str(server.make_url("/gone").with_user("ann").with_password("hunter22"))
    with pytest.raises(UsageError, match="answered 404") as refused:
        await fetched(url)
    assert "hunter22" not in str(refused.value)
    with pytest.raises(UsageError, match="cannot fetch it: ClientConnectorError") as refused:
        await fetched("http://ann:hunter22@127.0.0.1:1/")
    assert "hunter22" not in str(refused.value)


async def test_an_endless_answer_is_cut(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more is read than is allowed, and then it is refused."""
    monkeypatch.setattr(files, "LARGEST", 2**20)
    with pytest.raises(UsageError, match="larger than 1 MiB; split it"):
        await fetched(str(server.make_url("/answer?size=5000000")))


def test_a_file_that_is_too_large_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused in one line, and never read whole."""
    monkeypatch.setattr(files, "LARGEST", 2**20)
    large = tmp_path / "large.csv"
    large.write_bytes(b"x" * (2**20 + 1))
    with pytest.raises(UsageError, match=r"large.csv: larger than 1 MiB; split it"):
        text_of(large)
    with pytest.raises(UsageError, match="No such file"):
        text_of(tmp_path / "away.csv")


def test_a_line_without_end_is_cut(tmp_path: Path) -> None:
    """A log is read a bounded piece at a time, and what is no text in it is replaced."""
    log = tmp_path / "nagios.log"
    log.write_bytes(b"\xff" * (files.LONGEST_LINE + 5) + b"\nnext\n")
    assert [len(line) for line in lines_of(log)] == [files.LONGEST_LINE, 6, 5]


def test_the_name_of_a_file_tells_what_it_is() -> None:
    """JSON by its ending, CSV otherwise, unless it is said."""
    assert [as_csv_or_json(Path(name), None) for name in ("a.JSON", "a.csv", "a")] == ["json", "csv", "csv"]
    assert as_csv_or_json(Path("a.txt"), "json") == "json"


def test_durations_have_units() -> None:
    """A duration is written as in the catalogue; none is none."""
    assert duration_of("--step", "30s") == 30_000_000
    assert duration_of("--step", None) is None
    with pytest.raises(UsageError, match="--step: '30' has no unit; write 30s"):
        duration_of("--step", "30")
