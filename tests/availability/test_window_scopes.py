"""What maintenance windows are over: services, checks and sites, for some councils or all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.judging_cases import check

from ictss_monitor.availability.windows import over
from ictss_monitor.catalogue.model import AtLeast, Catalogue, CheckRef, Provision, Service, Site
from ictss_monitor.catalogue.terms import Scope
from ictss_monitor.catalogue.validity import Validity


def catalogue() -> Catalogue:
    """Return email and web for two councils: relays of their own at two sites, and a gateway that both share."""
    checks = {
        each.id: each
        for each in (
            replace(check("relay-a"), site="north"),
            replace(check("relay-b"), site="south"),
            replace(check("gateway"), site="north"),
            check("portal"),
        )
    }
    gateway = CheckRef("gateway")
    email = {
        "a": (Provision("email", "a", AtLeast(None, (CheckRef("relay-a"), AtLeast(1, (gateway,))))),),
        "b": (
            Provision("email", "b", CheckRef("relay-b"), validity=Validity(until=100)),
            Provision("email", "b", gateway, validity=Validity(since=100)),
        ),
    }
    web = {"a": (Provision("web", "a", CheckRef("portal")),), "b": (Provision("web", "b", None),)}
    services = {"email": Service("email", "Email", email), "web": Service("web", "Web", web)}
    sites = {id_: Site(id_, id_.title()) for id_ in ("north", "south")}
    return Catalogue("0" * 64, checks=checks, services=services, sites=sites)


def named(*ids: str) -> frozenset[str]:
    """Return these ids."""
    return frozenset(ids)


@pytest.mark.parametrize(
    ("scope", "service", "council", "whole", "checks"),
    [
        (Scope(services=named("email")), "email", "a", True, named()),
        (Scope(services=named("email")), "web", "a", False, named()),
        (Scope(services=named("email"), councils=named("a")), "email", "a", True, named()),
        (Scope(services=named("email"), councils=named("a")), "email", "b", False, named()),
        (Scope(councils=named("a")), "web", "a", True, named()),
        (Scope(councils=named("a")), "web", "b", False, named()),
        (Scope(checks=named("gateway", "portal")), "email", "a", False, named("gateway")),
        (Scope(checks=named("gateway"), councils=named("b")), "email", "a", False, named()),
        (Scope(checks=named("gateway"), councils=named("b")), "email", "b", False, named("gateway")),
        (Scope(sites=named("north")), "email", "a", False, named("relay-a", "gateway")),
        (Scope(sites=named("south")), "email", "b", False, named("relay-b")),
        (Scope(sites=named("south"), checks=named("gateway")), "email", "b", False, named("relay-b", "gateway")),
        (Scope(sites=named("north"), services=named("email")), "email", "a", True, named("relay-a", "gateway")),
        (Scope(sites=named("north")), "web", "a", False, named()),
        (Scope(sites=named("north")), "web", "b", False, named()),
        (Scope(sites=named("north")), "web", "elsewhere", False, named()),
        (Scope(), "email", "a", False, named()),
    ],
)
def test_what_a_window_is_over(scope: Scope, service: str, council: str, whole: bool, checks: frozenset[str]) -> None:
    """Services for the councils named or all, checks named or at sites named, councils alone with all they have."""
    assert over(scope, catalogue(), service, council) == (whole, checks)
