"""The catalogue is read together with the text that its digest is of."""

from __future__ import annotations

from pathlib import Path

import pytest

from ictss_monitor import loading
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.parse import Source, digest
from ictss_monitor.catalogue_files import load_beside
from ictss_monitor.errors import CatalogueError

TEXT = """
councils: {here: }
checks:
  fw: {probe: icmp, address: 127.0.0.1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a catalogue of two files."""
    (tmp_path / "a.yaml").write_text(TEXT)
    (tmp_path / "b.yaml").write_text("services: {login: {councils: [here], rule: fw}}\n")
    return tmp_path


async def test_the_text_of_all_files_is_kept_with_their_names(folder: Path) -> None:
    """What is stored as a version can be read by a person, file by file."""
    loaded = await loading.loader(folder)()
    assert set(loaded.catalogue.checks) == {"fw"}
    assert loaded.text.startswith(f"# {folder}/a.yaml\n")
    assert f"# {folder}/b.yaml\nservices:" in loaded.text


async def test_a_file_saved_while_it_is_read_is_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text and catalogue are never of two versions."""
    saved = []

    async def load_slowly(path: Path, models: object) -> Catalogue:
        if not saved:
            saved.append(True)
            (folder / "b.yaml").write_text("services: {mail: {councils: [here], rule: fw}}\n")
        return await load_beside(path, models)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "load_beside", load_slowly)
    loaded = await loading.loader(folder)()
    assert set(loaded.catalogue.services) == {"mail"}
    assert "services: {mail:" in loaded.text
    parts = [Source(f"{folder}/{name}", (folder / name).read_text()) for name in ("a.yaml", "b.yaml")]
    assert loaded.catalogue.digest == digest(parts)


async def test_what_is_wrong_is_raised_each_time(folder: Path) -> None:
    """The daemon refuses to start, or keeps the old one; mended, the same loader reads it."""
    load = loading.loader(folder)
    (folder / "b.yaml").write_text("services: {login: {councils: [here], rule: wf}}\n")
    for _ in range(2):
        with pytest.raises(CatalogueError, match="unknown check 'wf'"):
            await load()
    (folder / "b.yaml").write_text("services: {login: {councils: [here], rule: fw}}\n")
    await load()
