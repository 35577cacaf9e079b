"""Reads the catalogue together with its source text, beside the event loop: at start and at each reload."""

from __future__ import annotations

from pathlib import Path

from ictss_monitor.catalogue.parse import digest
from ictss_monitor.catalogue.version import joined
from ictss_monitor.catalogue_files import load_beside, sources
from ictss_monitor.daemon import Load, Loaded
from ictss_monitor.probing import registry


def loader(path: Path) -> Load:
    """Return what reads the catalogue of `path`. Raises CatalogueError when it is called and the catalogue is wrong."""

    async def load() -> Loaded:
        while True:
            read = sources(path)
            catalogue = await load_beside(path, registry.options_model)
            if digest(read) == catalogue.digest:  # else somebody saved a file in between
                return Loaded(catalogue, joined(read))

    return load
