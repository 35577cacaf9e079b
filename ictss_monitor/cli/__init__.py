"""The command line `ictss-monitor`: one command, one function; each is imported only when it is called."""

from ictss_monitor.cli.main import main

__all__ = ["main"]
