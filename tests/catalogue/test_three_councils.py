"""The catalogue of three councils does what the paper tells, and docs/systems.md tells the truth of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from fractions import Fraction
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from support.accounts import kpi_table
from support.timelines import lost_minutes

from ictss_monitor.availability.periods import parse
from ictss_monitor.catalogue.model import Catalogue, Combine, Subject, checks_of
from ictss_monitor.catalogue.terms import AROUND_THE_CLOCK, Attribution, Fault, Rounding, WindowsCount
from ictss_monitor.catalogue_files import load
from ictss_monitor.judging.rules import plan_of, state_of
from ictss_monitor.probe import Outcome
from ictss_monitor.probing import registry

ROOT = Path(__file__).parents[2]
COUNCILS = ("ccc", "hdc", "scdc")
AREAS = ("network-telephony", "email", "internet-web", "servers")
UP, DEGRADED, DOWN = Outcome.UP, Outcome.DEGRADED, Outcome.DOWN
NOW = parse("2026-10").within("Europe/London").start


@pytest.fixture(scope="module")
def held() -> Catalogue:
    """The catalogue as check-config reads it."""
    return load(ROOT / "config" / "three-councils", registry.options_model)


def states(held: Catalogue, service: str, down: Collection[str] = (), level: Outcome = DOWN) -> dict[str, Outcome]:
    """Return a service's state for each council that has it, with the checks of `down` failing and all others up."""
    assert held.checks.keys() >= set(down), "a misspelt check would fail nothing"
    found = {}
    for council in held.services[service].provisions:
        piece = plan_of(held, service, council).at(NOW)
        assert piece is not None
        found[council] = state_of(piece.rule, lambda check: level if check in down else UP)
    return found


def lost(held: Catalogue, service: str, *down: str) -> set[str]:
    """Return the councils for which a service is down when these checks are."""
    return {council for council, state in states(held, service, down).items() if state is DOWN}


@pytest.mark.parametrize(
    ("down", "councils"),
    [
        (["unify-newport"], set()),
        (["unify-slough"], set()),
        (["unify-newport", "unify-slough"], {"ccc"}),
        (["dhcp-ccc"], {"ccc"}),
        (["dhcp-hdc"], {"hdc"}),
        (["dhcp-scdc"], {"scdc"}),
        (["oxe-hdc"], {"hdc"}),
        (["county-link"], set()),
        (["cs1000-scdc"], {"scdc"}),
        (["icloud-scdc"], {"scdc"}),
    ],
)
def test_telephony_of_each_council_stands_on_what_the_paper_tells(
    held: Catalogue, down: list[str], councils: set[str]
) -> None:
    """Either Unify data centre will do; each council's DHCP takes its own telephones only; each has its own system."""
    assert lost(held, "telephony", *down) == councils


def test_contact_centre_of_hdc_needs_the_countys_system(held: Catalogue) -> None:
    """The extra link is missed by Huntingdonshire's contact centre, and by no telephone."""
    assert lost(held, "contact-centre", "county-link") == {"hdc"}


def test_directory_degrades_and_takes_nothing_down(held: Catalogue) -> None:
    """Active Directory gone altogether means slow log-in for everybody: degraded, no minute lost."""
    directory = [check.id for check in held.checks.values() if "directory" in check.tags]
    assert len(directory) >= 5
    assert set(states(held, "servers", directory).values()) == {DEGRADED}
    assert set(states(held, "servers", ["directory-a"]).values()) == {UP}, "the other one still answers"


@pytest.mark.parametrize("council", COUNCILS)
def test_firewall_cuts_its_own_council_only(held: Catalogue, council: str) -> None:
    """A single firewall is its council's network; it is tagged, for whoever is called out."""
    assert lost(held, "network", f"firewall-{council}") == {council}
    assert {"firewall", "call-out"} <= held.checks[f"firewall-{council}"].tags


