"""Echo (RFC 862): what is sent comes back."""

from __future__ import annotations

import asyncio
from time import perf_counter

from pydantic import Field

from ictss_monitor.probe import Finding, Outcome, Probe, ProbeFailure, ProbeOptions, Reason


class EchoOptions(ProbeOptions):
    """Where, and what is sent."""

    port: int = Field(7, description="TCP port", ge=1, le=65_535)
    text: str = Field("ping", description="What is sent, and must come back", min_length=1, max_length=1000)


class EchoProbe(Probe[EchoOptions]):
    """Sends a line and waits for it to come back."""

    options_model = EchoOptions

    async def run(self, options: EchoOptions) -> Finding:
        """Measure the time from connected to echoed."""
        reader, writer = await asyncio.open_connection(options.address, options.port)
        try:
            begun = perf_counter()
            sent = options.text.encode()
            writer.write(sent)
            came = await reader.readexactly(len(sent))
        finally:
            writer.transport.abort()
        if came != sent:
            raise ProbeFailure(Reason.MISMATCH, "what came back is not what was sent")
        return Finding(Outcome.UP, latency=perf_counter() - begun)


PROBE = EchoProbe
