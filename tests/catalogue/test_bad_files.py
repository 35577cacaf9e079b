"""Every file of `bad/` has one mistake and, beside it, the message that a person should read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.catalogues import options_model, secret

from ictss_monitor.catalogue.parse import Source, parse
from ictss_monitor.errors import CatalogueError

BAD = Path(__file__).with_name("bad")
FILES = sorted(BAD.glob("*.yaml"))


def problems_of(file: Path) -> tuple[str, ...]:
    """Return what is wrong with a file that is read under the name `bad/…`."""
    with pytest.raises(CatalogueError) as caught:
        parse([Source(f"bad/{file.name}", file.read_text())], options_model, secret)
    return caught.value.problems


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_message_is_the_expected_one(file: Path) -> None:
    """A broken file is told by exactly the lines that stand beside it."""
    assert list(problems_of(file)) == file.with_suffix(".expected").read_text().splitlines()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_message_has_file_line_and_remedy(file: Path) -> None:
    """Each problem is one line that begins with file and line, and says what to do."""
    for line in problems_of(file):
        assert re.match(rf"bad/{re.escape(file.name)}:[1-9][0-9]*: ", line)
        remedies = (
            "expected |did you mean|write |remove |check the indentation|put |indent |nothing in|the secret cannot"
        )
        assert re.search(remedies, line), line
        assert len(line) < 300


def test_one_mistake_is_one_problem() -> None:
    """No mistake drags others behind it; the file of ten mistakes has ten."""
    counts = {file.stem: len(problems_of(file)) for file in FILES}
    assert counts.pop("ten-mistakes") == 10
    assert {name for name, count in counts.items() if count != 1} == set()


def test_there_is_a_message_for_every_file_and_a_file_for_every_message() -> None:
    """The folder holds pairs only, and enough of them."""
    assert {file.stem for file in FILES} == {file.stem for file in BAD.glob("*.expected")}
    assert len(FILES) > 80
