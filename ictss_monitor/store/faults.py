"""What a database complains of, told as one line: what is wrong, where, and what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ictss_monitor.errors import StoreError
from ictss_monitor.store.address import StoreAddress

_SQLITE: Final = {
    "SQLITE_FULL": ("the disk is full", "free some space"),
    "SQLITE_BUSY": ("another process keeps it locked", "let that process end"),
    "SQLITE_LOCKED": ("another process keeps it locked", "let that process end"),
    "SQLITE_READONLY": ("it must not be written to", "give the user of this process write permission to it"),
    "SQLITE_PERM": ("permission denied", "give the user of this process access to it"),
    "SQLITE_AUTH": ("permission denied", "give the user of this process access to it"),
    "SQLITE_CANTOPEN": (
        "the file cannot be opened",
        "give the user of this process access to it and to its directory",
    ),
    "SQLITE_IOERR": ("the disk reports an error", "see the system's log"),
}
"""By primary result code (https://sqlite.org/rescode.html): what lies outside this program, and who may mend it."""

_SQLITE_LOST: Final = {
    "SQLITE_NOTADB": ("it is not a database", "name another file"),
    "SQLITE_CORRUPT": ("the file is damaged", "put a backup in its place"),
}

_POSTGRESQL: Final = {
    "53100": ("the server's disk is full", "free some space there"),
    "53300": ("the server has no connection left", "raise max_connections, or close others"),
    "57P03": ("the server is starting or stopping", "wait for it"),
    "55P03": ("another session keeps it locked", "let that session end"),
    "25006": ("the server takes no writes", "name the primary server"),
    "28P01": ("the server refuses the user or the password", "correct the URL or the server's pg_hba.conf"),
    "28000": ("the server refuses the user", "correct the URL or the server's pg_hba.conf"),
    "3D000": ("there is no such database", "create it with `createdb`, or correct the URL"),
    "42501": ("permission denied", "grant the user the rights to these tables"),
}
"""By SQLSTATE (PostgreSQL manual, appendix A)."""

_POSTGRESQL_OUTSIDE: Final = frozenset({"08", "28", "3D", "40", "53", "55", "57", "58"})
"""Classes of SQLSTATE that lie outside this program, so that the same may succeed later."""

_AWAY: Final = ("the server does not answer", "start it, or correct the URL")


@contextmanager
def told_as_store_errors(address: StoreAddress) -> Iterator[None]:
    """Turn what the drivers raise inside into a StoreError that names the store; other exceptions pass."""
    try:
        yield
    except DBAPIError as error:
        raise _of_database(address, error.orig or error, error.connection_invalidated) from error
    except PoolTimeout as error:
        raise _told(address, "all connections are in use", "wait, or ask for less at once", retry=True) from error
    except SQLAlchemyError as error:
        raise _told(address, _first_line(error), "this is a fault of the program", retry=False) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:  # raised while connecting, SQLAlchemy passes them
        raise _of_database(address, error, True) from error
    except OSError as error:
        raise _told(address, *_AWAY, retry=True) from error


def _of_database(address: StoreAddress, error: BaseException, lost: bool) -> StoreError:
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(address, error)
    state: str | None = getattr(error, "sqlstate", None)
    if state is None:  # the connection broke, or was never made: nobody was there to give a code
        return _told(address, *(_AWAY if lost else (_first_line(error), "see the server's log")), retry=lost)
    outside = state in _POSTGRESQL or state[:2] in _POSTGRESQL_OUTSIDE
    wrong, remedy = _POSTGRESQL.get(state, (_first_line(error), "see the server's log"))
    return _told(address, wrong, remedy, retry=outside)


def _of_sqlite(address: StoreAddress, error: sqlite3.Error) -> StoreError:
    name: str = getattr(error, "sqlite_errorname", "")
    code = "_".join(name.split("_")[:2])  # SQLITE_IOERR_WRITE is a kind of SQLITE_IOERR
    if code in _SQLITE:
        return _told(address, *_SQLITE[code], retry=True)
    if code in _SQLITE_LOST:
        return _told(address, *_SQLITE_LOST[code], retry=False)
    return _told(address, _first_line(error), "this is a fault of the program", retry=False)


def _told(address: StoreAddress, wrong: str, remedy: str, *, retry: bool) -> StoreError:
    return StoreError(f"the store {address.name}: {wrong}: {remedy}", retry=retry)


def _first_line(error: BaseException) -> str:
    """Return the first line of what the database said, without the class names that drivers put before it."""
    line = str(error).partition("\n")[0]
    return line.rpartition(">: ")[2] or type(error).__name__
