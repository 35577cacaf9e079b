"""An explanation for people: one page of plain text, from the figure down to what it was made from."""

from __future__ import annotations

from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from ictss_monitor.availability.printing import bounds_text, duration_text, figure_text, percent, percent_at_most
from ictss_monitor.availability.targets import Rating
from ictss_monitor.catalogue.model import Catalogue, Combine
from ictss_monitor.catalogue.validity import Validity
from ictss_monitor.cli.grounds_text import moment_text, write_grounds
from ictss_monitor.cli.text_page import Line, Page, exact_percent, is_to_the_microsecond, minutes_text, plain_minutes
from ictss_monitor.clock import Instant
from ictss_monitor.explanation.absence import dates_text
from ictss_monitor.explanation.derivation import Piece, Step, Term, classes_by_name
from ictss_monitor.explanation.explanation import Explanation
from ictss_monitor.explanation.grounds import SealedFigure
from ictss_monitor.explanation.policy_words import share_text

LONGEST_FRACTION: Final = 30
"""A fraction of more characters is left to JSON."""
_VERDICTS: Final = {
    Rating.GREEN: "met",
    Rating.AMBER: "missed by no more than the policy allows for (amber)",
    Rating.RED: "missed (red)",
    Rating.OPEN: "not decided: too little was watched",
}

_TOGETHER: Final = {
    Combine.UNION: "Of the members together: down where any of them is.",
    Combine.SUM: "Of the members together, down where any of them is; what they lost is added.",
    Combine.MEAN: "Of the members together, down where any is. The figure is not made from this, but is their mean.",
    Combine.WEIGHTED: "Of the members together, down where any is. The figure is made from each one's time, weighed.",
}


def explanation_text(found: Explanation, catalogue: Catalogue) -> str:
    """Return the page."""
    return _Writing(found, catalogue).text()


