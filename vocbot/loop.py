"""The loop: what follows what. Listen, understand, act, tell, measure; nothing else in vocbot joins the stages.

Everything here runs inside a transaction of its caller (the drain, the sweep, a settling delivery, a command).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from vocbot import briefs
from vocbot.act import faq
from vocbot.act.faq import Faqs, Wording, faq_document, faq_token
from vocbot.act.ticket import (
    OPEN,
    OPEN_FOR,
    Tickets,
    has_open_ticket,
    open_ticket,
    refresh_ticket,
    ticket_key,
    wants_ticket,
    written_in,
)
from vocbot.config.model import Settings
from vocbot.deliveries.payload import load
from vocbot.deliveries.plan import release
from vocbot.deliveries.schedule import next_slot
from vocbot.deliveries.timers import set_timer, set_timers
from vocbot.listen.conversations import AtDesk, keep_answers, note_conversations, open_conversations
from vocbot.listen.parse import Taken
from vocbot.listen.receive import Heard, Receiver
from vocbot.locale import say
from vocbot.measure import verdict as measuring
from vocbot.measure.change import for_ticket, latest_release, release_change, taken_over
from vocbot.rights import may_decide
from vocbot.sdk import events
from vocbot.sdk.clock import Clock
from vocbot.store.audit import append
from vocbot.store.tables import Approval, Change, Delivery, FaqDraft, Issue, Signal, Ticket, Timer, Verdict
from vocbot.tell import answers
from vocbot.tell.ask import Asker, ask, settle, withdraw
from vocbot.tell.digest import Digests, plan_digest
from vocbot.tell.hold_back import hold_notices, notice_token, stop_telling
from vocbot.tell.notice import Notices, Round, begin_telling, latest_notice, plan_notices
from vocbot.tell.notice_text import reaction
from vocbot.tell.report import Reports, comment_still, plan_report
from vocbot.understand.classify import Classifier
from vocbot.understand.priority import priorities
from vocbot.understand.signals import evaluate
from vocbot.understand.weekly import evaluate_week, to_assess

REFRESH_EVERY = timedelta(days=7)  # how often an open ticket is told the numbers


@dataclass(frozen=True)
class Loop:
    """The stages with their settings, joined."""

    settings: Settings
    clock: Clock
    receiver: Receiver
    classify: Classifier
    tickets: Tickets
    faqs: Faqs
    asker: Asker
    notices: Notices
    digests: Digests
    reports: Reports

    # -- listen -> understand

    def on_events(self, session: Session, taken: Sequence[Taken]) -> None:
        """Take the events of inbound records. What is said at desks is taken together as far as nothing comes between
        that looks at it; everything else in order."""
        desk = AtDesk()
        for one in taken:
            if not desk.add(one.source, one.event, one.inbound_id):
                self._desk(session, desk)
                desk = AtDesk()
                self._other(session, one.source, one.event, one.inbound_id)
        self._desk(session, desk)

    def _desk(self, session: Session, desk: AtDesk) -> None:
        self._feedback(session, desk.heard)
        keep_answers(session, desk.answers)
        note_conversations(session, desk.changes)

    def _other(self, session: Session, source: str, event: events.Event, inbound_id: int | None) -> None:
        match event:
            case events.CustomerReply():
                self._customer_reply(session, source, event, inbound_id)
            case events.TicketChanged():
                self._ticket_changed(session, source, event)
            case events.Decision():
                self._pressed(session, source, event)
            case events.Question():
                self._question(session, source, event)
            case _:
                pass

    def _feedback(self, session: Session, heard: Sequence[Heard]) -> bool:
        """Whether any was new."""
        if not heard:
            return False
        new = self.receiver.take(session, heard)
        spoken = ((one.source, one.event.conversation, one.event.time) for one in reversed(heard))
        open_conversations(session, {(s, ref): time for s, ref, time in spoken if ref is not None})
        if new:
            self.classify(session, new)
            now, days = self.clock.now(), {feedback.day for feedback in new}
            set_timers(session, "evaluate", {day.isoformat() for day in days}, now)
            for due, mondays in to_assess(days, now, self.settings.zone).items():
                set_timers(session, "evaluate_week", mondays, due)
        return bool(new)

    def _customer_reply(
        self, session: Session, source: str, event: events.CustomerReply, inbound_id: int | None
    ) -> None:
        person = self.receiver.reply_author(session, source, event)
        notice = latest_notice(session, person) if person is not None else None
        meant = reaction(event.feedback.text) if notice is not None else "other"
        if person is not None and notice is not None and meant == "stop":
            notice.reaction = notice.reaction or "stop"
            session.add(notice)
            stop_telling(session, person, self.clock.now())
            return
        new = self._feedback(session, [Heard(source, event.feedback, inbound_id)])
        if person is None or notice is None or meant == "other" or not new:
            return
        notice.reaction = "still"
        session.add(notice)
        change = session.get_one(Change, notice.change_id)
        append(session, self.clock.now(), person.pseudonym, "still broken", change.name)
        if notice.canary:
            hold_notices(session, change, self.clock.now(), "one of those told first says it is still broken")

    # -- understand -> act

    def evaluate_day(self, session: Session, timer: Timer) -> datetime | None:
        """Timer `evaluate`: assess a local day, open tickets, draft answers. A day long gone gets its alarms alone."""
        day, rules = date.fromisoformat(timer.subject), self.settings
        return self._act_on(session, evaluate(session, day, self.clock.now(), rules.zone, rules.calendar), day)

    def evaluate_week(self, session: Session, timer: Timer) -> datetime | None:
        """Timer `evaluate_week`: the same for the whole week that begins on a Monday."""
        day, rules = date.fromisoformat(timer.subject), self.settings
        found = evaluate_week(session, day, self.clock.now(), rules.zone, rules.calendar)
        return self._act_on(session, found, day + timedelta(days=6))

    def _act_on(self, session: Session, signals: Sequence[Signal], day: date) -> datetime | None:
        for signal in (one for one in signals if one.state == "recurring"):
            self._came_back(session, session.get_one(Issue, signal.issue_id), signal)
        if self._today() - day > OPEN_FOR:
            return None
        for issue in session.exec(select(Issue).where(col(Issue.merged_into).is_(None)).order_by(col(Issue.id))).all():
            wanted = wants_ticket(session, self.settings.tickets, issue, day)
            if wanted is not None:
                self._open_ticket(session, issue, wanted, day)
            if has_open_ticket(session, issue):
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
                self._ask_faq(session, draft, issue)

    def _ask_faq(self, session: Session, draft: FaqDraft, issue: Issue) -> None:
        title = say(self.asker.settings.language, "faq.ask_title", issue=issue.name)
        blocks = list(faq_document(draft, issue, draft.answers_solved).blocks)
        ask(session, self.asker, faq_token(draft), title, blocks, "faq", issue.name, self.clock.now())

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
            brief = briefs.brief(session, issue, signal, self._today(), self.tickets, self.notices.mail, now)
            refresh_ticket(session, self.tickets, ticket, brief, now)
        return now + REFRESH_EVERY

    # -- act -> tell, measure

    def _ticket_changed(self, session: Session, source: str, event: events.TicketChanged) -> None:
        ticket = session.exec(select(Ticket).where(Ticket.connector == source, Ticket.ref == event.ref)).first()
        if ticket is None or (ticket.changed_at is not None and event.time < ticket.changed_at):
            return
        if event.status != "deleted":
            ticket.key = event.key  # another one after a move to another project
        session.add(ticket)
        if (ticket.status, ticket.outcome) == (event.status, event.outcome):
            return
        issue = session.get_one(Issue, ticket.issue_id)
        was = ticket.status
        ticket.status, ticket.outcome, ticket.changed_at = event.status, event.outcome, event.time
        ticket.done_at = event.time if event.status == "done" else None
        if event.status in OPEN:
            set_timer(session, "refresh", str(ticket.id), self.clock.now() + REFRESH_EVERY)
        append(
            session,
            self.clock.now(),
            source,
            f"ticket {event.status}",
            issue.name,
            ticket=ticket.key,
            outcome=event.outcome,
        )
        if event.status == "deleted" and was in OPEN:
            self._ask_again(session, issue, ticket)
        if event.status == "done" and event.outcome == "fixed":
            change = for_ticket(session, issue, ticket, event.version, self.clock.now())
            if change.released_at is None:
                self.released(session, issue, change, event.time, f"ticket {ticket.key}")

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
        self._open_ticket(session, issue, signal, self._today(), instead_of=ticket.key or "")

    def released(self, session: Session, issue: Issue, change: Change, at: datetime, by: str) -> Round:
        """A Change has reached customers: old answers are stale, people are told, measuring begins."""
        now = self.clock.now()
        release_change(session, issue, change, at, by, now)
        for stale in faq.expire(session, issue, change.generation, now):
            withdraw(session, faq_token(stale), now)
        first = measuring.FIRST_LOOK
        set_timer(session, "look", change.name, measuring.next_look(change, first, self.settings.zone), {"week": first})
        told = plan_notices(session, self.notices, issue, change)
        if told.planned and self.notices.mode == "approve":
            title, blocks = briefs.notice_question(session, issue, change, told, self.asker, self.notices)
            ask(session, self.asker, notice_token(change), title, blocks, "notice", change.name, now)
        return told

    def look(self, session: Session, timer: Timer) -> datetime | None:
        """Timer `look`: measure a Change after so many whole weeks, and say so when the word is new."""
        now, week = self.clock.now(), int(timer.payload["week"])
        change = session.get_one(Change, int(timer.subject.removeprefix("CHANGE-")))
        issue = session.get_one(Issue, change.issue_id or 0)
        if taken_over(session, change, measuring.next_look(change, week, self.settings.zone)):
            return None  # from here on the numbers are those of the later Change
        before = [v.verdict for v in measuring.verdicts(session, change)]
        verdict = measuring.look(session, issue, change, week, now, self.settings.zone, self.settings.money)
        going_on = week < measuring.looks_until(verdict)
        timer.payload = {"week": week + 1}
        session.add(timer)
        again = measuring.next_look(change, week + 1, self.settings.zone) if going_on else None
        if verdict is not None and verdict.verdict not in before:
            plan_report(session, self.reports, issue, change, verdict, now, next_look=again)
            if verdict.verdict in ("not_effective", "worse"):
                self._comment_still(session, issue, change, verdict)
        return again

    def _comment_still(self, session: Session, issue: Issue, change: Change, verdict: Verdict) -> None:
        ticket = session.get(Ticket, change.ticket_id) if change.ticket_id else None
        if ticket is not None:
            language, mode = written_in(session, issue, ticket), self.tickets.follow_up
            comment_still(session, issue, change, ticket, verdict, language, mode, self.clock.now())

    # -- people decide and ask

    def decide(self, session: Session, decision: events.Decision) -> bool:
        """Carry out a named person's yes or no; the first one counts. False where nothing waits for it, or the person's
        role may not decide it."""
        if not may_decide(decision.role, decision.token):
            return False
        known = session.exec(select(Approval.id).where(Approval.token == decision.token)).first()
        waiting = session.exec(select(Delivery).where(Delivery.approval == decision.token)).first()
        if known is not None or waiting is None:
            return False
        now = self.clock.now()
        approval = Approval(
            token=decision.token,
            approved=decision.approved,
            by=decision.by,
            by_name=decision.by_name,
            reason=decision.reason or "",
            at=decision.time,
        )
        session.add(approval)
        released = release(session, approval, now)
        word = "approved" if decision.approved else "declined"
        about = waiting.subject or decision.token
        append(
            session, now, decision.by_name, word, about, token=decision.token, by=decision.by, reason=decision.reason
        )
        kind, _, number = decision.token.partition(":")
        if kind == "faq":
            draft = session.get_one(FaqDraft, int(number.partition(":")[0]))
            if draft.status == "draft":
                draft.status = "approved" if decision.approved else "rejected"
                draft.approver = decision.by_name
                session.add(draft)
        elif kind == "notice" and decision.approved:
            begin_telling(session, self.notices, released)
        settle(session, self.asker, approval, now)
        return True

    def revise_faq(self, session: Session, draft: FaqDraft, wording: Wording, by: str) -> None:
        """Let a person write an FAQ draft anew, and ask again: whoever answers the old question answers nothing."""
        now, issue, before = self.clock.now(), session.get_one(Issue, draft.issue_id), faq_token(draft)
        faq.revise(session, draft, issue, wording, by, now)
        withdraw(session, before, now)
        self._ask_faq(session, draft, issue)

    def _pressed(self, session: Session, source: str, event: events.Decision) -> None:
        """A button in chat; where it decided nothing, whoever pressed it is told why."""
        if self.decide(session, event) or event.reply_to is None:
            return
        document = answers.not_decided(session, event, self.settings.zone, self.asker.settings.language)
        answers.reply(session, source, event.by, event.time, event.reply_to, document, self.clock.now())

    def _question(self, session: Session, source: str, event: events.Question) -> None:
        today = self._today()
        standings = {i: standing for i, (_, standing) in priorities(session, today).items()}
        language = self.asker.settings.language
        document = answers.answer(session, event.text, standings, today, self.settings.zone, language)
        answers.reply(session, source, event.by, event.time, event.reply_to, document, self.clock.now())

    # -- schedules

    def digest(self, session: Session, timer: Timer) -> datetime | None:
        """Timer `digest`: every slot that has come is written, in order; returns the next one."""
        settings = next((d for d in self.settings.digests if d.name == timer.subject), None)
        if settings is None:
            return None
        slot, now = datetime.fromisoformat(timer.payload["slot"]), self.clock.now()
        while slot <= now:
            plan_digest(session, self.digests, settings, slot, now)
            slot = next_slot(slot, settings.weekday, settings.at, self.settings.zone)
        timer.payload = {"slot": slot.isoformat()}
        session.add(timer)
        return slot

    def begin(self, session: Session) -> None:
        """Set the schedules that do not run yet."""
        for settings in self.settings.digests:
            known = session.exec(
                select(Timer.due_at).where(Timer.kind == "digest", Timer.subject == settings.name)
            ).first()
            if known is None:  # or it was taken out of the configuration for a while
                slot = next_slot(self.clock.now(), settings.weekday, settings.at, self.settings.zone)
                set_timer(session, "digest", settings.name, slot, {"slot": slot.isoformat()})

    def _today(self) -> date:
        return self.clock.now().astimezone(self.settings.zone).date()
