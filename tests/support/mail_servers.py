"""Mail servers on loopback: scripted ones that behave as told, and the real Postfix and Dovecot."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import BinaryIO

from support.certificates import Authority
from support.needs import need, need_root
from support.servers import Talk, serving

USER, PASSWORD = "monitor", 'pass "word\\ of £5'

Answers = Mapping[bytes, bytes]
"""By the first word of a command, what is answered, and the greeting by none; `%t` is the command's tag in IMAP."""

SMTP: Answers = {
    b"": b"220 mail.example ready\r\n",
    b"EHLO": b"250-mail.example\r\n250-SIZE 1000\r\n250-auth PLAIN LOGIN\r\n250 8BITMIME\r\n",
    b"HELO": b"250 mail.example\r\n",
    b"STARTTLS": b"220 go on\r\n",
    b"AUTH": b"235 welcome\r\n",
    b"QUIT": b"221 bye\r\n",
}
SMTP_STARTTLS = {**SMTP, b"EHLO": b"250-mail.example\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n"}

IMAP: Answers = {
    b"": b"* OK ready {3}\r\n",
    b"CAPABILITY": b"* 3 EXISTS\r\n* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n%t OK done {7}\r\n",
    b"STARTTLS": b"%t OK go on\r\n",
    b"AUTHENTICATE": b"+ \r\n",
    b"LOGIN": b"%t OK welcome\r\n",
    b"NOOP": b"* LIST (a) {4}\r\n\r\n%t x\r\n%t OK\r\n",
    b"LOGOUT": b"* BYE see you\r\n%t OK\r\n",
}
IMAP_STARTTLS = {**IMAP, b"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n%t OK\r\n"}
WITHOUT_PLAIN = b"* CAPABILITY IMAP4rev1 IDLE\r\n%t OK\r\n"


def scripted(answers: Answers, tls: ssl.SSLContext | None = None, heard: list[bytes] | None = None) -> Talk:
    """Return a server that greets and answers as told, and shakes hands after STARTTLS; `heard` gets every line."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(answers[b""])
        with connection.makefile("rb") as lines:
            upgraded = _converse(connection, lines, answers, heard)
        if upgraded and tls is not None:
            with tls.wrap_socket(connection, server_side=True) as secured, secured.makefile("rb") as lines:
                _converse(secured, lines, answers, heard)

    return talk


def _converse(connection: socket.socket, lines: BinaryIO, answers: Answers, heard: list[bytes] | None) -> bool:
    """Answer line by line; tell whether it ended because TLS is to begin."""
    tag = b""
    for line in lines:
        if heard is not None:
            heard.append(line)
        words = line.split()
        if len(words) > 1 and words[0][:1] == b"m" and words[0][1:].isdigit():
            tag, words = words[0], words[1:]
        known = answers.get(words[0].upper()) if words else None
        connection.sendall(b"%t OK\r\n".replace(b"%t", tag) if known is None else known.replace(b"%t", tag))
        if words[:1] == [b"STARTTLS"]:
            return True
        if words[:1] in ([b"QUIT"], [b"LOGOUT"]):
            return False
    return False


@contextmanager
def echoing(answers: Answers, tls: ssl.SSLContext) -> Iterator[tuple[int, bytearray]]:
    """Serve over TLS until a login is tried, then say all back that came; yield the port and what came, decoded."""
    heard = bytearray()
    lock = threading.Lock()

    def talk(connection: socket.socket) -> None:
        connection.sendall(answers[b""])
        with connection.makefile("rb") as lines:
            for line in lines:
                words = line.split()
                tag, verb = (words[0], words[1]) if words[0] not in answers else (b"", words[0])
                if verb in (b"AUTH", b"AUTHENTICATE", b"LOGIN"):
                    said = b64decode(words[-1]) if verb == b"AUTH" else line
                    with lock:
                        heard.extend(said)
                    connection.sendall(b"535 " + said + b"\r\n" if verb == b"AUTH" else tag + b" NO " + line)
                else:
                    connection.sendall(answers[verb].replace(b"%t", tag))

    with serving(talk, tls) as port:
        yield port, heard


@contextmanager
def echoing_smtp() -> Iterator[tuple[int, bytearray]]:
    """Serve SMTP that echoes the login."""
    with tempfile.TemporaryDirectory() as folder, echoing(SMTP, Authority(Path(folder)).server("127.0.0.1")) as served:
        yield served


@contextmanager
def echoing_imap() -> Iterator[tuple[int, bytearray]]:
    """Serve IMAP that echoes the login."""
    answers = {**IMAP, b"CAPABILITY": WITHOUT_PLAIN}
    with (
        tempfile.TemporaryDirectory() as folder,
        echoing(answers, Authority(Path(folder)).server("127.0.0.1")) as served,
    ):
        yield served


@contextmanager
def open_folder() -> Iterator[Path]:
    """Yield a new folder that servers can enter which give up root's rights: pytest's own are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="mail-"))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder)


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(program: list[str], port: int, log: Path) -> Iterator[None]:
    """Run `program` until left, from when `port` takes connections; where it ends early, raise with its log."""
    with log.open("ab") as out:
        server = subprocess.Popen(program, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        for _ in range(1000):
            if server.poll() is not None:
                raise RuntimeError(f"{program[0]} did not start: {log.read_text()}")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.01)  # another process: there is nothing to wait on
        else:
            raise TimeoutError(f"{program[0]} did not listen in time: {log.read_text()}")
        yield
    finally:
        server.terminate()
        server.wait(20)


