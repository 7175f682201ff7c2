"""People decide and ask: approvals, their own wording, buttons and questions in chat."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session, select

from vocbot.act import faq_edit
from vocbot.deliveries.plan import release
from vocbot.loop.acting import Acting
from vocbot.rights import may_decide
from vocbot.sdk import events
from vocbot.store.audit import append
from vocbot.store.tables import Approval, Delivery, FaqDraft
from vocbot.tell import answers, notice_edit
from vocbot.tell.ask import settle, supersede
from vocbot.tell.notice import begin_telling
from vocbot.understand.priority import priorities
from vocbot.wordings import named, renewed


class Deciding(Acting):
    """What follows from what the owner's people say."""

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

    def rewrite(self, session: Session, token: str, seen: str, values: Mapping[str, str], by: str) -> str:
        """Let a person write a text anew that waits for a yes, and ask again under another token, which is returned:
        whoever answers the old question answers nothing. Raises Stale or Unfit; then nothing has changed."""
        found, now = renewed(session, token, seen), self.clock.now()
        supersede(session, self.asker, token, by, now)
        if isinstance(found.subject, FaqDraft):
            faq_edit.revise(session, found.subject, found.issue, values, by, now)
            self.ask_faq(session, found.subject, found.issue)
        else:
            notice_edit.revise(session, self.notices, found.subject, found.issue, values, by, now)
            self.ask_notices(session, found.issue, found.subject, notice_edit.waiting_round(session, found.subject))
        return named(found.subject)

    def _pressed(self, session: Session, source: str, event: events.Decision) -> None:
        """A button in chat; where it decided nothing, whoever pressed it is told why."""
        if self.decide(session, event) or event.reply_to is None:
            return
        document = answers.not_decided(session, event, self.settings.zone, self.asker.settings.language)
        answers.reply(session, source, event.by, event.time, event.reply_to, document, self.clock.now())

    def _question(self, session: Session, source: str, event: events.Question) -> None:
        today = self.today()
        standings = {i: standing for i, (_, standing) in priorities(session, today, self.settings.priority).items()}
        language = self.asker.settings.language
        document = answers.answer(session, event.text, standings, today, self.settings.zone, language)
        answers.reply(session, source, event.by, event.time, event.reply_to, document, self.clock.now())
