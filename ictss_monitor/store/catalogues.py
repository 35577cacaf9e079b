"""The source texts of every catalogue that was loaded, so that a figure can name the version it was made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.store.statements import insert_new
from ictss_monitor.store.tables import catalogue_version

_VERSION: Final = (catalogue_version.c.digest, catalogue_version.c.loaded_at, catalogue_version.c.text)


@dataclass(frozen=True, slots=True)
class CatalogueVersion:
    """One catalogue, by the digest of its source `text`, and when it was first loaded."""

    digest: str
    loaded_at: Instant
    text: str


async def add_catalogue_version(tx: AsyncConnection, version: CatalogueVersion, *, by_daemon: bool = True) -> None:
    """Keep the source of a catalogue; one that was loaded before keeps its first time.

    Unless it was loaded by a daemon, it is kept for those who name it, and is not what the estate is watched by.
    """
    row = {"digest": version.digest, "loaded_at": version.loaded_at, "text": version.text}
    await tx.execute(insert_new(tx, catalogue_version), row)
    if by_daemon:
        loaded = update(catalogue_version).where(catalogue_version.c.digest == version.digest)
        await tx.execute(loaded.values(last_loaded_at=version.loaded_at))


async def catalogue_version_of(tx: AsyncConnection, digest: str) -> CatalogueVersion | None:
    """Return the catalogue with this digest, or None where it was never loaded."""
    found = await tx.execute(select(*_VERSION).where(catalogue_version.c.digest == digest))
    row = found.one_or_none()
    return None if row is None else CatalogueVersion(*row)


async def newest_catalogue_version(tx: AsyncConnection) -> CatalogueVersion | None:
    """Return the catalogue that a daemon loaded last, or None where none ever did."""
    held = catalogue_version.c
    newest = select(*_VERSION).where(held.last_loaded_at.is_not(None)).order_by(held.last_loaded_at.desc(), held.digest)
    row = (await tx.execute(newest.limit(1))).one_or_none()
    return None if row is None else CatalogueVersion(*row)
