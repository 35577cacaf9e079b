"""Where outages come from: whose they were, who told of them, and what people took away or moved.

Every instant here is made up.
"""

from __future__ import annotations

from dataclasses import replace

from support.listed_outages import BT, DOWN, HELD, KEY, OWN, UP, account, extent, listing, only, seen
from support.timelines import check, timeline

from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.intervals import span
from ictss_monitor.judging.blame import Blame
from ictss_monitor.judging.timeline import Levels
from ictss_monitor.ledger.acts import Attribute, Declare, Imported, Move


def test_the_causing_check_says_whose_it_is_by_default() -> None:
    """Whose it was comes from the account, and the supplier's name from the check that caused it."""
    check_of_bt = replace(check("web"), attribution=BT)
    source = replace(HELD, checks={"web": check_of_bt})
    blame = Blame({Fault.THIRD_PARTY: Levels(span(20, 30), span(20, 30))})
    line = only(
        listing(account(timeline(0, 100, down=[(20, 30)]), blame=blame), [seen(20, 30)], source=source).listed()
    )
    assert (line.attribution, line.suppliers, line.shares) == (BT, ("BT",), ((Fault.THIRD_PARTY, 10),))


def test_what_an_operator_says_stands_over_the_default() -> None:
    """An attribution of the ledger names fault and supplier, with the number of its entry and why."""
    line = only(
        listing(account(timeline(0, 100, down=[(20, 30)]), [Attribute(extent(20, 30), BT)]), [seen(20, 30)]).listed()
    )
    assert (line.attribution, line.suppliers, line.entries, line.note) == (BT, ("BT",), (1,), "because")


def test_where_several_had_a_part_the_first_stands_and_the_parts_are_told() -> None:
    """Half our own and half the supplier's is our own, with the supplier named and each part counted."""
    line = only(listing(account(timeline(0, 100, down=[(20, 30)]), [Attribute(extent(25, 90), BT)])).listed())
    assert (line.attribution, line.suppliers) == (OWN, ("BT",))
    assert line.shares == ((Fault.OWN, 5), (Fault.THIRD_PARTY, 5))


def test_not_an_outage() -> None:
    """What a correction took away wholly is listed apart, as it was observed, and nothing of it counts."""
    held = listing(
        account(timeline(0, 100, down=[(20, 30), (50, 60)]), [Declare(extent(20, 30), UP)]),
        [seen(20, 30), seen(50, 60)],
    )
    assert [line.begin for line in held.listed()] == [50]
    line = only(held.removed())
    assert (line.begin, line.end, line.down, line.counted, line.entries) == (20, 30, 10, 0, (1,))
    assert (line.observed, line.note) == ((seen(20, 30),), "because")


def test_a_shortened_outage_is_not_a_removed_one() -> None:
    """Where something is left of it, the line tells the entry that made it shorter and what had been observed."""
    held = listing(account(timeline(0, 100, down=[(20, 30)]), [Declare(extent(25, 30), UP)]), [seen(20, 30)])
    line = only(held.listed())
    assert (line.begin, line.end, line.entries, line.observed) == (20, 25, (1,), (seen(20, 30),))
    assert held.removed() == []


def test_a_moved_outage_keeps_what_was_observed_of_it() -> None:
    """One that was said to have happened at another time has its entry, and is not told as removed."""
    held = listing(
        account(timeline(0, 100, down=[(20, 30)]), [Move(extent(20, 30), extent(60, 65), DOWN)]), [seen(20, 30)]
    )
    line = only(held.listed())
    assert (line.begin, line.end, line.entries, line.observed) == (60, 65, (1,), (seen(20, 30),))
    assert held.removed() == []


def test_an_outage_that_no_probe_saw() -> None:
    """Phoned in: it counts, has no cause, and names the entry."""
    line = only(listing(account(timeline(0, 100), [Declare(extent(20, 30), DOWN, BT)])).listed())
    assert (line.begin, line.counted, line.causes, line.entries, line.attribution) == (20, 10, (), (1,), BT)


def test_an_imported_outage() -> None:
    """Of time in which nothing was observed a history tells, with whose it was and its note."""
    rows = [Imported(*KEY, 0, 50, UP), Imported(*KEY, 20, 30, DOWN, BT, "fibre cut")]
    held = account(timeline(0, 100, unknown=[(0, 50)], down=[(60, 70)]), rows=rows)
    first, last = listing(held, [seen(60, 70)]).listed()
    assert (first.imported, first.attribution, first.suppliers, first.note) == (True, BT, ("BT",), "fibre cut")
    assert (last.imported, last.note) == (False, "")


def test_a_history_does_not_say_whose_an_observed_outage_was() -> None:
    """Where we saw it ourselves, the causing check names the supplier, whatever a history says of that time."""
    source = replace(HELD, checks={"web": replace(check("web"), attribution=BT)})
    rows = [Imported(*KEY, 0, 50, UP), Imported(*KEY, 15, 40, DOWN, Attribution(Fault.THIRD_PARTY, "Virgin"), "cut")]
    blame = Blame({Fault.THIRD_PARTY: Levels(span(20, 30), span(20, 30))})
    held = account(timeline(0, 100, down=[(20, 30)]), rows=rows, blame=blame)
    line = only(listing(held, [seen(20, 30)], source=source).listed())
    assert (line.suppliers, line.imported) == (("BT",), False)


def test_an_imported_outage_that_began_before_the_account() -> None:
    """Where the account begins in the midst of it, the history tells when it began, and an entry when it ended."""
    rows = [Imported(*KEY, -90, 50, UP), Imported(*KEY, -30, 10, DOWN)]
    acts = [Declare(extent(95, 140), DOWN), Move(extent(60, 65), extent(60, 70), DOWN)]
    held = account(timeline(0, 100, unknown=[(0, 50)]), acts, rows)
    lines = listing(held, now=1_000).listed()
    assert [(line.begin, line.end) for line in lines] == [(-30, 10), (60, 70), (95, 140)]
