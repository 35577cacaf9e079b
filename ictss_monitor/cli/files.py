"""Files and URLs that commands read: in bounded size, and each reason why not in one line."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic_core import PydanticCustomError

from ictss_monitor.catalogue.values import duration
from ictss_monitor.clock import Duration
from ictss_monitor.errors import UsageError

LARGEST: Final = 64 * 2**20
"""Bytes of a text that is read as a whole."""
LONGEST_LINE: Final = 64 * 2**10
_TIME_LIMIT: Final = 120
"""Seconds for an answer to come in full."""


def text_of(file: Path) -> str:
    """Return the text of a file. Raises UsageError where it is too large, not UTF-8, or not readable."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    return _decoded(str(file), data)


def _decoded(name: str, data: bytes) -> str:
    if len(data) > LARGEST:
        raise UsageError(f"{name}: larger than {LARGEST // 2**20} MiB; split it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: not UTF-8; save it as UTF-8, in Excel as 'CSV UTF-8'") from None


def lines_of(file: Path) -> Iterator[str]:
    """Yield the lines of a log, compressed by gzip or not, cut where one is very long.

    Raises UsageError where it is not readable.
    """
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as opened:
            while line := opened.readline(LONGEST_LINE):
                yield line.decode("utf-8", errors="replace")
    except (OSError, EOFError) as error:
        raise UsageError(f"{file}: {error}") from error


def as_csv_or_json(file: Path, form: str | None) -> str:
    """Return `csv` or `json`: what is said, else by the file's name."""
    return form or ("json" if file.suffix.lower() == ".json" else "csv")


def duration_of(option: str, text: str | None) -> Duration | None:
    """Return the duration that an option says, such as `30s`; None where it is not given. Raises UsageError."""
    if text is None:
        return None
    try:
        return duration(text)
    except PydanticCustomError as error:
        raise UsageError(f"{option}: {error}") from None


async def fetched(url: str) -> str:
    """Return the text behind an HTTP URL. Raises UsageError, which does not repeat the URL: it may hold a password."""
    import aiohttp

    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIME_LIMIT)) as session,
            session.get(url) as answer,
        ):
            data = bytearray()
            async for part in answer.content.iter_any():
                data += part
                if len(data) > LARGEST:
                    break
            if not answer.ok and answer.content_type != "application/json":
                raise UsageError(f"{answer.host}: answered {answer.status} {answer.reason}")
            return _decoded(answer.host, bytes(data))
    except TimeoutError:
        raise UsageError(f"no full answer within {_TIME_LIMIT} s") from None
    except (aiohttp.ClientError, ValueError) as error:
        raise UsageError(f"cannot fetch it: {type(error).__name__}; see that the URL answers in a browser") from None
