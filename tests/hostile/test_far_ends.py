"""What every type of probe concludes from far ends that lie, stall, flood and break off: the table is in `support`."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from support.hostile import (
    LIMIT,
    MOST_HELD,
    NOT_HERE,
    Met,
    There,
    all_cells,
    cells_of,
    far_ends,
    meet,
    meet_alone,
    open_descriptors,
)
from support.hostile_table import rows

from ictss_monitor.clock import SECOND
from ictss_monitor.probing import registry

SLACK = 1.5
"""Seconds beyond the time limit that a busy machine may need, with fifty probes at once."""
PAGE = Path(__file__).parents[2] / "docs" / "hostile.md"
OURS = [kind for kind in registry.kinds() if registry.probe_class(kind).__module__.startswith("probes.")]
AT_LEAST = {"silent", "nobody listens", "garbage", "oversized"}


def test_table_has_every_type_of_probe() -> None:
    """No type of probe is left out of the suite without a reason."""
    assert {cell.kind for cell in all_cells()} | set(NOT_HERE) == set(OURS)


def test_table_has_the_plain_behaviours_for_every_way() -> None:
    """Each way to talk meets silence, refusal, garbage and excess; each way under TLS also a wrong certificate."""
    of = {
        way: {cell.behaviour for cell in all_cells() if cell.way == way} for way in {cell.way for cell in all_cells()}
    }
    for way, behaviours in of.items():
        assert behaviours >= AT_LEAST or "certificate of its own" in behaviours, way
    assert not [title for title, count in Counter(cell.title for cell in all_cells()).items() if count > 1]


@pytest.mark.parametrize("kind", [kind for kind in OURS if kind not in NOT_HERE])
def test_hostile_far_ends_are_judged_rightly_in_time_and_in_bounds(kind: str) -> None:
    """All at once: each has the outcome that the table says, in time; all of them together hold what one may.

    Neither a socket nor a task is left of them.
    """

    async def met_and_left(there: There) -> tuple[list[Met], int]:
        await meet(there, cells_of(kind)[:1])  # what is imported or cached on first use
        before, tasks = open_descriptors(), asyncio.all_tasks()
        tracemalloc.start()
        try:
            held = tracemalloc.get_traced_memory()[0]
            met = await meet(there, cells_of(kind))
            held = tracemalloc.get_traced_memory()[1] - held
        finally:
            tracemalloc.stop()
        assert open_descriptors() == before, f"{kind} leaves a socket open"
        assert asyncio.all_tasks() == tasks, f"{kind} leaves a task running"
        return met, held

    with far_ends(kind) as there:
        met, held = asyncio.run(met_and_left(there))
    wrong = [f"{each.cell.title}: {each.verdict}, not {each.cell.expected}" for each in met if not each.is_right]
    assert not wrong, "\n".join(wrong)
    late = [f"{each.cell.title}: {each.seconds:.2f} s" for each in met if each.seconds > LIMIT / SECOND + SLACK]
    assert not late, "\n".join(late)
    assert held < MOST_HELD, f"{len(met)} probes hold {held} octets together"


def test_measuring_alone_tells_what_a_probe_holds() -> None:
    """What the page says of memory comes from a measurement that sees an answer of 64 KiB while it is held."""
    cells = {cell.behaviour: cell for cell in cells_of("http") if cell.way == "http"}
    with far_ends("http") as there:
        little, much = asyncio.run(meet_alone(there, [cells["nobody listens"], cells["oversized"]]))
    assert little.held < 64 * 1024 < much.held < MOST_HELD


def test_page_tells_the_table() -> None:
    """docs/hostile.md has each cell with the outcome that is tested here and says how to write it anew."""
    told = [tuple(part.strip() for part in line.split("|")[1:4]) for line in PAGE.read_text("utf-8").splitlines()]
    written = [row for row in told if len(row) == 3 and row[2].startswith(("up ", "down ", "degraded ", "unknown "))]
    assert written == [row[:3] for row in rows(all_cells())]
