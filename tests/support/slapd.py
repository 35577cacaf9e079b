"""The real slapd of OpenLDAP, in the foreground on free ports of loopback, with one entry to bind as."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from support.needs import need

BASE = "dc=council,dc=example"
ADMIN = f"cn=admin,{BASE}"
PASSWORD = "right-5ecret"

SETTINGS = """
include /etc/ldap/schema/core.schema
modulepath {modules}
moduleload back_mdb
pidfile {folder}/slapd.pid
{tls}
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {password}
directory {folder}
"""


@dataclass(frozen=True, slots=True)
class Slapd:
    """A running server: `port` takes LDAP and StartTLS, `tls_port` LDAPS."""

    port: int
    tls_port: int
    process: subprocess.Popen[bytes]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop it where it is, and let it go on afterwards."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def slapd(folder: Path, pem: Path | None = None, more: str = "") -> Iterator[Slapd]:
    """Run slapd, yielded once it answers; with `pem`, a certificate and its key, with StartTLS and over TLS as well."""
    program = need("slapd", "slapd")
    port, tls_port = _free_port(), _free_port()
    tls = "" if pem is None else f"TLSCertificateFile {pem}\nTLSCertificateKeyFile {pem}\n"
    settings = folder / "slapd.conf"
    modules = next(iter(glob("/usr/lib/*/ldap")), "/usr/lib/ldap")
    told = SETTINGS.format(folder=folder, modules=modules, tls=tls + more, base=BASE, admin=ADMIN, password=PASSWORD)
    settings.write_text(told)
    where = f"ldap://127.0.0.1:{port}/" + (f" ldaps://127.0.0.1:{tls_port}/" if pem is not None else "")
    with open(folder / "slapd.log", "wb") as log:
        process = subprocess.Popen((program, "-d", "0", "-h", where, "-f", settings), stdout=log, stderr=log)
    try:
        _wait_for(port, process, folder / "slapd.log")
        yield Slapd(port, tls_port, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(500):
        if process.poll() is not None:
            raise RuntimeError(f"slapd did not start: {log.read_text()}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.01)  # another process: there is nothing to wait on
        else:
            return
    raise TimeoutError(f"slapd did not start in time: {log.read_text()}")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
