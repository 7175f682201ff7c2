"""The gate before a ticket, one ticket per Issue and generation, and what an open one is told later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.world import COUPON, DARK, ILL, PRAISE, World, empty, figures, moment, said
from vocbot.act.ticket import OPEN_FOR
from vocbot.measure.change import register
from vocbot.sdk import events
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Change, Mention, Signal, Ticket
from vocbot.understand import correct


def waves(world: World, days: int, people: int, issue: str = COUPON, again: bool = False) -> None:
    """A burst of so many days; `again`: by the same people every day."""
    world.counted(14)
    for n in range(days):
        world.complain(people, issue, first=0 if again else n * people)
        world.run()
        world.go(days=1)


def test_a_burst_on_two_days_opens_one_ticket_with_its_evidence(world: World) -> None:
    waves(world, 2, 6)
    (ticket,), (delivery,) = world.all(Ticket), world.deliveries("ticket")
    assert (ticket.generation, ticket.status, ticket.connector, ticket.ref) == (1, "planned", "jira", None)
    assert (delivery.key, delivery.state, delivery.subject) == ("ticket:VOC-1:1", "planned", "VOC-1")
    assert delivery.evidence == [m.id for m in world.all(Mention)]
    payload = delivery.payload
    assert payload["labels"] == ["voc", "voc-1", "voc-src-chat"]
    assert payload["priority"] == ticket.priority
    assert payload["properties"]["issue"] == "VOC-1" and payload["properties"]["rules"] == "shop v1"


@pytest.mark.parametrize(
    ("tickets", "days", "people", "again", "opens"),
    [
        ({}, 2, 6, False, True),
        ({}, 1, 12, False, False),  # one day
        ({"min_days": 1}, 1, 12, False, True),
        ({}, 2, 5, True, True),  # five people
        ({"min_people": 6}, 2, 5, True, False),
        ({"min_mentions": 13}, 2, 6, False, False),
        ({"min_mentions": 12}, 2, 6, False, True),
        ({"window_days": 1, "min_days": 1, "min_mentions": 7}, 2, 6, False, False),
        ({"connector": None}, 2, 6, False, False),
    ],
)
def test_the_gate(
    build: Callable[..., World], tickets: dict[str, Any], days: int, people: int, again: bool, opens: bool
) -> None:
    world = build(tickets=tickets)
    waves(world, days, people, again=again)
    assert world.all(Signal)
    assert bool(world.deliveries("ticket")) == opens


def test_mentions_without_an_alarm_open_none(world: World) -> None:
    """Six of twenty a day, as ever."""
    world.complain(1)
    world.counted(20, volume=14, issue=COUPON, mentions=(6,))
    for n in range(2):
        world.complain(5, first=10 * n)
        world.take(*(world.feedback("All fine here today.", f"q{n}-{i}") for i in range(14)))
        world.run()
        world.go(days=1)
    assert world.signals() == [] and world.deliveries() == []


def test_an_old_alarm_opens_none(world: World) -> None:
    world.counted(14)
    world.complain(7)
    world.run()
    assert world.all(Signal) and not world.all(Ticket)  # one day is not enough
    world.go(days=OPEN_FOR.days + 1)
    for _ in range(2):
        world.complain(4, first=50)
        world.run()
        world.go(days=1)
    assert not world.all(Ticket)


def test_days_long_gone_open_none(world: World) -> None:
    """A desk that is read for the first time brings weeks at once."""
    start = world.clock.now() - timedelta(days=60)
    world.counted(75)
    for n in range(2):
        world.complain(8, first=n * 8, time=start + timedelta(days=n))
    world.run()
    assert world.all(Signal) and not world.all(Ticket)


def test_safety_and_law_do_not_wait(world: World) -> None:
    world.say(said(ILL)[0], None)
    world.run()
    (delivery,) = world.deliveries("ticket")
    assert delivery.payload["priority"] == "P1"


def test_a_safety_matter_that_cannot_be_quoted_gets_its_ticket_all_the_same(world: World) -> None:
    world.say(said(ILL)[1], None, public=True, channel="review")  # too short to be hidden from a search engine
    world.run()
    (text,) = world.texts("ticket")
    assert "No quote is shown" in text and said(ILL)[1] not in text


def test_praise_opens_none_and_a_wish_does(world: World) -> None:
    waves(world, 2, 12, PRAISE)
    assert not world.all(Ticket)
    waves(world, 2, 9, DARK)
    assert [d.payload["issue"] for d in world.deliveries("ticket")] == [world.issue(DARK).name]
    assert "open wishes" in world.texts("ticket")[0]


def test_without_three_people_to_quote_there_is_no_ticket(world: World) -> None:
    world.counted(14)
    for n in range(2):
        for person in range(7):
            # in public, and so short that any part of it is the whole
            world.say("coupon ignored", f"p{n}-{person}", public=True, channel="review")
        world.run()
        world.go(days=1)
    assert world.all(Signal) and not world.all(Ticket)
    for person in range(2):
        world.say(said(COUPON)[person], f"chat-{person}")
    world.run()
    assert world.all(Ticket)  # two of sixteen can be quoted


@pytest.mark.parametrize(("mode", "state"), [("shadow", "shadow"), ("approve", "awaiting"), ("auto", "planned")])
def test_modes(build: Callable[..., World], mode: str, state: str) -> None:
    world = build(modes={"ticket": mode})
    waves(world, 2, 6)
    assert [d.state for d in world.deliveries("ticket")] == [state]
    assert [d.key for d in world.deliveries("ask")] == (["ask:ticket:VOC-1:1"] if mode == "approve" else [])


@settings(max_examples=6, deadline=None, phases=[Phase.generate])  # an example takes too long to be made smaller
@given(st.lists(st.integers(0, 4), max_size=10))
def test_however_often_and_in_whatever_order_days_are_evaluated(
    warm_store: Store, crypt: Crypt, order: list[int]
) -> None:
    """A burst of two days, a release (4) on the second, a quiet week and a half, a relapse of two days."""
    empty(warm_store)
    world = World(warm_store, crypt, HandClock())
    world.counted(14)
    days = [world.today + timedelta(days=n) for n in (0, 1, 12, 13)]
    noon = [moment(f"{day}T12:00+08:00") for day in days]
    for n, time in enumerate(noon):
        world.complain(6 if n < 2 else 10, first=10 * n, time=time)
    world.clock.move(timedelta(days=12))
    world.counted(10)
    world.clock.move(timedelta(days=2))
    for n in [*order, 4, *range(4), *range(4)]:
        if n < 4:
            world.evaluate(days[n])
        elif not world.changes():
            release(world, noon[1])
        tickets = world.all(Ticket)
        assert len({t.generation for t in tickets}) == len(tickets) == len(world.deliveries("ticket"))
    assert world.issue().generation <= 2
    assert 1 <= len(tickets) <= 2


def release(world: World, at: datetime) -> None:
    """Somebody says that a fix came out at that time."""
    with world.write() as session:
        issue = world.issue()
        change = register(session, issue, Change(added_by="Shen"), world.clock.now())
        world.loop.released(session, issue, change, at, "Shen")


def test_what_is_fixed_already_needs_no_ticket(world: World) -> None:
    world.counted(14)
    world.complain(6)
    world.run()
    world.go(days=1)
    release(world, world.clock.now())
    world.complain(6, first=10)
    world.run()
    assert world.all(Signal) and not world.all(Ticket)


def test_a_second_generation_gets_a_ticket_that_is_linked_to_the_first(world: World) -> None:
    world.burst()
    world.ticket()
    world.finish()
    world.go(days=10)
    world.counted(9)
    for n in range(2):
        world.complain(8, first=50 + 10 * n)
        world.run()
        world.go(days=1)
    assert figures(world.all(Ticket), "generation", "status") == [(1, "done"), (2, "planned")]
    second = world.deliveries("ticket")[1]
    assert second.payload["summary"].endswith("back after a fix")
    assert "the earlier ticket is DEMO-1" in world.texts("ticket")[1]
    world.ticket()
    (link,) = world.deliveries("link")
    first_ref, second_ref = (t.ref for t in world.all(Ticket))
    assert (link.key, link.target, link.payload) == ("link:VOC-1:2", second_ref, {"other": first_ref})


def test_an_open_ticket_is_told_the_numbers_once_a_week(world: World) -> None:
    world.burst()
    world.ticket()
    world.go(days=22)
    updates = world.deliveries("update")
    assert len(updates) == 3 == len({d.key for d in updates})
    assert all(d.target == world.all(Ticket)[0].ref and d.state == "planned" for d in updates)
    # the trouble faded: the numbers say so, the quotes stay
    assert "Mentions in the seven days to 25 November: 0" in world.texts("update")[-1]
    assert world.texts("update")[-1].count("> ") == world.texts("ticket")[0].count("> ") > 0
    assert "Sources:" not in world.texts("update")[-1]


def test_a_fix_by_hand_is_no_relapse_for_the_ticket_that_is_open(world: World) -> None:
    world.burst()
    world.ticket()
    release(world, world.clock.now())
    world.go(days=8)
    (text,) = world.texts("update")
    assert "came back" not in text and "back after a fix" not in world.deliveries("update")[0].payload["summary"]


def test_a_comment_comes_only_when_the_priority_changes(world: World) -> None:
    world.burst()
    ticket = world.ticket()
    world.go(days=8)
    assert world.deliveries("comment") == [] and len(world.deliveries("update")) == 1
    world.complain(60, first=100)
    world.go(days=7)
    (comment,) = world.texts("comment")
    band = world.all(Ticket)[0].priority
    assert band < ticket.priority
    assert comment.strip() == f"The suggested priority changed from {ticket.priority} to {band}."
    world.go(days=7)
    assert len(world.deliveries("comment")) == 1 and len(world.deliveries("update")) == 3


def test_a_priority_by_hand_is_told_at_once_and_stays(world: World) -> None:
    world.burst()
    ticket = world.ticket()
    with world.write() as session:
        correct.prioritise(session, world.issue(), "P4", "known, and gone by May", "Li Na", world.clock.now())
    world.run()
    (comment,) = world.texts("comment")
    assert comment.strip() == f"Li Na changed the priority from {ticket.priority} to P4: known, and gone by May"
    update = world.texts("update")[-1]
    assert "P4, set by Li Na: known, and gone by May. P2 by the formula, place 1" in update
    assert world.deliveries("update")[-1].payload["priority"] == "P4"
    world.complain(60, first=100)
    world.go(days=8)
    assert world.all(Ticket)[0].priority == "P4" and len(world.deliveries("comment")) == 1


def test_no_more_updates_once_it_is_done_and_again_when_it_is_reopened(world: World) -> None:
    world.burst()
    ticket = world.ticket()
    world.finish("wont_do")
    world.go(days=15)
    assert world.deliveries("update") == []
    reopened = events.TicketChanged(ticket.ref or "", "DEMO-1", "open", None, world.clock.now())
    world.take(reopened, source="jira")
    world.go(days=8)
    assert len(world.deliveries("update")) == 1


@pytest.mark.parametrize(("mode", "states"), [("approve", {"planned"}), ("shadow", {"shadow"})])
def test_the_yes_to_a_ticket_covers_what_is_written_into_it_later(
    build: Callable[..., World], mode: str, states: set[str]
) -> None:
    build().burst()
    world = build(modes={"ticket": mode})  # on the same store
    world.ticket()
    world.go(days=8)
    assert {d.state for d in world.deliveries("update")} == states


@pytest.mark.parametrize(
    ("language", "customers", "written"),
    [("zh", "en", "zh"), ("en", "zh", "en"), ("customers", "zh", "zh"), ("customers", "en", "en")],
)
def test_the_language_is_the_configured_one_or_the_customers(
    build: Callable[..., World], language: str, customers: str, written: str
) -> None:
    world = build(tickets={"language": language})
    world.burst(language=customers)
    assert world.documents("ticket")[0].language == written
    world.ticket()
    world.complain(3, language="en", first=80)
    world.go(days=8)  # whoever wrote that week
    assert world.documents("update")[0].language == written


def test_the_language_that_most_customers_use(world: World) -> None:
    world.counted(14)
    for n in range(2):
        world.complain(4, language="zh", first=20 * n)
        world.complain(3, language="en", first=20 * n + 10)
        world.run()
        world.go(days=1)
    assert world.documents("ticket")[0].language == "zh"
