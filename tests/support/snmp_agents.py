"""SNMP agents on loopback: net-snmp's, recordings played by snmpsim, and scripted ones that lie as told.

The scripted ones read and write by pysnmp's codecs, so that ours is held against somebody else's.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api, rfc1902
from support.dns_servers import name_server
from support.needs import lack, need

RECORDINGS = Path(__file__).parent / "snmprec"
"""Recordings of our own: a file for each community, lines of OID|type|value."""
REAL_RECORDINGS = "ICTSS_SNMP_RECORDINGS"
"""Environment variable with the folder of recordings of real devices, which are not ours to carry around."""

UPTIME = "1.3.6.1.2.1.1.3.0"
STARTS_WITHIN = 20.0

Mib: TypeAlias = MutableMapping[str, Any]
"""Values of pysnmp's types, or int and bytes, by oid."""


@contextmanager
def agent(respond: Callable[[bytes], Iterable[bytes]]) -> Iterator[int]:
    """Answer each datagram with those that `respond` makes of it, on the port that is yielded."""
    with name_server(lambda query, _: respond(query), None) as port:
        yield port


@contextmanager
def scripted(mib: Mib) -> Iterator[int]:
    """Answer GET, GETNEXT and GETBULK of versions 1 and 2c from `mib`, which may change meanwhile."""
    with agent(lambda wire: [answer(wire, mib)]) as port:
        yield port


def answer(wire: bytes, mib: Mib, *, status: int = 0, index: int = 0) -> bytes:
    """Return what an agent with `mib` answers to `wire`, or the error `status` at the object `index`."""
    version = api.decodeMessageVersion(wire)
    proto = api.PROTOCOL_MODULES[version]
    message, _ = decoder.decode(wire, asn1Spec=proto.Message())
    asked = proto.apiMessage.get_pdu(message)
    reply = proto.apiMessage.get_response(message)
    told = proto.apiMessage.get_pdu(reply)
    names = [str(name) for name, _ in proto.apiPDU.get_varbinds(asked)]
    if status:
        bindings = proto.apiPDU.get_varbinds(asked)
    elif version == api.SNMP_VERSION_1:
        bindings, status, index = _first_version(asked, names, mib)
        bindings = bindings or proto.apiPDU.get_varbinds(asked)
    else:
        bindings = _second_version(asked, names, mib)
    told["error-status"], told["error-index"] = status, index
    proto.apiPDU.set_varbinds(told, bindings)
    return bytes(encoder.encode(reply))


def question(wire: bytes) -> tuple[list[str], int]:
    """Return the names that a request asks for, and its repetitions where it is a GETBULK, else 0."""
    proto = api.PROTOCOL_MODULES[api.decodeMessageVersion(wire)]
    pdu = proto.apiMessage.get_pdu(decoder.decode(wire, asn1Spec=proto.Message())[0])
    names = [str(name) for name, _ in proto.apiPDU.get_varbinds(pdu)]
    return names, int(pdu["max-repetitions"]) if "Bulk" in type(pdu).__name__ else 0


def answer_about(wire: bytes, objects: Mapping[str, Any]) -> bytes:
    """Return a response to `wire` with these objects, whatever was asked."""
    proto = api.PROTOCOL_MODULES[api.decodeMessageVersion(wire)]
    reply = proto.apiMessage.get_response(decoder.decode(wire, asn1Spec=proto.Message())[0])
    bindings = [(name, _typed(value)) for name, value in objects.items()]
    proto.apiPDU.set_varbinds(proto.apiMessage.get_pdu(reply), bindings)
    return bytes(encoder.encode(reply))


def _first_version(asked: Any, names: list[str], mib: Mib) -> tuple[list[tuple[str, Any]], int, int]:
    bindings = []
    for at, name in enumerate(names, 1):
        found = name if "GetRequest" in type(asked).__name__ else next(_behind(name, mib), None)
        if found not in mib:
            return [], 2, at
        bindings.append((found, _typed(mib[found])))
    return bindings, 0, 0


def _second_version(asked: Any, names: list[str], mib: Mib) -> list[tuple[str, Any]]:
    kind = type(asked).__name__
    if "GetRequest" in kind:
        missing = api.v2c.NoSuchInstance("")
        return [(name, _typed(mib[name]) if name in mib else missing) for name in names]
    most = int(asked["max-repetitions"]) if "Bulk" in kind else 1
    bindings: list[tuple[str, Any]] = []
    for name in names:
        found = list(_behind(name, mib))[:most]
        bindings += [(one, _typed(mib[one])) for one in found]
        if len(found) < most:
            bindings.append(((found or [name])[-1], api.v2c.EndOfMibView("")))
    return bindings


