"""SNMP with net-snmp's own agent: every way of signing and encrypting, what is refused, restarts and replacements."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.running import LoopFactory, both_loops
from support.servers import refusing
from support.snmp_agents import UPTIME, Snmpd, agent, snmpd

from ictss_monitor.probe import Outcome, ProbeFailure, Reason
from ictss_monitor.probing.runner import run_once
from probes._ber import integer, tlv
from probes._snmp import SnmpClient, SnmpOptions, Target, Value
from probes._snmp_ber import oid
from probes._snmp_dialects import new_number
from probes._snmp_keys import keys_of
from probes._snmp_options import User
from probes._snmp_usm import WINDOW, Agent, Incoming, message, read_message
from probes.snmp import SnmpProbe, SnmpProbeOptions

ENGINE_ID, ENGINE_BOOTS = "1.3.6.1.6.3.10.2.1.1.0", "1.3.6.1.6.3.10.2.1.2.0"
SIGN, CRYPT = "the-signing-password", "the-crypting-password"

USERS = {
    "nobody": "",
    "md5": f'MD5 "{SIGN}"',
    "sha": f'SHA "{SIGN}"',
    "sha224": f'SHA-224 "{SIGN}"',
    "sha256": f'SHA-256 "{SIGN}"',
    "sha384": f'SHA-384 "{SIGN}"',
    "sha512": f'SHA-512 "{SIGN}"',
    "shades": f'SHA "{SIGN}" DES "{CRYPT}"',
    "sha256aes": f'SHA-256 "{SIGN}" AES "{CRYPT}"',
    "sha512aes256": f'SHA-512 "{SIGN}" AES-256 "{CRYPT}"',
    "shaaes192": f'SHA "{SIGN}" AES-192 "{CRYPT}"',
    "shaaes256": f'SHA "{SIGN}" AES-256 "{CRYPT}"',
}
ASKS: dict[str, dict[str, str]] = {
    "nobody": {},
    **{auth: {"auth": auth, "auth_password": SIGN} for auth in ("md5", "sha", "sha224", "sha256", "sha384", "sha512")},
    "shades": {"auth": "sha", "auth_password": SIGN, "priv": "des", "priv_password": CRYPT},
    "sha256aes": {"auth": "sha256", "auth_password": SIGN, "priv": "aes128", "priv_password": CRYPT},
    "sha512aes256": {"auth": "sha512", "auth_password": SIGN, "priv": "aes256", "priv_password": CRYPT},
    "shaaes192": {"auth": "sha", "auth_password": SIGN, "priv": "aes192", "priv_password": CRYPT},
    "shaaes256": {"auth": "sha", "auth_password": SIGN, "priv": "aes256", "priv_password": CRYPT},
}
BOTH = ASKS["sha256aes"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """Run one agent for the tests that do not stop it."""
    with snmpd(tmp_path_factory.mktemp("snmpd"), USERS) as server:
        yield server


def target(port: int, user: str, **told: Any) -> Target:
    """Return an agent on loopback, asked as `user`."""
    more = {"retry_seconds": 0.3, "tries": 2, **told}
    return SnmpOptions(address=f"127.0.0.1:{port}", version="3", user=user, **more).target


def using(act: Callable[[SnmpClient], Awaitable[Any]], loop: LoopFactory = asyncio.new_event_loop) -> Any:
    """Return what `act` does with a client."""

    async def act_on() -> Any:
        async with SnmpClient() as client:
            return await act(client)

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(act_on())


async def uptime(client: SnmpClient, agent: Target) -> Value:
    """Return the agent's sysUpTime."""
    return (await client.get(agent, [UPTIME]))[UPTIME]


async def failure(client: SnmpClient, agent: Target) -> tuple[Reason, str]:
    """Return why asking for the uptime fails."""
    with pytest.raises(ProbeFailure) as failed:
        await uptime(client, agent)
    return failed.value.reason, failed.value.detail


@both_loops
@pytest.mark.parametrize("user", ASKS)
def test_every_way_of_signing_and_encrypting(user: str, loop: LoopFactory, running: Snmpd) -> None:
    """GET and GETBULK are answered, twice: the second time with what was learned the first."""

    async def ask(client: SnmpClient) -> None:
        agent = target(running.port, user, **ASKS[user])
        for _ in range(2):
            assert isinstance(await uptime(client, agent), int)
        assert len(await client.walk(agent, "1.3.6.1.2.1.1")) > 10

    using(ask, loop)


@pytest.mark.parametrize("version", ["1", "2c"])
def test_versions_without_users(version: str, running: Snmpd) -> None:
    """The same agent answers by community; and is silent where that is wrong."""

    async def ask(client: SnmpClient) -> None:
        told = {"address": f"127.0.0.1:{running.port}", "version": version, "retry_seconds": 0.1, "tries": 2}
        right = SnmpOptions(community=Snmpd.COMMUNITY, **told).target
        assert isinstance(await uptime(client, right), int)
        assert len(await client.walk(right, "1.3.6.1.2.1.1")) > 10
        reason, detail = await failure(client, SnmpOptions(community="wrong", **told).target)
        assert reason is Reason.TIMEOUT
        assert "wrong community" in detail

    using(ask)


