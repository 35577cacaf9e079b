"""Whatever stands in a file, the answer is a catalogue or what is wrong with it, and it comes soon."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from support.catalogues import SECRETS, options_model, secret

from ictss_monitor.catalogue.calendar_words import CalendarWords
from ictss_monitor.catalogue.language import (
    AreaWords,
    BasketWords,
    CheckWords,
    Document,
    TargetWords,
)
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.parse import OptionsModels, Source, parse
from ictss_monitor.catalogue.service_words import ProvisionWords, RuleWords
from ictss_monitor.catalogue.settings_words import MailWords, MonthCloseWords, ReportWords, SettingsWords
from ictss_monitor.catalogue.term_words import MajorIncidentWords, PolicyWords, ScopeWords, WindowWords
from ictss_monitor.errors import CatalogueError
from ictss_monitor.probing import registry

EXAMPLE = (Path(__file__).parents[2] / "config" / "example.yaml").read_text()
SOON = settings(deadline=5000)
"""Milliseconds for one answer: the first imports the probes, and machines are busy."""
ALL_MODELS = (
    AreaWords, BasketWords, CalendarWords, CheckWords, Document, MailWords, MajorIncidentWords, MonthCloseWords,
    PolicyWords, ProvisionWords, ReportWords, RuleWords, ScopeWords, SettingsWords, TargetWords, WindowWords,
)  # fmt: skip
KEYS = sorted({field.alias or name for model in ALL_MODELS for name, field in model.model_fields.items()})

words = st.sampled_from([*KEYS, "a", "b", "icmp", "http", "degraded", "30s", "2026-04-01", "env:TOKEN", "A b", "99.9"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=8)
data = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=4), inner, max_size=5)
)


def answer(text: str, options_model: OptionsModels = options_model) -> Catalogue | CatalogueError:
    """Return what reading `text` comes to; anything but the two is raised."""
    try:
        return parse([Source("a.yaml", text)], options_model, secret)
    except CatalogueError as error:
        answered = error
    assert answered.problems
    for line in answered.problems:
        assert line.startswith("a.yaml:")
        assert "\n" not in line
        assert not any(held in line for held in SECRETS.values())
    return answered


@settings(SOON)
@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    """Text of any characters gives a catalogue or problems."""
    answer(text)


@settings(SOON)
@given(st.binary())
def test_any_bytes_are_answered(held: bytes) -> None:
    """Bytes taken for text give a catalogue or problems."""
    answer(held.decode("latin-1"))


@settings(SOON, max_examples=100)
@given(st.dictionaries(st.sampled_from(sorted(Document.model_fields)), st.dictionaries(words, data, max_size=4) | data))
def test_any_data_in_our_sections_is_answered(held: dict[str, object]) -> None:
    """Our own keys with anything under them give a catalogue or problems."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    answer(yaml.dump(held, Dumper=dumper, sort_keys=False, allow_unicode=True))


@settings(SOON, max_examples=200)
@given(st.integers(0, 2**32))
def test_a_spoilt_file_is_answered(seed: int) -> None:
    """A real file with lines lost, doubled, moved and bitten gives a catalogue or problems."""
    chance = random.Random(seed)
    lines = EXAMPLE.splitlines(keepends=True)
    for _ in range(chance.randint(1, 12)):
        where = chance.randrange(len(lines))
        lines[where] = chance.choice(
            ["", lines[where] * 2, chance.choice(lines), f" {lines[where]}", f"{lines[where][:chance.randrange(20)]}\n",
             lines[where].replace(":", chance.choice(["", ": [", ": {", ": &a ", ": *a", ": ''"]))]
        )  # fmt: skip
    answer("".join(lines), registry.options_model)


@pytest.mark.parametrize(
    "text",
    [
        "checks:\n" + "".join(f"  c{i}: {{prob: icmp, adress: x}}\n" for i in range(2000)),
        "services:\n" + "".join(f"  s{i}: {{councils: [x{i}], rule: c{i}}}\n" for i in range(2000)),
        "checks: {a: {probe: icmp, address: x}}\nservices: {s: {councils: [], rule: {all: ["
        + "b, " * 20_000
        + "]}}}\n",
        "".join(f"{'k' * 500}{i}: 1\n" for i in range(2000)),
        "targets:\n" + "- {service: s, percent: 99}\n" * 3000,
        "councils: {c: }\nservices: {s: {councils: {c: [" + "{rule: a}, " * 3000 + "]}}}\n",
    ],
    ids=["keys", "references", "members", "sections", "targets", "provisions"],
)
def test_thousands_of_mistakes_cost_little(text: str) -> None:
    """The search for near matches and overlaps stays bounded, however much there is to search for."""
    begin = time.process_time()
    assert isinstance(answer(text), CatalogueError)
    assert time.process_time() - begin < 5
