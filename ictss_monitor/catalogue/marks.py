"""YAML text as plain mappings, lists and scalars that remember their lines.

Built from the parser's events rather than its node tree, which costs five times the CPU and five times the memory at
10,000 checks, and recurses in C as deep as the text tells it to. Scalars follow YAML 1.2's core schema: `no`, `on` and
`12:30` are words. Anchors, aliases, merge keys and tags are refused: `defaults:` serves the purpose, and a line of the
file means one thing in one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from ictss_monitor.catalogue.problems import Place, Problems, Source, quoted

Loader: Final[Any] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""The C parser where PyYAML was built with it; the other one reads the same, twenty times slower."""

DEEPEST = 40
LONGEST = 16 * 1024 * 1024
"""The longest text that is read, in characters: some 80,000 checks."""

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,60}|[0-9]{1,60}(\.[0-9]{0,60})?)([eE][-+]?[0-9]{1,3})?")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORDS: Final = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class MarkedMapping(dict[str, Any]):
    """A mapping of a YAML file, with the line on which it begins and those of its keys."""

    __slots__ = ("key_lines", "line")

    def __init__(
        self, line: int, held: Mapping[str, Any] | None = None, key_lines: Mapping[str, int] | None = None
    ) -> None:
        super().__init__(held or {})
        self.line = line
        self.key_lines: dict[str, int] = dict(key_lines or {})


class MarkedList(list[Any]):
    """A list of a YAML file, with the line on which it begins and those of its items."""

    __slots__ = ("item_lines", "line")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.item_lines: list[int] = []


class RefusedError(Exception):
    """The text cannot be read on from here."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


def read(source: Source, problems: Problems) -> MarkedMapping | None:
    """Return the top mapping of `source`, or None where it cannot be read; problems say why, with the line."""
    try:
        return _top(source, problems)
    except RefusedError as refused:
        problems.add(Place(source.name, refused.line), refused.what)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.add(Place(source.name, mark.line + 1 if mark else 1), _syntax(error))
    except (UnicodeError, yaml.YAMLError):
        odd = _FORBIDDEN.search(source.text)
        line = source.text.count("\n", 0, odd.start()) + 1 if odd else 1
        what = f"the character U+{ord(odd.group()):04X}, which YAML forbids" if odd else "the text is not YAML"
        problems.add(Place(source.name, line), f"{what}; remove it, and save the file as UTF-8")
    return None


def _top(source: Source, problems: Problems) -> MarkedMapping:
    if len(source.text) > LONGEST:
        raise RefusedError(1, f"the file has {len(source.text)} characters; at most {LONGEST} are read: split it")
    top = Composer(source, problems).compose()
    if top is None:
        raise RefusedError(
            1, "the file is empty; expected sections such as settings:, councils:, checks: and services:"
        )
    if not isinstance(top, MarkedMapping):
        kind = "a list" if isinstance(top, MarkedList) else "a single value"
        raise RefusedError(1, f"the file holds {kind}; expected sections such as councils:, checks: and services:")
    return top


def _syntax(error: yaml.MarkedYAMLError) -> str:
    problem = (error.problem or error.context or "it cannot be read").strip()
    if "cannot start any token" in problem or "tab character" in problem:
        return f"not YAML: {problem}; indent with spaces, not tabs, and put text with special characters in quotes"
    if "mapping values are not allowed" in problem:
        return "not YAML: a second ':' in one value; put text that holds ': ' in quotes, or check the indentation"
    if "block" in problem or "block" in (error.context or ""):
        return f"not YAML: {problem}; check the indentation of this line and the ones above"
    return f"not YAML: {problem}"


class Composer:
    """Makes plain data of the events of one text, without recursion and within bounds."""

    def __init__(self, source: Source, problems: Problems) -> None:
        self._source = source
        self._problems = problems
        self._open: list[MarkedMapping | MarkedList] = []
        self._keys: list[str | None] = []
        """For every open mapping the key that waits for its value; None for lists and between members."""
        self._top: Any = None

    def compose(self) -> Any:
        """Return the one document of the text, None where there is none."""
        documents = 0
        for event in _events(self._source.text):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise RefusedError(_line(event), "a second document ('---'); write one document to a file")
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                self._leave()
            elif isinstance(event, NodeEvent):
                self._node(event)
        return self._top

    def _node(self, event: NodeEvent) -> None:
        line = _line(event)
        self._refuse_anchors_and_tags(event, line)
        if self._open and isinstance(self._open[-1], MarkedMapping) and self._keys[-1] is None:
            self._key(self._open[-1], event, line)
        elif isinstance(event, ScalarEvent):
            self._put(_scalar(event), line)
            self._await_key()
        else:
            self._enter(MarkedMapping(line) if isinstance(event, MappingStartEvent) else MarkedList(line))

    def _refuse_anchors_and_tags(self, event: NodeEvent, line: int) -> None:
        if event.anchor is not None:
            sign = "*" if isinstance(event, AliasEvent) else "&"
            name = quoted(f"{sign}{event.anchor}")
            raise RefusedError(
                line, f"{name}: anchors and aliases are not read; write the value again, or use defaults:"
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            tag = tag.replace("tag:yaml.org,2002:", "!!")
            raise RefusedError(line, f"tag {quoted(tag)}: tags are not read; put the value in quotes if it is text")

    def _key(self, mapping: MarkedMapping, event: NodeEvent, line: int) -> None:
        if not isinstance(event, ScalarEvent):
            raise RefusedError(
                line, "a list or mapping stands where a key was expected; put text with { or [ in quotes"
            )
        key = event.value
        if key == "<<" and not event.style:
            raise RefusedError(line, "'<<': merge keys are not read; write the keys again, or use defaults:")
        if key in mapping:
            first = mapping.key_lines[key]
            path = ".".join((*(held for held in self._keys if held is not None), key))
            what = f"the key {quoted(key)} is here twice, first on line {first}; expected one of them: remove the other"
            self._problems.add(Place(self._source.name, line, path), what)
        mapping.key_lines.setdefault(key, line)
        self._keys[-1] = key

    def _put(self, value: Any, line: int) -> None:
        if not self._open:
            self._top = value
            return
        into = self._open[-1]
        if isinstance(into, MarkedList):
            into.append(value)
            into.item_lines.append(line)
        else:
            key = self._keys[-1]
            assert key is not None
            into.setdefault(key, value)

    def _enter(self, child: MarkedMapping | MarkedList) -> None:
        if len(self._open) >= DEEPEST:
            raise RefusedError(child.line, f"nested deeper than {DEEPEST} levels; nothing in a catalogue is")
        self._put(child, child.line)
        self._open.append(child)
        self._keys.append(None)

    def _leave(self) -> None:
        self._open.pop()
        self._keys.pop()
        self._await_key()

    def _await_key(self) -> None:
        if self._keys:
            self._keys[-1] = None


def _events(text: str) -> Iterator[Event]:
    parser = Loader(text)
    try:
        while (event := parser.get_event()) is not None:
            yield event
    finally:
        parser.dispose()


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1  # type: ignore[union-attr]  # the parser marks every event


def _scalar(event: ScalarEvent) -> str | int | float | bool | None:
    text: str = event.value
    if event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "0123456789-+.":
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text
