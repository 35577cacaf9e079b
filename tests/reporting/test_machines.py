"""CSV and JSON: exact, complete, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from typing import Any

import pytest
from support.report_content import HOSTILE, REPORTS, Rendered, example

from ictss_monitor.clock import MINUTE
from ictss_monitor.reporting.csv import FIELDS


def lines(rendered: Rendered, report: str) -> list[dict[str, str]]:
    """Return the rows of a report's CSV."""
    return list(csv.DictReader(io.StringIO(rendered(report, "csv").decode("utf-8-sig"))))


def test_csv_has_a_line_for_each_figure(rendered: Rendered) -> None:
    """Each figure of the report has a line with the exact share beside the printed text, and seconds."""
    first, low, hosted = lines(rendered, "example")
    assert tuple(first) == FIELDS
    assert (first["availability"], Fraction(first["availability_exact"])) == ("99.57 %", 1 - Fraction(560, 132_480))
    assert (first["statement"], first["verdict"], first["lost_seconds"]) == ("sealed v2", "green", "33600")
    assert (first["from"], first["to"]) == ("2019-06-30T23:00:00Z", "2019-09-30T23:00:00Z")
    assert low["availability_exact"] == ""
    assert low["availability"].startswith("below minimum coverage")
    assert (hosted["availability"], hosted["low"], hosted["left_seconds"]) == ("N/A (hosted externally)", "", "")


def test_csv_of_nothing_has_its_head(rendered: Rendered) -> None:
    """A report without figures has the line of headings alone, behind the mark of UTF-8."""
    assert rendered("empty", "csv") == b"\xef\xbb\xbf" + ",".join(FIELDS).encode() + b"\r\n"


def test_no_name_is_a_formula(rendered: Rendered) -> None:
    """A text that a spreadsheet would compute stands behind an apostrophe; any other is as it was."""
    names = [line["name"] for line in lines(rendered, "hostile")]
    assert not any(name.startswith(("=", "+", "-", "@", "\t")) for name in names)
    assert f"'{HOSTILE[1]}" in names
    assert HOSTILE[0] in names


def test_json_is_exact(rendered: Rendered) -> None:
    """Shares are fractions beside their text, durations whole microseconds by name, instants in UTC."""
    told = json.loads(rendered("example", "json"))
    headline = told["summary"]["headline"]
    assert headline["actual"] == {"text": "99.57 %", "exact": str(1 - Fraction(560, 132_480))}
    assert headline["lost_microseconds"] == 560 * MINUTE
    assert told["made_at"] == "2019-10-08T09:15:00Z"
    assert told["outages"][4]["end"] is None
    assert told["outages"][2]["planning"] == "planned, overran"
    assert told["areas"]["rows"][0]["third_party_microseconds"] == 220 * MINUTE
    assert told["statement"]["sealing"] == "sealed"


@pytest.mark.parametrize("report", REPORTS)
def test_json_has_no_bare_number_that_could_be_either(rendered: Rendered, report: str) -> None:
    """Whatever is large enough to be an instant or a duration says in its name what it is."""

    def numbers(value: Any, name: str) -> None:
        if isinstance(value, dict):
            for key, each in value.items():
                numbers(each, key)
        elif isinstance(value, list):
            for each in value:
                numbers(each, name)
        elif isinstance(value, int) and not isinstance(value, bool):
            assert abs(value) < 1000 or name.endswith("_microseconds"), name

    numbers(json.loads(rendered(report, "json")), "")


def test_json_holds_every_part() -> None:
    """No field of the report is left out."""
    from dataclasses import fields

    from ictss_monitor.reporting.json import json as written

    told = json.loads(written(example()))
    assert set(told) == {field.name for field in fields(example())}
