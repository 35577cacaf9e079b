"""Commands that run the daemon: run, demo."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
import structlog

from ictss_monitor import logs
from ictss_monitor.cli.main import EXIT_CODES, run_async, with_config
from ictss_monitor.errors import StoreError, UsageError

END_WITHIN: Final = 4.8
"""Seconds after which the process is gone, whatever a database that says nothing keeps it waiting for."""


@click.command()
@click.option("--log-format", type=click.Choice(["console", "json"]), default="console", show_default=True)
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True
)
@click.option("--upgrade", is_flag=True, help="Create or upgrade the store first, as `db upgrade` does.")
@with_config
def run(config: Path, log_format: str, log_level: str, upgrade: bool) -> None:
    """Watch the estate: the daemon, in the foreground.

    SIGTERM and SIGINT stop it within five seconds and lose nothing; a second SIGINT ends it at once. SIGHUP reloads
    the catalogue; a wrong one is refused with one log line, and the old one stays.
    """
    logs.configure(log_format, level=log_level)
    if upgrade:
        from ictss_monitor.cli.operate import upgrade_store

        upgrade_store(config)
    run_async(_run(config))


async def _run(config: Path) -> None:
    from ictss_monitor import daemon
    from ictss_monitor.loading import loader

    signals = daemon.Signals()
    _listen_for_signals(signals.stop.set, signals.reload.set)
    await daemon.run(loader(config), signals)


def _listen_for_signals(stop: Callable[[], None], reload: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()

    def terminated() -> None:
        stop()
        loop.call_later(END_WITHIN, _end_by_force)

    def interrupted() -> None:
        terminated()
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # the second one ends the process at once, without a word

    loop.add_signal_handler(signal.SIGTERM, terminated)
    loop.add_signal_handler(signal.SIGINT, interrupted)
    loop.add_signal_handler(signal.SIGHUP, reload)


def _end_by_force() -> None:
    """End the process as it is. The recorder has given up by now; closing a connection could take a minute more."""
    structlog.get_logger(__name__).error("ended by force: something did not close in time, most likely the store")
    os._exit(EXIT_CODES[StoreError])


@click.command()
@click.option("--for", "duration", metavar="DURATION", help="End by itself after this long (60s, 5m) and compare.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed breaks other things.")
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the demo's store and logs here.")
def demo(duration: str | None, seed: int, folder: Path | None) -> int:
    """Watch a small estate of real servers that is broken on a schedule.

    A second process runs servers for two councils on 127.0.0.0/8 and breaks and mends them; the daemon watches them as
    it would yours. At the end what was recorded is held against what was done. Exits with 1 if an outage was missed or
    invented, or its begin or end is off by more than one interval.
    """
    from ictss_monitor.demo.show import show

    _make(folder)
    return 0 if run_async(show(seed, _seconds(duration), folder)) else 1


def _make(folder: Path | None) -> None:
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--folder {folder}: cannot be made: {(error.strerror or str(error)).lower()}") from None


def _seconds(text: str | None) -> float | None:
    from ictss_monitor.catalogue.values import duration
    from ictss_monitor.clock import SECOND

    try:
        return None if text is None else duration(text) / SECOND
    except ValueError as error:
        raise UsageError(f"--for: {error}") from None
