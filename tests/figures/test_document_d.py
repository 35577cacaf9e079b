"""Document D's quarter from end to end: a catalogue in YAML, evidence and ledger in a store, the published figures out.

Every instant is made up, but for the outage of the data-centre server on 3 September 2019.
"""

from __future__ import annotations

from fractions import Fraction

from support.catalogues import catalogue
from support.observing import DEGRADED, DOWN, INTERVAL, UP, observed, record, times
from support.paper_tables import LONDON, extent, local, row

from ictss_monitor.availability.periods import parse
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.clock import DAY, HOUR, MINUTE
from ictss_monitor.figures.kpis import kpi_table
from ictss_monitor.judging.evidence import Run
from ictss_monitor.ledger.acts import Attribute, Declare
from ictss_monitor.probe import Outcome
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store

CATALOGUE = """
councils: {ccc: , hdc: , scdc: }
settings: {zone: Europe/London}
checks:
  internet: {probe: icmp, address: 192.0.2.1, interval: 30s, supplier: The internet provider}
  firewall: {probe: icmp, address: 192.0.2.2, interval: 30s}
  oxe: {probe: icmp, address: 192.0.2.3, interval: 30s}
  exchange: {probe: icmp, address: 192.0.2.4, interval: 30s}
  site: {probe: icmp, address: 192.0.2.5, interval: 30s}
  server: {probe: icmp, address: 192.0.2.6, interval: 30s}
services:
  wan: {councils: [ccc, hdc, scdc], rule: {all: [internet, firewall]}}
  telephony: {councils: [hdc], rule: oxe}
  mail: {councils: [ccc], rule: exchange}
  web: {councils: [ccc], rule: site}
  servers: {councils: [hdc], rule: server}
areas:
  network: {services: [wan, telephony], policy: paper}
  email: {services: [mail], policy: paper}
  internet-web: {services: [web], policy: paper}
  servers: {services: [servers], policy: paper}
baskets:
  kpi-2: {areas: [network, email, internet-web, servers], combine: sum, policy: paper}
  kpi-2-any: {areas: [network, email, internet-web, servers], combine: union, policy: paper}
  kpi-2-net-of-plans: {areas: [network, email, internet-web, servers], combine: sum, policy: unplanned}
policies:
  paper: {degraded: down, maintenance: down, rounding: cut}
  unplanned: {degraded: down, maintenance: exclude, notice: 7d}
maintenance:
  updates:
    over: {checks: [firewall]}
    why: Updates that the supplier recommended
    begin: 2019-08-04T07:00
    end: '07:30'
    announced: 2019-07-20
targets:
  - {basket: kpi-2, percent: 95}
"""
QUARTER = parse("FY2019/20-Q2")
PERIOD = QUARTER.within(LONDON)


def failing(check: str, outages: dict[str, tuple[Outcome, int]]) -> list[Run]:
    """Return what a check observed from the day before the quarter on: outages of so many minutes by their begin."""
    pieces: list[tuple[Outcome, int]] = []
    begin = at = PERIOD.start - DAY
    for text, (outcome, minutes) in outages.items():
        pieces += [(UP, times(local(text) - at)), (outcome, times(minutes * MINUTE))]
        at = local(text) + minutes * MINUTE
    return observed(check, begin, *pieces, (UP, times(PERIOD.end + HOUR - at)))


async def fill(store: Store) -> None:
    """Put in the store what was observed, and what people said of it afterwards."""
    await record(
        store,
        failing("internet", {"2019-07-17T09:00": (DEGRADED, 180)}),
        failing("firewall", {"2019-08-04T07:00": (DOWN, 30)}),
        failing("oxe", {"2019-07-09T10:00": (DOWN, 40)}),
        failing("exchange", {"2019-08-20T14:00": (DOWN, 60)}),
        failing("site", {"2019-08-20T14:00": (DOWN, 60)}),
        failing("server", {"2019-09-03T16:30": (DOWN, 180)}),
        watermark=PERIOD.end + HOUR,
    )
    provider = Attribution(Fault.THIRD_PARTY, "A provider")
    async with store.write() as tx:
        await ledger.append_all(
            tx,
            [
                Attribute(extent("telephony", "hdc", "2019-07-09T10:00", 40), provider),
                Attribute(extent("mail", "ccc", "2019-08-20T14:00", 60), provider),
                Attribute(extent("web", "ccc", "2019-08-20T14:00", 60), provider),
                Declare(extent("web", "ccc", "2019-09-12T11:00", 10), DOWN),
            ],
            at=PERIOD.end + HOUR,
            who="A. Archer",
            why="As the paper tells",
        )


async def test_the_published_figure_comes_out_of_the_store(store: Store) -> None:
    """560 minutes, ten of them phoned in, 99.57 % by sum and cut; the union 500; net of third parties 220."""
    await fill(store)
    table = await kpi_table(store, catalogue(CATALOGUE), QUARTER, PERIOD.end + HOUR)
    added, union = (row(table, Subject.BASKET, id_) for id_ in ("kpi-2", "kpi-2-any"))
    minutes = {
        id_: row(table, Subject.AREA, id_).figure.lost for id_ in ("network", "email", "internet-web", "servers")
    }
    assert list(minutes.values()) == [250 * MINUTE, 60 * MINUTE, 70 * MINUTE, 180 * MINUTE]
    assert (added.figure.lost, added.text, added.figure.coverage) == (560 * MINUTE, "99.57 %", 1)
    assert (added.figure.third_party, added.figure.planned) == (340 * MINUTE, 30 * MINUTE)
    assert added.figure.net.value == 1 - Fraction(220, 132_480)
    assert (union.figure.lost, union.text) == (500 * MINUTE, "99.62 %")
    assert added.uncorrected is not None
    assert (added.uncorrected.lost, added.uncorrected.third_party) == (550 * MINUTE, 180 * MINUTE)


async def test_planned_work_announced_in_time_leaves_the_figure(store: Store) -> None:
    """Announced a fortnight before, where a week is asked for: 530 minutes are left, all but five intervals surely."""
    await fill(store)
    table = await kpi_table(store, catalogue(CATALOGUE), QUARTER, PERIOD.end + HOUR)
    figure = row(table, Subject.BASKET, "kpi-2-net-of-plans").figure
    assert (figure.lost, figure.forgiven) == (530 * MINUTE, 30 * MINUTE)
    assert figure.surely_lost == 530 * MINUTE - 5 * INTERVAL
