"""seal, statements, and what kpi tells of a sealed period: on both databases, as a person or a script meets it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from support.command_line import CommandLine
from support.corrections import OCTOBER, SEAL, correct


def website(ask: CommandLine, estate: Path, *words: str) -> dict[str, Any]:
    """Return what `kpi` says of the website in October."""
    answer = ask("-c", estate, "kpi", *OCTOBER, "--service", "website", "--format", "json", *words)
    assert (answer.code, answer.err) == (0, "")
    (row,) = json.loads(answer.out)
    found: dict[str, Any] = row
    return found


def test_a_sealed_period_says_so_and_stays(ask: CommandLine, estate: Path, store_url: str) -> None:
    """kpi tells the sealed figures with version, date and digest, whatever is corrected later."""
    before = website(ask, estate)
    told = ask("-c", estate, *SEAL, "--approver", "Bob")
    assert told.code == 0
    assert told.out.startswith("2024-10: sealed statement v1 of ")
    assert "by Ann, approved by Bob, digest " in told.out
    correct(store_url)
    after = website(ask, estate)
    assert (after["statement_version"], before["statement_version"]) == (1, None)
    assert after["statement_digest"][:12] in told.out
    kept = [key for key in before if key not in ("as_known_at", "statement_version", "statement_digest")]
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    assert "sealed statement v1 of " in ask("-c", estate, "kpi", *OCTOBER).out


def test_recompute_shows_what_comes_out_now_beside_what_is_sealed(
    ask: CommandLine, estate: Path, store_url: str
) -> None:
    """The lines that differ are marked, and counted."""
    ask("-c", estate, *SEAL)
    same = ask("-c", estate, "kpi", *OCTOBER, "--recompute").out
    assert "no line differs" in same
    correct(store_url)
    told = ask("-c", estate, "kpi", *OCTOBER, "--recompute").out
    assert "4 of 5 lines differ" in told
    row = website(ask, estate, "--recompute")
    assert (row["text"], row["sealed_text"], row["statement_version"]) == ("100 %", "99.99 %", None)
    assert (row["availability"], row["sealed_availability"]) == ("1", "8939/8940")


def test_lines_that_only_the_statement_has_are_counted(ask: CommandLine, estate: Path) -> None:
    """A service that left the catalogue is told by the statement alone."""
    ask("-c", estate, *SEAL)
    text = estate.read_text()
    estate.write_text(text.replace("  archive: {name: Archive, councils: [fenshire], rule: gone}\n", ""))
    told = ask("-c", estate, "kpi", *OCTOBER, "--recompute").out
    assert "1 of 4 lines differ, and 1 of the statement would be gone." in told


def test_recompute_of_what_is_not_sealed_is_what_kpi_says(ask: CommandLine, estate: Path) -> None:
    """There is nothing to hold it against."""
    assert website(ask, estate, "--recompute")["sealed_text"] is None
    assert "Sealed" not in ask("-c", estate, "kpi", *OCTOBER, "--recompute").out


def test_a_revision_lists_the_differences(ask: CommandLine, estate: Path, store_url: str) -> None:
    """When it is made, and whenever the statement is shown."""
    ask("-c", estate, *SEAL)
    correct(store_url)
    told = ask("-c", estate, *SEAL, "--revise", "--reason", "the probe was at fault")
    assert (told.code, told.err) == (0, "")
    assert "sealed statement v2" in told.out
    assert "  Website for fenshire: printed 99.99 % -> 100 %\n" in told.out
    shown = ask("-c", estate, "statements", "show", "2024-10").out
    assert "Revised: the probe was at fault" in shown
    assert "Otherwise than in version 1:" in shown
    assert "Website for fenshire: exact 8939/8940 -> 1" in shown
    first = ask("-c", estate, "statements", "show", "2024-10", "--version", "1").out
    assert "Revised" not in first
    assert "99.99 %" in first
    assert website(ask, estate)["statement_version"] == 2
    assert ask("-c", estate, "audit", "verify").code == 0


def test_statements_are_listed_with_drafts(ask: CommandLine, estate: Path) -> None:
    """A draft is shown as what it is; machines get statements only, with their full digests."""
    assert "Nothing is sealed" in ask("-c", estate, "statements", "list").out
    drafted = ask("-c", estate, "seal", *OCTOBER, "--draft")
    assert "drafted 2024-10" in drafted.out
    assert "draft" in ask("-c", estate, "statements", "list").out
    assert "A draft, made " in ask("-c", estate, "statements", "show", "2024-10").out
    assert website(ask, estate)["statement_version"] is None
    ask("-c", estate, *SEAL)
    assert "draft" not in ask("-c", estate, "statements", "list").out
    (record,) = json.loads(ask("-c", estate, "statements", "list", "--format", "json").out)
    (line,) = csv.DictReader(io.StringIO(ask("-c", estate, "statements", "list", "--format", "csv").out))
    assert (record["period"], record["who"], len(record["digest"])) == ("2024-10", "Ann", 64)
    assert (line["digest"], line["evidence"]) == (record["digest"], record["evidence"])


def test_a_statement_as_json_is_all_that_it_says(ask: CommandLine, estate: Path) -> None:
    """Exact shares, the outages, what is not monitored, digests."""
    ask("-c", estate, *SEAL)
    said = json.loads(ask("-c", estate, "statements", "show", "2024-10", "--format", "json").out)
    content = said["content"]
    shares = [row["figure"]["gross"]["value"] for row in content["table"]["rows"] if row["id"] == "website"]
    assert shares == ["8939/8940"]
    assert [each["name"] for each in content["not_monitored"]] == ["UPS"]
    assert [each["service"] for each in content["outages"]["listed"]] == ["website"]
    assert (content["evidence"], content["ledger_seq"]) == (said["evidence"], 0)


REFUSED = {
    "a month that is not over": (("seal", "--period", "2999-10"), "2999-10 has not begun"),
    "what is no period": (("seal", "--period", "someday"), "cannot understand the period"),
    "a revision without a reason": ((*SEAL, "--revise"), "a revision needs a reason"),
    "a revision of nothing": ((*SEAL, "--revise", "--reason", "x"), "2024-10 is not sealed"),
    "a reason without a revision": ((*SEAL, "--reason", "x"), "--reason belongs to --revise"),
    "a draft with a reason": ((*SEAL, "--draft", "--revise"), "--draft seals nothing"),
    "approving oneself": ((*SEAL, "--approver", "ann"), "the approver must be another person"),
    "nobody": (("seal", *OCTOBER, "--who", " "), "needs a name"),
    "a statement that there is not": (("statements", "show", "2024-10"), "there is no statement of 2024-10"),
    "a version that there is not": (("statements", "show", "2024-10", "--version", "3"), "there is no version 3"),
}


@pytest.mark.parametrize(("words", "why"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_told_in_one_line(
    ask: CommandLine, estate: Path, words: tuple[str, ...], why: str
) -> None:
    """And nothing is sealed."""
    answer = ask("-c", estate, *words)
    assert why in answer.refusal
    assert answer.code == 64
    assert ask("-c", estate, "statements", "list").out.startswith("Nothing is sealed")


def test_what_is_sealed_is_not_sealed_twice(ask: CommandLine, estate: Path) -> None:
    """The line says how to go on."""
    ask("-c", estate, *SEAL)
    assert "sealed already, as version 1" in ask("-c", estate, *SEAL).refusal
    assert "nothing in 2024-10 is otherwise" in ask("-c", estate, *SEAL, "--revise", "--reason", "x").refusal
