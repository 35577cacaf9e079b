"""Web servers that misbehave: each ends in the right reason, within the time limit, in little memory."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from time import perf_counter
from typing import Any

import pytest
from support.running import LoopFactory, both_loops, found_by
from support.servers import Talk, answers, drips, ends, gzip_bomb, http, keeps_sending, mute, resets, says, serving

from ictss_monitor.probe import Outcome, Reason
from probes.http import HttpOptions, HttpProbe

SHORT, LONG = 0.25, 5.0
"""Seconds that a probe has where it must use them up, and where it must not."""

MOST_MEMORY = 5 << 20

OK = b"HTTP/1.1 200 OK\r\n"
BLOCK = b"x" * 65_536
LENGTH = b"Content-Length: %d\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = b"Content-Encoding: gzip\r\n"
BOMB = gzip_bomb(256 << 20)
LOOKING = {"body_contains": "never"}

HOSTILE: dict[str, tuple[Talk, dict[str, Any], Reason]] = {
    "mute": (mute, {}, Reason.TIMEOUT),
    "ends-at-once": (ends, {}, Reason.CLOSED),
    "closes-after-request": (answers(b""), {}, Reason.CLOSED),
    "closes-in-status-line": (answers(b"HTTP/1.1 20"), {}, Reason.CLOSED),
    "closes-in-header": (answers(OK + b"Server: x\r\n"), {}, Reason.CLOSED),
    "resets-after-request": (resets(), {}, Reason.RESET),
    "resets-in-body": (resets(OK + LENGTH % 100 + b"half"), {}, Reason.RESET),
    "length-too-long": (answers(OK + LENGTH % 100 + b"short"), {}, Reason.CLOSED),
    "length-too-long-and-stays": (answers(OK + LENGTH % 100 + b"short", stay=True), {}, Reason.TIMEOUT),
    "length-absurd": (answers(OK + LENGTH % 10**17 + b"short"), {}, Reason.CLOSED),
    "length-no-number": (answers(OK + b"Content-Length: many\r\n\r\n"), {}, Reason.PROTOCOL),
    "chunks-cut": (answers(OK + CHUNKED + b"5\r\nhel"), {}, Reason.CLOSED),
    "chunks-broken": (answers(OK + CHUNKED + b"zz\r\nhello\r\n"), {}, Reason.PROTOCOL),
    "garbage": (answers(b"\x00\xff\xfe garbage \r\n" * 3), {}, Reason.PROTOCOL),
    "another-protocol": (says(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), {}, Reason.PROTOCOL),
    "nul-in-header": (answers(OK + b"A: b\x00c\r\n\r\n", stay=True), {}, Reason.PROTOCOL),
    "redirects-to-itself": (answers(http(b"", "302 Found", "Location: /")), {}, Reason.STATUS),
    "drips-header": (drips(OK, b"A: b\r\n", every=0.005), {}, Reason.TIMEOUT),
    "drips-one-field": (drips(OK + b"A: ", b"x", every=0.005), {}, Reason.TIMEOUT),
    "drips-body": (drips(OK + LENGTH % 10**6, b"x", every=0.005), {}, Reason.TIMEOUT),
    "drips-chunks": (drips(OK + CHUNKED, b"1\r\nx\r\n", every=0.005), {}, Reason.TIMEOUT),
    "endless-fields": (keeps_sending(OK, b"A: b\r\n" * 5000), {}, Reason.OVERSIZE),
    "endless-field": (keeps_sending(OK + b"A: ", BLOCK), {}, Reason.OVERSIZE),
    "endless-status-line": (keeps_sending(b"HTTP/1.1 200 ", BLOCK), {}, Reason.OVERSIZE),
    "endless-interim-answers": (keeps_sending(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), {}, Reason.OVERSIZE),
    "endless-chunk-size": (keeps_sending(OK + CHUNKED, b"0" * 65_536), {}, Reason.OVERSIZE),
    "endless-chunk-extension": (keeps_sending(OK + CHUNKED + b"1;", BLOCK), {}, Reason.OVERSIZE),
    "endless-trailers": (keeps_sending(OK + CHUNKED + b"0\r\n", b"A: b\r\n" * 5000), {}, Reason.OVERSIZE),
    "endless-tiny-chunks": (keeps_sending(OK + CHUNKED, b"1\r\nx\r\n" * 5000), {}, Reason.OVERSIZE),
    "gigabytes": (keeps_sending(OK + b"\r\n", BLOCK), LOOKING, Reason.OVERSIZE),
    "gigabytes-announced": (keeps_sending(OK + LENGTH % 10**12, BLOCK), LOOKING, Reason.OVERSIZE),
    "gigabytes-nobody-looks-at": (keeps_sending(OK + b"\r\n", BLOCK), {}, Reason.OK),
    "gzip-bomb": (answers(OK + GZIP + LENGTH % len(BOMB) + BOMB), LOOKING, Reason.OVERSIZE),
    "gzip-bomb-nobody-looks-at": (answers(OK + GZIP + LENGTH % len(BOMB) + BOMB), {}, Reason.OK),
    "gzip-that-is-none": (answers(OK + GZIP + LENGTH % 5 + b"hello"), LOOKING, Reason.PROTOCOL),
}


@both_loops
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_server_ends_in_the_right_reason_in_time(loop: LoopFactory, name: str) -> None:
    """Whatever the far end does, the probe ends within its limit, and says what it was."""
    talk, told, reason = HOSTILE[name]
    with serving(talk) as port:
        limit = SHORT if reason is Reason.TIMEOUT else LONG
        began = perf_counter()
        finding = found_by(HttpProbe, loop, limit, address=f"http://127.0.0.1:{port}/", **told)
        took = perf_counter() - began
    assert (finding.outcome, finding.reason) == (Outcome.UP if reason is Reason.OK else Outcome.DOWN, reason)
    assert took < SHORT + 1.0


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.startswith(("endless", "giga", "gzip-bomb"))])
def test_hostile_server_cannot_fill_our_memory(name: str) -> None:
    """However much is sent, little of it is held at once."""
    talk, told, _ = HOSTILE[name]
    with serving(talk) as port:
        found_by(HttpProbe, limit=LONG, address=f"http://127.0.0.1:{port}/", **told)
        gc.collect()
        tracemalloc.start()
        try:
            found_by(HttpProbe, limit=LONG, address=f"http://127.0.0.1:{port}/", **told)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < MOST_MEMORY


@both_loops
@pytest.mark.parametrize("name", ["mute", "drips-header", "drips-body", "gigabytes"])
def test_cancellation_is_obeyed_and_closes_the_connection(loop: LoopFactory, name: str) -> None:
    """A probe cancelled in any phase ends at once, and its server sees the connection end."""
    talk, told, _ = HOSTILE[name]
    told = {**told, "max_body_bytes": 16 << 20}

    async def cut(port: int) -> float:
        async with HttpProbe() as probe:
            running = probe.run(HttpOptions(address=f"http://127.0.0.1:{port}/", **told))
            task = asyncio.get_running_loop().create_task(running)
            await asyncio.sleep(0.01)
            began = perf_counter()
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            return perf_counter() - began

    with serving(talk) as port:
        with asyncio.Runner(loop_factory=loop) as runner:
            assert runner.run(cut(port)) < 0.1
        gc.collect()


def test_details_repeat_nothing_that_was_secret() -> None:
    """Neither a query nor a secret field nor what the far end sent back of them is in the finding's text."""
    secret = "s3cr3t-Pa55"
    for reply in (http(secret.encode(), f"500 {secret}"), http(b"", "302 Found", f"Location: ftp://{secret}/")):
        with serving(answers(reply)) as port:
            finding = found_by(
                HttpProbe, address=f"http://127.0.0.1:{port}/?token={secret}", secret_headers={"X-Key": secret}
            )
        assert finding.outcome is Outcome.DOWN
        assert secret not in finding.detail
