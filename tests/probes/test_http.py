"""The HTTP probe: a web address is up when the expected status and body come in full."""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from typing import Any

import pytest
from pydantic import ValidationError
from support.running import LoopFactory, both_loops, found_by
from support.servers import Talk, answers, http, read_request, refusing, serving

from ictss_monitor.probe import Finding, Outcome, Reason
from probes.http import HttpOptions, HttpProbe

SECRET = "s3cr3t-Pa55"


def get(port: int, path: str = "/", **told: Any) -> Finding:
    """Ask a web server of this machine."""
    return found_by(HttpProbe, address=f"http://127.0.0.1:{port}{path}", **told)


def heard_by(**told: Any) -> bytes:
    """Return the request that the probe sends when told so."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(read_request(connection))
        connection.sendall(http())

    with serving(talk) as port:
        assert get(port, "/a b?c=d#e", **told).outcome is Outcome.UP
    return heard[0].replace(b":%d" % port, b"")


def pages(**answer_of: bytes) -> Talk:
    """Return a server that answers each path (its last word) with its own bytes."""

    def talk(connection: socket.socket) -> None:
        path = read_request(connection).split(b" ")[1].decode().strip("/").partition("?")[0]
        connection.sendall(answer_of.get(path, http(b"nothing here", "404 Not Found")))

    return talk


def moved(to: str, status: str = "302 Found") -> bytes:
    """Return a redirect."""
    return http(b"moved", status, f"Location: {to}")


@both_loops
def test_expected_answer_is_up_with_every_phase_measured(loop: LoopFactory) -> None:
    """Each phase is measured, none is negative, and together they are no longer than the whole."""
    with serving(answers(http(b"hello"))) as port:
        finding = found_by(HttpProbe, loop, address=f"http://localhost:{port}/", ip_version=4)
    measured = finding.measurements
    assert (finding.outcome, finding.reason) == (Outcome.UP, Reason.OK)
    phases = [measured[f"{name}_seconds"] for name in ("resolve", "connect", "first_byte")]
    assert all(phase > 0 for phase in phases)
    assert sum(phases) <= measured["total_seconds"] == finding.latency
    assert (measured["status_code"], measured["body_bytes"]) == (200, 5)


def test_request_is_what_was_asked_for() -> None:
    """The request line, Host and our usual fields; a fragment is not sent, a space is quoted."""
    lines = heard_by().split(b"\r\n")
    assert lines[0] == b"GET /a%20b?c=d HTTP/1.1"
    assert b"Host: 127.0.0.1" in lines
    assert b"Connection: close" in lines
    assert b"Accept-Encoding: identity" in lines


def test_header_fields_of_the_check_replace_ours() -> None:
    """A check may say its own Host, User-Agent or any field, secret or not."""
    heard = heard_by(headers={"host": "www.example", "X-Plain": "1"}, secret_headers={"X-Key": SECRET})
    assert heard.count(b"ost: ") == 1
    assert b"host: www.example\r\n" in heard
    assert b"X-Plain: 1\r\n" in heard
    assert f"X-Key: {SECRET}\r\n".encode() in heard


def test_basic_authentication_is_sent() -> None:
    """User and password go out as RFC 7617 says."""
    pair = b64encode(f"monitor:{SECRET}".encode())
    assert b"Authorization: Basic " + pair in heard_by(username="monitor", password=SECRET)


def test_bearer_token_is_sent() -> None:
    """A token goes out as RFC 6750 says."""
    assert f"Authorization: Bearer {SECRET}".encode() in heard_by(bearer_token=SECRET)


def test_body_is_sent_with_its_length() -> None:
    """A body goes out in UTF-8 with its length in bytes."""
    assert b"POST /a%20b" in heard_by(method="POST", body="é")
    assert b"Content-Length: 2\r\n" in heard_by(method="POST", body="é")


def test_nothing_is_remembered_between_runs() -> None:
    """Every run opens a connection of its own and sends no cookie."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(read_request(connection))
        connection.sendall(http(b"x", "200 OK", "Set-Cookie: a=b"))
        assert connection.recv(10) == b""

    with serving(talk) as port:
        for _ in range(2):
            get(port)
    assert len(heard) == 2
    assert b"ookie" not in heard[1]


