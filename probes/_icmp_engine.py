"""Runs any number of echo exchanges over one socket: sends them paced, and tells their replies apart."""

from __future__ import annotations

import asyncio
import errno
import os
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from struct import Struct
from time import CLOCK_REALTIME, clock_gettime, monotonic
from typing import Final

from ictss_monitor.probe import Finding, ProbeTrouble, Reason, Report
from probes._icmp_exchange import Exchange, SocketAddress
from probes._icmp_pace import Pace, charge
from probes._icmp_packet import ECHO, EchoRequest, checksum_holds, read_error
from probes._icmp_socket import IcmpSocket
from probes._icmp_wheel import TimerWheel

READS: Final = 512
"""Packets read in one turn of the loop."""

READS_BEFORE_DEADLINES: Final = 4
"""Times as many are read before deadlines are judged; that takes 20 ms at most."""

BACK_OFF: Final = 0.005
"""Seconds without sending after the kernel refused a packet for want of buffer."""

_FULL: Final = frozenset({errno.ENOBUFS, errno.EAGAIN, errno.ENOMEM})


class Engine:
    """All exchanges of one address family in one loop.

    An exchange under way is in exactly one of two places: `_backlog`, while its next packet waits for the pace, or
    `_wheel`, until its next packet or its deadline is due. `_pending` finds it by the source and the sequence number
    that a reply must have; identifier and cookie are compared after that. One that is done may linger where it was,
    never longer than its limit.

    Times are of `time.monotonic`, not of the loop: uvloop's clock counts milliseconds and stands still during a turn.
    """

    def __init__(self, opened: IcmpSocket) -> None:
        """Serve exchanges over `opened` in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._socket = opened
        self._pace = Pace(opened.receive_buffer)
        self._requests: dict[int, EchoRequest] = {}
        self._cookies = _cookies()
        self._sequence = int.from_bytes(os.urandom(2), "big")
        self._pending: dict[tuple[str, int], tuple[Exchange, float]] = {}
        self._backlog: deque[Exchange] = deque()
        self._pump: asyncio.TimerHandle | None = None
        self._wheel = TimerWheel[Exchange](self._fall_due, self._before_deadlines)
        self._drops = opened.drops()
        self._unsure_at = 0.0
        self._loop.add_reader(opened.fileno(), self._read)

    @property
    def outstanding(self) -> int:
        """How many packets are waited for."""
        return len(self._pending)

    @property
    def held(self) -> int:
        """How many exchanges are remembered, those included that are done and wait to be swept away."""
        return len(self._backlog) + len(self._wheel)

    def start(
        self, destination: SocketAddress, count: int, payload: int, spacing: float, limit: float, report: Report
    ) -> Callable[[], None]:
        """Begin an exchange, and return what forgets it; see DatagramProbe.start."""
        request = self._requests.get(payload)
        if request is None:
            request = self._requests[payload] = EchoRequest(self._socket.dialect, self._socket.identifier, payload)
        now = monotonic()
        exchange = Exchange(destination, request, count, spacing, limit, now, next(self._cookies), report)
        self._offer(exchange, now)
        if exchange.trouble is not None:
            raise exchange.trouble
        return partial(self._forget, exchange)

    def close(self) -> None:
        """Close the socket; exchanges under way report that they were cut short."""
        self._loop.remove_reader(self._socket.fileno())
        if self._pump is not None:
            self._pump.cancel()
        self._socket.close()
        self._pending.clear()
        left = [*self._backlog, *self._wheel.close()]
        self._backlog.clear()
        for exchange in left:
            if not exchange.done:
                exchange.done = True
                exchange.report(ProbeTrouble(Reason.RESOURCES, "the ICMP socket was closed before an answer came"))

    # Sending

    def _offer(self, exchange: Exchange, now: float) -> None:
        """Send the next packet of `exchange` if the pace allows it, otherwise queue it."""
        if not self._backlog and self._leaves(exchange, now):
            return
        self._backlog.append(exchange)
        if self._pump is None:
            self._pump = self._loop.call_later(self._pace.wait(), self._pump_backlog)

    def _pump_backlog(self) -> None:
        now = monotonic()
        self._pump = None
        try:
            while self._backlog and self._pump_one(self._backlog[0], now):
                pass
        finally:  # also when a callback fails: the others still wait
            if self._backlog:
                self._pump = self._loop.call_later(self._pace.wait(), self._pump_backlog)

    def _pump_one(self, exchange: Exchange, now: float) -> bool:
        """See to the first exchange in the backlog; False where it must wait there."""
        late = now > exchange.latest
        if not (exchange.done or late or self._leaves(exchange, now)):
            return False
        self._backlog.popleft()
        if not exchange.done and (late or exchange.trouble is not None):
            self._send_no_more(exchange)
        return True

    def _leaves(self, exchange: Exchange, now: float) -> bool:
        return self._pace.take(charge(exchange.request.length), now) and self._send(exchange, now)

    def _send(self, exchange: Exchange, now: float) -> bool:
        """Send one packet; False where there is no room for it now. Other refusals are noted as trouble."""
        sequence = self._free_sequence(exchange.source)
        if sequence is None:
            detail = f"65,536 packets to {exchange.source} are waited for already"
            exchange.trouble = ProbeTrouble(Reason.RESOURCES, detail)
            return True
        sent_at = monotonic()
        try:
            self._socket.send(exchange.request.message(sequence, exchange.cookie), exchange.destination)
        except OSError as error:
            if error.errno in _FULL:
                self._pace.stop(now, BACK_OFF)
                return False
            exchange.trouble = _trouble(error, exchange.source)
            return True
        key = (exchange.source, sequence)
        self._pending[key] = (exchange, sent_at)
        exchange.keys.append(key)
        exchange.sent += 1
        self._wheel.add(exchange, exchange.deadline if exchange.sent == exchange.count else sent_at + exchange.spacing)
        return True

    def _free_sequence(self, source: str) -> int | None:
        """Return the next sequence number under which nothing is waited for from `source`."""
        for _ in range(0x10000):
            self._sequence = (self._sequence + 1) & 0xFFFF
            if (source, self._sequence) not in self._pending:
                return self._sequence
        return None

    # Receiving

    def _read(self) -> bool:
        """Take what has arrived; tell whether more may be waiting."""
        receive, take = self._socket.receive, self._take
        # The kernel stamps arrivals in wall-clock time, so that our own delay in reading is not measured as theirs.
        wall_to_monotonic = monotonic() - clock_gettime(CLOCK_REALTIME)
        for _ in range(READS):
            try:
                length, source, stamp = receive()
            except OSError:  # BlockingIOError: nothing more; any other has been told, and cleared, by now
                return False
            take(length, source, None if stamp is None else stamp + wall_to_monotonic)
        return True

    def _take(self, length: int, source: str, stamp: float | None) -> None:
        packet, opened = self._socket.received, self._socket
        offset = (packet[0] & 0x0F) * 4 if opened.has_ip_header else 0
        if length < offset + ECHO.size:
            return
        kind, _, _, identifier, sequence, cookie = ECHO.unpack_from(packet, offset)
        if kind != opened.dialect.reply:
            self._take_error(source, bytes(packet[offset:length]))
            return
        entry = self._pending.get((source, sequence))
        if entry is None or cookie != entry[0].cookie or identifier != opened.identifier:
            return
        if opened.has_ip_header and not checksum_holds(packet[offset:length]):
            return
        exchange, sent_at = entry
        now = monotonic()
        # A wall clock that was set meanwhile gives itself away: nothing arrives before it was sent, or later than now.
        arrived = stamp if stamp is not None and sent_at <= stamp <= now else now
        if arrived > exchange.deadline:
            return
        del self._pending[source, sequence]
        exchange.answer(arrived - sent_at)
        if exchange.settled:
            self._finish(exchange)

    def _take_error(self, source: str, message: bytes) -> None:
        quote = read_error(self._socket.dialect, message)
        if quote is None or quote.identifier != self._socket.identifier:
            return
        key = (quote.destination, quote.sequence)
        entry = self._pending.get(key)
        if entry is None or quote.cookie not in (None, entry[0].cookie):
            return
        exchange = entry[0]
        del self._pending[key]
        exchange.complaints += 1
        exchange.complaint = f"{source} says of {exchange.source}: {quote.complaint}"
        if exchange.settled:
            self._finish(exchange)

    # Ending

    def _before_deadlines(self) -> None:
        """Read what came in time, however late we are ourselves, and notice what we cannot know.

        That is what the kernel had to drop, and what is still unread when reading on would block the loop for too long.
        """
        overrun = all(self._read() for _ in range(READS_BEFORE_DEADLINES))
        drops = self._socket.drops()
        if overrun or drops != self._drops:
            self._drops = drops
            self._unsure_at = monotonic()

    def _fall_due(self, exchange: Exchange) -> None:
        if exchange.done:
            return
        now = monotonic()
        if exchange.sent == exchange.count:
            self._finish(exchange)
        elif now > exchange.latest:
            self._send_no_more(exchange)
        else:
            self._offer(exchange, now)
            if exchange.trouble is not None:
                self._send_no_more(exchange)

    def _send_no_more(self, exchange: Exchange) -> None:
        """Settle for the packets that left; with trouble of ours, none of them answered yet, end at once."""
        exchange.count = exchange.sent
        if exchange.settled or (exchange.trouble is not None and not exchange.answered):
            self._finish(exchange)
        else:
            self._wheel.add(exchange, exchange.deadline)

    def _finish(self, exchange: Exchange) -> None:
        report = exchange.report
        self._forget(exchange)
        report(exchange.result(sure=exchange.started > self._unsure_at))

    def _forget(self, exchange: Exchange) -> None:
        exchange.done = True
        exchange.report = _nobody
        for key in exchange.keys:
            self._pending.pop(key, None)
        exchange.keys.clear()


def _nobody(found: Finding | Exception) -> None:
    """Stand in for the reporter of an exchange that is done, so that it is not kept alive."""


def _cookies() -> Iterator[int]:
    """Yield unguessable 64-bit numbers for ever, drawn from the kernel 512 at a time."""
    word = Struct("=Q")
    while True:
        for (cookie,) in word.iter_unpack(os.urandom(512 * word.size)):
            yield cookie


def _trouble(error: OSError, address: str) -> ProbeTrouble:
    """Return what it means that the kernel refused to send to `address`: whatever it is, it is on our side."""
    told = f"cannot send to {address}: {error.strerror}"
    match error.errno:
        case errno.EHOSTUNREACH | errno.ENETUNREACH | errno.ENETDOWN | errno.EADDRNOTAVAIL | errno.ENODEV:
            return ProbeTrouble(Reason.NO_ROUTE, f"{told} (no route on this machine)")
        case errno.EPERM | errno.EACCES:
            return ProbeTrouble(Reason.PERMISSION, f"{told} (this machine's firewall or routes forbid it)")
        case errno.EMSGSIZE | errno.EINVAL:
            return ProbeTrouble(Reason.CONFIGURATION, told)
        case _:
            return ProbeTrouble(Reason.RESOURCES, told)
