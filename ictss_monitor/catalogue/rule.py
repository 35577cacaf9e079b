"""Rules of services: which checks must be good for a service to be so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ictss_monitor.catalogue.validity import ALWAYS, Validity


class Impact(StrEnum):
    """What a member's outage means for its service."""

    DOWN = "down"
    DEGRADED = "degraded"
    """The member's down is only a degradation of the service (Active Directory: slow log-in)."""


@dataclass(frozen=True, slots=True)
class CheckRef:
    """A rule's leaf: the state of one check."""

    check: str
    impact: Impact = Impact.DOWN
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A rule's branch: the `n`-th largest level of its members. `all` has n = None (every member), `any` has n = 1."""

    n: int | None
    members: tuple[Rule, ...]
    impact: Impact = Impact.DOWN
    validity: Validity = ALWAYS


Rule: TypeAlias = CheckRef | AtLeast


def checks_of(rule: Rule) -> Iterator[str]:
    """Yield the id of every check that the rule names, each as often as it is named."""
    if isinstance(rule, CheckRef):
        yield rule.check
    else:
        for member in rule.members:
            yield from checks_of(member)
