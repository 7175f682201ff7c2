"""Understand, then act: days and weeks are assessed; tickets opened, told the numbers, asked for; answers drafted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from vocbot import briefs
from vocbot.act import faq
from vocbot.act.faq import faq_document, faq_token
from vocbot.act.ticket import (
    OPEN,
    OPEN_FOR,
    open_ticket,
    refresh_ticket,
    ticket_key,
    wanted_tickets,
    with_open_tickets,
)
from vocbot.deliveries.payload import load
from vocbot.locale import say
from vocbot.loop.stages import Stages
from vocbot.measure import verdict as measuring
from vocbot.measure.change import latest_release
from vocbot.store.audit import append
from vocbot.store.tables import Change, FaqDraft, Issue, Signal, Ticket, Timer
from vocbot.tell.ask import ask
from vocbot.tell.hold_back import notice_token
from vocbot.tell.notice import Round
from vocbot.tell.report import plan_report
from vocbot.understand.calibrate import calibrate
from vocbot.understand.signals import evaluate
from vocbot.understand.weekly import evaluate_week

REFRESH_EVERY = timedelta(days=7)  # how often an open ticket is told the numbers


class Acting(Stages):
    """What follows from alarms."""

    def evaluate_day(self, session: Session, timer: Timer) -> datetime | None:
        """Timer `evaluate`: assess a local day, open tickets, draft answers. A day long gone gets its alarms alone."""
        day, rules = date.fromisoformat(timer.subject), self.settings
        return self._act_on(session, evaluate(session, day, self.clock.now(), rules.zone, rules.calendar), day)

    def evaluate_week(self, session: Session, timer: Timer) -> datetime | None:
        """Timer `evaluate_week`: the same for the whole week that begins on a Monday."""
        day, rules = date.fromisoformat(timer.subject), self.settings
        found = evaluate_week(session, day, self.clock.now(), rules.zone, rules.calendar)
        calibrate(session, rules.priority, self.today(), self.clock.now())
        return self._act_on(session, found, day + timedelta(days=6))

    def _act_on(self, session: Session, signals: Sequence[Signal], day: date) -> datetime | None:
        for signal in (one for one in signals if one.state == "recurring"):
            self._came_back(session, session.get_one(Issue, signal.issue_id), signal)
        if self.today() - day > OPEN_FOR:
            return None
        for issue, signal in wanted_tickets(session, self.settings.tickets, day):
            self._open_ticket(session, issue, signal, day)
        for issue in with_open_tickets(session):
            self.draft_faqs(session, issue)
        return None

    def _open_ticket(
        self, session: Session, issue: Issue, signal: Signal, day: date, instead_of: str | None = None
    ) -> None:
        """Open the ticket, or ask whether to; where a person deleted one (its key is `instead_of`), ask in any case."""
        now = self.clock.now()
        tickets = self.tickets if instead_of is None else replace(self.tickets, mode="approve")
        brief = briefs.brief(session, issue, signal, day, tickets, self.notices.mail, now)
        delivery = open_ticket(session, tickets, issue, brief, now)
        if delivery is not None and delivery.state == "awaiting":
            language = self.asker.settings.language
            title = say(language, "ticket_ask.title", issue=issue.name)
            if instead_of is not None:
                title = say(language, "ticket_ask.deleted", issue=issue.name, ticket=instead_of)
            blocks = list(load(delivery.payload["document"]).blocks)
            ask(session, self.asker, ticket_key(issue), title, blocks, "ticket_ask", issue.name, now)

    def draft_faqs(self, session: Session, issue: Issue) -> None:
        """Draft FAQ entries from what agents have answered so far, and ask for each."""
        for draft in faq.draft_faqs(session, self.faqs, issue, self.clock.now()):
            if self.faqs.mode == "auto":
                draft.status, draft.approver = "approved", self.notices.settings.signed_by
                session.add(draft)
            elif self.faqs.mode == "approve":
                self.ask_faq(session, draft, issue)

    def ask_faq(self, session: Session, draft: FaqDraft, issue: Issue) -> None:
        title = say(self.asker.settings.language, "faq.ask_title", issue=issue.name)
        blocks = list(faq_document(draft, issue, draft.answers_solved).blocks)
        ask(session, self.asker, faq_token(draft), title, blocks, "faq", issue.name, self.clock.now())

    def ask_notices(self, session: Session, issue: Issue, change: Change, told: Round) -> None:
        """Ask whether a round of notices may leave."""
        title, blocks = briefs.notice_question(session, issue, change, told, self.asker, self.notices)
        ask(session, self.asker, notice_token(change), title, blocks, "notice", change.name, self.clock.now())

    def _came_back(self, session: Session, issue: Issue, signal: Signal) -> None:
        """An alarm after a release: a new generation, a new ticket that points to the old one, and a Verdict."""
        now, change = self.clock.now(), latest_release(session, issue)
        assert change is not None
        issue.generation += 1
        signal.generation = issue.generation
        session.add_all([issue, signal])
        append(session, now, "vocbot", "reopened", issue.name, change=change.name, generation=issue.generation)
        looks = measuring.verdicts(session, change)
        if looks and looks[-1].verdict == "effective":
            looks[-1].verdict = "regressed"
            session.add(looks[-1])
            append(session, now, "vocbot", "verdict", issue.name, change=change.name, verdict="regressed")
            plan_report(session, self.reports, issue, change, looks[-1], now, signal=signal)

    def refresh(self, session: Session, timer: Timer) -> datetime | None:
        """Timer `refresh`: a week later, tell an open ticket the numbers of today."""
        ticket = session.get_one(Ticket, int(timer.subject))
        issue, now = session.get_one(Issue, ticket.issue_id), self.clock.now()
        if ticket.status not in OPEN or ticket.generation != issue.generation:
            return None
        signal = session.exec(
            select(Signal)
            .where(Signal.issue_id == issue.id, Signal.generation == ticket.generation)
            .order_by(col(Signal.day))
        ).first()
        if signal is not None:
            brief = briefs.brief(session, issue, signal, self.today(), self.tickets, self.notices.mail, now)
            refresh_ticket(session, self.tickets, ticket, brief, now)
        return now + REFRESH_EVERY

    def _ask_again(self, session: Session, issue: Issue, ticket: Ticket) -> None:
        """Somebody deleted an open ticket: whether they wanted to be rid of the issue only they can say."""
        signal = session.exec(
            select(Signal)
            .where(Signal.issue_id == issue.id, Signal.generation == ticket.generation)
            .order_by(col(Signal.day).desc())
        ).first()
        if signal is None or ticket.generation != issue.generation:
            return
        issue.generation += 1
        signal.generation = issue.generation
        session.add_all([issue, signal])
        self._open_ticket(session, issue, signal, self.today(), instead_of=ticket.key or "")
