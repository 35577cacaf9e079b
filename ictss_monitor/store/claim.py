"""A vantage of a store belongs to one daemon at a time: two would tear each other's runs and watermarks apart.

What says so must not outlive its process, however that ends, and must not rest on anybody's clock. So it is a lock of
the operating system beside an SQLite file (not on it: closing a second handle would drop SQLite's own locks), and on
PostgreSQL an advisory lock of a session that the daemon keeps open.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.errors import StoreError
from ictss_monitor.store.address import StoreAddress, parse_address
from ictss_monitor.store.connections import writing_engine
from ictss_monitor.store.faults import told_as_store_errors

_KEY: Final = 0x1C756
"""First half of the advisory lock's key; the second is made of the vantage."""
_GHOST: Final = 3.0
"""Seconds in which a server notices that the process which held the lock was killed."""
_LOOK_EVERY: Final = 5.0
_AWAY: Final = 60.0
"""Seconds for which a lock that was lost with its session may be held by another one: our own session's ghost."""
_KEEPALIVE: Final = ("SET tcp_keepalives_idle = 10", "SET tcp_keepalives_interval = 5", "SET tcp_keepalives_count = 4")
"""A host that lost its power holds its claim for half a minute, not for two hours."""
_TRY: Final = text("SELECT pg_try_advisory_lock(:ours, :vantage)")


class Claim(Protocol):
    """A vantage that is ours."""

    async def keep(self) -> None:
        """Hold it until cancelled. Raises StoreError where another daemon got hold of it."""
        ...


@asynccontextmanager
async def claimed(url: str, vantage: str) -> AsyncIterator[Claim]:
    """Hold `vantage` of the store that `url` names, for as long as the context lasts.

    Raises StoreError where another daemon holds it, or the store cannot be asked.
    """
    address = parse_address(url)
    if address.path is not None:
        lock = _lock_file(address, address.path, vantage)
        try:
            yield _FileClaim()
        finally:
            os.close(lock)
    else:
        claim = _SessionClaim(address, vantage)
        try:
            await claim.take(patience=_GHOST)
            yield claim
        finally:
            await claim.close()


def _held(address: StoreAddress, vantage: str) -> StoreError:
    return StoreError(
        f"the store {address.name}: another daemon already writes as vantage '{vantage}': "
        "stop that one, or give this one a name of its own in settings.vantage"
    )


# SQLite


class _FileClaim:
    async def keep(self) -> None:
        """Hold it: nothing but the end of the process can take it away."""
        await asyncio.Event().wait()


def _lock_file(address: StoreAddress, store: Path, vantage: str) -> int:
    """Return the open, locked file. It is left where it is at the end: to remove it would let two lock one name."""
    beside = store.with_name(f"{store.name}.{vantage}.lock")
    try:
        lock = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"the store {address.name}: {beside.name} beside it cannot be opened: {error.strerror}: "
            "give the user of this process write permission there, and some space"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise _held(address, vantage) from None
    return lock


# PostgreSQL


class _SessionClaim:
    """An advisory lock, and the session that holds it."""

    def __init__(self, address: StoreAddress, vantage: str) -> None:
        self._address = address
        self._vantage = vantage
        self._engine = writing_engine(address)
        self._session: AsyncConnection | None = None

    async def take(self, patience: float) -> None:
        """Take the lock in a new session, within `patience` seconds. Raises StoreError."""
        await self.close()
        now = asyncio.get_running_loop().time
        give_up_at = now() + patience
        key = {"ours": _KEY, "vantage": zlib.crc32(self._vantage.encode()) - 2**31}
        with told_as_store_errors(self._address):
            session = self._session = await self._engine.connect()
            await session.execution_options(isolation_level="AUTOCOMMIT")
            for setting in _KEEPALIVE:
                await session.execute(text(setting))
            while not (await session.execute(_TRY, key)).scalar_one():
                if now() >= give_up_at:
                    raise _held(self._address, self._vantage)
                await asyncio.sleep(0.1)

    async def keep(self) -> None:
        """Look now and then whether the session lives, and take the lock anew where it does not."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                if not await self._alive():
                    await self.take(patience=_AWAY)
            except StoreError as refusal:
                if not refusal.retry:
                    raise
                # The server is away, as the recorder tells.

    async def _alive(self) -> bool:
        if self._session is None:
            return False
        try:
            with told_as_store_errors(self._address):
                await self._session.execute(text("SELECT 1"))
        except StoreError:
            return False
        return True

    async def close(self) -> None:
        """End the session, and with it the claim."""
        session, self._session = self._session, None
        if session is not None:
            await session.invalidate()
            await session.close()
        await self._engine.dispose()
