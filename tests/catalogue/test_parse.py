"""What the words of a catalogue mean once they are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import pytest
from support.catalogues import PingOptions, catalogue, options_model, problems, secret

from ictss_monitor.catalogue.built_in_limits import BUILT_IN_LIMITS
from ictss_monitor.catalogue.model import (
    ALWAYS,
    AtLeast,
    CheckRef,
    Combine,
    Impact,
    Limit,
    Settings,
    Subject,
    Target,
    Unwatched,
    Validity,
)
from ictss_monitor.catalogue.parse import Source, parse
from ictss_monitor.clock import DAY, MINUTE, SECOND, Instant, to_instant
from ictss_monitor.probe import Outcome

PLACES = "councils: {ccc: {name: Cambridge}, hdc: }\nsites: {hq: {name: Head quarters}}\n"
CHECK = "  ping:\n    probe: icmp\n    address: 192.0.2.1\n    site: hq\n"
CHECKS = f"checks:\n{CHECK}  web:\n    probe: http\n    address: https://example.org\n"


def at(text: str) -> Instant:
    """Return the instant of an ISO time with its offset."""
    return to_instant(datetime.fromisoformat(text))


def test_a_check_is_three_lines() -> None:
    """Probe, address and site are enough; the rest is built in by probe type."""
    check = catalogue(f"{PLACES}checks:\n{CHECK}").checks["ping"]
    assert check.options == PingOptions(address="192.0.2.1")
    assert (check.name, check.probe, check.site) == ("ping", "icmp", "hq")
    assert (check.interval, check.time_limit, check.retry_interval) == (30 * SECOND, 3 * SECOND, 5 * SECOND)
    assert (check.fall, check.rise, check.limits, check.validity) == (3, 2, (), ALWAYS)


def test_defaults_lie_between_what_is_built_in_and_what_the_check_says() -> None:
    """A check's word beats the defaults of its type, key by key, limits and options too; other types are untouched."""
    defaults = (
        "defaults:\n  icmp:\n    interval: 2m\n    fall: 5\n    options: {count: 7, family: ipv4}\n"
        "    degraded: {latency: 0.5, loss_ratio: 0.1}\n"
    )
    own = "    fall: 2\n    options: {count: 9}\n    degraded: {latency: 80ms}\n    down: {loss_ratio: {above: 0.9}}\n"
    held = catalogue(f"{PLACES}{defaults}checks:\n{CHECK}{own}  web: {{probe: http, address: x}}\n")
    ping = held.checks["ping"]
    assert (ping.interval, ping.fall, ping.rise) == (2 * MINUTE, 2, 2)
    assert ping.options == PingOptions(address="192.0.2.1", count=9, family="ipv4")
    assert set(ping.limits) == {
        Limit("loss_ratio", Outcome.DOWN, above=0.9),
        Limit("latency", Outcome.DEGRADED, above=0.08),
        Limit("loss_ratio", Outcome.DEGRADED, above=0.1),
    }
    assert held.checks["web"].interval == 60 * SECOND


def test_a_default_never_exceeds_the_interval_of_the_check() -> None:
    """A short interval shortens the time limit and retry interval that the check did not write itself."""
    text = f"{PLACES}defaults: {{icmp: {{time_limit: 20s, retry_interval: 25s}}}}\nchecks:\n{CHECK}    interval: 2s\n"
    check = catalogue(text).checks["ping"]
    assert (check.time_limit, check.retry_interval) == (2 * SECOND, 2 * SECOND)


def test_a_wrong_interval_is_not_held_against_the_time_limit() -> None:
    """Only the interval is told; whether the time limit fits cannot be known."""
    assert len(problems(f"{PLACES}checks:\n{CHECK}    interval: 90\n    time_limit: 45s\n")) == 1


def test_limits_are_numbers_durations_or_ranges() -> None:
    """A bare number or duration is an upper bound; `below` is a lower one."""
    own = "    degraded:\n      latency: 1\n      certificate_days: {below: 14}\n      rtt: {above: 2, below: 1s}\n"
    assert catalogue(f"{PLACES}checks:\n{CHECK}{own}").checks["ping"].limits == (
        Limit("latency", Outcome.DEGRADED, above=1.0),
        Limit("certificate_days", Outcome.DEGRADED, below=14.0),
        Limit("rtt", Outcome.DEGRADED, above=2.0, below=1.0),
    )


