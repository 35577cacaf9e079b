"""What the demo shows: the live table, and at the end what was recorded beside what was done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ictss_monitor.availability.periods import parse
from ictss_monitor.availability.printing import duration_text
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.clock import SECOND, Duration, Instant, to_datetime
from ictss_monitor.demo.comparison import Caused, Line, Verdict
from ictss_monitor.figures import kpis
from ictss_monitor.figures.live import months_at
from ictss_monitor.judging.outages import Outage
from ictss_monitor.probe import Outcome
from ictss_monitor.resuming import resume_judge
from ictss_monitor.store.engine import Store

FINE: Final = (Verdict.RIGHT, Verdict.UNSEEN)
SIGN: Final = {
    Outcome.UP: Text("up", "green"),
    Outcome.DEGRADED: Text("degraded", "yellow"),
    Outcome.DOWN: Text("DOWN", "bold red"),
    Outcome.UNKNOWN: Text("unknown", "magenta"),
}


async def live_table(
    store: Store,
    catalogue: Catalogue,
    now: Instant,
    web: str,
    broken: Sequence[Caused],
    left: float | None,
    folder: Path,
) -> RenderableType:
    """Return services by council with the month to date, open outages, what is broken, and where to look."""
    judge = await resume_judge(store, catalogue)
    figures = await kpis.kpi_table(store, catalogue, parse(months_at(now, catalogue.settings.zone)[0]), now)
    table = Table(title="Services by council, month to date", title_justify="left")
    table.add_column("Service")
    for council in catalogue.councils.values():
        table.add_column(council.name)
        table.add_column("", justify="right")
    for service in catalogue.services.values():
        cells: list[RenderableType] = [service.name]
        for council_id in catalogue.councils:
            row = figures.row(Subject.SERVICE, service.id, council_id)
            if council_id not in service.provisions or row is None:
                cells += [Text("N/A", "dim"), ""]
            else:
                cells += [SIGN[judge.service_state(service.id, council_id).state], row.text]
        table.add_row(*cells)
    down = [outage for outage in judge.open_outages() if outage.level is Outcome.DOWN]
    outages = Text("Open outages: ", "bold")
    outages.append("; ".join(_open(catalogue, now, one) for one in down) or "none", "red" if down else "green")
    done = Text("Broken by the injector: ", "bold")
    done.append(", ".join(f"{one.server} ({one.mode})" for one in broken) or "nothing")
    end = f", ends in {left:.0f} s" if left is not None else ", Ctrl-C ends it"
    where = Text(f"{web}/metrics  {web}/-/ready  log and store in {folder}{end}", "dim")
    return Group(table, outages, done, where)


def _open(catalogue: Catalogue, now: Instant, outage: Outage) -> str:
    lasted = duration_text(max(0, now - outage.first_seen_down))
    return f"{catalogue.services[outage.service].name} of {outage.council} for {lasted}"


def comparison_table(lines: Sequence[Line]) -> RenderableType:
    """Return every outage caused with how far off its record is, and every one recorded that nothing caused."""
    table = Table(title="Outages recorded beside those caused", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("Service of council")
    table.add_column("Broken by")
    for heading in ("Caused", "for", "Begin off", "End off"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for line in lines:
        table.add_row(
            f"{line.service} {line.council}",
            "+".join(dict.fromkeys(line.modes)),
            *_caused(line.caused),
            *_recorded(line),
            Text(line.verdict.value, "green" if line.verdict in FINE else "bold red"),
        )
    return Group(table, summary(lines))


def summary(lines: Sequence[Line]) -> Text:
    """Return the counts of the comparison in one line."""
    count = {verdict: sum(line.verdict is verdict for line in lines) for verdict in Verdict}
    caused = sum(line.caused is not None for line in lines)
    wrong = count[Verdict.MISSED] + count[Verdict.INVENTED] + count[Verdict.OFF]
    furthest = max((abs(each) for line in lines for each in _differences(line)), default=0)
    text = (
        f"{caused} caused: {count[Verdict.RIGHT]} recorded rightly (at most {furthest / SECOND:.2f} s off), "
        f"{count[Verdict.UNSEEN]} too short to confirm; {count[Verdict.MISSED]} missed, "
        f"{count[Verdict.INVENTED]} invented, {count[Verdict.OFF]} off by more than one interval"
    )
    return Text(text, "bold red" if wrong else "bold green")


def _differences(line: Line) -> list[Duration]:
    return [each for each in (line.begin_difference, line.end_difference) if each is not None]


def _caused(span: tuple[Instant, Instant | None] | None) -> tuple[str, str]:
    if span is None:
        return "nothing", ""
    begin, end = span
    return f"{to_datetime(begin):%H:%M:%S.%f}"[:-4], "open" if end is None else f"{(end - begin) / SECOND:.2f} s"


def _recorded(line: Line) -> tuple[str, str]:
    """Return by how much the recorded begin and end differ; of what nothing caused, when it was recorded."""
    if line.recorded is None:
        return "", ""
    if line.caused is None:
        return _caused(line.recorded)
    end = "open" if line.recorded[1] is None else _difference(line.end_difference)
    return _difference(line.begin_difference), end


def _difference(difference: Duration | None) -> str:
    return "" if difference is None else f"{difference / SECOND:+.2f} s"
