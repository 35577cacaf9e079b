"""CSV and JSON files as records: each knows its line, and a broken file says where it breaks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.importing import records
from ictss_monitor.importing.records import Contents, read_csv, read_json

COLUMNS = ("service", "begin", "note")
NEEDED = ("service", "begin")


def csv(text: str) -> Contents:
    """Read a table."""
    return read_csv(text, COLUMNS, NEEDED)


def js(text: str) -> Contents:
    """Read a document."""
    return read_json(text, "outages", COLUMNS)


def told(contents: Contents) -> list[tuple[int, str]]:
    """Return what is wrong, as line and words."""
    return [(problem.line, problem.text) for problem in contents.problems]


def test_a_record_knows_the_line_where_it_begins() -> None:
    """A note over several lines, blank lines and Windows line ends do not shift the lines that are told."""
    found = csv('\ufeffService , begin,note\r\n\r\na,1,"over\r\ntwo"\r\n b , 2 ,\r\n')
    assert found.problems == []
    assert [(record.line, record["service"], record["begin"]) for record in found.records] == [
        (3, "a", "1"),
        (5, "b", "2"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "the column service is missing; the first line must name service, begin"),
        ("service,begin,notes\n", 1, "unknown column 'notes': did you mean note?"),
        ("service,begin,owner\n", 1, "unknown column 'owner': expected service, begin, note"),
        ("service,begin,begin\n", 1, "the column begin stands there twice"),
        ("service;begin;note\n", 1, "unknown column 'service;begin;note'"),
        ("service,begin\na,1,x\n", 2, "3 cells under 2 columns; put text with commas in double quotes"),
        ('service,begin\na,"1\n', 2, "not readable as CSV: unexpected end of data"),
        ("service,begin\na," + "x" * 200_000, 2, "not readable as CSV: field larger than field limit"),
    ],
)
def test_a_broken_table_says_where(text: str, line: int, words: str) -> None:
    """What cannot be read is told with its line and a remedy."""
    assert told(csv(text))[0][0] == line
    assert words in told(csv(text))[0][1]


def test_json_is_a_list_or_an_object_with_a_span() -> None:
    """Both forms hold the same records, and their lines are known."""
    bare = js('[\n {"service": "a", "begin": "1"},\n\n {"service": "b", "begin": "2", "note": null}]\n')
    assert [(record.line, record["service"], record["note"]) for record in bare.records] == [(2, "a", ""), (4, "b", "")]
    assert bare.span is None
    whole = js('{"span": {"from": "x", "to": "y"},\n"outages": [{"service": "a"}]}')
    assert whole.span is not None
    assert (whole.span["from"], whole.span["to"]) == ("x", "y")
    assert [record.line for record in whole.records] == [2]
    assert js("[]").problems == js('{"outages": []}').problems == js("{}").problems == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "not readable as JSON: expected [ or {"),
        ("[\n{}\n", 3, "not readable as JSON: expected , or ]"),
        ("[{}] x", 1, "not readable as JSON: something follows its end"),
        ('[{"service": 1}]', 1, "service must be text in double quotes"),
        ('[\n["a"]]', 2, "expected an object with service, begin, note"),
        ('[{"owner": "a"}]', 1, "unknown key 'owner'; expected service, begin, note"),
        ('{"outage": []}', 1, "unknown key 'outage'; expected span and outages"),
        ('{"span": "October"}', 1, "expected an object with from, to"),
        ('[{"service": "a",}]', 1, "not readable as JSON"),
        ("[" + "[" * 100_000, 1, "not readable as JSON: nested too deep"),
        ("[" + "9" * 5_000 + "]", 1, "not readable as JSON"),
    ],
)
def test_a_broken_document_says_where(text: str, line: int, words: str) -> None:
    """What cannot be read is told with its line and what was expected."""
    (problem,) = js(text).problems
    assert problem.line == line
    assert words in problem.text


@given(st.lists(st.fixed_dictionaries({}, optional={name: st.text(max_size=20) for name in COLUMNS}), max_size=8))
def test_any_document_is_read_as_it_was_written(records: list[dict[str, str]]) -> None:
    """Walking the outermost level by hand reads what the library writes, whatever the texts hold."""
    found = js(json.dumps({"outages": records}, indent=1))
    assert found.problems == []
    assert [dict(record.cells) for record in found.records] == [
        {name: text.strip() for name, text in record.items()} for record in records
    ]


def test_too_many_records_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without end is not read to its end."""
    monkeypatch.setattr(records, "MOST_RECORDS", 2)
    for contents in (csv("service,begin\n" + "a,1\n" * 5), js("[" + ", ".join(['{"service": "a"}'] * 5) + "]")):
        assert len(contents.records) == 2
        assert "more than 2 records; split the file" in contents.problems[0].text


@given(st.text(alphabet='[]{}:,"aé\n 1', max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever a file holds, it is read or refused, never a traceback."""
    js(text)
    csv(text)
