"""A share as it is printed, and how it stands to its target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

_PER_CENT = re.compile(r"(\d+(?:\.(\d+))?) %", re.ASCII)


class Verdict(StrEnum):
    """How a figure stands to its target; compared exactly by whoever fills the report, never from printed digits."""

    GREEN = "green"
    """The target is met."""
    AMBER = "amber"
    """It is missed, by no more than the policy's amber threshold."""
    RED = "red"
    """It is missed."""
    OPEN = "open"
    """There is no target or no figure, or too little was seen to decide."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of time as it is printed: `99.57 %`, or in words why there is none: `N/A (hosted externally)`.

    `exact` is the share itself, of 1; None where the text is words, and also where it is shown as bounds only.
    """

    text: str
    exact: Fraction | None = None

    @property
    def printed(self) -> Fraction | None:
        """The number that the text shows, as a share of 1: what a spreadsheet shows too; None for words."""
        found = _PER_CENT.fullmatch(self.text)
        return None if found is None else Fraction(found[1]) / 100

    @property
    def decimals(self) -> int:
        """How many decimals of a per cent the text shows."""
        found = _PER_CENT.fullmatch(self.text)
        return 0 if found is None else len(found[2] or "")
