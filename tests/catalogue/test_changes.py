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
