"""Exact numbers of any length as decimal text.

Python refuses to write or read a number of more than 4,300 digits, to keep hostile input from costing much time. The
exact mean of a thousand services of unlike coverage has more. Only for text that is our own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_ALONE = Lock()
"""The limit is one for the whole process: who lifts it must put it back before another does."""


@contextmanager
def numbers_of_any_length() -> Iterator[None]:
    """Lift the limit within; what is done there must not wait for anything."""
    with _ALONE:
        before = sys.get_int_max_str_digits()
        sys.set_int_max_str_digits(0)
        try:
            yield
        finally:
            sys.set_int_max_str_digits(before)
