"""Checks: what they say, what their probe type's defaults say, and what is built in, made into frozen objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from ictss_monitor.catalogue.built_in_limits import BUILT_IN_LIMITS
from ictss_monitor.catalogue.built_in_trends import BUILT_IN_TRENDS
from ictss_monitor.catalogue.entries import Entry, Sections
from ictss_monitor.catalogue.explain import explained
from ictss_monitor.catalogue.language import CheckWords, PaceWords
from ictss_monitor.catalogue.limit_words import BoundsWords
from ictss_monitor.catalogue.model import Check, Limit
from ictss_monitor.catalogue.policies import attribution
from ictss_monitor.catalogue.problems import Place
from ictss_monitor.catalogue.references import References, validity
from ictss_monitor.catalogue.secrets import Secrets
from ictss_monitor.catalogue.values import spelt
from ictss_monitor.clock import SECOND, Duration
from ictss_monitor.errors import ProbeKindError
from ictss_monitor.probe import Outcome, ProbeOptions

OptionsModels = Callable[[str], type[ProbeOptions]]
"""Returns the options model of a probe type; raises ProbeKindError, which names the types there are."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a check runs and how quickly it is believed. Durations in microseconds."""

    interval: Duration
    time_limit: Duration
    retry_interval: Duration
    fall: int
    rise: int


