"""The order of the open Issues and what it is made of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.world import COUPON, CRASH, DARK, ILL, World, said
from vocbot.config.model import PrioritySettings
from vocbot.store.tables import Mention, Signal
from vocbot.understand.priority import Priority, priorities, priority_facts

USUAL = PrioritySettings.model_validate({})


def ranked(world: World, kind: str = "problem", settings: PrioritySettings = USUAL) -> dict[str, Priority]:
    with world.store.read() as session:
        found = priorities(session, world.today, settings, kind)
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
    # half of the last four weeks, and half of the level of one week, drawn to what issues have on the average
    assert 3 < coupon[0].reach < 0.5 * 8 + 0.5 * 2
    assert 0.5 * 2 + 0.5 * 0.5 < crash[0].reach < 3
    assert (coupon[0].channels, crash[0].channels) == (1.1, 1.0)
    assert (coupon[0].moment, crash[0].moment) == (1.25, 1.0)  # at the moment of buying
    assert coupon[0].surge == 1.0
    assert 0.6 <= coupon[0].severity < crash[0].severity < 0.7  # drawn to the mean, the rarer the more


def test_the_level_is_of_half_a_year(world: World) -> None:
    world.complain(1, COUPON, time=world.clock.now())
    world.counted(400, issue=COUPON, mentions=(0, 0, 3, 0, 0, 0, 0))
    with world.store.read() as session:
        found = next(iter(priorities(session, world.today, USUAL).values()))[0]
    assert found.reach == pytest.approx(0.5 * (26 * 3 + 1) / 26 + 0.5 * 1 / 4, rel=0.1)


def test_the_formula_and_the_multipliers_are_the_owners(world: World) -> None:
    world.complain(3, COUPON)
    world.complain(3, CRASH, first=8)
    assert ranked(world)[COUPON][1].position == 1
    settings = PrioritySettings.model_validate({"formula": "reach * severity ** 2", "moments": {}})
    found = ranked(world, settings=settings)
    assert found[CRASH][1].position == 1 and found[COUPON][0].moment == 1.0
    reach, severity = found[CRASH][0].reach, found[CRASH][0].severity
    assert found[CRASH][0].worth == pytest.approx(reach * severity**2)


def test_bands_of_the_configuration_count(world: World) -> None:
    world.complain(3, COUPON)
    worth = ranked(world)[COUPON][0].worth
    for factor, band in ((1.0, "P1"), (0.99, "P2")):
        bands = {"P1": worth / factor, "P2": worth / 2, "P3": worth / 3}
        assert ranked(world, settings=PrioritySettings.model_validate({"bands": bands}))[COUPON][1].band == band


def test_doubt_about_what_was_recognised_lowers(world: World) -> None:
    world.complain(3, COUPON)
    with world.write() as session:
        for mention in world.all(Mention):
            session.merge(mention).confidence = 0.7
    assert ranked(world)[COUPON][0].confidence == pytest.approx(0.7)


def test_customers_worth_more_weigh_more_where_somebody_says_where_it_stands(world: World) -> None:
    for n, (issue, worth) in enumerate(((COUPON, "300"), (CRASH, "100"), (CRASH, "much"), (COUPON, "nan"))):
        world.say(said(issue)[n], f"p{n}", attributes={"order_value": worth})
    assert ranked(world)[COUPON][0].value == 1.0
    found = ranked(world, settings=PrioritySettings.model_validate({"value_attribute": "order_value"}))
    assert (found[COUPON][0].value, found[CRASH][0].value) == (1.5, 0.5)


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
    before = ranked(world)[COUPON][0].reach
    world.say("never mind", "ann", external_id=told.external_id, revision=1)
    assert ranked(world)[COUPON][0].reach == pytest.approx(before / 2, rel=0.2)


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


def test_what_programs_are_told(world: World, build: Callable[..., World]) -> None:
    world.complain(3, COUPON)
    with world.write() as session:
        issue = session.merge(world.issue())
        issue.band, issue.band_by, issue.band_why = "P1", "Li Na", "the press asks"
    found = ranked(world)[COUPON]
    facts = priority_facts(world.issue(), found)
    assert facts is not None
    assert (facts["band"], facts["suggested"], facts["place"]) == ("P1", "P3", 1)
    assert (facts["set_by"], facts["set_because"]) == ("Li Na", "the press asks")
    assert facts["factors"]["severity"] == pytest.approx(found[0].severity, abs=1e-4)
    assert priority_facts(world.issue(), None) is None
