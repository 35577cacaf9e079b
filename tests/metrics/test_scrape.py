"""What Prometheus sees: every family in both formats, read back by prometheus-client's parsers and by promtool."""

from __future__ import annotations

import asyncio
import math
import subprocess
from itertools import pairwise

import pytest
from support.needs import need
from support.scrapes import START, Memory, check, memory_of, samples, scraped, see

from ictss_monitor.clock import SECOND
from ictss_monitor.metrics.exposition import Format
from ictss_monitor.probe import Outcome, Reason

FORMATS = pytest.mark.parametrize("form", list(Format))


@pytest.fixture
def memory() -> Memory:
    """Two checks: the firewall is down, the mail server up with a loss of packets and a strange name."""
    made = memory_of([check("fw"), check('mail "x\\', kind="smtp", site=None)])
    see(made, "fw", Outcome.UP, 0, 10)
    see(made, "fw", Outcome.DOWN, 20, 30)
    see(made, 'mail "x\\', Outcome.UP, 0, 10, loss_ratio=0.25, certificate_days=12.0)
    made.probing.ended["icmp", Outcome.DOWN, Reason.TIMEOUT] += 2
    made.probing.lagged(1500)
    made.recording.watermark = START
    made.clock.advance(4.0)
    return made


@FORMATS
async def test_states_and_measurements_of_checks(memory: Memory, form: Format) -> None:
    """A check's state, latency, time and measurements carry its id, site and probe type, in base units."""
    found = samples(await scraped(memory, form), form)
    firewall = (("check", "fw"), ("probe", "icmp"), ("site", "depot"))
    mail = (("check", 'mail "x\\'), ("probe", "smtp"))
    assert found["ictss_check_state", firewall] == 0
    assert found["ictss_check_state", mail] == 2
    assert found["ictss_check_latency_seconds", mail] == 0.025
    assert ("ictss_check_latency_seconds", firewall) not in found
    assert found["ictss_check_loss_ratio", mail] == 0.25
    assert found["ictss_check_certificate_seconds", mail] == 12.0 * 86_400
    assert found["ictss_check_observed_timestamp_seconds", firewall] == (START + 30 * SECOND) / SECOND


@FORMATS
async def test_states_of_services_and_open_outages(memory: Memory, form: Format) -> None:
    """A service whose firewall is down is down for its council, in one open outage at either level."""
    found = samples(await scraped(memory, form), form)
    assert found["ictss_service_state", (("council", "hdc"), ("service", "mail"))] == 0
    assert found["ictss_outages_open", (("level", "down"),)] == 1
    assert found["ictss_outages_open", (("level", "degraded"),)] == 1
    assert found["ictss_systems_unwatched", ()] == 1


@FORMATS
async def test_figures_carry_their_bounds_and_what_has_no_figure_has_no_sample(memory: Memory, form: Format) -> None:
    """Without evidence there is no availability at all, but bounds from 0 to 1 and a target."""
    found = samples(await scraped(memory, form), form)
    mail = (("council", "hdc"), ("id", "mail"), ("period", "month_to_date"), ("subject", "service"))
    assert ("ictss_availability_ratio", mail) not in found
    assert found["ictss_availability_low_ratio", mail] == 0
    assert found["ictss_availability_high_ratio", mail] == 1
    assert found["ictss_target_ratio", mail] == 0.999
    assert found["ictss_unknown_seconds", mail] == 60


@FORMATS
async def test_the_daemons_own_counters(memory: Memory, form: Format) -> None:
    """Probes by outcome and reason, start lag as a histogram, lag of the store, success of the last reload."""
    found = samples(await scraped(memory, form), form)
    assert found["ictss_probes_total", (("outcome", "down"), ("probe", "icmp"), ("reason", "timeout"))] == 2
    assert found["ictss_probe_start_lag_seconds_bucket", (("le", "0.001"),)] == 0
    assert found["ictss_probe_start_lag_seconds_bucket", (("le", "0.002"),)] == 1
    assert found["ictss_store_write_lag_seconds", ()] == 4
    assert found["ictss_observations_queued", ()] == 3
    assert found["ictss_catalogue_reload_ok", ()] == 1
    assert any(name == "process_resident_memory_bytes" for name, _ in found)


async def test_both_formats_say_the_same(memory: Memory) -> None:
    """Apart from what changes by itself, the two formats hold the same samples."""
    both = [samples(await scraped(memory, form), form) for form in Format]
    ours = [{key: value for key, value in found.items() if key[0].startswith("ictss_")} for found in both]
    assert ours[0] == ours[1]


async def test_promtool_has_no_complaint(memory: Memory) -> None:
    """Prometheus' own linter accepts every name, unit and help text."""
    promtool = need("promtool", "prometheus")
    text = await scraped(memory, Format.PROMETHEUS)
    assert await asyncio.to_thread(complaints, promtool, text) == (0, "", "")


def complaints(promtool: str, text: str) -> tuple[int, str, str]:
    """Return the exit code and everything that promtool prints about `text`."""
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


async def test_a_scrape_of_ten_thousand_checks_gives_the_loop_back() -> None:
    """While ten thousand checks are written, other tasks get their turns, thirty of them at least."""
    memory = memory_of([check(f"c{index}") for index in range(10_000)])
    turns = []

    async def other() -> None:
        while True:
            turns.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(other())
        text = await scraped(memory, Format.PROMETHEUS)
        watching.cancel()
    assert text.count("\nictss_check_state{") == 10_000
    assert len(list(pairwise(turns))) >= 30


async def test_a_check_that_leaves_during_a_scrape_is_left_out() -> None:
    """A reload in the middle of a scrape breaks nothing."""
    memory = memory_of([check("stays"), check("goes")])
    memory.scraper._labels_of_checks()
    del memory.scraper._labels["goes"]
    found = samples(await scraped(memory, Format.PROMETHEUS), Format.PROMETHEUS)
    assert {dict(labels)["check"] for name, labels in found if name == "ictss_check_state"} == {"stays"}


@FORMATS
async def test_measurements_of_any_size_and_name_are_written(form: Format) -> None:
    """A counter keeps every digit, what is no number says so, a strange name is made fit, a family is shared."""
    memory = memory_of([check("one"), check("two")])
    see(memory, "one", Outcome.UP, 0, octets=18_446_744_073_709_551_615, **{"fan 1 (%)": 40.0})
    see(memory, "two", Outcome.UP, 0, octets=float("nan"), loss_ratio=1 / 3)
    text = await scraped(memory, form)
    found = samples(text, form)
    one, two = ((("check", name), ("probe", "icmp"), ("site", "depot")) for name in ("one", "two"))
    assert f'{{check="one",site="depot",probe="icmp"}} {18_446_744_073_709_551_615}' in text
    assert math.isnan(found["ictss_check_octets", two])
    assert found["ictss_check_fan_1____", one] == 40
    assert found["ictss_check_loss_ratio", two] == pytest.approx(1 / 3, rel=1e-11)
