"""Reads one HTTP/1.x answer (RFC 9112) from bytes as they come; no socket, no clock, everything bounded.

Strict where an answer could be understood in two ways, tolerant where the RFC asks for it (bare LF, folded fields).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ictss_monitor.probe import ProbeFailure, Reason

MOST_HEAD: Final = 65_536
"""Bytes of status lines and fields in one exchange, interim answers (1xx) included."""

MOST_FRAMING: Final = 65_536
"""Bytes of chunk sizes, chunk extensions and trailers, beyond one for each byte of body."""

MOST_LINE: Final = 4096
"""Bytes of one chunk-size or trailer line."""

VERSION: Final = b"HTTP/1."
END_OF_HEAD: Final = re.compile(rb"\n\r?\n")
STATUS_LINE: Final = re.compile(rb"HTTP/1\.[0-9] ([1-9][0-9][0-9])(?: [^\x00\r]*)?")
FIELD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\x00\r]*)")
CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", re.DOTALL)
WANTED: Final = frozenset({b"content-length", b"transfer-encoding", b"content-encoding", b"location"})
"""The fields that are kept, by name in lower case; the others are only checked."""

DIGITS: Final = re.compile(rb"[0-9]{1,18}")

Keep = Callable[[bytes], bool]
"""Takes the next piece of the body; False when no more is wanted."""


class Answer:
    """One answer being read: `feed` it what came, `end` it when the far end has ended its sending.

    `done` once it is complete, or once `keep` wants no more of the body (then `cut` too).
    Raises ProbeFailure(PROTOCOL, OVERSIZE or CLOSED) for what is not an answer, is too long in its framing, or is
    not whole.
    """

    def __init__(self, begin: Callable[[bytes], None], keep: Keep, *, head_only: bool = False) -> None:
        self.status = 0
        self.fields: dict[bytes, bytes] = {}
        """The fields of WANTED that came; the values of repeated ones joined with commas."""
        self.body_bytes = 0
        """Bytes of body so far, as sent: still compressed where they are."""
        self.done = False
        self.cut = False
        self._begin = begin
        self._keep = keep
        self._head_only = head_only
        self._buffer = bytearray()
        self._searched = 0
        self._heads = 0
        self._framing = 0
        self._left = 0
        self._chunked = False
        self._step: Callable[[], bool] = self._head

    def feed(self, data: bytes) -> None:
        """Read on with `data`; `begin` is told the content coding before the body."""
        self._buffer += data
        while not self.done and self._step():
            pass

    def end(self) -> None:
        """Take note that nothing more will come."""
        if self.done:
            return
        if self._step == self._until_end:
            self.done = True
        elif not self.status:
            where = "in the middle of its header" if self._buffer else "without an answer"
            raise ProbeFailure(Reason.CLOSED, f"the far end closed the connection {where}")
        else:
            missing = "" if self._chunked else f", {self._left} bytes short"
            raise ProbeFailure(Reason.CLOSED, f"the far end closed the connection in the middle of the body{missing}")

    def _head(self) -> bool:
        """Read a status line and its fields; of interim answers, only the length counts."""
        found = END_OF_HEAD.search(self._buffer, self._searched)
        if self._heads + (found.end() if found else len(self._buffer)) > MOST_HEAD:
            raise ProbeFailure(Reason.OVERSIZE, f"the header is longer than {MOST_HEAD} bytes")
        if found is None:
            # What does not begin like HTTP never will: no need to wait for the end of its header.
            if not self._buffer.startswith(VERSION[: len(self._buffer)]):
                raise ProbeFailure(Reason.PROTOCOL, "the answer is not HTTP/1")
            self._searched = max(0, len(self._buffer) - 2)
            return False
        status, fields = parse_head(bytes(self._buffer[: found.start()]))
        del self._buffer[: found.end()]
        self._heads += found.end()
        self._searched = 0
        if status == 101:
            raise ProbeFailure(Reason.PROTOCOL, "the far end switches to another protocol without being asked")
        if status >= 200:
            self.status, self.fields = status, fields
            self._begin_body()
        return True

    def _begin_body(self) -> None:
        """Decide how long the body is (RFC 9112, 6.3)."""
        coding = self.fields.get(b"transfer-encoding")
        if self._head_only or self.status in (204, 304):
            self.done = True
        elif coding is not None:
            if coding.lower() != b"chunked":
                raise ProbeFailure(Reason.PROTOCOL, "the body has a transfer coding that was not asked for")
            self._chunked = True
            self._step = self._chunk_size
        elif b"content-length" in self.fields:
            self._left = content_length(self.fields[b"content-length"])
            self._step = self._counted
            self.done = self._left == 0
        else:
            self._step = self._until_end
        self._begin(self.fields.get(b"content-encoding", b"").lower())

    def _take(self, size: int) -> None:
        piece = bytes(self._buffer[:size])
        del self._buffer[:size]
        self.body_bytes += len(piece)
        if piece and not self._keep(piece):
            self.done = self.cut = True

    def _until_end(self) -> bool:
        self._take(len(self._buffer))
        return False

    def _counted(self) -> bool:
        """Read a body, or a chunk, of known length."""
        size = min(self._left, len(self._buffer))
        self._left -= size
        self._take(size)
        if self._left or self.done:
            return False
        if self._chunked:
            self._step = self._chunk_end
        else:
            self.done = True
        return True

    def _line(self) -> bytes | None:
        """Take the next line off, without its end; None while it has not come."""
        end = self._buffer.find(b"\n", 0, MOST_LINE)
        if end < 0 and len(self._buffer) < MOST_LINE:
            return None
        self._framing += end + 1
        if end < 0 or self._framing > MOST_FRAMING + self.body_bytes:
            raise ProbeFailure(Reason.OVERSIZE, "the body has more framing than content")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.removesuffix(b"\r")

    def _chunk_size(self) -> bool:
        line = self._line()
        if line is None:
            return False
        size = CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise ProbeFailure(Reason.PROTOCOL, "a chunk of the body has no valid size")
        self._left = int(size[1], 16)
        self._step = self._counted if self._left else self._trailer
        return True

    def _chunk_end(self) -> bool:
        line = self._line()
        if line:
            raise ProbeFailure(Reason.PROTOCOL, "a chunk of the body is longer than its size says")
        if line is not None:
            self._step = self._chunk_size
        return line is not None

    def _trailer(self) -> bool:
        line = self._line()
        self.done = line == b""
        return line is not None


def parse_head(head: bytes) -> tuple[int, dict[bytes, bytes]]:
    """Return the status and the fields of `head`, which ends without its empty line."""
    first, *lines = head.split(b"\n")
    matched = STATUS_LINE.fullmatch(first.removesuffix(b"\r"))
    if matched is None:
        raise ProbeFailure(Reason.PROTOCOL, "the answer does not begin with a status line of HTTP/1")
    fields: dict[bytes, bytes] = {}
    name = b""
    for line in lines:
        if line[:1] in (b" ", b"\t") and name not in WANTED:
            continue  # a folded line (RFC 9112, 5.2) goes on with the value before
        field = FIELD.fullmatch(line.removesuffix(b"\r"))
        if field is None:
            raise ProbeFailure(Reason.PROTOCOL, "a line of the header is not a field, or holds forbidden characters")
        name = field[1].lower()
        if name in WANTED:
            value = field[2].strip()
            fields[name] = fields[name] + b", " + value if name in fields else value
    return int(matched[1]), fields


def content_length(value: bytes) -> int:
    """Return the length that a Content-Length field states, be it once or several times alike."""
    lengths = {length.strip() for length in value.split(b",")}
    length = lengths.pop()
    if lengths or not DIGITS.fullmatch(length):
        raise ProbeFailure(Reason.PROTOCOL, "the header gives no valid Content-Length")
    return int(length)
