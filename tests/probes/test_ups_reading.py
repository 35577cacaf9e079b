"""What the objects of each UPS MIB mean, and what is no measurement."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes import _ups_eaton as eaton
from probes import _ups_powernet as powernet
from probes import _ups_rfc1628 as standard
from probes._snmp import Value
from probes._ups_reading import Decoder, Source, UpsReading, lowest_in_use, merged
from probes.ups import MIBS, measurements, told

NO_MEASUREMENT = (-1, 0x7FFF_FFFF, 0xFFFF_FFFF, -0x8000_0000)
EVERYWHERE = [
    (standard.decode, standard.MINUTES_REMAINING, "runtime_minutes"),
    (standard.decode, standard.CHARGE_REMAINING, "charge_percent"),
    (standard.decode, standard.BATTERY_TEMPERATURE, "battery_temperature_celsius"),
    (standard.decode, standard.SECONDS_ON_BATTERY, "on_battery_seconds"),
    (standard.decode, f"{standard.OUTPUT_LOAD}.1", "load_percent"),
    (standard.decode, f"{standard.INPUT_VOLTAGE}.1", "input_volts"),
    (standard.decode, standard.ALARMS_PRESENT, "alarms_present"),
    (standard.decode, standard.OUTPUT_SOURCE, "source"),
    (powernet.decode, powernet.RUN_TIME, "runtime_minutes"),
    (powernet.decode, powernet.CAPACITY, "charge_percent"),
    (powernet.decode, powernet.PRECISE_CAPACITY, "charge_percent"),
    (powernet.decode, powernet.BATTERY_TEMPERATURE, "battery_temperature_celsius"),
    (powernet.decode, powernet.PRECISE_TEMPERATURE, "battery_temperature_celsius"),
    (powernet.decode, powernet.LOAD, "load_percent"),
    (powernet.decode, powernet.PRECISE_LOAD, "load_percent"),
    (powernet.decode, powernet.INPUT, "input_volts"),
    (powernet.decode, powernet.PRECISE_INPUT, "input_volts"),
    (powernet.decode, powernet.TIME_ON_BATTERY, "on_battery_seconds"),
    (powernet.decode, powernet.OUTPUT_STATUS, "source"),
    (eaton.decode_xups, eaton.XUPS_TIME_REMAINING, "runtime_minutes"),
    (eaton.decode_xups, eaton.XUPS_CAPACITY, "charge_percent"),
    (eaton.decode_xups, eaton.XUPS_LOAD, "load_percent"),
    (eaton.decode_xups, eaton.XUPS_ALARMS, "alarms_present"),
    (eaton.decode_xups, eaton.XUPS_OUTPUT_SOURCE, "source"),
    (eaton.decode_mg, eaton.MG_REMAINING_TIME, "runtime_minutes"),
    (eaton.decode_mg, eaton.MG_LEVEL, "charge_percent"),
    (eaton.decode_mg, eaton.MG_TEMPERATURE, "battery_temperature_celsius"),
    (eaton.decode_mg, f"{eaton.MG_PHASE_LOAD}.1", "load_percent"),
    (eaton.decode_mg, eaton.MG_ON_BATTERY, "source"),
]
"""Decoder, object, figure: of every object whose value is a measurement."""


@pytest.mark.parametrize("raw", NO_MEASUREMENT)
@pytest.mark.parametrize(("decode", "oid", "figure"), EVERYWHERE, ids=[f"{oid}" for _, oid, _ in EVERYWHERE])
def test_what_cards_say_for_want_of_a_value_is_no_measurement(decode: Decoder, oid: str, figure: str, raw: int) -> None:
    """-1, the largest numbers of 32 bits and the smallest are never a reading, least of all a low one."""
    assert getattr(decode({oid: raw}), figure) is None


@pytest.mark.parametrize(("decode", "oid", "figure"), EVERYWHERE, ids=[f"{oid}" for _, oid, _ in EVERYWHERE])
def test_a_value_of_another_type_is_no_measurement(decode: Decoder, oid: str, figure: str) -> None:
    """A string where a number belongs is not read, and breaks nothing."""
    for raw in (b"", b"n/a", "1.3.6.1"):
        assert getattr(decode({oid: raw}), figure) is None
    assert getattr(decode({}), figure) is None


@pytest.mark.parametrize(
    ("decode", "oid", "raw"),
    [
        (standard.decode, standard.BATTERY_TEMPERATURE, 0),
        (standard.decode, standard.BATTERY_TEMPERATURE, -273),
        (standard.decode, standard.BATTERY_TEMPERATURE, 65_535),
        (powernet.decode, powernet.PRECISE_TEMPERATURE, 0),
        (powernet.decode, powernet.PRECISE_TEMPERATURE, -2730),
        (powernet.decode, powernet.BATTERY_TEMPERATURE, 255),
        (eaton.decode_mg, eaton.MG_TEMPERATURE, 0),
    ],
)
def test_a_card_without_a_sensor_has_no_battery_temperature(decode: Decoder, oid: str, raw: int) -> None:
    """0, -273 °C and what no battery survives mean that nothing is measured."""
    assert decode({oid: raw}).battery_temperature_celsius is None


def test_sixteen_bits_full_are_no_run_time_but_ticks_are() -> None:
    """65535 minutes or seconds are no measurement; 65535 hundredths of a second are almost eleven minutes."""
    assert standard.decode({standard.MINUTES_REMAINING: 65_535}).runtime_minutes is None
    assert eaton.decode_xups({eaton.XUPS_TIME_REMAINING: 65_535}).runtime_minutes is None
    assert powernet.decode({powernet.RUN_TIME: 65_535}).runtime_minutes == pytest.approx(10.92, abs=0.01)


@pytest.mark.parametrize(
    ("raw", "source"),
    list(enumerate(
        [None, Source.OTHER, Source.NONE, Source.MAINS, Source.BYPASS, Source.BATTERY, Source.MAINS, Source.MAINS,
         Source.OTHER]
    )),
)  # fmt: skip
def test_sources_of_the_standard(raw: int, source: Source | None) -> None:
    """upsOutputSource: booster and reducer are mains; a number beyond the enumeration is another source."""
    assert standard.decode({standard.OUTPUT_SOURCE: raw}).source is source


@pytest.mark.parametrize(
    ("source", "values"),
    [
        (Source.MAINS, (2, 4, 12, 13, 15, 18, 19, 20, 28)),
        (Source.BATTERY, (3, 24, 27)),
        (Source.BYPASS, (6, 9, 10, 16, 17)),
        (Source.NONE, (5, 7, 8, 11)),
        (Source.OTHER, (14, 23, 25, 99)),
        (None, (1,)),
    ],
)
def test_sources_of_powernet(source: Source | None, values: tuple[int, ...]) -> None:
    """upsBasicOutputStatus: a battery's test is no failure of the mains, and unknown(1) says nothing."""
    for raw in values:
        assert powernet.decode({powernet.OUTPUT_STATUS: raw}).source is source, raw