BUILT_IN: Final[Mapping[str, Pace]] = {
    "icmp": Pace(30 * SECOND, 3 * SECOND, 5 * SECOND, 3, 2),
    "tcp": Pace(30 * SECOND, 5 * SECOND, 10 * SECOND, 2, 2),
    "dns": Pace(30 * SECOND, 4 * SECOND, 10 * SECOND, 2, 2),
    "dhcp": Pace(60 * SECOND, 10 * SECOND, 15 * SECOND, 2, 2),
    "http": Pace(60 * SECOND, 10 * SECOND, 15 * SECOND, 2, 2),
    "smtp": Pace(60 * SECOND, 10 * SECOND, 15 * SECOND, 2, 2),
    "imap": Pace(60 * SECOND, 10 * SECOND, 15 * SECOND, 2, 2),
    "mx": Pace(300 * SECOND, 15 * SECOND, 30 * SECOND, 2, 2),
    "ldap": Pace(30 * SECOND, 5 * SECOND, 10 * SECOND, 2, 2),
    "sip": Pace(30 * SECOND, 5 * SECOND, 10 * SECOND, 2, 2),
    "environment": Pace(60 * SECOND, 20 * SECOND, 15 * SECOND, 2, 2),
    "snmp": Pace(60 * SECOND, 6 * SECOND, 15 * SECOND, 2, 2),
    "ups": Pace(60 * SECOND, 10 * SECOND, 15 * SECOND, 2, 2),
}
"""What holds where neither the check nor `defaults:` says anything."""
OTHERWISE: Final = Pace(60 * SECOND, 10 * SECOND, 15 * SECOND, 2, 2)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is known of one probe type: None for a model that does not exist."""

    model: type[ProbeOptions] | None
    trouble: str
    entry: Entry | None
    words: PaceWords
    pace: Pace


class CheckBuilder:
    """Builds the checks of all sources."""

    def __init__(
        self, sections: Sections, references: References, secrets: Secrets, options_model: OptionsModels, zone: ZoneInfo
    ) -> None:
        self._sections = sections
        self._problems = sections.problems
        self._references = references
        self._secrets = secrets
        self._options_model = options_model
        self._zone = zone
        self._kinds: dict[str, _Kind] = {}

    def build(self) -> dict[str, Check]:
        """Return every check that is right, by id; problems tell of the others and of the defaults."""
        for kind, entry in self._sections["defaults"].items():
            if trouble := self._kind(kind).trouble:
                self._problems.add(entry.place(), trouble)
        built = (self._check(entry, words) for entry, words in self._sections.words("checks", CheckWords))
        return {check.id: check for check in built if check is not None}

    def _kind(self, name: str) -> _Kind:
        if name not in self._kinds:
            self._kinds[name] = self._find_kind(name)
        return self._kinds[name]

    def _find_kind(self, name: str) -> _Kind:
        entry = self._sections["defaults"].get(name)
        words = self._sections.understood(entry, PaceWords) if entry and entry.data is not None else None
        words, built_in = words or PaceWords(), BUILT_IN.get(name, OTHERWISE)
        try:
            model, trouble = self._options_model(name), ""
        except ProbeKindError as error:
            model, trouble = None, str(error)
        pace = self._pace(words, built_in, entry)
        return _Kind(model, trouble, entry, words, pace)

    def _check(self, entry: Entry, words: CheckWords) -> Check | None:
        kind = self._kind(words.probe)
        if words.site is not None:
            self._references.known("site", words.site, entry.place("site"))
        pace = self._pace(words, kind.pace, entry)
        span = validity(words, self._zone, self._sections, entry)
        if kind.model is None:
            self._problems.add(entry.place("probe"), kind.trouble)
            return None
        options = self._options(entry, words, kind, kind.model)
        if options is None:
            return None
        return Check(
            id=entry.id,
            name=words.name or entry.id,
            probe=words.probe,
            options=options,
            site=words.site,
            interval=pace.interval,
            time_limit=pace.time_limit,
            retry_interval=pace.retry_interval,
            fall=pace.fall,
            rise=pace.rise,
            limits=_limits(words.probe, words, kind.words),
            tags=words.tags,
            validity=span,
            attribution=attribution(words),
            trend=_trend(words.probe, kind.words, words),
        )

    def _pace(self, words: PaceWords, default: Pace, entry: Entry | None) -> Pace:
        """Lay `words` over `default`; a default that is longer than the interval shrinks, what is written does not."""
        interval = words.interval or default.interval
        guessed = words.interval is None and entry is not None and entry.says("interval")
        for key, length in (("time_limit", words.time_limit), ("retry_interval", words.retry_interval)):
            if length is not None and length > interval and entry is not None and not guessed:
                what = f"{spelt(length)} is longer than the interval, {spelt(interval)}"
                self._problems.add(
                    entry.place(key), f"{what}; expected {spelt(interval)} or less, or a longer interval"
                )
        return Pace(
            interval,
            words.time_limit or min(default.time_limit, interval),
            words.retry_interval or min(default.retry_interval, interval),
            words.fall or default.fall,
            words.rise or default.rise,
        )

    def _options(self, entry: Entry, words: CheckWords, kind: _Kind, model: type[ProbeOptions]) -> ProbeOptions | None:
        def place(*keys: str | int) -> Place:
            if keys[:1] == ("address",):
                return entry.place("address")
            if keys and keys[0] not in words.options and keys[0] in kind.words.options and kind.entry is not None:
                return kind.entry.place("options", *keys)
            return entry.place("options", *keys)

        if "address" in words.options or "address" in kind.words.options:
            self._problems.add(place("address"), "address stands among the options; write address: beside probe:")
            return None
        said: dict[str, Any] = {"address": words.address, **kind.words.options, **words.options}
        data = self._secrets.filled(model, said, place)
        if data is None:
            return None
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for keys, what in explained(error, model, data, self._problems, options=True):
                self._problems.add(place(*keys), what)
            return None


def _limits(kind: str, words: PaceWords, default: PaceWords) -> tuple[Limit, ...]:
    """Return the limits of a check: its own word beats its type's defaults, and those beat what is built in."""
    built_in = BUILT_IN_LIMITS.get(kind, ())
    return (
        *_of(Outcome.DOWN, built_in, default.down, words.down),
        *_of(Outcome.DEGRADED, built_in, default.degraded, words.degraded),
    )


def _of(outcome: Outcome, built_in: tuple[Limit, ...], *said: Mapping[str, BoundsWords | None]) -> Iterator[Limit]:
    limits: dict[str, Limit | None] = {limit.measurement: limit for limit in built_in if limit.outcome is outcome}
    for bounds in said:
        for name, each in bounds.items():
            limits[name] = None if each is None else _limit(name, outcome, each)
    return (limit for limit in limits.values() if limit is not None)


def _limit(name: str, outcome: Outcome, said: BoundsWords) -> Limit:
    clear = said.clear or (None,)
    return Limit(
        name,
        outcome,
        said.above,
        said.below,
        said.when,
        clear_above=None if said.above is None else clear[-1],
        clear_below=None if said.below is None else clear[0],
        hold=said.hold or 0,
        clear_hold=said.clear_hold or 0,
    )


def _trend(kind: str, *said: PaceWords) -> tuple[str, ...]:
    """Return the measurements whose trend is kept, each once: what is built in, and what each of `said` adds to it."""
    names = BUILT_IN_TRENDS.get(kind, ())
    for words in said:
        names = () if words.trend is None else (*names, *words.trend)
    return tuple(dict.fromkeys(names))
