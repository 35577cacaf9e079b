"""Probe types are found by their entry points, and every way of getting that wrong is told in one line."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

import probes
from ictss_monitor.errors import ProbeKindError
from ictss_monitor.probe import Finding, Probe, ProbeOptions, ProbeTrouble, Reason
from ictss_monitor.probing import registry

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a package with one module and one entry point where Python finds it, as pip would."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def put(distribution: str, kind: str, code: str, attribute: str = "PROBE") -> None:
        module = distribution.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(code)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{kind} = {module}:{attribute}\n")
        forget()

    yield put
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
    forget()


def forget() -> None:
    """Have the registry read the metadata again."""
    importlib.invalidate_caches()
    registry.claims.cache_clear()
    registry.probe_class.cache_clear()


GOOD = """
from ictss_monitor.probe import Finding, Outcome, Probe, ProbeOptions

class Options(ProbeOptions):
    pass

class Good(Probe[Options]):
    options_model = Options

    async def run(self, options):
        return Finding(Outcome.UP)

PROBE = Good
"""


def test_public_files_of_probes_are_the_types_declared() -> None:
    """Every public file in `probes/` is a declared probe type, and every one of ours is such a file."""
    files = {path.stem for path in Path(probes.__file__).parent.glob("*.py") if not path.stem.startswith("_")}
    ours = {kind for kind in registry.kinds() if registry.claim(kind).module.startswith("probes.")}
    assert files == ours, "pyproject.toml and probes/ differ; after a new line there, reinstall: pip install -e ."


def test_kinds_are_sorted_and_cost_no_import(install: Install) -> None:
    """Asking what there is imports none of it."""
    install("acme-good", "good", GOOD)
    assert "good" in registry.kinds()
    assert list(registry.kinds()) == sorted(registry.kinds())
    assert "acme_good" not in sys.modules
    assert registry.probe_class("good").__name__ == "Good"
    assert registry.options_model("good").__name__ == "Options"
    assert "acme_good" in sys.modules


def test_unknown_kind_lists_the_known_and_the_nearest() -> None:
    """A slip of the pen is told with what was probably meant."""
    with pytest.raises(ProbeKindError, match=r"unknown probe type 'htpp': did you mean 'http'\? \(known: .*icmp.*\)"):
        registry.probe_class("htpp")


def test_unknown_kind_without_a_near_one_guesses_nothing() -> None:
    """Where nothing is near, only the list is given."""
    with pytest.raises(ProbeKindError) as caught:
        registry.probe_class("quantum-telegraph")
    assert "did you mean" not in str(caught.value)


def test_kind_claimed_twice_names_both_packages(install: Install) -> None:
    """Neither of two claims wins silently."""
    install("acme-one", "twice", GOOD)
    install("acme-two", "twice", GOOD)
    with pytest.raises(ProbeKindError, match="claimed by") as caught:
        registry.probe_class("twice")
    assert "acme-one 1.0" in str(caught.value)
    assert "acme-two 1.0" in str(caught.value)


@pytest.mark.parametrize(
    "code",
    ["import no_such_module_anywhere", "def broken(:", "raise RuntimeError('boom')", "1 / 0", "assert False, 'no'"],
)
def test_module_that_fails_to_load_is_told_with_its_cause(install: Install, code: str) -> None:
    """Whatever goes wrong in somebody's module becomes one line that names the package, with the cause kept."""
    install("acme-broken", "broken", code)
    with pytest.raises(ProbeKindError, match=r"'broken' \(acme_broken:PROBE of acme-broken 1.0\) cannot be") as caught:
        registry.probe_class("broken")
    assert caught.value.__cause__ is not None
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("", "cannot be loaded: AttributeError"),
        ("PROBE = 7", "is not a class of probes"),
        ("from ictss_monitor.probe import Probe as PROBE", "is not a class of probes"),
        (GOOD.replace("options_model = Options", "pass"), "has no options_model"),
        (GOOD.replace("options_model = Options", "options_model = dict"), "has no options_model"),
    ],
)
def test_what_is_not_a_probe_is_refused(install: Install, code: str, complaint: str) -> None:
    """An entry point must lead to a class of probes with a model of its options."""
    install("acme-odd", "odd", code)
    with pytest.raises(ProbeKindError, match=complaint):
        registry.probe_class("odd")


def test_foreign_package_called_probes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package named `probes` before ours is a clear refusal, not a puzzling import error."""
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    with monkeypatch.context() as hidden:
        for name in [name for name in sys.modules if name.partition(".")[0] == "probes"]:
            hidden.delitem(sys.modules, name)
        importlib.invalidate_caches()
        with pytest.raises(ProbeKindError, match=r"hides that of ictss-monitor at .*virtual environment of its own"):
            registry.check_our_package()
        for name in [name for name in sys.modules if name.partition(".")[0] == "probes"]:
            del sys.modules[name]


class Diary(Probe[ProbeOptions]):
    """Writes down when it is opened and closed; opens as told."""

    options_model = ProbeOptions
    entries: list[str]
    trouble: Exception | None = None

    async def __aenter__(self) -> Self:
        if self.trouble is not None:
            raise self.trouble
        self.entries.append(f"open {type(self).__name__}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.entries.append(f"close {type(self).__name__}")

    async def run(self, options: ProbeOptions) -> Finding:
        raise NotImplementedError


@pytest.fixture
def diary(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three types A, B and C that share one diary."""
    entries: list[str] = []
    classes = {name: type(name, (Diary,), {"entries": entries}) for name in "ABC"}
    monkeypatch.setattr(registry, "probe_class", classes.__getitem__)
    return entries


async def test_each_probe_is_opened_once_and_closed_in_reverse(diary: list[str]) -> None:
    """One object per type serves all of its checks; the last opened is closed first."""
    async with registry.open_probes(["B", "A", "C", "A", "B"]) as opened:
        assert list(opened) == ["A", "B", "C"]
        assert diary == ["open A", "open B", "open C"]
    assert diary[3:] == ["close C", "close B", "close A"]


@pytest.mark.parametrize(
    "trouble", [PermissionError(1, "Operation not permitted"), ProbeTrouble(Reason.PERMISSION, "needs a raw socket")]
)
async def test_what_was_opened_is_closed_when_a_later_one_fails(
    diary: list[str], monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """Half built is taken down again, and the failure names the type and its trouble."""
    monkeypatch.setattr(registry.probe_class("C"), "trouble", trouble)
    with pytest.raises(ProbeKindError, match=r"probe type 'C' cannot be opened: .*(permitted|raw socket)"):
        async with registry.open_probes(["A", "B", "C"]):
            pytest.fail("must not be entered")
    assert diary == ["open A", "open B", "close B", "close A"]


async def test_probes_are_closed_when_the_body_fails(diary: list[str]) -> None:
    """An error while they are in use closes them and passes through."""
    with pytest.raises(ZeroDivisionError):
        async with registry.open_probes(["A"]):
            _ = 1 / 0
    assert diary == ["open A", "close A"]


async def test_unknown_kind_is_refused_before_anything_is_opened() -> None:
    """Of a list with a wrong name nothing is opened."""
    with pytest.raises(ProbeKindError, match="unknown probe type"):
        async with registry.open_probes(["tcp", "no-such-type"]):
            pytest.fail("must not be entered")
