"""What is served over HTTP, and that nobody who asks badly or reads slowly holds up anybody else."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus
from support.scrapes import check, memory_of
from yarl import URL

from ictss_monitor.errors import MonitorError
from ictss_monitor.metrics.exposition import Format
from ictss_monitor.web import server
from ictss_monitor.web.server import Views, serving

BIG = "x" * 1_000_000


@dataclass
class Site:
    """A running server, what ails it, and what it answers to a scrape."""

    url: str = ""
    ailing: list[str] = field(default_factory=list)
    unready: list[str] = field(default_factory=list)
    parts: int = 0
    """Megabytes of an answer to a scrape, where it is not the real one."""

    async def big(self) -> AsyncIterator[str]:
        """Yield parts, some of them empty."""
        for _ in range(self.parts):
            yield BIG
            yield ""
            await asyncio.sleep(0)


@asynccontextmanager
async def site(host: str = "127.0.0.1", parts: int = 0) -> AsyncIterator[Site]:
    """Serve a real scraper over two checks, or a scrape of so many megabytes."""
    made = Site(parts=parts)
    real = memory_of([check("fw"), check("mail")]).scraper.scrape
    scrape = (lambda _: ("text/plain", made.big())) if parts else real
    async with serving(Views(scrape, lambda: made.ailing, lambda: made.unready), host, 0) as made.url:
        yield made


async def ask(url: str, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Return status, body as it came, and headers."""
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.request(method, url + path, headers=headers) as answer,
    ):
        return answer.status, await answer.read(), dict(answer.headers)


@pytest.mark.parametrize(
    ("accept", "form"),
    [("", Format.accepted("")), ("application/openmetrics-text; version=1.0.0", Format.OPENMETRICS)],
)
async def test_metrics_come_in_the_format_that_is_asked_for(accept: str, form: Format) -> None:
    """Both formats arrive whole, named by their content type, and their parsers read them."""
    async with site() as served:
        status, body, headers = await ask(served.url, "/metrics", Accept=accept, **{"Accept-Encoding": "identity"})
    parse = parse_openmetrics if form is Format.OPENMETRICS else parse_prometheus
    assert status == 200
    assert headers["Content-Type"] == form.value
    assert "ictss_check_state" in {family.name for family in parse(body.decode())}


@pytest.mark.parametrize(
    ("accepted", "squeezed"),
    [
        ("gzip, deflate", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
        ("gzip;q=0.5", True),
    ],
)
async def test_an_answer_is_squeezed_where_the_reader_takes_it(accepted: str, squeezed: bool) -> None:
    """What arrives is the same either way; a weight of nought is a no."""
    async with site(parts=3) as served:
        _, body, headers = await ask(served.url, "/metrics", **{"Accept-Encoding": accepted})
    assert ("Content-Encoding" in headers) is squeezed
    assert (gzip.decompress(body) if squeezed else body) == BIG.encode() * 3
    assert len(body) < 100_000 or not squeezed


@pytest.mark.parametrize("path", ["/metrics", "/-/healthy", "/-/ready", "/"])
async def test_head_answers_as_get_does_without_a_body(path: str) -> None:
    """A connection stays usable after it: the next answer on it is whole."""
    async with site() as served:
        url = URL(served.url)

        def head_then_get() -> tuple[int, bytes, int, bytes]:
            connection = HTTPConnection(str(url.host), url.port, timeout=5)
            connection.request("HEAD", path)
            first = connection.getresponse()
            nothing = first.read()
            connection.request("GET", "/-/healthy")
            second = connection.getresponse()
            found = first.status, nothing, second.status, second.read()
            connection.close()
            return found

        assert await asyncio.to_thread(head_then_get) == (200, b"", 200, b"ok\n")


async def test_what_is_not_there_or_not_allowed_is_refused() -> None:
    """Unknown pages are 404; anything but reading is 405."""
    async with site() as served:
        assert (await ask(served.url, "/admin"))[0] == 404
        assert (await ask(served.url, "/metrics", "POST"))[0] == 405
        assert (await ask(served.url, "/-/ready", "DELETE"))[0] == 405


async def test_health_and_readiness_say_what_is_wrong() -> None:
    """200 and ok; 503 and a line for each fault; the one does not touch the other."""
    async with site() as served:
        assert (await ask(served.url, "/-/healthy"))[:2] == (200, b"ok\n")
        served.unready = ["the store refuses to write", "nothing has been recorded for a while"]
        assert (await ask(served.url, "/-/healthy"))[0] == 200
        status, body, _ = await ask(served.url, "/-/ready")
        assert (status, body.decode().splitlines()) == (503, served.unready)
        served.ailing = ["the recorder hangs"]
        assert (await ask(served.url, "/-/healthy"))[0] == 503


async def test_a_reader_that_does_not_read_holds_up_nobody_and_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are answered meanwhile; after a while its connection is cut, and its megabytes are free."""
    monkeypatch.setattr(server, "ANSWER_WITHIN", 0.5)
    async with site(parts=30) as served:
        url = URL(served.url)
        with socket.create_connection((str(url.host), url.port)) as slow:
            slow.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(0.4):
                assert (await ask(served.url, "/-/healthy"))[0] == 200
            await asyncio.sleep(0.6)

            def drain() -> int:
                slow.settimeout(5)
                total = 0
                while piece := slow.recv(1 << 20):
                    total += len(piece)
                return total

            assert await asyncio.to_thread(drain) < 30_000_000


async def test_many_connections_at_once_are_all_answered() -> None:
    """Two hundred that stay open, and those who ask beside them."""
    async with site() as served:
        url = URL(served.url)
        idle = [await asyncio.open_connection(url.host, url.port) for _ in range(200)]
        try:
            async with asyncio.TaskGroup() as tasks:
                asked = [tasks.create_task(ask(served.url, "/metrics")) for _ in range(20)]
            assert {task.result()[0] for task in asked} == {200}
        finally:
            for _, writer in idle:
                writer.close()


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01 no http at all\r\n\r\n",
    ],
    ids=["long header", "long address", "no HTTP"],
)
async def test_nonsense_is_refused_and_the_next_one_served(request_text: bytes) -> None:
    """A request without end or sense is answered 400 or cut; nothing else notices."""
    async with site() as served:
        url = URL(served.url)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(request_text)
        async with asyncio.timeout(5):
            said = await reader.read(12)
        assert said in (b"HTTP/1.1 400", b"HTTP/1.0 400", b"")
        writer.close()
        assert (await ask(served.url, "/-/healthy"))[0] == 200


async def test_ipv6_is_served_and_written_as_a_url() -> None:
    """The URL that is shown can be used as it is."""
    async with site("::1") as served:
        assert served.url.startswith("http://[::1]:")
        assert (await ask(served.url, "/-/healthy"))[0] == 200


@pytest.mark.parametrize("host", ["192.0.2.77", "no-such-name.invalid"])
async def test_an_address_that_is_not_ours_is_told_in_one_line(host: str) -> None:
    """The message names the address and the setting."""
    with pytest.raises(MonitorError, match=rf"cannot listen on {host}:0: .*; stop what holds it, or change") as told:
        async with serving(Views(lambda _: ("", Site().big()), list, list), host, 0):
            pytest.fail("it listens")
    assert "\n" not in str(told.value)
