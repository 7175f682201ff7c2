"""Whether colleagues find digests of use: a press in chat, kept in the audit log; the latest word of each counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from vocbot.locale import say
from vocbot.sdk.document import Button, Buttons
from vocbot.sdk.events import Opinion
from vocbot.store.audit import append
from vocbot.store.tables import AuditEntry, Digest

ACTIONS = {True: "digest useful", False: "digest not useful"}
LATEST = 6  # digests that are looked at


@dataclass(frozen=True)
class Found:
    """How many found a digest of use, and how many did not."""

    digest: Digest
    useful: int
    useless: int


def asked(digest: Digest, language: str) -> Buttons:
    """The two buttons below a digest. It must have an id."""
    token = subject(digest)
    return Buttons(
        (
            Button(say(language, "digest.useful"), "useful", token),
            Button(say(language, "digest.not_useful"), "not_useful", token),
        )
    )


def subject(digest: Digest) -> str:
    """What the audit log calls a digest."""
    return f"digest:{digest.id}"


def note(session: Session, opinion: Opinion, now: datetime) -> bool:
    """Keep what somebody thinks of a digest. False where it is no digest of ours, or they said so before."""
    kind, _, number = opinion.token.partition(":")
    known = kind == "digest" and number.isdecimal() and len(number) < 10
    digest = session.get(Digest, int(number)) if known else None
    if digest is None or _words(session, digest).get(opinion.by) == opinion.useful:
        return False
    append(session, now, opinion.by_name, ACTIONS[opinion.useful], subject(digest), by=opinion.by, name=digest.name)
    return True


def found(session: Session) -> list[Found]:
    """The latest digests that somebody has an opinion on, the newest first."""
    digests = session.exec(select(Digest).order_by(col(Digest.slot).desc(), col(Digest.id)).limit(LATEST)).all()
    said = [(digest, list(_words(session, digest).values())) for digest in digests]
    return [Found(digest, sum(words), len(words) - sum(words)) for digest, words in said if words]


def _words(session: Session, digest: Digest) -> dict[str, bool]:
    entries = session.exec(
        select(AuditEntry)
        .where(AuditEntry.subject == subject(digest), col(AuditEntry.action).in_(ACTIONS.values()))
        .order_by(col(AuditEntry.id))
    )
    return {entry.detail["by"]: entry.action == ACTIONS[True] for entry in entries}
