"""The text of a version of the catalogue: put together for the store, and taken apart again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.catalogue.parse import Source, digest
from ictss_monitor.catalogue.version import joined, taken_apart

_lines = st.sampled_from(
    ["checks:", "# config/b.yaml", "# a comment", "# elsewhere/c.yaml", "", "  x: {probe: tcp}", "#"]
)
_texts = st.lists(_lines, max_size=6).map("\n".join)


@given(st.lists(_texts, min_size=1, max_size=4))
def test_what_was_joined_is_taken_apart(texts: list[str]) -> None:
    """Names and texts come back exactly, whatever comments the files have."""
    sources = tuple(Source(f"config/{letter}.yaml", text) for letter, text in zip("abcd", texts, strict=False))
    found = taken_apart(joined(sources), digest(sources))
    assert found is not None
    assert digest(found) == digest(sources)
    assert joined(found) == joined(sources)


def test_a_comment_may_look_like_another_file() -> None:
    """The digest tells which reading is the right one, though the headings look alike."""
    one = (Source("config/a.yaml", "x: 1\n# config/b.yaml\ny: 2\n"),)
    two = (Source("config/a.yaml", "x: 1"), Source("config/b.yaml", "y: 2\n"))
    assert joined(one) == joined(two)
    assert taken_apart(joined(one), digest(one)) == one
    assert taken_apart(joined(two), digest(two)) == two


def test_a_single_file_of_any_name() -> None:
    """A catalogue that is one file need not be called .yaml."""
    held = (Source("/etc/estate", "checks: {}\n"),)
    assert taken_apart(joined(held), digest(held)) == held


def test_what_was_changed_is_not_taken_apart() -> None:
    """A text that does not have the digest, or no heading, is none of ours."""
    held = (Source("config/a.yaml", "checks: {}\n"),)
    assert taken_apart(joined(held).replace("checks", "Checks"), digest(held)) is None
    assert taken_apart("checks: {}", digest(held)) is None


def test_many_comments_do_not_take_for_ever() -> None:
    """With a hundred headings that are comments only the two plain readings are tried."""
    held = (Source("config/a.yaml", "# config/b.yaml\n" * 100),)
    assert taken_apart(joined(held), digest(held)) == held
