"""When a Signal becomes a Ticket: one per Issue and generation, all five sections there, or none at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from vocbot.act.ticket_text import Brief, summary, ticket_document
from vocbot.config.model import CalendarSettings, Mode, PrioritySettings, TicketSettings
from vocbot.deliveries.payload import dump
from vocbot.deliveries.plan import plan
from vocbot.locale import say
from vocbot.sdk.document import Document, paragraph
from vocbot.store.audit import append
from vocbot.store.issue_numbers import Numbers, numbers, spoken
from vocbot.store.tables import Change, Delivery, Issue, Signal, Ticket

OPEN = ("open", "in_progress")  # where a ticket is worked on
OPEN_FOR = timedelta(days=14)  # how long after its alarm a Signal may still open a ticket


@dataclass(frozen=True)
class Tickets:
    """What opening tickets needs from the configuration."""

    settings: TicketSettings
    priority: PrioritySettings
    calendar: CalendarSettings
    mode: Mode
    zone: ZoneInfo
    rules: str  # "shop v1"

    @property
    def follow_up(self) -> Mode:
        """The mode of what is later written into a ticket: the yes to the ticket covers it."""
        return "shadow" if self.mode == "shadow" else "auto"


def wants_ticket(session: Session, settings: TicketSettings, issue: Issue, day: date) -> Signal | None:
    """The Signal for which a ticket should be opened on local day `day`, or None.

    Enough people, mentions and separate days in the window; or a safety or legal matter, where one is enough.
    """
    if settings.connector is None or issue.kind == "praise":
        return None
    signal = session.exec(
        select(Signal)
        .where(Signal.issue_id == issue.id, Signal.generation == issue.generation)
        .order_by(col(Signal.day).desc())
    ).first()
    if signal is None or not signal.day <= day <= signal.last_day + OPEN_FOR:
        return None
    known = session.exec(
        select(Ticket.id).where(Ticket.issue_id == issue.id, Ticket.generation == issue.generation)
    ).first()
    released = session.exec(
        select(Change.id).where(
            Change.issue_id == issue.id, Change.generation == issue.generation, col(Change.released_at).is_not(None)
        )
    ).first()
    if known is not None or released is not None:  # what is fixed already needs no ticket; a relapse is a generation
        return None
    if issue.immediate:
        return signal
    found = numbers(session, issue.id or 0, day, settings.window_days)
    enough = (
        found.people >= settings.min_people
        and found.mentions >= settings.min_mentions
        and found.days >= settings.min_days
    )
    return signal if enough else None


def has_open_ticket(session: Session, issue: Issue) -> bool:
    """Whether the Issue has a ticket of its generation that is worked on."""
    query = select(Ticket.id).where(
        Ticket.issue_id == issue.id, Ticket.generation == issue.generation, col(Ticket.status).in_(OPEN)
    )
    return session.exec(query).first() is not None


def ticket_key(issue: Issue) -> str:
    """The key that one Issue and generation has at the tracker."""
    return f"ticket:{issue.name}:{issue.generation}"


def open_ticket(session: Session, tickets: Tickets, issue: Issue, brief: Brief, now: datetime) -> Delivery | None:
    """Plan the ticket. None where the five sections cannot be filled: nobody can be quoted, or fewer than three."""
    settings = tickets.settings
    assert settings.connector is not None and issue.id is not None
    language = _language(settings, brief.numbers)
    document = ticket_document(brief, language)
    if document is None:
        return None
    key = ticket_key(issue)
    session.add(
        Ticket(
            issue_id=issue.id,
            generation=issue.generation,
            connector=settings.connector,
            priority=brief.standing.band,
            planned_at=now,
        )
    )
    delivery = plan(
        session,
        key=key,
        act="ticket",
        connector=settings.connector,
        now=now,
        mode=tickets.mode,
        approval=key,
        subject=issue.name,
        lane=issue.name,
        payload=_payload(tickets, brief, document, language),
        evidence=_evidence(session, issue, brief.numbers),
    )
    append(session, now, "vocbot", "ticket planned", issue.name, key=key, mode=tickets.mode, band=brief.standing.band)
    return delivery


def refresh_ticket(session: Session, tickets: Tickets, ticket: Ticket, brief: Brief, now: datetime) -> Delivery | None:
    """Plan the weekly update of an open ticket; a comment only when the suggested priority has changed."""
    issue, band = brief.issue, brief.standing.band
    language = written_in(session, issue, ticket)
    document = ticket_document(brief, language)
    if document is None or ticket.ref is None:
        return None
    if band != ticket.priority:
        by = issue.band_by if issue.band else ""
        key = "ticket.band_set" if by else "ticket.band_changed"
        text = say(language, key, before=ticket.priority, band=band, by=by, why=issue.band_why)
        plan(
            session,
            key=f"comment:{issue.name}:{ticket.generation}:{brief.numbers.last}:{band}",
            act="comment",
            connector=ticket.connector,
            target=ticket.ref,
            now=now,
            mode=tickets.follow_up,
            subject=issue.name,
            lane=issue.name,
            payload={"document": dump(Document(language, text, (paragraph(text),)))},
        )
        ticket.priority = band
        session.add(ticket)
    return plan(
        session,
        key=f"update:{issue.name}:{ticket.generation}:{brief.numbers.last}",
        act="update",
        connector=ticket.connector,
        target=ticket.ref,
        now=now,
        mode=tickets.follow_up,
        subject=issue.name,
        lane=issue.name,
        payload=_payload(tickets, brief, document, language),
        evidence=_evidence(session, issue, brief.numbers),
    )


def _payload(tickets: Tickets, brief: Brief, document: Document, language: str) -> dict[str, object]:
    return {
        "issue": brief.issue.name,
        "summary": summary(brief, language),
        "document": dump(document),
        "priority": brief.standing.band,
        "labels": labels(tickets.settings.project_tag, brief.issue, brief.numbers),
        "properties": {
            "issue": brief.issue.name,
            "evidence": brief.numbers.evidence,
            "rules": tickets.rules,
            "first_seen": brief.issue.first_seen.isoformat(),
        },
    }


def written_in(session: Session, issue: Issue, ticket: Ticket) -> str:
    """The language a ticket was opened in: what is added to it later must not depend on who wrote that week."""
    key = f"ticket:{issue.name}:{ticket.generation}"
    payload = session.exec(select(Delivery.payload).where(Delivery.key == key)).first()
    return str(payload["document"]["language"]) if payload else "en"


def _language(settings: TicketSettings, found: Numbers) -> str:
    """zh or en: the configured one, or the one that most of the customers used."""
    if settings.language != "customers":
        return settings.language
    return next((language for language, _ in found.languages if language in ("zh", "en")), "en")


def labels(tag: str, issue: Issue, found: Numbers) -> list[str]:
    """voc, voc-42, voc-src-chat, ...: lower case, no blanks."""
    return [tag, issue.name.lower(), *(f"{tag}-src-{'-'.join(name.lower().split())}" for name, _ in found.sources)]


def _evidence(session: Session, issue: Issue, found: Numbers) -> list[int]:
    """The Mentions behind the numbers, in the order that `Numbers.evidence` hashes."""
    return [s.mention.id or 0 for s in spoken(session, issue.id or 0, found.first, found.last)]
