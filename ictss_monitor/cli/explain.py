"""The command `explain`: shows how one figure came about."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.availability.reckoning import Key
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.explanation_record import explanation_record
from ictss_monitor.cli.explanation_text import explanation_text
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import asked_period, check_known
from ictss_monitor.clock import Instant, SystemClock
from ictss_monitor.errors import UsageError
from ictss_monitor.explanation.explanation import Explanation
from ictss_monitor.figures import explaining
from ictss_monitor.probing import registry
from ictss_monitor.store.engine import open_store


@click.command()
@click.option("--service", metavar="ID", help="Of this service, for the council of --council.")
@click.option("--area", metavar="ID", help="Of this area, for one council or all together.")
@click.option("--basket", metavar="ID", help="Of this basket, for one council or all together.")
@click.option("--council", metavar="ID", help="For this council; alone: of all the council's services.")
@click.option("--period", metavar="PERIOD", help="As for kpi; the running month if not given.")
@click.option("--from", "since", metavar="INSTANT", help="Instead of --period: begin, 2026-10-01T09:00, local time.")
@click.option("--to", "until", metavar="INSTANT", help="With --from: the end, not included.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_config
def explain(
    config: Path,
    service: str | None,
    area: str | None,
    basket: str | None,
    council: str | None,
    period: str | None,
    since: str | None,
    until: str | None,
    form: str,
) -> None:
    """Show how a figure came about: each class of time, each outage, each correction, each step to its digits.

    json has every number exactly, so that the digits can be worked out again from it alone.
    """
    catalogue = load(config, registry.options_model)
    key = _asked(catalogue, service, area, basket, council)
    now = SystemClock().now()
    spec = asked_period(catalogue, period, since, until, now)
    found = run_async(_explanation(catalogue, key, spec, now))
    if form == "json":
        click.echo(json.dumps(explanation_record(found), indent=2, ensure_ascii=False))
    else:
        click.echo(explanation_text(found, catalogue), nl=False)


async def _explanation(catalogue: Catalogue, key: Key, spec: PeriodSpec, now: Instant) -> Explanation:
    async with open_store(catalogue.settings.store) as store:
        return await explaining.explanation(store, catalogue, key, spec, now)


def _asked(catalogue: Catalogue, service: str | None, area: str | None, basket: str | None, council: str | None) -> Key:
    """Return what the options ask about. Raises UsageError, with a near match for what is not known."""
    check_known(catalogue, service, council)
    if area is not None and area not in catalogue.areas:
        raise UsageError.unknown("area", area, catalogue.areas)
    if basket is not None and basket not in catalogue.baskets:
        raise UsageError.unknown("basket", basket, catalogue.baskets)
    named = ((Subject.SERVICE, service), (Subject.AREA, area), (Subject.BASKET, basket))
    asked = [(subject, id_) for subject, id_ in named if id_ is not None]
    if len(asked) > 1:
        raise UsageError("--service, --area and --basket exclude each other; a figure is of one of them")
    if not asked and council is None:
        raise UsageError("say which figure: --service with --council, --area, --basket, or --council alone")
    if not asked:
        assert council is not None
        return Key(Subject.COUNCIL, council, council)
    subject, id_ = asked[0]
    if subject is Subject.SERVICE and council is None:
        return Key(subject, id_, _only_council(catalogue, id_))
    return Key(subject, id_, council)


def _only_council(catalogue: Catalogue, service: str) -> str:
    councils = list(catalogue.services[service].provisions)
    if len(councils) != 1:
        raise UsageError(f"say for which council: --council {' or '.join(councils)}")
    return councils[0]
