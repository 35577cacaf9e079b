"""Asks SNMP agents (RFC 1157, 1901, 3412): what the probes `snmp`, `ups` and `environment` share.

class XOptions(SnmpOptions): ...                    # its `target` is what the client takes

class XProbe(Probe[XOptions]):
    def __init__(self) -> None:
        self._client = SnmpClient()

    async def __aexit__(self, *exc) -> None:
        await self._client.__aexit__(*exc)

    async def run(self, options: XOptions) -> Finding:
        answered = await self._client.get(options.target, ["1.3.6.1.2.1.1.2.0", ...])
        phases = await self._client.column(options.target, "1.3.6.1.2.1.33.1.4.4.1.5", most_rows=20)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Final, Self

from ictss_monitor.probe import ProbeFailure, Reason
from probes._ber import Malformed
from probes._resolve import Resolver
from probes._snmp_ber import Value, oid, oid_text
from probes._snmp_dialects import ByCommunity, ByUser, Dialect, Known
from probes._snmp_link import Link
from probes._snmp_message import (
    GET,
    GET_BULK,
    GET_NEXT,
    NO_ERROR,
    NO_SUCH_NAME,
    STATUS,
    TOO_BIG,
    Binding,
    Pdu,
)
from probes._snmp_options import SnmpOptions, Target

__all__ = ["SnmpClient", "SnmpOptions", "Target", "Value"]

MOST_AT_ONCE: Final = 24
"""Objects in one request: an answer that fits into one packet as a rule."""


class SnmpClient:
    """Asks any number of agents, in any version, any number at once; one object serves a probe for its life.

    What goes wrong is raised: ConnectionRefusedError and other OSErrors; ProbeFailure with TIMEOUT (no answer to
    `tries` requests), STATUS (the agent answers with an error, or refuses user or password), PROTOCOL (what comes is
    no SNMP) or OVERSIZE; and what the resolver raises. A missing object is no error.
    """

    def __init__(self) -> None:
        self._resolver = Resolver()
        self._known: Known = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resolver.close()
        self._known.clear()

    async def get(self, target: Target, oids: Sequence[str]) -> dict[str, Value]:
        """Return the values of those of `oids` (in numbers, without a leading dot) that the agent has, by GET.

        Many are asked for in several requests; one that the agent does not have costs the others nothing, in version 1
        neither (it costs a request more there).
        """
        names = tuple(dict.fromkeys(oids))
        asked = {oid(name): name for name in names}
        found: dict[str, Value] = {}
        async with self._talking(target) as dialect:
            for at in range(0, len(names), MOST_AT_ONCE):
                bindings = await _got(dialect, names[at : at + MOST_AT_ONCE])
                if bindings and not any(binding.name in asked for binding in bindings):
                    raise ProbeFailure(Reason.PROTOCOL, "the agent answers with objects that it was not asked for")
                for binding in bindings:
                    name = asked.get(binding.name)
                    if name is not None and binding.value is not None:
                        found[name] = binding.value
        return found

    async def walk(self, target: Target, base: str, most_rows: int = 1000) -> list[tuple[str, Value]]:
        """Return all objects below `base` in the agent's order, as (oid, value): GETBULK, in version 1 GETNEXT.

        More than `most_rows` raise ProbeFailure(OVERSIZE); objects that do not ascend, ProbeFailure(PROTOCOL).
        """
        rows: list[tuple[str, Value]] = []
        last, last_parts = base, parts_of(base)
        depth, inside, seen = len(last_parts), last_parts, 0
        async with self._talking(target) as dialect:
            bulk = target.version != "1"
            while True:
                bindings = await _followers(dialect, last, min(MOST_AT_ONCE, most_rows + 1 - seen), bulk=bulk)
                for binding in bindings:
                    last = _name(binding)
                    parts = parts_of(last)
                    if binding.end or parts[:depth] != inside:
                        return rows
                    if parts <= last_parts:
                        raise ProbeFailure(Reason.PROTOCOL, f"the agent's objects do not ascend at {last}")
                    last_parts, seen = parts, seen + 1
                    if seen > most_rows:
                        raise ProbeFailure(Reason.OVERSIZE, f"more than {most_rows} objects below {base}")
                    if binding.value is not None:
                        rows.append((last, binding.value))
                if not bindings:
                    return rows

    async def column(self, target: Target, base: str, most_rows: int = 1000) -> dict[str, Value]:
        """Return the column `base` of a table by index: what is left of the oid behind `base` ("1", "10.0.0.1")."""
        return {name[len(base) + 1 :]: value for name, value in await self.walk(target, base, most_rows)}

    @asynccontextmanager
    async def _talking(self, target: Target) -> AsyncIterator[Dialect]:
        addresses = await self._resolver.addresses(target.host, target.port)
        async with Link(addresses, target.retry_seconds, target.tries, hint_for(target)) as link:
            if target.user is None:
                yield ByCommunity(link, target)
            else:
                yield ByUser(link, target, target.user, self._known)


def hint_for(target: Target) -> str:
    """Return what else than a dead agent is met with silence."""
    if target.user is None:
        return "agents meet a wrong community with silence too"
    return (
        "some agents meet a wrong priv_password with silence too"
        if target.user.priv != "none"
        else "not even a refusal"
    )


def parts_of(name: str) -> tuple[int, ...]:
    """Return the numbers of an object identifier, which compare as agents order them."""
    return tuple(map(int, name.split(".")))


def _name(binding: Binding) -> str:
    try:
        return oid_text(binding.name)
    except Malformed as error:
        raise ProbeFailure(Reason.PROTOCOL, f"the answer is no SNMP message: {error}") from None


async def _got(dialect: Dialect, names: tuple[str, ...]) -> list[Binding]:
    """Return the answer to a GET for `names`, asked anew without those that the agent does not have.

    An agent of version 1 (and some later ones) answers nothing at all where one object is missing, and says which one;
    where it says that wrongly, or where the answer would be too big, the request is cut in two.
    """
    while names:
        answer = await dialect.ask(GET, names, 0)
        if answer.status == NO_ERROR:
            if not answer.bindings:
                raise ProbeFailure(Reason.PROTOCOL, "the agent answers without the objects that it was asked for")
            return list(answer.bindings)
        if answer.status == NO_SUCH_NAME and 0 < answer.index <= len(names):
            names = names[: answer.index - 1] + names[answer.index :]
            continue
        if answer.status not in (NO_SUCH_NAME, TOO_BIG) or (len(names) == 1 and answer.status == TOO_BIG):
            raise _refusal(answer, names)
        if len(names) == 1:
            break
        half = len(names) // 2
        return [*await _got(dialect, names[:half]), *await _got(dialect, names[half:])]
    return []


async def _followers(dialect: Dialect, last: str, most: int, *, bulk: bool) -> tuple[Binding, ...]:
    """Return up to `most` objects behind `last`; none where the agent has no more."""
    while True:
        answer = await dialect.ask(GET_BULK if bulk else GET_NEXT, (last,), most if bulk else 0)
        if answer.status == NO_ERROR:
            return answer.bindings
        if answer.status == NO_SUCH_NAME:
            return ()
        if answer.status != TOO_BIG or not bulk or most == 1:
            raise _refusal(answer, (last,))
        most //= 2


def _refusal(answer: Pdu, names: tuple[str, ...]) -> ProbeFailure:
    status = STATUS[answer.status] if 0 <= answer.status < len(STATUS) else f"status {answer.status}"
    where = f" at {names[answer.index - 1]}" if 0 < answer.index <= len(names) else ""
    return ProbeFailure(Reason.STATUS, f"the agent answers {status}{where}")
