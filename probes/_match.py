"""Regular expressions of the catalogue over bytes from anybody: RE2, whose time is linear in the bytes searched.

Python's own `re` may take exponential time on an answer made for the purpose, with the whole daemon waiting.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Final, Protocol, cast

import re2  # type: ignore[import-untyped]  # it ships neither stubs nor py.typed
from pydantic import AfterValidator, Field

MOST_PATTERN: Final = 1000


class Regex(Protocol):
    """A compiled expression."""

    def search(self, text: bytes) -> object | None:
        """Return something where the expression matches anywhere in `text`, else None."""
        ...


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> Regex:
    """Return `pattern` compiled for UTF-8 text. Raises ValueError for one that RE2 does not take."""
    options = re2.Options()
    options.max_mem = 4 << 20
    options.log_errors = False
    options.never_capture = True
    try:
        return cast(Regex, re2.compile(pattern, options))
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error
        raise ValueError(f"not a regular expression that takes linear time (RE2 syntax): {reason}") from None


def _checked(pattern: str) -> str:
    compiled(pattern)
    return pattern


LinearPattern = Annotated[str, Field(min_length=1, max_length=MOST_PATTERN), AfterValidator(_checked)]
"""A regular expression in RE2's syntax: Python's without backreferences and look-around."""
