"""The curve of a measurement in a table that needs no colour, for machines, or as a picture in a file."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from statistics import median_low
from typing import Any, Final

import click
from rich.table import Table
from rich.text import Text

from ictss_monitor.availability.periods import zone_of
from ictss_monitor.cli.reading import WIDE, as_csv
from ictss_monitor.clock import iso, to_datetime
from ictss_monitor.errors import UsageError
from ictss_monitor.screen import console
from ictss_monitor.trends import Bucket, Curve, Every, Figures, segments, unit_of

FIELDS: Final = ("begin", "end", "minimum", "mean", "maximum", "count")
"""The columns of the CSV; with a comparison, those of the other curve follow, `compared_begin` first."""
DIGITS: Final = 3
"""Of a mean in the middle of all; every number of a table has as many decimals."""
MOST_DECIMALS: Final = 6
BAR: Final = 32
NARROW_BAR: Final = 22
"""Characters from the least of all to the most, where there is room for more and where there is little."""
FORMS: Final = {Every.HOUR: "%a %d %b %H:%M %Z", Every.DAY: "%a %d %b %Y", Every.MONTH: "%b %Y"}
"""How the begin of a point is printed."""


def print_table(curve: Curve) -> None:
    """Print a curve, a line for each point that was measured, and one for each gap."""
    screen, unit = console(), unit_of(curve.measurement)
    other = curve.compared.measured if curve.compared is not None else ()
    if not curve.measured:
        screen.print(f"Nothing was measured of {curve.check} {curve.measurement} in {curve.label}.", markup=False)
        return
    wide = screen.width >= WIDE
    scale = Scale((*curve.measured, *other), BAR if wide else NARROW_BAR)
    of = f"{curve.name}, {curve.measurement}" + (f" in {unit}" if unit else "")
    table = Table(title=Text(f"{of}, {curve.label}, times of {curve.zone}"), title_justify="left")
    headings = ["When", "Least", "Mean", "Most"]
    if curve.compared is not None:
        headings.append(f"Mean {curve.compared.label}")
    if wide:
        headings.append("Times")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "When" else "right", no_wrap=True)
    if wide or curve.compared is None:
        table.add_column(scale.heading, no_wrap=True)
    for cells in _rows(curve, scale):
        texts = [*cells[: len(headings)], cells[-1]]
        table.add_row(*texts[: len(table.columns)])
    screen.print(table)


class Scale:
    """The range of all that a table shows: how its numbers are printed, and where they lie on a bar."""

    def __init__(self, figures: Sequence[Figures], width: int) -> None:
        self.least = min(each.minimum for each in figures)
        self.most = max(each.maximum for each in figures)
        self._width = width
        usual = median_low(abs(each.mean) for each in figures)
        self._decimals = min(max(0, DIGITS - 1 - math.floor(math.log10(usual))), MOST_DECIMALS) if usual else 0

    @property
    def heading(self) -> str:
        """Both ends of the bar."""
        least, most = self.text(self.least), self.text(self.most)
        return f"{least}{most:>{max(self._width - len(least), len(most) + 1)}}"

    def text(self, value: float) -> str:
        """Return a number as it is printed."""
        return f"{value:.{self._decimals}f}"

    def bar(self, figures: Figures) -> str:
        """Return where the figures lie: light from least to most, full at the mean."""
        first, mean, last = (self._at(each) for each in (figures.minimum, figures.mean, figures.maximum))
        return " " * first + "░" * (mean - first) + "█" + "░" * (last - mean)

    def _at(self, value: float) -> int:
        length = self.most / 2 - self.least / 2  # halved: the difference of two floats may be beyond any float
        return round((value / 2 - self.least / 2) / length * (self._width - 1)) if length else self._width // 2


def _rows(curve: Curve, scale: Scale) -> Iterator[list[Text]]:
    """Yield the cells of each line; without a comparison, a gap is one line however long it is."""
    zone = zone_of(curve.zone)

    def when(bucket: Bucket) -> str:
        return f"{to_datetime(bucket.begin).astimezone(zone):{FORMS[curve.every]}}"

    if curve.compared is not None:
        for bucket, then in zip_longest(curve.buckets, curve.compared.buckets):
            first, *others = _cells(when(bucket or then), bucket, scale)
            beside = "" if then is None or then.figures is None else scale.text(then.figures.mean)
            yield [first, *others[:3], Text(beside), *others[3:]]
        return
    for run in segments(curve.buckets):
        if run[0].figures is not None:
            yield from (_cells(when(bucket), bucket, scale) for bucket in run)
        else:
            yield _cells(when(run[0]) + (f"\n to {when(run[-1])}" if len(run) > 1 else ""), run[0], scale)


def _cells(when: str, bucket: Bucket | None, scale: Scale) -> list[Text]:
    figures = None if bucket is None else bucket.figures
    if figures is None:
        return [Text(when, "dim"), Text(), Text("nothing" if bucket else "", "dim"), Text(), Text(), Text()]
    numbers = (scale.text(each) for each in (figures.minimum, figures.mean, figures.maximum))
    return [Text(when), *map(Text, numbers), Text(str(figures.count)), Text(scale.bar(figures))]


def print_records(curve: Curve, form: str) -> None:
    """Print a curve as `json` or `csv`, gaps as points without figures, instants in UTC."""
    if form == "json":
        click.echo(json.dumps(_record(curve), indent=2, ensure_ascii=False))
        return
    points = [_point(bucket) for bucket in curve.buckets]
    fields: tuple[str, ...] = FIELDS
    if curve.compared is not None:
        beside = [_prefixed(_point(bucket)) for bucket in curve.compared.buckets]
        fields = (*FIELDS, *_prefixed(dict.fromkeys(FIELDS)))
        points = [(one or {}) | (other or {}) for one, other in zip_longest(points, beside)]
    click.echo(as_csv(fields, points), nl=False)


def _record(curve: Curve) -> dict[str, Any]:
    return {
        "check": curve.check,
        "measurement": curve.measurement,
        "unit": unit_of(curve.measurement),
        "period": curve.label,
        "zone": curve.zone,
        "every": curve.every.value,
        "points": [_point(bucket) for bucket in curve.buckets],
        "compared": None if curve.compared is None else _record(curve.compared),
    }


def _point(bucket: Bucket) -> dict[str, Any]:
    figures = bucket.figures
    return {
        "begin": iso(bucket.begin),
        "end": iso(bucket.end),
        "minimum": figures.minimum if figures else None,
        "mean": figures.mean if figures else None,
        "maximum": figures.maximum if figures else None,
        "count": figures.count if figures else 0,
    }


def _prefixed(record: dict[str, Any]) -> dict[str, Any]:
    return {f"compared_{name}": value for name, value in record.items()}


def write_picture(curve: Curve, form: str, file: Path | None) -> None:
    """Draw a curve as `svg` or `png` into a file, or on standard output. Raises UsageError where it cannot go there."""
    from ictss_monitor.reporting import curves

    if file is None and form == "png" and sys.stdout.isatty():
        raise UsageError("a picture cannot be shown here: say where to with -o FILE")
    picture = curves.png(curve) if form == "png" else (curves.svg(curve) + "\n").encode()
    if file is None:
        click.echo(picture, nl=False)
        return
    try:
        file.write_bytes(picture)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    click.echo(file)
