"""What a revision changed, in sentences for those who do not compare fractions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import groupby
from typing import Final

from ictss_monitor.availability.printing import percent
from ictss_monitor.statements.long_numbers import numbers_of_any_length
from ictss_monitor.statements.statement import Difference

_EXACT: Final = "exact"
_PRINTED: Final = "printed"
_NAMES: Final = {_PRINTED: "availability", _EXACT: "availability", "net": "net of third parties"}
"""How an aspect is called, where it has another name in a statement."""
_SHARES: Final = (_EXACT, "net", "target")
"""The aspects that a statement tells as fractions."""


def sentences(differences: Iterable[Difference], councils: Mapping[str, str]) -> Iterator[str]:
    """Yield one sentence for each thing that changed; `councils` are names by id."""
    for what, of_one in groupby(differences, key=lambda each: each.what):
        held = list(of_one)
        is_printed = any(each.aspect == _PRINTED for each in held)
        told = [_told(each) for each in held if not (is_printed and each.aspect == _EXACT)]
        yield f"{_with_name(what, councils)}: {'; '.join(told)}."


def _told(difference: Difference) -> str:
    aspect = _NAMES.get(difference.aspect, difference.aspect)
    before, after = (_value(difference, each) for each in (difference.before, difference.after))
    if before is None:
        return f"{aspect} {after} is new"
    if after is None:
        return f"{aspect} {before} is gone"
    return (
        f"{aspect} {before}, now {after}" if before != after else f"{aspect} {before}, changed by less than is printed"
    )


def _value(difference: Difference, text: str | None) -> str | None:
    if text is None or difference.aspect not in _SHARES:
        return text
    try:
        with numbers_of_any_length():
            share = Fraction(text)
    except ValueError:
        return text  # words: none, or about so much
    return f"{percent(share)} %"


def _with_name(what: str, councils: Mapping[str, str]) -> str:
    name, separator, council = what.rpartition(" for ")
    if not separator or council not in councils:
        return what
    return name if name == f"council {councils[council]}" else f"{name} for {councils[council]}"
