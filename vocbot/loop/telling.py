"""Act, then tell and measure: a ticket or Change moves on; people are told, the effect is looked at, digests go out."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, select

from vocbot.act import faq
from vocbot.act.faq import faq_token
from vocbot.act.ticket import (
    OPEN,
    written_in,
)
from vocbot.deliveries.schedule import next_slot
from vocbot.deliveries.timers import set_timer
from vocbot.loop.acting import REFRESH_EVERY, Acting
from vocbot.measure import verdict as measuring
from vocbot.measure import watch as watching
from vocbot.measure.change import for_ticket, release_change, taken_over
from vocbot.sdk import events
from vocbot.store.audit import append
from vocbot.store.tables import Change, Issue, Ticket, Timer, Verdict
from vocbot.tell.ask import withdraw
from vocbot.tell.digest import plan_digest
from vocbot.tell.notice import Round, plan_notices
from vocbot.tell.report import comment_still, plan_report
from vocbot.tell.watched import plan_watched
from vocbot.understand.calibrate import calibrate

FIRST_WATCH = timedelta(hours=6)  # after a release
SUMMARY_AFTER = 7  # days


class Telling(Acting):
    """What follows from tickets, releases and the calendar."""

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

    def released(self, session: Session, issue: Issue, change: Change, at: datetime, by: str) -> Round:
        """A Change has reached customers: old answers are stale, people are told, measuring begins."""
        now = self.clock.now()
        release_change(session, issue, change, at, by, now)
        for stale in faq.expire(session, issue, change.generation, now):
            withdraw(session, faq_token(stale), now)
        set_timer(session, "watch", change.name, at + FIRST_WATCH)
        first = measuring.FIRST_LOOK
        set_timer(session, "look", change.name, measuring.next_look(change, first, self.settings.zone), {"week": first})
        told = plan_notices(session, self.notices, issue, change)
        if told.planned and self.notices.mode == "approve":
            self.ask_notices(session, issue, change, told)
        return told

    def out(self, session: Session, change: Change, at: datetime, by: str) -> None:
        """A Change that is about no single Issue has reached customers: nobody is told, but it is watched."""
        release_change(session, None, change, at, by, self.clock.now())
        set_timer(session, "watch", change.name, at + FIRST_WATCH)

    def watch(self, session: Session, timer: Timer) -> datetime | None:
        """Timer `watch`: look at the first hours and days of a Change; say what got worse once, and all after a week
        where it is about no single Issue."""
        now, change = self.clock.now(), session.get_one(Change, int(timer.subject.removeprefix("CHANGE-")))
        issue = session.get(Issue, change.issue_id) if change.issue_id else None
        seen = watching.watch_facts(change, watching.watch(session, change, now))
        known = set(timer.payload.get("told", ()))
        news = {one["issue"] for one in seen["rose"]} | ({"negative"} if seen["more_negative"] else set())
        days = len(seen["days"])
        whole = issue is None and days > SUMMARY_AFTER and not timer.payload.get("summed", False)
        if news - known or whole:
            plan_watched(session, self.reports, change, issue.name if issue else change.name, seen, now)
        timer.payload = {"told": sorted(known | news), "summed": timer.payload.get("summed", False) or whole}
        session.add(timer)
        return now + timedelta(days=1) if days < watching.MOST_AFTER else None

    def look(self, session: Session, timer: Timer) -> datetime | None:
        """Timer `look`: measure a Change after so many whole weeks, and say so when the word is new."""
        now, week = self.clock.now(), int(timer.payload["week"])
        change = session.get_one(Change, int(timer.subject.removeprefix("CHANGE-")))
        issue = session.get_one(Issue, change.issue_id or 0)
        if taken_over(session, change, measuring.next_look(change, week, self.settings.zone)):
            return None  # from here on the numbers are those of the later Change
        looks = measuring.verdicts(session, change)
        before = [v.verdict for v in looks]
        rose = {one["issue"] for v in looks for one in v.numbers.get("neighbours", ())}
        verdict = measuring.look(session, issue, change, week, now, self.settings.zone, self.settings.money)
        going_on = week < measuring.looks_until(verdict)
        timer.payload = {"week": week + 1}
        session.add(timer)
        again = measuring.next_look(change, week + 1, self.settings.zone) if going_on else None
        if verdict is None:
            return again
        beside = sorted({one["issue"] for one in verdict.numbers["neighbours"]} - rose)
        if verdict.verdict not in before or beside:
            plan_report(session, self.reports, issue, change, verdict, now, next_look=again, beside="+".join(beside))
        if verdict.verdict not in before and verdict.verdict in ("not_effective", "worse"):
            self._comment_still(session, issue, change, verdict)
        return again

    def _comment_still(self, session: Session, issue: Issue, change: Change, verdict: Verdict) -> None:
        ticket = session.get(Ticket, change.ticket_id) if change.ticket_id else None
        if ticket is not None:
            language, mode = written_in(session, issue, ticket), self.tickets.follow_up
            comment_still(session, issue, change, ticket, verdict, language, mode, self.clock.now())

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
        """Set the schedules that do not run yet; learn the bands anew where their formula is another one."""
        calibrate(session, self.settings.priority, self.today(), self.clock.now())
        for settings in self.settings.digests:
            known = session.exec(
                select(Timer.due_at).where(Timer.kind == "digest", Timer.subject == settings.name)
            ).first()
            if known is None:  # or it was taken out of the configuration for a while
                slot = next_slot(self.clock.now(), settings.weekday, settings.at, self.settings.zone)
                set_timer(session, "digest", settings.name, slot, {"slot": slot.isoformat()})
