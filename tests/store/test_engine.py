"""One writer, readers beside it, and every fault of the database one clear line after which the store works again."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from support.needs import need, need_root
from support.postgres import PASSWORD, PostgresServer, running_server
from support.records import run_of

from ictss_monitor.errors import StoreError
from ictss_monitor.store import connections
from ictss_monitor.store.engine import Store, open_store
from ictss_monitor.store.evidence import add_runs, open_runs, put_open_runs, runs_for
from ictss_monitor.store.schema import check, upgrade


async def put(store: Store, *checks: str) -> None:
    """Give each check an open run."""
    async with store.write() as tx:
        await put_open_runs(tx, [run_of(check, 0, 10) for check in checks])


async def held(store: Store) -> set[str]:
    """Return the checks that have an open run."""
    async with store.read() as tx:
        return set(await open_runs(tx, "local"))


async def test_writers_take_turns(store: Store) -> None:
    """Two tasks that write at once do not meet: the second begins when the first has committed."""
    order = []

    async def write(name: str) -> None:
        async with store.write() as tx:
            order.append(f"{name} begins")
            await put_open_runs(tx, [run_of(name, 0, 10)])
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    async with asyncio.TaskGroup() as tasks:
        for name in "ab":
            tasks.create_task(write(name))

    assert order == ["a begins", "a ends", "b begins", "b ends"]
    assert await held(store) == {"a", "b"}


async def test_a_reader_sees_one_moment(store: Store) -> None:
    """What is committed while somebody reads is not seen by him, and does not make him or the writer wait."""
    await put(store, "before")
    async with store.read() as tx:
        assert set(await open_runs(tx, "local")) == {"before"}
        await put(store, "meanwhile")
        assert set(await open_runs(tx, "local")) == {"before"}

    assert await held(store) == {"before", "meanwhile"}


async def test_a_reader_cannot_write(store: Store) -> None:
    """A transaction for reading refuses to change anything."""
    with pytest.raises(StoreError):
        async with store.read() as tx:
            await put_open_runs(tx, [run_of("fw", 0, 10)])

    assert await held(store) == set()


async def test_another_process_reads_while_the_daemon_writes(store: Store, store_url: str) -> None:
    """The command line reads a store that another process has open in the middle of a transaction."""
    await put(store, "fw")
    code = (
        "import asyncio, sys\n"
        "from ictss_monitor.store.engine import open_store\n"
        "from ictss_monitor.store.evidence import open_runs\n"
        "async def main():\n"
        "    async with open_store(sys.argv[1]) as store, store.read() as tx:\n"
        "        print(sorted(await open_runs(tx, 'local')))\n"
        "asyncio.run(main())\n"
    )
    async with store.write() as tx:
        await put_open_runs(tx, [run_of("uncommitted", 0, 10)])
        reader = await asyncio.create_subprocess_exec(sys.executable, "-c", code, store_url, stdout=subprocess.PIPE)
        said, _ = await reader.communicate()

    assert said == b"['fw']\n"


async def test_a_cancelled_write_is_undone_and_the_next_one_works(store: Store) -> None:
    """Cancelling in the middle of a transaction leaves neither a half of it nor a lock."""
    begun = asyncio.Event()

    async def write() -> None:
        async with store.write() as tx:
            await put_open_runs(tx, [run_of("half", 0, 10)])
            begun.set()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(write())
        await begun.wait()
        task.cancel()
    await put(store, "next")

    assert await held(store) == {"next"}


async def test_a_statement_cancelled_on_its_way_does_no_harm(store: Store) -> None:
    """Cancelling while the database is at work leaves the store usable and consistent."""
    rows = [run_of(f"check-{number}", 0, 10) for number in range(2_000)]

    async def write() -> None:
        async with store.write() as tx:
            await add_runs(tx, rows)

    for turns in range(0, 12, 3):
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(write())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
        async with store.read() as tx:
            found = await runs_for(tx, [(run.check, 1) for run in rows], "local", 0, 10)
        assert sum(map(len, found.values())) in (0, len(rows))
    await put(store, "next")

    assert await held(store) == {"next"}


async def test_what_the_caller_raises_passes(store: Store) -> None:
    """Only faults of the database become StoreErrors."""
    with pytest.raises(KeyError):
        async with store.write():
            raise KeyError("the caller's own")
    with pytest.raises(KeyError):
        async with store.read():
            raise KeyError("the caller's own")


async def test_a_row_that_breaks_a_rule_is_not_worth_a_retry(store: Store) -> None:
    """A fault of the program is told as one, without the values, and the store goes on."""
    with pytest.raises(StoreError) as refused:
        async with store.write() as tx:
            await tx.execute(text("INSERT INTO heartbeat (vantage, watermark) VALUES ('s3cret', 1)"))
    await put(store, "fw")

    assert not refused.value.retry
    assert "\n" not in str(refused.value)
    assert "s3cret" not in str(refused.value)


# SQLite


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    """Return where a test's SQLite store is to be."""
    return tmp_path / "store.sqlite"


