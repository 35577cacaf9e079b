"""HTTP/1.1 (RFC 9110, 9112), plain or over TLS: the right status comes, with the right body, in full.

Every run opens a fresh connection, follows redirects if asked, and times each phase.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import Final

from ictss_monitor.probe import Finding, Outcome, ProbeFailure, Reason
from probes._body import Body
from probes._connect import ConnectProbe, add
from probes._http1 import Answer
from probes._http_options import HttpOptions
from probes._http_request import REDIRECTS, Request
from probes._match import compiled
from probes._tls import Terms

ALPN: Final = "http/1.1"


class HttpProbe(ConnectProbe[HttpOptions]):
    """Asks a web server as a browser without memory would: no cookies, no cache, no connection kept."""

    options_model = HttpOptions

    def far_end(self, options: HttpOptions) -> str:
        """Return host and port: the paths of one server share its patience."""
        return f"{options.request.host}:{options.request.port}"

    async def run(self, options: HttpOptions) -> Finding:
        """Ask, follow, read in full; `latency` is the whole of it. Phases are summed over redirects."""
        began = perf_counter()
        measured: dict[str, float] = {}
        try:
            answer, body = await self._final_answer(options, measured)
            measured["total_seconds"] = perf_counter() - began
            measured["status_code"] = answer.status
            measured["body_bytes"] = answer.body_bytes
            _judge(answer, body, options)
        except ProbeFailure as failure:
            failure.measurements = measured
            raise
        return Finding(Outcome.UP, latency=measured["total_seconds"], measurements=measured)

    async def _final_answer(self, options: HttpOptions, measured: dict[str, float]) -> tuple[Answer, Body]:
        request = options.request
        for _ in range(options.follow_redirects + 1):
            answer, body = await self._ask(request, options, measured)
            location = answer.fields.get(b"location")
            if answer.status not in REDIRECTS or answer.status in options.expected or location is None:
                return answer, body
            if options.follow_redirects == 0:
                return answer, body
            request = request.redirected(answer.status, location)
        raise ProbeFailure(Reason.STATUS, f"redirected more than {options.follow_redirects} times")

    async def _ask(self, request: Request, options: HttpOptions, measured: dict[str, float]) -> tuple[Answer, Body]:
        """Return one answer with its body, as far as that may be looked at."""
        body = Body(options.max_body_bytes, wanted=options.looks_at_body)
        answer = Answer(body.decode, body.take, head_only=request.method == "HEAD")
        terms = _terms(request, options)
        async with await self._opener.open(request.host, request.port, options.family, terms, measured) as stream:
            asked = perf_counter()
            await stream.send(request.data)
            piece = await stream.receive()
            add(measured, "first_byte_seconds", perf_counter() - asked)
            while piece:
                answer.feed(piece)
                if answer.done:
                    return answer, body
                piece = await stream.receive()
            answer.end()
            return answer, body


def _terms(request: Request, options: HttpOptions) -> Terms | None:
    """Return the terms of TLS; a `server_name` is that of the host asked first, not of one redirected to."""
    if not request.tls:
        return None
    terms = options.terms(request.host, ALPN)
    return terms if request.host == options.request.host else replace(terms, server_name=request.host)


def _judge(answer: Answer, body: Body, options: HttpOptions) -> None:
    """Raise ProbeFailure where the answer is not the one expected."""
    if answer.status not in options.expected:
        raise ProbeFailure(Reason.STATUS, f"status {answer.status}")
    if not options.looks_at_body:
        return
    wanted = options.body_contains
    if options.body_absent is not None and options.body_absent.encode() in body.content:
        raise ProbeFailure(Reason.MISMATCH, "the body contains what it must not")
    missing = wanted is not None and wanted.encode() not in body.content
    if options.body_regex is not None and not missing:
        missing = compiled(options.body_regex).search(bytes(body.content)) is None
    if body.over and (missing or options.body_absent is not None):
        raise ProbeFailure(Reason.OVERSIZE, f"the body is longer than the {options.max_body_bytes} bytes looked at")
    if missing:
        raise ProbeFailure(Reason.MISMATCH, "the body does not contain what it must")


PROBE = HttpProbe
