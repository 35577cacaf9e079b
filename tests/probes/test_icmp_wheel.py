"""One timer for everything that falls due."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

from probes._icmp_wheel import SWEPT_AT_ONCE, TICK, TimerWheel


def nothing() -> None:
    """Prepare for nothing."""


async def swept(wheel: TimerWheel[Any]) -> None:
    """Wait until nothing is left in `wheel`."""
    while len(wheel):  # noqa: ASYNC110  # the wheel tells nobody that it is empty, and need not
        await asyncio.sleep(0.01)


async def test_things_fall_due_in_time_and_never_early() -> None:
    """Whatever the order in which they came, each falls due at its time, at most one tick and the loop's delay late."""
    fallen: dict[float, float] = {}
    wheel = TimerWheel[float](lambda due: fallen.setdefault(due, monotonic()), nothing)  # type: ignore[arg-type,return-value]
    now = monotonic()
    for after in (0.12, 0.03, 0.0, 0.3, 0.07, 0.031):
        wheel.add(now + after, now + after)
    await swept(wheel)
    assert len(fallen) == 6
    for due, at in fallen.items():
        assert 0 <= at - due < TICK + 0.15


async def test_a_herd_is_swept_in_several_turns() -> None:
    """When many things fall due at once, the loop gets its turn between portions of them."""
    fallen = list[int]()
    wheel = TimerWheel[int](fallen.append, nothing)
    now = monotonic()
    for number in range(3 * SWEPT_AT_ONCE):
        wheel.add(number, now)
    sizes = set[int]()
    while len(wheel):
        await asyncio.sleep(0)
        sizes.add(len(fallen))
    assert sizes >= {0, SWEPT_AT_ONCE, 2 * SWEPT_AT_ONCE, 3 * SWEPT_AT_ONCE}
    assert fallen == list(range(3 * SWEPT_AT_ONCE))


async def test_one_that_fails_does_not_hold_up_the_others() -> None:
    """An exception goes to the loop's handler; what else fell due in the same tick still does, and later things too."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    fallen = list[str]()

    def fall_due(item: str) -> None:
        if item == "bad":
            raise ValueError(item)
        fallen.append(item)

    wheel = TimerWheel[str](fall_due, nothing)
    now = monotonic()
    for item in ("first", "bad", "third"):
        wheel.add(item, now)
    wheel.add("later", now + 0.05)
    await swept(wheel)
    assert fallen == ["first", "third", "later"]
    assert isinstance(told[0]["exception"], ValueError)


async def test_what_is_added_while_sweeping_falls_due_too() -> None:
    """A thing may put itself back."""
    fallen = list[int]()

    def fall_due(count: int) -> None:
        fallen.append(count)
        if count:
            wheel.add(count - 1, monotonic())

    wheel = TimerWheel[int](fall_due, nothing)
    wheel.add(3, monotonic())
    await swept(wheel)
    assert fallen == [3, 2, 1, 0]


async def test_closing_gives_back_what_has_not_fallen_due() -> None:
    """Nothing falls due after the wheel was closed."""
    fallen = list[str]()
    wheel = TimerWheel[str](fallen.append, nothing)
    wheel.add("now", monotonic())
    wheel.add("later", monotonic() + 60)
    assert sorted(wheel.close()) == ["later", "now"]
    await asyncio.sleep(2 * TICK)
    assert fallen == []
