"""Network namespaces that a test makes for itself, joined by a bridge, so that servers on fixed ports disturb nobody.

with lan("client", "rogue") as namespaces:            # needs root
    namespaces.run("bridge", "ip", "addr", "add", "192.0.2.1/24", "dev", "br0")
    found = namespaces.inside("client", measure)       # in a thread that lives there
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from support.needs import need, need_root

T = TypeVar("T")

_CLONE_NEWNET = 0x40000000
BRIDGE = "bridge"


@dataclass(frozen=True)
class Namespaces:
    """Namespaces by the names that the test gave them; `bridge` holds the bridge `br0`, the others one `eth0` each."""

    prefix: str

    def command(self, namespace: str, *command: str) -> list[str]:
        """Return `command` as it is run inside `namespace`."""
        return ["ip", "netns", "exec", f"{self.prefix}-{namespace}", *command]

    def run(self, namespace: str, *command: str) -> str:
        """Run `command` inside `namespace`, and return what it prints."""
        done = subprocess.run(self.command(namespace, *command), capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def inside(self, namespace: str, act: Callable[[], T]) -> T:
        """Return what `act` returns in a thread of its own inside `namespace`; sockets that it opens stay there."""

        def enter() -> None:
            with Path(f"/run/netns/{self.prefix}-{namespace}").open("rb") as there:
                if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), f"setns to {namespace}")

        with ThreadPoolExecutor(1, initializer=enter) as thread:
            return thread.submit(act).result()


@contextmanager
def lan(*names: str) -> Iterator[Namespaces]:
    """Make a namespace for each of `names`, with an interface `eth0` without an address, all on one bridge."""
    need_root("network namespaces")
    need("ip", "iproute2")
    held = Namespaces(f"ictss{os.getpid()}")
    try:
        for name in (BRIDGE, *names):
            subprocess.run(["ip", "netns", "add", f"{held.prefix}-{name}"], check=True)
        held.run(BRIDGE, "ip", "link", "add", "br0", "type", "bridge")
        held.run(BRIDGE, "ip", "link", "set", "br0", "up")
        for name in names:
            there = f"{held.prefix}-{name}"
            held.run(BRIDGE, "ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", there)
            held.run(BRIDGE, "ip", "link", "set", name, "master", "br0", "up")
            held.run(name, "ip", "link", "set", "eth0", "up")
            held.run(name, "ip", "link", "set", "lo", "up")
        yield held
    finally:
        for name in (BRIDGE, *names):
            subprocess.run(["ip", "netns", "del", f"{held.prefix}-{name}"], check=False, capture_output=True)
