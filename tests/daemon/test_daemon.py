"""The daemon as it is wired: it watches, records, reloads, pauses and stops, in one process on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.daemons import Estate, daemon_of, estate_of, eventually, fetch, is_sample, outages, runs, sample

from ictss_monitor.clock import SECOND, SystemClock
from ictss_monitor.errors import CatalogueError, MonitorError, StoreError
from ictss_monitor.probe import Outcome, Reason
from ictss_monitor.store import pauses
from ictss_monitor.store.engine import open_store


@pytest.fixture
async def estate(store_url: str, tmp_path: Path) -> AsyncIterator[Estate]:
    """Two servers that listen, and a catalogue of them."""
    async with estate_of(tmp_path, store_url, "mail", "web") as made:
        yield made


only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def test_an_outage_is_watched_recorded_and_over(estate: Estate) -> None:
    """From a closed port to the figures of a scrape and the rows of the store, and back."""
    mail, _ = estate.targets

    async def state(wanted: int) -> bool:
        return await sample(signals.url, "ictss_service_state", service="mail") == wanted

    async with daemon_of(estate) as signals:
        await eventually(lambda: state(2))
        gone = SystemClock().now()
        mail.go()
        await eventually(lambda: state(0))
        assert await sample(signals.url, "ictss_outages_open", level="down") == 1
        assert await sample(signals.url, "ictss_service_state", service="web") == 2
        await mail.come()
        await eventually(lambda: state(2))
        assert (await fetch(signals.url, "/-/ready"))[0] == 200
        assert (await fetch(signals.url, "/-/healthy"))[0] == 200
    found = [outage for outage in await outages(estate.store) if outage.level is Outcome.DOWN]
    assert [(outage.service, outage.causes) for outage in found] == [("mail", ("mail",))]
    assert gone <= found[0].first_seen_down <= gone + SECOND
    assert found[0].end is not None


async def test_what_was_observed_up_to_the_end_is_in_the_store(estate: Estate) -> None:
    """Stopping writes what is on the queue: every probe that ended is counted in a run."""
    async with daemon_of(estate) as signals:
        await asyncio.sleep(1.0)
        probed = await sample(signals.url, "ictss_probes_total", outcome="up")
    held = await runs(estate.store, "mail", "web")
    counted = sum(run.count for runs in held.values() for run in runs)
    assert probed is not None
    assert counted >= probed


async def test_a_restart_goes_on_with_the_open_outage(estate: Estate) -> None:
    """A service that is down before, while and after the daemon is restarted has one outage."""
    mail, _ = estate.targets

    async def is_down() -> bool:
        return await sample(signals.url, "ictss_service_state", service="mail") == 0

    async with daemon_of(estate) as signals:
        await asyncio.sleep(0.6)
        mail.go()
        await eventually(is_down)
        since = await sample(signals.url, "ictss_service_state_since_timestamp_seconds", service="mail")
    async with daemon_of(estate) as signals:
        await eventually(is_down)
        assert await sample(signals.url, "ictss_service_state_since_timestamp_seconds", service="mail") == since
    found = [outage for outage in await outages(estate.store) if outage.level is Outcome.DOWN]
    assert [(outage.service, outage.end) for outage in found] == [("mail", None)]


# Reloading


@only_sqlite
async def test_a_reload_takes_up_new_checks_kinds_and_rules(estate: Estate) -> None:
    """A new probe type is opened, a new check probed, and a changed rule holds from then on."""
    async with daemon_of(estate) as signals:
        await eventually(lambda: is_sample(signals.url, "ictss_service_state", 2, service="mail"))
        _, web = estate.targets
        estate.checks["page"] = {
            "probe": "http",
            "address": f"http://{web.host}:{web.port}/",
            "interval": "200ms",
            "time_limit": "150ms",
        }
        estate.services["mail"] = {"councils": ["here"], "rule": {"all": ["mail", "web"]}}
        estate.write()
        signals.reload.set()
        signals.reload.set()
        await eventually(lambda: is_sample(signals.url, "ictss_check_state", 0, check="page"))
        web.go()
        await eventually(lambda: is_sample(signals.url, "ictss_service_state", 0, service="mail"))
        assert await sample(signals.url, "ictss_catalogue_reload_ok") == 1


@only_sqlite
async def test_a_wrong_catalogue_is_refused_with_one_line_and_the_old_one_stays(estate: Estate) -> None:
    """The gauge flips, the line names file, line and remedy, probing goes on; mended, the next reload is taken."""
    async with daemon_of(estate) as signals:
        with capture_logs() as said:
            good = estate.path.read_text()
            estate.path.write_text(good.replace("rule: mail", "rule: mial"))
            signals.reload.set()
            await eventually(lambda: is_sample(signals.url, "ictss_catalogue_reload_ok", 0))
        refused = [line for line in said if line["log_level"] == "error"]
        assert len(refused) == 1
        assert "did you mean 'mail'?" in refused[0]["first"]
        assert "catalogue.yaml:" in refused[0]["first"]
        assert await sample(signals.url, "ictss_catalogue_reload_failures_total") == 1
        before = await sample(signals.url, "ictss_observations_total")
        await eventually(lambda: grew(signals.url, "ictss_observations_total", before))
        estate.path.write_text(good)
        signals.reload.set()
        await eventually(lambda: is_sample(signals.url, "ictss_catalogue_reload_ok", 1))


@only_sqlite
async def test_a_reload_tells_which_past_figures_it_changed(estate: Estate) -> None:
    """Once it is done and in its own time: how many, and the first of them."""
    async with daemon_of(estate) as signals:
        await eventually(lambda: is_sample(signals.url, "ictss_service_state", 2, service="mail"))
        with capture_logs() as said:
            estate.services["mail"] = {"name": "Email", "councils": ["here"], "rule": "mail", "until": "2020-01-01"}
            estate.write()
            signals.reload.set()
            await eventually(has_said(said, "past figures compared"))
        events = [line["event"] for line in said]
        assert events.index("catalogue reloaded") < events.index("past figures compared")
        told = next(line for line in said if line["event"] == "past figures compared")
    assert told["changed"] >= 1
    assert any("mail for here: disappears, was" in each for each in told["first"]), told


@only_sqlite
async def test_settings_that_need_a_restart_are_told_and_left(estate: Estate) -> None:
    """After a reload with another vantage everything is still recorded as the one that was claimed."""
    async with daemon_of(estate) as signals:
        await eventually(lambda: is_sample(signals.url, "ictss_service_state", 2, service="mail"))
        with capture_logs() as said:
            estate.settings |= {"vantage": "depot", "heartbeat_interval": "5s"}
            estate.write()
            signals.reload.set()
            await eventually(reloaded(said))
        assert {"settings": ["vantage", "heartbeat_interval"]}.items() <= said[0].items()
        estate.targets[0].go()
        await eventually(lambda: is_sample(signals.url, "ictss_service_state", 0, service="mail"))
    assert [outage.service for outage in await outages(estate.store) if outage.level is Outcome.DOWN] == ["mail"]


@only_sqlite
async def test_a_reload_while_the_store_refuses_changes_nothing(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No figure may name a catalogue that the store does not hold: it is refused, and taken once the store works."""
    path = Path(estate.store.removeprefix("sqlite:///"))
    async with daemon_of(estate) as signals:
        path.rename(path.with_suffix(".away"))  # noqa: ASYNC240  # a moment
        with capture_logs() as said:
            estate.checks["extra"] = {"probe": "tcp", "address": "127.22.0.9:9"}
            estate.write()
            signals.reload.set()
            await eventually(lambda: is_sample(signals.url, "ictss_catalogue_reload_ok", 0))
        assert "there is no store at" in next(line["first"] for line in said if "first" in line)
        assert await sample(signals.url, "ictss_checks") == 2
        path.with_suffix(".away").rename(path)
        signals.reload.set()
        await eventually(lambda: is_sample(signals.url, "ictss_checks", 3))


