"""`make fuzz`: a million spoilt messages for the parsers of ours, each in time and in bounds.

    python tests/fuzz/fuzz.py [--cases 1000000] [--seed N] [--only "SIP message"]

Every case follows from the seed, the parser's name and the case's number, so a failure is found again by what is
printed of it. Ends with 1 where a parser raised what it must not, was too slow, or held too much.
"""

from __future__ import annotations

import argparse
import random
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.parsers import PARSERS, Parser, spoilt

MOST_HELD = 5_000_000
"""Octets that one case may take."""
TRACED = 200
"""Cases of each parser whose memory is traced, which takes many times as long."""
STEP = 20_000

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one parser's cases."""

    parser: str
    cases: int
    seconds: float
    slowest: float
    held: int
    failure: str = ""


class Failed(Exception):  # noqa: N818
    """A parser did not keep its promise."""


def case_of(parser: Parser, seed: int, number: int) -> bytes:
    """Return the case with this number."""
    return spoilt(random.Random(f"{seed} {parser.name} {number}"), parser)


def timed(parser: Parser, wire: bytes) -> float:
    """Return the seconds that one case takes. Raises Failed."""
    begun = perf_counter()
    try:
        parser.parse(wire)
    except Exception as error:
        raise Failed(f"{type(error).__name__}: {error}") from error
    took = perf_counter() - begun
    if took > parser.slowest:
        raise Failed(f"took {took:.2f} s")
    return took


def held_by(parser: Parser, wire: bytes) -> int:
    """Return the most octets held during one case. Raises Failed."""
    tracemalloc.start()
    try:
        timed(parser, wire)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if held > MOST_HELD:
        raise Failed(f"held {held} octets")
    return held


def fuzzed(parser: Parser, cases: int, seed: int, say: Say) -> Outcome:
    """Return what became of `cases` spoilt messages, the first of them with memory traced."""
    parser.parse(parser.samples[0])  # what is imported or cached on first use
    begun, slowest, held, number, wire = perf_counter(), 0.0, 0, 0, b""
    try:
        for number in range(cases):
            wire = case_of(parser, seed, number)
            if number < TRACED:
                held = max(held, held_by(parser, wire))
            else:
                slowest = max(slowest, timed(parser, wire))
            if number % STEP == STEP - 1:
                say(f"  {parser.name}: {number + 1} of {cases}\n")
    except Failed as failed:
        told = f"case {number} of seed {seed}: {failed}\n  {wire!r}"
        return Outcome(parser.name, number + 1, perf_counter() - begun, slowest, held, told)
    return Outcome(parser.name, cases, perf_counter() - begun, slowest, held)


def shared(cases: int, parsers: Sequence[Parser]) -> list[int]:
    """Return how many of the `cases` each parser gets; together they are `cases`."""
    whole = sum(parser.share for parser in parsers)
    counts = [max(1, int(cases * parser.share / whole)) for parser in parsers]
    counts[0] += cases - sum(counts)
    return counts


def run(cases: int, seed: int, parsers: Sequence[Parser], say: Say) -> list[Outcome]:
    """Fuzz all `parsers` and tell of each."""
    outcomes = []
    for parser, count in zip(parsers, shared(cases, parsers), strict=True):
        outcomes.append(fuzzed(parser, count, seed, say))
        say(line(outcomes[-1]) + "\n")
    return outcomes


def line(outcome: Outcome) -> str:
    """Return one line of the summary."""
    rate = outcome.seconds / outcome.cases * 1e6
    told = f"{outcome.parser:24} {outcome.cases:>9} cases  {rate:8.1f} µs each  slowest {outcome.slowest * 1e3:8.2f} ms"
    return f"{told}  {outcome.held / 1024:6.0f} KiB" + (f"\n  FAILED {outcome.failure}" if outcome.failure else "")


def main(told: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    asking = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asking.add_argument("--cases", type=int, default=1_000_000)
    asking.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    asking.add_argument("--only", choices=[parser.name for parser in PARSERS])
    asked = asking.parse_args(told)
    parsers = [parser for parser in PARSERS if asked.only in (None, parser.name)]
    print(f"{asked.cases} cases, seed {asked.seed}", flush=True)
    begun = perf_counter()
    outcomes = run(asked.cases, asked.seed, parsers, sys.stderr.write)
    print("\n".join(map(line, outcomes)))
    failures = sum(bool(outcome.failure) for outcome in outcomes)
    done = sum(outcome.cases for outcome in outcomes)
    print(f"{done} cases of {len(outcomes)} parsers in {perf_counter() - begun:.0f} s, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
