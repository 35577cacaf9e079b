"""Short ways to write down entries of the ledger, and strategies that draw every act there can be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from hypothesis import strategies as st

from ictss_monitor.catalogue.terms import Attribution, Fault, Scope, Window
from ictss_monitor.catalogue.validity import Validity
from ictss_monitor.ledger.acts import (
    Act,
    Attribute,
    Declare,
    EndWindow,
    EnterWindow,
    Entry,
    Extent,
    Import,
    Imported,
    Move,
    Seal,
    Withdraw,
)
from ictss_monitor.ledger.chain import GENESIS, digest_of
from ictss_monitor.probe import Outcome

EXTENT = Extent("mail", "fenshire", 1_000, 2_000)
BT = Attribution(Fault.THIRD_PARTY, "BT")
PATCHES = Window(
    id="patches",
    why="Patch day",
    scope=Scope(services=frozenset({"mail"})),
    begin=datetime(2026, 10, 4, 1, 0),  # noqa: DTZ001  # local, as windows are
    end=datetime(2026, 10, 4, 5, 0),  # noqa: DTZ001
    zone="Europe/London",
    announced=None,
)


def chained(acts: Sequence[Act], approver: str | None = None) -> tuple[Entry, ...]:
    """Return a ledger of these acts, numbered and chained, each a second after the one before."""
    entries: list[Entry] = []
    previous = GENESIS
    for seq, act in enumerate(acts, 1):
        said = (seq, seq * 1_000_000, "ann", "because", approver, act, previous)
        previous = digest_of(*said)
        entries.append(Entry(*said, previous))
    return tuple(entries)


_instants = st.integers(-(2**62), 2**62)
_words = st.text(max_size=8)
_attributions = st.builds(Attribution, st.sampled_from(Fault), st.none() | _words)
_extents = st.builds(Extent, _words, _words, _instants, _instants)
_ids = st.frozensets(_words, max_size=3)
_local_times = st.builds(lambda moment, fold: moment.replace(fold=fold), st.datetimes(), st.sampled_from([0, 1]))
windows = st.builds(
    Window,
    id=_words,
    why=_words,
    scope=st.builds(Scope, _ids, _ids, _ids, _ids),
    begin=_local_times,
    end=_local_times,
    zone=_words,
    announced=st.none() | _instants,
    rrule=st.none() | _words,
    except_days=st.frozensets(st.dates(date(1, 1, 1)), max_size=3),
    validity=st.builds(Validity, st.none() | _instants, st.none() | _instants),
    ended=st.none() | _instants,
)
acts: st.SearchStrategy[Act] = st.one_of(
    st.builds(Attribute, _extents, _attributions),
    st.builds(Declare, _extents, st.sampled_from(Outcome), st.none() | _attributions),
    st.builds(Move, _extents, _extents, st.sampled_from(Outcome)),
    st.builds(EnterWindow, windows, st.none() | _instants),
    st.builds(EndWindow, _words, _instants),
    st.builds(Withdraw, st.integers(1, 2**62)),
    st.builds(Import, _words, _words, st.integers(0, 2**62), _instants, _instants),
    st.builds(Seal, _words, st.integers(1, 2**31), _words),
)
rows = st.builds(
    Imported,
    _words,
    _words,
    _instants,
    _instants,
    st.sampled_from(Outcome),
    st.none() | _attributions,
    _words,
)
