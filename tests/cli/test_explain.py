"""explain: one figure as a derivation, for people on 80 columns and for machines to the last microsecond."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from support.command_line import BROKE, INTERVAL, OCTOBER, OUTAGE, Answer, CommandLine

from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.clock import DAY, HOUR, MINUTE
from ictss_monitor.judging.outages import Outage
from ictss_monitor.ledger.acts import Attribute, Declare, Extent, Withdraw
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.evidence import add_observations
from ictss_monitor.store.outages import put_outages

WIDTH = 80
OF_WEBSITE = ("explain", "--service", "website", "--council", "fenshire", "--period", "2024-10")


@pytest.fixture
def told(estate: Path, store_url: str) -> Path:
    """Return the estate with an area, windows, observations at the edges, and what people said of October."""
    file = estate
    text = file.read_text()
    file.write_text(
        text.replace(
            "baskets:",
            "areas:\n  internet: {name: Internet, services: [website, archive]}\n"
            "maintenance:\n  patches: {why: Patch day, over: {services: [website]}, begin: 2024-10-06T01:00, "
            'end: "05:00", repeat: FREQ=WEEKLY;BYDAY=SU}\nbaskets:',
        )
    )
    broken = Extent("website", "fenshire", BROKE, BROKE + 5 * MINUTE)
    phoned = Extent("website", "fenshire", BROKE + DAY, BROKE + DAY + 30 * MINUTE + 1)
    wrong = Extent("website", "fenshire", BROKE + 2 * DAY, BROKE + 2 * DAY + HOUR)

    async def say() -> None:
        async with open_store(store_url) as store, store.write() as tx:
            down = Finding(Outcome.DOWN, Reason.REFUSED, detail="connection refused")
            await add_observations(tx, [Observation("web", "local", BROKE + at * INTERVAL, down) for at in range(3)])
            act = Attribute(broken, Attribution(Fault.THIRD_PARTY, "BT"))
            await ledger.append(tx, act, at=OCTOBER.end, who="ann", why="BT confirmed it", approver="bob")
            await ledger.append(tx, Declare(phoned, Outcome.DOWN), at=OCTOBER.end + 1, who="ann", why="Phoned in")
            await ledger.append(tx, Declare(wrong, Outcome.DOWN), at=OCTOBER.end + 2, who="ann", why="Phoned in too")
            await ledger.append(tx, Withdraw(3), at=OCTOBER.end + 3, who="bob", why="That was the other website")

    asyncio.run(say())
    return file


def record(answer: Answer) -> dict[str, Any]:
    """Return the JSON that a command printed."""
    assert (answer.code, answer.err) == (0, "")
    found: dict[str, Any] = json.loads(answer.out)
    return found


def amount(value: int | str) -> Fraction:
    """Return a time or a share of the JSON."""
    return Fraction(value)


def worked_out(step: dict[str, Any]) -> Fraction | None:
    """Return what a step gives, from its terms alone."""

    def added(terms: list[dict[str, Any]]) -> Fraction:
        values = (next(each[unit] for unit in ("us", "share", "number") if unit in each) for each in terms)
        return sum(
            (amount(value) * Fraction(each["times"]) for each, value in zip(terms, values, strict=True)),
            start=Fraction(0),
        )

    above = added(step["sum_of"])
    if step["not_below_zero"]:
        above = max(above, Fraction(0))
    return above if not step["over"] else above / added(step["over"])


def test_the_digits_can_be_worked_out_from_the_json_alone(ask: CommandLine, told: Path) -> None:
    """From classes and outages to measured, lost, the exact share and the printed digits, with fractions only."""
    found = record(ask("-c", told, *OF_WEBSITE, "--format", "json"))
    classes, figure, policy = found["classes_us"], found["figure"], found["policy"]
    assert sum(classes.values()) == figure["length_us"] == OCTOBER.length
    measured = classes["up"] + classes["degraded"] + classes["down"]
    lost = sum(amount(outage["counted_us"]) for outage in found["outages"])
    assert lost == classes["down"] == 35 * MINUTE + 1
    value = (measured - lost) / measured
    assert value == amount(figure["availability"])
    assert (policy["rounding"], policy["decimals"]) == ("half_up", 2)
    digits = int(value * 10_000 + Fraction(1, 2))
    assert f"{digits // 100}.{digits % 100:02}" == figure["printed"] == "99.92"
    third = sum(amount(outage["whose_us"].get("third_party", 0)) for outage in found["outages"])
    assert amount(figure["net_of_third_parties"]) == (measured - lost + third) / measured
    assert sum(window["counts_us"] for window in found["maintenance_windows"]) == classes["in maintenance windows"]


@pytest.mark.parametrize(
    "words",
    [
        OF_WEBSITE,
        ("explain", "--area", "internet", "--period", "2024-10"),
        ("explain", "--basket", "headline", "--council", "fenshire", "--period", "2024"),
        ("explain", "--council", "fenshire", "--period", "2024"),
    ],
    ids=["service", "area", "basket by months", "council by months"],
)
def test_every_step_adds_up(ask: CommandLine, told: Path, words: tuple[str, ...]) -> None:
    """Each step of the JSON gives, from its own terms, what it says; and the figure and its bounds are among them."""
    found = record(ask("-c", told, *words, "--format", "json"))
    values = {}
    for step in (*found["steps"], *found["steps_of_the_time_as_a_whole"]):
        said = step.get("us", step.get("share"))
        assert worked_out(step) == amount(said), step["name"]
        values.setdefault(step["name"], said)
    figure = found["figure"]
    assert (values["availability"], values["low"], values["high"]) == (
        figure["availability"],
        figure["low"],
        figure["high"],
    )


def test_the_json_tells_outages_and_entries(ask: CommandLine, told: Path) -> None:
    """Each outage with its four instants, causes and observations; each entry with who, when, why and approver."""
    found = record(ask("-c", told, *OF_WEBSITE, "--format", "json"))
    broken, phoned = found["outages"]
    assert broken["observed"][0]["first_seen_down"] == "2024-10-10T23:00:00Z"
    assert (broken["causes"], broken["attribution"], broken["suppliers"]) == (["web"], "third_party", ["BT"])
    assert broken["observations"][0]["seen"][0]["detail"] == "connection refused"
    assert (phoned["causes"], phoned["entries"], phoned["counted_us"]) == ([], [2], 30 * MINUTE + 1)
    assert [(each["seq"], each["who"], each["approver"], each["in_force"]) for each in found["entries"]] == [
        (1, "ann", "bob", True),
        (2, "ann", None, True),
        (3, "ann", None, False),
    ]
    assert found["entries"][2]["withdrawn_by"]["why"] == "That was the other website"
    assert found["ledger"]["entries"] == 4
    assert re.fullmatch("[0-9a-f]{64}", found["catalogue"]["digest"])


@pytest.mark.parametrize(
    "words",
    [
        OF_WEBSITE,
        ("explain", "--service", "archive", "--period", "2024-10"),
        ("explain", "--area", "internet", "--period", "2024-10"),
        ("explain", "--council", "fenshire", "--period", "2024"),
    ],
)
def test_the_text_fits_eighty_columns(ask: CommandLine, told: Path, words: tuple[str, ...]) -> None:
    """A clerk reads it on any terminal: no line is longer than 80 columns, and every part has its heading."""
    answer = ask("-c", told, *words)
    assert (answer.code, answer.err) == (0, "")
    assert max(map(len, answer.out.splitlines())) <= WIDTH
    for heading in ("The time of the period", "The policy: Standard", "What it was made from"):
        assert heading in answer.out


def test_the_text_of_a_service(ask: CommandLine, told: Path) -> None:
    """The figure first, then the sums that lead to it, the outages, the windows, and what people entered."""
    text = ask("-c", told, *OF_WEBSITE).out
    assert text.startswith("Website, Fenshire: 99.92 % in 2024-10\n====")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for line in (
        "As observed, before anybody corrected anything: 99.99 %.",
        "Target 99.90 %: met.",
        "down 35 min 0.000001 s",
        "= 2024-10 44,700 min 0.000000 s",
        "Printed as 99.92 %: rounded half up to two decimals.",
        "Outages: 2 counted, 35 min 0.000001 s in all",
        "1. down from 11 Oct 2024 00:00:00 to 11 Oct 2024 00:05:00",
        "5 min 0 s, all counted; a third party's (BT); not planned.",
        "first seen down 11 Oct 2024 00:00:00",
        "- patches: 27 Oct 2024 01:00:00 BST to 27 Oct 2024 05:00:00, Patch day",
        "Checks: web (every 30 s).",
    ):
        assert line in [each.removeprefix("+ ") for each in lines], line
    assert "Withdrawn by entry 4, bob on 1 Nov 2024 00:00:00: That was the other website" in " ".join(lines)


def test_what_two_levels_say_alike_is_told_once(ask: CommandLine, told: Path, store_url: str) -> None:
    """An outage is kept as one of degraded or worse too; where that has the same four instants it is not repeated."""
    asyncio.run(_put(store_url, replace(OUTAGE, level=Outcome.DEGRADED)))
    alike = ask("-c", told, *OF_WEBSITE).out
    assert (alike.count("first seen down"), alike.count("first seen degraded")) == (1, 0)
    asyncio.run(_put(store_url, replace(OUTAGE, level=Outcome.DEGRADED, last_seen_up=BROKE - HOUR)))
    assert ask("-c", told, *OF_WEBSITE).out.count("first seen degraded") == 1


async def _put(store_url: str, outage: Outage) -> None:
    async with open_store(store_url) as store, store.write() as tx:
        await put_outages(tx, [outage])


def test_the_text_of_weighed_time(ask: CommandLine, told: Path) -> None:
    """Each member's weights with their dates, and the products that are added."""
    text = told.read_text()
    users = "users: [{users: 1200, until: 2024-10-14}, {users: 1500, from: 2024-10-15}]"
    text = text.replace("{name: Fenshire}", f"{{name: Fenshire, {users}}}")
    told.write_text(text.replace("services: [website, archive]}", "services: [website], combine: weighted}"))
    lines = ask("-c", told, "explain", "--area", "internet", "--council", "fenshire", "--period", "2024-10").out
    assert "weighs 1200 until 15 October 2024; 1500 from 15 October 2024" in lines
    assert "Website, Fenshire: 1200 times 35 min 0.000001 s" in lines
    assert max(map(len, lines.splitlines())) <= WIDTH


