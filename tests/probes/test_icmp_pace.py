"""How fast pings may leave: never so many in any stretch that their replies overflow the receive buffer."""

from __future__ import annotations

from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes._icmp_pace import CHARGE, FASTEST, MOST_AT_ONCE, STALL, Pace, charge

KERNEL_DEFAULT = 212_992


@given(
    buffer=st.integers(8 * 1024, 512 * 1024),
    waits=st.lists(st.floats(0, 0.03) | st.floats(0.0001, 0.002), min_size=20, max_size=60),
)
def test_what_leaves_during_one_stall_fits_the_buffer(buffer: int, waits: list[float]) -> None:
    """In any stretch as long as the loop may be busy, no more packets leave than the receive buffer holds."""
    pace, now, left = Pace(buffer), 100.0, list[float]()
    for wait in waits:
        now += wait
        while pace.take(1, now):
            left.append(now)
    for index, start in enumerate(left):
        assert bisect_right(left, start + STALL) - index <= buffer / CHARGE + 1


def test_the_kernels_default_buffer_lets_five_thousand_leave_in_under_a_second() -> None:
    """With 212,992 bytes, what any system gives, 5,000 pings at once are on their way within 0.8 s."""
    pace = Pace(KERNEL_DEFAULT)
    assert (pace.burst, pace.rate) == (52.0, 7800.0)
    assert 5000 / pace.rate < 0.8


def test_a_large_buffer_is_not_a_licence_to_flood() -> None:
    """However large the buffer, bursts stay small and the rate is bounded."""
    pace = Pace(1 << 30)
    assert (pace.burst, pace.rate) == (MOST_AT_ONCE, FASTEST)


def test_after_the_wait_half_a_burst_may_leave() -> None:
    """Once the bucket is empty, `wait` tells when it pays to come back."""
    pace, now = Pace(KERNEL_DEFAULT), 5.0
    while pace.take(1, now):
        pass
    now += pace.wait()
    leaving = 0
    while pace.take(1, now):
        leaving += 1
    assert leaving == pytest.approx(pace.burst / 2, abs=1)


def test_a_stop_holds_everything_back_for_its_time() -> None:
    """After the kernel refused a packet, nothing leaves for the pause, and then it goes on."""
    pace = Pace(KERNEL_DEFAULT)
    pace.stop(1.0, 0.005)
    assert not pace.take(1, 1.0049)
    assert pace.take(1, 1.0051)


def test_large_packets_weigh_more() -> None:
    """A reply near the MTU takes as much of the buffer as three small ones."""
    assert [charge(length) for length in (16, 64, 511, 512, 1408)] == [1, 1, 1, 2, 3]
