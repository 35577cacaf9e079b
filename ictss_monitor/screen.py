"""Where people read: the terminal as wide as it is, a file or a pipe wide enough for every column."""

from __future__ import annotations

from typing import Final

from rich.console import Console

NO_TERMINAL_WIDTH: Final = 160


def console() -> Console:
    """Return the console that commands print on; without colour where nobody sees any."""
    found = Console()
    return found if found.is_terminal else Console(width=NO_TERMINAL_WIDTH)