async def test_what_is_committed_is_on_the_disk(sqlite_file: Path) -> None:
    """The writer's connection uses a WAL and syncs it fully at each commit."""
    await upgrade(f"sqlite:///{sqlite_file}")
    async with open_store(f"sqlite:///{sqlite_file}") as store, store.write() as tx:
        settings = {
            name: (await tx.execute(text(f"PRAGMA {name}"))).scalar() for name in ("journal_mode", "synchronous")
        }

    assert settings == {"journal_mode": "wal", "synchronous": 2}


async def test_a_store_locked_by_another_process_works_again_when_let_go(
    sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's open transaction makes writing fail after a while, not reading; then writing works again."""
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.05)
    await upgrade(f"sqlite:///{sqlite_file}")
    other = sqlite3.connect(sqlite_file, isolation_level=None)
    try:
        async with open_store(f"sqlite:///{sqlite_file}") as store:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="another process keeps it locked: let that process end") as refused:
                await put(store, "fw")
            assert refused.value.retry
            assert await held(store) == set()
            other.execute("ROLLBACK")
            await put(store, "fw")
            assert await held(store) == {"fw"}
    finally:
        other.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a directory on a disk of 1 MiB."""
    need_root("mounts a small disk")
    directory = tmp_path / "disk"
    directory.mkdir()
    subprocess.run([need("mount", "mount"), "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory], check=True)
    yield directory
    subprocess.run([need("umount", "mount"), directory], check=True)


async def test_a_full_disk_is_told_and_survived(small_disk: Path) -> None:
    """Nothing of the refused batch is there; once there is space, the same batch is written."""
    url = f"sqlite:///{small_disk}/store.sqlite"
    await upgrade(url)
    rows = [run_of(f"check-{number:04}", 0, 10) for number in range(2_000)]
    async with open_store(url) as store:
        await put(store, "fw")
        filler = small_disk / "filler"
        _fill(filler)
        for _ in range(2):
            with pytest.raises(StoreError, match="the disk is full: free some space") as refused:
                await _add(store, rows)
            assert refused.value.retry
        assert await held(store) == {"fw"}
        filler.unlink()
        await _add(store, rows)
        async with store.read() as tx:
            found = await runs_for(tx, [(run.check, 1) for run in rows], "local", 0, 10)
    assert sum(map(len, found.values())) == len(rows)


async def _add(store: Store, rows: list[object]) -> None:
    async with store.write() as tx:
        await add_runs(tx, rows)


def _fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            return


async def test_a_file_that_was_removed_is_told_and_survived(sqlite_file: Path, tmp_path: Path) -> None:
    """SQLite would write on into the removed file; here it is refused, and works again with the file put back."""
    url = f"sqlite:///{sqlite_file}"
    await upgrade(url)
    async with open_store(url) as store:
        await put(store, "fw")
    shutil.copy(sqlite_file, tmp_path / "backup")
    async with open_store(url) as store:
        await put(store, "lost")
        _remove(sqlite_file)
        for use in (put(store, "sw"), held(store)):
            with pytest.raises(StoreError, match=r"no store at .*store\.sqlite: .*put its file back") as refused:
                await use
            assert refused.value.retry
        assert not os.access(sqlite_file, os.F_OK)
        shutil.copy(tmp_path / "backup", sqlite_file)
        await put(store, "sw")
        assert await held(store) == {"fw", "sw"}


def _remove(store: Path) -> None:
    """Remove a store's file and what SQLite keeps beside it."""
    for path in store.parent.glob(f"{store.name}*"):
        path.unlink()


