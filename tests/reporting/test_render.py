"""Files of the report: their names, written whole, the same each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.report_content import Rendered, empty, example

from ictss_monitor.errors import UsageError
from ictss_monitor.reporting import render as rendering
from ictss_monitor.reporting.content import Report, Sealing
from ictss_monitor.reporting.render import FORMS, file_name, render


@pytest.mark.parametrize(
    ("report", "name"),
    [
        (example(), "availability-FY2019-20-Q2-v2.pdf"),
        (empty(), "availability-2026-10-fenshire-unsealed.pdf"),
        (
            replace(empty(), statement=replace(empty().statement, sealing=Sealing.DRAFT)),
            "availability-2026-10-fenshire-draft.pdf",
        ),
        (replace(empty(), council_id="../../etc"), "availability-2026-10-etc-unsealed.pdf"),
    ],
)
def test_the_name_tells_what_it_is(report: Report, name: str) -> None:
    """A file is named by period, council and version, and never leaves its folder."""
    assert file_name(report, "pdf") == name


def test_a_file_is_written_into_a_new_folder(tmp_path: Path) -> None:
    """The folder is made, and nothing but the file is in it."""
    file = render(empty(), "json", tmp_path / "new" / "reports")
    assert list(file.parent.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_an_earlier_file_stays_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where writing fails, the old file stays, no piece of the new one lies about, and the message names the file."""
    file = render(empty(), "json", tmp_path)
    before = file.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rendering.os, "fsync", full)
    with pytest.raises(UsageError, match=r"cannot write .*json: No space left"):
        render(empty(), "json", tmp_path)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    """A form that there is none of is refused with a near match, and nothing is written."""
    with pytest.raises(UsageError, match="unknown format 'pdff': did you mean 'pdf'"):
        render(empty(), "pdff", tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("form", FORMS)
def test_the_same_report_gives_the_same_bytes(rendered: Rendered, form: str) -> None:
    """Two files of one report do not differ in a byte, whenever they are made."""
    before = rendered("example", form)
    assert FORMS[form](example()) == before


@pytest.mark.parametrize("form", FORMS)
def test_a_report_of_nothing_is_a_report(rendered: Rendered, form: str) -> None:
    """Without services, outages or figures every format still comes out."""
    assert rendered("empty", form)


def test_importing_costs_little() -> None:
    """The heavy libraries are imported when they are used, not with the package."""
    import subprocess
    import sys

    code = (
        "import sys, ictss_monitor.reporting.render; "
        "print([name for name in ('matplotlib', 'weasyprint', 'docx', 'xlsxwriter', 'jinja2') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
