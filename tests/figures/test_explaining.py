"""Explanations from a real store: the figure of `kpi`, with what was observed at the edges of its outages."""

from __future__ import annotations

import pytest
from support.command_line import BROKE, INTERVAL, OCTOBER, OUTAGE, runs_of_october
from support.timelines import catalogue, watched

from ictss_monitor.availability.periods import parse
from ictss_monitor.availability.reckoning import Key
from ictss_monitor.catalogue.model import Area, CheckRef, Provision, Service, Subject
from ictss_monitor.clock import DAY, MINUTE, SECOND, Instant
from ictss_monitor.explanation.explanation import Explanation
from ictss_monitor.figures import explaining
from ictss_monitor.figures.kpis import kpi_table
from ictss_monitor.figures.sealing import Signature, seal
from ictss_monitor.ledger.acts import Declare, Extent
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.store import ledger
from ictss_monitor.store.catalogues import CatalogueVersion, add_catalogue_version
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import add_observations, add_runs, put_open_runs
from ictss_monitor.store.heartbeat import Heartbeat, put_heartbeat
from ictss_monitor.store.outages import put_outages

WEBSITE = Service("website", "Website", {"fenshire": (Provision("website", "fenshire", CheckRef("web")),)})
HELD = catalogue([watched("web", ["fenshire"]), WEBSITE], ["fenshire"], areas=[Area("net", "Net", ("website", "web"))])
KEY = Key(Subject.SERVICE, "website", "fenshire")
MONTH = parse("2024-10")
NOW = OCTOBER.end + DAY
MENDED = BROKE + 5 * MINUTE


async def record(store: Store) -> None:
    """Write October as the recorder does: five minutes down, with the observations around both edges."""
    runs = runs_of_october()
    instants = [*range(BROKE - 4 * INTERVAL, MENDED + 5 * INTERVAL, INTERVAL)]
    async with store.write() as tx:
        await add_runs(tx, runs[:-1])
        await put_open_runs(tx, runs[-1:])
        await put_outages(tx, [OUTAGE])
        await put_heartbeat(tx, Heartbeat("local", NOW, NOW))
        await add_observations(tx, [Observation("web", "local", at, finding(at)) for at in instants])
        await add_catalogue_version(tx, CatalogueVersion(HELD.digest, OCTOBER.start, ""))


def finding(instant: Instant) -> Finding:
    """Return what was found of the check at an instant."""
    return Finding(Outcome.DOWN, Reason.REFUSED) if BROKE <= instant < MENDED else Finding(Outcome.UP)


async def explained(store: Store, key: Key = KEY) -> Explanation:
    """Return the explanation of October."""
    return await explaining.explanation(store, HELD, key, MONTH, NOW)


@pytest.mark.parametrize("key", [KEY, Key(Subject.AREA, "net", None), Key(Subject.COUNCIL, "fenshire", "fenshire")])
async def test_it_explains_the_figure_of_the_table(store: Store, key: Key) -> None:
    """The figure, its uncorrected twin and its target are those that `kpi` prints."""
    await record(store)
    async with store.write() as tx:
        phoned = Extent("website", "fenshire", BROKE + DAY, BROKE + DAY + 7 * MINUTE)
        await ledger.append(tx, Declare(phoned, Outcome.DOWN), at=NOW - SECOND, who="ann", why="phoned in")
    table = await kpi_table(store, HELD, MONTH, NOW)
    found = await explained(store, key)
    assert found.row == table.row(key.subject, key.id, key.council)
    assert {step.name: step.value for step in found.steps}["availability"] == found.row.figure.value
    assert found.ledger[0] == 1
    assert (found.catalogue, found.catalogue_loaded) == (HELD.digest, OCTOBER.start)