@pytest.mark.parametrize(
    ("source", "values"),
    [
        (Source.MAINS, (3, 6, 7, 8, 9, 10, 12)),
        (Source.BATTERY, (5,)),
        (Source.BYPASS, (4, 11)),
        (Source.NONE, (2,)),
        (Source.OTHER, (1, 13)),
    ],
)
def test_sources_of_xups(source: Source, values: tuple[int, ...]) -> None:
    """xupsOutputSource: maintenance bypass is bypass, parallel and saving modes are mains."""
    for raw in values:
        assert eaton.decode_xups({eaton.XUPS_OUTPUT_SOURCE: raw}).source is source, raw


@pytest.mark.parametrize(
    ("on_battery", "on_bypass", "source"),
    [
        (1, 2, Source.BATTERY),
        (2, 1, Source.BYPASS),
        (2, 2, Source.MAINS),
        (2, None, Source.MAINS),
        (None, 1, Source.BYPASS),
        (None, 2, None),
        (None, None, None),
    ],
)
def test_sources_of_mg(on_battery: int | None, on_bypass: int | None, source: Source | None) -> None:
    """upsmgOutputOnBattery and upsmgOutputOnByPass: yes(1), no(2), of which a card may lack either."""
    said = {eaton.MG_ON_BATTERY: on_battery, eaton.MG_ON_BYPASS: on_bypass}
    assert eaton.decode_mg({oid: raw for oid, raw in said.items() if raw is not None}).source is source


def flags(*raised: int) -> Mapping[str, Value]:
    """Return upsBasicStateOutputState with the flags of these places raised."""
    return {powernet.STATES: "".join("1" if place in raised else "0" for place in range(1, 65)).encode()}


