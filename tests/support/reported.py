"""An estate with something to say in every part of a report, and a store that holds a year and a half of it.

All of it is made up.
"""

from __future__ import annotations

from collections.abc import Iterator

from support.catalogues import catalogue
from support.observing import DOWN, INTERVAL, UP, observed, record, times

from ictss_monitor.availability.periods import instant_of, parse
from ictss_monitor.catalogue.model import Catalogue, checks_of
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.outages import Outage
from ictss_monitor.ledger.acts import Attribute, Declare, Extent
from ictss_monitor.reporting.content import Report
from ictss_monitor.reports.building import build
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store
from ictss_monitor.store.outages import put_outages

CHECK = "probe: icmp, address: 192.0.2.1, interval: 30s, fall: 2, rise: 2"
TEXT = f"""
councils:
  ccc: {{name: Cambridge City}}
  hdc: {{name: Huntingdonshire}}
  scdc: {{name: South Cambridgeshire, from: 2026-10-15}}
checks:
  mail: {{name: Mail server, {CHECK}}}
  web: {{name: Web server, {CHECK}, supplier: Fennet}}
  phone: {{name: Telephone exchange, {CHECK}}}
services:
  email: {{name: Email, councils: [ccc, hdc], rule: mail}}
  website:
    name: Website
    councils: {{ccc: {{rule: web}}, hdc: {{rule: web, hosted_externally: true}}, scdc: {{rule: web}}}}
  telephony: {{name: Telephony, councils: {{ccc: {{rule: phone}}, hdc: {{hosted_externally: true}}}}}}
areas:
  mail: {{name: Mail, services: [email]}}
  net: {{name: Network and web, services: [website, telephony]}}
baskets:
  kpi: {{name: Critical systems, areas: [mail, net], combine: sum}}
targets:
  - {{basket: kpi, percent: 99}}
  - {{service: email, percent: 99.9, until: 2026-03-31}}
  - {{service: email, percent: 99.8, from: 2026-04-01}}
  - {{service: website, percent: 99.95}}
  - {{service: website, percent: 99, councils: [hdc]}}
major_incidents:
  hour: {{name: An hour for two councils, lasting: 1h, at_least_councils: 2}}
unwatched:
  ups: {{name: UPS at the depot, why: No network card, councils: [hdc]}}
"""

BEGIN: Instant = parse("2025-06").within("Europe/London").start
NOW: Instant = parse("2026-11").within("Europe/London").start + 20 * DAY
HISTORY: dict[str, tuple[tuple[str, int], ...]] = {
    "mail": (("2025-09-03T16:30", 180), ("2026-09-03T10:00", 90), ("2026-10-08T12:00", 60)),
    "web": (("2026-02-02T09:00", 300), ("2026-10-20T02:00", 30)),
    "phone": (("2026-10-08T12:30", 10),),
}
"""By check when it went down, in local time, and for how many minutes."""


def at(text: str) -> Instant:
    """Return the instant of a time in London."""
    return instant_of(text, "Europe/London")


def estate() -> Catalogue:
    """Return the estate."""
    return catalogue(TEXT)


MAIL = Extent("email", "ccc", at("2026-10-08T12:00"), at("2026-10-08T13:00"))
"""What of the mail server's outage in October was Cambridge City's."""


async def report(
    store: Store, period: str = "2026-10", council: str | None = None, *, recompute: bool = False
) -> Report:
    """Return the report on a period, as it is made on 21 November 2026."""
    return await build(store, estate(), parse(period), NOW, council=council, recompute=recompute)


async def enter(store: Store, act: Attribute | Declare) -> None:
    """Let Ann enter something into the ledger."""
    async with store.write() as tx:
        await ledger.append(tx, act, at=NOW - HOUR, who="ann", why="the probe's own fault")


async def remember(store: Store, now: Instant = NOW) -> None:
    """Record all of `HISTORY` up to `now`: the runs of every check, and the outages that they mean."""
    await record(store, *(_runs(check, now) for check in HISTORY), watermark=now)
    async with store.write() as tx:
        await put_outages(tx, _outages(estate()))


def _runs(check: str, now: Instant) -> list[Run]:
    pieces = []
    reached = BEGIN
    for begin, minutes in HISTORY[check]:
        pieces += [(UP, times(at(begin) - reached)), (DOWN, times(minutes * MINUTE))]
        reached = at(begin) + minutes * MINUTE
    return observed(check, BEGIN, *pieces, (UP, times(now - reached)))


def _outages(held: Catalogue) -> Iterator[Outage]:
    for provision in held.provisions():
        for check in checks_of(provision.rule) if provision.rule is not None else ():
            for begin, minutes in HISTORY[check]:
                first = at(begin)
                end = first + minutes * MINUTE
                yield Outage(
                    service=provision.service,
                    council=provision.council,
                    level=DOWN,
                    last_seen_up=first - INTERVAL,
                    first_seen_down=first,
                    last_seen_down=end - INTERVAL,
                    first_seen_up=end,
                    end=end,
                    causes=(check,),
                )