def test_the_text_of_what_has_no_figure(ask: CommandLine, told: Path) -> None:
    """Where nothing was seen, it says so first, and that only bounds of 0 and 100 are left."""
    text = ask("-c", told, "explain", "--service", "archive", "--period", "2024-10").out
    assert text.startswith("Archive, Fenshire: no figure in 2024-10\n")
    assert "Nothing was seen of Archive in this period" in text


def test_what_people_wrote_cannot_move_the_cursor(ask: CommandLine, told: Path, store_url: str) -> None:
    """A note with control characters in it is printed without them."""

    async def say() -> None:
        async with open_store(store_url) as store, store.write() as tx:
            act = Declare(Extent("website", "fenshire", BROKE - DAY, BROKE - DAY + MINUTE), Outcome.DOWN)
            await ledger.append(tx, act, at=OCTOBER.end + 4, who="ann", why="seen \x1b[2J\x1b[31mred\x07")

    asyncio.run(say())
    text = ask("-c", told, *OF_WEBSITE).out
    assert "[31mred" in text
    assert all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("--service", "websit"), "unknown service 'websit': did you mean 'website'?"),
        (("--service", "website", "--council", "fenshir"), "unknown council 'fenshir': did you mean 'fenshire'?"),
        (("--area", "internt"), "unknown area 'internt': did you mean 'internet'?"),
        (("--basket", "headlin"), "unknown basket 'headlin': did you mean 'headline'?"),
        (("--service", "website"), "say for which council: --council fenshire or wolds"),
        (("--service", "website", "--area", "internet"), "exclude each other"),
        ((), "say which figure: --service with --council"),
        (("--area", "internet", "--period", "2999-01"), "period 2999-01 has not begun yet"),
        (("--council", "wolds", "--period", "2024-10"), "it is a council from 1 November 2024"),
        (("--area", "internet", "--period", "soon"), "write it as 2026-10"),
    ],
)
def test_bad_input_is_one_clear_line(ask: CommandLine, told: Path, words: tuple[str, ...], refusal: str) -> None:
    """What is not known, or has no figure, is said with what to do about it."""
    answer = ask("-c", told, "explain", *words)
    assert answer.code == 64
    assert refusal in answer.refusal
