"""YAML text as plain data that remembers its lines."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ictss_monitor.catalogue import marks
from ictss_monitor.catalogue.marks import MarkedList, MarkedMapping, read
from ictss_monitor.catalogue.problems import Problems, Source


def read_text(text: str) -> tuple[MarkedMapping | None, tuple[str, ...]]:
    """Return the data of a text that is called a.yaml, and its problems."""
    problems = Problems()
    return read(Source("a.yaml", text), problems), problems.error(["a.yaml"]).problems


@pytest.fixture(params=["C", "Python"])
def any_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test with both of PyYAML's parsers."""
    monkeypatch.setattr(marks, "Loader", yaml.CSafeLoader if request.param == "C" else yaml.SafeLoader)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("12:30", "12:30"), ("2026-04-01", "2026-04-01"), ("0x1f", "0x1f"),
        ("010", 10), ("-7", -7), ("1_000", "1_000"), ("99.90", 99.9), (".5", 0.5), ("1e3", 1000.0), ("1.2.3", "1.2.3"),
        ("true", True), ("False", False), ("", None), ("~", None), ("null", None), (".inf", ".inf"), (".nan", ".nan"),
        ("'7'", "7"), ('"true"', "true"), ("''", ""), ("192.0.2.1", "192.0.2.1"), ("9" * 30, float("9" * 30)),
    ],
)  # fmt: skip
def test_scalars_follow_yaml_1_2(any_parser: None, written: str, meant: object) -> None:
    """Words that YAML 1.1 took for booleans, times and dates are words; numbers are decimal."""
    data, problems = read_text(f"a: {written}\n")
    assert problems == ()
    assert data is not None
    assert data["a"] == meant
    assert type(data["a"]) is type(meant)


def test_every_key_and_item_knows_its_line(any_parser: None) -> None:
    """Lines count from 1 and are those of the keys and of the items."""
    data, _ = read_text("# comment\na:\n  b:\n\n    - 1\n    - c: 2\n      d: 3\ne: {f: [4,\n  5]}\n")
    assert data is not None
    items = data["a"]["b"]
    assert isinstance(items, MarkedList)
    assert (data.key_lines, data["a"].key_lines, items.item_lines) == ({"a": 2, "e": 8}, {"b": 3}, [5, 6])
    assert items[1].key_lines == {"c": 6, "d": 7}
    assert data["e"]["f"].item_lines == [8, 9]
    assert data == {"a": {"b": [1, {"c": 2, "d": 3}]}, "e": {"f": [4, 5]}}


def test_a_duplicate_key_names_both_lines_and_keeps_the_first(any_parser: None) -> None:
    """The second value of a key is a problem, whatever it holds, and reading goes on."""
    data, problems = read_text("a:\n  b: 1\n  c: 2\n  b: {d: [3]}\n  e: 4\n")
    assert data == {"a": {"b": 1, "c": 2, "e": 4}}
    assert data["a"].key_lines == {"b": 2, "c": 3, "e": 5}
    assert problems == (
        "a.yaml:4: a.b: the key 'b' is here twice, first on line 2; expected one of them: remove the other",
    )


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(100)),
        "[" * 100_000,
        "{a: " * 50_000,
        "- " * 50_000,
        "".join(" " * i + "a:\n" for i in range(2_000)),
        "a: " + "[[],[]," * 30_000,
        "a: '" + "x" * 1_000_000,
        "? " * 30_000,
        "a: !!python/object/apply:os.system [echo]",
    ],
    ids=["aliases", "brackets", "braces", "dashes", "indents", "flow", "quote", "question", "tag"],
)
def test_a_bomb_is_one_problem(any_parser: None, bomb: str) -> None:
    """Texts made to exhaust stack, memory or time are refused with one line."""
    data, problems = read_text(bomb)
    assert data is None
    assert len(problems) == 1


def test_a_text_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """More characters than the bound are refused before they are parsed."""
    monkeypatch.setattr(marks, "LONGEST", 20)
    _, problems = read_text("a: " + "x" * 30)
    assert problems == ("a.yaml:1: the file has 33 characters; at most 20 are read: split it",)


def test_surrogates_and_windows_lines_are_no_accident(any_parser: None) -> None:
    """A lone surrogate is a problem of its line; line ends may be of any system."""
    assert read_text("a: 1\nb: \ud800\n")[1] == (
        "a.yaml:2: the character U+D800, which YAML forbids; remove it, and save the file as UTF-8",
    )
    data, problems = read_text("a: 1\r\nb:\r\n  c: 2\r\n")
    assert (data, problems) == ({"a": 1, "b": {"c": 2}}, ())


def test_the_c_parser_is_used_where_there_is_one() -> None:
    """The fast parser is taken, so that 10,000 checks are read in a second."""
    loader: Any = marks.Loader
    assert (loader is yaml.CSafeLoader) == yaml.__with_libyaml__