async def test_the_observations_around_each_edge(store: Store) -> None:
    """Three before and three from each edge on, of the check that caused the outage, in order."""
    await record(store)
    begin, end = (await explained(store)).edges
    assert [(each.edge, each.check, each.outage) for each in (begin, end)] == [
        ("begin", "web", OUTAGE),
        ("end", "web", OUTAGE),
    ]
    for seen, edge in ((begin, BROKE), (end, MENDED)):
        assert [each.instant for each in seen.observations] == [edge + at * INTERVAL for at in range(-3, 3)]
    assert [each.finding.outcome.value for each in begin.observations] == ["up"] * 3 + ["down"] * 3


async def test_long_unseen_before_an_outage_the_last_good_one_is_shown(store: Store) -> None:
    """Where nothing was seen for an hour before it failed, the observation before that hour is the one that tells."""
    await record(store)
    last = BROKE + DAY
    first = last + 60 * MINUTE
    late = type(OUTAGE)(*OUTAGE.key[:3], last, first, first, None, None, ("web",))
    async with store.write() as tx:
        await put_outages(tx, [late])
        down = Finding(Outcome.DOWN, Reason.TIMEOUT)
        await add_observations(
            tx, [Observation("web", "local", last, Finding(Outcome.UP)), Observation("web", "local", first, down)]
        )
        told = Extent("website", "fenshire", first, first + 5 * MINUTE)
        await ledger.append(tx, Declare(told, Outcome.DOWN), at=NOW - SECOND, who="ann", why="phoned in")
    found = await explained(store)
    (seen,) = [each for each in found.edges if each.outage == late]
    assert [each.instant for each in seen.observations] == [last, first]


async def test_only_the_first_outages_have_their_edges(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many outages there are, a bounded number of observations is read, and what is left out is told."""
    await record(store)
    monkeypatch.setattr(explaining, "EDGES_OF", 0)
    found = await explained(store)
    assert (found.edges, found.edges_left_out) == ((), 1)


async def test_a_catalogue_that_was_never_loaded(store: Store) -> None:
    """A figure from a catalogue that the daemon does not know says so; an empty ledger is one."""
    found = await explained(store)
    assert found.catalogue_loaded is None
    assert found.ledger == (0, "0" * 64)
    assert found.outages == ()


async def test_a_sealed_period_tells_what_is_sealed(store: Store) -> None:
    """What was sealed stands beside what comes out now, once somebody has corrected something since."""
    await record(store)
    await seal(store, HELD, "source", MONTH, NOW, Signature("ann"))
    same = (await explained(store)).sealed
    assert same is not None
    assert same.row is not None
    assert (same.version, same.row.lost) == (1, 5 * MINUTE)
    async with store.write() as tx:
        phoned = Extent("website", "fenshire", BROKE + DAY, BROKE + DAY + 7 * MINUTE)
        await ledger.append(tx, Declare(phoned, Outcome.DOWN), at=NOW - SECOND, who="ann", why="phoned in")
    found = await explained(store)
    assert found.sealed == same
    assert found.row.lost == 12 * MINUTE


async def test_the_mean_of_a_year_takes_sealed_months_as_they_are(store: Store) -> None:
    """A month that is sealed stands in the mean with its sealed figure, and says so."""
    await record(store)
    await seal(store, HELD, "source", MONTH, NOW, Signature("ann"))
    async with store.write() as tx:
        phoned = Extent("website", "fenshire", BROKE + DAY, BROKE + DAY + 7 * MINUTE)
        await ledger.append(tx, Declare(phoned, Outcome.DOWN), at=NOW - SECOND, who="ann", why="phoned in")
    year = parse("2024")
    found = await explaining.explanation(store, HELD, KEY, year, NOW)
    october = found.parts[9]
    assert (october.name, october.figure.lost) == ("2024-10, as sealed", 5 * MINUTE)
    table = await kpi_table(store, HELD, year, NOW)
    assert found.row.figure == getattr(table.row(KEY.subject, KEY.id, KEY.council), "figure", None)
    assert {step.name: step.value for step in found.steps}["availability"] == found.row.figure.value
