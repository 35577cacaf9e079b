"""Engines for one store: how its connections are made, what is set on them, and how their transactions begin."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ictss_monitor.store.address import StoreAddress

READERS: Final = 4
"""Connections that read at once; the web and metrics share them."""
BUSY_SECONDS: Final = 1.0
"""How long a writer waits for another process's transaction before it says that the store is locked.

A transaction of ours takes milliseconds. Nothing can cut this wait short, and a daemon that is to stop has five
seconds."""
_CONNECT_SECONDS: Final = 10.0
_COMMAND_SECONDS: Final = 60.0
"""A server that went away without a word is noticed after this; no statement of ours takes nearly as long."""

_EVERY_SQLITE: Final = ("PRAGMA foreign_keys = ON",)
_WRITING_SQLITE: Final = (
    "PRAGMA journal_mode = WAL",  # readers and the writer never wait for each other
    "PRAGMA synchronous = FULL",  # what is committed outlives a power cut; NORMAL would only stay consistent
    "PRAGMA journal_size_limit = 67108864",  # a long reader makes the WAL grow; give the space back afterwards
)


def writing_engine(address: StoreAddress, *, create: bool = False) -> AsyncEngine:
    """Return an engine of one connection that writes; `create` lets it make an SQLite file that is not there."""
    if address.path is None:
        return create_async_engine(address.url, pool_size=1, max_overflow=0, **_server_options())
    return _sqlite_engine(address, "rwc" if create else "rw", 1, "BEGIN IMMEDIATE", _EVERY_SQLITE + _WRITING_SQLITE)


def reading_engine(address: StoreAddress) -> AsyncEngine:
    """Return an engine whose connections cannot write; each transaction sees the store as it was at one moment."""
    if address.path is None:
        return create_async_engine(
            address.url,
            pool_size=READERS,
            max_overflow=0,
            pool_pre_ping=True,  # a restarted server costs a reader one round trip, not an error page
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
            **_server_options(),
        )
    return _sqlite_engine(address, "ro", READERS, "BEGIN", _EVERY_SQLITE)


def _server_options() -> dict[str, Any]:
    return {
        "hide_parameters": True,
        "connect_args": {
            "timeout": _CONNECT_SECONDS,
            "command_timeout": _COMMAND_SECONDS,
            "server_settings": {"application_name": "ictss-monitor", "jit": "off"},
        },
    }


def _sqlite_engine(address: StoreAddress, mode: str, size: int, begin: str, pragmas: tuple[str, ...]) -> AsyncEngine:
    """Build an engine that begins transactions itself.

    Python's sqlite3 begins them late, in front of the first write, deferred: a reader would see several moments, and
    a writer could fail half-way because another one was faster. BEGIN IMMEDIATE waits for its turn at the start.
    """
    engine = create_async_engine(
        address.for_access(mode),
        pool_size=size,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
