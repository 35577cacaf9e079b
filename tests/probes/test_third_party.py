"""A package of somebody else's adds a probe type by being installed, without a change to this one."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support.servers import serving

TESTS = Path(__file__).parent.parent
SOURCE = TESTS / "support" / "third_party"
SUITE = ("pytest", "--quiet", "-p", "no:cacheprovider", TESTS / "probes" / "test_contract.py", "-k", "acme-echo")

RUN = """
import asyncio, json, sys
from ictss_monitor.probing import registry
from ictss_monitor.probing.runner import run_once

async def main():
    options = registry.options_model("acme-echo")(address="127.0.0.1", port=int(sys.argv[1]))
    async with registry.open_probes(["acme-echo"]) as opened:
        found = await run_once(opened["acme-echo"], options, 5_000_000)
    print(json.dumps([registry.kinds(), found.outcome, found.latency]))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Install the package, without any network, where only those with this environment see it."""
    place = tmp_path_factory.mktemp("third-party")
    source = shutil.copytree(SOURCE, place / "source")
    offline = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation")
    install = (sys.executable, "-m", "pip", "install", *offline, "--target", place / "site", source)
    subprocess.run(install, check=True, timeout=60)
    return {**os.environ, "PYTHONPATH": f"{place / 'site'}{os.pathsep}{TESTS}"}


def echo(connection: socket.socket) -> None:
    """Send back what comes."""
    while came := connection.recv(4096):
        connection.sendall(came)


def test_probe_of_another_package_is_known_and_runs(installed: dict[str, str]) -> None:
    """Its type stands beside ours, and its probe finds what there is to find."""
    with serving(echo) as port:
        told = subprocess.run(
            (sys.executable, "-c", RUN, str(port)), env=installed, check=True, capture_output=True, timeout=60
        )
    kinds, outcome, latency = json.loads(told.stdout)
    assert {"acme-echo", "dns", "http", "icmp", "tcp"} <= set(kinds)
    assert outcome == "up"
    assert 0 < latency < 5


@pytest.mark.slow
def test_probe_of_another_package_is_held_to_the_contract(installed: dict[str, str]) -> None:
    """The contract suite takes it in by itself, with the sample that the package declares."""
    told = subprocess.run(
        (sys.executable, "-m", *SUITE), env=installed, cwd=TESTS, capture_output=True, text=True, timeout=100
    )
    assert told.returncode == 0, told.stdout
    assert " passed" in told.stdout


@pytest.mark.slow
def test_probe_of_another_package_without_a_sample_fails_the_suite(installed: dict[str, str], tmp_path: Path) -> None:
    """A type that nobody has given a sample is not left out in silence."""
    site = shutil.copytree(installed["PYTHONPATH"].partition(os.pathsep)[0], tmp_path / "site")
    (declared,) = site.glob("acme_echo-*.dist-info/entry_points.txt")
    declared.write_text("[ictss_monitor.probes]\nacme-echo = acme_echo:PROBE\n")
    alone = {**installed, "PYTHONPATH": f"{site}{os.pathsep}{TESTS}"}
    told = subprocess.run(
        (sys.executable, "-m", *SUITE), env=alone, cwd=TESTS, capture_output=True, text=True, timeout=100
    )
    assert told.returncode != 0
    assert "probe type 'acme-echo' has no sample" in told.stdout
