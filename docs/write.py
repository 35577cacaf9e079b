"""Writes the parts of the documentation that repeat the code: `make docs`.

Each stands between `<!-- name -->` and `<!-- end -->`. A test fails where a page no longer says what the code says.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from ictss_monitor.probing import registry

ROOT: Final = Path(__file__).parents[1]
PART: Final = re.compile(r"<!-- (?P<name>[a-z]+)(?: (?P<of>[\w./-]+))? -->\n(?P<text>.*?)<!-- end -->\n", re.DOTALL)
PAGES: Final = ("docs/design.md", "docs/probes.md", "docs/decisions/README.md")


def written(page: str) -> str:
    """Return the text of a page with its generated parts written anew."""

    def anew(found: re.Match[str]) -> str:
        of = found["of"] or ""
        mark = f"{found['name']} {of}".strip()
        return f"<!-- {mark} -->\n{PARTS[found['name']](of)}<!-- end -->\n"

    return PART.sub(anew, (ROOT / page).read_text(encoding="utf-8"))


def modules(package: str) -> str:
    """Return a list of the modules of a package or folder with the first line of their docstrings."""
    files = (file for file in sorted((ROOT / package).glob("*.py")) if file.name not in ("__init__.py", "__main__.py"))
    return "".join(f"- `{file.name}` {_first_sentence(file)}\n" for file in files)


def _first_sentence(file: Path) -> str:
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split())


def options(kind: str) -> str:
    """Return the table of a probe type's options."""
    rows = ["| option | takes | if not said | |\n", "|---|---|---|---|\n"]
    for name, field in registry.options_model(kind).model_fields.items():
        told = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{name}` | {_takes(field.annotation)} | {_default(field)} | {told} |\n")
    return "".join(rows)


def _takes(annotation: Any) -> str:
    """Return in one or two words what an option takes."""
    parts, origin = get_args(annotation), get_origin(annotation)
    if origin is Annotated:
        return _takes(parts[0])
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_takes(part) for part in parts if part is not NoneType))
    if origin in (tuple, list, frozenset):
        return "list"
    if origin is not None:
        return "mapping"
    names = {str: "text", SecretStr: "secret", bool: "true, false", int: "whole number", float: "number"}
    return names.get(annotation, "mapping" if hasattr(annotation, "model_fields") else "text")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**must be said**"
    value = field.default
    if value is None or value == () or value is PydanticUndefined:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def decisions(_: str) -> str:
    """Return the list of the decisions with their titles."""
    lines = []
    for file in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        title = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        lines.append(f"- [{file.name[:3]}]({file.name}) {title.removeprefix(file.name[:3]).strip()}\n")
    return "".join(lines)


PARTS: Final[dict[str, Callable[[str], str]]] = {"modules": modules, "options": options, "decisions": decisions}


def described(page: str, part: str) -> Iterator[str]:
    """Yield what the parts of that name on a page are of."""
    for found in PART.finditer((ROOT / page).read_text(encoding="utf-8")):
        if found["name"] == part:
            yield found["of"] or ""


if __name__ == "__main__":
    for each in PAGES:
        (ROOT / each).write_text(written(each), encoding="utf-8")
