"""Text that every format can hold: without the characters that XML forbids and screens act upon."""

from __future__ import annotations

import re
from typing import Final

_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Controls, signs that turn the direction of text, halves of characters, and what is no character at all."""
MARK: Final = "\ufffd"


def plain(text: str) -> str:
    """Return `text` with a mark (U+FFFD) in the place of every character that does not print."""
    return _UNWANTED.sub(MARK, text.replace("\r\n", "\n").replace("\r", "\n"))
