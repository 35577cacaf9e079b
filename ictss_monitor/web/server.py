"""The web server: listens where the settings say, on loopback unless told otherwise, and serves the views."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from ictss_monitor.errors import MonitorError

Scrape = Callable[[str], tuple[str, AsyncIterator[str]]]
"""Given an Accept header, returns the content type and the parts of the text."""
Ailments = Callable[[], list[str]]
"""Returns what is wrong, a line each; nothing where all is well."""

REQUEST_BYTES: Final = 4096
"""No request to this server has a body."""
ANSWER_WITHIN: Final = 30.0
"""Seconds that a reader of metrics may take; a slower one would keep megabytes in memory for as long as it likes."""
_GZIP: Final = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")


INDEX: Final = """ictss-monitor

/metrics     metrics, Prometheus or OpenMetrics text
/-/healthy   200 while the daemon works
/-/ready     200 while it probes and records
"""


@dataclass(frozen=True, slots=True)
class Views:
    """What the server shows; handed in, so that it knows none of those who make it."""

    scrape: Scrape
    healthy: Ailments
    ready: Ailments


@asynccontextmanager
async def serving(views: Views, host: str, port: int) -> AsyncIterator[str]:
    """Serve `views` at `host`:`port` (0: any free one) for as long as the context lasts; give the base URL.

    Raises MonitorError where the address cannot be taken.
    """
    app = web.Application(client_max_size=REQUEST_BYTES)
    pages = _Pages(views)
    app.router.add_get("/metrics", pages.metrics)
    app.router.add_get("/-/healthy", pages.healthy)
    app.router.add_get("/-/ready", pages.ready)
    app.router.add_get("/", pages.index)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            reason = error.strerror or str(error)
            raise MonitorError(
                f"cannot listen on {host}:{port}: {reason}; stop what holds it, or change settings.listen"
            ) from error
        bound = runner.addresses[0]
        yield f"http://{f'[{bound[0]}]' if ':' in bound[0] else bound[0]}:{bound[1]}"
    finally:
        await runner.cleanup()


class _Pages:
    """One method a page."""

    def __init__(self, views: Views) -> None:
        self._views = views

    async def index(self, _: web.Request) -> web.Response:
        return web.Response(text=INDEX)

    async def healthy(self, _: web.Request) -> web.Response:
        return _told(self._views.healthy())

    async def ready(self, _: web.Request) -> web.Response:
        return _told(self._views.ready())

    async def metrics(self, request: web.Request) -> web.StreamResponse:
        content_type, parts = self._views.scrape(request.headers.get("Accept", ""))
        response = web.StreamResponse(headers={"Content-Type": content_type, "Cache-Control": "no-store"})
        squeeze = _GZIP.search(request.headers.get("Accept-Encoding", "")) is not None
        if squeeze:
            response.headers["Content-Encoding"] = "gzip"
        await response.prepare(request)
        if request.method != "HEAD":
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    await _send(response, parts, squeeze)
            except TimeoutError:
                if request.transport is not None:
                    request.transport.abort()
        return response


async def _send(response: web.StreamResponse, parts: AsyncIterator[str], squeeze: bool) -> None:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    async for part in parts:
        data = packer.compress(part.encode()) if squeeze else part.encode()
        if data:  # an empty chunk would end the answer
            await response.write(data)
    if squeeze:
        await response.write(packer.flush())
    await response.write_eof()


def _told(wrong: list[str]) -> web.Response:
    return web.Response(text="\n".join(wrong or ["ok"]) + "\n", status=503 if wrong else 200)
