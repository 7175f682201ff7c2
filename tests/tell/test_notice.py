"""Who is told of a change, once, by which way and when; canaries first; and how people stop or say it is not fixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.world import COUPON, CRASH, World, figures, moment, said
from vocbot.measure.change import register
from vocbot.sdk import events
from vocbot.store.tables import AuditEntry, Change, Delivery, Feedback, Notice, Person
from vocbot.tell.notice import CANARY_WAIT, Round, plan_notices


def release(world: World, issue: str = COUPON, at: datetime | None = None, **about: Any) -> Round:
    """A fix has come out."""
    with world.write() as session:
        found = world.issue(issue)
        change = register(session, found, Change(added_by="Shen", **about), world.clock.now())
        return world.loop.released(session, found, change, at or world.clock.now(), "Shen")


def merge(world: World, person: int, into: int) -> None:
    """Two Persons turn out to be one."""
    with world.write() as session:
        merged = session.get_one(Person, person)
        merged.merged_into = into
        session.add(merged)


def reply(world: World, who: str, text: str) -> None:
    """An answer in the conversation of c<n>."""
    event = world.feedback(text, who, conversation=f"talk-{who}", time=world.clock.now())
    world.take(events.CustomerReply(event, f"talk-{who}"))


def due(world: World, change: str = "CHANGE-1") -> list[timedelta]:
    """How long from now each notice waits, in the order of planning."""
    return [d.due_at - world.clock.now() for d in world.deliveries("notice") if d.subject == change]


def test_everybody_once_in_their_conversation(world: World) -> None:
    world.complain(4)
    world.say(said(COUPON)[2], "c0", conversation="talk-c0")  # again
    world.say(said(COUPON)[0], None)
    world.say("All fine", "c9")
    found = release(world)
    assert (len(found.planned), found.channels, found.unreachable) == (4, (("zendesk", 4),), 0)
    people = world.all(Person)[:4]
    planned = world.deliveries("notice")
    assert {d.key for d in planned} == {f"notice:{p.pseudonym}:CHANGE-1" for p in people}
    latest = next(d for d in planned if d.payload["person"] == people[0].id)
    assert latest.payload["routes"] == [
        {"connector": "zendesk", "conversation": "talk-c0"},
        {"connector": "email", "contact": "email"},
    ]
    assert "“The discount code isn't working" in world.texts("notice")[planned.index(latest)]  # their latest words
    assert latest.evidence == [world.all(Notice)[planned.index(latest)].mention_id]


def test_each_in_their_own_language(world: World) -> None:
    world.complain(1, language="zh")
    world.complain(1, language="en", first=1)
    release(world, what_en="Coupons work.", what_zh="券能用了。")
    assert [n.language for n in world.all(Notice)] == ["zh", "en"]
    texts = world.texts("notice")
    assert "券能用了。" in texts[0] and "Coupons work." in texts[1]


def test_people_whose_language_is_not_known_get_the_one_they_used_before(world: World) -> None:
    world.say("今天天气不错，我很喜欢这里", "c0")
    world.complain(1)
    with world.write() as session:
        feedback = session.get_one(Feedback, 2)
        feedback.language = "und"
        person = session.get_one(Person, 1)
        person.language = "zh"
        session.add_all([feedback, person])
    release(world)
    assert [n.language for n in world.all(Notice)] == ["zh"]


def test_only_what_was_said_before_the_release(world: World) -> None:
    world.complain(2)
    world.complain(1, first=5, time=world.clock.now() + timedelta(minutes=5))
    assert len(release(world).planned) == 2


@pytest.mark.parametrize(
    ("status", "mail", "routes"),
    [
        ("closed", ["email"], [{"connector": "email", "contact": "email"}]),
        ("solved", [], [{"connector": "zendesk", "conversation": "talk-c0"}]),
        ("closed", [], None),
    ],
)
def test_a_closed_conversation_goes_by_mail_or_not_at_all(
    build: Callable[..., World], status: Any, mail: list[str], routes: Any
) -> None:
    world = build(notices={"via": mail})
    world.complain(1)
    world.take(events.ConversationChanged("talk-c0", status, world.clock.now()))
    found = release(world)
    assert [d.payload["routes"] for d in world.deliveries("notice")] == ([routes] if routes else [])
    assert found.unreachable == (routes is None)
    entry = next(e for e in world.all(AuditEntry) if e.action == "notices planned")
    assert (entry.detail["people"], entry.detail["unreachable"]) == (len(found.planned), found.unreachable)


def test_nobody_is_answered_in_public(world: World) -> None:
    world.say(said(COUPON)[0], "c0", public=True, conversation="review-1")
    release(world)
    assert [d.payload["routes"] for d in world.deliveries("notice")] == [[{"connector": "email", "contact": "email"}]]


def test_no_address_stands_in_what_is_planned(world: World) -> None:
    world.complain(3)
    release(world)
    assert "example.com" not in str([d.model_dump() for d in world.deliveries()])


def test_merged_people_are_told_once(world: World) -> None:
    world.complain(3)
    merge(world, 1, into=2)
    assert sorted(n.person_id for n in release(world).planned) == [2, 3]


def test_canaries_first_and_the_others_a_day_later(world: World) -> None:
    world.complain(5)
    release(world)
    assert due(world) == [timedelta(0)] * 2 + [CANARY_WAIT] * 3
    assert [n.canary for n in world.all(Notice)] == [True, True, False, False, False]
    assert len(world.send("notice")) == 2
    world.go(hours=23)
    assert world.send("notice") == []
    world.go(hours=1)
    assert len(world.send("notice")) == 3
    assert all(n.told_at for n in world.all(Notice))


def test_without_canaries_nobody_waits(build: Callable[..., World]) -> None:
    world = build(notices={"canary": 0})
    world.complain(3)
    release(world)
    assert due(world) == [timedelta(0)] * 3


def test_a_yes_that_comes_late_keeps_canaries_first(build: Callable[..., World]) -> None:
    world = build(modes={"notice": "approve"})
    world.complain(4)
    release(world)
    assert {d.state for d in world.deliveries("notice")} == {"awaiting"}
    world.go(days=3)
    assert world.decide("notice:CHANGE-1")
    assert {d.state for d in world.deliveries("notice")} == {"planned"}
    assert len(world.send("notice")) == 2
    assert [wait for wait in due(world) if wait > timedelta(0)] == [CANARY_WAIT] * 2


def test_a_canary_that_says_still_holds_the_others(world: World) -> None:
    world.complain(5)
    release(world)
    world.send("notice")
    world.go(hours=1)
    reply(world, "c0", "Still broken, charged in full again")
    assert Counter(d.state for d in world.deliveries("notice")) == {"sent": 2, "held": 3}
    assert [n.reaction for n in world.all(Notice)][:2] == ["still", None]
    actions = {e.action: e for e in world.all(AuditEntry)}
    person = world.all(Person)[0]
    assert (actions["still broken"].actor, actions["still broken"].subject) == (person.pseudonym, "CHANGE-1")
    assert actions["notices held"].detail["count"] == 3
    # it is customer voice, too
    assert world.all(Feedback)[-1].text == "Still broken, charged in full again"
    world.go(days=3)
    assert world.send("notice") == []


def test_one_of_the_others_that_says_still_holds_nobody(world: World) -> None:
    world.complain(5)
    release(world)
    world.send("notice")
    world.go(days=1)
    with world.write() as session:
        third = session.get_one(Delivery, 3)
        third.state = "sent"
        session.add(third)
        world.settled(session, third)
    reply(world, "c2", "still")
    assert Counter(d.state for d in world.deliveries("notice")) == {"sent": 3, "planned": 2}
    assert world.all(Notice)[2].reaction == "still"


def test_the_same_reply_delivered_twice_counts_once(world: World) -> None:
    world.complain(3)
    release(world)
    world.send("notice")
    event = world.feedback("没好", "c0", conversation="talk-c0")
    for _ in range(2):
        world.take(events.CustomerReply(event, "talk-c0"))
    assert [e.action for e in world.all(AuditEntry)].count("still broken") == 1


def test_stop_takes_back_what_waits_and_lasts(world: World) -> None:
    world.complain(4)
    world.complain(2, CRASH)  # c0 and c1
    release(world)
    release(world, CRASH)
    world.send("notice", subject="CHANGE-1")
    reply(world, "c0", "stop")
    states = {d.key: d.state for d in world.deliveries("notice")}
    person = world.all(Person)[0]
    assert states[f"notice:{person.pseudonym}:CHANGE-1"] == "sent"
    assert states[f"notice:{person.pseudonym}:CHANGE-2"] == "cancelled"
    assert Counter(states.values()) == {"sent": 2, "planned": 3, "cancelled": 1}
    assert person.stopped_at == world.clock.now()
    assert world.all(Feedback)[-1].text != "stop"
    reply(world, "c0", "stop")
    assert [e.action for e in world.all(AuditEntry)].count("stop") == 1
    world.go(days=1)
    world.complain(1)
    assert {n.person_id for n in release(world, at=world.clock.now()).planned} == {3, 4}


def mailed(world: World, who: str, **more: Any) -> None:
    """A complaint that a mailbox brought: read by one connector, answered by another."""
    event = world.feedback(said(COUPON)[0], who, conversation=f"root-{who}@example.com", **more)
    world.take(event, source="mailbox")


def test_who_wrote_to_a_mailbox_is_answered_at_the_address_in_the_thread(world: World) -> None:
    """A mailbox has conversations, and nobody who could answer in them."""
    mailed(world, "ann", external_id="second@example.com")
    assert release(world).channels == (("email", 1),)
    [planned] = world.deliveries("notice")
    thread = ["root-ann@example.com", "second@example.com"]
    assert planned.payload["routes"] == [{"connector": "email", "contact": "email", "thread": thread}]


@pytest.mark.parametrize("answers", ["the notice", "the thread"])
def test_a_stop_from_another_address_stops_who_was_told(world: World, answers: str) -> None:
    mailed(world, "ann")
    mailed(world, "eve")
    release(world)
    told = {d.payload["person"]: d for d in world.deliveries("notice")}
    ann = world.all(Person)[0]
    with world.write() as session:
        sent = session.merge(told[ann.id])
        sent.state, sent.receipt = "sent", {"state": "sent", "ref": "<notice-1@vocbot.example>", "key": None}
        session.get_one(Notice, sent.payload["notice"]).told_at = world.clock.now()
    root = "notice-1@vocbot.example" if answers == "the notice" else "root-ann@example.com"
    stop = world.feedback("unsubscribe", "ann-at-home", conversation=root)
    world.take(events.CustomerReply(stop, root), source="mailbox")
    stopped = [bool(person.stopped_at) for person in world.all(Person)]
    assert stopped == [True, False, True]
    assert len(world.all(Feedback)) == 2  # it is no feedback


def test_a_stranger_who_answers_nothing_of_ours_stops_nobody(world: World) -> None:
    mailed(world, "ann")
    release(world)
    stop = world.feedback("stop", "eve", conversation="somewhere@example.com")
    world.take(events.CustomerReply(stop, "somewhere@example.com"), source="mailbox")
    assert not any(person.stopped_at for person in world.all(Person))
    assert world.all(Feedback)[-1].text == "stop"


def test_stop_holds_for_all_that_were_merged(world: World) -> None:
    world.complain(2)
    world.complain(1, CRASH)
    release(world)
    world.send("notice")
    release(world, CRASH)
    merge(world, 1, into=2)
    reply(world, "c0", "停")
    assert [d.state for d in world.deliveries("notice") if d.subject == "CHANGE-2"] == ["cancelled"]
    assert [bool(p.stopped_at) for p in world.all(Person)] == [False, True]


def test_a_word_from_somebody_who_was_told_nothing_is_feedback(world: World) -> None:
    world.complain(1)
    reply(world, "c0", "stop")
    reply(world, "c0", "still")
    assert [f.text for f in world.all(Feedback)][1:] == ["stop", "still"]
    assert world.all(Person)[0].stopped_at is None


def test_anything_else_that_somebody_answers_is_feedback(world: World) -> None:
    world.complain(1)
    release(world)
    world.send("notice")
    reply(world, "c0", said(CRASH)[0])
    assert world.issue(CRASH) and world.all(Notice)[0].reaction is None


# -- a person and several changes


def test_nobody_gets_two_notices_within_the_gap(world: World) -> None:
    world.complain(1)
    world.complain(1, CRASH)
    release(world)
    world.send("notice")
    world.go(days=2)
    release(world, CRASH)
    assert due(world, "CHANGE-2") == [timedelta(days=5)]


def test_the_gap_counts_from_what_is_only_planned_too(world: World) -> None:
    world.complain(3)
    world.complain(3, CRASH)
    release(world)
    release(world, CRASH)
    assert due(world, "CHANGE-1") == [timedelta(0), timedelta(0), timedelta(days=1)]
    # canaries are those who may be told first, and everybody else waits for them
    assert due(world, "CHANGE-2") == [timedelta(days=7), timedelta(days=7), timedelta(days=8)]


def test_those_who_may_be_told_at_once_are_the_canaries(world: World) -> None:
    world.complain(2)
    release(world)
    world.send("notice")
    world.go(days=1)
    world.complain(4, CRASH)  # c0 and c1 have just been told something
    release(world, CRASH)
    assert figures(world.all(Notice)[2:], "person_id", "canary") == [(3, True), (4, True), (1, False), (2, False)]
    assert due(world, "CHANGE-2") == [timedelta(0), timedelta(0), timedelta(days=6), timedelta(days=6)]


def test_the_gap_is_kept_when_two_yeses_come_together(build: Callable[..., World]) -> None:
    world = build(modes={"notice": "approve"})
    world.complain(1)
    world.complain(1, CRASH)
    release(world)
    release(world, CRASH)
    world.go(days=30)
    world.decide("notice:CHANGE-1")
    world.decide("notice:CHANGE-2")
    assert due(world, "CHANGE-1") <= [timedelta(0)]
    assert due(world, "CHANGE-2")[0] >= timedelta(days=7) - timedelta(seconds=1)


def test_a_second_fix_is_told_to_those_who_complained_again_and_to_those_who_never_heard(world: World) -> None:
    world.complain(5)
    release(world)
    world.send("notice")  # c0 and c1
    reply(world, "c0", "still")  # the others are held
    world.go(days=10)
    world.complain(1, first=3)  # one of those held, again
    world.complain(1, first=8)
    world.go(minutes=5)
    found = release(world)
    people = {p.id: n for n, p in zip(("c0", "c1", "c2", "c3", "c4", "c8"), world.all(Person), strict=True)}
    assert {people[n.person_id] for n in found.planned} == {"c0", "c2", "c3", "c4", "c8"}  # c1 was told and content
    assert Counter(d.state for d in world.deliveries("notice") if d.subject == "CHANGE-1") == {
        "sent": 2,
        "cancelled": 3,
    }


def test_after_a_second_fix_those_told_are_told_again_only_if_they_wrote_again(world: World) -> None:
    world.complain(4)
    release(world)
    world.go(days=1)
    world.send("notice")
    world.go(days=20)
    world.complain(2, first=2)
    world.go(minutes=5)
    assert {n.person_id for n in release(world).planned} == {3, 4}


def test_merged_after_being_told_no_second_notice(world: World) -> None:
    world.complain(2)
    release(world)
    world.go(days=1)
    world.send("notice")
    merge(world, 1, into=2)
    with world.write() as session:
        again = plan_notices(session, world.loop.notices, world.issue(), world.changes()[0])
    assert again.planned == ()


def test_a_later_change_takes_the_question_about_the_earlier_one_back(build: Callable[..., World]) -> None:
    world = build(modes={"notice": "approve"})
    world.complain(3)
    release(world)
    world.send("ask")
    world.go(hours=1)
    release(world)
    assert Counter(d.state for d in world.deliveries("notice")) == {"cancelled": 3, "awaiting": 3}
    assert "Nothing to decide any more" in world.texts("settle")[0]
    assert [d.key for d in world.deliveries("ask")] == ["ask:notice:CHANGE-1", "ask:notice:CHANGE-2"]


def test_in_mode_shadow_nothing_leaves_and_nobody_is_asked(build: Callable[..., World]) -> None:
    world = build(modes={"notice": "shadow"})
    world.complain(3)
    release(world)
    assert {d.state for d in world.deliveries("notice")} == {"shadow"} and world.deliveries("ask") == []


def test_what_its_approver_sees(build: Callable[..., World]) -> None:
    world = build(modes={"notice": "approve"})
    world.complain(3, language="zh", conversation=None)
    world.complain(2, language="en", first=5)
    world.say(said(COUPON)[0], "c9", author=events.Author("c9"))  # no way to them
    release(world, what_en="Coupons work.", what_zh="券能用了。", at=moment("2026-11-03T09:07+00:00"))
    (asked,) = world.texts("ask")
    assert "Customers to be told about CHANGE-1: 5. Send?" in asked
    assert "5 can be reached (email 3, zendesk 2), 1 cannot. To be told first: 2;" in asked
    assert "What they would get (Chinese)" in asked and "券能用了。" in asked
    assert "What they would get (English)" in asked and "Coupons work." in asked
    assert "On 3 November you told us" in asked


def test_nobody_to_tell_nobody_to_ask(build: Callable[..., World]) -> None:
    world = build(modes={"notice": "approve"})
    world.say(said(COUPON)[0], None)
    assert release(world).planned == ()
    assert world.deliveries("ask") == []
