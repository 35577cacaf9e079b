"""What the client for SNMP does with agents that are slow, lossy, small, broken or hostile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from pysnmp.proto import rfc1902
from support.servers import refusing
from support.snmp_agents import agent, answer, answer_about, question, scripted

from ictss_monitor.probe import ProbeFailure, ProbeTrouble, Reason
from probes._snmp import MOST_AT_ONCE, SnmpClient, SnmpOptions, Target, Value

BASE = "1.3.6.1.4.1.99999.1"
MIB = {f"{BASE}.{n}.0": n for n in range(1, 61)}
OTHER = "1.3.6.1.4.1.99999.2.0"

VERSIONS = pytest.mark.parametrize("version", ["1", "2c"])


def target(port: int, version: str = "2c", **more: Any) -> Target:
    """Return an agent on loopback."""
    told = {"address": f"127.0.0.1:{port}", "version": version, "community": "public", "retry_seconds": 0.2, **more}
    return SnmpOptions(**told).target


def asked(port: int, *oids: str, version: str = "2c", **more: Any) -> dict[str, Value]:
    """Return what an agent answers to a GET."""

    async def ask() -> dict[str, Value]:
        async with SnmpClient() as client:
            return await client.get(target(port, version, **more), oids)

    return asyncio.run(ask())


def walked(port: int, base: str = BASE, most: int = 1000, version: str = "2c") -> list[tuple[str, Value]]:
    """Return what an agent has below `base`."""

    async def ask() -> list[tuple[str, Value]]:
        async with SnmpClient() as client:
            return await client.walk(target(port, version), base, most)

    return asyncio.run(ask())


@VERSIONS
def test_missing_objects_cost_the_others_nothing(version: str) -> None:
    """Not in version 1 either, whose agents answer nothing at all where one is missing."""
    present = [f"{BASE}.{n}.0" for n in (1, 2, 3)]
    missing = ["1.3.6.1.4.1.99999.7.0", "1.3.6.1.4.1.99999.8.0"]
    with scripted(MIB) as port:
        found = asked(port, missing[0], *present, missing[1], present[0], version=version)
    assert found == dict(zip(present, (1, 2, 3), strict=True))


@VERSIONS
def test_all_missing_is_an_empty_answer(version: str) -> None:
    """And no error."""
    with scripted(MIB) as port:
        assert asked(port, "1.3.6.1.4.1.99999.7.0", version=version) == {}


def test_many_objects_are_asked_for_in_several_requests() -> None:
    """None has more than fit into one packet."""
    sizes = []

    def respond(wire: bytes) -> Iterable[bytes]:
        sizes.append(len(question(wire)[0]))
        return [answer(wire, MIB)]

    with agent(respond) as port:
        assert len(asked(port, *MIB)) == len(MIB)
    assert sizes == [MOST_AT_ONCE, MOST_AT_ONCE, len(MIB) - 2 * MOST_AT_ONCE]


@VERSIONS
def test_request_too_big_for_the_agent_is_cut_in_two(version: str) -> None:
    """Until its answer fits."""
    with agent(lambda wire: [answer(wire, MIB, status=int(len(question(wire)[0]) > 5))]) as port:
        assert len(asked(port, *MIB, version=version)) == len(MIB)


def test_walk_too_big_for_the_agent_asks_for_less() -> None:
    """An agent that cannot answer 24 objects at once is asked for fewer."""
    with agent(lambda wire: [answer(wire, MIB, status=int(question(wire)[1] > 5))]) as port:
        assert walked(port) == list(MIB.items())


def test_version_1_agent_that_names_the_wrong_object_still_gives_the_others() -> None:
    """noSuchName with an index of 0, as some agents say it: the request is cut until the missing one is alone."""
    names = [f"{BASE}.{n}.0" for n in (1, 2, 3)]

    def respond(wire: bytes) -> Iterable[bytes]:
        missing = "1.3.6.1.4.1.99999.7" in question(wire)[0]
        return [answer(wire, MIB, status=2 if missing else 0)]

    with agent(respond) as port:
        assert asked(port, *names, "1.3.6.1.4.1.99999.7", version="1") == dict(zip(names, (1, 2, 3), strict=True))


@pytest.mark.parametrize(("status", "word"), [(5, "genErr"), (16, "authorizationError"), (77, "status 77")])
def test_error_status_is_the_agents_failure(status: int, word: str) -> None:
    """With its name, and the object that it is about."""
    with agent(lambda wire: [answer(wire, MIB, status=status, index=1)]) as port, pytest.raises(ProbeFailure) as failed:
        asked(port, OTHER)
    assert (failed.value.reason, failed.value.detail) == (Reason.STATUS, f"the agent answers {word} at {OTHER}")


@VERSIONS
def test_walk_returns_all_below_and_nothing_else(version: str) -> None:
    """In the agent's order, by GETBULK and by GETNEXT."""
    with scripted({"1.3.6.1.2.1.1.1.0": b"before", **MIB, OTHER: b"behind"}) as port:
        assert walked(port, version=version) == list(MIB.items())
        assert walked(port, OTHER[:-2], version=version) == [(OTHER, b"behind")]
        assert walked(port, "1.3.6.1.4.1.99999.3", version=version) == []