def test_inter_site_link_and_witness_are_missed_by_fail_over(held: Catalogue) -> None:
    """Losing the link degrades the network, losing it or the witness host ends the fail-over, in no key area."""
    assert lost(held, "fail-over", "inter-site-link") == lost(held, "fail-over", "witness-host") == set(COUNCILS)
    assert states(held, "network", ["inter-site-link"]) == {"ccc": DEGRADED, "hdc": DEGRADED, "scdc": UP}
    assert {"witness", "call-out"} <= held.checks["witness-host"].tags
    assert "fail-over" not in {service for area in held.areas.values() for service in area.services}


def test_internet_access_outlives_one_far_end(held: Catalogue) -> None:
    """One outside host may fail by itself; two at once are our way out. Too slow to use is told as down by a limit."""
    assert lost(held, "internet-access", "outside-a") == set()
    assert lost(held, "internet-access", "outside-a", "outside-c") == set(COUNCILS)
    limits = {(limit.measurement, limit.outcome) for limit in held.checks["outside-a"].limits}
    assert {("latency", DOWN), ("latency", DEGRADED)} <= limits


@pytest.mark.parametrize(
    ("check", "minutes"),
    [
        ("ups-pathfinder-house", 90),
        ("ups-eastfield-house", 30),
        ("ups-waterbeach", 30),
        ("ups-mandela-house", 480),
        ("ups-guildhall", 480),
    ],
)
def test_ups_has_the_run_time_of_its_site_as_a_limit(held: Catalogue, check: str, minutes: int) -> None:
    """Less run time than the site's UPS is there to give is degraded, on mains too."""
    limits = [limit for limit in held.checks[check].limits if limit.measurement == "runtime_minutes"]
    assert minutes in [limit.below for limit in limits if limit.outcome is DEGRADED and not limit.when]


def test_headline_figure_adds_the_four_areas_against_95(held: Catalogue) -> None:
    """KPI-2 as the paper reckons it: a quarter with its published minutes gives the published figure."""
    basket = held.baskets["kpi-2"]
    assert (basket.areas, basket.services, basket.combine) == (AREAS, (), Combine.SUM)
    quarter = parse("FY2019/20-Q2")
    period = quarter.within("Europe/London")
    # The minutes are the paper's; when they were is made up: at once, so that only a sum counts each of them.
    minutes = {"telephony": 250, "email": 60, "website": 70, "servers": 180}
    lines = {
        (service.id, council): lost_minutes(
            period.start, period.end, {period.start + at: minutes.get(service.id, 0)} if council == "hdc" else {}
        )
        for at, service in enumerate(held.services.values())
        for council in service.provisions
    }
    row = kpi_table(held, lines, quarter, period.end).row(Subject.BASKET, "kpi-2", None)
    assert row is not None
    assert row.target == Fraction(95, 100)
    assert row.figure.value == 1 - Fraction(560, 132_480)


def test_kpi_2_counts_as_the_paper_counts(held: Catalogue) -> None:
    """Degraded and maintenance are lost, nights count, and the figure is cut: in the headline and in its areas."""
    policy = held.policy(held.baskets["kpi-2"].policy)
    assert (policy.degraded, policy.maintenance, policy.hours) == (1, WindowsCount.DOWN, AROUND_THE_CLOCK)
    assert (policy.rounding, policy.decimals) == (Rounding.CUT, 2)
    assert {held.areas[area].policy for area in AREAS} == {policy.id}


@pytest.mark.parametrize(
    ("check", "attribution"),
    [
        ("county-link", Attribution(Fault.THIRD_PARTY, "The county's telephony provider")),
        ("mail-filtering", Attribution(Fault.THIRD_PARTY, "Mimecast")),
        ("provider-gateway", Attribution(Fault.THIRD_PARTY, "MLL (EastNet)")),
        ("website-ccc", Attribution(Fault.THIRD_PARTY, "Microsoft (Azure)")),
        ("e-payments", Attribution(Fault.THIRD_PARTY)),
        ("outside-a", Attribution(Fault.UNDETERMINED)),
        ("esxi-pathfinder-a", None),
    ],
)
def test_third_parties_are_named(held: Catalogue, check: str, attribution: Attribution | None) -> None:
    """The third parties of the paper's minutes are told by the check or its site; who is not told is ourselves."""
    said = held.checks[check]
    assert said.site is not None
    assert (said.attribution or held.sites[said.site].attribution) == attribution


