"""Finds probe types: the entry points of the group `ictss_monitor.probes`, ours and other packages' alike.

Their names are read from the metadata of what is installed; the code of a type is imported when it is first asked for
by name, so that a catalogue pays only for the protocols it uses.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import ictss_monitor
from ictss_monitor.errors import ProbeKindError
from ictss_monitor.probe import Probe, ProbeOptions, ProbeTrouble
from ictss_monitor.probing.runner import tried

GROUP: Final = "ictss_monitor.probes"

OUR_PACKAGE: Final = "probes"


@cache
def claims() -> Mapping[str, tuple[EntryPoint, ...]]:
    """Return by kind the entry points that claim it, read once from the metadata of the installed packages."""
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, []).append(entry)
    return MappingProxyType({kind: tuple(found[kind]) for kind in sorted(found)})


def kinds() -> tuple[str, ...]:
    """Return every probe type that is installed, sorted; none of them is imported for it."""
    return tuple(claims())


@cache
def probe_class(kind: str) -> type[Probe[Any]]:
    """Return the class of the probe type `kind`, imported on first use.

    Raises ProbeKindError where the type is not known, is claimed by two packages, or cannot be loaded.
    """
    entry = claim(kind)
    if entry.module.partition(".")[0] == OUR_PACKAGE:
        check_our_package()
    loaded = tried(entry.load)
    if isinstance(loaded, Exception):
        told = f"{type(loaded).__name__}: {loaded}"
        raise ProbeKindError(
            f"probe type '{kind}' ({entry.value} of {owner(entry)}) cannot be loaded: {told}"
        ) from loaded
    if not (inspect.isclass(loaded) and issubclass(loaded, Probe)) or inspect.isabstract(loaded):
        raise ProbeKindError(f"probe type '{kind}': {entry.value} of {owner(entry)} is not a class of probes")
    model = getattr(loaded, "options_model", None)
    if not (inspect.isclass(model) and issubclass(model, ProbeOptions)):
        raise ProbeKindError(
            f"probe type '{kind}': {entry.value} of {owner(entry)} has no options_model of ProbeOptions"
        )
    return loaded


def options_model(kind: str) -> type[ProbeOptions]:
    """Return the model of the options of the probe type `kind`. Raises ProbeKindError as `probe_class` does."""
    return probe_class(kind).options_model


@asynccontextmanager
async def open_probes(kinds: Iterable[str]) -> AsyncIterator[Mapping[str, Probe[Any]]]:
    """Open one probe object per kind, for all of its checks; close them in reverse, also when half of them are open.

    All are loaded before the first is opened. Raises ProbeKindError as `probe_class` does, and for one that cannot
    get what it needs to open.
    """
    classes = {kind: probe_class(kind) for kind in sorted(set(kinds))}
    probes: dict[str, Probe[Any]] = {}
    async with AsyncExitStack() as opened:
        for kind, made in classes.items():
            try:
                probes[kind] = await opened.enter_async_context(made())
            except (OSError, ProbeTrouble) as error:
                raise ProbeKindError(f"probe type '{kind}' cannot be opened: {error}") from error
        yield MappingProxyType(probes)


def claim(kind: str) -> EntryPoint:
    """Return the one entry point of `kind`. Raises ProbeKindError where there is none, or more than one."""
    entries = claims().get(kind, ())
    if len(entries) == 1:
        return entries[0]
    if not entries:
        known = ", ".join(kinds()) or "none is installed"
        near = get_close_matches(kind, kinds(), 1)
        meant = f": did you mean '{near[0]}'?" if near else ""
        raise ProbeKindError(f"unknown probe type '{kind}'{meant} (known: {known})")
    owners = " and ".join(f"{owner(entry)} ({entry.value})" for entry in entries)
    raise ProbeKindError(f"probe type '{kind}' is claimed by {owners}: uninstall all but one of them")


def owner(entry: EntryPoint) -> str:
    """Return the distribution that `entry` comes from, with its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "an unnamed package"


def check_our_package() -> None:
    """Raise ProbeKindError where another package named `probes` would be imported in the place of ours.

    The name is a common one; ours lies beside `ictss_monitor`, in a checkout as in site-packages.
    """
    ours = Path(ictss_monitor.__file__).parent.parent / OUR_PACKAGE
    spec = find_spec(OUR_PACKAGE)
    found = Path(spec.origin).parent if spec is not None and spec.origin else None
    if found is None or found.resolve() != ours.resolve():
        raise ProbeKindError(
            f"the Python package '{OUR_PACKAGE}' at {found or 'no place'} hides that of ictss-monitor at {ours}: "
            "install ictss-monitor in a virtual environment of its own"
        )
