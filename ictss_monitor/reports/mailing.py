"""Sending mail through the relay of the catalogue."""

from __future__ import annotations

from base64 import b64encode
from email.message import EmailMessage
from typing import Final

from ictss_monitor.catalogue.terms import Mail
from ictss_monitor.errors import MonitorError
from ictss_monitor.probing.redaction import HIDDEN, one_line

TIME_LIMIT: Final = 60.0
"""Seconds for each answer of the relay."""


async def send(message: EmailMessage, relay: Mail) -> tuple[str, ...]:
    """Send `message` through `relay`; return those of its recipients whom the relay refused, with what it said.

    Raises MonitorError, without the password, where the relay takes it for nobody.
    """
    import aiosmtplib  # it takes a tenth of a second, and most daemons send no mail

    try:
        refused, _ = await aiosmtplib.send(
            message,
            hostname=relay.host,
            port=relay.port,
            start_tls=relay.starttls,
            username=relay.username,
            password=relay.password,
            timeout=TIME_LIMIT,
        )
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        said = _without_password(f"{type(error).__name__}: {error}", relay)
        raise MonitorError(f"the mail relay {relay.host}:{relay.port} did not take it: {said}") from None
    return tuple(f"{each}: {_without_password(str(answer), relay)}" for each, answer in refused.items())


def _without_password(text: str, relay: Mail) -> str:
    """Return `text` on one line without the password: a relay may repeat what it was told."""
    if relay.password:
        login = f"\0{relay.username}\0{relay.password}"
        for secret in (relay.password, *(b64encode(each.encode()).decode() for each in (relay.password, login))):
            text = text.replace(secret, HIDDEN)
    return one_line(text)
