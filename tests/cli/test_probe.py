"""probe: one run of a check, or of what --set describes; its exit code is the outcome."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import CommandLine, in_process_of_its_own

from ictss_monitor.cli.probe import EXIT_OF
from ictss_monitor.probe import Outcome
from ictss_monitor.probing import registry


class Greeting(socketserver.BaseRequestHandler):
    """Greets as a mail server does."""

    def handle(self) -> None:
        """Send one line."""
        self.request.sendall(b"220 ready\r\n")


@pytest.fixture
def port() -> Iterator[int]:
    """Return the port of a real server that greets."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Greeting) as server:
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield server.server_address[1]
        server.shutdown()
        serving.join()


@pytest.fixture
def refused() -> Iterator[int]:
    """Return a port that refuses: it is bound, and nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_up_is_0(ask: CommandLine, port: int) -> None:
    """What answers as expected is up, with its measurements."""
    answer = ask("probe", "tcp", "--set", f"address=127.0.0.1:{port}", "--set", "expect=220")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"tcp 127.0.0.1:{port}: up\n  latency ")
    assert "connect_seconds" in answer.out


def test_degraded_is_1(ask: CommandLine, port: int) -> None:
    """A measurement beyond a limit degrades."""
    answer = ask("probe", "tcp", "--set", f"address=127.0.0.1:{port}", "--set", "degraded={latency: 0.0000001}")
    assert answer.code == 1
    assert "degraded (limit)" in answer.out


def test_down_is_2(ask: CommandLine, refused: int) -> None:
    """A port that refuses is down, with the reason."""
    answer = ask("probe", "tcp", "--set", f"address=127.0.0.1:{refused}")
    assert answer.code == 2
    assert answer.out == f"tcp 127.0.0.1:{refused}: down (refused): Connection refused\n"


def test_unknown_is_3(ask: CommandLine, port: int) -> None:
    """What our own side lacks is unknown: here the file of trusted authorities."""
    words = ["--set", f"address=127.0.0.1:{port}", "--set", "tls=true", "--set", "ca_file=/nowhere/ca.pem"]
    answer = ask("probe", "tcp", *words)
    assert answer.code == 3
    assert "unknown (configuration)" in answer.out


def test_every_outcome_has_an_exit_code() -> None:
    """The four outcomes have four exit codes."""
    assert sorted(EXIT_OF.values()) == [0, 1, 2, 3]
    assert set(EXIT_OF) == set(Outcome)


def test_json_is_one_object(ask: CommandLine, port: int) -> None:
    """--json holds all of the finding, with units in the names."""
    answer = ask("probe", "tcp", "--set", f"address=127.0.0.1:{port}", "--json")
    told = json.loads(answer.out)
    assert answer.out.count("\n") == 1
    assert told["outcome"] == "up"
    assert told["check"] is None
    assert 0 < told["latency_seconds"] < 5
    assert set(told) == {
        *("check", "probe", "address", "outcome", "reason", "latency_seconds", "measurements", "detail", "foreseen")
    }


def test_what_has_to_last_is_foretold_not_counted(ask: CommandLine, port: int) -> None:
    """One run cannot know for how long it has been so: the outcome stays, and a line tells what it would become."""
    limit = "degraded={latency: {above: 0.0000001, for: 10m}, connect_seconds: {above: 60, clear: 0.0000001}}"
    words = ["--set", f"address=127.0.0.1:{port}", "--set", limit]
    answer = ask("probe", "tcp", *words)
    assert answer.code == 0
    assert "\n  would be degraded if it stays so for 10m: latency " in answer.out
    assert "\n  would still be degraded if it was so before: connect_seconds " in answer.out
    assert len(json.loads(ask("probe", "tcp", *words, "--json").out)["foreseen"]) == 2


def test_a_check_of_the_catalogue(ask: CommandLine, tmp_path: Path, port: int) -> None:
    """A check is run as the catalogue has it, without a store."""
    (tmp_path / "one.yaml").write_text(f'checks: {{mail: {{probe: tcp, address: "127.0.0.1:{port}"}}}}')
    answer = ask("-c", "one.yaml", "probe", "mail")
    assert answer.code == 0
    assert answer.out.startswith("mail: up")


def test_values_are_read_as_their_option_takes_them(ask: CommandLine, refused: int) -> None:
    """Digits are text where an option takes text, and numbers, lists and mappings are YAML where it does not."""
    address = f"address=http://127.0.0.1:{refused}/"
    settings = [
        *("http_version=1.0", "body_contains=200", "expect_status=[200, 401]", "follow_redirects=0", "username=12"),
        *("headers={X-Asked: by us}", "time_limit=2s"),
    ]
    words = [word for setting in [address, *settings] for word in ("--set", setting)]
    assert "username and password belong together" in ask("probe", "http", *words).refusal
    assert ask("probe", "http", *words[:-6], *words[-4:]).code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["tcp", "--set", "adress=x"],
            "--set adress: unknown setting of probe tcp; did you mean 'address'? there are ",
        ),
        (["tcp", "--set", "tls=true"], "probe tcp: --set 'address' is missing; "),
        (["tcp", "--set", "address"], "--set address: no value; write --set address=VALUE"),
        (["tcp", "--set", "address=192.0.2.1"], "--set address: "),
        (["tcp", "--set", "address=a:1", "--set", "tls=perhaps"], "--set tls: "),
        (["tcp", "--set", "address=a:1", "--set", "max_bytes=["], "--set max_bytes: '[' is not a value"),
        (["tcp", "--set", "address=a:1", "--set", "time_limit=3"], "--set time_limit: '3' has no unit; write 3s"),
        (["tpc", "--set", "address=a:1"], "unknown probe type 'tpc': did you mean 'tcp'?"),
        (["tcp"], "probe tcp: say what to probe with --set address=… (host:port"),
        (["dns"], "--set address=… --set name=…"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "told",
)
def test_what_is_wrong_is_told_in_the_words_of_set(ask: CommandLine, words: list[str], told: str) -> None:
    """Who sets a wrong thing reads of --set, never of lines of a file that nobody wrote."""
    answer = ask("probe", *words)
    assert answer.code == 64
    assert told in answer.refusal
    assert "ad-hoc" not in answer.err


def test_an_unknown_check_has_a_near_match(ask: CommandLine) -> None:
    """A check that is mistyped is probably another one."""
    ask("init")
    assert "unknown check 'mail-gatway': did you mean 'mail-gateway'?" in ask("probe", "mail-gatway").refusal
    assert "say what to probe" in ask("probe", "http").refusal


def test_help_names_the_types(ask: CommandLine) -> None:
    """The help lists what is installed."""
    told = ask("probe", "--help").out
    assert all(kind in told for kind in registry.kinds())


def test_a_secret_is_not_shown(ask: CommandLine, refused: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What env: names is sent, not printed."""
    monkeypatch.setenv("TOKEN", "correct-horse-battery")
    words = ["--set", f"address=http://127.0.0.1:{refused}/", "--set", "bearer_token=env:TOKEN", "--json"]
    answer = ask("probe", "http", *words)
    assert answer.code == 2
    assert "correct-horse" not in answer.out + answer.err


def test_the_real_program(tmp_path: Path, refused: int) -> None:
    """A script gets the exit code from the process itself."""
    answer = in_process_of_its_own("probe", "tcp", "--set", f"address=127.0.0.1:{refused}", folder=tmp_path)
    assert (answer.code, answer.err) == (2, "")
