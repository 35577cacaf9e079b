"""The second process of the demo: runs the estate, breaks and mends it on schedule, and logs what it did.

It shares nothing with the monitor but the machine. On standard output it writes one JSON object a line: first
`{"ports": {server: port}, "authority": path}`, then, on the line `start` on its standard input, one for each
`{"at": microseconds, "server": …, "mode": …}` after it was done. The end of its standard input ends it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from ictss_monitor.clock import SystemClock, to_datetime
from ictss_monitor.demo.certificates import Certificates
from ictss_monitor.demo.estate import make
from ictss_monitor.demo.plan import SERVERS, Fault, Mode, schedule
from ictss_monitor.demo.servers import Running


async def inject(folder: Path, seed: int, duration: float) -> None:
    """Run the estate until standard input ends."""
    clock = SystemClock()
    certificates = Certificates(folder, to_datetime(clock.now()))
    estate = {server.name: make(server, certificates) for server in SERVERS}
    for server in estate.values():
        await server.listen()
    _say(ports={name: server.port for name, server in estate.items()}, authority=str(certificates.authority))
    orders = await _standard_input()
    if (await orders.readline()).strip() != b"start":
        return
    async with asyncio.TaskGroup() as tasks:
        breaking = tasks.create_task(_break_and_mend(estate, schedule(seed, duration), clock))
        await orders.read()
        breaking.cancel()
    for server in estate.values():
        await server.close()


async def _break_and_mend(estate: dict[str, Running], faults: tuple[Fault, ...], clock: SystemClock) -> None:
    steps = [(fault.begin, fault.server, fault.mode) for fault in faults]
    steps += [(fault.end, fault.server, Mode.WELL) for fault in faults if fault.end is not None]
    started = clock.monotonic()
    for offset, name, mode in sorted(steps, key=lambda step: step[0]):
        await asyncio.sleep(max(0.0, started + offset - clock.monotonic()))
        await estate[name].behave(mode)
        _say(at=clock.now(), server=name, mode=mode.value)


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _say(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(inject(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
