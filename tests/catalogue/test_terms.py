"""What calendars, policies, attributions, weights, incidents, the month close and reports mean once they are read."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from fractions import Fraction

import pytest
from support.catalogues import catalogue, problems

from ictss_monitor.catalogue.bank_holidays import Nation, bank_holidays
from ictss_monitor.catalogue.model import ALWAYS, Combine, Validity
from ictss_monitor.catalogue.terms import (
    Attribution,
    Calendar,
    CalendarVersion,
    Fault,
    Mail,
    MajorRule,
    MonthClose,
    Opening,
    OutageBegins,
    Policy,
    ReportPlan,
    Rhythm,
    Rounding,
    SpecialDays,
    Weight,
    WindowsCount,
    YearBy,
)
from ictss_monitor.clock import DAY, MINUTE, Instant, to_instant

PLACES = "councils: {ccc: , hdc: }\nsites: {hq: }\nchecks: {ping: {probe: icmp, address: 192.0.2.1, site: hq}}\n"
NET = "services: {net: {councils: [ccc, hdc], rule: ping}}\nareas: {web: {services: [net]}}\n"
DAYTIME = (Opening(480, 1050),)
OFFICE = "calendars: {office: {hours: {mon-fri: '08:00-17:30'}}}\n"


def at(text: str) -> Instant:
    """Return the instant of an ISO time with its offset."""
    return to_instant(datetime.fromisoformat(text))


def hours(text: str) -> tuple[tuple[Opening, ...], ...]:
    """Return the week of a calendar whose hours are `text`."""
    return catalogue(f"calendars: {{c: {{hours: {text}}}}}\n").calendars["c"].versions[0].week


def test_a_calendar_is_hours_by_weekday() -> None:
    """A day that is not named is closed; the name is the id where none is said."""
    week = (DAYTIME, DAYTIME, DAYTIME, DAYTIME, DAYTIME, (Opening(540, 720),), ())
    held = catalogue("calendars: {office: {hours: {mon-fri: '08:00-17:30', sat: '09:00-12:00'}}}\n").calendars
    assert held == {"office": Calendar("office", "office", (CalendarVersion(week),))}


def test_weekdays_are_said_in_short_in_full_in_lists_and_in_ranges() -> None:
    """A range may go over the end of the week; several stretches of a day are put in order."""
    assert hours("{Monday: ['13:00-17:00', '08:00-12:00']}")[0] == (Opening(480, 720), Opening(780, 1020))
    assert [number for number, day in enumerate(hours("{'sat - mon, wed': '00:00-24:00'}")) if day] == [0, 2, 5, 6]


def test_hours_over_midnight_go_on_on_the_next_day() -> None:
    """What runs from Sunday into Monday is two stretches, one of each day; an end at 00:00 is the end of the day."""
    assert hours("{sun: '22:00-06:00'}") == ((Opening(0, 360),), (), (), (), (), (), (Opening(1320, 1440),))
    assert hours("{sat: '18:00-00:00'}")[5:] == ((Opening(1080, 1440),), ())


def test_days_that_are_different_stand_in_their_order() -> None:
    """Closed days come first, so that hours of their own stand over them; bank holidays are as named."""
    text = (
        "calendars:\n  office:\n    name: Office hours\n    hours: {mon-fri: '08:00-17:30'}\n"
        "    bank_holidays: [england]\n    open_anyway: [2026-05-04]\n"
        "    also_closed: [2026-12-24, {from: 2026-12-29, until: 2026-12-31}]\n"
        "    special: [{from: 2026-12-30, hours: '10:00-14:00'}]\n"
    )
    calendar = catalogue(text).calendars["office"]
    (version,) = calendar.versions
    assert calendar.name == "Office hours"
    assert date(2026, 12, 25) in version.bank_holidays
    assert date(2026, 5, 4) not in version.bank_holidays
    assert version.special == (
        SpecialDays(date(2026, 12, 24), date(2026, 12, 24)),
        SpecialDays(date(2026, 12, 29), date(2026, 12, 31)),
        SpecialDays(date(2026, 12, 30), date(2026, 12, 30), (Opening(600, 840),)),
    )


def test_a_calendar_changes_on_a_day() -> None:
    """Versions follow each other, in the order of their dates."""
    text = (
        "calendars:\n  office:\n    versions:\n      - {from: 2026-04-01, hours: {mon: '08:00-17:30'}}\n"
        "      - {until: 2026-03-31, hours: {mon: '09:00-17:00'}}\n"
    )
    first, second = catalogue(text).calendars["office"].versions
    change = at("2026-04-01T00:00+01:00")
    assert (first.validity, first.week[0]) == (Validity(None, change), (Opening(540, 1020),))
    assert (second.validity, second.week[0]) == (Validity(change), DAYTIME)


@pytest.mark.parametrize(
    ("nation", "day", "is_one"),
    [
        (Nation.ENGLAND, date(2022, 9, 19), True),  # the state funeral, proclaimed once
        (Nation.ENGLAND, date(2020, 5, 4), False),  # moved to 8 May in that year
        (Nation.ENGLAND, date(2020, 5, 8), True),
        (Nation.ENGLAND, date(2027, 12, 28), True),  # substitute for a Sunday
        (Nation.WALES, date(2026, 4, 6), True),  # Easter Monday
        (Nation.SCOTLAND, date(2026, 4, 6), False),
        (Nation.SCOTLAND, date(2026, 1, 2), True),
        (Nation.SCOTLAND, date(2026, 11, 30), True),  # St Andrew's Day
        (Nation.NORTHERN_IRELAND, date(2026, 3, 17), True),  # St Patrick's Day
        (Nation.ENGLAND, date(2026, 3, 17), False),
    ],
)
def test_bank_holidays_are_those_of_the_nation(nation: Nation, day: date, is_one: bool) -> None:
    """Each nation has its own, with substitutes, moved ones, and those of one year only."""
    assert (day in bank_holidays(nation)) is is_one


def test_heavy_libraries_are_loaded_where_they_are_needed_only() -> None:
    """A catalogue without bank holidays and without repeating windows costs neither library."""
    code = (
        "import sys; from ictss_monitor.catalogue.parse import Source, parse\n"
        "parse([Source('a', '''councils: {ccc: }\\n" + OFFICE.strip() + "''')], None, None)\n"
        "assert not {'holidays', 'dateutil'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_services_and_provisions_have_hours() -> None:
    """A council's own hours stand beside the service's; `always` is around the clock."""
    text = (
        f"{PLACES}{OFFICE}services:\n  a: {{councils: {{ccc: , hdc: {{hours: always}}}}, rule: ping, hours: office}}\n"
        "  b: {councils: [ccc], rule: ping, hours: always}\n"
    )
    held = catalogue(text).services
    assert (held["a"].hours, held["b"].hours) == ("office", None)
    assert [held["a"].provisions[name][0].hours for name in ("ccc", "hdc")] == [None, "always"]


def test_every_term_of_a_policy_can_be_said() -> None:
    """Shares are exact, lengths in microseconds."""
    text = (
        f"{PLACES}{OFFICE}policies: {{paper: {{name: Paper, degraded: 0.35, maintenance: down, notice: 5d,"
        " hours: office, outage_begins: confirmation, minimum_coverage: 90, decimals: 3, rounding: cut,"
        " amber: 0.5, year: pooled}}\n"
    )
    assert catalogue(text).policy("paper") == Policy(
        "paper", "Paper", Fraction(35, 100), WindowsCount.DOWN, 5 * DAY, OutageBegins.CONFIRMATION, "office",
        Fraction(9, 10), 3, Rounding.CUT, Fraction(5, 1000), YearBy.POOLED,
    )  # fmt: skip


@pytest.mark.parametrize(("word", "share"), [("up", 0), ("down", 1), ("0", 0), ("1", 1), ("'0.25'", Fraction(1, 4))])
def test_degraded_counts_as_a_word_or_a_share(word: str, share: Fraction) -> None:
    """Up loses nothing of it, down all, and a number so much."""
    assert catalogue(f"policies: {{p: {{degraded: {word}}}}}\n").policy("p").degraded == share


def test_the_standard_policy_is_built_in_and_can_be_said_otherwise() -> None:
    """What names no policy has the standard one; minimum coverage is that of settings unless a policy says its own."""
    built_in = catalogue(f"{PLACES}settings: {{minimum_coverage: 90}}\n{NET}")
    assert built_in.policy(built_in.services["net"].policy).minimum_coverage == Fraction(9, 10)
    said = catalogue(f"{PLACES}settings: {{minimum_coverage: 90}}\n{NET}policies: {{standard: {{rounding: cut}}}}\n")
    assert said.policy("standard").rounding is Rounding.CUT
    assert said.policy("standard").minimum_coverage == Fraction(9, 10)


def test_a_policy_is_named_by_services_areas_baskets_and_councils() -> None:
    """Whatever has a figure can name its policy."""
    text = (
        "policies: {p: {decimals: 1}}\ncouncils: {ccc: {policy: p}}\nservices: {net: {councils: [ccc], policy: p}}\n"
        "areas: {web: {services: [net], policy: p}}\nbaskets: {all: {areas: [web], policy: p}}\n"
    )
    held = catalogue(text)
    named = (held.councils["ccc"], held.services["net"], held.areas["web"], held.baskets["all"])
    assert [each.policy for each in named] == ["p"] * 4


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("", None),
        ("attribution: own", Attribution(Fault.OWN)),
        ("attribution: council_site", Attribution(Fault.COUNCIL_SITE)),
        ("attribution: third_party", Attribution(Fault.THIRD_PARTY)),
        ("attribution: third_party, supplier: BT", Attribution(Fault.THIRD_PARTY, "BT")),
        ("supplier: BT", Attribution(Fault.THIRD_PARTY, "BT")),
    ],
)
def test_checks_and_sites_say_whose_their_outages_are(words: str, meant: Attribution | None) -> None:
    """A supplier alone is a third party; who says nothing leaves it to others."""
    text = f"sites: {{hq: {{{words}}}}}\nchecks: {{ping: {{probe: icmp, address: 192.0.2.1, {words}}}}}\n"
    held = catalogue(text)
    assert (held.sites["hq"].attribution, held.checks["ping"].attribution) == (meant, meant)


def test_a_supplier_hosts_a_service_externally() -> None:
    """A supplier alone means hosted externally; a council's own word beats the service's, its own hosting included."""
    text = (
        f"{PLACES}services:\n  a: {{councils: {{ccc: , hdc: {{supplier: Civica}}}}, rule: ping, supplier: Northgate}}\n"
        "  b: {councils: {ccc: {hosted_externally: false}, hdc: {supplier: Civica}}, rule: ping, supplier: Northgate}\n"
        "  c: {councils: {ccc: {supplier: Civica}, hdc: }, rule: ping}\n"
    )
    hosts = {
        (service.id, council): (each.hosted_externally, each.supplier)
        for service in catalogue(text).services.values()
        for council, (each,) in service.provisions.items()
    }
    assert hosts == {
        ("a", "ccc"): (True, "Northgate"), ("a", "hdc"): (True, "Civica"),
        ("b", "ccc"): (False, None), ("b", "hdc"): (True, "Civica"),
        ("c", "ccc"): (True, "Civica"), ("c", "hdc"): (False, None),
    }  # fmt: skip


def test_users_and_weights_are_numbers_by_date() -> None:
    """A number alone always holds; a list is put in the order of its dates, those of users in the council's zone."""
    text = (
        "councils:\n  ccc: {users: 4200}\n"
        "  hdc: {users: [{users: 950, from: 2026-04-01}, {users: 900, until: 2026-03-31}]}\n"
        "services: {net: {councils: [ccc]}, web: {councils: [ccc]}}\n"
        "areas:\n  web: {services: [net, web], combine: weighted,"
        " weights: {net: 2.5, web: [{weight: 1, from: 2026-01-01}]}}\n"
        "baskets: {all: {areas: [web], services: [net], combine: weighted, weights: {web: 3}}}\n"
    )
    held = catalogue(text)
    change = at("2026-04-01T00:00+01:00")
    assert held.councils["ccc"].users == (Weight(Fraction(4200), ALWAYS),)
    assert held.councils["hdc"].users == (
        Weight(Fraction(900), Validity(None, change)), Weight(Fraction(950), Validity(change)),
    )  # fmt: skip
    assert held.areas["web"].combine is Combine.WEIGHTED
    assert held.areas["web"].weights == {
        "net": (Weight(Fraction(5, 2)),),
        "web": (Weight(Fraction(1), Validity(at("2026-01-01T00:00+00:00"))),),
    }
    assert held.baskets["all"].weights == {"web": (Weight(Fraction(3)),)}


