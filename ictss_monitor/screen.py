"""Where people read: the terminal as wide as it is, a file or a pipe wide enough for every column."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

NO_TERMINAL_WIDTH: Final = 160
_WIDER_THAN_ANY: Final = 100_000


def console() -> Console:
    """Return the console that commands print on; without colour where nobody sees any."""
    found = Console()
    return found if found.is_terminal else Console(width=NO_TERMINAL_WIDTH)


def fits(screen: Console, table: Table) -> bool:
    """Tell whether a table has room on a screen with no cell broken into lines or cut."""
    unbounded = screen.options.update(max_width=_WIDER_THAN_ANY)
    return Measurement.get(screen, unbounded, table).maximum <= screen.width
