"""The source texts of every catalogue that was loaded, so that a figure can name the version it was made with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.store.statements import insert_new
from ictss_monitor.store.tables import catalogue_version


@dataclass(frozen=True, slots=True)
class CatalogueVersion:
    """One catalogue, by the digest of its source `text`, and when it was first loaded."""

    digest: str
    loaded_at: Instant
    text: str


async def add_catalogue_version(tx: AsyncConnection, version: CatalogueVersion) -> None:
    """Keep the source of a catalogue; one that was loaded before keeps its first time."""
    row = {"digest": version.digest, "loaded_at": version.loaded_at, "text": version.text}
    await tx.execute(insert_new(tx, catalogue_version), row)


async def catalogue_version_of(tx: AsyncConnection, digest: str) -> CatalogueVersion | None:
    """Return the catalogue with this digest, or None where it was never loaded."""
    found = await tx.execute(select(catalogue_version).where(catalogue_version.c.digest == digest))
    row = found.one_or_none()
    return None if row is None else CatalogueVersion(*row)


async def newest_catalogue_version(tx: AsyncConnection) -> CatalogueVersion | None:
    """Return the catalogue that was first loaded last, or None where none ever was."""
    newest = catalogue_version.c.loaded_at.desc(), catalogue_version.c.digest
    row = (await tx.execute(select(catalogue_version).order_by(*newest).limit(1))).one_or_none()
    return None if row is None else CatalogueVersion(*row)
