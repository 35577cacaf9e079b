"""The catalogue's files: one file or a folder of them, and the secrets that they name."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ictss_monitor.catalogue.marks import LONGEST
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.parse import OptionsModels, Source, parse
from ictss_monitor.catalogue.secrets import SecretError, SecretReader
from ictss_monitor.errors import CatalogueError

LONGEST_SECRET: Final = 64 * 1024
"""Bytes of a secret's file; a private key with its chain of certificates fits."""

_TURN: Final = 0.000_5
"""Seconds for which the reading thread keeps the interpreter while the loop waits for it; Python's own are 5 ms."""


def load(path: Path, options_model: OptionsModels) -> Catalogue:
    """Return the catalogue of `path`: a file, or a folder whose *.yaml and *.yml are read as one.

    `file:` secrets are relative to the catalogue's folder. Raises CatalogueError with everything that is wrong.
    """
    return load_with_sources(path, options_model)[0]


def load_with_sources(path: Path, options_model: OptionsModels) -> tuple[Catalogue, tuple[Source, ...]]:
    """Return the catalogue of `path` as `load` does, and the texts that it was made from. Raises CatalogueError."""
    read = sources(path)
    return parse(read, options_model, secret_reader(path if path.is_dir() else path.parent)), read


async def load_beside(path: Path, options_model: OptionsModels) -> Catalogue:
    """Do as `load` does, in a thread that leaves the event loop its turns: under 20 ms between any two of them.

    Everything alive at the end is exempted from the cycle collector (gc.freeze): one pass over 10,000 checks would
    block the loop for 70 ms, whenever it came. What is frozen is still freed when its last reference goes.
    """
    with _short_turns():
        return await asyncio.to_thread(_load_frozen, path, options_model)


def sources(path: Path) -> tuple[Source, ...]:
    """Return the texts of `path`, in the order of their names; these are what a version of the catalogue consists of.

    Raises CatalogueError where a file cannot be read, is too long or is not UTF-8, or where there is none.
    """
    try:
        files = _files(path)
    except OSError as error:
        raise CatalogueError(
            (f"{path}: cannot be read: {_why(error)}; name a YAML file or a folder of them",)
        ) from None
    if not files:
        raise CatalogueError((f"{path}: no *.yaml file in this folder; write one, or copy the example",))
    read = [_source(file) for file in files]
    problems = tuple(each for each in read if isinstance(each, str))
    if problems:
        raise CatalogueError(problems)
    return tuple(each for each in read if isinstance(each, Source))


def secret_reader(folder: Path) -> SecretReader:
    """Return what reads `env:NAME`, and `file:PATH` relative to `folder`; one trailing newline is not the secret's."""

    def read(reference: str) -> str:
        kind, _, name = reference.partition(":")
        if not name:
            raise SecretError(f"'{reference}' names nothing; write env:NAME or file:PATH")
        secret = _variable(name) if kind == "env" else _file(folder / name)
        if not secret:
            raise SecretError(f"{reference} is empty")
        return secret

    return read


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        path.stat()
        return [path]
    held = (file for file in path.iterdir() if file.suffix in (".yaml", ".yml") and not file.name.startswith("."))
    return sorted(file for file in held if file.is_file())


def _source(file: Path) -> Source | str:
    try:
        held = _bounded(file, LONGEST)
    except OSError as error:
        return f"{file}: cannot be read: {_why(error)}"
    if held is None:
        return f"{file}: longer than {LONGEST} bytes; split it into several files of one folder"
    try:
        return Source(str(file), held.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = held.count(b"\n", 0, error.start) + 1
        return f"{file}:{line}: byte 0x{held[error.start]:02x} is not UTF-8; save the file as UTF-8"


def _variable(name: str) -> str:
    if name not in os.environ:
        raise SecretError(f"environment variable {name} is not set")
    return os.environ[name]


def _file(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise SecretError(f"{path} is not a file")
        held = _bounded(path, LONGEST_SECRET)
    except OSError as error:
        raise SecretError(f"file {path}: {_why(error)}") from None
    except ValueError:
        raise SecretError("the file's name has a character that no file name has") from None
    if held is None:
        raise SecretError(f"file {path} is longer than {LONGEST_SECRET} bytes")
    try:
        return held.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise SecretError(f"file {path} is not UTF-8 text") from None


def _bounded(path: Path, longest: int) -> bytes | None:
    """Return what the file holds, None where it is more than `longest` bytes."""
    with path.open("rb") as file:
        held = file.read(longest + 1)
    return held if len(held) <= longest else None


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _load_frozen(path: Path, options_model: OptionsModels) -> Catalogue:
    collecting = gc.isenabled()
    gc.disable()
    try:
        return load(path, options_model)
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


@contextmanager
def _short_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _TURN))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
