"""Weeks that are young: issues of slow sources are expected less, as far as their texts have not come yet."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.world import COUPON, CRASH, World
from vocbot.store.tables import Feedback, Mention
from vocbot.understand.lateness import YOUNG_WEEKS, young_weeks
from vocbot.understand.weekly import WEEK, monday_of

CHAT, REVIEWS = timedelta(minutes=1), timedelta(days=10)


def speak(world: World, source: str, late: timedelta, issue: int, count: int, begin: datetime) -> None:
    """So many texts, one an hour, each coming so late."""
    with world.write() as session:
        for n in range(count):
            at = begin + timedelta(hours=n)
            day = at.astimezone(world.settings.zone).date()
            said = Feedback(
                source=source, external_id=f"l{next(world.ids)}", text="x", time=at, day=day, channel="chat",
                bucket="issue", created_at=at + late,
            )  # fmt: skip
            session.add(said)
            session.flush()
            session.add(Mention(feedback_id=said.id or 0, issue_id=issue, start=0, end=1, text="x", time=at, day=day))


def factors(world: World) -> list[list[float]]:
    now, zone = world.clock.now(), world.settings.zone
    with world.store.read() as session:
        found: list[list[float]] = young_weeks(session, [1, 2], monday_of(world.today) - WEEK, now, zone).tolist()
    return found


@pytest.fixture(name="talking")
def talking_fixture(world: World) -> World:
    world.complain(1, COUPON)
    world.complain(1, CRASH)
    speak(world, "desk", CHAT, 1, 200, world.clock.now() - timedelta(days=60))
    return world


def test_the_slow_source_is_waited_for(talking: World) -> None:
    speak(talking, "reviews", REVIEWS, 2, 100, talking.clock.now() - timedelta(days=60))
    quick, slow = factors(talking)
    assert len(slow) == YOUNG_WEEKS
    assert slow[-1] < 0.5 and quick[-1] > 1.1  # hardly a review of last week is there
    assert slow[0] == pytest.approx(1, abs=0.02) and quick[0] == pytest.approx(1, abs=0.02)


def test_where_all_are_quick_nothing_changes(talking: World) -> None:
    speak(talking, "forum", CHAT, 2, 100, talking.clock.now() - timedelta(days=60))
    assert [f for one in factors(talking) for f in one] == pytest.approx([1.0] * 2 * YOUNG_WEEKS, abs=0.01)


def test_what_was_brought_in_by_hand_says_nothing_of_a_source(talking: World) -> None:
    speak(talking, "import", timedelta(days=40), 2, 100, talking.clock.now() - timedelta(days=60))
    assert factors(talking) == [[1.0] * YOUNG_WEEKS] * 2


def test_one_source_is_as_late_as_all_are(talking: World) -> None:
    assert factors(talking) == [[1.0] * YOUNG_WEEKS] * 2
