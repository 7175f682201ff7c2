"""The loop: what follows what. Listen, understand, act, tell, measure; nothing else in vocbot joins the stages.

Everything here runs inside a transaction of its caller (the drain, the sweep, a settling delivery, a command).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from vocbot.deliveries.timers import set_timers
from vocbot.listen.conversations import AtDesk, keep_answers, note_conversations, open_conversations
from vocbot.listen.customer_events import keep_events
from vocbot.listen.parse import Taken
from vocbot.listen.receive import Heard
from vocbot.loop.deciding import Deciding
from vocbot.loop.telling import Telling
from vocbot.sdk import events
from vocbot.store.audit import append
from vocbot.store.persons import standing
from vocbot.store.tables import Change, Person
from vocbot.tell.hold_back import hold_notices, stop_telling
from vocbot.tell.notice import answered_notice, latest_notice
from vocbot.tell.notice_text import reaction
from vocbot.tell.opinions import note
from vocbot.understand.weekly import to_assess


class Loop(Telling, Deciding):
    """The whole loop. It begins here: with what was heard."""

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
        keep_events(session, self.receiver.crypt, desk.met, self.clock.now())

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
            case events.Opinion():
                note(session, event, self.clock.now())
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
        notice = notice or answered_notice(session, source, event.conversation)
        meant = reaction(event.feedback.text) if notice is not None else "other"
        if notice is not None and meant == "stop":
            notice.reaction = notice.reaction or "stop"
            session.add(notice)
            told = standing(session, session.get_one(Person, notice.person_id))
            for one in {p.id: p for p in (told, person) if p is not None}.values():
                stop_telling(session, one, self.clock.now())
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
