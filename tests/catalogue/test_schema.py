"""The JSON schema for editors accepts what the language allows, and little else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.catalogues import KINDS

from ictss_monitor.catalogue.marks import read
from ictss_monitor.catalogue.problems import Problems, Source
from ictss_monitor.catalogue.schema import DIALECT, json_schema
from ictss_monitor.probing.registry import kinds, options_model

SCHEMA = json_schema(KINDS)
VALIDATOR = Draft202012Validator(SCHEMA)
BAD = Path(__file__).with_name("bad")
CONFIG = Path(__file__).parents[2] / "config"

SEEN_BY_EDITORS = (
    "address-missing", "area-combine-unknown", "area-without-services", "councils-missing", "date-in-english-order",
    "entry-is-a-word", "fall-zero", "id-with-capitals", "instant-without-offset", "interval-in-words",
    "interval-negative", "interval-without-unit", "limit-empty", "limit-null",
    "limit-when-not-a-name", "limit-not-a-number", "listen-without-port",
    "name-is-a-number", "option-of-wrong-type", "option-out-of-range", "rule-empty", "rule-impact-unknown",
    "rule-n-missing", "rule-n-zero", "rule-of-no-kind", "rule-of-two-kinds", "secret-in-plain-text",
    "secret-nested-in-plain-text", "section-is-a-list", "target-not-a-number", "target-of-two-subjects",
    "target-over-100", "targets-as-mapping", "ten-mistakes", "unknown-key", "unknown-option",
    "unknown-option-in-defaults", "unknown-probe-type", "unknown-probe-type-in-defaults", "unknown-section",
    "unknown-setting", "unwatched-without-reason", "basket-empty", "coverage-as-fraction-of-nothing",
    "calendar-hours-missing", "calendar-hours-of-two-kinds", "calendar-hours-not-a-stretch",
    "calendar-weekday-unknown", "calendar-bank-holidays-unknown", "calendar-closed-on-no-day",
    "calendar-special-without-hours", "window-over-nothing", "window-without-reason", "window-begin-with-offset",
    "window-begin-without-time", "window-without-end", "window-of-two-ends", "window-not-announced",
    "window-except-without-repeat", "window-repeats-in-words", "window-repeats-by-the-hour",
    "policy-degraded-in-per-cent", "policy-maintenance-unknown", "policy-notice-in-words", "policy-rounding-unknown",
    "policy-decimals-too-many", "policy-amber-negative", "policy-year-unknown", "attribution-unknown",
    "users-not-a-number", "weight-zero", "month-close-on-a-late-day", "month-close-sealed-by-nobody",
    "mail-password-in-plain-text", "mail-without-sender", "mail-log-in-by-half", "mail-sender-not-an-address",
    "report-every-week", "report-format-unknown", "trend-without-measurement", "trend-not-a-measurement",
    "trend-as-mapping",
)  # fmt: skip


def data_of(file: Path) -> Any:
    """Return the plain data of a file that is YAML."""
    return read(Source(file.name, file.read_text()), Problems())


def test_it_is_a_schema_of_the_dialect_it_names() -> None:
    """The schema itself is valid, and says which draft it follows."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == DIALECT


@pytest.mark.parametrize("file", sorted(CONFIG.glob("*.yaml")), ids=lambda file: file.name)
def test_the_example_is_accepted(file: Path) -> None:
    """With the schema of the installed probe types an editor has no complaint about our own example."""
    schema = json_schema({kind: options_model(kind) for kind in kinds()})
    Draft202012Validator.check_schema(schema)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(data_of(file))] == []


@pytest.mark.parametrize("name", SEEN_BY_EDITORS)
def test_mistakes_of_form_are_seen(name: str) -> None:
    """An editor marks what is wrong in itself, before anything is run."""
    assert not VALIDATOR.is_valid(data_of(BAD / f"{name}.yaml"))


@pytest.mark.parametrize(
    "name",
    [
        "unknown-check",
        "targets-overlap",
        "from-after-until",
        "time-limit-over-interval",
        "secret-unreadable",
        "window-begins-on-another-day",
        "calendar-hours-overlap",
        "report-without-relay",
        "policy-unknown",
    ],
)
def test_mistakes_of_reference_are_left_to_the_parser(name: str) -> None:
    """What takes knowledge of other entries, or of secrets, is no matter of the schema."""
    assert VALIDATOR.is_valid(data_of(BAD / f"{name}.yaml"))


def test_options_are_those_of_the_probe() -> None:
    """Each probe type has its own options block, and the address is not part of it."""
    check: dict[str, Any] = {"probe": "dns", "address": "192.0.2.53", "options": {"name": "example.org"}}
    assert VALIDATOR.is_valid({"checks": {"a": check}})
    assert not VALIDATOR.is_valid({"checks": {"a": {**check, "probe": "icmp"}}})
    assert not VALIDATOR.is_valid({"checks": {"a": {**check, "options": {"address": "x"}}}})


def test_limits_are_numbers_ranges_or_off() -> None:
    """An editor takes the forms that the parser takes, and no null in the place of `off`."""
    check = {"probe": "icmp", "address": "192.0.2.1"}
    lasting = {"above": 30, "clear": 27, "for": "10m", "clear_for": "5m"}
    for limit in (0.8, "800ms", {"below": 10, "when": "on_battery"}, "off", lasting, {"above": 8, "clear": ["2s", 7]}):
        assert VALIDATOR.is_valid({"checks": {"a": {**check, "degraded": {"latency": limit}}}}), limit
    wrong = (None, "of", {"below": 10, "when": "On Battery"}, {"above": 1, "unless": "on_battery"})
    for limit in (*wrong, {"above": 1, "clear": []}, {"above": 1, "clear": [1, 2, 3]}, {"above": 1, "for": 10}):
        assert not VALIDATOR.is_valid({"checks": {"a": {**check, "degraded": {"latency": limit}}}}), limit


def test_numbers_by_date_may_be_one_number() -> None:
    """Users and weights are a number, or a list of numbers with dates; nothing else."""
    for users in (900, {"users": 900}, [900], [{"users": 900, "until": "2026-03-31"}, {"users": 950}]):
        assert VALIDATOR.is_valid({"councils": {"a": {"users": users}}}), users
    for users in ("many", 1.5, [], [{"until": "2026-03-31"}], [{"users": 900, "weight": 1}]):
        assert not VALIDATOR.is_valid({"councils": {"a": {"users": users}}}), users


def test_every_key_is_described() -> None:
    """An editor has something to show for each key of the language."""
    for name, definition in SCHEMA["$defs"].items():
        for form in (definition, *definition.get("anyOf", ())):
            for key, described in form.get("properties", {}).items():
                assert "description" in described, f"{name}.{key}"


def test_defaults_are_shown_as_one_writes_them() -> None:
    """What is built in is a value that could stand in the file."""
    settings = SCHEMA["$defs"]["SettingsWords"]["properties"]
    shown = {key: described["default"] for key, described in settings.items() if "default" in described}
    assert shown["listen"] == "127.0.0.1:9860"
    assert shown["stop_grace"] == "3s"
    assert VALIDATOR.is_valid({"settings": shown})
