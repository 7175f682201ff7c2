"""Questions that rise with a campaign; complaints that do not ask, and days without one, are no matter of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import COUPON, World, moment
from vocbot.config.model import CalendarSettings
from vocbot.store.tables import Change, Feedback, Mention, VolumeDay
from vocbot.understand.campaigns import Asked, asked_since, asks

QUESTION, COMPLAINT = "How do I use the coupon on the second item?", "The coupon was not taken off."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (QUESTION, True),
        ("I thought delivery was free", True),
        ("满300减50怎么用", True),
        ("我以为可以叠加", True),
        ("这个活动能用吗。", True),
        ("不是说好包邮的", True),
        (COMPLAINT, False),
        ("优惠券没有抵扣", False),
        ("It arrived broken", False),
    ],
)
def test_what_is_a_question(text: str, expected: bool) -> None:
    assert asks(text) is expected


def fill(world: World, before: int, since: int, text: str = QUESTION) -> CalendarSettings:
    """So many mentions a day in the 28 days before a campaign, and in the six since."""
    world.complain(1, COUPON, time=world.clock.now() - timedelta(days=60))
    with world.write() as session:
        for back in range(33, -1, -1):
            day, at = world.today - timedelta(days=back), world.clock.now() - timedelta(days=back)
            total = session.get(VolumeDay, day) or VolumeDay(day=day)
            count = since if back < 6 else before
            total.feedback += 40 + count
            session.add(total)
            for _ in range(count):
                said = Feedback(
                    source="s", external_id=f"q{next(world.ids)}", text=text, time=at, day=day, channel="chat",
                    bucket="issue", created_at=at,
                )  # fmt: skip
                session.add(said)
                session.flush()
                session.add(Mention(feedback_id=said.id or 0, issue_id=1, start=0, end=1, text=text, time=at, day=day))
    campaign = {"name": "618", "first": world.today - timedelta(days=5), "last": world.today}
    return CalendarSettings.model_validate({"campaigns": [campaign]})


def asked(world: World, calendar: CalendarSettings) -> tuple[Asked, ...]:
    with world.store.read() as session:
        return asked_since(session, 1, calendar, world.today, world.settings.zone)


def test_questions_that_rose_with_a_campaign_are_told(world: World) -> None:
    calendar = fill(world, 1, 6)
    (found,) = asked(world, calendar)
    assert (found.campaign, found.before, found.since) == ("618", 28, 36)
    assert found.effect.low > 2
    assert asked(world, CalendarSettings.model_validate({})) == ()


@pytest.mark.parametrize(("before", "since", "text"), [(4, 4, QUESTION), (1, 6, COMPLAINT), (0, 0, QUESTION)])
def test_what_did_not_rise_or_does_not_ask_is_not(world: World, before: int, since: int, text: str) -> None:
    assert asked(world, fill(world, before, since, text)) == ()


def test_a_campaign_that_was_registered_as_a_change_counts(world: World) -> None:
    fill(world, 1, 6)
    at = world.clock.now() - timedelta(days=5)
    with world.write() as session:
        session.add(Change(kind="campaign", version="Spring", added_by="Shen", added_at=at, released_at=at))
        session.add(Change(kind="release", version="7", added_by="Shen", added_at=at, released_at=at))
        old = moment("2026-01-01T12:00+08:00")
        session.add(Change(kind="campaign", version="Old", added_by="Shen", added_at=old, released_at=old))
    assert [one.campaign for one in asked(world, CalendarSettings.model_validate({}))] == ["Spring"]
