"""Skips a test that lacks something of the machine, saying what to install; in CI the lack is a failure."""

from __future__ import annotations

import os
import shutil

import pytest

from ictss_monitor.reporting.pdf import PANGO


def need(command: str, package: str) -> str:
    """Return the path of `command`; skip, or in CI fail, where Debian's `package` is not installed."""
    found = shutil.which(command, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin")
    if found is None:
        lack(f"{command} is missing: apt-get install {package}")
    return found  # type: ignore[return-value]  # lack() never returns


def need_root(why: str) -> None:
    """Skip, or in CI fail, where the test does not run as root."""
    if os.geteuid() != 0:
        lack(f"needs root: {why}")


def need_pango() -> None:
    """Skip, or in CI fail, where the library that PDF needs is not installed."""
    try:
        import weasyprint  # noqa: F401  # whether it can be imported is the question
    except OSError:
        lack(f"Pango is missing: apt-get install {PANGO}")


def lack(message: str) -> None:
    """Skip with `message`, or fail with it in CI, where nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