WRONG: dict[str, tuple[str, dict[str, str], Reason, str]] = {
    "user": ("stranger", BOTH, Reason.STATUS, "no such user"),
    "auth_password": ("sha256aes", {**BOTH, "auth_password": SIGN + "x"}, Reason.STATUS, "auth_password"),
    "auth": ("sha256aes", {**BOTH, "auth": "sha512"}, Reason.STATUS, "auth_password"),
    "priv_password": ("sha256aes", {**BOTH, "priv_password": CRYPT + "x"}, Reason.TIMEOUT, "priv_password"),
    "no priv": ("sha256aes", ASKS["sha256"], Reason.STATUS, "authorizationError"),
    "priv it does not have": ("sha256", BOTH, Reason.STATUS, "does not let this user"),
}


@pytest.mark.parametrize(("user", "told", "reason", "word"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said(user: str, told: dict[str, str], reason: Reason, word: str, running: Snmpd) -> None:
    """Which of user, password and protection the agent refuses, as far as it says; and the right ones still work."""

    async def ask(client: SnmpClient) -> None:
        found, detail = await failure(client, target(running.port, user, **told))
        assert found is reason
        assert word in detail
        assert SIGN not in detail
        assert await uptime(client, target(running.port, "sha256aes", **BOTH))

    using(ask)


def test_one_name_with_two_sets_of_passwords_is_two_users(running: Snmpd, tmp_path: Path) -> None:
    """Two agents that know the same name by other passwords are asked at the same time by one client."""
    with snmpd(tmp_path, {"sha256aes": 'SHA-256 "another-password" AES "yet-another-one"'}) as other:
        told = {**BOTH, "auth_password": "another-password", "priv_password": "yet-another-one"}

        async def ask(client: SnmpClient) -> None:
            async with asyncio.TaskGroup() as group:
                for _ in range(10):
                    group.create_task(uptime(client, target(running.port, "sha256aes", **BOTH)))
                    group.create_task(uptime(client, target(other.port, "sha256aes", **told)))

        using(ask)


def test_agent_that_stops_boots_again_and_is_replaced(tmp_path: Path) -> None:
    """Stopped it is refused; restarted (boots + 1) and replaced (another engine id) it is up with the next probe."""

    async def ask(server: Snmpd) -> None:
        asks = ("nobody", "sha256", "sha256aes", "shades")
        all_options = [
            SnmpProbeOptions(address=f"127.0.0.1:{server.port}", version="3", user=user, reboot="up", **ASKS[user])
            for user in asks
        ]
        async with SnmpProbe() as probe:

            async def outcomes() -> list[tuple[Outcome, Reason]]:
                found = [await run_once(probe, options, 5_000_000) for options in all_options]
                return [(finding.outcome, finding.reason) for finding in found]

            async def engine() -> tuple[Value, Value]:
                asked = SnmpOptions(address=f"127.0.0.1:{server.port}", community=Snmpd.COMMUNITY).target
                async with SnmpClient() as client:
                    found = await client.get(asked, [ENGINE_ID, ENGINE_BOOTS])
                return found[ENGINE_ID], found[ENGINE_BOOTS]

            up = [(Outcome.UP, Reason.OK)] * len(asks)
            assert await outcomes() == up
            first, boots = await engine()
            assert isinstance(boots, int)
            server.stop()
            assert await outcomes() == [(Outcome.DOWN, Reason.REFUSED)] * len(asks)
            server.start()
            assert await outcomes() == up
            server.stop()
            server.start()  # unseen between two probes
            assert await outcomes() == up
            assert await engine() == (first, boots + 2)
            server.replace()
            assert await outcomes() == up
            assert (await engine())[0] != first

    with snmpd(tmp_path, USERS) as server:
        asyncio.run(ask(server))


def test_stopped_agent_is_refused_on_first_contact() -> None:
    """Before anything is known of it."""

    async def ask(client: SnmpClient) -> None:
        with pytest.raises(ConnectionRefusedError):
            await uptime(client, target(port, "sha256", **ASKS["sha256"]))

    with refusing() as port:
        using(ask)


ENGINE = b"\x80\x00\x1f\x88\x04liar"


def lying(change: Callable[[Incoming, Agent], bytes]) -> Callable[[bytes], Iterable[bytes]]:
    """Return an agent that knows the user's keys, tells who it is, and answers the rest by `change`."""
    itself = Agent(ENGINE, 3, 1000, 0.0, keys_of(SHA256, ENGINE))

    def respond(wire: bytes) -> Iterable[bytes]:
        came = read_message(wire)
        if not came.engine:
            return [introduction(ENGINE, came.number)]
        return [change(came, itself)]

    return respond


NOBODY = User("", "none", b"", "none", b"")
SHA256 = User("sha256", "sha256", SIGN.encode(), "none", b"")


def introduction(engine: bytes, number: int) -> bytes:
    """Return the report by which an agent says who it is."""
    return message(Agent(engine, 3, 1000, 0.0, keys_of(NOBODY, engine)), number, pdu_of(0xA8), 0.0)


def pdu_of(kind: int, name: str = UPTIME, value: bytes = b"\x43\x01\x05") -> bytes:
    """Return a response or report with one object."""
    binding = tlv(0x30, tlv(0x06, oid(name)), value)
    return tlv(kind, integer(1), integer(0), integer(0), tlv(0x30, binding))


def forged(came: Incoming, itself: Agent) -> bytes:
    """Return an answer with a wrong signature."""
    wire = message(itself, came.number, pdu_of(0xA2), 0.0)
    begin, _ = read_message(wire).signature
    return wire[:begin] + bytes((wire[begin] ^ 1,)) + wire[begin + 1 :]


def unsigned(came: Incoming, itself: Agent) -> bytes:
    """Return an answer without a signature."""
    return message(Agent(ENGINE, 3, 1000, 0.0, keys_of(NOBODY, ENGINE)), came.number, pdu_of(0xA2), 0.0)


def old(came: Incoming, itself: Agent) -> bytes:
    """Return an answer signed long ago."""
    return message(Agent(ENGINE, 3, 1000 - WINDOW - 2, 0.0, itself.keys), came.number, pdu_of(0xA2), 0.0)


def of_an_earlier_boot(came: Incoming, itself: Agent) -> bytes:
    """Return an answer signed before the agent booted."""
    return message(Agent(ENGINE, 2, 1000, 0.0, itself.keys), came.number, pdu_of(0xA2), 0.0)


def of_another_engine(came: Incoming, itself: Agent) -> bytes:
    """Return an answer that another agent signed."""
    return message(Agent(b"another", 3, 1000, 0.0, itself.keys), came.number, pdu_of(0xA2), 0.0)


def to_another_message(came: Incoming, itself: Agent) -> bytes:
    """Return an answer to a message that was not sent."""
    return message(itself, new_number(), pdu_of(0xA2), 0.0)


LIES = {lie.__name__: lie for lie in (forged, unsigned, old, of_an_earlier_boot, of_another_engine, to_another_message)}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_answer_that_is_not_proved_is_not_believed(lie: Callable[[Incoming, Agent], bytes]) -> None:
    """A signed question takes a signed, timely answer of the same agent; anything else is passed over."""

    async def ask(client: SnmpClient) -> None:
        reason, detail = await failure(client, target(port, "sha256", retry_seconds=0.05, **ASKS["sha256"]))
        assert (reason, "no valid answer" in detail) == (Reason.PROTOCOL, True)

    with agent(lying(lie)) as port:
        using(ask)


def test_the_same_agent_is_believed_when_it_does_not_lie() -> None:
    """So that the test above fails an agent for its lie alone."""

    async def ask(client: SnmpClient) -> None:
        assert await uptime(client, target(port, "sha256", **ASKS["sha256"])) == 5

    with agent(lying(lambda came, itself: message(itself, came.number, pdu_of(0xA2), 0.0))) as port:
        using(ask)


def test_agent_replaced_by_one_that_ignores_strangers_fails_once() -> None:
    """Of two agents at one address the second says nothing to messages for the first: it is asked who it is again."""
    engines = [ENGINE, b"\x80\x00\x1f\x88\x04heir"]

    def respond(wire: bytes) -> Iterable[bytes]:
        came = read_message(wire)
        if came.engine == engines[0]:
            itself = Agent(engines[0], 3, 1000, 0.0, keys_of(SHA256, engines[0]))
            return [message(itself, came.number, pdu_of(0xA2), 0.0)]
        return [] if came.engine else [introduction(engines[0], came.number)]

    async def ask(client: SnmpClient) -> None:
        asked = target(port, "sha256", retry_seconds=0.05, **ASKS["sha256"])
        assert await uptime(client, asked) == 5
        engines.reverse()
        assert (await failure(client, asked))[0] is Reason.TIMEOUT
        assert await uptime(client, asked) == 5

    with agent(respond) as port:
        using(ask)


REPORTS = {1: "does not let", 2: "again and again", 4: "its own engine id", 5: "auth_password", 6: "priv_password"}


@pytest.mark.parametrize("number", REPORTS)
def test_agent_that_reports_the_same_for_ever_is_given_up(number: int) -> None:
    """Two more questions at most, whatever is reported."""

    def report(came: Incoming, itself: Agent) -> bytes:
        count = tlv(0x41, b"\x01")
        later = Agent(ENGINE, 3, 1000 + came.number % 1000, 0.0, itself.keys)
        return message(later, came.number, pdu_of(0xA8, f"1.3.6.1.6.3.15.1.1.{number}.0", count), 0.0)

    async def ask(client: SnmpClient) -> None:
        _, detail = await failure(client, target(port, "sha256", **ASKS["sha256"]))
        assert REPORTS[number] in detail

    with agent(lying(report)) as port:
        using(ask)
