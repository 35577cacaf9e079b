"""Records of a CSV or JSON file with the line where each begins; no meaning yet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from ictss_monitor.importing.estate import shown
from ictss_monitor.importing.problems import Problem

MOST_RECORDS: Final = 500_000
"""A file with more is refused: ten years of outages of a large estate have a tenth of it."""
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Record:
    """One row or object: its cells by column, trimmed; a column that is not there is empty."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(slots=True)
class Contents:
    """What a file holds: its records, the `span` object of a JSON file, and what could not be read."""

    records: list[Record] = field(default_factory=list)
    span: Record | None = None
    problems: list[Problem] = field(default_factory=list)


class _BrokenError(Exception):
    """The file cannot be read on from here."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.problem = Problem(line, text)


def read_csv(text: str, columns: Collection[str], needed: Collection[str]) -> Contents:
    """Read CSV (RFC 4180) under a header, which may leave out every column that is not `needed`."""
    contents = Contents()
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        contents.problems.extend(Problem(1, wrong) for wrong in _wrong_header(header, columns, needed))
        if contents.problems:
            return contents
        _read_rows(rows, header, contents)
    except csv.Error as error:
        contents.problems.append(Problem(rows.line_num, f"not readable as CSV: {error}"))
    except _BrokenError as broken:
        contents.problems.append(broken.problem)
    return contents


def _read_rows(rows: Any, header: list[str], contents: Contents) -> None:
    line = rows.line_num + 1
    for cells in rows:
        if len(cells) > len(header):
            contents.problems.append(
                Problem(line, f"{len(cells)} cells under {len(header)} columns; put text with commas in double quotes")
            )
        elif any(cells):
            _add(contents, Record(line, {name: cell.strip() for name, cell in zip(header, cells, strict=False)}))
        line = rows.line_num + 1


def _wrong_header(header: list[str], columns: Collection[str], needed: Collection[str]) -> Iterator[str]:
    for name in header:
        if name not in columns:
            near = get_close_matches(name[:80], columns, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"expected {', '.join(columns)}"
            yield f"unknown column {shown(name)}: {remedy}"
        elif header.count(name) > 1:
            yield f"the column {name} stands there twice"
    for name in needed:
        if name not in header:
            yield f"the column {name} is missing; the first line must name {', '.join(needed)}"


def read_json(text: str, name: str, columns: Collection[str]) -> Contents:
    """Read a list of objects, or an object that holds it under `name`, beside `span` with `from` and `to`.

    Every value is text; null is the same as none.
    """
    contents = Contents()
    try:
        _Document(text.removeprefix("\ufeff"), contents, columns).read(name)
    except _BrokenError as broken:
        contents.problems.append(broken.problem)
    except RecursionError:
        contents.problems.append(Problem(1, "not readable as JSON: nested too deep"))
    return contents


class _Document:
    """Walks the outermost levels by hand, because only so the line of an object is known."""

    def __init__(self, text: str, contents: Contents, columns: Collection[str]) -> None:
        self._text = text
        self._contents = contents
        self._columns = columns
        self._decode = json.JSONDecoder().raw_decode
        self._at = 0
        self._line = 1
        self._counted = 0

    def read(self, name: str) -> None:
        """Read all of it. Raises _BrokenError where that is not possible."""
        if self._sign("[", "{") == "[":
            self._records()
        else:
            for _ in self._items("}"):
                self._member(name)
        self._skip()
        if self._at < len(self._text):
            raise _BrokenError(self._here(), "not readable as JSON: something follows its end")

    def _member(self, name: str) -> None:
        line, key = self._value()
        self._sign(":")
        if key == name:
            self._sign("[")
            self._records()
        elif key == "span":
            line, value = self._value()
            wrong = _wrong_object(line, value, ("from", "to"))
            self._contents.problems.extend(wrong)
            self._contents.span = None if wrong else Record(line, _cells(value))
        else:
            raise _BrokenError(line, f"unknown key {shown(str(key))}; expected span and {name}")

    def _records(self) -> None:
        for _ in self._items("]"):
            line, value = self._value()
            wrong = _wrong_object(line, value, self._columns)
            self._contents.problems.extend(wrong)
            if not wrong:
                _add(self._contents, Record(line, _cells(value)))

    def _items(self, closing: str) -> Iterator[None]:
        """Stop before each item of a list or object, until it is closed."""
        self._skip()
        if self._text.startswith(closing, self._at):
            self._at += 1
            return
        yield
        while self._sign(",", closing) == ",":
            yield

    def _sign(self, *accepted: str) -> str:
        self._skip()
        found = self._text[self._at : self._at + 1]
        if found not in accepted:
            raise _BrokenError(self._here(), f"not readable as JSON: expected {' or '.join(accepted)}")
        self._at += 1
        return found

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        assert found is not None
        self._at = found.end()

    def _value(self) -> tuple[int, Any]:
        self._skip()
        line = self._here()
        try:
            value, self._at = self._decode(self._text, self._at)
        except json.JSONDecodeError as error:
            raise _BrokenError(error.lineno, f"not readable as JSON: {error.msg}") from error
        except ValueError as error:  # a number of thousands of digits
            raise _BrokenError(line, f"not readable as JSON: {error}") from error
        return line, value

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line


def _wrong_object(line: int, value: Any, columns: Collection[str]) -> list[Problem]:
    if not isinstance(value, dict):
        return [Problem(line, f"expected an object with {', '.join(columns)}")]
    wrong = [
        Problem(line, f"unknown key {shown(key)}; expected {', '.join(columns)}") for key in value if key not in columns
    ]
    wrong += [
        Problem(line, f"{key} must be text in double quotes")
        for key, held in value.items()
        if key in columns and held is not None and not isinstance(held, str)
    ]
    return wrong


def _cells(value: dict[str, str | None]) -> dict[str, str]:
    return {key: (held or "").strip() for key, held in value.items()}


def _add(contents: Contents, record: Record) -> None:
    if len(contents.records) == MOST_RECORDS:
        raise _BrokenError(record.line, f"more than {MOST_RECORDS:,} records; split the file")
    contents.records.append(record)
