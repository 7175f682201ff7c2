"""A clock that is set back delays, one that leaps ahead catches up; nothing is lost and nothing is said twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.world import World, build_fixture, empty, moment, warm_store_fixture, world_fixture  # noqa: F401
from vocbot.deliveries.schedule import next_slot
from vocbot.store.tables import Delivery, Ticket, Timer

WEEKLY = {"name": "weekly", "connector": "slack", "target": "C", "language": "en", "weekday": "mon", "at": "09:07"}
BEGUN = moment("2026-11-03T17:07+08:00")


def slots(world: World, until: timedelta) -> list[str]:
    """The keys of the digests that fall due until then."""
    digest, zone = world.settings.digests[0], world.settings.zone
    found, slot = [], next_slot(BEGUN, digest.weekday, digest.at, zone)
    while slot <= BEGUN + until:
        found.append(f"digest:weekly:{slot.astimezone(zone):%Y-%m-%dT%H:%M}")
        slot = next_slot(slot, digest.weekday, digest.at, zone)
    return found


def told(world: World, act: str) -> Counter[str]:
    return Counter(d.key for d in world.deliveries(act))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-400, 240), min_size=1, max_size=8))
def test_each_slot_is_written_once_however_the_clock_is_set(build: Callable[..., World], jumps: list[int]) -> None:
    world = build(digests=[WEEKLY])
    empty(world.store)
    world.clock.move(BEGUN - world.clock.now())
    with world.write() as session:
        world.loop.begin(session)
    world.say("Where is my parcel?")
    farthest = timedelta(0)
    for hours in jumps:
        world.clock.move(timedelta(hours=hours))
        if world.clock.now() < BEGUN:
            world.clock.move(BEGUN - world.clock.now())
        farthest = max(farthest, world.clock.now() - BEGUN)
        world.run()
    assert sorted(told(world, "digest").elements()) == slots(world, farthest)


def test_tickets_looks_and_notices_stay_the_same_when_the_clock_goes_back(world: World) -> None:
    world.burst()
    before = told(world, "ticket")
    world.clock.move(timedelta(hours=-30))
    world.run()
    world.complain(6, first=20)
    world.run()
    world.go(days=2)
    assert told(world, "ticket") == before and sum(before.values()) == 1
    world.send("ticket")
    world.finish()
    world.go(weeks=3)
    looks, notices = [t.payload for t in world.all(Timer) if t.kind == "look"], told(world, "notice")
    world.clock.move(-timedelta(weeks=2))
    world.run()
    world.go(weeks=2)
    assert [t.payload for t in world.all(Timer) if t.kind == "look"] == looks and looks[0]["week"] > 1
    assert told(world, "notice") == notices and notices
    assert len(world.all(Ticket)) == 1


def test_weeks_asleep_are_made_up_for_in_order(world: World) -> None:
    """A machine that was off: the clock leaps, and each week that ended is assessed, each slot written."""
    with world.write() as session:
        world.loop.begin(session)
    world.burst()
    world.clock.move(timedelta(weeks=5))
    world.run()
    keys = [d.key for d in world.all(Delivery) if d.act == "digest" and "-en:" in d.key]
    assert keys == sorted(keys) and len(keys) == 5
    assert world.run() is None or world.clock.now() < (world.run() or world.clock.now())


@pytest.mark.parametrize(
    ("zone", "before", "slot"),
    [
        ("America/New_York", "2026-03-07T12:00-05:00", "2026-03-08T03:30-04:00"),  # 02:30 does not exist
        ("America/New_York", "2026-10-31T12:00-04:00", "2026-11-01T02:30-05:00"),
        ("Asia/Shanghai", "2026-03-07T12:00+08:00", "2026-03-08T02:30+08:00"),
    ],
)
def test_a_slot_in_the_night_the_clocks_change(build: Callable[..., World], zone: str, before: str, slot: str) -> None:
    sunday = {**WEEKLY, "weekday": "sun", "at": "02:30"}
    world = build(digests=[sunday], timezone=zone)
    world.clock.move(moment(before) - world.clock.now())
    with world.write() as session:
        world.loop.begin(session)
    world.say("Where is my parcel?")
    assert world.run() == moment(slot)
    world.go(days=15)  # the first one tells of the week before anybody spoke
    local = [d.planned_at.astimezone(world.settings.zone).replace(tzinfo=None) for d in world.deliveries("digest")]
    first = datetime.fromisoformat(slot).replace(tzinfo=None, hour=2)
    assert local == [first + timedelta(days=7), first + timedelta(days=14)]