@pytest.mark.parametrize(
    ("status", "expected", "outcome"),
    [
        ("200 OK", None, Outcome.UP),
        ("299 Fine", None, Outcome.UP),
        ("404 Not Found", None, Outcome.DOWN),
        ("503 Service Unavailable", None, Outcome.DOWN),
        ("401 Unauthorized", 401, Outcome.UP),
        ("200 OK", 401, Outcome.DOWN),
        ("204 No Content", "200-299, 401", Outcome.UP),
        ("401 Unauthorized", [200, "400-403"], Outcome.UP),
        ("404 Not Found", [200, "400-403"], Outcome.DOWN),
        ("302 Found", "302", Outcome.UP),
        ("302 Found", None, Outcome.DOWN),
    ],
)
def test_status_decides(status: str, expected: Any, outcome: Outcome) -> None:
    """Only an expected status is up; a redirect that leads nowhere is judged as it is."""
    told = {} if expected is None else {"expect_status": expected}
    with serving(answers(http(b"", status))) as port:
        finding = get(port, **told)
    assert finding.outcome is outcome
    assert finding.reason is (Reason.OK if outcome is Outcome.UP else Reason.STATUS)
    assert finding.measurements["status_code"] == int(status[:3])


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"body_contains": "login"}, Reason.OK),
        ({"body_contains": "über"}, Reason.OK),
        ({"body_contains": "logout"}, Reason.MISMATCH),
        ({"body_absent": "error"}, Reason.OK),
        ({"body_absent": "über"}, Reason.MISMATCH),
        ({"body_regex": r"(?i)LOGIN \pL+"}, Reason.OK),
        ({"body_regex": r"^login$"}, Reason.MISMATCH),
        ({"body_contains": "login", "body_absent": "login"}, Reason.MISMATCH),
        ({"body_contains": "login", "body_regex": "no"}, Reason.MISMATCH),
        ({"body_contains": "login", "max_body_bytes": 8}, Reason.OK),
        ({"body_contains": "page", "max_body_bytes": 8}, Reason.OVERSIZE),
        ({"body_absent": "error", "max_body_bytes": 8}, Reason.OVERSIZE),
        ({"max_body_bytes": 8}, Reason.OK),
    ],
)
def test_body_decides(told: dict[str, Any], reason: Reason) -> None:
    """Text that must be there, must not be there, or must match; too long a body only matters where it decides."""
    with serving(answers(http("login über page".encode()))) as port:
        finding = get(port, **told)
    assert finding.reason is reason
    assert finding.outcome is (Outcome.UP if reason is Reason.OK else Outcome.DOWN)


def test_head_needs_no_body() -> None:
    """The length in an answer to HEAD announces a body that does not come."""
    with serving(answers(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", stay=True)) as port:
        assert get(port, method="HEAD").outcome is Outcome.UP


def test_redirects_are_followed_to_the_end() -> None:
    """Relative and absolute redirects lead to the answer that is judged; phases are summed."""
    talk = pages(a=moved("b?x=1"), b=moved("/c", "308 Permanent Redirect"), c=http(b"here"))
    with serving(talk) as port:
        finding = get(port, "/a", body_contains="here")
    assert finding.outcome is Outcome.UP


def test_redirects_beyond_the_number_allowed_are_down() -> None:
    """One redirect more than allowed is a failure; with none allowed the redirect itself is judged."""
    with serving(pages(a=moved("/b"), b=moved("/c"), c=http())) as port:
        assert get(port, "/a", follow_redirects=2).outcome is Outcome.UP
        assert get(port, "/a", follow_redirects=1).reason is Reason.STATUS
        assert get(port, "/a", follow_redirects=0).reason is Reason.STATUS


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        ("301 Moved", "POST", "GET"),
        ("302 Found", "POST", "GET"),
        ("303 See Other", "POST", "GET"),
        ("303 See Other", "HEAD", "HEAD"),
        ("307 Temporary", "POST", "POST"),
        ("308 Permanent", "PUT", "PUT"),
    ],
)
def test_method_after_a_redirect_is_that_of_the_rfc(status: str, method: str, then: str) -> None:
    """RFC 9110, 15.4: a see-other becomes GET, and so by custom does a POST that has moved."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(read_request(connection))
        connection.sendall(http(b"", status, "Location: /b") if len(heard) == 1 else http(b""))

    told = {"body": "x", "headers": {"Content-Type": "text/plain"}} if method != "HEAD" else {}
    with serving(talk) as port:
        assert get(port, method=method, **told).outcome is Outcome.UP
    assert heard[1].startswith(then.encode() + b" /b ")
    assert (b"Content-Type" in heard[1]) == (then == method and method != "HEAD")


def test_secrets_do_not_follow_a_redirect_to_another_origin() -> None:
    """Another host, port or scheme sees neither the authorization nor the secret fields nor our Host."""
    heard: list[bytes] = []

    def stranger(connection: socket.socket) -> None:
        heard.append(read_request(connection))
        connection.sendall(http())

    with serving(stranger) as other, serving(answers(moved(f"http://127.0.0.1:{other}/x"))) as port:
        told: dict[str, Any] = {"headers": {"Host": "intranet", "X-Plain": "1"}, "bearer_token": SECRET}
        assert get(port, secret_headers={"X-Key": SECRET}, **told).outcome is Outcome.UP
    assert SECRET.encode() not in heard[0]
    assert b"intranet" not in heard[0]
    assert b"X-Plain: 1" in heard[0]


def test_secrets_follow_a_redirect_within_the_origin() -> None:
    """The same host, port and scheme gets the authorization again."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(read_request(connection))
        connection.sendall(moved("/b") if len(heard) == 1 else http())

    with serving(talk) as port:
        get(port, bearer_token=SECRET)
    assert SECRET.encode() in heard[1]


