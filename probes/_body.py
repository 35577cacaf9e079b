"""Keeps as much of a body as may be kept, uncompressed as it comes: memory and work bounded by the limit."""

from __future__ import annotations

import zlib
from typing import Final

from ictss_monitor.probe import ProbeFailure, Reason

WINDOW_BITS: Final = {b"gzip": 31, b"x-gzip": 31, b"deflate": 15}
"""What zlib is told of each content coding (RFC 9110, 8.4.1)."""


class Body:
    """The body of one answer, up to `limit` bytes after decompression; `wanted` says whether to keep it at all."""

    __slots__ = ("_inflate", "_limit", "_size", "_wanted", "content", "over")

    def __init__(self, limit: int, *, wanted: bool) -> None:
        self._limit = limit
        self._wanted = wanted
        self._size = 0
        self._inflate: zlib._Decompress | None = None
        self.content = bytearray()
        self.over = False
        """There is more than the limit allows to look at."""

    def decode(self, coding: bytes) -> None:
        """Prepare for the Content-Encoding `coding`, in lower case; we ask for none, but some send what they like."""
        if not self._wanted or coding in (b"", b"identity"):
            return
        if coding not in WINDOW_BITS:
            raise ProbeFailure(Reason.PROTOCOL, "the body is compressed in a way that was not asked for")
        self._inflate = zlib.decompressobj(WINDOW_BITS[coding])

    def take(self, piece: bytes) -> bool:
        """Keep the next `piece`; False once there is more than the limit."""
        if self._inflate is not None:
            piece = self._inflated(piece)
        self._size += len(piece)
        if self._wanted:
            self.content += piece[: self._limit - len(self.content)]
        self.over = self._size > self._limit
        return not self.over

    def _inflated(self, piece: bytes) -> bytes:
        """Return what `piece` holds, at most one byte over the limit: a bomb goes off in a small box."""
        assert self._inflate is not None
        try:
            return self._inflate.decompress(piece, self._limit - self._size + 1)
        except zlib.error:
            raise ProbeFailure(Reason.PROTOCOL, "the body is not compressed as its header says") from None
