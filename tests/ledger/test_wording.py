"""Every act of the ledger is told in plain words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from support.ledger_cases import BT, EXTENT, PATCHES, acts

from ictss_monitor.catalogue.terms import Attribution, Fault, Scope
from ictss_monitor.ledger.acts import (
    Act,
    Attribute,
    Declare,
    EndWindow,
    EnterWindow,
    Import,
    Move,
    Seal,
    Withdraw,
)
from ictss_monitor.ledger.wording import told
from ictss_monitor.probe import Outcome

SUNDAYS = replace(
    PATCHES,
    rrule="FREQ=WEEKLY",
    scope=Scope(sites=frozenset({"depot"}), checks=frozenset({"fw", "core"}), councils=frozenset({"wolds"})),
)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (Attribute(EXTENT, BT), "what mail for fenshire lost from @1000 to @2000: a third party's (BT)"),
        (Declare(EXTENT, Outcome.UP), "mail for fenshire was up from @1000 to @2000: not an outage"),
        (Declare(EXTENT, Outcome.DOWN), "mail for fenshire was down from @1000 to @2000"),
        (
            Declare(EXTENT, Outcome.DEGRADED, Attribution(Fault.COUNCIL_SITE)),
            "mail for fenshire was degraded from @1000 to @2000: the council's own site",
        ),
        (
            Move(EXTENT, replace(EXTENT, until=1_500), Outcome.DOWN),
            "mail for fenshire was down from @1000 to @1500, not from @1000 to @2000",
        ),
        (
            EnterWindow(PATCHES, notice=7),
            "maintenance window patches over services mail, "
            "from 2026-10-04 01:00 to 2026-10-04 05:00 Europe/London, announced @7",
        ),
        (
            EnterWindow(SUNDAYS),
            "maintenance window patches over checks core, fw and sites depot for wolds, "
            "from 2026-10-04 01:00 to 2026-10-04 05:00 Europe/London, again by FREQ=WEEKLY",
        ),
        (
            EnterWindow(replace(PATCHES, scope=Scope(councils=frozenset({"wolds"})))),
            "maintenance window patches over all services for wolds, "
            "from 2026-10-04 01:00 to 2026-10-04 05:00 Europe/London",
        ),
        (EndWindow("patches", 9), "maintenance window patches is over at @9"),
        (Withdraw(3), "entry 3 is withdrawn"),
        (Import("b", "d", 1, 5, 6), "import b: 1 row from @5 to @6"),
        (Import("b", "d", 2, 5, 6), "import b: 2 rows from @5 to @6"),
        (Seal("2026-10", 2, "d"), "statement 2026-10, version 2, is sealed with digest d"),
    ],
)
def test_what_an_act_says(act: Act, words: str) -> None:
    """The words name what, for whom, from when to when, and whose it is."""
    assert told(act, lambda instant: f"@{instant}") == words


@given(act=acts)
def test_every_act_has_words(act: Act) -> None:
    """Nothing that can be entered is without them."""
    assert told(act, str)
