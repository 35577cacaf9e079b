"""Renders a report in a process of its own, with less of the processor than probes get; it comes over as JSON."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from ictss_monitor.errors import MonitorError
from ictss_monitor.reporting.content import Report
from ictss_monitor.statements.long_numbers import numbers_of_any_length

TIME_LIMIT: Final = 900.0
"""Seconds for all files of a report: a year of many councils takes one or two minutes on an old machine."""
NICE: Final = 10
MOST_SAID: Final = 300
"""Characters of what the process says where it fails."""


async def render_apart(report: Report, forms: Sequence[str], folder: Path) -> tuple[Path, ...]:
    """Write `report` into `folder` in each of `forms`, as `render` does, beside the event loop; return the files.

    Raises MonitorError where that fails; files that were written before stay.
    """
    said = await asyncio.to_thread(to_json, report)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "ictss_monitor.reporting", str(folder), *forms),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TIME_LIMIT):
            files, errors = await process.communicate(said)
    except TimeoutError:
        raise MonitorError(f"the report was not written within {TIME_LIMIT / 60:.0f} minutes: ask for less") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = (errors.decode(errors="replace").strip().splitlines() or ["without a word"])[-1]
        raise MonitorError(f"the report could not be written: {last[:MOST_SAID]}")
    return tuple(Path(line) for line in files.decode().splitlines())


def to_json(report: Report) -> bytes:
    """Return all of `report`, exactly."""
    with numbers_of_any_length():
        return _adapter().dump_json(report)


def from_json(text: bytes) -> Report:
    """Return what `to_json` wrote. Raises ValueError for any other text."""
    with numbers_of_any_length():
        return _adapter().validate_json(text)


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)