async def test_a_file_replaced_by_one_of_another_version_is_refused(sqlite_file: Path, tmp_path: Path) -> None:
    """A backup of an older schema put in place under a running daemon is not written to."""
    url = f"sqlite:///{sqlite_file}"
    await upgrade(url)
    async with open_store(url) as store:
        await put(store, "fw")
        backup = tmp_path / "backup"
        sqlite3.connect(backup).close()
        backup.touch()
        os.replace(backup, sqlite_file)
        with pytest.raises(StoreError, match="is empty: run `ictss-monitor db upgrade`"):
            await put(store, "sw")


# PostgreSQL


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """Return a server that the test may stop and kill."""
    with running_server() as server:
        yield server


@pytest.mark.postgres
@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_restarted_server_is_survived(own_server: PostgresServer, how: str) -> None:
    """While the server is away each use fails at once, worth a retry; once it is back, all works, nothing is lost."""
    url = own_server.url("postgres")
    await upgrade(url)
    async with open_store(url) as store:
        await put(store, "before")
        getattr(own_server, how)()
        for _ in range(2):
            for use in (put(store, "lost"), held(store)):
                with pytest.raises(StoreError, match=f"postgresql://127.0.0.1:{own_server.port}/postgres") as refused:
                    await use
                assert refused.value.retry
                assert PASSWORD not in str(refused.value)
        own_server.start()
        assert await held(store) == {"before"}
        await put(store, "after")
        assert await held(store) == {"before", "after"}


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_session_cut_in_mid_transaction_is_survived(store: Store, postgres_server: PostgresServer) -> None:
    """An administrator ends our session: the batch is refused, worth a retry, and the next transaction works."""
    with pytest.raises(StoreError) as refused:  # noqa: PT012
        async with store.write() as tx:
            await put_open_runs(tx, [run_of("half", 0, 10)])
            mine = (await tx.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            async with postgres_server.connect() as administrator:
                await administrator.execute("SELECT pg_terminate_backend($1)", mine)
            await put_open_runs(tx, [run_of("rest", 0, 10)])
    await put(store, "next")

    assert refused.value.retry
    assert await held(store) == {"next"}


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("code", "message", "retry"),
    [
        ("53100", "the server's disk is full: free some space there", True),
        ("25006", "the server takes no writes: name the primary server", True),
        ("40001", "planned", True),
        ("22003", "planned", False),
    ],
)
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_what_the_server_complains_of_is_told(store: Store, code: str, message: str, retry: bool) -> None:
    """Each class of error says what is wrong, and whether waiting may help."""
    with pytest.raises(StoreError, match=message) as refused:
        async with store.write() as tx:
            await tx.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'planned' USING ERRCODE = '{code}'; END $$")

    assert refused.value.retry is retry
    assert "\n" not in str(refused.value)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        (":s3cret-of-the-test@", ":wrong@", "the server refuses the user or the password"),
        ("/postgres", "/nowhere", "there is no such database: create it"),
        ("127.0.0.1", "127.0.0.2", "the server does not answer: start it"),
    ],
)
async def test_a_server_that_cannot_be_used_is_told(
    postgres_server: PostgresServer, wrong: str, right: str, message: str
) -> None:
    """A wrong password, database or address is one line at the start, without the password."""
    url = postgres_server.url("postgres").replace(wrong, right)
    for look in (check, upgrade):
        with pytest.raises(StoreError, match=message) as refused:
            await look(url)
        assert "\n" not in str(refused.value)
        assert "wrong@" not in str(refused.value)
        assert PASSWORD not in str(refused.value)