def test_durations_are_in_the_unit_of_the_measurement() -> None:
    """What is measured in minutes or days is held against as many of them, however the duration is written."""
    own = "    degraded: {runtime_minutes: {below: 1h}, certificate_days: {below: 14d}, lease_seconds: 5m, latency: 2s}"
    assert catalogue(f"{PLACES}checks:\n{CHECK}{own}\n").checks["ping"].limits == (
        Limit("runtime_minutes", Outcome.DEGRADED, below=60.0),
        Limit("certificate_days", Outcome.DEGRADED, below=14.0),
        Limit("lease_seconds", Outcome.DEGRADED, above=300.0),
        Limit("latency", Outcome.DEGRADED, above=2.0),
    )
    assert "0m" in problems(f"{PLACES}checks:\n{CHECK}    degraded: {{runtime_minutes: {{below: 0m}}}}\n")[0]


def test_a_limit_can_hold_under_a_condition_only() -> None:
    """`when` names the measurement that must be there and not zero."""
    own = "    down: {runtime_minutes: {below: 10, when: on_battery}}\n"
    assert catalogue(f"{PLACES}checks:\n{CHECK}{own}").checks["ping"].limits == (
        Limit("runtime_minutes", Outcome.DOWN, below=10.0, when="on_battery"),
    )


def test_a_limit_can_clear_elsewhere_and_take_its_time() -> None:
    """`clear` is a value, or a range with two bounds, in the measurement's unit; `for` and `clear_for` are lengths."""
    own = (
        "    degraded:\n      runtime_minutes: {below: 1h, clear: 90m, for: 5m}\n"
        "      humidity_percent: {above: 80, below: 20, clear: [25, 75]}\n      latency: {above: 1, clear_for: 30s}\n"
    )
    assert catalogue(f"{PLACES}checks:\n{CHECK}{own}").checks["ping"].limits == (
        Limit("runtime_minutes", Outcome.DEGRADED, below=60.0, clear_below=90.0, hold=5 * MINUTE),
        Limit("humidity_percent", Outcome.DEGRADED, above=80.0, below=20.0, clear_above=75.0, clear_below=25.0),
        Limit("latency", Outcome.DEGRADED, above=1.0, clear_hold=30 * SECOND),
    )


def test_what_is_built_in_for_a_type_is_beaten_by_its_defaults_and_by_the_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Limits are laid over each other by outcome and measurement; `off` takes one away, the same of the other
    outcome stays.
    """
    built_in = {
        "icmp": (
            Limit("loss_ratio", Outcome.DOWN, above=0.9),
            Limit("loss_ratio", Outcome.DEGRADED, above=0.2),
            Limit("jitter_seconds", Outcome.DEGRADED, above=0.1),
        )
    }
    monkeypatch.setattr("ictss_monitor.catalogue.checks.BUILT_IN_LIMITS", built_in)
    defaults = "defaults: {icmp: {degraded: {loss_ratio: 0.3, latency: 1}}}\n"
    own = "    degraded: {loss_ratio: off, latency: off, jitter_seconds: 0.5}\n"
    other = "  pong: {probe: icmp, address: 192.0.2.2}\n"
    held = catalogue(f"{PLACES}{defaults}checks:\n{CHECK}{own}{other}").checks
    assert set(held["ping"].limits) == {
        Limit("loss_ratio", Outcome.DOWN, above=0.9),
        Limit("jitter_seconds", Outcome.DEGRADED, above=0.5),
    }
    assert set(held["pong"].limits) == {
        Limit("loss_ratio", Outcome.DOWN, above=0.9),
        Limit("loss_ratio", Outcome.DEGRADED, above=0.3),
        Limit("latency", Outcome.DEGRADED, above=1.0),
        Limit("jitter_seconds", Outcome.DEGRADED, above=0.1),
    }


def test_what_is_built_in_says_each_limit_once() -> None:
    """A measurement and an outcome name one limit, or a catalogue could not replace it."""
    for limits in BUILT_IN_LIMITS.values():
        named = [(limit.outcome, limit.measurement) for limit in limits]
        assert len(named) == len(set(named))


def test_dates_are_days_of_the_zone_and_include_the_last_one() -> None:
    """From is the day's local midnight, until the midnight after its day, summer time or not."""
    own = "    from: 2026-03-29\n    until: 2026-03-31\n    tags: [edge, edge]\n"
    check = catalogue(f"{PLACES}checks:\n{CHECK}{own}").checks["ping"]
    assert check.validity == Validity(at("2026-03-29T00:00+00:00"), at("2026-04-01T00:00+01:00"))
    assert check.tags == {"edge"}


