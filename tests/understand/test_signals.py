"""Alarms: raised once for a burst, at once for safety and law, again after a release, and never by a quiet life."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from tests.world import COUPON, CRASH, ILL, PRAISE, World, figures, moment, said
from vocbot.store.tables import AuditEntry, IssueDay, Signal, VolumeDay
from vocbot.understand.signals import QUIET_DAYS


def actions(world: World, action: str) -> list[dict[str, object]]:
    return [entry.detail for entry in world.all(AuditEntry) if entry.action == action]


def release(world: World) -> None:
    """The ticket is opened and done."""
    world.ticket()
    world.finish()


def test_a_burst_raises_one_emerging_alarm_with_its_numbers(world: World) -> None:
    world.counted(14)
    world.complain(6)
    world.run()
    (signal,) = world.signals()
    assert (signal.state, signal.day, signal.last_day) == ("emerging", world.today, world.today)
    assert (signal.observed, signal.people, signal.at_most, signal.generation) == (6, 6, False, 1)
    assert signal.p < 0.001 and signal.expected < 1
    assert actions(world, "signal") == [
        {"state": "emerging", "day": str(world.today), "observed": 6, "expected": round(signal.expected, 2)}
    ]


def test_an_open_alarm_grows_and_is_not_raised_again(world: World) -> None:
    world.counted(14)
    for _ in range(3):
        world.complain(6)
        world.run()
        world.complain(2, first=6)
        world.run()
        world.go(days=1)
    (signal,) = world.signals()
    assert (signal.observed, signal.last_day - signal.day) == (8, timedelta(days=2))
    assert len(actions(world, "signal")) == 1


def test_after_a_quiet_time_the_next_alarm_is_new_and_surging(world: World) -> None:
    world.counted(14)
    world.complain(6)
    world.go(days=QUIET_DAYS + 1)
    world.counted(QUIET_DAYS)
    world.complain(9)
    world.run()
    assert [s.state for s in world.signals()] == ["emerging", "surging"]


def test_safety_and_law_count_from_the_first_word(world: World) -> None:
    world.say(said(ILL)[0], None)
    world.run()
    (signal,) = world.signals(ILL)
    assert (signal.state, signal.observed, signal.people, signal.at_most) == ("immediate", 1, 1, True)
    world.go(days=1)
    world.say(said(ILL, "zh")[0])
    world.run()
    (signal,) = world.signals(ILL)  # extended
    assert signal.last_day == world.today


@pytest.mark.parametrize("issue", [COUPON, ILL])
def test_after_a_release_it_is_recurring_and_a_new_generation_begins_once(world: World, issue: str) -> None:
    world.burst(issue=issue)
    release(world)
    world.go(days=10)
    world.counted(10)
    for day in range(3):
        world.complain(8, issue, first=100 * (day + 1))
        world.run()
        world.evaluate(world.today)
        world.go(days=1)
    assert world.issue(issue).generation == 2
    assert figures(world.signals(issue), "state", "generation")[-1] == ("recurring", 2)
    assert len(world.signals(issue)) == 2
    assert [entry["generation"] for entry in actions(world, "reopened")] == [2]
    # a week later, with the second fix not out yet, it is more of the same
    world.go(days=QUIET_DAYS + 1)
    world.counted(QUIET_DAYS)
    world.complain(16, issue, first=900)
    world.run()
    assert world.issue(issue).generation == 2
    assert figures(world.signals(issue), "state", "generation")[-1] in {("surging", 2), ("immediate", 2)}
    assert len(actions(world, "reopened")) == 1


def test_the_day_of_the_release_belongs_to_the_time_before(world: World) -> None:
    """Of a burst that ends with its fix, the last complaints are no relapse."""
    world.burst()
    release(world)
    world.go(hours=2)
    world.complain(9, first=200)
    world.run()
    assert [s.state for s in world.signals()] == ["emerging"]
    assert world.issue().generation == 1


def test_what_comes_late_from_before_the_release_is_no_relapse(world: World) -> None:
    world.burst()
    release(world)
    world.go(days=20)
    late = world.clock.now() - timedelta(days=35)  # three weeks before the burst
    world.complain(9, first=300, time=late)
    world.run()
    assert world.issue().generation == 1
    assert figures(world.signals(), "state", "generation") in (
        [("emerging", 1)],
        [("emerging", 1), ("emerging", 1)],
    )
    assert not actions(world, "reopened")


def test_texts_of_an_earlier_day_that_come_late_belong_to_the_alarm_that_is_known(world: World) -> None:
    world.counted(14)
    world.complain(6)
    world.run()
    day = world.today
    world.go(days=1)
    world.complain(7, first=50, time=world.clock.now() - timedelta(days=3))
    world.run()
    (signal,) = world.signals()
    assert (signal.day, signal.observed) == (day, 6)


def test_late_texts_of_the_day_of_an_alarm_change_its_numbers(world: World) -> None:
    world.counted(14)
    time = world.clock.now()
    world.complain(6)
    world.run()
    world.go(days=2)
    world.say(said(COUPON)[0], "late", time=time)
    world.say(said(COUPON)[0], None, time=time)
    world.run()
    (signal,) = world.signals()
    assert (signal.observed, signal.people, signal.at_most) == (8, 8, True)


def test_a_background_never_alarms(world: World) -> None:
    chance = random.Random(7)
    for issue in (COUPON, CRASH):
        world.say(said(issue)[0])
    issues = {world.issue(COUPON).id: 3.0, world.issue(CRASH).id: 1.0}
    days = [world.today - timedelta(days=n) for n in range(60, 0, -1)]
    with world.write() as session:
        for day in days:
            wave = 1.6 if day.weekday() in (5, 6) else 1.0
            total = 0
            for issue_id, rate in issues.items():
                n = poisson(chance, rate * wave)
                total += n
                session.add(IssueDay(issue_id=issue_id or 0, day=day, mentions=n, people=n))
            session.add(VolumeDay(day=day, feedback=total + poisson(chance, 20 * wave)))
    world.evaluate(*days)
    assert world.all(Signal) == []


def poisson(chance: random.Random, mean: float) -> int:
    """Arrivals in a unit of time."""
    count, time = 0, chance.expovariate(mean)
    while time < 1:
        count, time = count + 1, time + chance.expovariate(mean)
    return count


def test_praise_raises_nothing_however_much_of_it(world: World) -> None:
    world.counted(14)
    world.complain(40, PRAISE)
    world.run()
    assert world.all(Signal) == []


def test_more_because_more_people_write_at_all_is_no_alarm(world: World) -> None:
    world.complain(1)
    world.counted(20, volume=4, issue=COUPON, mentions=(2, 3, 1))
    world.complain(9, first=10)
    world.evaluate(world.today)
    assert [s.observed for s in world.signals()] == [10]
    with world.write() as session:
        session.delete(session.get(Signal, 1))
        day = session.get_one(VolumeDay, world.today)
        day.feedback += 60
    world.evaluate(world.today)
    assert world.signals() == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2, 1, 0)])
def test_the_order_in_which_days_are_evaluated_does_not_matter(world: World, order: tuple[int, ...]) -> None:
    world.counted(14)
    world.clock.move(timedelta(days=3))
    days = [world.today - timedelta(days=2 - n) for n in range(3)]
    for n, day in enumerate(days):
        world.complain(9, first=10 * n, time=moment(f"{day}T12:00+08:00"))
    world.evaluate(*(days[n] for n in order))
    assert len(world.signals()) == 1
