"""Tell those who complained what changed: one Notice per Person and Change, a canary first, never without a yes.

Plans only; the words are in `notice_text`. Nobody is told of a Change that made things worse.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from vocbot.config.model import Mode, NoticeSettings
from vocbot.deliveries.payload import dump
from vocbot.deliveries.plan import plan
from vocbot.sdk.clock import Clock
from vocbot.store.audit import append
from vocbot.store.reach import Complainer, Way, complainers
from vocbot.store.tables import Change, Delivery, Issue, Notice, Person
from vocbot.tell.notice_text import notice_document

CANARY_WAIT = timedelta(days=1)


@dataclass(frozen=True)
class Notices:
    """What telling customers needs from the configuration. `mail` are the connectors that write to addresses."""

    settings: NoticeSettings
    mode: Mode
    company: str
    zone: ZoneInfo
    clock: Clock
    mail: tuple[str, ...]


@dataclass(frozen=True)
class Round:
    """One round of notices about a Change: who is told, by which channels, and who cannot be."""

    planned: tuple[Notice, ...]
    channels: tuple[tuple[str, int], ...]
    unreachable: int


def notice_token(change: Change) -> str:
    """What is approved: all notices about one Change."""
    return f"notice:{change.name}"


def plan_notices(session: Session, notices: Notices, issue: Issue, change: Change) -> Round:
    """Plan a Notice for everybody who can be reached and was not told of this Change before."""
    assert change.released_at is not None and change.id is not None and issue.id is not None
    now = notices.clock.now()
    people = complainers(session, issue.id, _since(session, issue, change), change.released_at)
    planned: list[Notice] = []
    channels: Counter[str] = Counter()
    unreachable = 0
    for complainer in people:
        routes = [r for way in complainer.ways for r in _routes(notices, way)]
        if not routes:
            unreachable += 1
            continue
        notice = _plan_one(session, notices, issue, change, complainer, routes, len(planned), now)
        if notice is not None:
            planned.append(notice)
            channels[routes[0]["connector"]] += 1
    append(
        session,
        now,
        "vocbot",
        "notices planned",
        change.name,
        people=len(planned),
        unreachable=unreachable,
        issue=issue.name,
    )
    return Round(tuple(planned), tuple(channels.most_common()), unreachable)


def _plan_one(
    session: Session,
    notices: Notices,
    issue: Issue,
    change: Change,
    complainer: Complainer,
    routes: list[dict[str, str]],
    place: int,
    now: datetime,
) -> Notice | None:
    person_id, change_id = complainer.person.id, change.id
    assert person_id is not None and change_id is not None and complainer.mention.id is not None
    known = session.exec(select(Notice.id).where(Notice.person_id == person_id, Notice.change_id == change_id)).first()
    if known is not None:
        return None
    language = complainer.feedback.language
    if language not in ("zh", "en"):
        language = complainer.person.language if complainer.person.language in ("zh", "en") else "en"
    canary = place < notices.settings.canary
    notice = Notice(
        person_id=person_id,
        change_id=change_id,
        mention_id=complainer.mention.id,
        language=language,
        canary=canary,
        planned_at=now,
    )
    session.add(notice)
    session.flush()
    document = notice_document(issue, change, complainer.mention, language, notices.company, notices.zone)
    due = max(now if canary else now + CANARY_WAIT, _not_before(session, notices, complainer.person))
    plan(
        session,
        key=f"notice:{complainer.person.pseudonym}:{change.name}",
        act="notice",
        connector=routes[0]["connector"],
        now=now,
        due=due,
        mode=notices.mode,
        approval=notice_token(change),
        subject=change.name,
        payload={"notice": notice.id, "person": person_id, "routes": routes, "document": dump(document)},
        evidence=[complainer.mention.id],
    )
    return notice


def _routes(notices: Notices, way: Way) -> list[dict[str, str]]:
    """The ways as (connector, conversation) or (connector, kind of address); the address itself stays in the vault."""
    if way.kind == "conversation":
        return [{"connector": way.source or "", "conversation": way.ref or ""}]
    return [{"connector": connector, "contact": way.kind} for connector in notices.mail]


def _since(session: Session, issue: Issue, change: Change) -> datetime | None:
    """Complaints before the release of the previous Change were answered by that one's notices."""
    return session.exec(
        select(Change.released_at)
        .where(Change.issue_id == issue.id, col(Change.released_at) < change.released_at)
        .order_by(col(Change.released_at).desc())
    ).first()


def _not_before(session: Session, notices: Notices, person: Person) -> datetime:
    """When this person may get another notice."""
    last = session.exec(
        select(Notice.told_at)
        .where(Notice.person_id == person.id, col(Notice.told_at).is_not(None))
        .order_by(col(Notice.told_at).desc())
    ).first()
    gap = timedelta(days=notices.settings.days_between)
    return last + gap if last else notices.clock.now()


def stop_telling(session: Session, person: Person, now: datetime) -> int:
    """The person does not want such messages: remember it and take back what has not been sent."""
    person.stopped_at = person.stopped_at or now
    session.add(person)
    taken = 0
    for delivery in _waiting(session):
        if delivery.payload.get("person") == person.id:
            delivery.state, delivery.ended_at, delivery.error = "cancelled", now, "the person asked to stop"
            session.add(delivery)
            taken += 1
    append(session, now, person.pseudonym, "stop", person.pseudonym, cancelled=taken)
    return taken


def hold_notices(session: Session, change: Change, now: datetime, why: str) -> int:
    """Hold the notices about a Change that have not begun: a canary said it is still broken."""
    held = 0
    for delivery in _waiting(session):
        if delivery.subject == change.name and delivery.state == "planned":
            delivery.state, delivery.error = "held", why
            session.add(delivery)
            held += 1
    if held:
        append(session, now, "vocbot", "notices held", change.name, count=held, why=why)
    return held


def _waiting(session: Session) -> list[Delivery]:
    return list(
        session.exec(
            select(Delivery).where(
                Delivery.act == "notice",
                col(Delivery.state).in_(("planned", "awaiting", "held")),
                col(Delivery.doubt).is_(False),
            )
        ).all()
    )
