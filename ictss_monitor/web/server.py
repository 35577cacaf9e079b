"""The web server: listens where the settings say, on loopback unless told otherwise, and serves the views."""

from __future__ import annotations

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
    app.router.add_get("/metrics", lambda request: _metrics(request, views.scrape))
    app.router.add_get("/-/healthy", lambda _: _health(views.healthy))
    app.router.add_get("/-/ready", lambda _: _health(views.ready))
    app.router.add_get("/", _index)
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


async def _metrics(request: web.Request, scrape: Scrape) -> web.StreamResponse:
    content_type, parts = scrape(request.headers.get("Accept", ""))
    response = web.StreamResponse(headers={"Content-Type": content_type, "Cache-Control": "no-store"})
    squeeze = "gzip" in request.headers.get("Accept-Encoding", "")
    if squeeze:
        response.headers["Content-Encoding"] = "gzip"
    await response.prepare(request)
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    async for part in parts:
        data = part.encode()
        await response.write(packer.compress(data) if squeeze else data)
    if squeeze:
        await response.write(packer.flush())
    await response.write_eof()
    return response


async def _health(ailments: Ailments) -> web.Response:
    wrong = ailments()
    return web.Response(text="\n".join(wrong or ["ok"]) + "\n", status=503 if wrong else 200)


async def _index(_: web.Request) -> web.Response:
    return web.Response(
        text="ictss-monitor\n\n/metrics     metrics, Prometheus or OpenMetrics text\n"
        "/-/healthy   200 while the daemon works\n/-/ready     200 while it probes and records\n"
    )
