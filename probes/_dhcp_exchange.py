"""One asking for offers: DISCOVER, repeated as RFC 2131 says (4.1), until an offer has come and others had a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from random import SystemRandom
from time import perf_counter
from typing import Final

from ictss_monitor.probe import Finding, ProbeTrouble, Report
from probes._dhcp_port import Port, SocketAddress
from probes._dhcp_wire import Discover, MalformedError, Offer, read

FIRST_WAIT: Final = 1.0
"""Seconds until a DISCOVER is repeated; each further wait is twice as long, and each a quarter more or less."""
JITTER: Final = 0.25
MOST_SERVERS: Final = 32
"""Servers whose offers are remembered; a hostile one could pose as ever new ones."""

_chance = SystemRandom()


@dataclass(slots=True)
class Heard:
    """What one asking has led to."""

    discovers: int = 0
    offers: dict[IPv4Address, Offer] = field(default_factory=dict)
    """The first offer of each server."""
    latency: float | None = None
    """Seconds from the first DISCOVER to the first offer of a server that was wanted."""
    complaint: str = ""
    """What was wrong with an answer that could not be understood."""


class Exchange:
    """Asks once, and reports once: the judgement on what was heard, or what trouble of ours kept it from hearing."""

    def __init__(
        self,
        asking: Discover,
        port: Port,
        server: SocketAddress,
        is_wanted: Callable[[IPv4Address], bool],
        judge: Callable[[Heard], Finding | Exception],
        limit: float,
        listen: float,
        report: Report,
    ) -> None:
        """Have at most `limit` seconds, `listen` of them after the first offer of a server that is wanted."""
        self._asking = asking
        self._port = port
        self._server = server
        self._is_wanted = is_wanted
        self._judge = judge
        self._limit = limit
        self._listen = listen
        self._report = report
        self._heard = Heard()
        self._loop = asyncio.get_running_loop()
        self._begun = perf_counter()
        self._repeat: asyncio.TimerHandle | None = None
        self._end: asyncio.TimerHandle | None = None
        self._done = False

    def begin(self) -> None:
        """Ask for the first time. Raises ProbeTrouble where that cannot even leave; then nothing is reported."""
        self._port.send(self._asking.packet(), self._server)
        self._heard.discovers = 1
        self._port.join(self._asking.transaction, self._take)
        self._end = self._loop.call_later(self._limit, self._finish)
        self._repeat_after(FIRST_WAIT)

    def forget(self) -> None:
        """End without a report."""
        self._done = True
        self._port.leave(self._asking.transaction)
        for timer in (self._repeat, self._end):
            if timer is not None:
                timer.cancel()

    def _repeat_after(self, wait: float) -> None:
        shaken = wait * _chance.uniform(1 - JITTER, 1 + JITTER)
        self._repeat = self._loop.call_later(shaken, self._ask_again, wait)

    def _ask_again(self, waited: float) -> None:
        try:
            self._port.send(self._asking.packet(int(perf_counter() - self._begun)), self._server)
        except ProbeTrouble as trouble:
            self._conclude(trouble)
            return
        self._heard.discovers += 1
        self._repeat_after(2 * waited)

    def _take(self, came: bytes | ProbeTrouble) -> None:
        if isinstance(came, ProbeTrouble):
            self._conclude(came)
            return
        try:
            offer = read(came, self._asking.client)
        except MalformedError as error:
            self._heard.complaint = str(error)
            return
        offers = self._heard.offers
        if offer is None or offer.server in offers or len(offers) >= MOST_SERVERS:
            return
        offers[offer.server] = offer
        if self._heard.latency is None and self._is_wanted(offer.server):
            self._settle()

    def _settle(self) -> None:
        """Ask no more, and listen only for a moment longer whether another server offers something too."""
        passed = self._heard.latency = perf_counter() - self._begun
        for timer in (self._repeat, self._end):
            if timer is not None:
                timer.cancel()
        self._end = self._loop.call_later(max(0.0, min(self._listen, self._limit - passed)), self._finish)

    def _finish(self) -> None:
        silent = not self._heard.offers and not self._heard.complaint
        self._conclude((self._port.silence() if silent else None) or self._judge(self._heard))

    def _conclude(self, found: Finding | Exception) -> None:
        if not self._done:
            self.forget()
            self._report(found)
