"""What stands under the ids of the sections, before it is understood: where it is, and how it becomes words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from ictss_monitor.catalogue.explain import explained
from ictss_monitor.catalogue.language import Document
from ictss_monitor.catalogue.marks import MarkedList, MarkedMapping, read
from ictss_monitor.catalogue.problems import Place, Problems, Source, quoted
from ictss_monitor.catalogue.salvage import salvaged
from ictss_monitor.catalogue.values import known_id
from ictss_monitor.catalogue.words import Words

W = TypeVar("W", bound=Words)

KEYED_OTHERWISE: Final = frozenset({"settings", "defaults", "targets"})
"""Sections whose keys are no ids of ours: names of settings, probe types, places in a list."""
MAY_BE_EMPTY: Final = frozenset({"councils", "sites"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of a section: its id (or its position), what it says, and where."""

    id: str
    source: str
    line: int
    path: str
    data: Any

    def says(self, key: str) -> bool:
        """Tell whether `key` has a value here, right or wrong."""
        return isinstance(self.data, MarkedMapping) and self.data.get(key) is not None

    def place(self, *keys: str | int) -> Place:
        """Return the place that `keys` lead to from here, as far as they lead to something that is written."""
        data, line, path = self.data, self.line, self.path
        for key in keys:
            if isinstance(data, MarkedMapping) and key in data:
                data, line, path = data[str(key)], data.key_lines[str(key)], f"{path}.{key}" if path else str(key)
            elif isinstance(data, MarkedList) and isinstance(key, int) and key < len(data):
                data, line, path = data[key], data.item_lines[key], f"{path}[{key}]"
        return Place(self.source, line, path)


class Sections:
    """All sources as one: for every section its entries by id, in the order of the files."""

    def __init__(self, sources: Sequence[Source], problems: Problems) -> None:
        self.problems = problems
        self.broken: set[tuple[str, str]] = set()
        """Source and path of entries with a mistake, whose dates are not to be held against others."""
        self._sections: dict[str, dict[str, Entry]] = {name: {} for name in Document.model_fields}
        for source in sources:
            top = read(source, problems)
            if top is not None:
                self._take(source.name, top)

    def __getitem__(self, section: str) -> dict[str, Entry]:
        return self._sections[section]

    def words(self, section: str, model: type[W]) -> Iterator[tuple[Entry, W]]:
        """Yield every entry of `section` that can be understood; problems tell of the others."""
        for entry in self[section].values():
            understood = self.understood(entry, model)
            if understood is not None:
                yield entry, understood

    def understood(self, entry: Entry, model: type[W]) -> W | None:
        """Return what `entry` says, without what problems tell is wrong in it; None where nothing sensible is left."""
        try:
            return model.model_validate(entry.data)
        except ValidationError as error:
            self.broken.add((entry.source, entry.path))
            for keys, what in explained(error, model, entry.data, self.problems):
                self.problems.add(entry.place(*keys), what)
            return salvaged(error, model, entry.data)

    def _take(self, source: str, top: MarkedMapping) -> None:
        for section, held in top.items():
            line = top.key_lines[section]
            place = Place(source, line, section)
            if section not in self._sections:
                self.problems.add(place, self.problems.unknown("section", section, self._sections)[1])
            elif isinstance(held, MarkedMapping) and section != "targets":
                for key, data in held.items():
                    self._add(section, Entry(key, source, held.key_lines[key], f"{section}.{key}", data))
            elif isinstance(held, MarkedList) and section == "targets":
                for index, data in enumerate(held):
                    path = f"{section}[{index}]"
                    self._add(section, Entry(f"{source}{path}", source, held.item_lines[index], path, data))
            elif held is not None:
                expected = (
                    "a list, each item with '- '" if section == "targets" else "a mapping, each key with its value"
                )
                self.problems.add(place, f"{section} has the wrong shape; expected {expected}")

    def _add(self, section: str, entry: Entry) -> None:
        if section not in KEYED_OTHERWISE:
            try:
                known_id(entry.id)
            except ValueError as error:
                self.problems.add(entry.place(), str(error))
        if entry.data is None and section in MAY_BE_EMPTY:
            entry = Entry(entry.id, entry.source, entry.line, entry.path, MarkedMapping(entry.line))
        first = self[section].setdefault(entry.id, entry)
        if first is not entry:
            here = f"{quoted(entry.id)} is already in {first.source}:{first.line}"
            self.problems.add(entry.place(), f"{here}; expected each once: remove one, or give it another id")
