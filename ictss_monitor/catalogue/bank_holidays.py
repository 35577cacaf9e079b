"""Bank holidays of the nations of the United Kingdom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final


class Nation(StrEnum):
    """Whose bank holidays a calendar keeps."""

    ENGLAND = "england"
    SCOTLAND = "scotland"
    WALES = "wales"
    NORTHERN_IRELAND = "northern-ireland"


YEARS: Final = (2000, 2050)
"""The years for which calendars know bank holidays, both included."""

_SUBDIVISIONS: Final = {
    Nation.ENGLAND: "ENG",
    Nation.SCOTLAND: "SCT",
    Nation.WALES: "WLS",
    Nation.NORTHERN_IRELAND: "NIR",
}


@cache
def bank_holidays(nation: Nation, first_year: int = YEARS[0], last_year: int = YEARS[1]) -> Mapping[date, str]:
    """Return the bank holidays of `nation` from `first_year` to `last_year`, both included, with their names.

    Where one falls on a weekend, the day and its substitute are both here. Holidays that are proclaimed once are here
    as far as the library knows them.
    """
    from holidays import country_holidays  # 0.15 s with its first nation: loaded where a calendar names one

    found = country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=range(first_year, last_year + 1), expand=False)
    return MappingProxyType({day: found[day] for day in sorted(found)})
