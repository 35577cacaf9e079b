"""An explanation for machines: every number exact, so that the digits can be worked out again from it alone."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from ictss_monitor.availability.figure import Amount
from ictss_monitor.availability.outage_list import ListedOutage
from ictss_monitor.catalogue.terms import Policy
from ictss_monitor.catalogue.validity import Validity
from ictss_monitor.cli.reading import outage_record
from ictss_monitor.clock import Instant, iso
from ictss_monitor.explanation.derivation import Part, Step, Term, classes_by_name
from ictss_monitor.explanation.explanation import EdgeSeen, Explanation
from ictss_monitor.explanation.grounds import Correction, HoursUsed, SealedFigure, WindowUsed
from ictss_monitor.ledger.acts import Entry, Imported
from ictss_monitor.ledger.codec import act_to_json
from ictss_monitor.ledger.wording import told
from ictss_monitor.observation import Observation


def explanation_record(found: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON holds it.

    Times are whole microseconds (`_us`), or text `n/d` where they are a fraction of one; shares are text `n/d`;
    instants are in UTC.
    """
    return {
        "figure": _figure(found),
        "policy": _policy(found.row.policy, found.policy),
        "classes_us": dict(classes_by_name(found.totals)),
        "steps": [_step(step) for step in found.steps],
        "steps_of_the_time_as_a_whole": [_step(step) for step in found.pooled],
        "parts_are": "months" if found.by_months else "members",
        "parts": [_part(part) for part in found.parts],
        "checks": list(found.checks),
        "service_hours": [_hours(each) for each in found.hours],
        "maintenance_windows": [_window(each) for each in found.windows],
        "outages": [_outage(each, found.edges) for each in found.outages],
        "removed_outages": [_outage(each, found.edges) for each in found.removed],
        "outages_without_observations": found.edges_left_out,
        "entries": [_correction(each) for each in found.corrections],
        "imported": [_imported(each) for each in found.imported],
        "catalogue": {"digest": found.catalogue, "first_loaded": _moment(found.catalogue_loaded)},
        "sealed": None if found.sealed is None else _sealed(found.sealed),
        "ledger": {"entries": found.ledger[0], "head": found.ledger[1]},
    }


def _figure(found: Explanation) -> dict[str, Any]:
    row, figure, target = found.row, found.row.figure, found.target
    return {
        "subject": found.key.subject.value,
        "id": found.key.id,
        "name": found.name,
        "council": found.key.council,
        "period": found.label,
        "from": iso(row.period.start),
        "to": iso(row.period.end),
        "zone": found.zone,
        "length_us": row.period.length,
        "as_known_at": iso(found.now),
        "standing": row.standing.value,
        "text": row.text,
        "why_no_figure": found.why_not or None,
        "shown": figure.shown,
        "availability": _share(figure.value),
        "printed": None if found.digits is None else found.digits.printed,
        "printed_so": None if found.digits is None else found.digits.why,
        "combine": None if row.combine is None else row.combine.value,
        "low": _share(figure.low),
        "high": _share(figure.high),
        "coverage": _share(figure.coverage),
        "net_of_third_parties": _share(figure.net.value),
        "uncorrected": None if row.uncorrected is None else _share(row.uncorrected.value),
        "target": None if target is None else _share(target.availability),
        "target_since": None if target is None else _moment(target.validity.since),
        "met": row.met,
        "rating": None if row.rating is None else row.rating.value,
        "resolution_us": figure.resolution,
    }


def _sealed(sealed: SealedFigure) -> dict[str, Any]:
    row = sealed.row
    return {
        "version": sealed.version,
        "sealed_at": iso(sealed.sealed_at),
        "digest": sealed.digest,
        "text": None if row is None else row.text,
        "availability": None if row is None else _share(row.figure.value),
    }


def _policy(policy: Policy, words: Iterable[str]) -> dict[str, Any]:
    return {
        "id": policy.id,
        "name": policy.name,
        "degraded": str(policy.degraded),
        "maintenance": policy.maintenance.value,
        "notice_us": policy.notice,
        "outage_begins": policy.outage_begins.value,
        "hours": policy.hours,
        "minimum_coverage": str(policy.minimum_coverage),
        "decimals": policy.decimals,
        "rounding": policy.rounding.value,
        "amber": str(policy.amber),
        "year": policy.year.value,
        "in_words": list(words),
    }


