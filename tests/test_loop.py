"""What follows what: each kind of event through the whole loop, decisions, and acts that have ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.world import COUPON, World, build_fixture, figures, moment, said, warm_store_fixture, world_fixture  # noqa: F401
from vocbot.sdk import events
from vocbot.store.audit import facts, verify
from vocbot.store.tables import (
    Answer,
    Approval,
    AuditEntry,
    Conversation,
    Delivery,
    Event,
    Feedback,
    Notice,
    Signal,
    Ticket,
    Timer,
    Verdict,
)


def move(world: World, status: Any, outcome: Any = None, **more: Any) -> None:
    """The tracker says so of the first ticket."""
    given = {"ref": world.all(Ticket)[0].ref, "key": "DEMO-1", "time": world.clock.now(), **more}
    world.take(events.TicketChanged(status=status, outcome=outcome, **given), source="jira")


# -- events


def test_what_customers_met_is_kept_with_the_person_who_complains(world: World) -> None:
    heard = world.feedback(said(COUPON)[0])
    assert heard.author is not None
    met = events.CustomerEvent("e1", "saw ad", world.clock.now(), heard.author, {"campaign": "618"})
    world.take(met, heard, met)
    (event,) = world.all(Event)
    assert (event.kind, event.attributes) == ("saw ad", {"campaign": "618"})
    assert event.person_id == world.all(Feedback)[0].person_id is not None


def test_feedback_is_kept_understood_and_evaluated(world: World) -> None:
    world.say(said(COUPON)[0])
    assert [f.bucket for f in world.all(Feedback)] == ["issue"]
    day, week = figures(world.all(Timer), "kind", "subject", "due_at")
    assert day == ("evaluate", world.today.isoformat(), world.clock.now())
    assert week == ("evaluate_week", "2026-11-02", moment("2026-11-09T06:00+08:00"))
    world.run()
    assert world.all(Timer)[0].due_at is None


def test_a_customer_who_writes_again_gives_feedback(world: World) -> None:
    event = world.feedback(said(COUPON)[0], conversation="talk-1")
    world.take(events.CustomerReply(event, "talk-1"))
    assert figures(world.all(Feedback), "bucket", "conversation") == [("issue", "talk-1")]


def test_answers_and_conversations_are_kept(world: World) -> None:
    now = world.clock.now()
    world.take(
        events.AgentAnswer("a1", "talk-1", "Please update the app. Call me on 13812345678.", now),
        events.ConversationChanged("talk-1", "solved", now),
        events.ConversationChanged("talk-1", "open", now - timedelta(hours=1)),  # late
    )
    assert "13812345678" not in world.all(Answer)[0].text
    assert [c.status for c in world.all(Conversation)] == ["solved"]


@pytest.mark.parametrize("event", [events.Ignored("our own"), events.Unsupported("ticket.merged")])
def test_what_means_nothing_to_us_changes_nothing(world: World, event: events.Event) -> None:
    world.take(event)
    assert world.all(AuditEntry) == [] and world.all(Delivery) == []


def test_questions_are_answered_in_chinese_and_english(world: World) -> None:
    world.complain(2)
    for second, text in enumerate(("which issues are open?", "现在有哪些问题？")):
        world.take(events.Question(text, "U1", "url", world.clock.now() + timedelta(seconds=second)), source="slack")
    english, chinese = world.texts("answer")
    assert english.startswith("Open issues by suggested priority")
    assert chinese.startswith("【未解决的问题（按建议优先级）】")
    assert figures(world.deliveries("answer"), "connector", "target", "state") == [("slack", "url", "planned")] * 2


# -- tickets


def test_the_life_of_a_ticket(world: World) -> None:
    world.burst()
    ticket = world.ticket()
    assert (ticket.status, ticket.key) == ("open", f"DEMO-{world.deliveries('ticket')[0].id}")
    for status, outcome in (("in_progress", None), ("open", None), ("done", "wont_do")):
        world.go(hours=1)
        move(world, status, outcome)
    done = world.all(Ticket)[0]
    assert (done.status, done.outcome, done.done_at) == ("done", "wont_do", world.clock.now())
    assert world.changes() == [] and world.all(Notice) == []  # nothing was fixed
    assert [e.action for e in world.all(AuditEntry) if e.actor == "jira"] == [
        "ticket in_progress",
        "ticket open",
        "ticket done",
    ]


@pytest.mark.parametrize("outcome", ["wont_do", "duplicate", "cancelled", None])
def test_only_what_was_fixed_is_told(world: World, outcome: Any) -> None:
    world.burst()
    world.ticket()
    move(world, "done", outcome)
    assert world.changes() == []
    move(world, "done", "fixed")  # somebody corrects the resolution
    assert len(world.changes()) == 1 and len(world.all(Notice)) == 12


def test_the_same_news_twice_is_no_news(world: World) -> None:
    world.burst()
    world.ticket()
    for _ in range(3):
        move(world, "done", "fixed")
    assert len(world.changes()) == 1
    assert [e.action for e in world.all(AuditEntry)].count("ticket done") == 1


def test_old_news_changes_nothing(world: World) -> None:
    world.burst()
    world.ticket()
    world.go(hours=2)
    move(world, "done", "fixed")
    move(world, "in_progress", time=world.clock.now() - timedelta(hours=1))
    assert world.all(Ticket)[0].status == "done"


def test_a_ticket_that_moved_to_another_project_has_another_key(world: World) -> None:
    world.burst()
    world.ticket()
    move(world, "open", key="OTHER-7")
    assert world.all(Ticket)[0].key == "OTHER-7"


@pytest.mark.parametrize("approved", [True, False])
def test_a_deleted_ticket_is_not_opened_again_unless_somebody_says_so(world: World, approved: bool) -> None:
    world.burst()
    world.ticket()
    move(world, "deleted", key="")
    assert figures(world.all(Ticket), "status", "key") == [("deleted", "DEMO-1"), ("planned", None)]
    assert "DEMO-1" in world.texts("ask")[-1]
    world.complain(9, first=80)
    world.go(days=9)
    (again,) = [d for d in world.deliveries("ticket") if d.key == "ticket:VOC-1:2"]
    assert again.state == "awaiting" and world.deliveries("update") == []
    world.decide("ticket:VOC-1:2", approved)
    (again,) = [d for d in world.deliveries("ticket") if d.key == "ticket:VOC-1:2"]
    assert again.state == ("planned" if approved else "cancelled")
    move(world, "deleted", key="")  # told once more, as by a poll
    world.go(days=2)
    assert len(world.all(Ticket)) == 2


def test_a_ticket_of_somebody_else_is_not_ours(world: World) -> None:
    world.burst()
    world.ticket()
    ref = world.all(Ticket)[0].ref or ""
    changed = events.TicketChanged(ref, "X-1", "done", "fixed", world.clock.now())
    world.take(changed, source="other-tracker")
    world.take(events.TicketChanged("unknown", "X-2", "done", "fixed", world.clock.now()), source="jira")
    assert world.changes() == [] and world.all(Ticket)[0].status == "open"


def test_a_release_is_told_measured_and_makes_answers_old(world: World) -> None:
    world.burst()
    world.ticket()
    move(world, "done", "fixed", version="5.4.1")
    (change,) = world.changes()
    assert (change.version, change.released_at) == ("5.4.1", world.clock.now())
    assert len(world.deliveries("notice", "planned")) == 12
    look = world.all(Timer, Timer.kind == "look")[0]
    assert (look.subject, look.payload) == ("CHANGE-1", {"week": 2})


def test_the_log_holds_the_whole_story_and_no_customer(world: World) -> None:
    world.burst()
    world.ticket()
    move(world, "done", "fixed")
    world.go(days=1)
    world.send("notice")
    for _ in range(3):
        world.go(weeks=1)
        world.counted(7)
    with world.store.read() as session:
        story = [e.action for e in facts(session, "VOC-1")]
        assert verify(session)[1] is None
    assert story[:7] == [
        "opened",
        "signal",
        "ticket planned",
        "ticketed",
        "ticket done",
        "change registered",
        "released",
    ]
    assert world.all(Verdict) and "verdict" in story
    whole = str([e.model_dump() for e in world.all(AuditEntry)])
    assert "example.com" not in whole and "talk-c" not in whole and said(COUPON)[0] not in whole
    told = [e for e in world.all(AuditEntry) if e.action == "told"]
    assert len(told) == 12 and {e.subject for e in told} == {"CHANGE-1"}


# -- decisions


@pytest.fixture
def asked(build: Callable[..., World]) -> World:
    """A ticket that waits for a yes."""
    world = build(modes={"ticket": "approve"})
    world.burst()
    return world


def test_the_first_decision_counts(asked: World) -> None:
    assert asked.decide("ticket:VOC-1:1", by="Li Na")
    assert not asked.decide("ticket:VOC-1:1", approved=False, by="Shen")
    assert figures(asked.all(Approval), "approved", "by_name") == [(True, "Li Na")]
    assert [d.state for d in asked.deliveries("ticket")] == ["planned"]


def test_a_no_cancels_and_is_not_asked_again(asked: World) -> None:
    assert asked.decide("ticket:VOC-1:1", approved=False)
    assert figures(asked.deliveries("ticket"), "state", "error") == [("cancelled", "declined")]
    asked.complain(6, first=50)
    asked.go(days=1)
    asked.evaluate(asked.today)
    assert len(asked.deliveries("ticket")) == len(asked.deliveries("ask")) == 1


@pytest.mark.parametrize("token", ["", "ticket:VOC-9:1", "faq:1", "faq:x", "notice:CHANGE-1", "'; DROP TABLE"])
def test_an_unknown_token_decides_nothing(asked: World, token: str) -> None:
    assert not asked.decide(token)
    assert asked.all(Approval) == []


def test_who_decided_stands_in_the_log_of_the_issue(asked: World) -> None:
    asked.take(
        events.Decision("ticket:VOC-1:1", False, "U0LEAD01", "Zhou Mei", asked.clock.now(), "too small"), source="slack"
    )
    with asked.store.read() as session:
        entry = next(e for e in facts(session, "VOC-1") if e.action == "declined")
    assert entry.actor == "Zhou Mei"
    assert entry.detail == {"token": "ticket:VOC-1:1", "by": "U0LEAD01", "reason": "too small"}


def test_a_decided_question_is_replaced_by_who_decided_what(asked: World) -> None:
    asked.send("ask", "message")
    asked.decide("ticket:VOC-1:1")
    (settle,) = asked.deliveries("settle")
    assert settle.payload["ref"] == asked.deliveries("ask")[0].receipt["ref"]
    text = asked.texts("settle")[0]
    assert text.startswith("Approved by Li Na on 2026-11-04 17:07: Open a ticket for VOC-1?")
    assert "Customer quotes, anonymised" in text
    kinds = [block["kind"] for block in settle.payload["document"]["blocks"]]
    assert "Buttons" not in kinds
    assert "Buttons" in [block["kind"] for block in asked.deliveries("ask")[0].payload["document"]["blocks"]]


def test_a_decision_may_come_before_the_receipt_of_its_question(asked: World) -> None:
    asked.decide("ticket:VOC-1:1", approved=False)
    assert asked.deliveries("settle") == []
    asked.send("ask")
    assert asked.texts("settle")[0].startswith("Declined by Li Na")
    assert len(asked.deliveries("settle")) == 1


def test_questions_speak_the_approvers_language(build: Callable[..., World]) -> None:
    world = build(modes={"ticket": "approve"}, approvals={"language": "zh"})
    world.burst()
    (question,) = world.documents("ask")
    assert (question.language, question.title) == ("zh", "为 VOC-1 开工单吗？")
    buttons = question.blocks[-1]
    assert [(b.text, b.action, b.token) for b in buttons.items] == [  # type: ignore[union-attr]
        ("开工单", "approve", "ticket:VOC-1:1"),
        ("不开", "reject", "ticket:VOC-1:1"),
    ]


def test_without_somebody_to_ask_acts_wait_all_the_same(build: Callable[..., World]) -> None:
    world = build(modes={"ticket": "approve"}, approvals={"connector": None})
    world.burst()
    assert [d.state for d in world.deliveries("ticket")] == ["awaiting"] and world.deliveries("ask") == []
    assert world.decide("ticket:VOC-1:1")
    assert [d.state for d in world.deliveries("ticket")] == ["planned"]


# -- what follows an act that has ended


@pytest.mark.parametrize("state", ["rejected", "buried", "unknown"])
def test_an_act_that_failed_is_a_fact(world: World, state: str) -> None:
    world.burst()
    world.end("ticket:VOC-1:1", state, "no such project")
    entry = world.all(AuditEntry)[-1]
    assert (entry.action, entry.subject, entry.detail["why"]) == (f"ticket {state}", "VOC-1", "no such project")
    assert figures(world.all(Ticket), "status", "ref") == [("planned", None)]


def test_a_notice_that_failed_was_not_told(world: World) -> None:
    world.burst()
    world.ticket()
    move(world, "done", "fixed")
    key = world.deliveries("notice")[0].key
    world.end(key, "rejected", "mailbox unknown")
    assert world.all(Notice)[0].told_at is None
    world.end(world.deliveries("notice")[1].key, "sent", "")
    assert world.all(Notice)[1].told_at == world.clock.now()


def test_everything_delivered_and_evaluated_twice_is_the_same_as_once(world: World) -> None:
    world.counted(14)
    given = world.complain(6)
    world.run()
    world.go(days=1)
    given += world.complain(6, first=10)
    world.run()

    def rows() -> list[Counter[str]]:
        return [Counter(d.act for d in world.deliveries()), Counter(e.action for e in world.all(AuditEntry))]

    once = rows()
    world.take(*given)
    world.evaluate(world.today, world.today - timedelta(days=1))
    world.run()
    assert rows() == once
    assert len(world.all(Signal)) == len(world.all(Ticket)) == 1