# Pausing


async def test_a_pause_in_the_store_is_followed_and_outlives_a_restart(estate: Estate) -> None:
    """A paused check is unknown and not probed, not even once after a restart; resumed, it is probed again."""
    async with daemon_of(estate) as signals:
        await eventually(lambda: is_sample(signals.url, "ictss_check_state", 2, check="mail"))
        async with open_store(estate.store) as store, store.write() as tx:
            await pauses.pause(tx, "mail", SystemClock().now(), "somebody", "works")
        await eventually(lambda: is_sample(signals.url, "ictss_checks_paused", 1))
    async with daemon_of(estate) as signals:
        assert await sample(signals.url, "ictss_checks_paused") == 1
        await eventually(lambda: is_sample(signals.url, "ictss_check_state", -1, check="mail"))
        await asyncio.sleep(0.5)
        (*_, paused) = (await runs(estate.store, "mail"))["mail"]
        assert paused.reason is Reason.PAUSED
        async with open_store(estate.store) as store, store.write() as tx:
            await pauses.resume(tx, "mail", SystemClock().now())
        await eventually(lambda: is_sample(signals.url, "ictss_check_state", 2, check="mail"))
    assert [run.outcome for run in (await runs(estate.store, "mail"))["mail"]] == [
        Outcome.UP,
        Outcome.UNKNOWN,
        Outcome.UP,
    ]


