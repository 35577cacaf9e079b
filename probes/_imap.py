"""The client's side of IMAP (RFC 9051, 3501) as far as no mailbox is opened: tagged commands and their responses."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections import deque
from contextlib import suppress
from typing import Final

from ictss_monitor.probe import ProbeFailure, Reason
from probes._lines import Lines
from probes._stream import Stream

CONDITION: Final = re.compile(rb"(OK|NO|BAD|BYE|PREAUTH)(?: (.*))?", re.IGNORECASE | re.DOTALL)
LITERAL: Final = re.compile(rb"\{([0-9]{1,9})\+?\}$")
QUOTABLE: Final = re.compile(rb"[\x20-\x7e]*")
WHY_REFUSED: Final = re.compile(
    rb"\[(AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|UNAVAILABLE|EXPIRED|PRIVACYREQUIRED|CONTACTADMIN|LIMIT)\]",
    re.IGNORECASE,
)
"""Response codes of a refused login (RFC 5530): a closed list, so that nothing else of the server's words is told."""
VERSIONS: Final = frozenset({"IMAP4REV1", "IMAP4REV2"})
MOST_RESPONSES: Final = 256
"""Responses to one command."""
PARTING_SECONDS: Final = 0.25
"""How long the answer to LOGOUT is waited for. It changes no verdict, so it must not use up the time limit."""


class ImapDialogue:
    """One conversation with a mailbox server, over a stream that its caller opens, secures and closes."""

    def __init__(self, stream: Stream) -> None:
        self._lines = Lines(stream)
        self._commands = 0

    async def greeting(self) -> bool:
        """Take the greeting; tell whether the server holds us for logged in. Raises ProbeFailure(STATUS) for BYE."""
        line = await self._response()
        found = CONDITION.fullmatch(line[2:]) if line.startswith(b"* ") else None
        how = found[1].upper() if found else b""
        if how == b"BYE":
            raise ProbeFailure(Reason.STATUS, f"greeted with {line[2:].decode('utf-8', 'replace')}")
        if how not in (b"OK", b"PREAUTH"):
            raise ProbeFailure(Reason.PROTOCOL, "what came is no greeting of IMAP")
        return how == b"PREAUTH"

    async def capabilities(self) -> frozenset[str]:
        """Return what the server can do at this point, in capitals."""
        offered: set[str] = set()
        for response in await self._command(b"CAPABILITY"):
            words = response.decode("ascii", "replace").upper().split()
            if words[:1] == ["CAPABILITY"]:
                offered.update(words[1:])
        if not offered & VERSIONS:
            raise ProbeFailure(Reason.PROTOCOL, "neither IMAP4rev1 nor IMAP4rev2 is among the capabilities")
        return frozenset(offered)

    async def start_tls(self) -> None:
        """Have the server agree to begin with TLS; nothing may be read from the stream until that is done."""
        await self._command(b"STARTTLS")
        self._lines.expect_silence()

    async def login(self, credentials: tuple[str, str], offered: frozenset[str]) -> None:
        """Log in with a user name and a password, by AUTHENTICATE PLAIN where offered, else by LOGIN."""
        user, password = (each.encode() for each in credentials)
        if "AUTH=PLAIN" in offered:
            response = b64encode(b"\0" + user + b"\0" + password)
            await self._command(b"AUTHENTICATE PLAIN", response)
        elif "LOGINDISABLED" in offered:
            raise ProbeFailure(Reason.MISMATCH, "no login that we speak is offered (AUTH=PLAIN or LOGIN)")
        else:
            await self._command(*login_command(user, password))

    async def noop(self) -> None:
        """Have the server do nothing, and say so."""
        await self._command(b"NOOP")

    async def leave(self) -> None:
        """Say LOGOUT and wait a moment for the answer, as is polite; how it goes no longer matters."""
        with suppress(ProbeFailure, OSError):
            async with asyncio.timeout(PARTING_SECONDS):
                await self._command(b"LOGOUT")

    async def _command(self, command: bytes, *continued: bytes) -> list[bytes]:
        """Return the untagged responses to `command`; what is `continued` is said where the server asks for it.

        Raises ProbeFailure(STATUS) where it is refused. No words of the server's are told: they could hold a secret.
        """
        self._commands += 1
        tag, name = b"m%d" % self._commands, command.split(b" ")[0].decode()
        left, untagged = deque(continued), list[bytes]()
        await self._lines.say(tag + b" " + command)
        for _ in range(MOST_RESPONSES):
            response = await self._response()
            if response.startswith(tag + b" "):
                _expect_ok(response[len(tag) + 1 :], name)
                if left:
                    raise ProbeFailure(Reason.PROTOCOL, f"{name} was answered OK before it was complete")
                return untagged
            if response.startswith(b"+"):
                if not left:
                    raise ProbeFailure(Reason.PROTOCOL, f"more was asked for than {name} has")
                await self._lines.say(left.popleft())
            elif response.startswith(b"* "):
                untagged.append(response[2:])
                if name != "LOGOUT" and _condition(response[2:]) == b"BYE":
                    raise ProbeFailure(Reason.STATUS, f"{name} was answered BYE")
            else:
                raise ProbeFailure(Reason.PROTOCOL, "what came is no response of IMAP")
        raise ProbeFailure(Reason.OVERSIZE, f"{name} has more than {MOST_RESPONSES} responses")

    async def _response(self) -> bytes:
        """Return the next response whole, with the literals in it: octets that may hold line ends."""
        response = bytearray()
        while True:
            line = await self._lines.hear()
            response += line
            literal = LITERAL.search(line)
            # The text for people at the end of a condition may look like the announcement of a literal; it is none.
            if literal is None or response.startswith(b"+") or _condition(bytes(response.partition(b" ")[2])):
                return bytes(response)
            response += await self._lines.octets(int(literal[1]))


def login_command(user: bytes, password: bytes) -> list[bytes]:
    """Return the pieces of LOGIN: quoted where that can be, else as literals, before which the server is waited for."""
    pieces = [b"LOGIN"]
    for text in (user, password):
        if QUOTABLE.fullmatch(text):
            pieces[-1] += b' "' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        else:
            pieces[-1] += b" {%d}" % len(text)
            pieces.append(text)
    return pieces


def _condition(text: bytes) -> bytes:
    """Return the condition that a response after its tag tells of, in capitals; nothing where it tells of none."""
    found = CONDITION.fullmatch(text)
    return found[1].upper() if found else b""


def _expect_ok(told: bytes, name: str) -> None:
    how = _condition(told)
    if how in (b"NO", b"BAD"):
        why = WHY_REFUSED.search(told)
        more = f" ({why[1].decode().upper()})" if why else ""
        raise ProbeFailure(Reason.STATUS, f"{name} was answered {how.decode()}{more}")
    if how != b"OK":
        raise ProbeFailure(Reason.PROTOCOL, f"{name} has no answer that makes sense")
