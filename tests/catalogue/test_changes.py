"""What a reload would change."""

from __future__ import annotations

from support.catalogues import catalogue

from ictss_monitor.catalogue.changes import Change, Changes, changes

OLD = """
councils: {ccc: }
checks:
  stays: {probe: icmp, address: 192.0.2.1}
  goes: {probe: icmp, address: 192.0.2.2}
  turns: {probe: icmp, address: 192.0.2.3}
services:
  stays: {councils: [ccc], rule: stays}
  turns: {councils: [ccc], rule: stays}
"""
NEW = """
councils: {ccc: }
defaults: {icmp: {options: {count: 3}}}
checks:
  comes: {probe: icmp, address: 192.0.2.4}
  turns: {probe: icmp, address: 192.0.2.3, interval: 10s}
  stays: {probe: icmp, address: 192.0.2.1}
services:
  stays: {councils: [ccc], rule: stays}
  turns: {councils: [ccc], rule: turns}
"""


def test_ids_are_added_removed_and_changed() -> None:
    """Each id is in one list at most; order in the file and words for the same thing change nothing."""
    assert changes(catalogue(OLD), catalogue(NEW)) == Changes(
        checks=Change(added=("comes",), removed=("goes",), changed=("turns",)),
        services=Change(changed=("turns",)),
    )


def test_the_same_catalogue_changes_nothing() -> None:
    """Comments and spaces are no change."""
    assert not changes(catalogue(OLD), catalogue(f"# seen\n{OLD}\n\n"))
    assert changes(catalogue(OLD), catalogue(NEW))


def test_terms_of_a_service_are_part_of_it() -> None:
    """Hours, supplier and policy change what is held of a service; a calendar's own hours do not touch its id."""
    terms = "calendars: {day: {hours: {mon-fri: '08:00-17:00'}}}\npolicies: {p: {rounding: cut}}\n"
    for words in ("hours: day", "policy: p", "supplier: BT"):
        text = OLD.replace("turns: {councils", f"turns: {{{words}, councils")
        assert changes(catalogue(OLD), catalogue(text + terms)).services == Change(changed=("turns",)), words
    assert not changes(catalogue(OLD), catalogue(OLD + terms))
