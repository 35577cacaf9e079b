"""What is wrong with a file that is to be imported: every problem with its line, told in bounded space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ictss_monitor.errors import UsageError

_TOLD: Final = 100
"""Problems that are printed; of the others only the number is, since a wrong separator makes one of every line."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: the line, from 1 (0: the file as a whole), and what to do about it."""

    line: int
    text: str


def refusal(file: str, problems: Sequence[Problem]) -> UsageError:
    """Return the error that refuses `file`: a line for each of the first problems, and how many more there are."""
    lines = [
        f"{file}:{problem.line}: {problem.text}" if problem.line else f"{file}: {problem.text}"
        for problem in sorted(problems)[:_TOLD]
    ]
    if len(problems) > _TOLD:
        lines.append(f"{file}: {len(problems) - _TOLD} more problems, {len(problems)} in all")
    lines.append(f"{file}: nothing was imported")
    return UsageError("\n".join(lines))
