"""Evidence files: the same digits anywhere, nothing altered unnoticed, one clear line for whatever is no such file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from support.evidence_bases import NIGHT, altered, basis, text_of
from support.ledger_cases import chained
from support.observing import MONTH

from ictss_monitor.availability.periods import Period
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.catalogue.terms import Scope
from ictss_monitor.clock import DAY, HOUR, MINUTE
from ictss_monitor.errors import UsageError
from ictss_monitor.ledger.acts import EnterWindow
from ictss_monitor.statements.basis import (
    Basis,
    catalogue_of,
    digest_of_basis,
    holidays_of,
    recompute_from,
)
from ictss_monitor.statements.evidence_file import from_text


def test_the_file_gives_its_basis_back() -> None:
    """All of it, exactly; and the same basis gives the same file."""
    held = basis()
    assert from_text(text_of(held)) == held
    assert text_of(from_text(text_of(held))) == text_of(held)


def test_a_stretch_between_two_instants_is_kept_exactly() -> None:
    """To the microsecond, with the name that it was given."""
    spec = Period("a week", MONTH.start + 1, MONTH.start + 7 * DAY)
    held = replace(basis(), spec=spec)
    assert from_text(text_of(held)).spec == spec


def test_the_figures_come_out_with_neither_secrets_nor_probes() -> None:
    """The website was down for five minutes, of which somebody said that one was none."""
    catalogue, table = recompute_from(from_text(text_of(basis())))
    row = table.row(Subject.SERVICE, "website", "ccc")
    assert row is not None
    assert row.figure.lost == 4 * MINUTE
    assert row.uncorrected is not None
    assert row.uncorrected.lost == 5 * MINUTE
    assert table.digest == catalogue.digest
    assert "TOKEN" in text_of(basis())


def test_bank_holidays_are_those_of_the_file() -> None:
    """What the library of another machine knows of them changes no digit: here a Monday is closed that is none."""
    table = recompute_from(basis())[1]
    row = table.row(Subject.SERVICE, "counter", "ccc")
    assert row is not None
    office_days = 22 - 1
    assert row.figure.measured == office_days * 10 * HOUR
    assert holidays_of(catalogue_of(basis()), MONTH.start, MONTH.end) == basis().holidays


def test_it_holds_no_figure() -> None:
    """Only names of what was observed, said and configured."""
    assert set(json.loads(text_of(basis()))["content"]) == {
        "format",
        "program",
        "period",
        "between",
        "seen_until",
        "now",
        "vantage",
        "sources",
        "bank_holidays",
        "zones",
        "runs",
        "imported",
        "ledger",
    }


RUNS = [(check, number) for check, runs in basis().runs.items() for number in range(len(runs))]


@pytest.mark.parametrize(("check", "number"), RUNS)
def test_any_run_altered_fails_the_digest_or_changes_the_digits(check: str, number: int) -> None:
    """Up made down or down made up: the file is refused, and if one insists, other figures come out."""

    def turn(content: dict[str, Any]) -> None:
        run = content["runs"][check][number]
        run[0] = "down" if run[0] == "up" else "up"

    with pytest.raises(UsageError, match="changed or damaged"):
        from_text(altered(turn, signed=False))
    insisted = from_text(altered(turn, signed=False), ignore_digest=True)
    assert recompute_from(insisted)[1] != recompute_from(basis())[1]
    assert evidence_of(insisted) != evidence_of(basis())


@pytest.mark.parametrize("field", [2, 3], ids=["begin", "end"])
@pytest.mark.parametrize(("check", "number"), [(check, 1) for check in ("web", "tel")])
def test_an_outage_moved_by_a_second_changes_the_exact_figure(check: str, number: int, field: int) -> None:
    """However little it is."""

    def move(content: dict[str, Any]) -> None:
        content["runs"][check][number][field] += 1_000_000

    insisted = from_text(altered(move, signed=False), ignore_digest=True)
    assert recompute_from(insisted)[1] != recompute_from(basis())[1]


def evidence_of(held: Basis) -> str:
    """Return the digest of what was observed."""
    return digest_of_basis(held, catalogue_of(held))


def test_an_entry_altered_breaks_the_chain_though_the_digest_be_made_anew() -> None:
    """Whoever can make a digest must also rewrite the ledger, and then its head is another one."""

    def alter(content: dict[str, Any]) -> None:
        content["ledger"][0]["act"]["extent"]["until"] += 4 * MINUTE

    with pytest.raises(UsageError, match="its ledger is not as it was written: entry 1 of the ledger was changed"):
        from_text(altered(alter))
    assert from_text(altered(alter), ignore_digest=True) != basis()


def test_other_time_zone_tables_are_told() -> None:
    """Where October has other instants than where the file was written, no figure is made."""

    def alter(content: dict[str, Any]) -> None:
        content["zones"]["Europe/London"][0] += HOUR

    with pytest.raises(UsageError, match="this machine's time zone tables differ"):
        recompute_from(from_text(altered(alter)))


def test_a_window_of_the_ledger_counts() -> None:
    """One that was entered in time takes what it is over out of the figure."""
    night = replace(NIGHT, begin=datetime(2026, 10, 6, 0), end=datetime(2026, 10, 6, 1))  # noqa: DTZ001
    held = replace(
        basis(), entries=chained([EnterWindow(replace(night, scope=Scope(services=frozenset({"website"}))))])
    )
    row = recompute_from(from_text(text_of(held)))[1].row(Subject.SERVICE, "website", "ccc")
    assert row is not None
    assert (row.figure.maintenance, row.figure.lost) == (HOUR, 0)
