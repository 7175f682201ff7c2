"""Tell those who complained what changed: one Notice per Person and Change, a canary first, never without a yes.

Plans only; the words are in `notice_text`. Nobody is told of a Change that made things worse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from vocbot.config.model import Mode, NoticeSettings
from vocbot.deliveries.payload import dump
from vocbot.deliveries.plan import NOT_BEGUN, plan
from vocbot.locale import LANGUAGES
from vocbot.sdk.clock import Clock
from vocbot.store.audit import append
from vocbot.store.persons import standing, stands_for
from vocbot.store.reach import Complainer, complainers
from vocbot.store.tables import Change, Delivery, Feedback, Issue, Notice, Person
from vocbot.store.upsert import table
from vocbot.tell.hold_back import notice_token, take_over
from vocbot.tell.notice_text import notice_document

CANARY_WAIT = timedelta(days=1)

Route = dict[str, Any]


@dataclass(frozen=True)
class Notices:
    """What telling customers needs from the configuration. `mail` are the connectors that write to addresses,
    `desks` those that answer where a customer spoke."""

    settings: NoticeSettings
    mode: Mode
    company: str
    zone: ZoneInfo
    clock: Clock
    mail: tuple[str, ...]
    desks: frozenset[str]


@dataclass(frozen=True)
class Round:
    """One round of notices about a Change: who is told, by which channels, and who cannot be."""

    planned: tuple[Notice, ...]
    channels: tuple[tuple[str, int], ...]
    unreachable: int


def latest_notice(session: Session, person: Person) -> Notice | None:
    """What a reply of the person is about: the Notice that they got last."""
    return session.exec(
        select(Notice)
        .where(col(Notice.person_id).in_(stands_for(session, person.id or 0)), col(Notice.told_at).is_not(None))
        .order_by(col(Notice.told_at).desc())
    ).first()


def answered_notice(session: Session, source: str, conversation: str) -> Notice | None:
    """The Notice that a stranger's reply answers, as from another address of the same person: the mail that it names
    as the first of its thread, or the latest to whoever spoke in this conversation before."""
    names = (conversation, f"<{conversation}>")
    ref = table(Delivery).c.receipt["ref"].as_string()
    sent = session.exec(select(Delivery).where(Delivery.act == "notice", ref.in_(names))).first()
    if sent is not None:
        return session.get(Notice, sent.payload["notice"])
    spoke = session.exec(
        select(Person)
        .join(Feedback, col(Feedback.person_id) == col(Person.id))
        .where(Feedback.source == source, Feedback.conversation == conversation)
        .order_by(col(Feedback.time).desc())
    ).first()
    return latest_notice(session, standing(session, spoke)) if spoke is not None else None


def plan_notices(session: Session, notices: Notices, issue: Issue, change: Change) -> Round:
    """Plan a Notice for everybody who complained, can be reached, and has not been told since.

    Those told of an earlier Change are told again only if they complained again; those who heard nothing of it (held
    back, declined, no way) are told now. What still waits about an earlier Change is taken back.
    """
    assert change.released_at is not None and issue.id is not None
    now = notices.clock.now()
    take_over(session, change, now)
    busy = _busy(session)
    found: list[_Recipient] = []
    unreachable = 0
    for complainer in complainers(session, issue.id, None, change.released_at):
        ids = list(complainer.ids)
        if _knows(session, ids, complainer, change):
            continue
        routes = _routes(notices, complainer)
        if routes:
            found.append(_Recipient(complainer, routes, _not_before(session, notices, ids, busy, now)))
        else:
            unreachable += 1
    # first those who may be told at once, or nobody would go before the others
    found.sort(key=lambda recipient: recipient.not_before > now)
    planned = [
        _plan_one(session, notices, issue, change, recipient, due, canary, now)
        for recipient, due, canary in _in_turn(notices, found, now)
    ]
    channels = Counter(recipient.routes[0]["connector"] for recipient in found)
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


@dataclass(frozen=True)
class _Recipient:
    """Somebody to be told: by which ways, and when at the earliest."""

    complainer: Complainer
    routes: list[Route]
    not_before: datetime


def _in_turn(notices: Notices, found: list[_Recipient], now: datetime) -> Iterator[tuple[_Recipient, datetime, bool]]:
    """Each recipient with their due time and whether they are a canary; the others wait a day for the canaries."""
    first, others = found[: notices.settings.canary], found[notices.settings.canary :]
    for recipient in first:
        yield recipient, recipient.not_before, True
    begin = max((r.not_before for r in first), default=now - CANARY_WAIT) + CANARY_WAIT
    for recipient in others:
        yield recipient, max(begin, recipient.not_before), False


def _plan_one(
    session: Session,
    notices: Notices,
    issue: Issue,
    change: Change,
    recipient: _Recipient,
    due: datetime,
    canary: bool,
    now: datetime,
) -> Notice:
    complainer = recipient.complainer
    person, mention = complainer.person, complainer.mention
    assert person.id is not None and change.id is not None and mention.id is not None
    language = complainer.feedback.language
    if language not in LANGUAGES:
        language = person.language if person.language in LANGUAGES else "en"
    notice = Notice(
        person_id=person.id,
        change_id=change.id,
        mention_id=mention.id,
        language=language,
        canary=canary,
        planned_at=now,
    )
    session.add(notice)
    session.flush()
    document = notice_document(issue, change, mention, language, notices.company, notices.zone)
    plan(
        session,
        key=f"notice:{person.pseudonym}:{change.name}",
        act="notice",
        connector=recipient.routes[0]["connector"],
        now=now,
        due=due,
        mode=notices.mode,
        approval=notice_token(change),
        subject=change.name,
        lane=person.pseudonym,
        payload={
            "notice": notice.id,
            "person": person.id,
            "routes": recipient.routes,
            "document": dump(document),
        },
        evidence=[mention.id],
    )
    return notice


def begin_telling(session: Session, notices: Notices, released: Sequence[Delivery]) -> None:
    """The yes has come, maybe days later: canaries first all the same, and nobody sooner after another notice."""
    now = notices.clock.now()
    busy = _busy(session, besides=[d.id for d in released])
    canaries: list[datetime] = []
    rows = [(d, session.get_one(Notice, d.payload["notice"])) for d in released]
    for delivery, notice in sorted(rows, key=lambda row: not row[1].canary):
        ids = stands_for(session, notice.person_id)
        due = max(delivery.due_at, _not_before(session, notices, ids, busy, now))
        if notice.canary:
            canaries.append(due)
        elif canaries:
            due = max(due, max(canaries) + CANARY_WAIT)
        delivery.due_at = due
        session.add(delivery)


def _routes(notices: Notices, complainer: Complainer) -> list[Route]:
    """The ways as (connector, conversation) or (connector, kind of address); the address itself stays in the vault.

    A mailbox is read by one connector and answered by another, to the address, and in the thread.
    """
    routes: list[Route] = []
    thread: Route = {}
    for way in complainer.ways:
        if way.kind != "conversation":
            routes += [{"connector": c, "contact": way.kind, **thread} for c in notices.mail]
        elif way.source in notices.desks:
            routes.append({"connector": way.source or "", "conversation": way.ref or ""})
        else:
            ids = dict.fromkeys([way.ref or "", complainer.feedback.external_id])
            thread = {"thread": [ident for ident in ids if "@" in ident]}  # a mail without an id got another name
    return routes


def _knows(session: Session, ids: list[int], complainer: Complainer, change: Change) -> bool:
    """Whether the person has a Notice about this Change, or was told of an earlier one and has been content since."""
    told = session.exec(
        select(Notice, Change)
        .join(Change, col(Change.id) == col(Notice.change_id))
        .where(col(Notice.person_id).in_(ids), Change.issue_id == change.issue_id)
        .order_by(col(Change.released_at).desc())
    ).all()
    if any(about.id == change.id for _, about in told):
        return True
    last = next(((notice, about) for notice, about in told if notice.told_at is not None), None)
    if last is None:
        return False
    notice, about = last
    assert about.released_at is not None
    return notice.reaction != "still" and complainer.mention.time < about.released_at


def _busy(session: Session, besides: Sequence[int | None] = ()) -> dict[int, datetime]:
    """When the latest notice that is on its way to a person is due, by Person id."""
    under_way = (*NOT_BEGUN, "performing")
    busy: dict[int, datetime] = {}
    for delivery in session.exec(
        select(Delivery).where(Delivery.act == "notice", col(Delivery.state).in_(under_way))
    ).all():
        if delivery.id not in besides:
            person = delivery.payload["person"]
            busy[person] = max(delivery.due_at, busy.get(person, delivery.due_at))
    return busy


def _not_before(
    session: Session, notices: Notices, ids: list[int], busy: dict[int, datetime], now: datetime
) -> datetime:
    """When this person may get another notice."""
    last = session.exec(
        select(Notice.told_at)
        .where(col(Notice.person_id).in_(ids), col(Notice.told_at).is_not(None))
        .order_by(col(Notice.told_at).desc())
    ).first()
    times = [time for time in (last, *(busy.get(i) for i in ids)) if time is not None]
    return max([now, *(time + timedelta(days=notices.settings.days_between) for time in times)])
