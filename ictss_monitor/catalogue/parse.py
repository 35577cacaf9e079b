"""From the text of YAML files to a catalogue whose every reference is checked, or to all that is wrong with it.

Pure: the texts, the probe types' options models and the reader of secrets come from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from pathlib import PurePath
from zoneinfo import ZoneInfo

from ictss_monitor.catalogue.calendars import CalendarBuilder
from ictss_monitor.catalogue.checks import CheckBuilder, OptionsModels
from ictss_monitor.catalogue.entries import Sections
from ictss_monitor.catalogue.figures import FigureBuilder
from ictss_monitor.catalogue.language import CouncilWords, SiteWords
from ictss_monitor.catalogue.model import Catalogue, Council, Site
from ictss_monitor.catalogue.policies import attribution, major_incidents, policies
from ictss_monitor.catalogue.problems import Problems, Source
from ictss_monitor.catalogue.references import References, validity, weights
from ictss_monitor.catalogue.secrets import SecretReader, Secrets
from ictss_monitor.catalogue.services import ServiceBuilder
from ictss_monitor.catalogue.settings import reports, settings
from ictss_monitor.catalogue.windows import WindowBuilder

__all__ = ["OptionsModels", "SecretReader", "Source", "digest", "parse"]


def parse(sources: Sequence[Source], options_model: OptionsModels, secret: SecretReader) -> Catalogue:
    """Return the catalogue that `sources` make together.

    `options_model` returns the options model of a probe type and raises ProbeKindError for one that does not exist;
    `secret` returns what `env:NAME` or `file:PATH` names and raises SecretError.
    Raises CatalogueError with every problem of every source, a line each, in the order of the sources and their lines.
    """
    problems = Problems()
    sections = Sections(sources, problems)
    references, secrets = References(sections), Secrets(secret, problems)
    held = settings(sections, references, secrets)
    zone = ZoneInfo(held.zone)
    figures = FigureBuilder(sections, references, zone)
    catalogue = Catalogue(
        digest=digest(sources),
        settings=held,
        councils=_councils(sections, references, held.zone),
        sites=_sites(sections, zone),
        checks=CheckBuilder(sections, references, secrets, options_model, zone).build(),
        services=ServiceBuilder(sections, references, zone).build(),
        areas=figures.areas(),
        baskets=figures.baskets(),
        targets=figures.targets(),
        unwatched=figures.unwatched(),
        calendars=CalendarBuilder(sections, zone).build(),
        windows=WindowBuilder(sections, references, held.zone).build(),
        policies=policies(sections, references, held.minimum_coverage),
        major_incidents=major_incidents(sections, references, zone),
        reports=reports(sections, references),
    )
    if problems:
        raise problems.error([source.name for source in sources])
    return catalogue


def digest(sources: Sequence[Source]) -> str:
    """Return the SHA-256 of file names and texts: the same wherever the folder stands and however it was named."""
    whole = sha256()
    for source in sources:
        for part in (PurePath(source.name).name, source.text):
            held = part.encode("utf-8", "surrogatepass")
            whole.update(len(held).to_bytes(8, "big"))
            whole.update(held)
    return whole.hexdigest()


def _councils(sections: Sections, references: References, zone: str) -> dict[str, Council]:
    councils = {}
    for entry, words in sections.words("councils", CouncilWords):
        own = ZoneInfo(words.zone or zone)
        references.known("policy", words.policy, entry.place("policy"))
        span = validity(words, own, sections, entry)
        users = weights([(Fraction(each.users), each) for each in words.users or ()], own, sections, entry, "users")
        councils[entry.id] = Council(entry.id, words.name or entry.id, own.key, span, users, words.policy)
    return councils


def _sites(sections: Sections, zone: ZoneInfo) -> dict[str, Site]:
    return {
        entry.id: Site(entry.id, words.name or entry.id, validity(words, zone, sections, entry), attribution(words))
        for entry, words in sections.words("sites", SiteWords)
    }