def test_a_major_incident_is_a_rule() -> None:
    """What is not said is an hour in one area for one council."""
    text = (
        f"{PLACES}{NET}major_incidents:\n  plain: {{}}\n"
        "  wide: {name: Wide, lasting: 30m, areas: [web], at_least_councils: 2, degraded: true, from: 2026-01-01}\n"
    )
    assert catalogue(text).major_incidents == {
        "plain": MajorRule("plain", "plain"),
        "wide": MajorRule(
            "wide", "Wide", 30 * MINUTE, frozenset({"web"}), 1, 2, True, Validity(at("2026-01-01T00:00+00:00"))
        ),
    }


def test_the_month_close_and_mail_are_settings() -> None:
    """What is not said of the month close is built in; the relay's password is read from where it is kept."""
    text = (
        "settings:\n  month_close: {working_day: 3, hour: 7, calendar: office, seal: automatic}\n"
        "  mail: {host: mail.example.org, sender: ict@example.org, username: ict, password: 'env:TOKEN'}\n"
    )
    held = catalogue(text + OFFICE).settings
    assert held.month_close == MonthClose(3, 7, "office", True)
    assert held.mail == Mail("mail.example.org", 25, "ict@example.org", True, "ict", "correct-horse-battery")
    assert "correct-horse" not in repr(held)
    bare = catalogue("settings: {month_close: {hour: 7}, mail: {host: relay, sender: a@b}}\n").settings
    assert (bare.month_close, bare.mail) == (MonthClose(hour=7), Mail("relay", sender="a@b"))


def test_a_wrong_setting_leaves_the_others_as_they_are_said() -> None:
    """A mistake in one part of the settings is told once, at its own line, with those in the others."""
    told = problems(
        "settings:\n  month_close:\n    hour: 24\n  mail:\n    host: relay\n    sender: nobody\n  zone: x\n"
    )
    assert [line.split(": ")[:2] for line in told] == [
        ["config/a.yaml:3", "settings.month_close.hour"],
        ["config/a.yaml:6", "settings.mail.sender"],
        ["config/a.yaml:7", "settings.zone"],
    ]


def test_reports_are_made_by_themselves() -> None:
    """A report of all councils as PDF is three words; the rest can be said."""
    text = (
        "councils: {ccc: }\nsettings: {mail: {host: relay, sender: a@b}}\nreports:\n  all: {every: quarter}\n"
        "  ccc: {every: month, council: ccc, formats: [pdf, xlsx], folder: out, mail_to: [board@example.org]}\n"
    )
    assert catalogue(text).reports == {
        "all": ReportPlan("all", Rhythm.QUARTER, "reports"),
        "ccc": ReportPlan("ccc", Rhythm.MONTH, "out", ("pdf", "xlsx"), "ccc", ("board@example.org",)),
    }
