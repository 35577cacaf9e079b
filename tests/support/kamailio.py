"""The real kamailio, in the foreground on a free port of loopback, answering OPTIONS as told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from support.needs import lack, need

SETTINGS = """
debug=-1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
dns=no
rev_dns=no
{transports}
mpath="{modules}/"
loadmodule "sl.so"
loadmodule "pv.so"
{tls}
request_route {{
    if ($rm == "OPTIONS") {{
        sl_send_reply("{status}", "{phrase}");
        exit;
    }}
    sl_send_reply("405", "Method Not Allowed");
}}
"""
TLS = """
loadmodule "tls.so"
modparam("tls", "certificate", "{pem}")
modparam("tls", "private_key", "{pem}")
modparam("tls", "tls_method", "TLSv1.2+")
"""


@dataclass(frozen=True, slots=True)
class Kamailio:
    """A running server: `port` takes UDP and TCP, `tls_port` TLS."""

    port: int
    tls_port: int
    process: subprocess.Popen[bytes]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all its processes where they are, and let them go on afterwards."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)


@contextmanager
def kamailio(folder: Path, status: int = 200, phrase: str = "OK", pem: Path | None = None) -> Iterator[Kamailio]:
    """Run kamailio, yielded once it answers; with `pem`, a certificate and its key, over TLS as well."""
    program = need("kamailio", "kamailio")
    modules = next(iter(glob("/usr/lib/*/kamailio/modules")), "/usr/lib/kamailio/modules")
    if pem is not None and not Path(modules, "tls.so").exists():
        lack("kamailio's tls.so is missing: apt-get install kamailio-tls-modules")
    port, tls_port = _free_port(), _free_port()
    transports = f"listen=udp:127.0.0.1:{port}\nlisten=tcp:127.0.0.1:{port}\n"
    if pem is not None:
        transports += f"enable_tls=yes\nlisten=tls:127.0.0.1:{tls_port}\n"
    told = SETTINGS.format(
        transports=transports,
        modules=modules,
        tls="" if pem is None else TLS.format(pem=pem),
        status=status,
        phrase=phrase,
    )
    settings = folder / "kamailio.cfg"
    settings.write_text(told)
    command = (program, "-DD", "-E", "-m", "16", "-M", "4", "-f", settings, "-w", folder, "-Y", folder)
    with open(folder / "kamailio.log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(port, process, folder / "kamailio.log")
        yield Kamailio(port, tls_port, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


PING = "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{0};branch=z9hG4bKx;rport\r\nFrom: <sip:x@x>;tag=x\r\n" + (
    "To: <sip:x>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when it answers over UDP; its first processes listen before its workers do."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.05)
        asking.connect(("127.0.0.1", port))
        ping = PING.format(asking.getsockname()[1]).encode()
        for _ in range(200):
            if process.poll() is not None:
                raise RuntimeError(f"kamailio did not start: {log.read_text()}")
            try:
                asking.send(ping)
                asking.recv(4096)
            except ConnectionRefusedError:
                time.sleep(0.02)  # another process: there is nothing to wait on
            except TimeoutError:
                continue
            else:
                return
    raise TimeoutError(f"kamailio did not start in time: {log.read_text()}")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
