"""Stores for tests: each test runs once on an SQLite file and once on a real PostgreSQL, with a fresh store each."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.postgres import PostgresServer

from ictss_monitor.store.engine import Store, open_store
from ictss_monitor.store.schema import HEAD, upgrade
from ictss_monitor.store.tables import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """Return the kind of database that the test runs on."""
    return str(request.param)


@pytest.fixture
async def store_url(
    database: str, request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """Return the URL of a fresh store with the newest schema."""
    if database == "sqlite":
        template = tmp_path_factory.getbasetemp() / "template.sqlite"
        if not template.exists():
            await upgrade(f"sqlite:///{template}")
        shutil.copy(template, tmp_path / "store.sqlite")
        yield f"sqlite:///{tmp_path}/store.sqlite"
    else:
        yield await _emptied_database(request.getfixturevalue("postgres_server"))


async def _emptied_database(server: PostgresServer) -> str:
    """Return the URL of the one database that all these tests use in turn, emptied: to make one takes half a second."""
    if server.store is None:
        name = await server.create_database()
        await upgrade(server.url(name))
        server.store = name
    tables = "; ".join(f"DELETE FROM {table.name}" for table in metadata.sorted_tables)
    async with server.connect(server.store) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid();"
            "SET session_replication_role = replica;"  # silences the triggers that let nobody delete
            f"{tables}; UPDATE alembic_version SET version_num = '{HEAD}'"
        )
    return server.url(server.store)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """Return a fresh open store."""
    async with open_store(store_url) as opened:
        yield opened


@pytest.fixture
async def empty_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Return the URL of a database without any table."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.sqlite"
        return
    server = request.getfixturevalue("postgres_server")
    name = await server.create_database()
    yield server.url(name)
    await server.drop_database(name)