def test_every_service_hosted_externally_is_watched_from_a_third_partys_site(held: Catalogue) -> None:
    """Whoever hosts a service, its outages are not told as our own."""
    for provision in held.provisions():
        if provision.hosted_externally and provision.rule is not None:
            sites = [held.sites[held.checks[check].site or ""] for check in checks_of(provision.rule)]
            whose = {site.attribution.fault for site in sites if site.attribution}
            assert whose == {Fault.THIRD_PARTY}, provision.service


def test_every_address_is_of_documentation(held: Catalogue) -> None:
    """Nobody's host is probed by running the example (RFC 5737, RFC 3849, RFC 2606)."""
    ours = [ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]
    for check in held.checks.values():
        host = re.sub(r"^[a-z]+://|[/:].*$", "", re.sub(r"^https?://", "", check.options.address))
        if re.fullmatch(r"[0-9.]+", host):
            assert any(ip_address(host) in network for network in ours), check.id
        else:
            assert re.search(r"(^|\.)example\.(org|net|com)$", host), check.id


def test_every_check_serves_a_service_and_stands_at_a_site(held: Catalogue) -> None:
    """Nothing is probed for nobody."""
    used = {
        check for provision in held.provisions() if provision.rule is not None for check in checks_of(provision.rule)
    }
    assert held.checks.keys() == used
    assert all(check.site for check in held.checks.values())
    assert {check.site for check in held.checks.values()} == set(held.sites)


SYSTEMS = (
    "Telephony, CCC", "Telephony, HDC", "Telephony, SCDC", "ACD / contact centre", "Email", "Internet access",
    "Council websites and portals", "WAN links, inter-site link Pathfinder House to Shire Hall",
    "LAN core and edge switches, routers", "Firewalls", "Witness host", "Data centres", "ESXi hosts, SAN, backup",
    "Active Directory", "DHCP", "DNS", "VDI, Citrix, remote access (VPN, Global Protect), desktop service",
    "Roaming profiles, file shares", "UPS", "Generators", "Air conditioning, temperature, humidity",
    "Fire suppression", "Line-of-business systems", "Cloud-hosted services", "GovRoam / Wi-Fi", "Central monitoring",
)  # fmt: skip
"""The systems that the councils' papers name, as docs/systems.md calls them."""


@pytest.fixture(scope="module")
def rows() -> Mapping[str, tuple[str, str, str]]:
    """The rows of docs/systems.md: checks, probe types and proofs by system."""
    text = (ROOT / "docs" / "systems.md").read_text()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:2] == "| "]
    return {row[0]: (row[1], row[2], row[3]) for row in cells if row[0] not in ("system", "")}


def named(cell: str) -> list[str]:
    """Return what stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def test_page_of_systems_has_every_system(rows: Mapping[str, tuple[str, str, str]]) -> None:
    """No system of the papers is forgotten, and none is made up."""
    assert tuple(rows) == SYSTEMS


def test_page_of_systems_names_checks_that_exist_by_their_type(
    held: Catalogue, rows: Mapping[str, tuple[str, str, str]]
) -> None:
    """Each id is that of a check, or of what is not watched yet; each probe type is that of the row's checks."""
    told = set()
    for system, (checks, kinds, _) in rows.items():
        ids = named(checks)
        assert set(ids) <= held.checks.keys() | held.unwatched.keys(), system
        assert {held.checks[id_].probe for id_ in ids if id_ in held.checks} == set(named(kinds)), system
        told.update(ids)
    assert told == held.checks.keys() | held.unwatched.keys(), "the page leaves nothing of the catalogue out"


def test_page_of_systems_names_proofs_that_exist(rows: Mapping[str, tuple[str, str, str]]) -> None:
    """What proved a probe is a test that is there to be run."""
    for system, (_, _, proofs) in rows.items():
        assert named(proofs), system
        for proof in named(proofs):
            file, _, test = proof.partition("::")
            assert f"def {test}(" in (ROOT / "tests" / file).read_text(), f"{system}: {proof}"
