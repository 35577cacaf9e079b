"""Cells of the report's tables: the text that is printed, and the same as a number for a spreadsheet."""

from __future__ import annotations

from typing import Final

from ictss_monitor.availability.printing import duration_text
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.reporting.blocks import Cell, Local, Minutes, Percentage
from ictss_monitor.reporting.shares import Share, Verdict
from ictss_monitor.reporting.wording import NONE, local_time, moment_text

_NO_SHARE: Final = Share(NONE)


def share_cell(share: Share | None, verdict: Verdict | None = None, notes: tuple[str, ...] = ()) -> Cell:
    """Return a share as a cell; where it shows a number, a spreadsheet gets the very number that is shown."""
    share = share or _NO_SHARE
    printed = share.printed
    return Cell(share.text, None if printed is None else Percentage(printed, share.decimals), verdict, notes)


def moment_cell(instant: Instant | None, zone: str) -> Cell:
    """Return an instant as a cell in local time; None is an end that has not come."""
    if instant is None:
        return Cell("not over yet")
    return Cell(moment_text(instant, zone), Local(local_time(instant, zone).replace(tzinfo=None)))


def length_cell(duration: Duration | None) -> Cell:
    """Return a duration as a cell: for a person in hours and minutes, for a spreadsheet in minutes."""
    return Cell(NONE) if duration is None else Cell(duration_text(duration), Minutes(duration))
