"""Dialogues of lines (SMTP, IMAP): each line bounded in length, and all that the far end says bounded together."""

from __future__ import annotations

from typing import Final

from ictss_monitor.probe import ProbeFailure, Reason
from probes._stream import Stream

LONGEST_LINE: Final = 4096
"""Octets of a line. SMTP allows 512 (RFC 5321, 4.5.3.1.5); IMAP sets no bound and advises of 8192 for commands."""
MOST_OCTETS: Final = 65_536
"""Octets of all that is read in one dialogue."""


class Lines:
    """What is said and heard on one stream, line by line; lines are without their ends.

    A line may end in a mere LF: no mail program takes offence at it, and so nobody would miss the service.
    """

    def __init__(self, stream: Stream, longest: int = LONGEST_LINE, most: int = MOST_OCTETS) -> None:
        self.stream = stream
        self._longest = longest
        self._left = most
        self._held = bytearray()

    async def say(self, line: bytes) -> None:
        """Send `line` with its end."""
        await self.stream.send(line + b"\r\n")

    async def hear(self) -> bytes:
        """Return the next line. Raises ProbeFailure: OVERSIZE where a bound is passed, CLOSED where none comes."""
        looked = 0
        while (end := self._held.find(b"\n", looked, self._longest)) < 0:
            if len(self._held) >= self._longest:
                raise ProbeFailure(Reason.OVERSIZE, f"a line is longer than {self._longest} bytes")
            looked = len(self._held)
            await self._more()
        return self._taken(end + 1).removesuffix(b"\n").removesuffix(b"\r")

    async def octets(self, count: int) -> bytes:
        """Return the next `count` octets, whatever they are."""
        if count > self._left + len(self._held):
            raise ProbeFailure(Reason.OVERSIZE, f"{count} bytes are announced, more than are read")
        while len(self._held) < count:
            await self._more()
        return self._taken(count)

    def expect_silence(self) -> None:
        """Raise ProbeFailure where more has come than was asked for, as it must not before TLS begins.

        What somebody slipped in on the way would otherwise be taken for what was said under TLS (CVE-2011-0411).
        """
        if self._held:
            raise ProbeFailure(Reason.PROTOCOL, "more was said in plain text after TLS had been agreed on")

    async def _more(self) -> None:
        came = await self.stream.receive()
        if not came:
            raise ProbeFailure(Reason.CLOSED, "the far end closed the connection in the middle of the dialogue")
        self._left -= len(came)
        if self._left < 0:
            raise ProbeFailure(Reason.OVERSIZE, "the far end says more than is read in one dialogue")
        self._held += came

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken
