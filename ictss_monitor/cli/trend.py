"""The command `trend`: the curve of one measurement of one check."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.availability.periods import Period, PeriodSpec, parse
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.curve_table import print_records, print_table, write_picture
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import asked_period
from ictss_monitor.clock import HOUR, Instant, SystemClock
from ictss_monitor.errors import UsageError
from ictss_monitor.probing import registry
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.trends import trend_hours, trended
from ictss_monitor.trends import Curve, Every, gathered, natural

FORMATS = click.Choice(["table", "json", "csv", "svg", "png"])
PICTURES = ("svg", "png")
_NAMED = 12
"""So many names are listed where one is not known."""


@click.command()
@click.argument("check")
@click.argument("measurement")
@click.option("--period", metavar="PERIOD", help="As for kpi; the running month if not given.")
@click.option("--from", "since", metavar="INSTANT", help="Instead of --period: begin, 2026-10-01T09:00, local time.")
@click.option("--to", "until", metavar="INSTANT", help="With --from: the end, not included.")
@click.option(
    "--every", type=click.Choice([each.value for each in Every]), help="One point for each; by the length if not said."
)
@click.option("--compare", "beside", metavar="PERIOD", help="Beside it the same of another period: 2026-04.")
@click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="How it is told or drawn.")
@click.option(
    "-o",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where svg or png goes; standard output if not said.",
)
@with_config
def trend(
    config: Path,
    check: str,
    measurement: str,
    period: str | None,
    since: str | None,
    until: str | None,
    every: str | None,
    beside: str | None,
    form: str,
    file: Path | None,
) -> None:
    """Show what was measured least, on average and most, by hour, day or month: `trend ups-town-hall runtime_minutes`.

    Trends are kept by the hour for 400 days: of a UPS its load, run time, charge and temperature, of the environment
    temperature and humidity, and of any check what `trend:` says in the catalogue. Where nothing was measured there is
    a gap. svg and png are a chart with the band from least to most; json and csv have instants in UTC.
    """
    if file is not None and form not in PICTURES:
        raise UsageError("-o is for --format svg and png; redirect what else is printed")
    catalogue = load(config, registry.options_model)
    now = SystemClock().now()
    asked = Asked(
        check,
        measurement,
        _until_now(asked_period(catalogue, period, since, until, now), catalogue, now),
        None if beside is None else _until_now(parse(beside), catalogue, now),
        None if every is None else Every(every),
        drawn=form in PICTURES,
    )
    curve = run_async(_curve(catalogue, asked))
    if form in PICTURES:
        write_picture(curve, form, file)
    elif form == "table":
        print_table(curve)
    else:
        print_records(curve, form)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which curve is asked for, over what is over of a period; which other one beside it, and in what steps."""

    check: str
    measurement: str
    period: Period
    beside: Period | None
    every: Every | None
    drawn: bool


def _until_now(spec: PeriodSpec, catalogue: Catalogue, now: Instant) -> Period:
    """Return what is over of a period. Raises UsageError where nothing is."""
    period = spec.within(catalogue.settings.zone)
    if period.start >= now:
        raise UsageError(f"{period.label} is in the future: there is no trend of it yet")
    return replace(period, end=min(period.end, now))


async def _curve(catalogue: Catalogue, asked: Asked) -> Curve:
    async with open_store(catalogue.settings.store) as store, store.read() as tx:
        await _check_known(tx, catalogue, asked.check, asked.measurement)
        every = asked.every or natural(asked.period.length, drawn=asked.drawn)
        curve = await _one(tx, catalogue, asked, asked.period, every)
        if asked.beside is None:
            return curve
        return replace(curve, compared=await _one(tx, catalogue, asked, asked.beside, every))


async def _one(tx: AsyncConnection, catalogue: Catalogue, asked: Asked, period: Period, every: Every) -> Curve:
    check, measurement, zone = asked.check, asked.measurement, catalogue.settings.zone
    hours = await trend_hours(tx, check, measurement, period.start - period.start % HOUR, period.end)
    name = catalogue.checks[check].name if check in catalogue.checks else check
    return Curve(check, name, measurement, period.label, zone, every, gathered(hours, period, every, zone))


async def _check_known(tx: AsyncConnection, catalogue: Catalogue, check: str, measurement: str) -> None:
    """Raise UsageError, with what there is, where no trend of this measurement is kept."""
    held = catalogue.checks.get(check)
    kept = dict.fromkeys((*await trended(tx, check), *(held.trend if held is not None else ())))
    if measurement in kept:
        return
    if kept:
        near = UsageError.unknown(f"measurement of {check}", measurement, kept)
        raise UsageError(f"{near} (trends are kept of {', '.join(kept)})")
    if held is not None:
        raise UsageError(f"no trend of {check} is kept; to keep one, write trend: [{measurement}] under it")
    having = [each.id for each in catalogue.checks.values() if each.trend]
    near = UsageError.unknown("check", check, having)
    shown = ", ".join(having[:_NAMED]) or "no check"
    more = f" and {len(having) - _NAMED} others" if len(having) > _NAMED else ""
    raise UsageError(f"{near} (trends are kept of {shown}{more})")
