"""Time that tests can hold still, step and run through: a day of monitoring takes milliseconds.

    @in_virtual_time
    async def test_something(clock: FakeClock) -> None:
        await asyncio.sleep(86_400)

The loop of such a test never sleeps: where nothing is ready, its clock jumps to the next timer. Sockets work, as far
as what is awaited of them is ready by the time the loop looks.
"""

from __future__ import annotations

import asyncio
import inspect
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

from ictss_monitor.clock import SECOND, Duration, Instant

T = TypeVar("T")


class FakeClock:
    """A clock that stands still until it is told to go on, its wall time and its monotonic time apart."""

    def __init__(self, now: Instant = 1_790_000_000 * SECOND) -> None:
        self._monotonic: Duration = 1_000 * SECOND
        self._offset = now - self._monotonic

    def now(self) -> Instant:
        """Return the wall-clock instant."""
        return self._monotonic + self._offset

    def monotonic(self) -> float:
        """Return seconds that only ever grow."""
        return self._monotonic / SECOND

    def advance(self, seconds: float) -> None:
        """Let time pass, at least a microsecond of it."""
        self._monotonic += max(1, round(seconds * SECOND))

    def step(self, seconds: float) -> None:
        """Set the wall clock forward or, where negative, back, as an administrator does."""
        self._offset += round(seconds * SECOND)


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]  # whichever the platform has
    """Looks for what is ready and, instead of waiting, lets the clock jump to the end of the wait."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("the test waits for something that nothing will bring about")
        if not ready and timeout:
            self._clock.advance(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that lives on a fake clock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(_JumpingSelector(clock))
        self._fake_clock = clock

    def time(self) -> float:
        """Return the fake clock's monotonic seconds."""
        return self._fake_clock.monotonic()


def run_in_virtual_time(main: Callable[[FakeClock], Coroutine[Any, Any, T]], clock: FakeClock | None = None) -> T:
    """Run `main` on a loop whose time is that of the clock it is given, and return its result."""
    held = clock if clock is not None else FakeClock()
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(held)) as runner:
        return runner.run(main(held))


def in_virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a test of a coroutine function that takes `clock`; its other parameters stay fixtures or examples."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        run_in_virtual_time(lambda clock: test(*args, clock=clock, **kwargs))

    signature = inspect.signature(test)
    others = [parameter for name, parameter in signature.parameters.items() if name != "clock"]
    run.__signature__ = signature.replace(parameters=others, return_annotation=None)  # type: ignore[attr-defined]
    return run
