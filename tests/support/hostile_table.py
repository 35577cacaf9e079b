"""Writes docs/hostile.md: every cell of the hostile suite with what was concluded, how soon, and in how much memory.

`python -m support.hostile_table PAGE`, in tests/, lets every probe meet its far ends one by one, which takes minutes.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from support.hostile import LIMIT, MOST_HELD, NOT_HERE, Cell, Met, all_cells, cells_of, far_ends, meet_alone

from ictss_monitor.clock import SECOND

HEAD = """# Hostile far ends

<!-- Written by `python -m support.hostile_table ../docs/hostile.md` in tests/; do not edit. -->

What each type of probe concludes from a far end that lies, stalls, floods or breaks off. The far ends are real
sockets in another process; each probe has a time limit of {limit:g} s and may hold {most:g} MB.
`tests/hostile/` meets all of them in every run of the tests and compares outcome and reason with this page; times and
memory below were measured one cell at a time, with tracing of memory on, and so are upper bounds.

{summary}

| way | far ends | soonest | latest | most memory |
|---|---|---|---|---|
{ways}

Not here: {elsewhere}.

| way | far end | concluded | seconds | KiB |
|---|---|---|---|---|
{cells}
"""


def rows(cells: Iterable[Cell]) -> list[tuple[str, str, str]]:
    """Return the rows of the page without what is measured."""
    return [(cell.way, cell.behaviour, cell.expected) for cell in sorted(cells, key=lambda cell: cell.way)]


def measured() -> list[Met]:
    """Let each type of probe meet its far ends, one after the other."""
    found: list[Met] = []
    for kind in sorted({cell.kind for cell in all_cells()}):
        with far_ends(kind) as there:
            found.extend(asyncio.run(meet_alone(there, cells_of(kind))))
    return sorted(found, key=lambda met: met.cell.way)


def page(met: Sequence[Met]) -> str:
    """Return the page that tells what was `met`."""
    ways: dict[str, list[Met]] = {}
    for each in met:
        ways.setdefault(each.cell.way, []).append(each)
    worst = max(met, key=lambda each: each.held)
    return HEAD.format(
        limit=LIMIT / SECOND,
        most=MOST_HELD / 1e6,
        summary=f"{len(met)} far ends; none took longer than {max(each.seconds for each in met):.2f} s, "
        f"and none more than {worst.held / 1024:.0f} KiB ({worst.cell.title}).",
        ways="\n".join(
            f"| {way} | {len(some)} | {min(each.seconds for each in some):.3f} s | "
            f"{max(each.seconds for each in some):.2f} s | {max(each.held for each in some) / 1024:.0f} KiB |"
            for way, some in ways.items()
        ),
        elsewhere="; ".join(f"{kind}, because {why}" for kind, why in NOT_HERE.items()),
        cells="\n".join(
            f"| {each.cell.way} | {each.cell.behaviour} | {each.verdict} | {each.seconds:.3f} "
            f"| {each.held / 1024:.0f} |"
            for each in met
        ),
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(measured()), "utf-8")
