"""What stands out among the mentions of an Issue, and when nothing does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import COUPON, World, said
from vocbot.store.tables import Feedback
from vocbot.understand import causes as module
from vocbot.understand.causes import Cause, causes


def standing_out(world: World) -> tuple[Cause, ...]:
    with world.store.read() as session:
        return causes(session, world.issue().id or 0, world.today)


def crowd(world: World, people: int, channel: str = "chat", **attributes: str) -> None:
    """So many others wrote about something else."""
    with world.write() as session:
        session.add_all(
            Feedback(
                source="zendesk",
                external_id=f"{channel}-{attributes}-{n}",
                text="All fine here today.",
                time=world.clock.now(),
                day=world.today,
                channel=channel,
                attributes=attributes,
                bucket="undecided",
                created_at=world.clock.now(),
            )
            for n in range(people)
        )


def test_a_version_that_most_of_them_have_and_nobody_else(world: World) -> None:
    for n in range(12):
        world.say(said(COUPON)[0], f"c{n}", attributes={"version": "5.4.0" if n < 10 else "5.3.9", "os": "iOS"})
    crowd(world, 4, version="5.4.0", os="iOS")
    crowd(world, 96, version="5.3.9", os="iOS")
    ((attribute, value, lift),) = standing_out(world)
    assert (attribute, value, lift.seen) == ("version", "5.4.0", 10)
    assert lift.low >= 1.5 and lift.lift > 3 and lift.share == 10 / 12


def test_the_channel_counts_like_an_attribute(world: World) -> None:
    for n in range(10):
        world.say(said(COUPON)[0], f"c{n}", channel="phone")
    crowd(world, 5, "phone")
    crowd(world, 95, "chat")
    assert [cause[:2] for cause in standing_out(world)] == [("channel", "phone")]


def test_of_much_feedback_stretches_stand_for_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COUNTED", 100)
    monkeypatch.setattr(module, "STRETCH", 10)
    for n in range(40):
        crowd(world, 1, "email", version="5.4.0", n=str(n))
        crowd(world, 24, version="5.3.9", n=str(n))
    for n in range(12):
        world.say(said(COUPON)[0], f"c{n}", attributes={"version": "5.4.0" if n < 10 else "5.3.9"})
    with world.store.read() as session:
        usual = module.usual_values(session, world.today)
    assert 90 <= usual.total <= 110
    ((attribute, value, lift),) = standing_out(world)
    assert (attribute, value) == ("version", "5.4.0")
    assert lift.usual_share == pytest.approx(50 / 1012, abs=0.04)


def test_nothing_stands_out_where_all_is_spread_as_usual(world: World) -> None:
    for n in range(12):
        world.say(said(COUPON)[0], f"c{n}", attributes={"version": f"5.{n % 3}"})
    for version in ("5.0", "5.1", "5.2"):
        crowd(world, 30, version=version)
    assert standing_out(world) == ()


def test_few_or_old_mentions_say_nothing(world: World) -> None:
    old = world.clock.now() - timedelta(days=15)
    crowd(world, 300, version="5.3.9")
    for n in range(7):
        world.say(said(COUPON)[0], f"c{n}", attributes={"version": "5.4.0"})
    assert standing_out(world) == ()
    world.say(said(COUPON)[0], "c7", attributes={"version": "5.4.0"}, time=old)
    assert standing_out(world) == ()
    world.say(said(COUPON)[0], "c8", attributes={"version": "5.4.0"})
    assert [cause[:2] for cause in standing_out(world)] == [("version", "5.4.0")]