def _step(step: Step) -> dict[str, Any]:
    is_share = bool(step.over) or step.of_shares
    return {
        "name": step.name,
        "says": step.says,
        "sum_of": [_term(term, of_shares=step.of_shares) for term in step.terms],
        "over": [_term(term, of_shares=False) if not step.of_shares else _number(term) for term in step.over],
        "not_below_zero": step.not_below_zero,
        ("share" if is_share else "us"): _share(step.value) if is_share else _exact(step.value),
    }


def _term(term: Term, *, of_shares: bool) -> dict[str, Any]:
    amount = _share(Fraction(term.amount)) if of_shares else _exact(term.amount)
    return {"name": term.name, ("share" if of_shares else "us"): amount, "times": str(term.times)}


def _number(term: Term) -> dict[str, Any]:
    return {"name": term.name, "number": _exact(term.amount), "times": str(term.times)}


def _part(part: Part) -> dict[str, Any]:
    figure = part.figure
    return {
        "name": part.name,
        "availability": _share(figure.value),
        "low": _share(figure.low),
        "high": _share(figure.high),
        "measured_us": figure.measured,
        "unknown_us": figure.unknown,
        "lost_us": _exact(figure.lost),
        "third_party_us": _exact(figure.third_party),
        "weights": [
            {"weight": str(piece.weight), "from": _moment(piece.since), "until": _moment(piece.until)}
            for piece in part.pieces
        ],
    }


def _hours(used: HoursUsed) -> dict[str, Any]:
    return {
        "calendar": used.calendar,
        "name": used.name,
        "named_by": used.whose or None,
        "provided": _validity(used.provided),
        "versions": [_validity(each) for each in used.versions],
    }


def _window(used: WindowUsed) -> dict[str, Any]:
    return {
        "id": used.id,
        "why": used.why,
        "begin": iso(used.begin),
        "end": iso(used.end),
        "over_the_service": used.whole,
        "over_checks": list(used.checks),
        "announced": _moment(used.announced),
        "entry": used.entry,
        "holds": used.holds,
        "counts_us": used.decides,
        "why_not": used.reason or None,
    }


def _outage(line: ListedOutage, edges: Iterable[EdgeSeen]) -> dict[str, Any]:
    return {
        "level": line.level.value,
        "begin": iso(line.begin),
        "end": _moment(line.end),
        "down_us": line.down,
        "degraded_us": line.degraded,
        "counted_us": _exact(line.counted),
        "planned_us": _exact(line.planned_loss),
        "whose_us": {fault.value: _exact(part) for fault, part in line.shares},
        "in_windows_us": line.in_windows,
        "outside_hours_us": line.outside,
        "attribution": line.attribution.fault.value,
        "suppliers": list(line.suppliers),
        "planned": line.planned.value,
        "causes": list(line.causes),
        "observed": [outage_record(each) for each in line.observed],
        "observations": [_edge(each) for each in edges if each.outage in line.observed],
        "entries": list(line.entries),
        "imported": line.imported,
        "note": line.note,
    }


def _edge(seen: EdgeSeen) -> dict[str, Any]:
    return {"check": seen.check, "edge": seen.edge, "seen": [_observation(each) for each in seen.observations]}


def _observation(seen: Observation) -> dict[str, Any]:
    finding = seen.finding
    return {
        "instant": iso(seen.instant),
        "outcome": finding.outcome.value,
        "reason": finding.reason.value,
        "latency_seconds": finding.latency,
        "detail": finding.detail,
    }


def _correction(held: Correction) -> dict[str, Any]:
    withdrawn = held.withdrawn_by
    return {
        **_entry(held.entry),
        "in_force": withdrawn is None,
        "withdrawn_by": None if withdrawn is None else _entry(withdrawn),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": iso(entry.at),
        "who": entry.who,
        "approver": entry.approver,
        "says": told(entry.act, iso),
        "why": entry.why,
        "data": act_to_json(entry.act),
        "hash": entry.hash,
    }


def _imported(row: Imported) -> dict[str, Any]:
    whose = row.attribution
    return {
        "from": iso(row.since),
        "to": iso(row.until),
        "state": row.state.value,
        "attribution": None if whose is None else whose.fault.value,
        "supplier": None if whose is None else whose.supplier,
        "note": row.note,
    }


def _validity(held: Validity) -> dict[str, Any]:
    return {"from": _moment(held.since), "until": _moment(held.until)}


def _moment(instant: Instant | None) -> str | None:
    return None if instant is None else iso(instant)


def _share(share: Fraction | None) -> str | None:
    return None if share is None else str(share)


def _exact(amount: Amount | None) -> int | str | None:
    if amount is None:
        return None
    exact = Fraction(amount)
    return exact.numerator if exact.denominator == 1 else str(exact)
