"""The commands `export evidence` and `recompute`: a period's figures worked out anew, by anybody, anywhere."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from pathlib import Path
from typing import Final

import click

from ictss_monitor import __version__
from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.problems import Source
from ictss_monitor.catalogue_files import load_with_sources
from ictss_monitor.cli.kpi import figures_of
from ictss_monitor.cli.kpi_table import tell
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import FORMATS, begun_period
from ictss_monitor.clock import Instant, SystemClock
from ictss_monitor.errors import MonitorError, UsageError
from ictss_monitor.exporting.evidence import basis_of, sealed_basis_of
from ictss_monitor.figures import sealing
from ictss_monitor.probing import registry
from ictss_monitor.statements.basis import Basis, catalogue_of, digest_of_basis, recompute_from
from ictss_monitor.statements.evidence_file import from_text, to_text
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.sealed import Statement

LARGEST: Final = 256 * 2**20
"""Bytes of a file of evidence, unpacked: a month of a large estate takes a tenth of it."""


@click.command("evidence")
@click.option("--period", metavar="PERIOD", help="As for kpi; the running month if not given.")
@click.option("--from", "since", metavar="INSTANT", help="Instead of --period: begin, 2026-10-01T09:00, local time.")
@click.option("--to", "until", metavar="INSTANT", help="With --from: the end, not included.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="Where to write it; packed where the name ends in .gz.",
)
@click.option("--sealed", is_flag=True, help="Of a sealed period: as it was when it was sealed, not as it is now.")
@with_config
def export_evidence(
    config: Path, period: str | None, since: str | None, until: str | None, output: Path, sealed: bool
) -> None:
    """Write all that the figures of a period rest on, and no figure: what was observed, said and configured.

    `ictss-monitor recompute FILE` works out the same figures from it on any machine. Secrets are not in it. It
    has the catalogue and the corrections of now, as `kpi --recompute` has; with --sealed those of the statement.
    """
    catalogue, sources = load_with_sources(config, registry.options_model)
    now = SystemClock().now()
    spec = begun_period(catalogue, period, since, until, now)
    basis, statement = run_async(_basis(catalogue, sources, spec, now, sealed=sealed))
    data = to_text(basis, catalogue.settings.vantage, f"ictss-monitor {__version__}").encode()
    if len(data) > LARGEST:
        raise UsageError(f"{output}: it would be larger than {LARGEST // 2**20} MiB; choose a shorter period")
    digest = digest_of_basis(basis, catalogue_of(basis))  # read as `recompute` will read it
    _write(output, data)
    click.echo(f"{output}: evidence of {basis.spec.label}, digest {digest}")
    if statement is not None and statement.evidence != digest:
        click.echo(f"The statement was sealed on other evidence, of digest {statement.evidence}.")


async def _basis(
    catalogue: Catalogue, sources: tuple[Source, ...], spec: PeriodSpec, now: Instant, *, sealed: bool
) -> tuple[Basis, Statement | None]:
    async with open_store(catalogue.settings.store) as store:
        if sealed:
            return await sealed_basis_of(store, spec)
        return await basis_of(store, catalogue, sources, spec, now), None


def _write(output: Path, data: bytes) -> None:
    """Write the whole file or none of it."""
    if output.suffix == ".gz":
        data = gzip.compress(data, mtime=0)  # the same evidence is the same file
    try:
        with tempfile.NamedTemporaryFile(dir=output.parent, prefix=output.name, delete=False) as part:
            try:
                part.write(data)
                part.close()
                os.chmod(part.name, 0o644)
                os.replace(part.name, output)
            except OSError:
                os.unlink(part.name)
                raise
    except OSError as error:
        raise UsageError(f"{output}: {error.strerror}") from None


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="How it is printed.")
@click.option("--ignore-digest", is_flag=True, help="Go on where the file was changed, to see what that does.")
def recompute(file: Path, form: str, ignore_digest: bool) -> None:
    """Work out the figures of a period anew from a file that `export evidence` wrote, and print them as `kpi` does.

    Neither store nor catalogue is needed, nor a probe. Where the file is not as it was written, nothing is printed. The
    mean of months takes every month as it comes out, where `kpi` takes those that are sealed as they are.
    """
    try:
        basis = from_text(_read(file), ignore_digest=ignore_digest)
        catalogue, table = recompute_from(basis)
    except MonitorError as error:
        raise UsageError(f"{file}: {error}") from None
    tell(figures_of(catalogue, sealing.Published(table)), form)
    if form == "table":
        click.echo(f"evidence {digest_of_basis(basis, catalogue)}")


def _read(file: Path) -> str:
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError((error.strerror if isinstance(error, OSError) else None) or str(error)) from None
    if len(data) > LARGEST:
        raise UsageError(f"larger than {LARGEST // 2**20} MiB, so it is no file of evidence")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise UsageError("not UTF-8, so it is no file of evidence") from None
