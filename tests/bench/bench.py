"""What the monitor costs on this machine: CPU per probe of each type, start lag, memory, start-up (`make bench`).

    .venv/bin/python tests/bench/bench.py [--what daemon|prober] [--loop uvloop|asyncio] [--seconds 20] [ROW ...]
    make bench ARGS=figures     only what availability figures cost, see figures.py

The monitor runs for real, in a process of its own for each row, on loopback servers in another process: CPU is that of
the monitor's process alone, user and system, with everything that it does meanwhile. Loopback makes it pay for the
kernel's work on the answering side of ICMP, so ICMP is overstated. Nothing here passes or fails: the figures depend on
the machine, and are compared only with those of the same one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import estate

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Row:
    """One measured run, and what it is meant to reach: µs per probe, or share of a core."""

    estate: str
    checks: int
    interval: float
    goal_us: float | None = None
    goal_core: float | None = None
    warm_up: float = 5
    seconds: float = 20
    """Measured, after the warm-up."""


WHOLE: dict[str, float] = {"warm_up": 15, "seconds": 40}
"""Of estates with long intervals: all checks probed and the month's figures worked out before, and again meanwhile."""

ROWS = {
    "icmp": Row("icmp", 1_000, 2.5, goal_us=45),
    "icmp3": Row("icmp3", 1_000, 2.5),
    "tcp": Row("tcp", 1_000, 2.5, goal_us=110),
    "http": Row("http", 1_000, 2.5, goal_us=320),
    "https": Row("https", 1_000, 2.5, goal_us=900),
    "dns": Row("dns", 1_000, 2.5, goal_us=250),
    "snmp": Row("snmp", 1_000, 2.5, goal_us=480),
    "smtp": Row("smtp", 1_000, 2.5),
    "imap": Row("imap", 1_000, 2.5),
    "sip": Row("sip", 1_000, 2.5),
    "ldap": Row("ldap", 1_000, 2.5),
    "dhcp": Row("dhcp", 1_000, 2.5),
    "mix-300": Row("mix", 300, 10, **WHOLE),
    "mix-1000": Row("mix", 1_000, 10, **WHOLE),
    "mix-10000": Row("mix", 10_000, 10, goal_core=0.18, **WHOLE),
    "mix5-10000": Row("mix5", 10_000, 10, goal_core=0.20, **WHOLE),
}
"""400 probes a second of each type alone, one packet per ICMP probe (icmp3: three); then the mixed estates, of mix5 5 %
SNMP. A dhcp check asks as a relay, which on loopback can be on any port."""


CALIBRATED = {"tls": "609-631", "connect": "47", "icmp": "14"}
SCRAPE_GOAL_MS = 30
FIGURES = "figures"
"""The row that needs no daemon: what availability figures cost."""


