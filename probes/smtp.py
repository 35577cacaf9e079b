"""SMTP (RFC 5321): the greeting comes, EHLO is answered, TLS is agreed and a login accepted where asked for."""

from __future__ import annotations

from time import perf_counter
from typing import ClassVar, Final

from pydantic import Field

from ictss_monitor.probe import ProbeFailure, Reason
from probes._mail import MailOptions, MailProbe, TlsUse, expect_capabilities
from probes._smtp import HELLO_NAME, PORT, Offer, SmtpDialogue
from probes._stream import Stream

IMPLICIT_TLS_PORT: Final = 465


class SmtpOptions(MailOptions):
    """What a check of a server that takes mail can be told."""

    ports: ClassVar[tuple[int, int]] = (PORT, IMPLICIT_TLS_PORT)

    address: str = Field(
        description="host, host:port or [IPv6 address]:port; the port is 25 where not said, 465 with tls: implicit",
        min_length=1,
    )
    tls: TlsUse = Field(
        "none",
        description="none; if_offered: by STARTTLS where the server offers it; starttls: it must; implicit: at once",
    )
    helo: str | None = Field(
        None,
        description="Name to say in EHLO; where not said, the address that we come from",
        pattern=f"^({HELLO_NAME})$",
    )


class SmtpProbe(MailProbe[SmtpOptions, SmtpDialogue]):
    """Talks to a mail server up to where a mail would be sent, and takes its leave."""

    options_model = SmtpOptions
    dialogue = SmtpDialogue

    async def talk(
        self, dialogue: SmtpDialogue, stream: Stream, options: SmtpOptions, phases: dict[str, float]
    ) -> None:
        """Say and hear what the options ask for."""
        connected = perf_counter()
        await dialogue.greeting()
        phases["banner_seconds"] = perf_counter() - connected
        offer = await dialogue.hello(options.helo)
        if options.tls == "starttls" or (options.tls == "if_offered" and "STARTTLS" in offer):
            offer = await self._upgraded(dialogue, stream, options, phases, offer)
        expect_capabilities(options.expect_capabilities, (" ".join((word, *more)) for word, more in offer.items()))
        if options.credentials is not None:
            began = perf_counter()
            await dialogue.login(options.credentials, offer)
            phases["login_seconds"] = perf_counter() - began

    async def _upgraded(
        self, dialogue: SmtpDialogue, stream: Stream, options: SmtpOptions, phases: dict[str, float], offer: Offer
    ) -> Offer:
        """Return what is offered under TLS, and STARTTLS: an EHLO says that only before (RFC 3207, 4.2)."""
        if "STARTTLS" not in offer:
            raise ProbeFailure(Reason.MISMATCH, "STARTTLS is not offered")

        async def ask(asked: Stream) -> None:
            if asked is stream:
                return await dialogue.start_tls()
            other = SmtpDialogue(asked)
            await other.greeting()
            await other.hello(options.helo)
            return await other.start_tls()

        await self._opener.upgrade(stream, options.terms(options.destination[0]), phases, ask)
        return {"STARTTLS": frozenset(), **await dialogue.hello(options.helo)}


PROBE = SmtpProbe
