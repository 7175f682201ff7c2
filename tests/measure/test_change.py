"""Changes: what was expected is on record before they come out, and a finished ticket releases the right one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import World, figures
from vocbot.measure.change import for_ticket, latest_release, register, taken_over
from vocbot.sdk import events
from vocbot.store.tables import AuditEntry, Change, Notice, Ticket, Timer


def add(world: World, released: bool = False, **about: Any) -> Change:
    """What `vocbot change add` does."""
    with world.write() as session:
        issue = world.issue()
        change = register(session, issue, Change(added_by="Shen", **about), world.clock.now())
        if released:
            world.loop.released(session, issue, change, world.clock.now(), "Shen")
    return change


def test_a_hypothesis_is_hashed_into_the_log_before_the_release(world: World) -> None:
    world.complain(1)
    one = add(world, hypothesis="down by 60 %")
    other = add(world, hypothesis="down by 60 %", target=-0.5)
    without = add(world)
    assert len(one.hypothesis_hash) == 64 and one.hypothesis_hash != other.hypothesis_hash
    assert without.hypothesis_hash == ""
    entry = next(e for e in world.all(AuditEntry) if e.action == "change registered")
    assert (entry.actor, entry.subject, entry.detail["hypothesis_hash"]) == ("Shen", "VOC-1", one.hypothesis_hash)
    assert (one.generation, one.released_at, one.name) == (1, None, "CHANGE-1")


@pytest.fixture
def open_ticket(world: World) -> World:
    world.burst()
    world.ticket()
    return world


def test_a_finished_ticket_releases_the_change_that_was_registered(open_ticket: World) -> None:
    add(open_ticket, what_en="Coupons work.", version="5.4.1")
    open_ticket.finish(version="9.9.9")
    (change,) = open_ticket.changes()
    assert (change.released_at, change.ticket_id, change.version) == (open_ticket.clock.now(), 1, "5.4.1")


def test_a_finished_ticket_makes_one_where_none_was(open_ticket: World) -> None:
    open_ticket.finish(version="5.4.1")
    (change,) = open_ticket.changes()
    assert (change.added_by, change.version, change.generation) == (
        f"ticket {open_ticket.all(Ticket)[0].key}",
        "5.4.1",
        1,
    )


def test_one_released_by_hand_while_the_ticket_was_open_is_not_released_again(open_ticket: World) -> None:
    change = add(open_ticket, released=True)
    open_ticket.go(hours=3)
    open_ticket.finish()
    (found,) = open_ticket.changes()
    assert (found.released_at, found.ticket_id) == (change.released_at, 1)
    assert len(open_ticket.all(Timer, Timer.kind == "look")) == 1
    assert len({n.person_id for n in open_ticket.all(Notice)}) == len(open_ticket.all(Notice)) == 12


def test_a_ticket_that_is_reopened_and_done_again_is_a_second_change(open_ticket: World) -> None:
    open_ticket.finish()
    ticket = open_ticket.all(Ticket)[0]
    open_ticket.go(days=2)
    now = open_ticket.clock.now()
    open_ticket.take(events.TicketChanged(ticket.ref or "", "DEMO-1", "in_progress", None, now), source="jira")
    open_ticket.go(days=2)
    open_ticket.finish()
    assert [c.ticket_id for c in open_ticket.changes()] == [1, 1]


def test_one_of_another_generation_waits_for_its_own_ticket(open_ticket: World) -> None:
    with open_ticket.write() as session:
        issue = open_ticket.issue()
        issue.generation = 2
        session.add(issue)
    add(open_ticket)
    with open_ticket.write() as session:
        change = for_ticket(session, open_ticket.issue(), open_ticket.all(Ticket)[0], None, open_ticket.clock.now())
    assert figures(open_ticket.changes(), "generation", "ticket_id") == [(2, None), (1, 1)]
    assert change.id == 2


def test_the_latest_release(open_ticket: World) -> None:
    first = add(open_ticket, released=True)
    add(open_ticket)
    open_ticket.go(days=1)
    with open_ticket.store.read() as session:
        assert latest_release(session, open_ticket.issue()) == first
        assert latest_release(session, open_ticket.issue(), before=1) is None
        assert latest_release(session, open_ticket.issue(), before=2) == first
        assert not taken_over(session, first, open_ticket.clock.now())
    second = add(open_ticket, released=True)
    open_ticket.go(days=1)
    with open_ticket.store.read() as session:
        assert latest_release(session, open_ticket.issue()) == second
        assert taken_over(session, first, open_ticket.clock.now())
        assert not taken_over(session, second, open_ticket.clock.now())
        assert not taken_over(session, first, first.released_at or open_ticket.clock.now())
