"""`make fuzz` in small: parsers keep their promise on spoilt messages; the runner tells where one does not."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.parsers import PARSERS, Parser, spoilt

FUZZ = Path(__file__).with_name("fuzz.py")
each_parser = pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)


@pytest.fixture(name="fuzz")
def _fuzz() -> Iterator[ModuleType]:
    """The runner as a module."""
    spec = importlib.util.spec_from_file_location("fuzz_runner", FUZZ)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@each_parser
def test_spoilt_messages_are_read_or_refused(parser: Parser) -> None:
    """A good message with octets lost, changed, doubled or put in makes no parser fail in any other way."""

    @settings(max_examples=50 if parser.share < 1 else 300, deadline=None, database=None)
    @given(st.integers(0, 1 << 64))
    def spoilt_is_answered(seed: int) -> None:
        parser.parse(spoilt(random.Random(seed), parser))

    spoilt_is_answered()


@each_parser
def test_noise_is_read_or_refused(parser: Parser) -> None:
    """Octets of any kind make no parser fail in any other way."""

    @settings(max_examples=100, deadline=None, database=None)
    @given(st.binary(max_size=400))
    def noise_is_answered(wire: bytes) -> None:
        parser.parse(wire)

    noise_is_answered()


@each_parser
def test_samples_are_spoilt_into_many_messages_and_again_into_the_same(parser: Parser) -> None:
    """A seed gives one message, and different seeds different ones: a failure is found again."""
    made = {spoilt(random.Random(seed), parser) for seed in range(200)}
    assert len(made) > 100
    assert spoilt(random.Random(7), parser) == spoilt(random.Random(7), parser)


def test_all_cases_are_run(fuzz: ModuleType) -> None:
    """As many as were asked for, over all parsers, none of which fails, is slow or holds much."""
    outcomes = fuzz.run(2500, 20261121, PARSERS, str)
    assert sum(outcome.cases for outcome in outcomes) == 2500
    assert [outcome.parser for outcome in outcomes] == [parser.name for parser in PARSERS]
    assert not [outcome.failure for outcome in outcomes if outcome.failure]
    assert all(0 < outcome.held < fuzz.MOST_HELD for outcome in outcomes)


def bug(wire: bytes) -> None:
    """Fail on an octet that is nowhere in the sample."""
    if 0xFF in wire:
        raise KeyError("a bug")


def greed(wire: bytes) -> None:
    """Hold far too much."""
    bytes(6_000_000)


@pytest.mark.parametrize(("parse", "says"), [(bug, "KeyError"), (greed, "held ")])
def test_broken_parser_is_told_with_the_case_that_broke_it(fuzz: ModuleType, parse: object, says: str) -> None:
    """The runner finds a bug, and greed; what it prints gives the same case again."""
    parser = Parser("broken", parse, [b"a good message"])  # type: ignore[arg-type]
    outcome = fuzz.fuzzed(parser, 1000, 7, str)
    assert says in outcome.failure
    wire = fuzz.case_of(parser, 7, outcome.cases - 1)
    assert repr(wire) in outcome.failure
    with pytest.raises(fuzz.Failed):
        fuzz.held_by(parser, wire)


def test_slow_parser_is_told(fuzz: ModuleType) -> None:
    """A case that takes longer than its parser may is a failure."""
    parser = Parser("slow", lambda wire: sum(range(20_000)), [b"x"], slowest=1e-6)
    assert "took " in fuzz.fuzzed(parser, 10, 7, str).failure


def test_command_ends_with_what_it_found(fuzz: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """`make fuzz` ends well where nothing fails, and says how many cases there were."""
    assert fuzz.main(["--cases", "50", "--seed", "3", "--only", "BER"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("50 cases, seed 3\n")
    assert "50 cases of 1 parsers in 0 s, 0 failed" in told
