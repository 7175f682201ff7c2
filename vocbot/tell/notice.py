"""Tell those who complained what changed: one Notice per Person and Change, a canary first, never without a yes.

Plans only; the words are in `notice_text`. Nobody is told of a Change that made things worse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlalchemy import select as columns
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
from vocbot.store.upsert import among, table
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
    people = complainers(session, issue.id, None, change.released_at)
    times = _busy(session), _last_told(session, {ident for one in people for ident in one.ids})
    told = _told_of(session, issue.id)
    found: list[_Recipient] = []
    unreachable = 0
    for complainer in people:
        if _knows([one for ident in complainer.ids for one in told.get(ident, ())], complainer, change):
            continue
        routes = _routes(notices, complainer)
        if routes:
            found.append(_Recipient(complainer, routes, _not_before(notices, complainer.ids, times, now)))
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
    canaries: list[datetime] = []
    rows = [(d, session.get_one(Notice, d.payload["notice"])) for d in released]
    people = {notice.person_id: stands_for(session, notice.person_id) for _, notice in rows}
    told = _last_told(session, {ident for ids in people.values() for ident in ids})
    times = _busy(session, besides=[d.id for d in released]), told
    for delivery, notice in sorted(rows, key=lambda row: not row[1].canary):
        due = max(delivery.due_at, _not_before(notices, people[notice.person_id], times, now))
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


def _told_of(session: Session, issue_id: int) -> dict[int, list[tuple[Notice, Change]]]:
    """The Notices about Changes of an Issue by Person id, the latest Change first."""
    query = (
        select(Notice, Change)
        .join(Change, col(Change.id) == col(Notice.change_id))
        .where(Change.issue_id == issue_id)
        .order_by(col(Change.released_at).desc())
    )
    found: dict[int, list[tuple[Notice, Change]]] = {}
    for notice, change in session.exec(query):
        found.setdefault(notice.person_id, []).append((notice, change))
    return found


def _knows(told: list[tuple[Notice, Change]], complainer: Complainer, change: Change) -> bool:
    """Whether somebody who was told so has a Notice about this Change, or has been content since an earlier one."""
    if any(about.id == change.id for _, about in told):
        return True
    heard = [(about.released_at, notice) for notice, about in told if notice.told_at is not None and about.released_at]
    if not heard:
        return False
    released_at, notice = max(heard, key=lambda one: one[0])
    return notice.reaction != "still" and complainer.mention.time < released_at


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


def _last_told(session: Session, people: Collection[int]) -> dict[int, datetime]:
    """When each of these Persons was told of anything last, by id; the others are left out."""
    query: Any = (
        columns(col(Notice.person_id), func.max(col(Notice.told_at)))
        .where(among(session, Notice.person_id, people), col(Notice.told_at).is_not(None))
        .group_by(col(Notice.person_id))
    )
    return dict(session.connection().execute(query).all())


def _not_before(
    notices: Notices, ids: Collection[int], times: Sequence[Mapping[int, datetime]], now: datetime
) -> datetime:
    """When these Persons, who are one, may get another notice: `times` say when they were told or will be."""
    known = [of[ident] for of in times for ident in ids if ident in of]
    return max([now, *(time + timedelta(days=notices.settings.days_between) for time in known)])
