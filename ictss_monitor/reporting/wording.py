"""The words of the report: what is told of a figure besides its digits, and how times are written."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from ictss_monitor.clock import MINUTE, Duration, Instant, to_datetime
from ictss_monitor.reporting.content import Compared, Counted, Headline, Report, Sealing
from ictss_monitor.reporting.rows import Trend, TrendSeries
from ictss_monitor.reporting.shares import Verdict

NONE: Final = "—"
"""What stands in a cell that has nothing to say, so that nobody takes it for forgotten."""

LONGEST_HEADING: Final = 60
"""Characters of a name at the head of a column; the title has the whole."""

VERDICT_WORDS: Final = {
    Verdict.GREEN: "Green",
    Verdict.AMBER: "Amber",
    Verdict.RED: "Red",
    Verdict.OPEN: "Not rated",
}
VERDICT_SIGNS: Final = {Verdict.GREEN: "●", Verdict.AMBER: "▲", Verdict.RED: "■", Verdict.OPEN: "○"}
"""A shape for each, so that nobody needs to see colours."""

_OUTCOMES: Final = {
    Verdict.GREEN: "met",
    Verdict.AMBER: "narrowly missed",
    Verdict.RED: "missed",
}

GLOSSARY: Final = (
    (
        "Availability",
        "The share of the measured time in which a service was not lost to those who use it. 99.9 % of a month of "
        "30 days leaves about 43 minutes.",
    ),
    (
        "Green, amber, red",
        "Green: the target is met. Amber: it is missed by no more than the policy allows for. Red: it is missed by "
        "more. The exact figures are compared, before rounding. Not rated: there is no target, or too little was seen.",
    ),
    (
        "Coverage",
        "The share of the time for which there is evidence. What was not watched counts neither as up nor as down; "
        "where too little was watched, only bounds are given.",
    ),
    (
        "Bounds",
        "The lowest and the highest figure that the evidence allows for: with all that is unknown taken as down, and "
        "with all of it taken as up.",
    ),
    (
        "Resolution",
        "The longest time between two looks at a service. What was shorter may have gone unseen.",
    ),
    ("Net of third parties", "The figure if what was lost only to suppliers had not been lost."),
    (
        "Planned",
        "Within a maintenance window that was announced in time. The part of an outage that overran its window is "
        "not planned.",
    ),
    (
        "Own, council's own site, undetermined",
        "Whose an outage was: that of the shared service; of a council's building, such as its power; or not known, "
        "which counts as own.",
    ),
    (
        "Corrected",
        "A person added to what was observed, with name, reason and date. Observed rows are never changed; the figure "
        "as observed stands beside the corrected one.",
    ),
    ("N/A", "Not applicable: the council does not have the service, or a supplier runs it and nothing here sees it."),
)
"""How to read a report: words and what they mean."""


def day_text(instant: Instant, zone: str) -> str:
    """Return the local day: `3 September 2019`."""
    local = local_time(instant, zone)
    return f"{local.day} {local:%B %Y}"


def moment_text(instant: Instant, zone: str) -> str:
    """Return the local time to the minute: `3 Sep 2019 16:30`, with `BST` or `GMT` in the hour that comes twice."""
    local = local_time(instant, zone)
    text = f"{local.day} {local:%b %Y %H:%M}"
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{text} {local.tzname()}" if twice else text


def local_time(instant: Instant, zone: str) -> datetime:
    """Return `instant` as an aware datetime of the zone with this IANA name."""
    return to_datetime(instant).astimezone(ZoneInfo(zone))


def minutes_text(duration: Duration) -> str:
    """Return a duration in minutes: `250`, to a tenth where it is not whole, and `< 0.1` for what is less but there."""
    if duration % MINUTE == 0:
        return f"{duration // MINUTE:,}"
    tenths = (10 * duration + MINUTE // 2) // MINUTE
    return f"{tenths // 10:,}.{tenths % 10}" if tenths else "< 0.1"


def heading_of(name: str) -> str:
    """Return a name as the heading of a column, cut where it is so long that no page would be left below it."""
    return name if len(name) <= LONGEST_HEADING else f"{name[: LONGEST_HEADING - 1]}…"


def verdict_text(verdict: Verdict) -> str:
    """Return the verdict as its sign and its word: `● Green`."""
    return f"{VERDICT_SIGNS[verdict]} {VERDICT_WORDS[verdict]}"


def headline_sentence(headline: Headline, period: str) -> str:
    """Return what the headline says, for those who do not see its colour."""
    said = f"{whole_name(headline)}, {period}: "
    known = headline.actual.printed is not None
    said += f"available for {headline.actual.text} of the time." if known else headline.actual.text
    if headline.target is None:
        return f"{said.rstrip('.')}. There is no target."
    outcome = _OUTCOMES.get(headline.verdict)
    if outcome is None:
        return f"{said.rstrip('.')}. It cannot be told whether the target of {headline.target.text} is met."
    return f"{said} The target of {headline.target.text} is {outcome} ({VERDICT_WORDS[headline.verdict].lower()})."


def whole_name(headline: Headline) -> str:
    """Return the name of a headline with that of its council."""
    return headline.name if headline.council is None else f"{headline.name}, {headline.council}"


def compared_text(compared: Compared | None) -> str:
    """Return a figure of another time with that time: `99.60 % (September 2026)`."""
    return NONE if compared is None else f"{compared.share.text} ({compared.label})"


def coverage_sentence(headline: Headline) -> str:
    """Return how much of the time the figure stands on."""
    if headline.coverage.exact == 1:
        return "The figure stands on evidence for the whole of the time."
    if headline.coverage.printed is None:
        return f"Share of the time for which there is evidence: {headline.coverage.text}."
    return (
        f"The figure stands on evidence for {headline.coverage.text} of the time; what happened in the rest is unknown "
        "and counts neither as up nor as down."
    )


def incidents_sentence(counted: Counted) -> str:
    """Return how many major incidents there were, against those of other times."""
    said = f"There {'was' if counted.now == 1 else 'were'} {incident_count(counted.now)}"
    before = [
        f"{'none' if number == 0 else number} in {label}"
        for number, label in (
            (counted.previous, counted.previous_label),
            (counted.previous_year, counted.previous_year_label),
        )
        if number is not None
    ]
    return f"{said}, against {' and '.join(before)}." if before else f"{said}."


def incident_count(number: int) -> str:
    """Return a number of major incidents in words: `no major incidents`, `1 major incident`."""
    return {0: "no major incidents", 1: "1 major incident"}.get(number, f"{number} major incidents")


def statement_line(report: Report) -> str:
    """Return in one line what figures these are: it stands at the foot of every page."""
    statement = report.statement
    if statement.sealing is not Sealing.SEALED or statement.digest is None:
        return f"{statement.sealing.value.capitalize()} · catalogue {report.catalogue_digest[:16]}"
    return f"Statement version {statement.version} · {statement.digest[:16]} · catalogue {report.catalogue_digest[:16]}"


def trend_sentence(trend: Trend) -> str:
    """Return what the chart of a year shows, for those who do not see it."""
    if not trend.months:
        return f"{trend.name}: there is no month to show."
    told = "; ".join(_series_words(series, trend) for series in trend.series)
    months = f"{trend.months[0]} to {trend.months[-1]}" if len(trend.months) > 1 else trend.months[0]
    return (
        f"{trend.name} by months, {months}. {told}. Below, the coverage of each month. "
        "The table that follows has every number."
    )


def _series_words(series: TrendSeries, trend: Trend) -> str:
    known = [
        (share.exact, share.text, month)
        for share, month in zip(series.shares, trend.months, strict=True)
        if share.exact is not None
    ]
    if not known:
        return f"{series.name}: no figure"
    lowest, highest = min(known), max(known)
    return f"{series.name}: from {lowest[1]} ({lowest[2]}) to {highest[1]} ({highest[2]})"
