"""The answer of Prometheus to a range query for probe_success."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.clock import MINUTE, SECOND
from ictss_monitor.errors import UsageError
from ictss_monitor.importing.mapping import Mapped
from ictss_monitor.importing.prometheus import read_prometheus
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

PAIR = ("mail", "fenshire")
MAPPED: Mapped = {"mx.example.org:25": [PAIR]}


def answer(*series: tuple[dict[str, str], list[Any]]) -> str:
    """Return what Prometheus answers."""
    result = [{"metric": metric, "values": values} for metric, values in series]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})


def of_mail(*values: Any) -> str:
    """Return an answer with one series."""
    return answer(({"__name__": "probe_success", "instance": "mx.example.org:25"}, list(values)))


def test_samples_become_stretches() -> None:
    """Failures last until the next success; more than two steps without a sample is a time that nobody watched."""
    text = of_mail(
        [1000, "1"],
        [1060.5, "0"],
        [1120, "0"],
        [1180, "1"],
        [1240, "0.5"],
        [1300, "NaN"],
        [1360, "1"],
        [1500, "1"],
        [1560, "1"],
    )
    rows, problems = read_prometheus(text, MAPPED, "instance", 60 * SECOND, None, None)
    assert problems == []
    assert [(row.since / SECOND, row.until / SECOND, row.state) for row in rows] == [
        (1000, 1360, Outcome.UP),
        (1500, 1560, Outcome.UP),
        (1060.5, 1180, Outcome.DOWN),
        (1240, 1300, Outcome.DEGRADED),
        (1300, 1360, Outcome.UNKNOWN),
    ]


def test_the_step_is_found_in_the_data() -> None:
    """Without one the shortest time between two samples is taken."""
    text = of_mail([0, "1"], [60, "1"], [180, "1"], [301, "1"], [361, "1"])
    rows, _ = read_prometheus(text, MAPPED, "instance", None, None, None)
    assert [(row.since // SECOND, row.until // SECOND) for row in rows] == [(0, 180), (301, 361)]


def test_a_millisecond_is_kept_exactly() -> None:
    """Times are read as decimals, not as floats."""
    rows, _ = read_prometheus(
        of_mail([1729000000.123, "1"], [1729000060.123, "1"]), MAPPED, "instance", MINUTE, None, None
    )
    assert rows[0].since == 1_729_000_000_123_000


def test_series_are_told_by_a_label() -> None:
    """Which label is the name is chosen; a name that is not there is told with a near match, one of two is refused."""
    twice = answer(({"job": "a", "instance": "x"}, []), ({"job": "b", "instance": "x"}, []))
    rows, problems = read_prometheus(twice, {"a": [PAIR]}, "job", None, None, None)
    assert (rows, problems) == ([], [])
    assert read_prometheus(twice, {"x": [PAIR]}, "instance", None, None, None)[1][0].text == (
        "it has 2 series whose instance is 'x': narrow the query, or choose a --label"
    )
    assert read_prometheus(of_mail(), {"mx.example.org": [PAIR]}, "instance", None, None, None)[1][0].text == (
        "it has no series with the instance 'mx.example.org': did you mean 'mx.example.org:25'?"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1000, "2"], "'2' is no success or failure"),
        ([1000, "up"], "'up' is no value of a sample"),
        ([1000, 1], "is no sample; expected a time and a value"),
        (["1000", "1"], "'1000' is no time in seconds"),
        ([1729000000000, "1"], "'1729000000000' is no time in seconds"),
        ([10, "1"], "its sample at 10 is not later than the one before"),
    ],
)
def test_a_sample_that_is_none_is_told(value: Any, words: str) -> None:
    """What is no success or failure, or no time, is refused with its series."""
    _, (problem,) = read_prometheus(of_mail([10, "1"], value), MAPPED, "instance", None, None, None)
    assert problem.text.startswith("series 'mx.example.org:25': ")
    assert words in problem.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html>", "not readable as JSON"),
        ("[" * 100_000, "not readable as JSON"),
        ("[]", "not the answer to a range query"),
        ('{"status": "error", "error": "parse error"}', "Prometheus answered with an error: 'parse error'"),
        ('{"data": {"resultType": "vector", "result": []}}', "expected data of resultType matrix"),
        ('{"data": {"resultType": "matrix", "result": [1]}}', "a series lacks metric or values"),
    ],
)
def test_what_is_no_answer_is_refused(text: str, words: str) -> None:
    """Anything else than the answer to a range query is one clear line."""
    with pytest.raises(UsageError, match=words):
        read_prometheus(text, MAPPED, "instance", None, None, None)


@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_time_lost_is_that_of_the_failed_samples(up: list[bool]) -> None:
    """Over samples without a gap, each failed one loses the time to the next, and all of it is covered."""
    text = of_mail(*([index * 60, "1" if each else "0"] for index, each in enumerate(up)))
    rows, _ = read_prometheus(text, MAPPED, "instance", MINUTE, None, None)
    assert rows[0] == Imported(*PAIR, 0, (len(up) - 1) * MINUTE, Outcome.UP)
    assert sum(row.until - row.since for row in rows[1:]) == up[:-1].count(False) * MINUTE


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["matrix", "1", "a"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["data", "resultType", "result", "metric", "values", "instance"]), inner, max_size=3
        ),
    ),
    max_leaves=12,
)


@given(JSON, JSON)
def test_no_answer_breaks_the_reader(whole: Any, values: Any) -> None:
    """Whatever comes, it is read or refused in words, never a traceback."""
    series = {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {"instance": "a"}}]}}
    series["data"]["result"][0]["values"] = values  # type: ignore[index]
    for answered in (whole, series):
        with suppress(UsageError):
            read_prometheus(json.dumps(answered), {"a": [PAIR]}, "instance", None, None, None)
