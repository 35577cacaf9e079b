"""What the catalogue says of trends: what is built in, what a check adds to it, and `off`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.catalogues import KINDS, catalogue

from ictss_monitor.catalogue.built_in_trends import BUILT_IN_TRENDS
from ictss_monitor.catalogue.schema import json_schema
from ictss_monitor.catalogue_files import load
from ictss_monitor.probing import registry

SCHEMA = Draft202012Validator(json_schema(KINDS))
CONFIG = Path(__file__).parents[2] / "config"
PLACES = "councils: {ccc: }\nsites: {hq: }\n"


def trend_of(said: str, defaults: str = "") -> tuple[str, ...]:
    """Return the trends of a check of the type `icmp` that says `said`, beside what its defaults say."""
    of_type = f"defaults: {{icmp: {{{defaults}}}}}\n" if defaults else ""
    check = f"checks: {{ping: {{probe: icmp, address: 192.0.2.1, site: hq, {said}}}}}\n"
    return catalogue(PLACES + of_type + check).checks["ping"].trend


@pytest.fixture
def built_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one trend be built in for the type `icmp`."""
    monkeypatch.setattr("ictss_monitor.catalogue.checks.BUILT_IN_TRENDS", {"icmp": ("loss_ratio",)})


def test_most_types_have_no_trend_unless_it_is_asked_for() -> None:
    """A check that says nothing keeps what is built in for its type, which is nothing for most."""
    assert trend_of("") == ()


@pytest.mark.usefixtures("built_in")
@pytest.mark.parametrize(
    ("said", "defaults", "kept"),
    [
        ("", "", ("loss_ratio",)),
        ("trend: latency", "", ("loss_ratio", "latency")),
        ("trend: [latency, jitter_seconds]", "", ("loss_ratio", "latency", "jitter_seconds")),
        ("trend: [latency, loss_ratio, latency]", "", ("loss_ratio", "latency")),
        ("trend: latency", "trend: jitter_seconds", ("loss_ratio", "jitter_seconds", "latency")),
        ("trend: off", "trend: jitter_seconds", ()),
        ("", "trend: off", ()),
        ("trend: latency", "trend: off", ("latency",)),
    ],
)
def test_what_is_said_is_added_and_off_takes_all_away(said: str, defaults: str, kept: tuple[str, ...]) -> None:
    """Built in, then the type's defaults, then the check: each adds to what was before, or says `off` to all of it."""
    assert trend_of(said, defaults) == kept


def test_an_editor_takes_what_the_parser_takes() -> None:
    """One measurement, a list of them, or `off`; nothing else."""
    check: dict[str, Any] = {"probe": "icmp", "address": "192.0.2.1"}
    for trend in ("latency", ["latency", "loss_ratio"], "off"):
        assert SCHEMA.is_valid({"checks": {"a": {**check, "trend": trend}}}), trend
    for wrong in (None, [], "Latency", ["Latency"], {"latency": 1}, 3):
        assert not SCHEMA.is_valid({"checks": {"a": {**check, "trend": wrong}}}), wrong


def test_the_three_councils_keep_what_the_six_monthly_check_asks_for() -> None:
    """Every UPS has the curves of load and run time, every room its temperature, and the way out its latency."""
    held = load(CONFIG / "three-councils", registry.options_model).checks
    units = [check for check in held.values() if check.probe == "ups"]
    assert units
    assert all({"load_percent", "runtime_minutes"} <= set(check.trend) for check in units)
    assert all("temperature_celsius" in check.trend for check in held.values() if check.probe == "environment")
    assert {check.id for check in held.values() if check.trend == ("latency",)} == {"outside-a", "provider-gateway"}


def test_what_is_built_in_is_of_probe_types_that_there_are() -> None:
    """A misspelt type would keep nothing, silently."""
    assert BUILT_IN_TRENDS.keys() <= set(registry.kinds())
