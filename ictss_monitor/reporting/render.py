"""Writes a report into a folder: one file of the form asked for, whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ictss_monitor.errors import UsageError
from ictss_monitor.reporting.content import Report, Sealing
from ictss_monitor.reporting.csv import csv
from ictss_monitor.reporting.docx import docx
from ictss_monitor.reporting.html import html
from ictss_monitor.reporting.json import json
from ictss_monitor.reporting.pdf import pdf
from ictss_monitor.reporting.xlsx import xlsx

FORMS: Final[dict[str, Callable[[Report], bytes]]] = {
    "html": html,
    "pdf": pdf,
    "xlsx": xlsx,
    "docx": docx,
    "csv": csv,
    "json": json,
}
"""What makes the bytes of each form; its name is the ending of the file."""


def render(report: Report, form: str, folder: Path) -> Path:
    """Write `report` as `form`, one of FORMS, into `folder`, which is made if need be; return the file.

    A file of that name is replaced in one step: whoever opens it meanwhile sees the old one or the new one, whole.
    Raises UsageError for a form that there is none of, and where the file cannot be written.
    """
    if form not in FORMS:
        raise UsageError.unknown("format", form, FORMS)
    written = FORMS[form](report)
    file = folder / file_name(report, form)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(file, written)
    except OSError as error:
        raise UsageError(
            f"cannot write {file}: {error.strerror or error}; give a folder that can be written to"
        ) from None
    return file


def file_name(report: Report, form: str) -> str:
    """Return the name of the file: `availability-2026-10-fenshire-v1.pdf`, or `-draft`, `-unsealed` for a version."""
    statement = report.statement
    standing = {
        Sealing.SEALED: f"v{statement.version}",
        Sealing.DRAFT: "draft",
        Sealing.UNSEALED: "unsealed",
    }[statement.sealing]
    parts = ("availability", report.period.label, report.council_id, standing)
    return "-".join(_for_files(part) for part in parts if part) + f".{form}"


def _for_files(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_+]+", "-", text).strip("-")


def _replace(file: Path, written: bytes) -> None:
    made = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with made.open("xb") as opened:
            opened.write(written)
            opened.flush()
            os.fsync(opened.fileno())
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)
