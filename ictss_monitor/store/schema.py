"""The version of a store's schema: what this program needs, what a store has, and the way from one to the other."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.errors import StoreError
from ictss_monitor.store.address import StoreAddress, parse_address
from ictss_monitor.store.connections import reading_engine, writing_engine
from ictss_monitor.store.faults import told_as_store_errors

HEAD: Final = "0004"
"""The newest revision in `migrations/`, as a constant: importing Alembic at every start would cost 400 ms."""

_UPGRADE: Final = "run `ictss-monitor db upgrade`"
_UPGRADE_LOCK: Final = 0x1C755
"""Key of the PostgreSQL advisory lock that keeps two upgrades apart; any number that nobody else uses."""


async def check(url: str) -> None:
    """Raise StoreError unless the store that `url` names can be read and has the schema version of this program."""
    address = parse_address(url)
    engine = reading_engine(address)
    try:
        with told_as_store_errors(address):
            address.identity()
            async with engine.begin() as tx:
                await check_version(tx, address.name)
    finally:
        await engine.dispose()


async def check_version(tx: AsyncConnection, name: str) -> None:
    """Raise StoreError unless the store, called `name` in the message, has the schema version of this program."""
    found = await tx.run_sync(_version)
    if found == HEAD:
        return
    if found is None:
        raise StoreError(f"the store {name} is empty: {_UPGRADE}")
    if found > HEAD:  # revisions are four digits, so that their order is that of their text
        raise StoreError(
            f"the store {name} has schema version {found}, this program knows only {HEAD}: "
            "install the newer program that upgraded it, or restore the backup made before"
        )
    raise StoreError(f"the store {name} has schema version {found}, this program needs {HEAD}: {_UPGRADE}")


async def upgrade(url: str) -> tuple[str | None, str]:
    """Bring the store that `url` names to this program's version; make the file of an SQLite store that is not there.

    Returns the version before (None where the store was empty) and the one after. All in one transaction: a failure
    leaves the store as it was. Raises StoreError.
    """
    address = parse_address(url)
    _need_directory(address)
    engine = writing_engine(address, create=True)
    try:
        with told_as_store_errors(address):
            async with engine.begin() as tx:
                return await tx.run_sync(_upgrade, address.name)
    finally:
        await engine.dispose()


def _need_directory(address: StoreAddress) -> None:
    if address.path is not None and not address.path.parent.is_dir():
        raise StoreError(
            f"the store {address.name} cannot be there: create the directory {address.path.parent}, or name another"
        )


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def _upgrade(connection: Connection, name: str) -> tuple[str | None, str]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
    before = _version(connection)
    if before is not None and before > HEAD:
        raise StoreError(f"the store {name} has schema version {before}, newer than {HEAD} of this program")
    if before != HEAD:
        from alembic import command  # only here: see HEAD
        from alembic.config import Config

        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
        command.upgrade(config, HEAD)
    return before, HEAD


def migrations_folder() -> Path:
    """Return the folder of the migrations: within the installed package, or in a checkout the one at its root."""
    packaged = Path(__file__).with_name("migrations")
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "migrations"
