"""Gather what several stages know for one message: the brief of a ticket, the question about a round of notices."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session, col, select

from vocbot.act.ticket import Tickets
from vocbot.act.ticket_text import Brief
from vocbot.deliveries.payload import load
from vocbot.locale import day as say_day
from vocbot.locale import listed, say, word
from vocbot.measure.change import latest_release
from vocbot.sdk.document import Block, Heading, paragraph
from vocbot.store.issue_numbers import numbers, spoken
from vocbot.store.reach import reach
from vocbot.store.tables import Change, Delivery, Issue, Notice, Signal, Ticket
from vocbot.tell.ask import Asker
from vocbot.tell.notice import Notices, Round
from vocbot.understand.campaigns import asked_since
from vocbot.understand.causes import RECENT_DAYS, causes
from vocbot.understand.journey import steps_before
from vocbot.understand.priority import priorities


def brief(
    session: Session, issue: Issue, signal: Signal, day: date, tickets: Tickets, mail: tuple[str, ...], now: datetime
) -> Brief:
    """Everything a ticket says about an open Issue: the numbers of the week to local day `day`, who can be told `now`.

    Its quotes reach back to the alarm, so that a ticket keeps them while the trouble fades.
    """
    assert issue.id is not None
    breakdown, standing = priorities(session, day, tickets.priority, issue.kind)[issue.id]
    change = latest_release(session, issue, before=issue.generation)
    people = reach(session, issue.id, change.released_at if change else None, now)
    week = numbers(session, issue.id, day)
    return Brief(
        issue=issue,
        signal=signal,
        numbers=week,
        spoken=tuple(spoken(session, issue.id, min(week.first, signal.day), week.last)),
        causes=causes(session, issue.id, day),
        met=tuple((s.kind, s.name, s.value, s.lift, s.of) for s in steps_before(session, issue.id, day)),
        asked=tuple(
            (a.campaign, a.first, a.before, a.since, a.effect)
            for a in asked_since(session, issue.id, tickets.calendar, day, tickets.zone)
        ),
        recent=numbers(session, issue.id, day, RECENT_DAYS).mentions,
        breakdown=breakdown,
        standing=standing,
        people=len(people),
        reachable=sum(any(w.kind == "conversation" or mail for w in p.ways) for p in people),
        target=_target(session, issue),
        rules=tickets.rules,
        zone=tickets.zone,
        change=change,
        earlier=_earlier(session, issue),
    )


def notice_question(
    session: Session, issue: Issue, change: Change, told: Round, asker: Asker, notices: Notices
) -> tuple[str, list[Block]]:
    """What the approver of a round of notices sees: who, how many, by which channels, and the real text."""
    language = asker.settings.language
    assert change.released_at is not None
    title = say(language, "notice.ask_title", people=len(told.planned), change=change.name)
    blocks: list[Block] = [
        paragraph(
            say(
                language,
                "notice.ask_text",
                change=change.name,
                issue=issue.name,
                title=issue.title(language),
                day=say_day(language, change.released_at.astimezone(asker.zone)),
                people=len(told.planned),
                channels=listed(language, [f"{name} {n}" for name, n in told.channels]),
                unreachable=told.unreachable,
                canary=min(notices.settings.canary, len(told.planned)),
            )
        )
    ]
    for spoken_language in sorted({n.language for n in told.planned}, reverse=True):
        example = next(n for n in told.planned if n.language == spoken_language)
        blocks.append(Heading(say(language, "notice.preview", spoken=word(language, "language", spoken_language)), 3))
        blocks += _document_of(session, example)
    return title, blocks


def _document_of(session: Session, notice: Notice) -> list[Block]:
    for delivery in session.exec(select(Delivery).where(Delivery.act == "notice")):
        if delivery.payload.get("notice") == notice.id:
            return list(load(delivery.payload["document"]).blocks)
    return []


def _target(session: Session, issue: Issue) -> float:
    """The hoped-for relative change of weekly mentions: of the latest Change that is to come, or the usual one."""
    registered = session.exec(
        select(Change.target)
        .where(Change.issue_id == issue.id, Change.generation == issue.generation, col(Change.released_at).is_(None))
        .order_by(col(Change.id).desc())
    ).first()
    return registered if registered is not None else Change(added_by="").target


def _earlier(session: Session, issue: Issue) -> str | None:
    """The key of the ticket of the generation before."""
    return session.exec(
        select(Ticket.key).where(Ticket.issue_id == issue.id, Ticket.generation == issue.generation - 1)
    ).first()
