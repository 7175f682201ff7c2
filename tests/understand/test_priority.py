"""The order of the open Issues and what it is made of."""

from __future__ import annotations

from tests.world import COUPON, CRASH, DARK, ILL, World, said
from vocbot.store.tables import Signal
from vocbot.understand.priority import Priority, priorities


def ranked(world: World, kind: str = "problem") -> dict[str, Priority]:
    with world.store.read() as session:
        found = priorities(session, world.today, kind)
    names = {world.issue(name).id: name for name in (COUPON, CRASH, DARK, ILL) if _known(world, name)}
    return {names[issue_id]: standing for issue_id, standing in found.items()}


def _known(world: World, name: str) -> bool:
    try:
        return bool(world.issue(name))
    except IndexError:
        return False


def test_reach_comes_first_and_every_factor_shows(world: World) -> None:
    world.complain(8, COUPON)
    world.complain(2, CRASH, first=8)
    world.say(said(COUPON)[0], "c0", channel="email")
    found = ranked(world)
    coupon, crash = found[COUPON], found[CRASH]
    assert (coupon[1].position, crash[1].position) == (1, 2)
    # everybody came within the last week: half of eight as the usual, half of two a week over four weeks
    assert (coupon[0].reach, crash[0].reach) == (5.0, 1.25)
    assert (coupon[0].channels, crash[0].channels) == (1.1, 1.0)
    assert (coupon[0].moment, crash[0].moment) == (1.25, 1.0)  # at the moment of buying
    assert coupon[0].surge == 1.0
    assert 0.6 <= coupon[0].severity < crash[0].severity < 0.7  # drawn to the mean, the rarer the more


def test_an_alarm_weighs_a_little(world: World) -> None:
    world.counted(14)
    world.complain(8, COUPON)
    before = ranked(world)[COUPON][0]
    world.run()
    after = ranked(world)[COUPON][0]
    assert world.all(Signal) and 1 < after.surge <= 1.5
    assert after.reach == before.reach


def test_safety_comes_first_whatever_its_number(world: World) -> None:
    world.complain(30, COUPON)
    world.say(said(ILL)[0], "late")
    found = ranked(world)
    assert found[ILL][1].position == 1
    assert (found[ILL][1].band, found[COUPON][1].position) == ("P1", 2)


def test_wishes_have_an_order_of_their_own(world: World) -> None:
    world.complain(3, COUPON)
    world.complain(1, DARK)
    assert set(ranked(world)) == {COUPON}
    assert {name: p[1].position for name, p in ranked(world, "wish").items()} == {DARK: 1}


def test_what_is_not_said_any_more_does_not_count(world: World) -> None:
    told = world.say(said(COUPON)[0], "ann")
    world.say(said(COUPON)[0], "ben")
    world.say("never mind", "ann", external_id=told.external_id, revision=1)
    assert ranked(world)[COUPON][0].reach == 0.5 * 1 + 0.5 * 1 / 4


def test_a_finished_issue_takes_no_place_until_it_comes_back(world: World) -> None:
    world.burst()
    world.complain(2, CRASH, first=90)
    world.ticket()
    assert ranked(world)[CRASH][1].position == 2
    world.finish("wont_do")
    assert {name: p[1].position for name, p in ranked(world).items()} == {CRASH: 1}
    with world.write() as session:
        issue = world.issue()
        issue.generation = 2
        session.add(issue)
    assert set(ranked(world)) == {COUPON, CRASH}
