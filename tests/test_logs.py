"""The daemon's log: a line for a happening, in the form that was asked for, and never a reason to fall."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from ictss_monitor import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_json_is_one_object_a_line() -> None:
    """Machines find event, level, time and values, an exception's trace among them."""
    text = io.StringIO()
    logs.configure("json", stream=text)
    log = structlog.get_logger()
    log.info("watching", checks=3)
    try:
        raise KeyError("fw")
    except KeyError:
        log.exception("bug")
    first, second = (json.loads(line) for line in text.getvalue().splitlines())
    assert {"event": "watching", "level": "info", "checks": 3}.items() <= first.items()
    assert first["timestamp"].endswith("Z")
    assert "KeyError: 'fw'" in second["exception"]


def test_a_level_leaves_out_what_is_below() -> None:
    """Asked for warnings, nothing of less weight is written."""
    text = io.StringIO()
    logs.configure("console", level="warning", stream=text)
    structlog.get_logger().info("watching")
    structlog.get_logger().warning("settings differ", settings=["vantage"])
    assert "watching" not in text.getvalue()
    assert "settings differ" in text.getvalue()
    assert "\x1b" not in text.getvalue()


def test_what_libraries_log_comes_in_our_form() -> None:
    """A warning of the standard library's logging is a line like any other, its logger named."""
    text = io.StringIO()
    logs.configure("json", stream=text)
    record = logging.LogRecord("apscheduler", logging.WARNING, "", 0, "late by %s s", (3,), None)
    logs._Passing().emit(record)
    assert {"event": "late by 3 s", "logger": "apscheduler", "level": "warning"}.items() <= json.loads(
        text.getvalue()
    ).items()


def test_a_log_that_cannot_be_written_raises_nothing() -> None:
    """Neither a full disk nor a closed stream ends the daemon."""
    with open("/dev/full", "w", encoding="utf-8", buffering=1) as full:
        logs.configure("console", stream=full)
        structlog.get_logger().error("store refuses to write")
        with pytest.raises(OSError, match="No space left"):
            full.close()
    structlog.get_logger().error("store refuses to write")