@pytest.mark.parametrize(
    "location", ["mailto:a@b.example", "http://u:p@127.0.0.1/", "http://:80/", "http://[::1", "//:0/", "\udcff"]
)
def test_redirect_to_nowhere_is_down(location: str) -> None:
    """A redirect to what cannot be asked is the server's mistake; what it said is not repeated."""
    answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % location.encode(
        errors="surrogateescape"
    )
    with serving(answers(answer)) as port:
        finding = get(port)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.PROTOCOL)
    assert location not in finding.detail


def test_redirect_to_a_refused_port_is_down() -> None:
    """The reason is that of the place where it ended."""
    with refusing() as closed, serving(answers(moved(f"http://127.0.0.1:{closed}/"))) as port:
        assert get(port).reason is Reason.REFUSED


def test_name_that_does_not_exist_is_down() -> None:
    """A host without an address cannot be reached by anybody (RFC 6761 reserves .invalid)."""
    finding = found_by(HttpProbe, address="http://-.127.0.0.1.invalid:1/", limit=10)
    assert finding.reason in (Reason.NAME, Reason.RESOLVER)


def test_many_probes_at_once_do_not_disturb_each_other() -> None:
    """Thirty addresses asked at once each get their own answer."""
    numbers = range(30)

    async def all_at_once(port: int) -> list[Finding]:
        async with HttpProbe() as probe, asyncio.TaskGroup() as group:
            asked = [HttpOptions(address=f"http://127.0.0.1:{port}/p{n}", body_regex=f"^page {n}$") for n in numbers]
            tasks = [group.create_task(probe.run(options)) for options in asked]
        return [task.result() for task in tasks]

    with serving(pages(**{f"p{n}": http(f"page {n}".encode()) for n in numbers})) as port:
        findings = asyncio.run(all_at_once(port))
    assert {finding.outcome for finding in findings} == {Outcome.UP}


def test_checks_of_one_server_share_its_limit() -> None:
    """What limits the probes of one far end is its host and port, whatever the path."""
    probe = HttpProbe()
    ends = {probe.far_end(HttpOptions(address=f"https://www.example{path}")) for path in ("/a", "/b", ":443/c")}
    assert ends == {"www.example:443"}


def test_equal_options_are_equal_before_and_after_a_run() -> None:
    """What a check keeps for its next run does not make it another check at a reload."""
    one, other = (HttpOptions(address="http://127.0.0.1/", password="x", username="y") for _ in range(2))
    assert one.request is one.request
    assert one == other


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"address": "www.example"}, "http://"),
        ({"address": "ftp://www.example/"}, "http://"),
        ({"address": f"http://user:{SECRET}@www.example/"}, "password"),
        ({"address": "http://user@www.example/"}, "user"),
        ({"address": "http:///path"}, "host"),
        ({"address": "http://www.example:99999/"}, "URL"),
        ({"method": "get"}, "capitals|method"),
        ({"method": "CONNECT"}, "method"),
        ({"method": "GET /\r\n"}, "method"),
        ({"headers": {"A b": "c"}}, "header field"),
        ({"headers": {"A": "b\r\nC: d"}}, "line ends"),
        ({"secret_headers": {"A": f"{SECRET}\n"}}, "line ends"),
        ({"headers": {"Content-Length": "5"}}, "set by the probe"),
        ({"headers": {"A": "1"}, "secret_headers": {"a": "2"}}, "twice"),
        ({"username": "u"}, "belong together"),
        ({"username": "u:v", "password": "p"}, "pattern"),
        ({"bearer_token": "t", "headers": {"authorization": "x"}}, "one way"),
        ({"expect_status": "2xx"}, "status code"),
        ({"expect_status": "299-200"}, "status code"),
        ({"expect_status": 42}, "status code"),
        ({"body_regex": "(?=a)"}, "linear time"),
        ({"follow_redirects": -1}, "greater"),
        ({"verifiy": True}, "Extra"),
    ],
)
def test_impossible_options_are_refused_with_the_reason(told: dict[str, Any], message: str) -> None:
    """A mistake is told when the options are read, and never repeats a secret."""
    with pytest.raises(ValidationError, match=message) as caught:
        HttpOptions(**{"address": "http://www.example/", **told})
    assert SECRET not in str(caught.value)


def test_secrets_are_not_shown() -> None:
    """Options can be printed and logged: their secrets stay hidden, before and after a run."""
    options = HttpOptions(address="http://127.0.0.1/", secret_headers={"X-Key": SECRET}, username="u", password=SECRET)
    assert options.request
    assert SECRET not in repr(options) + str(options) + options.model_dump_json()
