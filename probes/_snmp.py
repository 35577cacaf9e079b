"""Asks SNMP agents (RFC 1157, 1901, 3412): what the probes `snmp`, `ups` and `environment` share.

class XOptions(SnmpOptions): ...                    # its `target` is what the client takes

class XProbe(Probe[XOptions]):
    async def __aenter__(self) -> Self:
        self._client = await self._stack.enter_async_context(SnmpClient())

    async def run(self, options: XOptions) -> Finding:
        answered = await self._client.get(options.target, ["1.3.6.1.2.1.1.2.0", ...])
        phases = await self._client.column(options.target, "1.3.6.1.2.1.33.1.4.4.1.5", most_rows=20)
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self, TypeAlias

from probes._snmp_options import SnmpOptions, Target

__all__ = ["SnmpClient", "SnmpOptions", "Target", "Value"]

Value: TypeAlias = "int | float | bytes | str"
"""What an object holds. INTEGER, Counter, Gauge and TimeTicks (hundredths of a second) are int; OCTET STRING and Opaque
are bytes, but an Opaque with a float or double in it is float; OBJECT IDENTIFIER ("1.3.6.1.4.1.318") and IpAddress
("10.0.0.1") are str. What the agent does not have, and what is NULL, has no value: it is left out of answers."""


class SnmpClient:
    """Asks any number of agents, in any version, any number at once; one object serves a probe for its life.

    What goes wrong is raised: ConnectionRefusedError and other OSErrors; ProbeFailure with TIMEOUT (no answer to
    `tries` requests), STATUS (the agent answers with an error, or refuses user or password), PROTOCOL (what comes is
    no SNMP) or OVERSIZE; and what the resolver raises. A missing object is no error.
    """

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def get(self, target: Target, oids: Sequence[str]) -> dict[str, Value]:
        """Return the values of those of `oids` (in numbers, without a leading dot) that the agent has, by GET.

        Many are asked for in several requests; one that the agent does not have costs the others nothing, in version 1
        neither (it costs a request more there).
        """
        raise NotImplementedError

    async def walk(self, target: Target, base: str, most_rows: int = 1000) -> list[tuple[str, Value]]:
        """Return all objects below `base` in the agent's order, as (oid, value): GETBULK, in version 1 GETNEXT.

        More than `most_rows` raise ProbeFailure(OVERSIZE); objects that do not ascend, ProbeFailure(PROTOCOL).
        """
        raise NotImplementedError

    async def column(self, target: Target, base: str, most_rows: int = 1000) -> dict[str, Value]:
        """Return the column `base` of a table by index: what is left of the oid behind `base` ("1", "10.0.0.1")."""
        raise NotImplementedError