@pytest.mark.parametrize(
    ("raised", "source"),
    [((2,), Source.BATTERY), ((4,), Source.MAINS), ((4, 12), Source.BYPASS), ((14,), Source.BYPASS), ((), None)],
)
def test_powernet_falls_back_to_its_flags(raised: tuple[int, ...], source: Source | None) -> None:
    """A card whose status is unknown(1) may still tell by upsBasicStateOutputState."""
    assert powernet.decode({powernet.OUTPUT_STATUS: 1, **flags(*raised)}).source is source


def test_flags_of_powernet_tell_of_low_and_worn_batteries() -> None:
    """Where their own objects are missing, and only then."""
    reading = powernet.decode(flags(3, 5))
    assert (reading.battery_low, reading.replace_battery) == (True, True)
    assert powernet.decode({**flags(5), powernet.REPLACE: 1}).replace_battery is False
    assert powernet.decode({powernet.STATES: b"UPS not available"}).replace_battery is None


def test_tenths_come_before_whole_numbers() -> None:
    """PowerNet's precise objects are taken where they say something, the others where they do not."""
    whole: dict[str, Value] = {
        powernet.CAPACITY: 83,
        powernet.BATTERY_TEMPERATURE: 29,
        powernet.LOAD: 41,
        powernet.INPUT: 230,
    }
    precise: dict[str, Value] = {
        powernet.PRECISE_CAPACITY: 834, powernet.PRECISE_TEMPERATURE: 291,
        powernet.PRECISE_LOAD: 412, powernet.PRECISE_INPUT: 2304,
    }  # fmt: skip
    reading = powernet.decode(whole | precise)
    figures = ("charge_percent", "battery_temperature_celsius", "load_percent", "input_volts")
    assert [getattr(reading, name) for name in figures] == [83.4, 29.1, 41.2, 230.4]
    reading = powernet.decode(whole | dict.fromkeys(precise, -1))
    assert [getattr(reading, name) for name in figures] == [83, 29, 41, 230]


def test_ten_phases_are_in_the_order_of_their_numbers() -> None:
    """Phase 10 comes after phase 9, and each keeps its own load; an overload is a load."""
    said = {f"{standard.OUTPUT_LOAD}.{phase}": 100 + phase for phase in (10, 2, 9, 1)}
    assert standard.decode(said).loads_percent == (101, 102, 109, 110)
    assert standard.decode(said).load_percent == 110


@pytest.mark.parametrize(
    ("phases", "count", "lowest"),
    [
        ([236, 228, 241], 3, 228),
        ([236, 0, 241], 3, 0),
        ([242, 0, 0], None, 242),
        ([238, 0, 0], 1, 238),
        ([0, 0, 0], None, 0),
        ([None, 230], None, 230),
        ([], None, None),
        ([230], 0, 230),
        ([None, 230, 0], 2, 230),
    ],
)
def test_input_is_that_of_the_lowest_phase_in_use(
    phases: list[float | None], count: float | None, lowest: float | None
) -> None:
    """A phase that failed counts where the number of phases is told; without it, zeros are phases not in use."""
    assert lowest_in_use(phases, count) == lowest


def test_phases_of_powernet_and_mg() -> None:
    """A three-phase UPS of APC has its own tables; MG's table counts only as far as its number of phases goes."""
    apc: dict[str, Value] = {powernet.LOAD: 30}
    apc |= {f"{powernet.PHASE_LOAD}.1.1.{phase}": 30 + phase for phase in (1, 2, 3)}
    apc |= {f"{powernet.PHASE_INPUT}.1.1.{phase}": 230 + phase for phase in (1, 2, 3)}
    reading = powernet.decode(apc)
    assert (reading.loads_percent, reading.load_percent, reading.input_volts) == ((31, 32, 33), 33, 231)
    mg: dict[str, Value] = {f"{eaton.MG_PHASE_LOAD}.{phase}": 50 + phase for phase in (1, 2, 3)}
    assert eaton.decode_mg(mg).loads_percent == (51, 52, 53)
    one = eaton.decode_mg({**mg, eaton.MG_OUTPUT_PHASES: 1})
    assert (one.loads_percent, one.load_percent) == ((51,), 51)


def alarms(*which: str, status: int = 2) -> dict[str, Value]:
    """Return an alarm table of the standard."""
    rows = {f"{standard.ALARM}.{place}": oid for place, oid in enumerate(which, 3)}
    return {standard.ALARMS_PRESENT: len(which), standard.BATTERY_STATUS: status, **rows}


