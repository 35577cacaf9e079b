"""Heartbeats, catalogue versions and pauses."""

from __future__ import annotations

from ictss_monitor.store.catalogues import (
    CatalogueVersion,
    add_catalogue_version,
    catalogue_version_of,
    newest_catalogue_version,
)
from ictss_monitor.store.engine import Store
from ictss_monitor.store.heartbeat import Heartbeat, heartbeats, put_heartbeat
from ictss_monitor.store.pauses import Pause, current_pauses, pause, resume


async def test_the_last_heartbeat_of_each_vantage_stands(store: Store) -> None:
    """A heartbeat replaces the one before of its vantage, even one that a wrong clock put into the future."""
    async with store.write() as tx:
        for beat in (Heartbeat("local", 900, 900), Heartbeat("depot", 5, 6), Heartbeat("local", 100, 101)):
            await put_heartbeat(tx, beat)
    async with store.read() as tx:
        assert await heartbeats(tx) == {"local": Heartbeat("local", 100, 101), "depot": Heartbeat("depot", 5, 6)}


async def test_a_catalogue_keeps_its_text_and_the_first_time_it_was_loaded(store: Store) -> None:
    """Loading the same catalogue again changes nothing; an unknown digest has no version."""
    first = CatalogueVersion("d1", 10, "councils: {}\n")
    async with store.write() as tx:
        await add_catalogue_version(tx, first)
        await add_catalogue_version(tx, CatalogueVersion("d1", 20, "councils: {}\n"))
    async with store.read() as tx:
        assert await catalogue_version_of(tx, "d1") == first
        assert await catalogue_version_of(tx, "d2") is None


async def test_the_newest_catalogue_is_the_one_that_a_daemon_loaded_last(store: Store) -> None:
    """Whoever goes back to an older catalogue has that one; what was only sealed with is not loaded."""
    async with store.write() as tx:
        assert await newest_catalogue_version(tx) is None
        for digest, at, by_daemon in (("old", 10, True), ("new", 20, True), ("old", 30, True), ("sealed", 40, False)):
            await add_catalogue_version(tx, CatalogueVersion(digest, at, "{}"), by_daemon=by_daemon)
        assert await newest_catalogue_version(tx) == CatalogueVersion("old", 10, "{}")


async def test_a_check_is_paused_until_it_is_resumed(store: Store) -> None:
    """A pause lasts until it is ended; then the check can be paused anew."""
    async with store.write() as tx:
        assert await pause(tx, "fw", 10, "ann", "firmware")
        assert await current_pauses(tx) == {"fw": Pause("fw", 10, None, "ann", "firmware")}
        assert await resume(tx, "fw", 20)
        assert await current_pauses(tx) == {}
        assert await pause(tx, "fw", 30, "bob", "again")
        assert await current_pauses(tx) == {"fw": Pause("fw", 30, None, "bob", "again")}


async def test_pausing_twice_and_resuming_twice_change_nothing(store: Store) -> None:
    """The second of each says False, and the first pause keeps its who and why."""
    async with store.write() as tx:
        assert not await resume(tx, "fw", 5)
        assert await pause(tx, "fw", 10, "ann", "firmware")
        assert not await pause(tx, "fw", 12, "bob", "other")
        assert (await current_pauses(tx))["fw"].who == "ann"
        assert await resume(tx, "fw", 20)
        assert not await resume(tx, "fw", 30)


async def test_a_clock_set_back_during_a_pause_does_no_harm(store: Store) -> None:
    """A pause never ends before it began."""
    async with store.write() as tx:
        await pause(tx, "fw", 10, "ann", "firmware")
        assert await resume(tx, "fw", 4)
        assert await current_pauses(tx) == {}