def _behind(name: str, mib: Mib) -> Iterator[str]:
    return (one for one in sorted(mib, key=_parts) if _parts(one) > _parts(name))


def _parts(name: str) -> tuple[int, ...]:
    return tuple(map(int, name.split(".")))


def _typed(value: Any) -> Any:
    if isinstance(value, int):
        return rfc1902.Integer32(value)
    return rfc1902.OctetString(value) if isinstance(value, bytes | str) else value


class Snmpd:
    """net-snmp's agent with `users`, in a folder of its own; it can be stopped, started again, and be replaced."""

    COMMUNITY = "public"

    def __init__(self, folder: Path, users: Mapping[str, str]) -> None:
        self._command = need("snmpd", "snmpd")
        self._folder = folder
        self._users = users
        self._engine = ""
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def configure(self) -> None:
        """Write the configuration: a line of createUser and the level it may ask at for each user."""
        lines = [f"agentaddress udp:127.0.0.1:{self.port}", f"rocommunity {self.COMMUNITY} 127.0.0.1", self._engine]
        for name, secrets in self._users.items():
            level = ("noauth", "auth", "priv")[min(len(secrets.split()) // 2, 2)]
            lines += [f"createUser {name} {secrets}", f"rouser {name} {level}"]
        (self._folder / "snmpd.conf").write_text("\n".join(lines) + "\n")

    def start(self) -> None:
        """Start it, and wait until it answers. Its count of boots goes up by one."""
        self.configure()
        # By the environment alone: with -C it would not read what it keeps, its engine id and boots, either.
        told = {
            "SNMP_PERSISTENT_DIR": str(self._folder / "kept"),
            "SNMPCONFPATH": f"{self._folder}:{self._folder}/kept",
            "MIBS": "",
        }
        command = [self._command, "-f", "-Lf", str(self._folder / "log")]
        self._process = subprocess.Popen(
            command, env={**os.environ, **told}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_answer(self.port, self.COMMUNITY, self._process)

    def stop(self) -> None:
        """Stop it, so that its port is refused."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def replace(self) -> None:
        """Stop it and start another in its place: with an engine id of its own, and few boots."""
        self.stop()
        for kept in (self._folder / "kept").glob("*.conf"):
            kept.unlink()
        self._engine = "engineID another-agent"
        self.start()


@contextmanager
def snmpd(folder: Path, users: Mapping[str, str]) -> Iterator[Snmpd]:
    """Run net-snmp's agent in `folder` with `users`: what createUser takes behind their names."""
    running = Snmpd(folder, users)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@contextmanager
def replayed(cache: Path, recordings: Path = RECORDINGS) -> Iterator[int]:
    """Play `recordings` by snmpsim, on the port that is yielded; the community is a file's name without its ending."""
    port = free_port()
    told = [f"--data-dir={recordings}", f"--cache-dir={cache}", f"--agent-udpv4-endpoint=127.0.0.1:{port}"]
    if os.geteuid() == 0:  # it asks for a user and a group then; others could not read the interpreter of root's own
        told += ["--process-user=root", "--process-group=root"]
    command = [sys.executable, "-W", "ignore", "-c", "from snmpsim.commands.responder import main; main()", *told]
    community = min(recordings.glob("*.snmprec")).stem
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for_answer(port, community, process)
            yield port
        finally:
            process.send_signal(signal.SIGKILL)


def real_recordings() -> Path:
    """Return the folder of recordings of real devices; skip where there is none."""
    folder = os.environ.get(REAL_RECORDINGS)
    if not folder:
        pytest.skip(f"{REAL_RECORDINGS} does not name a folder with recordings of real devices")
    return Path(folder)


def free_port() -> int:
    """Return a UDP port of loopback that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def wait_for_answer(port: int, community: str, process: subprocess.Popen[bytes]) -> None:
    """Ask for the uptime until something answers; fails where `process` ends instead."""
    request = get_request(community, UPTIME)
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.1)
            asking.connect(("127.0.0.1", port))
            try:
                asking.send(request)
                asking.recv(4096)
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(0.02)
            else:
                return
    lack("an SNMP agent was started and does not answer")


def get_request(community: str, *names: str) -> bytes:
    """Return a GET of version 2c as pysnmp writes it."""
    proto = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
    pdu = proto.GetRequestPDU()
    proto.apiPDU.set_defaults(pdu)
    proto.apiPDU.set_varbinds(pdu, [(name, proto.Null("")) for name in names])
    message = proto.Message()
    proto.apiMessage.set_defaults(message)
    proto.apiMessage.set_community(message, community)
    proto.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))
