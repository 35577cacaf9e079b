"""Where a store is: its URL made ready for the asynchronous drivers, and its name as people may see it.

A URL can hold a password, so it is never part of a message; `StoreAddress.name` is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ictss_monitor.errors import StoreError

_POSTGRESQL_OPTIONS: Final = frozenset({"host", "port", "user", "password", "passfile", "ssl", "sslmode"})


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """A store that can be opened. `name` is free of secrets; `path` is the file of an SQLite store, else None."""

    name: str
    path: Path | None
    url: URL = field(repr=False)

    def for_access(self, mode: str) -> URL:
        """Return the URL for one kind of access to the file: `ro`, `rw`, or `rwc`, which creates it.

        Only `rwc` makes a file: a daemon whose store has gone must say so, not begin an empty one. A server's URL is
        the same for all.
        """
        if self.path is None:
            return self.url
        query = {**self.url.query, "mode": mode, "uri": "true"}
        return self.url.set(database=f"file:{quote(str(self.path))}", query=query)

    def identity(self) -> tuple[int, int] | None:
        """Return what tells an SQLite file from another one at the same path; None for a server.

        Raises StoreError (worth a retry) where there is no such file.
        """
        if self.path is None:
            return None
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            raise StoreError(self._nothing_there(), retry=True) from None
        except OSError as error:
            raise StoreError(f"the store {self.name} cannot be reached: {error.strerror}", retry=True) from None
        return found.st_dev, found.st_ino

    def _nothing_there(self) -> str:
        assert self.path is not None
        if not self.path.parent.is_dir():
            return f"the store {self.name} cannot be there: create the directory {self.path.parent}, or name another"
        return f"there is no store at {self.name}: create it with `ictss-monitor db upgrade`, or put its file back"


def parse_address(url: str) -> StoreAddress:
    """Return the address that `url` names; `sqlite` and `postgresql` are given their asynchronous driver.

    Raises StoreError for what is no URL, another database or driver, or a store in memory.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(
            "the store's URL cannot be read: write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
        ) from None
    match parsed.drivername:
        case "sqlite" | "sqlite+aiosqlite":
            return _sqlite(parsed.set(drivername="sqlite+aiosqlite"))
        case "postgres" | "postgresql" | "postgresql+asyncpg":
            return _postgresql(parsed.set(drivername="postgresql+asyncpg"))
        case other:
            raise StoreError(f"the store's URL begins with {other!r}: expected 'sqlite' or 'postgresql'")


def _sqlite(url: URL) -> StoreAddress:
    if url.host:
        raise StoreError("the store's URL names a host: sqlite:///FILE has three slashes, and four before a full path")
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise StoreError("the store's URL names no file: write sqlite:///FILE")
    return StoreAddress(name=url.database, path=Path(url.database), url=url)


def _postgresql(url: URL) -> StoreAddress:
    if unknown := sorted(set(url.query) - _POSTGRESQL_OPTIONS):
        known = ", ".join(sorted(_POSTGRESQL_OPTIONS))
        raise StoreError(f"the store's URL has the unknown option {unknown[0]!r}: known are {known}")
    query = dict(url.query)
    if "sslmode" in query:  # libpq's name, which people copy from elsewhere, for what asyncpg calls `ssl`
        query["ssl"] = query.pop("sslmode")
    host = url.host or query.get("host") or "localhost"
    name = f"postgresql://{host}:{url.port or query.get('port') or 5432}/{url.database or ''}"
    return StoreAddress(name=name, path=None, url=url.set(query=query))
