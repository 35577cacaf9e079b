"""The queue between probing and recording loses nothing, keeps the order, and says when it is full."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.observation import Observation, ObservationQueue
from ictss_monitor.probe import Finding, Outcome


def seen(instant: int, check: str = "fw") -> Observation:
    """Return an observation that tells itself from others by its instant."""
    return Observation(check, "local", instant, Finding(Outcome.UP))


async def test_take_returns_everything_there_is_in_the_order_it_was_put() -> None:
    """One take empties the queue, oldest first."""
    queue = ObservationQueue(10)
    for instant in range(5):
        queue.put(seen(instant))
    assert [observation.instant for observation in await queue.take()] == [0, 1, 2, 3, 4]
    assert len(queue) == 0


async def test_take_waits_for_the_first_observation() -> None:
    """A take on an empty queue returns once something is put, with all that was put before it got its turn."""
    queue = ObservationQueue(10)
    async with asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(queue.take())
        await asyncio.sleep(0)
        assert not taking.done()
        queue.put(seen(1))
        queue.put(seen(2))
    assert [observation.instant for observation in taking.result()] == [1, 2]


def test_full_is_said_at_the_bound_and_a_fetched_finding_still_gets_in() -> None:
    """At `maxsize` the queue says it is full, and yet takes what was already under way."""
    queue = ObservationQueue(2)
    queue.put(seen(1))
    assert (queue.full, queue.room) == (False, 1)
    queue.put(seen(2))
    assert (queue.full, queue.room) == (True, 0)
    queue.put(seen(3))
    assert (queue.full, queue.room, len(queue)) == (True, 0, 3)


async def test_a_closed_queue_is_drained_and_then_gives_nothing() -> None:
    """After close the taker gets what is left, then an empty list for ever."""
    queue = ObservationQueue(10)
    queue.put(seen(1))
    queue.close()
    queue.close()
    assert [observation.instant for observation in await queue.take()] == [1]
    assert await queue.take() == []
    assert await queue.take() == []


async def test_close_wakes_a_waiting_taker() -> None:
    """A taker that waits when the queue is closed gets the empty list instead of waiting for ever."""
    queue = ObservationQueue(10)
    async with asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(queue.take())
        await asyncio.sleep(0)
        queue.close()
    assert taking.result() == []


def test_an_observation_after_close_is_an_error_not_a_loss() -> None:
    """Putting on a closed queue raises and names the check."""
    queue = ObservationQueue(10)
    queue.close()
    with pytest.raises(RuntimeError, match="observation of fw came after"):
        queue.put(seen(1))


async def test_a_second_taker_is_refused() -> None:
    """Only one task can wait on the queue."""
    queue = ObservationQueue(10)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(queue.take())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="one taker only"):
            await queue.take()
        queue.close()


async def test_a_cancelled_take_loses_nothing() -> None:
    """What was put while a take was being cancelled is there for the next one."""
    queue = ObservationQueue(10)
    async with asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(queue.take())
        await asyncio.sleep(0)
        queue.put(seen(1))
        taking.cancel()
    assert taking.cancelled()
    assert [observation.instant for observation in await queue.take()] == [1]


def test_a_queue_without_room_makes_no_sense() -> None:
    """A bound under one is refused at once."""
    with pytest.raises(ValueError, match="holds none"):
        ObservationQueue(0)


@given(st.lists(st.integers(0, 4), max_size=40))
def test_nothing_is_lost_doubled_or_reordered(puts_before_each_take: list[int]) -> None:
    """Whatever the interleaving of puts and takes, what comes out is what went in."""

    async def play() -> None:
        queue, out, number = ObservationQueue(3), list[int](), 0
        for puts in puts_before_each_take:
            async with asyncio.TaskGroup() as tasks:
                taking = tasks.create_task(queue.take())
                for _ in range(puts):
                    await asyncio.sleep(0)
                    queue.put(seen(number))
                    number += 1
                if not puts:
                    queue.put(seen(number))
                    number += 1
            out += [observation.instant for observation in taking.result()]
        queue.close()
        out += [observation.instant for observation in await queue.take()]
        assert out == list(range(number))

    asyncio.run(play())