class _Writing:
    """Writes one page."""

    def __init__(self, found: Explanation, catalogue: Catalogue) -> None:
        self._found, self._catalogue, self._page = found, catalogue, Page()
        self._zone = ZoneInfo(found.zone)

    def text(self) -> str:
        self._head()
        self._classes()
        self._steps()
        self._parts()
        write_grounds(self._page, self._found, self._zone)
        self._policy()
        self._made_from()
        return self._page.text()

    # The figure, and how it is worked out.

    def _head(self) -> None:
        found, row, say = self._found, self._found.row, self._page.say
        figure, period = row.figure, row.period
        council = "" if found.council in (None, found.name) else f", {found.council}"
        together = ", all councils together" if found.key.council is None else ""
        self._page.title(f"{found.name}{council}{together}: {row.text} in {found.label}")
        say(f"From {self._at(period.start)} to {self._at(period.end)}, local time of {found.zone}.")
        say(f"As known at {self._at(found.now)}.")
        if found.sealed is not None:
            self._sealed(found.sealed)
        if found.why_not:
            say(found.why_not)
        if figure.low is not None and figure.coverage is not None:
            coverage = f"{percent_at_most(figure.coverage)} %"
            bounds = bounds_text(figure.gross, row.policy).replace("…", "and")
            say(f"Between {bounds}; evidence for {coverage} of the time.")
        if row.uncorrected is not None:
            seen = figure_text(row.uncorrected, row.target, row.policy)
            say(f"As observed, before anybody corrected anything: {seen}.")
        if found.target is not None:
            verdict = "no figure to hold against it" if row.rating is None else _VERDICTS[row.rating]
            since = found.target.validity
            held = "" if since.since is None else f", in force {dates_text([since], found.zone)}"
            say(f"Target {percent(found.target.availability)} %{held}: {verdict}.")

    def _sealed(self, sealed: SealedFigure) -> None:
        said = "without this figure" if sealed.row is None else f"as {sealed.row.text}"
        same = sealed.row is not None and sealed.row.figure == self._found.row.figure
        told = "It is what comes out now as well." if same else "That stands; what follows is what comes out now."
        self._page.say(f"Sealed {said} on {self._at(sealed.sealed_at)}, version {sealed.version}. {told}")

    def _classes(self) -> None:
        self._page.heading("The time of the period")
        if self._found.row.combine is not None:
            self._page.say(_TOGETHER[self._found.row.combine], 2)
        named = classes_by_name(self._found.totals)
        length = sum(amount for _, amount in named)
        finely = is_to_the_microsecond(amount for _, amount in named)
        lines = [("+", name, minutes_text(amount, to_the_microsecond=finely)) for name, amount in named if amount]
        total = ("=", self._found.label, minutes_text(length, to_the_microsecond=finely))
        self._page.sum([*([(" ", *lines[0][1:])] if lines else []), *lines[1:], total])

    def _steps(self) -> None:
        found, page = self._found, self._page
        if not any(step.value for step in found.steps):
            return
        page.heading("The figure, step by step")
        for index, step in enumerate(found.steps):
            self._step(step, first=index == 0)
            if step.name == "availability" and found.digits is not None:
                shown = "Printed" if found.row.figure.shown else "Not shown, but would be printed"
                page.say(f"{shown} as {found.digits.printed} %: {found.digits.why}.", 2, 2)
        if found.pooled:
            page.heading("The time as a whole, beside the mean of its months")
            for index, step in enumerate(found.pooled):
                self._step(step, first=index == 0)

    def _step(self, step: Step, *, first: bool) -> None:
        if step.value is None:
            return
        if not first:
            self._page.gap()
        self._page.say(f"{step.name}: {step.says}", 2, 2)
        if not step.over:
            times = [term.value for term in step.terms]
            finely = is_to_the_microsecond([*times, step.value])
            lines = [_line(term, index, finely) for index, term in enumerate(step.terms)]
            self._page.sum([*lines, ("=", step.name, minutes_text(step.value, to_the_microsecond=finely))], 4)
            return
        below = sum(term.value for term in step.over)
        finely = not step.of_shares and is_to_the_microsecond([*(term.value for term in step.terms), below])
        lines = [_line(term, index, finely, of_shares=step.of_shares) for index, term in enumerate(step.terms)]
        over = str(below) if step.of_shares else minutes_text(below, to_the_microsecond=finely)
        lines.append(("/", " + ".join(term.name for term in step.over), over))
        fraction = str(step.value)
        exact = f" = {fraction}" if len(fraction) <= LONGEST_FRACTION and step.value.denominator > 1 else ""
        self._page.sum([*lines, ("=", step.name + exact, exact_percent(step.value))], 4)

    def _parts(self) -> None:
        found = self._found
        if not found.parts:
            return
        self._page.heading("The months" if found.by_months else "What it is made of")
        for part in found.parts:
            figure = part.figure
            value = "no figure" if figure.value is None else exact_percent(figure.value)
            lost = f"lost {plain_minutes(figure.lost)} of {plain_minutes(figure.measured)}"
            unknown = f", {plain_minutes(figure.unknown)} unknown" if figure.unknown else ""
            self._page.sum([("", part.name, value)])
            self._page.say(lost + unknown, 6, 2)
            if part.pieces:
                weights = "; ".join(self._weight(piece) for piece in part.pieces)
                self._page.say(f"weighs {weights}", 6, 2)
        if found.row.combine is Combine.UNION and len(found.parts) > 1:
            added = sum((part.figure.lost for part in found.parts), start=Fraction(0))
            if added > found.row.figure.lost:
                more = plain_minutes(added - found.row.figure.lost)
                said = f"Added, the members lost {plain_minutes(added)}: {more} more, lost by several at once."
                self._page.say(said, 2)

    def _weight(self, piece: Piece) -> str:
        if piece.since is None and piece.until is None:
            return str(piece.weight)
        return f"{piece.weight} {dates_text([Validity(piece.since, piece.until)], self._found.zone)}"

    # How it counts, and what it was made from.

    def _policy(self) -> None:
        policy = self._found.row.policy
        self._page.heading(f"The policy: {policy.name}")
        for sentence in self._found.policy:
            self._page.say(f"- {sentence}", 2, 2)
        for used in self._found.hours:
            versions = " and ".join(filter(None, (dates_text([each], self._found.zone) for each in used.versions)))
            held = f" (the version that holds {versions})" if used.whose and versions else ""
            self._page.say(f"- Service hours: {used.name}{held}.", 2, 2)

    def _made_from(self) -> None:
        found, say = self._found, self._page.say
        self._page.heading("What it was made from")
        if found.checks:
            checks = (self._catalogue.checks[check] for check in found.checks)
            say(f"Checks: {', '.join(f'{each.id} (every {duration_text(each.interval)})' for each in checks)}.", 2, 2)
        if found.row.figure.resolution is not None:
            say(f"What is shorter than {duration_text(found.row.figure.resolution)} may have gone unseen.", 2, 2)
        loaded = found.catalogue_loaded
        first = "never loaded by the daemon" if loaded is None else f"first loaded {self._at(loaded)}"
        say(f"Catalogue: {first}, SHA-256", 2, 2)
        say(found.catalogue, 4)
        if found.sealed is not None:
            say(f"Statement {found.label}, version {found.sealed.version}, SHA-256", 2, 2)
            say(found.sealed.digest, 4)
        number, head = found.ledger
        if not number:
            say("Ledger: no entries.", 2, 2)
            return
        say(f"Ledger: {number} {'entry' if number == 1 else 'entries'}, the last with the hash", 2, 2)
        say(head, 4)

    def _at(self, instant: Instant) -> str:
        return moment_text(instant, self._zone)


def _line(term: Term, index: int, finely: bool, *, of_shares: bool = False) -> Line:
    """Return one line of a sum; what is multiplied stands in its name, the product in its value."""
    sign = "-" if term.value < 0 or (term.value == 0 and term.times < 0) else ("" if index == 0 else "+")
    times = abs(term.times)
    if of_shares:
        return sign, term.name, exact_percent(abs(term.value))
    name = term.name if times == 1 else f"{term.name}: {_factor(times)} {plain_minutes(term.amount)}"
    return sign, name, minutes_text(abs(term.value), to_the_microsecond=finely)


def _factor(times: Fraction) -> str:
    return f"{share_text(times)} of" if times < 1 else f"{times} times"