# Refusing to start


async def test_a_second_daemon_on_the_same_vantage_is_refused(estate: Estate) -> None:
    """It would tear the first one's record apart; another vantage is welcome."""
    async with daemon_of(estate):
        with pytest.raises(ExceptionGroup) as refused:
            async with daemon_of(estate):
                pytest.fail("it started")
        assert refused.group_contains(StoreError, match="already writes as vantage 'local'")
        estate.settings["vantage"] = "depot"
        estate.write()
        async with daemon_of(estate):
            await asyncio.sleep(0.1)


@only_sqlite
async def test_a_port_in_use_is_one_clear_line(estate: Estate) -> None:
    """It names the address and what to do."""
    mail, _ = estate.targets
    estate.settings["listen"] = f"{mail.host}:{mail.port}"
    estate.write()
    with pytest.raises(ExceptionGroup) as refused:
        async with daemon_of(estate):
            pytest.fail("it started")
    assert refused.group_contains(MonitorError, match=rf"cannot listen on {mail.host}:{mail.port}: .*in use; stop what")


@only_sqlite
@pytest.mark.parametrize(
    ("broken", "kind", "message"),
    [
        ({"store": "sqlite:////absent/store.sqlite"}, StoreError, "create the directory /absent"),
        ({"store": "env:ABSENT"}, CatalogueError, "ABSENT"),
        ({"store": "file:absent"}, CatalogueError, "absent"),
        ({"heartbeat_interval": "soon"}, CatalogueError, "catalogue.yaml:"),
    ],
)
async def test_what_is_missing_at_the_start_is_refused_in_one_line(
    estate: Estate, broken: dict[str, str], kind: type[MonitorError], message: str
) -> None:
    """A store that is not there, a secret that cannot be read, a value that makes no sense."""
    estate.settings |= broken
    estate.write()
    with pytest.raises(ExceptionGroup) as refused:
        async with daemon_of(estate):
            pytest.fail("it started")
    assert refused.group_contains(kind, match=message)
    assert "\n" not in str(refused.value.exceptions[0])


# What the tests say


async def grew(url: str, name: str, before: float | None) -> bool:
    """Tell whether a counter is greater than it was."""
    now = await sample(url, name)
    return now is not None and before is not None and now > before


def reloaded(said: Sequence[Mapping[str, object]]) -> Callable[[], Awaitable[bool]]:
    """Return what tells whether the log says that a catalogue was reloaded."""
    return has_said(said, "catalogue reloaded")


def has_said(said: Sequence[Mapping[str, object]], event: str) -> Callable[[], Awaitable[bool]]:
    """Return what tells whether the log has an event."""

    async def holds() -> bool:
        return any(line["event"] == event for line in said)

    return holds
