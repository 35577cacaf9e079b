"""Sealing: the figures of a period as they stand become a statement, which never changes; a revision is another one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from ictss_monitor.availability.books import Stretch, stretch_of
from ictss_monitor.availability.kpi import KpiTable
from ictss_monitor.availability.outage_list import outage_list
from ictss_monitor.availability.periods import CalendarSpan, PeriodSpec
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.problems import listed
from ictss_monitor.clock import DAY, Instant, to_datetime
from ictss_monitor.errors import StoreError, UsageError
from ictss_monitor.figures import kpis
from ictss_monitor.judging.confirm import anchor_count
from ictss_monitor.statements.basis import digest_of_evidence, digest_of_runs, zones_of
from ictss_monitor.statements.statement import (
    StatementContent,
    content_of,
    differences,
    statement_period,
    to_text,
)
from ictss_monitor.store import ledger
from ictss_monitor.store.catalogues import CatalogueVersion, add_catalogue_version
from ictss_monitor.store.engine import Store
from ictss_monitor.store.outages import outages_between
from ictss_monitor.store.sealed import Draft, Statement, add_statement, latest, put_draft

SETTLED_AFTER: Final = DAY
"""So long after a period's end it counts as decided even if some check has said nothing since: it may be paused."""
_ATTEMPTS: Final = 5
"""How often figures are made anew because somebody entered something into the ledger meanwhile."""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a statement on a period would say, and which checks have not decided its end yet."""

    content: StatementContent
    undecided: tuple[str, ...]
    stretch: Stretch
    known_at: Instant


@dataclass(frozen=True, slots=True)
class Published:
    """The figures of a period as they are told: those of the last version of its statement, where there is one."""

    table: KpiTable
    statement: Statement | None = None
    content: StatementContent | None = None
    """What the statement says; None where there is none."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who seals, and who else approves it."""

    who: str
    approver: str | None = None


