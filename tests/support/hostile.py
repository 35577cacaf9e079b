"""Far ends that lie, stall, flood and break off: what each type of probe meets, and what it must conclude.

The far ends live in another process, as in life, so that the memory of this one is the probes' alone:

    with far_ends("smtp") as there:
        met = asyncio.run(meet(there, cells_of("smtp")))

`python -m support.hostile KIND FOLDER` is that process: it prints the port of each far end as JSON, then serves until
its standard input ends. Both processes have the same table, in which a cell is known by its title.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from support.certificates import Authority
from support.dns_servers import Respond, name_server, silent
from support.servers import Talk, mute, refusing

from ictss_monitor.clock import SECOND, Duration
from ictss_monitor.probe import Finding, Probe
from ictss_monitor.probing import registry
from ictss_monitor.probing.runner import run_once

HOST = "127.0.0.1"
LIMIT: Duration = SECOND
MOST_HELD = 5 * 1000 * 1000
"""Octets that one probe may hold, whatever the far end sends."""
TESTS = Path(__file__).parent.parent

NOT_HERE = {
    "icmp": "it has no ports; `tests/probes/test_icmp*.py` hold it against dead and lying hosts behind a TUN device",
}
"""Types of probe without cells, and why."""

Told = Callable[[int, Path], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class FarEnd:
    """How a far end behaves over UDP and over TCP, on one port. Without `udp` nobody listens at all."""

    udp: Respond | None = silent
    tcp: Talk | None = mute


def always(far_end: FarEnd) -> Callable[[Authority], FarEnd]:
    """Return what makes `far_end`, which needs no certificate."""
    return lambda authority: far_end


@dataclass(frozen=True, slots=True)
class Cell:
    """One type of probe, in one of its ways, against one behaviour."""

    kind: str
    way: str
    behaviour: str
    make: Callable[[Authority], FarEnd]
    told: Told = field(repr=False)
    """The probe's options, by the far end's port and the folder with `ca.pem`."""
    expected: str
    """What must be concluded, as in "down timeout"."""

    @property
    def title(self) -> str:
        """Return the name of this cell, which no other has."""
        return f"{self.way}: {self.behaviour}"


@dataclass(frozen=True, slots=True)
class Met:
    """What came of a cell."""

    cell: Cell
    finding: Finding
    seconds: float
    held: int = 0
    """Most octets that were held, where the cell was met alone."""

    @property
    def verdict(self) -> str:
        """Return the conclusion, as cells expect it."""
        return f"{self.finding.outcome} {self.finding.reason}"

    @property
    def is_right(self) -> bool:
        """Tell whether that is what must be concluded."""
        return self.verdict == self.cell.expected


@dataclass(frozen=True, slots=True)
class There:
    """Where the far ends are: the port of each cell, by title, and the folder with their authority."""

    ports: Mapping[str, int]
    folder: Path


def open_descriptors() -> set[str]:
    """Return what this process has open: files and sockets."""
    found = set()
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the one that lists them
            found.add(f"{descriptor} {os.readlink(f'/proc/self/fd/{descriptor}')}")
    return found


def all_cells() -> tuple[Cell, ...]:
    """Return the whole table."""
    from support import hostile_datagrams, hostile_streams, hostile_tls  # they import Cell from here

    return (*hostile_streams.CELLS, *hostile_datagrams.CELLS, *hostile_tls.CELLS)


def cells_of(kind: str) -> list[Cell]:
    """Return the cells of one type of probe."""
    return [cell for cell in all_cells() if cell.kind == kind]


@contextmanager
def far_ends(kind: str) -> Iterator[There]:
    """Run the far ends of all cells of `kind` in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        command = (sys.executable, "-m", "support.hostile", kind, folder)
        with subprocess.Popen(command, cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                yield There(json.loads(process.stdout.readline()), Path(folder))
            finally:
                process.kill()  # it may be in the midst of a flood


async def meet(there: There, cells: Sequence[Cell]) -> list[Met]:
    """Let one probe meet all `cells`, which are of one kind, at the same time."""
    async with registry.open_probes([cells[0].kind]) as opened, asyncio.TaskGroup() as group:
        tasks = [group.create_task(_met(opened[cell.kind], cell, there)) for cell in cells]
    return [task.result() for task in tasks]


async def meet_alone(there: There, cells: Sequence[Cell]) -> list[Met]:
    """Let one probe meet the `cells`, which are of one kind, one after the other, and measure what it holds."""
    found = []
    async with registry.open_probes([cells[0].kind]) as opened:
        probe = opened[cells[0].kind]
        await _met(probe, cells[0], there)  # what is imported or cached on first use
        tracemalloc.start()
        try:
            for cell in cells:
                before = tracemalloc.get_traced_memory()[0]
                tracemalloc.reset_peak()
                met = await _met(probe, cell, there)
                held = tracemalloc.get_traced_memory()[1] - before
                found.append(Met(cell, met.finding, met.seconds, held))
        finally:
            tracemalloc.stop()
    return found


async def _met(probe: Probe[Any], cell: Cell, there: There) -> Met:
    options = probe.options_model(**cell.told(there.ports[cell.title], there.folder))
    begun = perf_counter()
    finding = await run_once(probe, options, LIMIT)
    return Met(cell, finding, perf_counter() - begun)


def serve(kind: str, folder: Path) -> None:
    """Serve the far ends of `kind` until standard input ends."""
    authority = Authority(folder)
    (folder / "ca.pem").write_bytes(authority.ca_file.read_bytes())
    with ExitStack() as served:
        ports = {}
        for cell in cells_of(kind):
            far_end = cell.make(authority)
            server = refusing(HOST) if far_end.udp is None else name_server(far_end.udp, far_end.tcp, HOST)
            ports[cell.title] = served.enter_context(server)
        sys.stdout.write(json.dumps(ports) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