class Dovecot:
    """The real Dovecot: IMAP with STARTTLS on `port`, with TLS at once on `tls_port`, one user; `auth` for Postfix."""

    def __init__(self, folder: Path, certificate: Path) -> None:
        need_root("dovecot gives up its rights itself")
        self._program = need("dovecot", "dovecot-imapd")
        self.port, self.tls_port = free_port(), free_port()
        self.folder = folder / "dovecot"
        self.auth = self.folder / "run" / "auth-client-for-smtp"
        self._certificate = certificate
        for name in ("", "run", "state", "home"):
            (self.folder / name).mkdir()
        (self.folder / "home").chmod(0o777)
        (self.folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        (self.folder / "users").chmod(0o644)

    @contextmanager
    def running(self, settings: str = "") -> Iterator[None]:
        """Run it with further `settings`."""
        at = self.folder
        (at / "dovecot.conf").write_text(f"""
base_dir = {at}/run
state_dir = {at}/state
log_path = {at}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self._certificate}
ssl_key = <{self._certificate}
mail_location = maildir:{at}/home
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = {at}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={at}/home
}}
service imap-login {{
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
  }}
}}
service auth {{
  unix_listener {self.auth} {{
    mode = 0666
  }}
}}
{settings}
""")
        with running([self._program, "-F", "-c", str(at / "dovecot.conf")], self.port, at / "output.log"):
            yield


class Postfix:
    """The real Postfix: SMTP with STARTTLS on `port`, with TLS at once on `tls_port`, in a folder of its own."""

    def __init__(self, folder: Path, certificate: Path) -> None:
        need_root("postfix gives up its rights itself")
        self._control = need("postfix", "postfix")
        self.port, self.tls_port = free_port(), free_port()
        self.folder = folder / "postfix"
        self._certificate = certificate
        for name in ("", "etc", "queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")

    @contextmanager
    def running(self, settings: str = "") -> Iterator[None]:
        """Run it with further `settings` of main.cf."""
        etc = self.folder / "etc"
        (etc / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
daemon_directory = /usr/lib/postfix/sbin
myhostname = mail.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_tls_cert_file = {self._certificate}
smtpd_tls_key_file = {self._certificate}
smtpd_tls_security_level = may
smtpd_error_sleep_time = 0
{settings}
""")
        services = "\n".join(
            f"{name} {kind} {private} - n - {most} {command}"
            for name, kind, private, most, command in (
                (f"127.0.0.1:{self.port}", "inet", "n", "-", "smtpd"),
                (f"127.0.0.1:{self.tls_port}", "inet", "n", "-", "smtpd -o smtpd_tls_wrappermode=yes"),
                ("anvil", "unix", "-", "1", "anvil"),
                ("tlsmgr", "unix", "-", "1", "tlsmgr"),
                ("rewrite", "unix", "-", "-", "trivial-rewrite"),
                ("proxymap", "unix", "-", "-", "proxymap"),
                ("cleanup", "unix", "n", "0", "cleanup"),
            )
        )
        (etc / "master.cf").write_text(services + "\n")
        if not (self.folder / "queue" / "pid").exists():  # it takes two seconds, and makes the folders of the queue
            subprocess.run([self._control, "-c", str(etc), "check"], check=True, capture_output=True)
        master = ["/usr/lib/postfix/sbin/master", "-c", str(etc), "-d"]
        with running(master, self.port, self.folder / "output.log"):
            yield

    def held(self) -> list[EmailMessage]:
        """Return the mails that were taken and put on hold, as `HOLDING` does, oldest first."""
        files = sorted((self.folder / "queue" / "hold").iterdir(), key=lambda file: file.stat().st_mtime_ns)
        postcat = [str(Path(self._control).with_name("postcat")), "-c", str(self.folder / "etc"), "-bh"]
        printed = (subprocess.run([*postcat, str(file)], check=True, capture_output=True).stdout for file in files)
        return [message_from_bytes(text, policy=policy.default) for text in printed]


HOLDING = """
mydestination = council.example
local_recipient_maps =
smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_data_restrictions = check_client_access static:HOLD
message_size_limit = 50000000
"""
"""Settings of a Postfix that takes mail to council.example and keeps it."""
