"""TLS for probes: one context per trust policy, the certificate's days left, and which way a certificate is bad."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from ictss_monitor.probe import ProbeFailure, ProbeTrouble, Reason
from probes._resolve import Address
from probes._stream import Stream, connect, readable, writable

DAY_SECONDS: Final = 86_400

BAD_CERTIFICATE: Final = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "is issued by an authority that is not trusted (self-signed in its chain)",
    20: "is issued by an authority that is not trusted, or its chain is incomplete",
    21: "is issued by an authority that is not trusted, or its chain is incomplete",
    23: "has been revoked",
    62: "is for another name",
    63: "is for another mail address",
    64: "is for another IP address",
}
"""OpenSSL's verification codes (x509_vfy.h) in words."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom we believe: what certificates are verified against, and which protocol we offer inside (ALPN)."""

    verify: bool = True
    ca_file: str | None = None
    """PEM file of the trusted authorities; None trusts those of the system."""
    alpn: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms TLS is agreed: whom to believe, and under which name the far end must show itself."""

    trust: Trust
    server_name: str


class Contexts:
    """One SSL context per trust policy, made in a thread at its first use.

    With the system's authorities a context costs 20 ms of CPU: far too much for each probe, and for the event loop.
    A `ca_file` that has changed is read again.
    """

    def __init__(self) -> None:
        self._made: dict[Trust, tuple[object, ssl.SSLContext]] = {}
        self._making = asyncio.Lock()

    async def context(self, trust: Trust) -> ssl.SSLContext:
        """Return the context of `trust`. Raises ProbeTrouble(CONFIGURATION) for a `ca_file` that cannot be used."""
        version = file_version(trust.ca_file)
        made = self._made.get(trust)
        if made is not None and made[0] == version:
            return made[1]
        async with self._making:
            made = self._made.get(trust)
            if made is None or made[0] != version:
                made = version, await asyncio.to_thread(new_context, trust)
                self._made[trust] = made
        return made[1]


def file_version(path: str | None) -> object:
    """Return what changes when the file at `path` does; None for no file."""
    if path is None:
        return None
    try:
        status = os.stat(path)
    except OSError as error:
        raise ProbeTrouble(Reason.CONFIGURATION, f"ca_file {path}: {error.strerror}") from None
    return status.st_mtime_ns, status.st_size, status.st_ino


def new_context(trust: Trust) -> ssl.SSLContext:
    """Return a client's context for `trust`: TLS 1.2 or later, names checked where certificates are."""
    if trust.verify:
        try:
            context = ssl.create_default_context(cafile=trust.ca_file)
        except OSError as error:
            detail = f"ca_file {trust.ca_file}: {error.strerror or error}"
            raise ProbeTrouble(Reason.CONFIGURATION, detail) from None
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if trust.alpn is not None:
        context.set_alpn_protocols([trust.alpn])
    return context


async def secure(stream: Stream, context: ssl.SSLContext, server_name: str) -> None:
    """Shake hands on the connected `stream`, which speaks TLS from then on.

    Raises ProbeFailure(CERTIFICATE) for a certificate that cannot be believed, ProbeFailure(TLS) for every other
    refusal, ProbeFailure(CLOSED) where the far end hangs up.
    """
    try:
        secured = context.wrap_socket(stream.socket, do_handshake_on_connect=False, server_hostname=server_name)
    except ValueError as error:
        raise ProbeTrouble(Reason.CONFIGURATION, f"server_name {server_name!r}: {error}") from None
    except OSError as error:
        raise reset_if_gone(error) from error
    stream.socket = secured
    try:
        while True:
            try:
                return secured.do_handshake()
            except ssl.SSLWantReadError:
                await readable(secured)
            except ssl.SSLWantWriteError:
                await writable(secured)
    except ssl.SSLError as error:
        raise judged(error, server_name) from error
    except OSError as error:
        raise reset_if_gone(error) from error


def reset_if_gone(error: OSError) -> OSError:
    """Return `error`; but a far end that reset the connection before we began is told by ssl as "not connected"."""
    return ConnectionResetError(errno.ECONNRESET, "reset before TLS") if error.errno == errno.ENOTCONN else error


def judged(error: ssl.SSLError, server_name: str) -> ProbeFailure:
    """Return what an error of TLS means: a certificate that is not to be believed, a hang-up, or another refusal."""
    if isinstance(error, ssl.SSLCertVerificationError):
        fault = BAD_CERTIFICATE.get(error.verify_code, f"is not acceptable ({error.verify_message})")
        return ProbeFailure(Reason.CERTIFICATE, f"the certificate for {server_name} {fault}")
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return ProbeFailure(Reason.CLOSED, "the far end closed the connection during TLS")
    what = (error.reason or "not TLS").replace("_", " ").lower()
    return ProbeFailure(Reason.TLS, f"TLS failed: {what}")


def days_left(sock: socket.socket) -> float | None:
    """Return the days until the far end's certificate expires, negative once it has; None where it sent none."""
    encoded = sock.getpeercert(binary_form=True) if isinstance(sock, ssl.SSLSocket) else None
    if encoded is None:
        return None
    expires = x509.load_der_x509_certificate(encoded).not_valid_after_utc
    # Validity is a matter of the calendar, not of durations: OpenSSL compares with this same clock.
    return (expires.timestamp() - time.time()) / DAY_SECONDS  # noqa: TID251


async def days_left_unbelieved(
    address: Address,
    context: ssl.SSLContext,
    server_name: str,
    within: float,
    ask: Callable[[Stream], Awaitable[None]] | None = None,
) -> float | None:
    """Return the days left of a certificate that failed verification; None where they cannot be had `within` seconds.

    OpenSSL does not hand out a certificate that it has refused, so this asks for it again without verifying; where TLS
    begins in the midst of a protocol, `ask` asks for that first.
    """
    with suppress(ProbeFailure, ProbeTrouble, OSError, TimeoutError, ValueError):
        async with asyncio.timeout(within), await connect([address]) as stream:
            if ask is not None:
                await ask(stream)
            await secure(stream, context, server_name)
            return days_left(stream.socket)
    return None