def test_a_councils_dates_are_of_its_own_zone() -> None:
    """A council that says its zone begins at its own midnight; others have the zone of settings."""
    text = "settings: {zone: Europe/Berlin}\n"
    text += "councils:\n  a: {zone: Europe/London, from: 2026-01-01}\n  b: {from: 2026-01-01}\n"
    councils = catalogue(text).councils
    assert councils["a"].validity.since == at("2026-01-01T00:00+00:00")
    assert councils["b"].validity.since == at("2026-01-01T00:00+01:00")
    assert (councils["a"].zone, councils["b"].zone) == ("Europe/London", "Europe/Berlin")


def test_rules_nest_with_impacts_and_dates() -> None:
    """All, any and at least n hold checks, checks with a meaning, and rules with one."""
    rule = (
        "{all: [ping, {check: web, impact: degraded, from: 2026-01-01}, {any: [ping, web], impact: degraded},"
        " {at_least: {n: 2, of: [ping, web]}}]}"
    )
    held = catalogue(f"{PLACES}{CHECKS}services:\n  net:\n    councils: [ccc, hdc]\n    rule: {rule}\n")
    pair = (CheckRef("ping"), CheckRef("web"))
    expected = AtLeast(
        None,
        (
            CheckRef("ping"),
            CheckRef("web", Impact.DEGRADED, Validity(at("2026-01-01T00:00+00:00"))),
            AtLeast(1, pair, Impact.DEGRADED),
            AtLeast(2, pair),
        ),
    )
    provisions = held.services["net"].provisions
    assert [provisions[name][0].rule for name in ("ccc", "hdc")] == [expected, expected]


def test_a_member_may_come_back_with_another_meaning() -> None:
    """The same check twice in a list is fine where its dates do not overlap, and a mistake where they do."""
    service = (
        "services:\n  net:\n    councils: [ccc]\n    rule:\n      all:\n        - {check: ping, until: 2026-03-31}\n"
    )
    apart = f"{service}        - {{check: ping, impact: degraded, from: 2026-04-01}}\n"
    together = f"{service}        - {{check: ping, impact: degraded, from: 2026-03-31}}\n"
    assert problems(PLACES + CHECKS + apart) == ()
    assert len(problems(PLACES + CHECKS + together)) == 1


def test_councils_get_a_service_each_in_its_way_and_over_time() -> None:
    """An own rule beats the service's, one without either is not watched, and ways in time follow each other."""
    service = (
        "services:\n  net:\n    rule: ping\n    hosted_externally: true\n    councils:\n      ccc:\n"
        "        - {rule: web, hosted_externally: no, from: 2026-04-01}\n        - {until: 2026-03-31}\n      hdc:\n"
        "  bare: {councils: [ccc], tags: [later]}\n"
    )
    held = catalogue(PLACES + CHECKS + service).services
    first, second = held["net"].provisions["ccc"]
    (other,) = held["net"].provisions["hdc"]
    change = at("2026-04-01T00:00+01:00")
    assert (first.rule, first.hosted_externally, first.validity) == (CheckRef("ping"), True, Validity(None, change))
    assert (second.rule, second.hosted_externally, second.validity) == (CheckRef("web"), False, Validity(change))
    assert (other.rule, other.hosted_externally, other.validity) == (CheckRef("ping"), True, ALWAYS)
    assert held["bare"].provisions["ccc"][0].rule is None
    assert (held["bare"].name, held["bare"].tags) == ("bare", {"later"})


