"""From the text of YAML files to a catalogue whose every reference is checked, or to all that is wrong with it.

Pure: the texts, the probe types' options models and the reader of secrets come from outside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import PurePath
from zoneinfo import ZoneInfo

from ictss_monitor.catalogue.checks import CheckBuilder, OptionsModels
from ictss_monitor.catalogue.entries import Entry, Sections
from ictss_monitor.catalogue.figures import FigureBuilder
from ictss_monitor.catalogue.language import CouncilWords, SettingsWords, SiteWords
from ictss_monitor.catalogue.marks import MarkedMapping
from ictss_monitor.catalogue.model import Catalogue, Council, Settings, Site
from ictss_monitor.catalogue.problems import Problems, Source
from ictss_monitor.catalogue.references import References, validity
from ictss_monitor.catalogue.secrets import SecretReader, Secrets
from ictss_monitor.catalogue.services import ServiceBuilder

__all__ = ["OptionsModels", "SecretReader", "Source", "digest", "parse"]

_URL = re.compile(r"[a-z][a-z0-9]*(\+[a-z0-9]+)?://", re.IGNORECASE)


def parse(sources: Sequence[Source], options_model: OptionsModels, secret: SecretReader) -> Catalogue:
    """Return the catalogue that `sources` make together.

    `options_model` returns the options model of a probe type and raises ProbeKindError for one that does not exist;
    `secret` returns what `env:NAME` or `file:PATH` names and raises SecretError.
    Raises CatalogueError with every problem of every source, a line each, in the order of the sources and their lines.
    """
    problems = Problems()
    sections = Sections(sources, problems)
    references, secrets = References(sections), Secrets(secret, problems)
    settings = _settings(sections, secrets)
    zone = ZoneInfo(settings.zone)
    figures = FigureBuilder(sections, references, zone)
    catalogue = Catalogue(
        digest=digest(sources),
        settings=settings,
        councils=_councils(sections, settings.zone),
        sites=_sites(sections, zone),
        checks=CheckBuilder(sections, references, secrets, options_model, zone).build(),
        services=ServiceBuilder(sections, references, zone).build(),
        areas=figures.areas(),
        baskets=figures.baskets(),
        targets=figures.targets(),
        unwatched=figures.unwatched(),
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


def _settings(sections: Sections, secrets: Secrets) -> Settings:
    """Return the settings of all sources; where one is wrong, what is built in, so that the rest can still be read."""
    said = sections["settings"]
    right: dict[str, object] = {}
    for key, entry in said.items():
        alone = MarkedMapping(entry.line)
        alone[key], alone.key_lines[key] = entry.data, entry.line
        held = Entry(key, entry.source, entry.line, "settings", alone)
        sections.understood(held, SettingsWords)
        if (held.source, held.path) not in sections.broken:
            right[key] = entry.data
        sections.broken.discard((held.source, held.path))
    words = SettingsWords.model_validate(right)
    return Settings(
        store=_store(words.store, said.get("store"), sections.problems, secrets),
        listen_host=words.listen[0],
        listen_port=words.listen[1],
        zone=words.zone,
        vantage=words.vantage,
        minimum_coverage=words.minimum_coverage,
        heartbeat_interval=words.heartbeat_interval,
        probes_in_flight=words.probes_in_flight,
        probes_per_address=words.probes_per_address,
        stop_grace=words.stop_grace,
        evidence_retention=words.evidence_retention,
    )


def _store(text: str, entry: Entry | None, problems: Problems, secrets: Secrets) -> str:
    if entry is None:
        return text
    url = secrets.url(text, entry.place())
    if url is not None and not _URL.match(url):
        what = "the store is not named by a URL; expected one such as sqlite:///ictss-monitor.sqlite"
        problems.add(entry.place(), f"{what} or postgresql://host/name")
    return url or text


def _councils(sections: Sections, zone: str) -> dict[str, Council]:
    councils = {}
    for entry, words in sections.words("councils", CouncilWords):
        own = words.zone or zone
        span = validity(words, ZoneInfo(own), sections, entry)
        councils[entry.id] = Council(entry.id, words.name or entry.id, own, span)
    return councils


def _sites(sections: Sections, zone: ZoneInfo) -> dict[str, Site]:
    return {
        entry.id: Site(entry.id, words.name or entry.id, validity(words, zone, sections, entry))
        for entry, words in sections.words("sites", SiteWords)
    }
