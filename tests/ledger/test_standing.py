"""Which entries hold, and which maintenance windows there are by them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from support.ledger_cases import BT, EXTENT, PATCHES, chained

from ictss_monitor.ledger.acts import Act, Attribute, EndWindow, EnterWindow, Entry, Withdraw
from ictss_monitor.ledger.standing import HeldWindow, in_force, windows_of

SAID = Attribute(EXTENT, BT)
ENTERED = EnterWindow(PATCHES)


def numbers(*acts: Act) -> list[int]:
    """Return the numbers of the entries in force after these acts."""
    return [entry.seq for entry in in_force(chained(acts))]


def test_a_withdrawn_entry_does_not_hold() -> None:
    """The entry goes, its withdrawal stays."""
    assert numbers(SAID, SAID, Withdraw(1)) == [2, 3]


def test_a_withdrawn_withdrawal_brings_the_entry_back() -> None:
    """And a third withdrawal takes it away again."""
    assert numbers(SAID, Withdraw(1), Withdraw(2)) == [1, 3]
    assert numbers(SAID, Withdraw(1), Withdraw(2), Withdraw(3)) == [2, 4]


@st.composite
def withdrawals(draw: st.DrawFn) -> list[Act]:
    """Draw a ledger in which each entry says something or withdraws an earlier one."""
    return [
        SAID if not seq or draw(st.booleans()) else Withdraw(draw(st.integers(1, seq)))
        for seq in range(draw(st.integers(0, 9)))
    ]


@given(acts=withdrawals())
def test_an_entry_holds_unless_one_that_holds_withdraws_it(acts: list[Act]) -> None:
    """The definition, said as a recursion over what comes after, gives the same entries."""

    def holds(entry: Entry) -> bool:
        later = entries[entry.seq :]
        return not any(
            isinstance(other.act, Withdraw) and other.act.entry == entry.seq and holds(other) for other in later
        )

    entries = chained(acts)
    assert list(in_force(entries)) == [entry for entry in entries if holds(entry)]


def test_an_ended_window_has_its_end() -> None:
    """The earliest end stands; an end that is withdrawn does not; the hash stays that of what was entered."""
    entries = chained([ENTERED, EndWindow("patches", 90), EndWindow("patches", 80), Withdraw(3)])
    ended = in_force(entries)[0]
    assert ended.act == EnterWindow(replace(PATCHES, ended=90))
    assert ended.hash == entries[0].hash
    assert in_force(entries[:3])[0].act == EnterWindow(replace(PATCHES, ended=80))


def test_an_end_is_not_of_a_window_entered_later() -> None:
    """An id that became free by a withdrawal can be used again, and begins anew."""
    entries = chained([ENTERED, EndWindow("patches", 90), Withdraw(1), ENTERED])
    assert windows_of({}, entries) == {"patches": HeldWindow(PATCHES, entries[3].at, entries[3].at, 4)}


def test_windows_of_the_catalogue_keep_their_notice_and_can_be_ended() -> None:
    """A standing arrangement was known all along; an operator may end it all the same."""
    later = replace(PATCHES, id="later", announced=50)
    entries = chained([EndWindow("patches", 70)])
    assert windows_of({"patches": PATCHES, "later": later}, entries) == {
        "patches": HeldWindow(replace(PATCHES, ended=70), None, None, None),
        "later": HeldWindow(later, 50, None, None),
    }


def test_an_earlier_notice_counts_only_where_another_person_approved_it() -> None:
    """Nobody forgives an outage by saying alone that it had been announced."""
    cited = EnterWindow(PATCHES, notice=5)
    (alone,) = windows_of({}, chained([cited])).values()
    (approved,) = windows_of({}, chained([cited], approver="bob")).values()
    (by_oneself,) = windows_of({}, chained([cited], approver=" ANN")).values()
    (without_notice,) = windows_of({}, chained([ENTERED], approver="bob")).values()
    assert [held.announced for held in (alone, approved, by_oneself, without_notice)] == [
        1_000_000,
        5,
        1_000_000,
        1_000_000,
    ]


def test_a_window_of_the_ledger_is_not_hidden_by_the_catalogue() -> None:
    """What was announced stays, even where a newer catalogue uses its id."""
    other = replace(PATCHES, why="Another one")
    assert windows_of({"patches": other}, chained([ENTERED]))["patches"].window == PATCHES
