"""The chain of the ledger: each entry's hash covers what it says and the hash of the entry before.

Whoever changes, removes or inserts an entry breaks the chain there, or must write all that follow anew, and then the
head is another one than the statements and everybody's printed reports name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ictss_monitor.clock import Instant
from ictss_monitor.ledger.acts import Act, Entry, Imported
from ictss_monitor.ledger.codec import act_to_json, canonical, row_text

GENESIS: Final = "0" * 64
"""What stands for the hash of the entry before the first."""


def digest_of(seq: int, at: Instant, who: str, why: str, approver: str | None, act: Act, previous: str) -> str:
    """Return the hash of an entry: SHA-256, hexadecimal."""
    return digest_of_text(seq, at, who, why, approver, canonical(act_to_json(act)), previous)


def digest_of_text(seq: int, at: Instant, who: str, why: str, approver: str | None, act: str, previous: str) -> str:
    """Return the hash of an entry whose act is given as its canonical text, as the store keeps it."""
    return sha256(
        canonical(
            {"seq": seq, "at": at, "who": who, "why": why, "approver": approver, "act": act, "previous": previous}
        )
    )


def digest_of_rows(rows: Iterable[Imported]) -> str:
    """Return the digest of an imported history: the same for the same rows in whatever order."""
    return sha256("\n".join(sorted(map(row_text, rows))))


def digest_of_statement(
    label: str, version: int, reason: str, catalogue: str, evidence: str, head: tuple[int, str], content: str
) -> str:
    """Return the digest of a sealed statement, which covers what it says and what it was made from.

    `catalogue` and `evidence` are digests, `head` the number and hash of the ledger's last entry before it.
    """
    seq, hash_ = head
    return sha256(
        canonical(
            {
                "label": label,
                "version": version,
                "reason": reason,
                "catalogue": catalogue,
                "evidence": evidence,
                "ledger_seq": seq,
                "ledger_hash": hash_,
                "content": content,
            }
        )
    )


def batch_of(digest: str) -> str:
    """Return the short name of the import whose rows have this digest."""
    return digest[:16]


def sha256(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Link:
    """What the chain is checked by: the number, hash and previous hash of an entry, and the hash that it ought to have.

    `due` is None where what the entry says cannot even be hashed.
    """

    seq: int
    previous: str
    hash: str
    due: str | None


def verify(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return what is wrong with the chain, a line for each fault in order; nothing where it is whole."""
    return faults(
        Link(
            held.seq,
            held.previous,
            held.hash,
            digest_of(held.seq, held.at, held.who, held.why, held.approver, held.act, held.previous),
        )
        for held in entries
    )


def faults(links: Iterable[Link]) -> tuple[str, ...]:
    """Return what is wrong with a chain of links, as `verify`."""
    found = []
    seq, head = 0, GENESIS
    for link in links:
        if link.seq <= seq:
            found.append(f"entry {link.seq} of the ledger stands out of order, or twice")
            continue
        if link.seq > seq + 1:
            found.append(_missing(seq + 1, link.seq - 1))
        elif link.previous != head:
            found.append(
                f"entry {link.seq} of the ledger does not follow from the one before: either was replaced by another"
            )
        if link.hash != link.due:
            found.append(f"entry {link.seq} of the ledger was changed: its hash is not that of what it says")
        seq, head = link.seq, link.hash
    return tuple(found)


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"entry {first} of the ledger is missing"
    return f"entries {first} to {last} of the ledger are missing"
