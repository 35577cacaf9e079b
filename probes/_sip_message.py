"""SIP messages (RFC 3261, 7): one request written, replies read from bytes as they come; no socket, all bounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MOST_HEAD: Final = 16_384
"""Bytes of a start line and its fields."""
MOST_BODY: Final = 65_536
MOST_BLANK: Final = 64
"""Empty lines before a message, which are no more than signs of life (RFC 3261, 7.5; RFC 5626, 4.4.1)."""

COOKIE: Final = "z9hG4bK"
"""What a branch begins with (RFC 3261, 8.1.1.7)."""

STATUS_LINE: Final = re.compile(rb"SIP/2\.0 ([1-6][0-9][0-9])(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?", re.IGNORECASE)
CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
REQUEST_LINE: Final = re.compile(rb"[!%*_+`'~.A-Za-z0-9-]+ [^ \r\n]+ SIP/2\.0", re.IGNORECASE)
FIELD: Final = re.compile(rb"([!%*_+`'~.A-Za-z0-9-]+)[ \t]*:([^\x00\r\n]*)", re.DOTALL)
FOLD: Final = re.compile(rb"\r?\n[ \t]+")
END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
CSEQ: Final = re.compile(rb"([0-9]{1,10})[ \t]+([!%*_+`'~.A-Za-z0-9-]+)")
DIGITS: Final = re.compile(rb"[0-9]{1,9}")
PART: Final = re.compile(rb'(?:[^,;"]|"(?:[^"\\]|\\.)*")*', re.DOTALL)
"""What is between commas and semicolons of a field, those in quoted strings aside."""

COMPACT: Final = {b"v": b"via", b"i": b"call-id", b"l": b"content-length"}
SINGLE: Final = frozenset({b"call-id", b"content-length", b"cseq"})
WANTED: Final = SINGLE | {b"via", b"server", b"user-agent"}


class NotSip(Exception):  # noqa: N818  # the far end's error, not ours
    """What came is no SIP message; `too_long` where it is longer than we are willing to read."""

    def __init__(self, detail: str, *, too_long: bool = False) -> None:
        super().__init__(detail)
        self.too_long = too_long


@dataclass(frozen=True, slots=True)
class Request:
    """One OPTIONS request, with what its replies are known by."""

    uri: str
    from_user: str
    transport: str
    sent_by: str
    """Our address and port, as in a Via field."""
    branch: str
    """The branch without its cookie; like tag and call, fresh for every request."""
    tag: str
    call: str
    number: int

    @property
    def call_id(self) -> str:
        """The value of the field Call-ID."""
        return f"{self.call}@{self.sent_by}"

    def wire(self) -> bytes:
        """Return the request in full: the six mandatory fields (RFC 3261, 8.1.1) and those of OPTIONS (11.1)."""
        host = self.sent_by.rpartition(":")[0]
        lines = (
            f"OPTIONS {self.uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {self.sent_by};branch={COOKIE}{self.branch};rport",
            "Max-Forwards: 70",
            f"From: <sip:{self.from_user}@{host}>;tag={self.tag}",
            f"To: <{self.uri}>",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.number} OPTIONS",
            "Accept: application/sdp",
            "User-Agent: ictss-monitor",
            "Content-Length: 0",
        )
        return "\r\n".join((*lines, "", "")).encode()

    def is_answered_by(self, message: Message) -> bool:
        """Tell whether `message` is a reply to this request (RFC 3261, 17.1.3 and 8.1.3.3)."""
        return (
            message.status is not None
            and message.vias == 1
            and message.branch == (COOKIE + self.branch).lower().encode()
            and message.call_id == self.call_id.encode()
            and message.cseq == (self.number, b"OPTIONS")
        )


@dataclass(frozen=True, slots=True)
class Message:
    """What we look at of a message: of a request (no status), only that it is one."""

    status: int | None
    phrase: str
    vias: int
    branch: bytes
    """Of the topmost Via, in lower case."""
    call_id: bytes
    cseq: tuple[int, bytes]
    software: str
    """What the far end calls itself, in the fields Server and User-Agent."""


class Reader:
    """Reads messages off a connection, where each says how long its body is. Raises NotSip."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._blank = 0
        self._head: Message | None = None
        self._left = 0

    @property
    def begun(self) -> bool:
        """Whether a message has come in part."""
        return self._head is not None or bool(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take what came; it is looked at by `next`."""
        self._buffer += data

    def next(self) -> Message | None:
        """Return the next message that has come in full, body included; None while none has."""
        if self._head is None:
            self._read_head()
        if self._head is None or len(self._buffer) < self._left:
            return None
        del self._buffer[: self._left]
        message, self._head = self._head, None
        return message

    def _read_head(self) -> None:
        self._skip_blank_lines()
        found = END_OF_HEAD.search(self._buffer, self._searched)
        if (found.end() if found else len(self._buffer)) > MOST_HEAD:
            raise NotSip(f"a head longer than {MOST_HEAD} bytes", too_long=True)
        if found is None:
            _check_first_line(self._buffer)
            self._searched = max(0, len(self._buffer) - 3)
            return
        head = bytes(self._buffer[: found.start()])
        del self._buffer[: found.end()]
        self._searched = 0
        self._head, length = parse(head)
        if length is None:
            raise NotSip("a message over a connection does not say how long it is")
        if length > MOST_BODY:
            raise NotSip(f"a body of {length} bytes, more than {MOST_BODY}", too_long=True)
        self._left = length

    def _skip_blank_lines(self) -> None:
        blank = 0
        while blank < len(self._buffer) and self._buffer[blank] in b"\r\n":
            blank += 1
        del self._buffer[:blank]
        self._blank += blank
        if self._blank > 2 * MOST_BLANK:
            raise NotSip("more empty lines than signs of life need", too_long=True)


def _check_first_line(buffer: bytearray) -> None:
    """Raise NotSip where `buffer` does not begin like a message: no need to wait for the end of its head."""
    first, end, _ = bytes(buffer).partition(b"\n")
    if CONTROL.search(first.removesuffix(b"\r")) or (end and not _starts(first.removesuffix(b"\r"))):
        raise NotSip("what came is not SIP")


def _starts(line: bytes) -> bool:
    return bool(STATUS_LINE.fullmatch(line) or REQUEST_LINE.fullmatch(line))


def read(datagram: bytes) -> Message:
    """Return the message that `datagram` is (RFC 3261, 18.3). Raises NotSip for what is none, or is not whole."""
    stripped = datagram.lstrip(b"\r\n")
    found = END_OF_HEAD.search(stripped, 0, MOST_HEAD)
    if found is None:
        raise NotSip("no end of the head")
    message, length = parse(stripped[: found.start()])
    if length is not None and len(stripped) - found.end() < length:
        raise NotSip("the datagram ends before the body does")
    return message


def parse(head: bytes) -> tuple[Message, int | None]:
    """Return the message with this `head` and the length of its body, if it says. Raises NotSip."""
    first, *lines = re.split(rb"\r?\n", FOLD.sub(b" ", head.lstrip(b"\r\n")))
    matched = STATUS_LINE.fullmatch(first)
    if matched is None and not REQUEST_LINE.fullmatch(first):
        raise NotSip("it begins with neither a status line nor a request line of SIP/2.0")
    fields = _fields(lines)
    for name in (b"via", b"call-id", b"cseq"):
        if not fields.get(name):
            raise NotSip(f"the field {name.decode()} is missing")
    cseq = CSEQ.fullmatch(fields[b"cseq"][0])
    if cseq is None:
        raise NotSip("a malformed CSeq")
    vias, branch = _via(b",".join(fields[b"via"]))
    software = b" ".join((*fields.get(b"server", ()), *fields.get(b"user-agent", ())))
    message = Message(
        status=int(matched[1]) if matched else None,
        phrase=(matched[2] or b"").decode("utf-8", "replace") if matched else "",
        vias=vias,
        branch=branch,
        call_id=fields[b"call-id"][0],
        cseq=(int(cseq[1]), cseq[2]),
        software=software.decode("utf-8", "replace"),
    )
    return message, _length(fields.get(b"content-length"))


def _fields(lines: list[bytes]) -> dict[bytes, list[bytes]]:
    """Return the values of the fields that are wanted, by their long names in lower case."""
    fields: dict[bytes, list[bytes]] = {}
    for line in lines:
        field = FIELD.fullmatch(line)
        if field is None:
            raise NotSip("a line of the head is no field")
        name = field[1].lower()
        name = COMPACT.get(name, name)
        if name in SINGLE and name in fields:
            raise NotSip(f"the field {name.decode()} comes twice")
        if name in WANTED:
            fields.setdefault(name, []).append(field[2].strip(b" \t"))
    return fields


def _length(values: list[bytes] | None) -> int | None:
    if values is None:
        return None
    if not DIGITS.fullmatch(values[0]):
        raise NotSip("a malformed Content-Length")
    return int(values[0])


def _via(value: bytes) -> tuple[int, bytes]:
    """Return how many hops the Via fields name, and the branch of the first."""
    vias, at, branch = 1, 0, b""
    while at < len(value):
        found = PART.match(value, at)
        assert found is not None  # an empty part matches as well
        name, equals, content = found[0].partition(b"=")
        if equals and vias == 1 and name.strip().lower() == b"branch":
            branch = content.strip().lower()
        at = found.end()
        if at < len(value):
            if value[at : at + 1] == b'"':
                raise NotSip("a quoted string of Via has no end")
            vias += value[at : at + 1] == b","
            at += 1
    return vias, branch