def test_alarms_of_the_standard_are_warnings() -> None:
    """Battery bad is to be replaced, low and depleted are low, communications lost is what it says."""
    worn = standard.decode(alarms(standard.BATTERY_BAD))
    assert (worn.replace_battery, worn.battery_low, worn.communication_lost) == (True, False, False)
    assert standard.decode(alarms(standard.DEPLETED_BATTERY)).battery_low is True
    assert standard.decode(alarms(status=3)).battery_low is True
    assert standard.decode(alarms(status=4)).battery_low is True
    assert standard.decode(alarms(status=1)).battery_low is None
    assert standard.decode(alarms("1.3.6.1.2.1.33.1.6.3.20")).communication_lost is True
    unread = {standard.ALARMS_PRESENT: 2}
    assert standard.decode(unread).replace_battery is None, "alarms whose table was not answered tell nothing"


def test_the_first_mib_that_has_a_figure_gives_it() -> None:
    """Figures are taken in the order of preference, a source that cannot be told gives way, warnings add up."""
    first = UpsReading(Source.OTHER, charge_percent=83.4, replace_battery=False)
    second = UpsReading(Source.BATTERY, charge_percent=83, runtime_minutes=12, replace_battery=True, loads_percent=(4,))
    both = merged([first, second])
    assert (both.source, both.charge_percent, both.runtime_minutes) == (Source.BATTERY, 83.4, 12)
    assert (both.replace_battery, both.loads_percent) == (True, (4,))
    assert merged([first]).source is Source.OTHER
    assert merged([]) == UpsReading()


def test_a_card_that_lost_its_ups_says_nothing_else() -> None:
    """What it held from before is no measurement."""
    lost = merged([UpsReading(communication_lost=True), UpsReading(Source.MAINS, charge_percent=100)])
    assert lost == UpsReading(communication_lost=True)
    assert lost.says_something


@pytest.mark.parametrize(
    ("reading", "figure", "left"),
    [
        (UpsReading(Source.MAINS, input_volts=0), "input_volts", None),
        (UpsReading(Source.BATTERY, input_volts=0), "input_volts", 0),
        (UpsReading(Source.MAINS, 100, 0, battery_low=False), "runtime_minutes", None),
        (UpsReading(Source.MAINS, 100, 0, battery_low=None), "runtime_minutes", 0),
        (UpsReading(Source.MAINS, 100, 0, battery_low=False, replace_battery=True), "runtime_minutes", 0),
        (UpsReading(Source.BATTERY, 100, 0, battery_low=False), "runtime_minutes", 0),
        (UpsReading(Source.MAINS, 0, 40, battery_low=False), "charge_percent", None),
        (UpsReading(Source.MAINS, 0, 0, battery_low=False), "charge_percent", 0),
        (UpsReading(Source.MAINS, 0, 0, battery_low=False), "runtime_minutes", 0),
    ],
)
def test_a_zero_that_cannot_be_is_no_measurement(reading: UpsReading, figure: str, left: float | None) -> None:
    """Mains without volts, a full and healthy battery without a minute: the card has no sensor for it. What could be
    true is kept.
    """
    assert getattr(merged([reading]), figure) == left


OIDS = sorted(
    {oid for mib in MIBS for oid in (*mib.scalars, *(f"{c}.{n}" for c in (*mib.columns, mib.alarms) for n in "12"))}
)
values = (
    st.sampled_from([*NO_MEASUREMENT, 0, 1, 2, 3, 5, 65_535, -273])
    | st.integers(-(2**63), 2**64)
    | st.binary(max_size=70)
    | st.sampled_from([f"{standard.WELL_KNOWN_ALARMS}.{n}" for n in range(1, 25)])
    | st.floats()
)


@given(st.dictionaries(st.sampled_from(OIDS), values, max_size=20))
def test_whatever_a_card_says_the_reading_is_sound(objects: dict[str, Value]) -> None:
    """Any value at any object gives figures within their bounds, at most one source, and a line to show."""
    reading = merged([mib.decode(objects) for mib in MIBS])
    found = measurements(reading)
    assert all(math.isfinite(value) for value in found.values())
    assert all(0 <= value <= 100 for name, value in found.items() if name == "charge_percent")
    assert all(-40 <= value <= 120 for name, value in found.items() if name.endswith("celsius"))
    assert all(value >= 0 for name, value in found.items() if not name.endswith("celsius"))
    assert sum(found.get(name, 0) for name in ("on_battery", "on_bypass", "output_off")) <= 1
    assert told(reading).isprintable()
