"""A store is used only with the schema that this program knows, and is brought to it by one command."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ictss_monitor.errors import StoreError
from ictss_monitor.store.address import parse_address
from ictss_monitor.store.connections import writing_engine
from ictss_monitor.store.engine import Store, open_store
from ictss_monitor.store.schema import HEAD, check, migrations_folder, upgrade
from ictss_monitor.store.tables import metadata


def test_the_constant_names_the_newest_migration() -> None:
    """The version checked at start, without Alembic, is the one that Alembic would come to."""
    assert ScriptDirectory(str(migrations_folder())).get_current_head() == HEAD


def test_versions_are_ordered_as_text() -> None:
    """An older store is told from a newer one by comparing versions, so each has four digits, in order."""
    revisions = [script.revision for script in ScriptDirectory(str(migrations_folder())).walk_revisions()]

    assert all(re.fullmatch(r"\d{4}", revision) for revision in revisions)
    assert revisions == sorted(revisions, reverse=True)


async def test_upgrading_makes_the_tables_that_the_program_knows(store: Store) -> None:
    """Alembic sees no difference between an upgraded store and `tables.py`."""
    async with store.write() as tx:
        differences = await tx.run_sync(
            lambda connection: compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True}), metadata
            )
        )
    assert differences == []


async def test_upgrading_makes_each_table_exactly_as_the_program_would(store: Store, empty_url: str) -> None:
    """Checks, keys and the way of storage, which Alembic does not compare, are the same too."""
    engine = writing_engine(parse_address(empty_url), create=True)
    try:
        async with engine.begin() as tx:
            await tx.run_sync(metadata.create_all)
            made = await tx.run_sync(_definitions)
    finally:
        await engine.dispose()
    async with store.read() as tx:
        assert await tx.run_sync(_definitions) == made


def _definitions(connection: Connection) -> set[Any]:
    """Return every column, constraint and index as the database itself words them."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT sql FROM sqlite_master WHERE type IN ('table', 'index')")).scalars()
        worded = {re.sub(r'[\s"]+', " ", sql).replace("DOUBLE_PRECISION", "DOUBLE") for sql in found if sql}
        return {sql for sql in worded if "alembic_version" not in sql}
    columns = connection.execute(
        text("SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
             "WHERE table_schema = 'public' AND table_name <> 'alembic_version'")
    )  # fmt: skip
    constraints = connection.execute(
        text("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
             "WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic%'")
    )  # fmt: skip
    indexes = connection.execute(
        text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
    )
    return {tuple(row) for found in (columns, constraints, indexes) for row in found}


async def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    """The first upgrade says that the store was empty, the second that it was there already."""
    assert await upgrade(empty_url) == (None, HEAD)
    assert await upgrade(empty_url) == (HEAD, HEAD)
    await check(empty_url)


async def test_two_upgrades_at_once_do_not_meet(empty_url: str) -> None:
    """The second waits for the first and finds its work done."""
    async with asyncio.TaskGroup() as tasks:
        both = [tasks.create_task(upgrade(empty_url)) for _ in range(2)]

    assert {task.result() for task in both} == {(None, HEAD), (HEAD, HEAD)}


async def test_a_failed_upgrade_leaves_the_store_as_it_was(empty_url: str) -> None:
    """A table in the way stops the upgrade half-way, and nothing of it stays."""
    engine = writing_engine(parse_address(empty_url), create=True)
    try:
        async with engine.begin() as tx:
            await tx.execute(text("CREATE TABLE pause (id INTEGER)"))
        with pytest.raises(StoreError, match="already exists"):
            await upgrade(empty_url)
        async with engine.begin() as tx:
            assert await tx.run_sync(lambda connection: connection.dialect.get_table_names(connection)) == ["pause"]
    finally:
        await engine.dispose()


async def test_an_empty_store_says_what_to_run(empty_url: str, database: str) -> None:
    """A database without our tables is not used, and not filled behind anybody's back."""
    if database == "sqlite":
        sqlite3.connect(parse_address(empty_url).name).execute("VACUUM").connection.close()
    for look in (check, _open):
        with pytest.raises(StoreError, match="is empty: run `ictss-monitor db upgrade`"):
            await look(empty_url)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("0000", f"has schema version 0000, this program needs {HEAD}: run `ictss-monitor db upgrade`"),
        ("9999", f"has schema version 9999, this program knows only {HEAD}: install the newer program"),
    ],
)
async def test_another_version_is_refused(store_url: str, version: str, message: str) -> None:
    """An older store asks for the upgrade, a newer one for the newer program."""
    async with open_store(store_url) as store, store.write() as tx:
        await tx.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
    for look in (check, _open):
        with pytest.raises(StoreError, match=message):
            await look(store_url)


async def test_a_newer_store_is_not_upgraded_backwards(store_url: str) -> None:
    """`db upgrade` of an old program leaves a newer store alone."""
    async with open_store(store_url) as store, store.write() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="schema version 9999, newer than"):
        await upgrade(store_url)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A URL that names somebody's document says so, and leaves the document alone."""
    document = tmp_path / "minutes.txt"
    document.write_text("Minutes of the meeting\n" * 200)
    for look in (check, _open, upgrade):
        with pytest.raises(StoreError, match=r"minutes\.txt: it is not a database: name another file"):
            await look(f"sqlite:///{document}")

    assert document.read_text() == "Minutes of the meeting\n" * 200


async def test_a_missing_file_is_not_made_by_looking(tmp_path: Path) -> None:
    """A daemon whose store has gone says so instead of beginning an empty one."""
    for look in (check, _open):
        with pytest.raises(StoreError, match=r"no store at .*gone\.sqlite: create it with `ictss-monitor db upgrade`"):
            await look(f"sqlite:///{tmp_path}/gone.sqlite")

    assert os.listdir(tmp_path) == []


async def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    """The directory is the operator's to make, with the owner that it should have."""
    for look in (check, _open, upgrade):
        with pytest.raises(StoreError, match=f"create the directory {tmp_path}/nowhere"):
            await look(f"sqlite:///{tmp_path}/nowhere/store.sqlite")


def test_a_file_without_permission_is_told() -> None:
    """A store of another user is refused with what to do about it."""
    code = (
        "import asyncio, os, sys\n"
        "from ictss_monitor.errors import StoreError\n"
        "from ictss_monitor.store.schema import check, upgrade\n"
        "asyncio.run(upgrade(sys.argv[1]))\n"
        "asyncio.run(check(sys.argv[1]))\n"
        "os.chmod(sys.argv[1].removeprefix('sqlite:///'), 0)\n"
        "if os.geteuid() == 0: os.seteuid(65534)\n"
        "try: asyncio.run(check(sys.argv[1]))\n"
        "except StoreError as refusal: print(refusal)\n"
    )
    with tempfile.TemporaryDirectory() as directory:  # not pytest's, which is closed to other users
        os.chmod(directory, 0o711)
        done = subprocess.run(
            [sys.executable, "-c", code, f"sqlite:///{directory}/store.sqlite"],
            capture_output=True,
            text=True,
            check=True,
        )

    assert re.fullmatch(r"the store .*/store\.sqlite: the file cannot be opened: give the user .*\n", done.stdout)


def test_checking_the_schema_does_not_import_alembic(store_url: str) -> None:
    """Every start checks; only an upgrade pays for Alembic."""
    code = (
        "import asyncio, sys; from ictss_monitor.store.schema import check; "
        f"asyncio.run(check({store_url!r})); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)

    assert done.stdout == "False\n"


async def _open(url: str) -> None:
    async with open_store(url):
        pass
