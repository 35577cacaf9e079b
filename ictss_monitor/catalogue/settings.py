"""Settings of all sources, and the reports that are made by themselves."""

from __future__ import annotations

import re
from typing import Any

from ictss_monitor.catalogue.entries import Entry, Sections
from ictss_monitor.catalogue.marks import MarkedMapping
from ictss_monitor.catalogue.model import Settings
from ictss_monitor.catalogue.problems import Problems
from ictss_monitor.catalogue.references import References
from ictss_monitor.catalogue.secrets import Secrets
from ictss_monitor.catalogue.settings_words import MailWords, MonthCloseWords, ReportWords, SettingsWords
from ictss_monitor.catalogue.terms import Mail, MonthClose, ReportPlan

_URL = re.compile(r"[a-z][a-z0-9]*(\+[a-z0-9]+)?://", re.IGNORECASE)


def settings(sections: Sections, references: References, secrets: Secrets) -> Settings:
    """Return the settings of all sources; where one is wrong, what is built in, so that the rest can still be read."""
    said = sections["settings"]
    right = {key: data for key, entry in said.items() if (data := _right(entry, sections, secrets)) is not None}
    words = SettingsWords.model_validate(right)
    if words.month_close.calendar is not None:
        references.known("calendar", words.month_close.calendar, said["month_close"].place("calendar"))
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
        month_close=_month_close(words.month_close),
        mail=_mail(words.mail) if words.mail is not None else None,
    )


def _right(entry: Entry, sections: Sections, secrets: Secrets) -> Any:
    """Return what a setting says, with its secrets read; None, with a problem, where it is wrong."""
    data = entry.data
    if entry.id == "mail" and isinstance(data, MarkedMapping):
        filled = secrets.filled(MailWords, data, entry.place)
        if filled is None:
            return None
        data = MarkedMapping(data.line, filled, data.key_lines)
    alone = MarkedMapping(entry.line, {entry.id: data}, {entry.id: entry.line})
    held = Entry(entry.id, entry.source, entry.line, "settings", alone)
    sections.understood(held, SettingsWords)
    broken = (held.source, held.path) in sections.broken
    sections.broken.discard((held.source, held.path))
    return None if broken else data


def _store(text: str, entry: Entry | None, problems: Problems, secrets: Secrets) -> str:
    if entry is None:
        return text
    url = secrets.url(text, entry.place())
    if url is not None and not _URL.match(url):
        what = "the store is not named by a URL; expected one such as sqlite:///ictss-monitor.sqlite"
        problems.add(entry.place(), f"{what} or postgresql://host/name")
    return url or text


def _month_close(words: MonthCloseWords) -> MonthClose:
    return MonthClose(words.working_day, words.hour, words.calendar, words.seal == "automatic")


def _mail(words: MailWords) -> Mail:
    password = words.password.get_secret_value() if words.password is not None else None
    return Mail(words.host, words.port, words.sender, words.starttls, words.username, password)


def reports(sections: Sections, references: References) -> dict[str, ReportPlan]:
    """Return every report that is made by itself and can be understood, by id."""
    made = {}
    for entry, words in sections.words("reports", ReportWords):
        if words.council is not None:
            references.known("council", words.council, entry.place("council"))
        if words.mail_to and "mail" not in sections["settings"]:
            what = "there is no relay to send it through; expected mail: in settings, or no mail_to:"
            sections.problems.add(entry.place("mail_to"), what)
        made[entry.id] = ReportPlan(
            entry.id, words.every, words.folder, tuple(words.formats), words.council, tuple(words.mail_to)
        )
    return made