def test_areas_baskets_and_targets_are_what_figures_are_about() -> None:
    """Ways of combining have the defaults of the model; targets are exact and dated, for some or for all."""
    text = (
        "services: {net: {councils: [ccc]}}\nareas: {web: {services: [net]}}\n"
        "baskets: {all: {areas: [web], services: [net], combine: sum}}\n"
        "targets:\n  - {service: net, percent: 99.90, until: 2026-03-31}\n"
        "  - {service: net, percent: '99.95', from: 2026-04-01}\n"
        "  - {service: net, percent: 95, councils: [hdc]}\n  - {council: ccc, percent: 98}\n"
    )
    held = catalogue(PLACES + text)
    assert (held.areas["web"].services, held.areas["web"].combine) == (("net",), Combine.UNION)
    assert (held.baskets["all"].areas, held.baskets["all"].combine) == (("web",), Combine.SUM)
    change = at("2026-04-01T00:00+01:00")
    assert held.targets == (
        Target(Subject.SERVICE, "net", Fraction(999, 1000), None, Validity(None, change)),
        Target(Subject.SERVICE, "net", Fraction(9995, 10_000), None, Validity(change)),
        Target(Subject.SERVICE, "net", Fraction(95, 100), frozenset({"hdc"})),
        Target(Subject.COUNCIL, "ccc", Fraction(98, 100)),
    )


def test_targets_clash_only_where_they_are_about_the_same_thing() -> None:
    """Two services, and a service and a council of one name, may have targets at once; one may not have two."""
    text = f"{PLACES}services: {{ccc: {{councils: [ccc]}}, b: {{councils: [ccc]}}}}\ntargets:\n"
    targets = [f"  - {{{about}, percent: 99}}\n" for about in ("service: ccc", "council: ccc", "service: b")]
    assert problems(text + "".join(targets)) == ()
    assert len(problems(text + "".join(targets) + targets[0])) == 1


def test_what_ends_as_it_begins_is_a_mistake() -> None:
    """A span without length is refused; one of a day, or of a microsecond, is not."""
    begin = f"{PLACES}checks:\n{CHECK}    from: 2026-04-01T00:00:00Z\n"
    assert len(problems(f"{begin}    until: 2026-04-01T00:00:00Z\n")) == 1
    assert problems(f"{begin}    until: 2026-04-01T00:00:00.000001Z\n") == ()
    assert problems(f"{PLACES}checks:\n{CHECK}    from: 2026-04-01\n    until: 2026-04-01\n") == ()


def test_what_no_probe_watches_is_listed_with_the_reason() -> None:
    """An unwatched system keeps its place, its owners and why it is not watched."""
    held = catalogue(f"{PLACES}unwatched: {{ups: {{name: UPS, why: no card yet, site: hq, councils: [ccc]}}}}\n")
    assert held.unwatched == {"ups": Unwatched("ups", "UPS", "no card yet", "hq", frozenset({"ccc"}))}


def test_settings_are_those_of_the_model_where_nothing_is_said() -> None:
    """A catalogue without settings has exactly the built-in ones."""
    assert catalogue(PLACES).settings == Settings()


def test_every_setting_can_be_said() -> None:
    """All settings come through, durations in microseconds and shares exact; the store may be a secret."""
    said = catalogue(
        "settings: {store: 'env:STORE', listen: '[::1]:0', zone: Europe/Paris, vantage: town-hall,"
        " minimum_coverage: 97.5, heartbeat_interval: 500ms, probes_in_flight: 7, probes_per_address: 2,"
        " stop_grace: 1s, evidence_retention: 400d}"
    ).settings
    assert said == Settings(
        "postgresql://monitor:hunter22@db/monitor", "::1", 0, "Europe/Paris", "town-hall", Fraction(975, 1000),
        SECOND // 2, 7, 2, SECOND, 400 * DAY,
    )  # fmt: skip


def test_several_files_are_one_catalogue() -> None:
    """Sections of all files add up, in their order, and refer to each other."""
    held = catalogue(f"{PLACES}settings: {{vantage: here}}\n", CHECKS, "checks:\n  last: {probe: icmp, address: x}\n")
    assert list(held.checks) == ["ping", "web", "last"]
    assert held.settings.vantage == "here"