def test_column_is_by_index() -> None:
    """What is left of the name behind the column's."""
    mib = {f"{BASE}.1.1": 5, f"{BASE}.1.2.10.0.0.1": b"x", f"{BASE}.11.1": 6}

    async def ask(port: int) -> dict[str, Value]:
        async with SnmpClient() as client:
            return await client.column(target(port), f"{BASE}.1")

    with scripted(mib) as port:
        assert asyncio.run(ask(port)) == {"1": 5, "2.10.0.0.1": b"x"}


@VERSIONS
def test_walk_of_too_many_is_refused(version: str) -> None:
    """A table larger than was thought is told, not cut off."""
    with scripted(MIB) as port:
        assert len(walked(port, most=60, version=version)) == 60
        with pytest.raises(ProbeFailure, match="more than 59 objects") as failed:
            walked(port, most=59, version=version)
    assert failed.value.reason is Reason.OVERSIZE


def test_walk_of_objects_without_values_ends_too() -> None:
    """They are counted as the others are: an agent could send them for ever."""
    with scripted({f"{BASE}.{n}": rfc1902.Null("") for n in range(1, 40)}) as port:
        assert walked(port) == []
        with pytest.raises(ProbeFailure, match="more than 30 objects"):
            walked(port, most=30)


@VERSIONS
def test_agent_that_goes_round_in_circles_is_broken(version: str) -> None:
    """Objects that do not ascend would make a walk endless."""
    names = iter([5, 6, 4, 5, 6, 4] * 20)

    def respond(wire: bytes) -> Iterable[bytes]:
        bindings = {f"{BASE}.{next(names)}.0": 1}
        return [answer_about(wire, bindings)]

    with agent(respond) as port, pytest.raises(ProbeFailure, match="do not ascend") as failed:
        walked(port, version=version)
    assert failed.value.reason is Reason.PROTOCOL


def test_lost_request_is_sent_again() -> None:
    """The same one, so that an answer to either will do."""
    came: list[bytes] = []

    def respond(wire: bytes) -> Iterable[bytes]:
        came.append(wire)
        return [answer(wire, MIB)] if len(came) == 3 else []

    with agent(respond) as port:
        assert asked(port, f"{BASE}.1.0", retry_seconds=0.05) == {f"{BASE}.1.0": 1}
    assert len(came) == 3
    assert len(set(came)) == 1


def test_silent_agent_is_a_timeout_after_all_tries() -> None:
    """With a hint at what else may be wrong."""
    came: list[bytes] = []

    def respond(wire: bytes) -> Iterable[bytes]:
        came.append(wire)
        return []

    with agent(respond) as port, pytest.raises(ProbeFailure, match="wrong community") as failed:
        asked(port, OTHER, retry_seconds=0.02, tries=4)
    assert failed.value.reason is Reason.TIMEOUT
    assert len(came) == 4


def test_port_where_nobody_listens_is_refused_at_once() -> None:
    """ICMP says so, and nothing is sent again."""
    with refusing() as port, pytest.raises(ConnectionRefusedError):
        asked(port, OTHER, retry_seconds=30)


