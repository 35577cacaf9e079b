"""An open store: one writer at a time, several readers beside it, every fault of the database one clear line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.store.address import StoreAddress, parse_address
from ictss_monitor.store.connections import reading_engine, writing_engine
from ictss_monitor.store.faults import told_as_store_errors
from ictss_monitor.store.schema import check_version


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[Store]:
    """Open the store that `url` names, and close it at the end.

    Raises StoreError where it cannot be reached, is not a store, or has another schema version than this program.
    """
    store = Store(parse_address(url))
    try:
        async with store.read():
            pass
        yield store
    finally:
        await store.close()


class Store:
    """One store. Transactions are begun here and nowhere else; functions of the other files take them as `tx`."""

    def __init__(self, address: StoreAddress) -> None:
        self.name = address.name
        """The store as people may see it: without password."""
        self._address = address
        self._writer = writing_engine(address)
        self._readers = reading_engine(address)
        self._turn = asyncio.Lock()
        self._checking = asyncio.Lock()
        self._checked: tuple[int, ...] | None = ()
        """The identity of the store whose schema was checked; () for none yet."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that writes, when it is its turn; committed at the end, undone by an exception.

        Raises StoreError; where its `retry` is True, the store is usable again as soon as the cause is gone.
        """
        async with self._turn:
            with told_as_store_errors(self._address):
                await self._look_at_file()
                async with self._writer.begin() as tx:
                    yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that cannot write and sees the store as it was at one moment. Raises StoreError."""
        with told_as_store_errors(self._address):
            await self._look_at_file()
            async with self._readers.begin() as tx:
                yield tx

    async def close(self) -> None:
        """Close all connections; the last of an SQLite store folds its WAL into the file."""
        await self._readers.dispose()
        await self._writer.dispose()

    async def _look_at_file(self) -> None:
        """See that the store is still the one that was opened, and check the schema of one that is not.

        SQLite would go on writing to a file that was deleted or replaced, and all of it would be lost.
        """
        found = self._address.identity()
        if found == self._checked:
            return
        async with self._checking:
            if found == self._checked:
                return
            await self.close()
            async with self._readers.begin() as tx:
                await check_version(tx, self.name)
            self._checked = found
