"""Which hosts take a domain's mail (RFC 5321, 5.1): asked of name servers, not of the system's own resolver.

The system's resolver knows no MX records, and its /etc/hosts would answer what mail servers elsewhere do not see.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import dns.exception
import dns.name

from ictss_monitor.probe import ProbeFailure, ProbeTrouble, Reason, excuse
from probes._dns_exchange import ask_tcp, ask_udp
from probes._dns_wire import Question, Reply, read
from probes._resolve import Address, literal_address

PORT: Final = 53
RESOLV_CONF: Final = Path("/etc/resolv.conf")
MOST_SERVERS: Final = 3
"""Name servers that are asked, as by glibc (resolv.conf(5))."""
SECONDS_EACH: Final = 2.0
"""How long a name server may take before the next is asked (RFC 1035, 7.2: try the next server)."""
MOST_EXCHANGERS: Final = 16
MOST_ADDRESSES: Final = 8
"""Addresses of one exchanger that are tried."""

A: Final = 1
MX: Final = 15
AAAA: Final = 28
FAMILIES: Final = {AAAA: socket.AF_INET6, A: socket.AF_INET}
NO_ERROR: Final = 0
NO_SUCH_NAME: Final = 3


def system_servers(path: Path = RESOLV_CONF) -> list[Address]:
    """Return the name servers of this machine; its own where none is named (resolv.conf(5))."""
    try:
        lines = [line.split() for line in path.read_text(errors="replace").splitlines()]
    except OSError as error:
        raise ProbeTrouble(Reason.RESOLVER, f"{path}: {error.strerror}") from None
    named = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"] or ["127.0.0.1"]
    found = [address for name in named if (address := literal_address(name, PORT)) is not None]
    if not found:
        raise ProbeTrouble(Reason.RESOLVER, f"{path} names no name server by its address")
    return found[:MOST_SERVERS]


def wire_name(domain: str) -> bytes:
    """Return `domain`, taken as absolute, in lower-case wire form. Raises ValueError."""
    try:
        return dns.name.from_text(domain).canonicalize().to_wire() or b""
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"{domain!r} is not a domain name: {error}") from None


def text_name(wire: bytes) -> str:
    """Return a name in wire form as text, without the last dot."""
    return dns.name.from_wire(wire, 0)[0].to_text(omit_final_dot=True)


class NameServers:
    """Name servers that are asked in order: the next one where one is silent, or cannot or will not answer."""

    def __init__(self, servers: Sequence[Address]) -> None:
        self._servers = servers

    async def exchangers(self, domain: bytes) -> list[bytes]:
        """Return the names of the hosts that take mail for `domain`, the preferred first, each once.

        Without MX records that is the domain itself. Raises ProbeFailure: NAME where the domain does not exist,
        MISMATCH where it says that it takes no mail (RFC 7505), OVERSIZE where it has too many exchangers.
        """
        keys = sorted(await self._answers(domain, MX))
        names = list(dict.fromkeys(key[2:] for key in keys))
        if not names:
            return [domain]
        if names == [b"\0"]:
            raise ProbeFailure(Reason.MISMATCH, "the domain says that it takes no mail (null MX)")
        if len(names) > MOST_EXCHANGERS:
            raise ProbeFailure(Reason.OVERSIZE, f"the domain has {len(names)} exchangers, more than {MOST_EXCHANGERS}")
        return names

    async def addresses(self, host: bytes, port: int, family: int) -> list[Address]:
        """Return the addresses of `host` with `port`, IPv6 first; `family` as in sockets, 0 for both.

        Raises ProbeFailure(NAME) where it has none. Of one family alone nothing may be known (there are servers that
        answer no question for AAAA): then those of the other do.
        """
        found: list[Address] = []
        troubles: list[ProbeTrouble] = []
        for kind in (AAAA, A):
            if family in (0, FAMILIES[kind]):
                try:
                    texts = [socket.inet_ntop(FAMILIES[kind], key) for key in await self._answers(host, kind)]
                except ProbeTrouble as trouble:
                    troubles.append(trouble)
                else:
                    found += [address for text in texts if (address := literal_address(text, port)) is not None]
        if not found and troubles:
            raise troubles[0]
        if not found:
            raise ProbeFailure(Reason.NAME, "the name has no address")
        return found[:MOST_ADDRESSES]

    async def _answers(self, name: bytes, kind: int) -> list[bytes]:
        """Return the data of the records of `name`, from the first server that knows."""
        question = Question(name, kind)
        for server in self._servers:
            reply = await _reply(server, question)
            if reply is not None and reply.rcode == NO_SUCH_NAME:
                raise ProbeFailure(Reason.NAME, f"the name {text_name(name)} does not exist")
            if reply is not None and reply.rcode == NO_ERROR:
                return [answer.key for answer in reply.answers]
        raise ProbeTrouble(Reason.RESOLVER, f"no name server could look up {text_name(name)}")


async def _reply(server: Address, question: Question) -> Reply | None:
    """Return what `server` replies; None where it does not, or nothing that can be read."""
    try:
        async with asyncio.timeout(SECONDS_EACH):
            reply = read(await ask_udp(server, question), question)
            return read(await ask_tcp([server], question), question) if reply.truncated else reply
    except asyncio.CancelledError as cancelled:
        excuse(
            cancelled, ProbeTrouble(Reason.RESOLVER, f"no name server answered for {text_name(question.name)} in time")
        )
        raise
    except (ProbeFailure, OSError):
        return None
