"""A store of an earlier version keeps all that it holds when it is upgraded."""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, select
from support.ledger_cases import BT, EXTENT
from support.records import OPEN_OUTAGE, observed, outage_of, run_of

from ictss_monitor.ledger.acts import Attribute
from ictss_monitor.ledger.chain import GENESIS
from ictss_monitor.store import ledger
from ictss_monitor.store.address import parse_address
from ictss_monitor.store.catalogues import CatalogueVersion, add_catalogue_version, newest_catalogue_version
from ictss_monitor.store.connections import writing_engine
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.evidence import add_observations, add_runs, put_open_runs
from ictss_monitor.store.heartbeat import Heartbeat, put_heartbeat
from ictss_monitor.store.outages import put_outages
from ictss_monitor.store.pauses import pause
from ictss_monitor.store.schema import HEAD, migrations_folder, upgrade
from ictss_monitor.store.tables import metadata

FIRST = ("run", "open_run", "observation", "outage", "heartbeat", "catalogue_version", "pause")
"""The tables of version 0001."""
ADDED = ("last_loaded_at",)
"""Columns that came to them later."""


def _make_first_version(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(migrations_folder()))
    command.upgrade(config, "0001")


def _held(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    columns = {name: [each for each in metadata.tables[name].c if each.name not in ADDED] for name in FIRST}
    rows = {name: connection.execute(select(*columns[name])).all() for name in FIRST}
    return {name: sorted((tuple(row) for row in found), key=repr) for name, found in rows.items()}


async def test_a_store_of_the_first_version_keeps_what_it_holds(empty_url: str) -> None:
    """Evidence, outages and all else are the same rows after the upgrade, and the ledger can be begun."""
    engine = writing_engine(parse_address(empty_url), create=True)
    try:
        async with engine.begin() as tx:
            await tx.run_sync(_make_first_version)
        async with engine.begin() as tx:
            await add_runs(tx, [run_of("fw", 0, 40), run_of("mail", 0, 90)])
            await put_open_runs(tx, [run_of("fw", 50, 90)])
            await add_observations(tx, [observed("fw", 40), observed("fw", 50)])
            await put_outages(tx, [OPEN_OUTAGE, outage_of(10, 20)])
            await put_heartbeat(tx, Heartbeat("local", 90, 91))
            await add_catalogue_version(tx, CatalogueVersion("d", 1, "councils: {}\n"), by_daemon=False)
            await pause(tx, "fw", 5, "ann", "firmware")
            before = await tx.run_sync(_held)
    finally:
        await engine.dispose()
    assert all(before.values())

    assert await upgrade(empty_url) == ("0001", HEAD)

    async with open_store(empty_url) as store, store.write() as tx:
        assert await tx.run_sync(_held) == before
        assert (await ledger.append(tx, Attribute(EXTENT, BT), at=100, who="ann", why="BT said so")).seq == 1
        assert await ledger.head(tx) != (0, GENESIS)
        newest = await newest_catalogue_version(tx)
        assert newest is not None
        assert newest.digest == "d"