@contextmanager
def targets(folder: Path) -> Iterator[dict[str, Any]]:
    """Run the servers that are probed; give their ports."""
    command = [sys.executable, str(HERE / "targets.py"), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        assert process.stdin is not None
        process.stdin.close()


def measure(row: Row, folder: Path, ports: dict[str, Any], given: argparse.Namespace) -> dict[str, Any]:
    """Run one row and return its figures."""
    from ictss_monitor.store.schema import upgrade

    name = f"{row.estate}-{row.checks}"
    store = f"sqlite:///{folder}/{name}.sqlite"
    asyncio.run(upgrade(store))
    catalogue = folder / f"{name}.yaml"
    catalogue.write_text(estate.write(row.estate, row.checks, row.interval, ports, store))
    seconds = row.seconds if given.seconds is None else given.seconds
    warm_up = row.warm_up if given.warm_up is None else given.warm_up
    command = [sys.executable, str(HERE / "drive.py"), str(catalogue), str(seconds), "--what", given.what]
    command += ["--loop", given.loop, "--warm-up", str(warm_up)]
    if given.profile:
        command += ["--profile", f"{given.profile}.{name}"]
    return output_of(command)


def output_of(command: list[str]) -> dict[str, Any]:
    """Run a part of the bench in a process of its own, which may keep what it compiles; return the JSON it prints."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept[estate.COMMUNITY] = "public"
    printed: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=kept).stdout)
    return printed


def show_calibration(ports: dict[str, Any]) -> None:
    """Print what the same things cost without a monitor."""
    told = output_of([sys.executable, str(HERE / "calibrate.py"), json.dumps(ports)])
    costs = ", ".join(f"{name} {cost:.0f} ({CALIBRATED[name]})" for name, cost in told.items())
    print(f"bare, µs CPU: {costs}; in brackets on the machine where the goals were set", flush=True)


def show_scrape() -> None:
    """Print what one scrape costs the daemon."""
    told = output_of([sys.executable, str(HERE / "scraping.py")])
    costs = ", ".join(f"{name} {cost:.0f}" for name, cost in told["cpu_ms"].items())
    print(
        f"scrape of {told['checks']} checks, {told['samples']} samples, ms CPU ({SCRAPE_GOAL_MS}): {costs}", flush=True
    )


def show_figures() -> None:
    """Print what figures cost, from a year's outages, from roll-ups and from evidence, on SQLite."""
    subprocess.run([sys.executable, str(HERE / "figures.py"), "--database", "sqlite"], check=True)


def shown(name: str, row: Row, figures: dict[str, Any]) -> str:
    """Return the line of a row."""
    lag = figures["lag_ms"]
    cost = f"{figures['cpu_us']:6.0f}" + (f" ({row.goal_us:.0f})" if row.goal_us else "")
    core = f"{figures['core'] * 100:5.1f}" + (f" ({row.goal_core * 100:.0f})" if row.goal_core else "")
    first = f"{figures['first_probe_cpu']:.2f} s CPU, {figures['first_probe_wall']:.2f} s"
    return (
        f"{name:10} {figures['per_second']:7.0f} {cost:>14} {core:>11}"
        f" {lag['p50']:7.1f} {lag['p99']:6.1f} {lag['max']:6.1f} {figures['blocked_ms']:8.1f}"
        f" {figures['start_blocked_ms']:8.1f} {figures['memory_mib']:7.0f}  {first}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"only these of {', '.join([*ROWS, FIGURES])}")
    parser.add_argument("--what", choices=("daemon", "prober"), default="daemon")
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--seconds", type=float, help="measured, after the warm-up; 20, of mixed estates 40")
    parser.add_argument("--warm-up", type=float, help="seconds; 5, of mixed estates 15")
    parser.add_argument(
        "--profile", metavar="FILE", help="write cProfile's statistics to FILE.ROW; slows what it measures"
    )
    given = parser.parse_args()
    if unknown := set(given.rows) - {*ROWS, FIGURES}:
        parser.error(f"unknown row {', '.join(unknown)}: there are {', '.join([*ROWS, FIGURES])}")
    print(
        f"{platform.python_implementation()} {platform.python_version()} ({platform.python_compiler()}), {given.loop},",
        flush=True,
    )
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"{os.cpu_count()} cores, load before {load}: what else runs here makes every figure worse", flush=True)
    rows = [row for row in given.rows or ROWS if row != FIGURES]
    if rows:
        measure_rows(rows, given)
    if not given.rows or FIGURES in given.rows:
        show_figures()


def measure_rows(rows: list[str], given: argparse.Namespace) -> None:
    """Measure these rows and print them, with what the machine costs by itself before."""
    header = (
        f"{'row':10} {'probes/s':>7} {'µs CPU/probe':>14} {'% of a core':>11} {'lag p50':>7} {'p99':>6} {'max':>6}"
        f" {'blocked':>8} {'at start':>8} {'MiB':>7}  first probe"
    )
    with tempfile.TemporaryDirectory() as name, targets(Path(name)) as ports:
        show_calibration(ports)
        show_scrape()
        print(f"{given.what}; in brackets what is to be reached\n{header}")
        for row in rows:
            figures = measure(ROWS[row], Path(name), ports, given)
            print(shown(row, ROWS[row], figures), flush=True)
            if unexpected := {key: count for key, count in figures["outcomes"].items() if " up " not in key}:
                print(f"{'':10} not up: {unexpected}")


if __name__ == "__main__":
    main()
