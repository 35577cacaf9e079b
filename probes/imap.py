"""IMAP (RFC 9051, 3501): the greeting comes, capabilities are told, TLS is agreed and a login accepted if asked for."""

from __future__ import annotations

from time import perf_counter
from typing import ClassVar, Final

from pydantic import Field

from ictss_monitor.probe import ProbeFailure, Reason
from probes._imap import ImapDialogue
from probes._mail import MailOptions, MailProbe, TlsUse, expect_capabilities
from probes._stream import Stream

PORT: Final = 143
IMPLICIT_TLS_PORT: Final = 993


class ImapOptions(MailOptions):
    """What a check of a server of mailboxes can be told."""

    ports: ClassVar[tuple[int, int]] = (PORT, IMPLICIT_TLS_PORT)

    address: str = Field(
        description="host, host:port or [IPv6 address]:port; the port is 993 where not said, 143 without tls: implicit",
        min_length=1,
    )
    tls: TlsUse = Field(
        "implicit",
        description="implicit: at once; starttls: the server must offer it; if_offered: where it does; none",
    )


class ImapProbe(MailProbe[ImapOptions, ImapDialogue]):
    """Talks to a mailbox server up to where a mailbox would be opened, and takes its leave."""

    options_model = ImapOptions
    dialogue = ImapDialogue

    async def talk(
        self, dialogue: ImapDialogue, stream: Stream, options: ImapOptions, phases: dict[str, float]
    ) -> None:
        """Say and hear what the options ask for."""
        connected = perf_counter()
        known = await dialogue.greeting()
        phases["banner_seconds"] = perf_counter() - connected
        offered = await dialogue.capabilities()
        if options.tls == "starttls" or (options.tls == "if_offered" and "STARTTLS" in offered):
            if known:
                raise ProbeFailure(Reason.MISMATCH, "greeted with PREAUTH, after which TLS cannot begin any more")
            offered = await self._upgraded(dialogue, stream, options, phases, offered)
        if options.credentials is not None and not known:
            began = perf_counter()
            await dialogue.login(options.credentials, offered)
            phases["login_seconds"] = perf_counter() - began
            if options.expect_capabilities:
                offered |= await dialogue.capabilities()
        expect_capabilities(options.expect_capabilities, offered)
        await dialogue.noop()

    async def _upgraded(
        self,
        dialogue: ImapDialogue,
        stream: Stream,
        options: ImapOptions,
        phases: dict[str, float],
        offered: frozenset[str],
    ) -> frozenset[str]:
        """Return the capabilities under TLS, and STARTTLS, which is told of only before (RFC 9051, 6.2.1)."""
        if "STARTTLS" not in offered:
            raise ProbeFailure(Reason.MISMATCH, "STARTTLS is not offered")

        async def ask(asked: Stream) -> None:
            if asked is stream:
                return await dialogue.start_tls()
            other = ImapDialogue(asked)
            await other.greeting()
            return await other.start_tls()

        await self._opener.upgrade(stream, options.terms(options.destination[0]), phases, ask)
        return await dialogue.capabilities() | {"STARTTLS"}


PROBE = ImapProbe
