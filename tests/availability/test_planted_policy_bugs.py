"""Bugs planted in the arithmetic, one by one: the laws find each, and find nothing in the code as it is."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support import policy_laws as laws
from support.policy_cases import world_of

from ictss_monitor.availability import (
    account,
    calendars,
    classes,
    combine,
    figure,
    outage_count,
    reckoning,
    told,
    totals,
    wall_clock,
    windows,
)
from ictss_monitor.judging import blame, swayed, timeline

WORLDS = 250
"""So many worlds, the same each time, are held against the laws for each bug."""

BUGS: dict[str, tuple[Any, str, str]] = {
    "what is to come is up": (classes.divide, "opened.clip(period.start, seen)", "opened"),
    "service hours are forgotten": (classes.divide, "in_service & served.open if", "in_service if"),
    "windows that change nothing are taken out": (
        classes.divide,
        "policy.maintenance is WindowsCount.DOWN",
        "policy.maintenance is WindowsCount.UP",
    ),
    "what is unknown is in the base for nothing": (classes.divide, "timeline.unknown & base", "EMPTY"),
    "what is unknown is surely lost": (classes.divide, "(timeline.optimistic.not_up & base) - unknown", "base"),
    "what is planned is blamed on others": (classes._blamed, "down - windows", "down"),
    "degraded in a window is not planned": (classes._planned, " | (timeline.degraded & windows)", ""),
    "a future without opening times": (classes.divide, "future=opened.clip", "future=in_service.clip"),
    "up and down of degraded are swapped": (
        figure.weighed,
        "(1 - share) * down + share * not_up",
        "share * down + (1 - share) * not_up",
    ),
    "planned time is never forgiven": (figure.loss_of, "0 if is_counted else planned", "0"),
    "time in windows that count as up is not measured": (
        figure.figure_of_loss,
        "totals.maintenance if policy.maintenance is WindowsCount.UP else 0",
        "0",
    ),
    "net leaves the base": (figure.figure_of_loss, "max(loss.surely - third, 0), measured", "0, measured"),
    "net forgives the council's site": (
        figure.figure_of_loss,
        "third = loss.third_party",
        "third = loss.third_party + loss.council_site",
    ),
    "bounds without the unknown": (figure.figure_of_loss, "measured + totals.unknown", "measured"),
    "undetermined is mistaken for third party": (
        totals.totals_of,
        "classes.blamed.get(Fault.UNDETERMINED)",
        "classes.blamed.get(Fault.THIRD_PARTY)",
    ),
    "in a union unknown beats down": (
        combine.union_of,
        "unknown = union(member.unknown for member in members) - down",
        "unknown = union(member.unknown for member in members)",
    ),
    "in a union the supplier wins over ourselves": (
        combine._blamed,
        "worse = _levels([_own(member) for member in members])",
        "worse = _levels([])",
    ),
    "in a union maintenance beats the base": (
        combine.union_of,
        "for member in members) - base\n",
        "for member in members)\n",
    ),
    "in a union what one lost is planned by the other": (
        combine._planned,
        "union(member.down - member.planned.down for member in members)",
        "union([])",
    ),
    "planned while another is unknown": (combine._planned, "not_up - (unknown - down)", "not_up"),
    "weights are those of the beginning": (combine.weighed_pieces, "2**62 if until is None else until", "2**62"),
    "what is weighed is not cut": (combine.weighed_pieces, "-(2**62) if since is None else since", "-(2**62)"),
    "a mean takes what has no figure as nothing": (
        combine._mean,
        "[value for value in values if value is not None]",
        "[value or Fraction(0) for value in values]",
    ),
    "imports overrule what was seen": (told.filled, "history.known & timeline.unknown", "history.known"),
    "the oldest correction stands": (told.told_by_corrections, "in _spans(entries)", "in reversed([*_spans(entries)])"),
    "a moved outage stays where it was": (told._spans, "yield act.observed, Outcome.UP", "pass"),
    "corrections leave the bounds alone": (
        told._laid_over,
        "pessimistic=over(timeline.pessimistic, unknown)",
        "pessimistic=timeline.pessimistic",
    ),
    "notice that was cited later counted before": (
        account._Accounting._maintenance,
        "replace(held, announced=held.entered) if in_time and held.entered is not None else held",
        "held",
    ),
    "windows over checks stand over corrections": (account._Accounting._maintenance, "decided - corrected", "decided"),
    "imports are blamed where they fill nothing": (
        account._Accounting._blame,
        "span(row.since, row.until) & unseen",
        "span(row.since, row.until)",
    ),
    "blind checks are blamed": (account._Accounting._observed_blame, " - unseen", ""),
    "hosts are blamed for what was before them": (account.attributions_of, " and each.validity.holds_at(at)", ""),
    "the site stands over the check": (
        account.attributions_of,
        "(check.attribution if check else None) or (site.attribution if site else None)",
        "(site.attribution if site else None) or (check.attribution if check else None)",
    ),
    "a failed line blames though the other carried": (
        blame._through_members,
        "whole & union(part for _, part in members)",
        "union(part for _, part in members)",
    ),
    "own does not win over others": (blame._by_fault, "part - worse", "part"),
    "impact is ignored in blame": (blame._through, "rule.impact is Impact.DEGRADED", "False"),
    "a window over a check takes all its services": (
        swayed.swayed_by,
        "over(at_worst) - over(at_best)",
        "over(at_worst)",
    ),
    "windows are forgotten at not up": (swayed.swayed_by, "for down in (True, False)", "for down in (True,)"),
    "windows look only at the worst": (swayed.swayed_by, "for worst in (True, False)", "for worst in (True,)"),
    "notice is not asked for": (windows._valid.__wrapped__, "announced <= each.begin - notice", "True"),
    "an ended window goes on": (windows.occurrences, "until = min(until, window.ended)", "pass"),
    "a window over a council's check is over every council's": (
        windows.over,
        "scope.councils and council not in scope.councils",
        "False",
    ),
    "closing days are forgotten": (calendars._opening_times, "day in version.bank_holidays", "False"),
    "a time that comes twice is the second": (wall_clock.begin_of, "return first if", "return second if"),
    "what ends in the hour that comes twice ends at once": (wall_clock.end_of, "second + 1", "first + 1"),
    "what is hosted elsewhere is unknown": (
        reckoning.Reckoning._served,
        "each.rule is None and each.hosted_externally",
        "False",
    ),
    "the hours of the service stand over those of the council": (
        reckoning.Reckoning._served,
        "each.hours or service.hours",
        "service.hours or each.hours",
    ),
    "over all councils minutes are told twice": (
        reckoning.Reckoning._of_services,
        "how is Combine.MEAN or len(there) < 2",
        "True",
    ),
    "the bounds take failures as confirmed": (
        timeline.service_timeline,
        "held.failures.down - held.unknown",
        "held.confirmed.down - held.unknown",
    ),
    "what was seen up at night goes on": (
        classes._not_seen_up,
        "(timeline.down | timeline.unknown) & outside",
        "outside",
    ),
    "closed time makes a new outage": (outage_count.dark_of, "unknown, outside, ", "unknown, "),
    "an outage at closing time is over": (
        outage_count.count_outages,
        "reached >= classes.base.edges[-1]",
        "reached == classes.base.edges[-1]",
    ),
}


@contextmanager
def planted(function: Any, right: str, wrong: str) -> Iterator[None]:
    """Give `function` the code that it would have with `wrong` in place of `right`, everywhere it is used."""
    source = textwrap.dedent(inspect.getsource(function))
    source = source[source.index("def ") :]  # without what wraps it
    assert right in source, f"{right!r} is not in {function.__qualname__} any more"
    names: dict[str, Any] = {}
    exec(source.replace(right, wrong), function.__globals__, names)
    code, function.__code__ = function.__code__, names[function.__name__].__code__
    windows._valid.cache_clear()
    try:
        yield
    finally:
        function.__code__ = code
        windows._valid.cache_clear()


def hold_the_laws(worlds: int) -> None:
    """Hold the first so many worlds against every law."""
    for seed in range(worlds):
        laws.every_law(world_of(seed))


@pytest.mark.slow
def test_nothing_is_found_in_the_code_as_it_is() -> None:
    """The laws hold over the worlds in which each planted bug is found."""
    hold_the_laws(WORLDS)


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_each_planted_bug_is_found(bug: str) -> None:
    """A world in which the bug breaks a law is found; what fails is a comparison, not the code itself."""
    with planted(*BUGS[bug]), pytest.raises(AssertionError):
        hold_the_laws(WORLDS)
