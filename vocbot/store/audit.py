"""The append-only, hash-chained log of dated facts: opened, ticketed, released, told, verified, reopened, ...

Pseudonyms only: whatever goes in here stays for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from vocbot.store.db import take_lock
from vocbot.store.tables import AuditEntry

START = "0" * 64


def append(session: Session, at: datetime, actor: str, action: str, subject: str, **detail: Any) -> AuditEntry:
    """Add one fact in the running transaction and return it."""
    return append_all(session, at, actor, action, [(subject, detail)])[0]


def append_all(
    session: Session, at: datetime, actor: str, action: str, facts: Sequence[tuple[str, Mapping[str, Any]]]
) -> list[AuditEntry]:
    """Add facts of one kind, (subject, detail) each, in the running transaction and return them."""
    take_lock(session, "audit")
    last = session.exec(select(AuditEntry.hash).order_by(col(AuditEntry.id).desc()).limit(1)).first() or START
    added: list[AuditEntry] = []
    for subject, told in facts:
        # as it will be read back, or the chain would not fit: times in UTC, JSON's own types
        when, detail = at.astimezone(UTC), json.loads(json.dumps(told))
        entry = AuditEntry(at=when, actor=actor, action=action, subject=subject, detail=detail, prev=last, hash="")
        last = entry.hash = chain(entry)
        added.append(entry)
    session.add_all(added)
    session.flush()
    return added


def chain(entry: AuditEntry) -> str:
    """SHA-256 over the previous hash and the row in canonical JSON."""
    text = json.dumps(
        [entry.prev, entry.at.isoformat(), entry.actor, entry.action, entry.subject, entry.detail],
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def verify(session: Session) -> tuple[int, int | None]:
    """Walk the chain: (rows that fit, id of the first one that does not, or None).

    A changed row is the one that does not fit, after a removed row the next one. Rows cut off at the end leave a whole
    chain: compare the number of rows with an earlier one.
    """
    previous, seen = START, 0
    query = select(AuditEntry).order_by(col(AuditEntry.id)).execution_options(yield_per=1000)
    for entry in session.exec(query):
        if entry.prev != previous or chain(entry) != entry.hash:
            return seen, entry.id
        previous, seen = entry.hash, seen + 1
    return seen, None


def facts(session: Session, subject: str) -> list[AuditEntry]:
    """What happened to one subject, in order."""
    return list(session.exec(select(AuditEntry).where(AuditEntry.subject == subject).order_by(col(AuditEntry.id))))
