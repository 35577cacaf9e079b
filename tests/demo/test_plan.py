"""The demo's schedule: what every demo of a minute shows, whatever the seed."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ictss_monitor.demo.plan import CALM, PROMISES, SERVERS, SHORT, WARM_UP, Fault, Mode, Protocol, schedule

SEEDS = range(40)
PROTOCOL = {server.name: server.protocol for server in SERVERS}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_minute_has_at_least_fourteen_faults_in_every_protocol(seed: int) -> None:
    """Sixty seconds are enough to break every protocol, and at least fourteen things in all."""
    faults = schedule(seed, 60.0)
    assert len(faults) >= 14
    assert {PROTOCOL[fault.server] for fault in faults} == set(Protocol)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("duration", [20.0, 33.3, 60.0, 300.0])
def test_faults_of_one_server_leave_it_time_to_recover(seed: int, duration: float) -> None:
    """However long the demo, no two faults of one server touch, and none begins before every check was seen up."""
    faults = schedule(seed, duration)
    assert min(fault.begin for fault in faults) >= WARM_UP
    for server in SERVERS:
        own = [fault for fault in faults if fault.server == server.name]
        for one, other in pairwise(own):
            assert one.end is not None
            assert other.begin - one.end >= min(CALM, 5.0) - 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_one_is_too_short_and_one_stays_open(seed: int) -> None:
    """Exactly one fault is shorter than a re-check, and exactly one is never mended."""
    faults = schedule(seed, 60.0)
    assert sum(fault.end is not None and fault.end - fault.begin <= SHORT + 1e-9 for fault in faults) == 1
    assert [fault.server for fault in faults if fault.end is None] == ["payments-south"]


def test_the_same_seed_gives_the_same_schedule() -> None:
    """A demo can be repeated exactly, and another seed gives another one."""
    assert schedule(7, 60.0) == schedule(7, 60.0)
    assert schedule(7, 60.0) != schedule(8, 60.0)


def test_fail_over_is_shown_without_and_with_its_second_site() -> None:
    """The primary telephony site fails alone once, and once together with the site that takes over."""
    faults = schedule(0, 60.0)
    north = [fault for fault in faults if fault.server == "telephony-north"]
    (south,) = [fault for fault in faults if fault.server == "telephony-south"]
    alone, both = north
    assert alone.end is not None
    assert alone.end < south.begin
    assert both.begin < south.begin
    assert south.end is not None
    assert both.end is not None
    assert south.end < both.end
    assert isinstance(south, Fault)
    assert south.mode is Mode.MUTE


def test_every_server_is_in_a_promise() -> None:
    """What can be broken is missed by some council."""
    assert {name for promise in PROMISES for name in promise.servers} == set(PROTOCOL)
