"""Which past figures another catalogue would change, from a real store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from fractions import Fraction

import pytest
from structlog.testing import capture_logs
from support.catalogues import catalogue as parsed
from support.catalogues import options_model
from support.clock import FakeClock
from support.observing import DOWN, MONTH, UP, observed, record, times
from support.timelines import catalogue, check, watched

from ictss_monitor.catalogue.model import Catalogue, Subject, Target
from ictss_monitor.catalogue.parse import Source, digest
from ictss_monitor.catalogue.version import joined
from ictss_monitor.clock import DAY, HOUR, Instant
from ictss_monitor.errors import StoreError
from ictss_monitor.figures.past import MONTHS, Month, PastFigures, changed_months, last_loaded
from ictss_monitor.ledger.acts import Declare, Extent, Imported
from ictss_monitor.store.catalogues import CatalogueVersion, add_catalogue_version
from ictss_monitor.store.engine import Store
from ictss_monitor.store.imports import add_import
from ictss_monitor.store.ledger import append
from ictss_monitor.store.sealed import add_statement

NOW = MONTH.end + 20 * DAY
WEB = catalogue([watched("web", ["ccc"])])
STRICT = replace(WEB, targets=(Target(Subject.SERVICE, "web", Fraction(9999, 10_000)),))


async def changed(store: Store, old: Catalogue, new: Catalogue, now: Instant = NOW) -> list[Month]:
    """Return all months that are compared."""
    return [month async for month in changed_months(store, old, new, now)]


def lines(months: list[Month]) -> list[str]:
    """Return what differs of the service, in words."""
    found = ((month.label, each) for month in months for each in month.differences)
    return [f"{label}, {each.text}" for label, each in found if each.row.subject is Subject.SERVICE]


async def october_and_november(store: Store) -> None:
    """Record an hour that was lost in October, and all else up until now."""
    await record(
        store, observed("web", MONTH.start, (UP, 100), (DOWN, times(HOUR)), (UP, times(60 * DAY))), watermark=NOW
    )


async def test_the_same_catalogue_changes_nothing(store: Store) -> None:
    """Every month is compared that anything was measured in, the running one first."""
    await october_and_november(store)
    assert await changed(store, WEB, WEB) == [Month("2026-11"), Month("2026-10")]


async def test_a_target_changes_verdicts(store: Store) -> None:
    """A new target without a date is that of the past too."""
    await october_and_november(store)
    assert lines(await changed(store, WEB, STRICT)) == [
        "2026-11, Web for ccc: still 100 %; target none -> 99.99 %; verdict none -> green",
        "2026-10, Web for ccc: still 99.87 %; target none -> 99.99 %; verdict none -> red",
    ]


async def test_a_check_that_confirms_later_changes_figures(store: Store) -> None:
    """What was an outage is none where more failures are needed than there were."""
    await october_and_november(store)
    patient = replace(WEB, checks={"web": replace(check("web"), fall=1_000)})
    assert lines(await changed(store, WEB, patient)) == ["2026-10, Web for ccc: 99.87 % -> 100 %; lost 1 h -> 0 s"]


async def test_services_that_come_and_go(store: Store) -> None:
    """A figure that appears or disappears is told; a new service that nobody measured then has none."""
    await october_and_november(store)
    renamed = replace(watched("web", ["ccc"]), id="site", name="Site")
    unseen = watched("mail", ["ccc"])
    new = replace(catalogue([renamed, unseen]), checks={"web": check("web"), "mail": check("mail")})
    assert [line for line in lines(await changed(store, WEB, new)) if line.startswith("2026-10")] == [
        "2026-10, Site for ccc: appears, 99.87 %",
        "2026-10, Web for ccc: disappears, was 99.87 %",
    ]


async def test_a_sealed_month_stays(store: Store) -> None:
    """It is named with its version, and nothing is compared."""
    await october_and_november(store)
    async with store.write() as tx:
        await add_statement(tx, label="2026-10", content="{}", catalogue="", evidence="", at=1, who="ann")
    months = await changed(store, WEB, STRICT)
    assert [(month.label, month.sealed, len(month.differences)) for month in months] == [
        ("2026-11", None, 1),
        ("2026-10", 1, 0),
    ]


async def test_months_in_which_nothing_was_measured_are_left_out(store: Store) -> None:
    """A store that was silent for years has no figure of them; older months still come."""
    await october_and_november(store)
    months = await changed(store, WEB, STRICT, now=MONTH.end + 400 * DAY)
    assert [month.label for month in months] == ["2026-11", "2026-10"]


async def test_an_empty_store_has_no_past(store: Store) -> None:
    """Nothing is compared where there is no evidence."""
    assert await changed(store, WEB, STRICT) == []


async def test_two_years_are_compared_at_most(store: Store) -> None:
    """An imported history counts as evidence, and the oldest months of a long one are left out."""
    span = Imported("web", "ccc", MONTH.start - 1_500 * DAY, MONTH.end, UP)
    async with store.write() as tx:
        await add_import(tx, [span], at=5, who="ann", why="what we had")
    months = await changed(store, WEB, STRICT, now=MONTH.end)
    assert (len(months), months[0].label) == (MONTHS, "2026-10")


async def test_what_was_only_told_is_evidence(store: Store) -> None:
    """An outage that somebody phoned in is all that is known of its month, and has a figure that may change."""
    async with store.write() as tx:
        phoned = Declare(Extent("web", "ccc", MONTH.start, MONTH.end), DOWN)
        await append(tx, phoned, at=5, who="ann", why="a caller")
    assert lines(await changed(store, WEB, STRICT)) == [
        "2026-10, Web for ccc: still 0.00 %; target none -> 99.99 %; verdict none -> red"
    ]


# The catalogue that was loaded last

TEXT = """\
settings: {store: "env:STORE"}
councils: {ccc: {name: City}}
checks: {web: {probe: http, address: "http://192.0.2.1/", options: {login: {user: me, password: "env:PASSWORD"}}}}
"""
MORE = "services: {web: {councils: [ccc], rule: web}}\n"


async def keep(store: Store, at: Instant, *texts: str, damage: str = "") -> str:
    """Keep a version of the catalogue as the daemon does; return its digest."""
    sources = [Source(f"config/{letter}.yaml", text) for letter, text in zip("abc", texts, strict=False)]
    async with store.write() as tx:
        await add_catalogue_version(tx, CatalogueVersion(digest(sources), at, joined(sources) + damage))
    return digest(sources)


async def test_the_last_catalogue_is_read_without_its_secrets(store: Store) -> None:
    """Files and all, on a machine where none of its secrets can be read."""
    await keep(store, 1, "councils: {old: {}}\n")
    newest = await keep(store, 2, TEXT, MORE)
    found = await last_loaded(store, options_model)
    assert found is not None
    assert (found.digest, list(found.services), list(found.councils)) == (newest, ["web"], ["ccc"])


async def test_before_any_was_loaded_there_is_none(store: Store) -> None:
    """A store that no daemon wrote to has no catalogue."""
    assert await last_loaded(store, options_model) is None


@pytest.mark.parametrize(
    ("text", "damage", "told"),
    [
        ("councils: {ccc: {}}\n", "more", "is not what was loaded"),
        ("councils: {ccc: {colour: red}}\n", "", "is not understood any more"),
    ],
)
async def test_one_that_cannot_be_read_is_one_line(store: Store, text: str, damage: str, told: str) -> None:
    """A version of a later release, or a text that somebody changed."""
    await keep(store, 1, text, damage=damage)
    with pytest.raises(StoreError, match=told) as refused:
        await last_loaded(store, options_model)
    assert "\n" not in str(refused.value)


# After a reload


async def told_after(store: Store, *reloads: tuple[Catalogue, Catalogue]) -> list[dict[str, object]]:
    """Return what the log says after these reloads, all before the first is compared."""
    past = PastFigures(store, FakeClock(NOW))
    with capture_logs() as said:
        async with asyncio.TaskGroup() as tasks:
            for old, new in reloads:
                past.compare(old, new)
            running = tasks.create_task(past.run())
            while not said:  # noqa: ASYNC110  # the log is no event
                await asyncio.sleep(0.01)
            running.cancel()
    return [dict(line) for line in said]


async def test_a_reload_is_told_in_one_event(store: Store) -> None:
    """How many figures it changed, and the first of them; several reloads in a row are compared as one."""
    await october_and_november(store)
    both = [(WEB, parsed("councils: {ccc: {}}")), (parsed("councils: {ccc: {}}"), STRICT)]
    assert await told_after(store, *both) == [
        {
            "event": "past figures compared",
            "log_level": "info",
            "changed": 2,
            "first": [
                "2026-11, Web for ccc: still 100 %; target none -> 99.99 %; verdict none -> green",
                "2026-10, Web for ccc: still 99.87 %; target none -> 99.99 %; verdict none -> red",
            ],
            "months_sealed": 0,
        }
    ]


async def test_a_store_that_cannot_be_read_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison fails in a line, and the daemon goes on."""

    def away() -> None:
        raise StoreError("the store is away")

    monkeypatch.setattr(store, "read", away)
    (line,) = await told_after(store, (WEB, STRICT))
    assert (line["event"], line["error"]) == ("past figures cannot be compared", "the store is away")
