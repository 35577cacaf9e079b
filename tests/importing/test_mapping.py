"""Which thing of another tool is which service for which council."""

from __future__ import annotations

import pytest
from support.histories import estate

from ictss_monitor.errors import UsageError
from ictss_monitor.importing.mapping import COLUMNS, read_mapping
from ictss_monitor.importing.records import read_csv


def test_a_name_may_hold_any_sign() -> None:
    """Names of other tools are URLs or have blanks; one may stand for several councils."""
    words = [
        "https://www.example.org/?a=b=website:fenshire",
        "https://www.example.org/?a=b=website:wolds",
        "a b=mail:fenshire",
    ]
    assert read_mapping(words, [], estate()) == (
        {
            "https://www.example.org/?a=b": [("website", "fenshire"), ("website", "wolds")],
            "a b": [("mail", "fenshire")],
        },
        [],
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "nothing is mapped"),
        (["mail"], "write it as NAME=SERVICE:COUNCIL"),
        (["=mail:fenshire"], "write it as NAME=SERVICE:COUNCIL"),
        (["a=mail"], "write it as NAME=SERVICE:COUNCIL"),
        (["a=mial:fenshire"], "did you mean 'mail'"),
        (["a=mail:fenshire", "b=mail:fenshire"], "mail for fenshire has both 'a' and 'b' mapped to it: choose one"),
    ],
)
def test_a_wrong_mapping_is_refused(words: list[str], told: str) -> None:
    """What is wrong is told in one line."""
    with pytest.raises(UsageError, match=told):
        read_mapping(words, [], estate())


def test_a_file_of_names_is_told_by_line() -> None:
    """Every wrong line of a mapping file is told."""
    contents = read_csv("name,service,council\na,mail,fenshire\n,mail,fenshire\nb,mail,fenshir\n", COLUMNS, COLUMNS)
    mapped, problems = read_mapping([], contents.records, estate())
    assert mapped == {"a": [("mail", "fenshire")]}
    assert [problem.line for problem in problems] == [3, 4]
