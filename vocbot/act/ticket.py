"""When a Signal becomes a Ticket: one per Issue and generation, all five sections there, or none at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

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


def wanted_tickets(session: Session, settings: TicketSettings, day: date) -> list[tuple[Issue, Signal]]:
    """The Issues for which a ticket should be opened on local day `day`, each with the Signal that says so.

    Enough people, mentions and separate days in the window; or a safety or legal matter, where one is enough.
    """
    if settings.connector is None:
        return []
    return [
        (issue, signal)
        for issue, signal in _alarmed(session, day)
        if issue.immediate or _enough(numbers(session, issue.id or 0, day, settings.window_days), settings)
    ]


def _alarmed(session: Session, day: date) -> list[tuple[Issue, Signal]]:
    """Where the latest Signal of this generation is fresh, and neither ticket nor release answers it yet."""
    same = (col(Signal.issue_id) == Issue.id) & (col(Signal.generation) == Issue.generation)
    newest = select(func.max(Signal.day)).where(same).correlate(Issue).scalar_subquery()
    ticket = select(Ticket.id).where(Ticket.issue_id == Issue.id, Ticket.generation == Issue.generation)
    release = select(Change.id).where(  # what is fixed already needs no ticket; a relapse is a generation
        Change.issue_id == Issue.id, Change.generation == Issue.generation, col(Change.released_at).is_not(None)
    )
    query = (
        select(Issue, Signal)
        .join(Signal, same)
        .where(col(Issue.merged_into).is_(None), Issue.kind != "praise", Signal.day == newest)
        .where(Signal.day <= day, Signal.last_day >= day - OPEN_FOR, ~ticket.exists(), ~release.exists())
        .order_by(col(Issue.id), col(Signal.id))
    )
    found = {issue.id: (issue, signal) for issue, signal in reversed(session.exec(query).all())}
    keys = [ticket_key(issue) for issue, _ in found.values()]
    planned = set(session.exec(select(Delivery.key).where(col(Delivery.key).in_(keys))))  # or asked for, or declined
    return [one for one in reversed(found.values()) if ticket_key(one[0]) not in planned]


def _enough(found: Numbers, settings: TicketSettings) -> bool:
    return (
        found.people >= settings.min_people
        and found.mentions >= settings.min_mentions
        and found.days >= settings.min_days
    )


def with_open_tickets(session: Session) -> Sequence[Issue]:
    """The Issues that have a ticket of their generation that is worked on."""
    open_now = select(Ticket.id).where(
        Ticket.issue_id == Issue.id, Ticket.generation == Issue.generation, col(Ticket.status).in_(OPEN)
    )
    query = select(Issue).where(col(Issue.merged_into).is_(None), open_now.exists()).order_by(col(Issue.id))
    return session.exec(query).all()


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
