"""Fixtures of the tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import OUTAGE, ask, record, runs_of_october, write_catalogue

__all__ = ["ask"]


@pytest.fixture
def estate(tmp_path: Path, store_url: str) -> Path:
    """Return the catalogue of an estate whose store holds October's evidence, on either database."""
    record(store_url, runs_of_october(), [OUTAGE])
    return write_catalogue(tmp_path, store_url)
