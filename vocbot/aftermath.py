"""What follows once an act is settled: a ticket has its key, an entry is published, a person was told.

Runs inside the transaction that settles the Delivery.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session, select

from vocbot.deliveries.plan import plan
from vocbot.deliveries.timers import set_timer
from vocbot.loop.acting import REFRESH_EVERY
from vocbot.sdk.clock import Clock
from vocbot.store.audit import append
from vocbot.store.tables import Approval, Delivery, FaqDraft, Issue, Notice, Ticket
from vocbot.tell.ask import Asker, settle, waits_for, withdraw


@dataclass(frozen=True)
class Aftermath:
    """What taking note needs; `draft_faqs` is the loop's."""

    clock: Clock
    asker: Asker
    draft_faqs: Callable[[Session, Issue], None]

    def __call__(self, session: Session, delivery: Delivery) -> None:
        """Take note of a settled act; a refused one is a fact, too."""
        now = self.clock.now()
        if delivery.state != "sent":
            append(
                session,
                now,
                "vocbot",
                f"{delivery.act} {delivery.state}",
                delivery.subject or delivery.key,
                key=delivery.key,
                why=delivery.error,
            )
            return
        match delivery.act:
            case "ticket":
                self._ticket_sent(session, delivery)
            case "faq":
                self._faq_sent(session, delivery)
            case "publish":
                draft = session.get_one(FaqDraft, delivery.payload["draft"])
                if draft.status == "approved":
                    draft.status = "published"
                    session.add(draft)
                append(session, now, draft.approver or "vocbot", "faq published", delivery.subject, draft=draft.id)
            case "notice":
                notice = session.get_one(Notice, delivery.payload["notice"])
                notice.told_at = now
                session.add(notice)
                append(session, now, "vocbot", "told", delivery.subject, notice=notice.id, via=delivery.connector)
            case "ask":
                token = delivery.key.removeprefix("ask:")
                approval = session.exec(select(Approval).where(Approval.token == token)).first()
                if approval is not None:
                    settle(session, self.asker, approval, now)
                elif not waits_for(session, token):
                    withdraw(session, token, now)

    def _ticket_sent(self, session: Session, delivery: Delivery) -> None:
        now = self.clock.now()
        issue = session.exec(select(Issue).where(Issue.number == int(delivery.subject.removeprefix("VOC-")))).one()
        generation = int(delivery.key.rsplit(":", 1)[1])
        ticket = session.exec(select(Ticket).where(Ticket.issue_id == issue.id, Ticket.generation == generation)).one()
        ticket.ref, ticket.key = delivery.receipt["ref"], delivery.receipt["key"]
        ticket.url, ticket.status = delivery.receipt["url"], "open"
        session.add(ticket)
        append(session, now, "vocbot", "ticketed", issue.name, ticket=ticket.key, generation=generation)
        set_timer(session, "refresh", str(ticket.id), now + REFRESH_EVERY)
        earlier = session.exec(
            select(Ticket).where(Ticket.issue_id == issue.id, Ticket.generation == generation - 1)
        ).first()
        if earlier is not None and earlier.ref is not None:
            plan(
                session,
                key=f"link:{issue.name}:{generation}",
                act="link",
                connector=ticket.connector,
                target=ticket.ref or "",
                now=now,
                subject=issue.name,
                lane=issue.name,
                payload={"other": earlier.ref},
            )
        self.draft_faqs(session, issue)

    def _faq_sent(self, session: Session, delivery: Delivery) -> None:
        draft = session.get_one(FaqDraft, delivery.payload["draft"])
        draft.article_ref = delivery.receipt["ref"]
        session.add(draft)
        if draft.status == "stale":
            return
        plan(
            session,
            key=delivery.key.replace("faq:", "publish:", 1),
            act="publish",
            connector=delivery.connector,
            target=draft.article_ref or "",
            now=self.clock.now(),
            subject=delivery.subject,
            payload=delivery.payload,
        )