def test_an_id_in_two_files_names_both_places() -> None:
    """The second of two equal ids, and of two equal settings, is told with where the first is."""
    told = problems(f"{PLACES}checks:\n{CHECK}settings: {{vantage: a}}\n", f"settings:\n  vantage: b\nchecks:\n{CHECK}")
    assert told == (
        "config/b.yaml:2: settings.vantage: 'vantage' is already in config/a.yaml:8;"
        " expected each once: remove one, or give it another id",
        "config/b.yaml:4: checks.ping: 'ping' is already in config/a.yaml:4;"
        " expected each once: remove one, or give it another id",
    )


def test_all_problems_of_one_entry_are_told_at_once() -> None:
    """A mistake in one key does not hide those in the others, references and options included."""
    own = "    interval: 5\n    fall: x\n    options: {cuont: 3}\n    from: never\n"
    service = "    councils: [none]\n    tags: [A B]\n    rule: {all: [pong, {check: ping, impct: degraded}]}\n"
    text = f"checks:\n{CHECK}{own}services:\n  s:\n{service}"
    paths = [line.split(": ")[1] for line in problems(text)]
    assert paths == [
        "checks.ping.site", "checks.ping.interval", "checks.ping.fall", "checks.ping.options.cuont", "checks.ping.from",
        "services.s.councils[0]", "services.s.tags[0]", "services.s.rule.all[1].impct", "services.s.rule.all[0]",
    ]  # fmt: skip


def test_a_broken_entry_is_still_known_to_others() -> None:
    """Who refers to an entry that is wrong is not told that it does not exist."""
    text = f"{PLACES}checks:\n  ping: {{probe: icmp}}\nservices:\n  s: {{councils: [ccc], rule: ping}}\n"
    (told,) = problems(text)
    assert told.startswith("config/a.yaml:4: checks.ping: 'address' is missing; expected what is probed")


def test_a_wrong_date_is_not_held_against_others() -> None:
    """Spans with a mistake are left out where spans must not overlap."""
    service = "services:\n  s:\n    councils:\n      ccc: [{until: 2026-03-31}, {from: 1/4/2026}]\n"
    assert len(problems(PLACES + service)) == 1


@pytest.mark.parametrize("empty", ["", "councils:\n", "# nothing\nsites:\n"])
def test_empty_sections_are_fine_and_empty_files_are_not(empty: str) -> None:
    """A section may wait for its entries; a file without any section is a mistake."""
    assert len(problems(empty)) == (0 if ":" in empty else 1)


def test_the_digest_is_of_names_and_texts() -> None:
    """It changes with every text, name and order, not with the folder, and not by moving text between files."""

    def digest(*files: tuple[str, str]) -> str:
        return parse([Source(name, text) for name, text in files], options_model, secret).digest

    one = digest(("config/a.yaml", "sites: {a: }\n"), ("config/b.yaml", "sites: {b: }\n"))
    assert one == digest(("/etc/x/a.yaml", "sites: {a: }\n"), ("/etc/x/b.yaml", "sites: {b: }\n"))
    assert len({
        one,
        digest(("config/a.yaml", "sites: {a: } \n"), ("config/b.yaml", "sites: {b: }\n")),
        digest(("config/a.yaml", "sites: {a: }\n"), ("config/c.yaml", "sites: {b: }\n")),
        digest(("config/b.yaml", "sites: {b: }\n"), ("config/a.yaml", "sites: {a: }\n")),
    }) == 4  # fmt: skip
    assert len(one) == 64


def test_equal_texts_make_equal_catalogues() -> None:
    """Reading is a function of the text, so that a reload finds what changed and nothing else."""
    assert catalogue(PLACES + CHECKS) == catalogue(PLACES + CHECKS)
    changed = catalogue(PLACES + CHECKS.replace("192.0.2.1", "192.0.2.2"))
    assert changed != catalogue(PLACES + CHECKS)
    assert replace(changed, digest="", checks={}) == replace(catalogue(PLACES + CHECKS), digest="", checks={})