def test_name_that_does_not_exist_is_the_agents_failure() -> None:
    """As with every other probe."""

    async def ask() -> None:
        async with SnmpClient() as client:
            await client.get(SnmpOptions(address="no-such-agent.invalid", community="public").target, [OTHER])

    with pytest.raises((ProbeFailure, ProbeTrouble)) as failed:
        asyncio.run(ask())
    assert failed.value.reason in (Reason.NAME, Reason.RESOLVER)  # the latter where this machine has no name server


def spoil(change: Callable[[bytes], Iterable[bytes]]) -> Callable[[bytes], Iterable[bytes]]:
    """Return an agent whose answers are changed before they are sent."""
    return lambda wire: change(answer(wire, MIB))


def other_number(wire: bytes) -> bytes:
    """Return an answer with another request id: the four octets behind the type of the PDU, its length and theirs."""
    at = wire.index(b"\xa2") + 4
    return wire[:at] + bytes((wire[at] ^ 1,)) + wire[at + 1 :]


def flood(wire: bytes) -> Iterator[bytes]:
    """Yield answers to another request, for long."""
    for _ in range(10_000):
        yield other_number(wire)


GARBAGE: dict[str, tuple[Callable[[bytes], Iterable[bytes]], Reason]] = {
    "no BER": (lambda wire: [b"GET / HTTP/1.1\r\n\r\n"], Reason.PROTOCOL),
    "empty": (lambda wire: [b""], Reason.PROTOCOL),
    "cut off": (lambda wire: [wire[:-1]], Reason.PROTOCOL),
    "nested": (lambda wire: [b"\x30\x82\x3f\x00" * 3000], Reason.PROTOCOL),
    "no end": (lambda wire: [b"\x30\x80" + wire], Reason.PROTOCOL),
    "oversize": (lambda wire: [wire + bytes(17_000)], Reason.OVERSIZE),
    "another request's": (lambda wire: [other_number(wire)], Reason.PROTOCOL),
    "flood": (flood, Reason.PROTOCOL),
}


@pytest.mark.parametrize(("change", "reason"), GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_the_agents_failure(change: Callable[[bytes], Iterable[bytes]], reason: Reason) -> None:
    """Whatever it is, and never up."""
    with agent(spoil(change)) as port, pytest.raises(ProbeFailure) as failed:
        asked(port, f"{BASE}.1.0", retry_seconds=0.1, tries=2)
    assert failed.value.reason is reason


def test_answer_to_another_request_is_passed_over() -> None:
    """A late or forged answer before the right one changes nothing."""
    with agent(spoil(lambda wire: [other_number(wire), wire])) as port:
        assert asked(port, f"{BASE}.1.0") == {f"{BASE}.1.0": 1}


@pytest.mark.parametrize("told", [{OTHER: 1}, {}], ids=["another object", "no object"])
def test_answer_about_something_else_is_the_agents_failure(told: dict[str, Any]) -> None:
    """An agent that answers another object than asked, or none, has not answered: the check must not be up by it."""
    with agent(lambda wire: [answer_about(wire, told)]) as port, pytest.raises(ProbeFailure) as failed:
        asked(port, f"{BASE}.1.0")
    assert failed.value.reason is Reason.PROTOCOL


def test_object_that_was_not_asked_for_is_no_value() -> None:
    """What an agent adds to its answer is passed over."""
    with agent(lambda wire: [answer_about(wire, {OTHER: 1, f"{BASE}.1.0": 2})]) as port:
        assert asked(port, f"{BASE}.1.0") == {f"{BASE}.1.0": 2}


def test_broken_agent_disturbs_no_other() -> None:
    """Sixty good agents answer while one floods us."""

    async def ask(good: int, bad: int) -> list[Any]:
        async with SnmpClient() as client, asyncio.TaskGroup() as group:
            flooded = group.create_task(failure_of(client, bad))
            tasks = [group.create_task(client.get(target(good), [f"{BASE}.1.0"])) for _ in range(60)]
        return [flooded.result(), *(task.result() for task in tasks)]

    async def failure_of(client: SnmpClient, port: int) -> Reason:
        with pytest.raises(ProbeFailure) as failed:
            await client.get(target(port), [f"{BASE}.1.0"])
        return failed.value.reason

    with scripted(MIB) as good, agent(spoil(flood)) as bad:
        assert asyncio.run(ask(good, bad)) == [Reason.PROTOCOL, *[{f"{BASE}.1.0": 1}] * 60]
