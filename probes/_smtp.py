"""The client's side of SMTP (RFC 5321) as far as no mail is sent, with STARTTLS (RFC 3207) and AUTH (RFC 4954)."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ictss_monitor.probe import ProbeFailure, Reason
from probes._lines import Lines
from probes._stream import Stream

PORT: Final = 25
REPLY: Final = re.compile(rb"([2-5][0-5][0-9])(?:([ -])(.*))?", re.DOTALL)
HELLO_NAME: Final = r"[A-Za-z0-9.-]+|\[[A-Za-z0-9.:]+\]"
MOST_LINES: Final = 128
"""Lines of one reply; servers with every extension there is send about thirty."""
LONGEST_COMMAND: Final = 510
"""Octets without the line's end (RFC 5321, 4.5.3.1.4)."""
PARTING_SECONDS: Final = 0.25
"""How long the answer to QUIT is waited for. It changes no verdict, so it must not use up the time limit."""
NOT_KNOWN: Final = frozenset({500, 502})
"""Codes by which a server says that it does not know a command: HELO may then do for EHLO (RFC 5321, 3.2)."""

Offer = dict[str, frozenset[str]]
"""What a server offers after EHLO: keywords in capitals, each with its parameters in capitals."""


@dataclass(frozen=True, slots=True)
class SmtpReply:
    """One reply: its code, and the texts of its lines."""

    code: int
    texts: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((str(self.code), *self.texts)).rstrip()


class SmtpDialogue:
    """One conversation with a mail server, over a stream that its caller opens, secures and closes."""

    def __init__(self, stream: Stream) -> None:
        self._lines = Lines(stream)

    async def greeting(self) -> None:
        """Take the server's greeting. Raises ProbeFailure(STATUS) where it sends us away, as 421 and 554 do."""
        reply = await self._reply()
        if reply.code != 220:
            raise ProbeFailure(_reason(reply), f"greeted with {reply}")

    async def hello(self, name: str | None = None) -> Offer:
        """Say EHLO, else HELO, and return what is offered; without `name`, as the address that we come from."""
        name = name or address_literal(self._lines.stream)
        reply = await self._ask(f"EHLO {name}")
        if reply.code in NOT_KNOWN:
            return await self._old_hello(name)
        if reply.code != 250:
            raise ProbeFailure(_reason(reply), f"EHLO was answered {reply}")
        offered = [text.upper().split() for text in reply.texts[1:]]
        return {words[0]: frozenset(words[1:]) for words in offered if words}

    async def _old_hello(self, name: str) -> Offer:
        reply = await self._ask(f"HELO {name}")
        if reply.code != 250:
            raise ProbeFailure(_reason(reply), f"HELO was answered {reply}")
        return {}

    async def start_tls(self) -> None:
        """Have the server agree to begin with TLS; nothing may be read from the stream until that is done."""
        reply = await self._ask("STARTTLS")
        if reply.code != 220:
            raise ProbeFailure(_reason(reply), f"STARTTLS was answered {reply}")
        self._lines.expect_silence()

    async def login(self, credentials: tuple[str, str], offer: Offer) -> None:
        """Log in with a user name and a password by what is offered of PLAIN and LOGIN.

        A refusal is told by its code alone: the server's words could hold the password, encoded as it was sent.
        """
        methods = offer.get("AUTH", frozenset())
        if "PLAIN" in methods:
            code = await self._login_plain(*credentials)
        elif "LOGIN" in methods:
            code = await self._answers("AUTH LOGIN", *(_encoded(each) for each in credentials))
        else:
            raise ProbeFailure(Reason.MISMATCH, "no login that we speak is offered (AUTH PLAIN or LOGIN)")
        if code != 235:
            raise ProbeFailure(Reason.STATUS if code >= 400 else Reason.PROTOCOL, f"the login was answered {code}")

    async def _login_plain(self, user: str, password: str) -> int:
        response = _encoded(f"\0{user}\0{password}")
        whole = f"AUTH PLAIN {response}"
        if len(whole) <= LONGEST_COMMAND:
            return await self._answers(whole)
        return await self._answers("AUTH PLAIN", response)

    async def _answers(self, command: str, *responses: str) -> int:
        """Return the code that ends the exchange of `command` and the `responses` to its challenges."""
        reply = await self._ask(command)
        for response in responses:
            if reply.code != 334:
                break
            reply = await self._ask(response)
        return reply.code

    async def leave(self) -> None:
        """Say QUIT and wait a moment for the answer, as is polite; how it goes no longer matters."""
        with suppress(ProbeFailure, OSError):
            async with asyncio.timeout(PARTING_SECONDS):
                await self._ask("QUIT")

    async def _ask(self, command: str) -> SmtpReply:
        await self._lines.say(command.encode())
        return await self._reply()

    async def _reply(self) -> SmtpReply:
        """Return the next reply, whose lines must all have the same code."""
        code, texts = b"", list[str]()
        while len(texts) < MOST_LINES:
            found = REPLY.fullmatch(await self._lines.hear())
            if found is None or (texts and found[1] != code):
                raise ProbeFailure(Reason.PROTOCOL, "what came is no reply of SMTP")
            code = found[1]
            texts.append((found[3] or b"").decode("utf-8", "replace"))
            if found[2] != b"-":
                return SmtpReply(int(code), tuple(texts))
        raise ProbeFailure(Reason.OVERSIZE, f"a reply has more than {MOST_LINES} lines")


def address_literal(stream: Stream) -> str:
    """Return our own address as a host without a name says it (RFC 5321, 4.1.4 and 4.1.3)."""
    address = str(stream.socket.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _reason(reply: SmtpReply) -> Reason:
    """Return why a reply that is not the one wanted is a failure: it says so itself, or it makes no sense here."""
    return Reason.STATUS if reply.code >= 400 else Reason.PROTOCOL


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()
