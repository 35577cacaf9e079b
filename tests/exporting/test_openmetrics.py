"""States of services as OpenMetrics: the samples, and that Prometheus's own tool takes them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from ictss_monitor.clock import MINUTE, SECOND, Instant
from ictss_monitor.exporting.openmetrics import END, head, samples_of
from ictss_monitor.intervals import EMPTY, IntervalSet, span
from ictss_monitor.judging.timeline import Levels, ServiceTimeline

BEGIN: Instant = 1_729_000_000 * SECOND - 40 * SECOND
"""A whole minute."""
PAIR = ("website", "fenshire")
NONE = Levels(EMPTY, EMPTY)


def minutes(begin: float, end: float) -> IntervalSet:
    """Return a stretch in minutes after BEGIN."""
    return span(BEGIN + round(begin * MINUTE), BEGIN + round(end * MINUTE))


def timeline(
    down: IntervalSet = EMPTY, degraded: IntervalSet = EMPTY, unknown: IntervalSet = EMPTY, away: IntervalSet = EMPTY
) -> ServiceTimeline:
    """Return ten minutes of a service."""
    return ServiceTimeline(BEGIN, BEGIN + 10 * MINUTE, away, unknown, down, degraded, NONE, NONE)


def text_of(held: ServiceTimeline, step: int = MINUTE) -> str:
    """Return the whole export of one service."""
    return head() + "".join(samples_of(PAIR, held, held.start, held.end, step)) + END


def test_a_sample_at_each_step() -> None:
    """Each says what was held at that instant, as a scrape would have; out of service there is none."""
    held = timeline(minutes(2, 3.5), minutes(4, 5), minutes(6, 7), minutes(0, 1))
    (family,) = text_string_to_metric_families(text_of(held))
    assert (family.name, family.type) == ("ictss_service_state", "gauge")
    assert [(int(float(each.timestamp)) * SECOND, each.value) for each in family.samples] == [
        (BEGIN + minute * MINUTE, value)
        for minute, value in [(1, 2), (2, 0), (3, 0), (4, 1), (5, 2), (6, -1), (7, 2), (8, 2), (9, 2)]
    ]
    assert family.samples[0].labels == {"service": "website", "council": "fenshire"}


STRETCHES = st.tuples(st.integers(0, 10 * MINUTE), st.integers(0, 10 * MINUTE)).map(sorted)


@given(st.integers(SECOND, 300 * SECOND), st.tuples(STRETCHES, STRETCHES, STRETCHES))
def test_every_sample_says_what_was_held_then(step: int, stretches: tuple[list[int], ...]) -> None:
    """Samples are at whole multiples of the step and none is left out, whatever the step."""
    down, degraded, unknown = (span(BEGIN + begin, BEGIN + end) for begin, end in stretches)
    held = timeline(down - unknown, degraded - down - unknown, unknown)
    lines = "".join(samples_of(PAIR, held, held.start, held.end, step)).splitlines()
    wanted = list(range(-(-BEGIN // step) * step, held.end, step))
    assert len(lines) == len(wanted)
    for line, at in zip(lines, wanted, strict=True):
        _, value, time = line.split()
        state = -1 if at in unknown else 0 if at in down else 1 if at in degraded else 2
        whole, _, rest = time.partition(".")
        assert (int(value), int(whole) * SECOND + int(rest.ljust(6, "0") or 0)) == (state, at)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (package prometheus) is not installed")
def test_promtool_makes_blocks_of_it(tmp_path: Path) -> None:
    """What is exported fills Prometheus: every sample is in the blocks, with its value."""
    (tmp_path / "export.om").write_text(text_of(timeline(minutes(2, 4))))
    made = tmp_path / "blocks"
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", "export.om", "blocks"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=60,
    )
    (made / "wal").mkdir()  # it is a database only with a log
    dumped = subprocess.run(
        ["promtool", "tsdb", "dump", "blocks"], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60
    ).stdout
    found = [line.rsplit(" ", 2)[1:] for line in dumped.splitlines() if "ictss_service_state" in line]
    assert found == [["0" if minute in (2, 3) else "2", str((BEGIN + minute * MINUTE) // 1000)] for minute in range(10)]