async def published(store: Store, catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> Published:
    """Return the sealed figures of `spec`; where it is not sealed, those that come out now.

    Raises StoreError, PeriodError.
    """
    statement = await sealed(store, spec)
    if statement is None:
        return Published(await kpis.kpi_table(store, catalogue, spec, now))
    content = await asyncio.to_thread(kpis.read_content, statement)
    return Published(content.table, statement, content)


async def sealed(store: Store, spec: PeriodSpec) -> Statement | None:
    """Return the last version of the statement on `spec`, None where it is not sealed. Raises StoreError."""
    if not isinstance(spec, CalendarSpan):
        return None
    async with store.read() as tx:
        return await latest(tx, statement_period(spec).label)


async def reckon(store: Store, catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> Reckoned:
    """Return what a statement on `spec` would say now, from one state of the store. Raises StoreError, PeriodError."""
    stretch = stretch_of(catalogue, spec)
    digests: dict[str, str] = {}
    undecided: list[str] = []
    async with store.read() as tx:
        head = await ledger.head(tx)
        months = await kpis.sealed_months(tx, spec)
        keeper = await kpis.unjudged(tx, catalogue, stretch, now)
        async for check, runs in kpis.runs_by_check(tx, keeper):
            keeper.judge(check, runs)
            digests[check.id] = digest_of_runs(runs, stretch.end)
            if not kpis.is_decided(runs, anchor_count(check), stretch.end):
                undecided.append(check.id)
        outages = await outages_between(tx, stretch.start, stretch.end)
    books = await kpis.books_of(keeper)
    table = await kpis.table_of(keeper, books, spec, months)
    evidence = digest_of_evidence(digests, keeper.annotations.imported)

    def content() -> StatementContent:
        listed = outage_list(catalogue, books, outages, spec, keeper.edge.now)
        return content_of(catalogue, table, spec, listed, evidence, head)

    return Reckoned(await asyncio.to_thread(content), tuple(undecided), stretch, keeper.edge.now)


# Sealing


async def seal(
    store: Store, catalogue: Catalogue, text: str | None, spec: CalendarSpan, now: Instant, signature: Signature
) -> Statement:
    """Seal the figures of `spec` as they stand.

    `text` is the source of the catalogue, which is kept for good; None where the store has it already.

    Raises UsageError, and then nothing is written, for a period that is not over, whose end is not decided yet, or
    that is sealed already.
    """
    spec = statement_period(spec)
    check_over(catalogue, spec, now)
    for _ in range(_ATTEMPTS):
        held = await sealed(store, spec)
        if held is not None:
            raise UsageError(
                f"{spec.label} is sealed already, as version {held.version}: "
                "to change it, seal it again with --revise and --reason"
            )
        reckoned = await reckon(store, catalogue, spec, now)
        _check_decided(catalogue, spec, reckoned)
        statement = await _write(store, spec, reckoned.content, text, now, signature)
        if statement is not None:
            return statement
    raise _too_busy()


async def revise(
    store: Store, catalogue: Catalogue, text: str, spec: CalendarSpan, now: Instant, signature: Signature, reason: str
) -> tuple[Statement, StatementContent]:
    """Seal the figures of `spec` anew as a further version, which holds what is otherwise than in the one before.

    Raises UsageError, and then nothing is written, without a reason, for a period that was never sealed, and where
    nothing has changed.
    """
    spec = statement_period(spec)
    if not reason.strip():
        raise UsageError("a revision needs a reason: say with --reason what was wrong, and who found it")
    for _ in range(_ATTEMPTS):
        held = await sealed(store, spec)
        if held is None:
            raise UsageError(f"{spec.label} is not sealed, so there is nothing to revise: seal it without --revise")
        reckoned = await reckon(store, catalogue, spec, now)
        before = await asyncio.to_thread(kpis.read_content, held)
        found = differences(before, reckoned.content)
        if not found:
            raise UsageError(f"nothing in {spec.label} is otherwise than in version {held.version}: it stays as it is")
        content = replace(reckoned.content, differences=found)
        statement = await _write(store, spec, content, text, now, signature, reason)
        if statement is not None:
            return statement, content
    raise _too_busy()


async def draft(store: Store, catalogue: Catalogue, spec: CalendarSpan, now: Instant) -> StatementContent:
    """Keep what would be sealed for `spec` as its draft, in place of the one before.

    Raises UsageError for a period that is not over, or that is sealed.
    """
    spec = statement_period(spec)
    check_over(catalogue, spec, now)
    reckoned = await reckon(store, catalogue, spec, now)
    content = reckoned.content
    said = await asyncio.to_thread(to_text, content)
    async with store.write() as tx:
        await ledger.take_turn(tx)
        held = await latest(tx, spec.label)
        if held is not None:
            raise UsageError(f"{spec.label} is sealed already, as version {held.version}: it needs no draft")
        await put_draft(tx, Draft(spec.label, now, content.table.digest, content.evidence, said))
    return content


def check_over(catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> None:
    """Raise UsageError unless `spec` is over in the zone of every council."""
    spans = zones_of(catalogue, spec).values()
    start, end = min(start for start, _ in spans), max(end for _, end in spans)
    if end > now:
        what = "is not over" if start <= now else "has not begun"
        raise UsageError(f"{spec.label} {what}: it ends at {_local(catalogue, end)}; only then can it be sealed")


def _check_decided(catalogue: Catalogue, spec: PeriodSpec, reckoned: Reckoned) -> None:
    if not any(row.figure.value is not None for row in reckoned.content.table.rows):
        raise UsageError(f"nothing was observed or told of {spec.label}: there is no figure to seal")
    settled = reckoned.stretch.end + SETTLED_AFTER
    if reckoned.undecided and reckoned.known_at < settled:
        names = listed([f"'{each}'" for each in reckoned.undecided], most=3)
        raise UsageError(
            f"{spec.label} is not decided yet: what {names} will have seen after its end may still change it; "
            f"try again in a few minutes, at {_local(catalogue, settled)} at the latest"
        )


def _local(catalogue: Catalogue, instant: Instant) -> str:
    return f"{to_datetime(instant).astimezone(ZoneInfo(catalogue.settings.zone)):%Y-%m-%d %H:%M %Z}"


def _too_busy() -> StoreError:
    return StoreError("the ledger grows faster than figures can be made from it; try again", retry=True)


async def _write(
    store: Store,
    spec: CalendarSpan,
    content: StatementContent,
    text: str | None,
    now: Instant,
    signature: Signature,
    reason: str = "",
) -> Statement | None:
    """Append the statement; None where somebody has entered something into the ledger since `content` was made."""
    said = await asyncio.to_thread(to_text, content)
    async with store.write() as tx:
        await ledger.take_turn(tx)
        if await ledger.head(tx) != (content.ledger_seq, content.ledger_hash):
            return None
        if text is not None:
            await add_catalogue_version(tx, CatalogueVersion(content.table.digest, now, text), by_daemon=False)
        return await add_statement(
            tx,
            label=spec.label,
            content=said,
            catalogue=content.table.digest,
            evidence=content.evidence,
            at=now,
            who=signature.who,
            approver=signature.approver,
            reason=reason,
        )
