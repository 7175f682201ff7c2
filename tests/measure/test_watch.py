"""The first hours and days of a Change: the curve, what rose, fell or is new, and when it is said."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.world import COUPON, CRASH, World
from vocbot.measure.change import register
from vocbot.measure.watch import Watched, watch
from vocbot.store.tables import Change, Feedback, Issue, Mention

FILL = 40  # pieces of feedback a day about nothing


def speak(world: World, at: datetime, count: int, issue: Issue | None = None, polarity: float = 0.0) -> None:
    """So many pieces of feedback, one a minute from `at` on."""
    zone = world.settings.zone
    with world.write() as session:
        for n in range(count):
            time = at + timedelta(minutes=n)
            day = time.astimezone(zone).date()
            said = Feedback(
                source="s", external_id=f"w{next(world.ids)}", text="x", time=time, day=day, channel="chat",
                bucket="issue", polarity=polarity, created_at=time,
            )  # fmt: skip
            session.add(said)
            session.flush()
            if issue is not None:
                session.add(
                    Mention(
                        feedback_id=said.id or 0, issue_id=issue.id or 0, start=0, end=1, text="x", time=time, day=day
                    )
                )


@pytest.fixture(name="calm")
def calm_fixture(world: World) -> World:
    """Four weeks of 40 a day, of which 4 are about each of two issues; then a release."""
    world.complain(1, COUPON)
    world.complain(1, CRASH)
    start = world.clock.now()
    world.clock.move(timedelta(days=28))
    for n in range(28):
        day = start + timedelta(days=n, hours=1)
        speak(world, day, FILL - 8)
        for name in (COUPON, CRASH):
            speak(world, day, 4, world.issue(name), polarity=-1.0)
    return world


def release(world: World, issue: str | None = None, kind: str = "release") -> Change:
    with world.write() as session:
        about = world.issue(issue) if issue else None
        change = register(session, about, Change(added_by="Shen", kind=kind, version="6.0"), world.clock.now())
        if about is None:
            world.loop.out(session, change, world.clock.now(), "Shen")
        else:
            world.loop.released(session, about, change, world.clock.now(), "Shen")
    return change


def seen(world: World, change: Change) -> Watched:
    with world.store.read() as session:
        return watch(session, session.get_one(Change, change.id), world.clock.now())


def test_hours_after_a_release_the_curve_is_there(calm: World) -> None:
    change, at = release(calm), calm.clock.now()
    calm.clock.move(timedelta(hours=3))
    speak(calm, at + timedelta(hours=1), 20, calm.issue(CRASH), polarity=-1.0)
    speak(calm, at + timedelta(hours=2), 20)
    found = seen(calm, change)
    (day,) = found.days
    assert (day.begin, day.feedback, day.negative, day.over) == (at, 40, 20, False)
    assert day.usual == pytest.approx(FILL)  # within the same three hours of the weeks before
    (rose,) = found.rose
    assert rose.issue.name == calm.issue(CRASH).name and not rose.new
    assert (rose.before, rose.after) == (28 * 4, 20) and rose.effect.low > 2
    assert found.more_negative and not found.less_negative and found.own is None


def test_what_is_as_ever_is_said_to_be_so(calm: World) -> None:
    change, at = release(calm, COUPON, "fix"), calm.clock.now()
    calm.clock.move(timedelta(days=2, hours=2))
    for n in range(2):
        day = at + timedelta(days=n, hours=1)
        speak(calm, day, FILL - 8)
        for name in (COUPON, CRASH):
            speak(calm, day, 4, calm.issue(name), polarity=-1.0)
    found = seen(calm, change)
    assert [(d.feedback, d.over) for d in found.days] == [(40, True), (40, True), (0, False)]
    assert found.rose == found.fell == ()
    assert found.own is not None and found.own.after == 8 and found.own.effect.low < 1 < found.own.effect.high


def test_all_feedback_doubling_moves_nothing(calm: World) -> None:
    change, at = release(calm), calm.clock.now()
    calm.clock.move(timedelta(days=1))
    speak(calm, at + timedelta(hours=1), 2 * (FILL - 8))
    for name in (COUPON, CRASH):
        speak(calm, at + timedelta(hours=1), 8, calm.issue(name), polarity=-1.0)
    found = seen(calm, change)
    assert found.rose == () and not found.more_negative
    assert (found.days[0].feedback, found.days[0].usual) == (80, pytest.approx(40))


def test_it_must_be_out(calm: World) -> None:
    with calm.write() as session:
        change = register(session, None, Change(added_by="Shen", kind="policy"), calm.clock.now())
        with pytest.raises(ValueError, match="CHANGE-1 is not out yet"):
            watch(session, change, calm.clock.now())


def test_what_got_worse_is_posted_once_and_all_after_a_week(calm: World) -> None:
    release(calm)
    at = calm.clock.now()
    speak(calm, at + timedelta(hours=1), 25, calm.issue(CRASH), polarity=-1.0)
    speak(calm, at + timedelta(hours=1), 30)
    calm.go(hours=7)
    texts = [t for t in calm.texts("report") if "day 1" in t]
    assert len(texts) == 1 and "Something got worse since then" in texts[0] and calm.issue(CRASH).title_en in texts[0]
    assert len(calm.deliveries("report")) == 2  # in both languages
    calm.go(days=5)
    assert len(calm.deliveries("report")) == 2
    calm.go(days=4)
    assert [d.subject for d in calm.deliveries("report")] == ["CHANGE-1"] * 4
    assert any("day 8" in text and "Day by day" in text for text in calm.texts("report"))
    calm.go(days=20)
    assert len(calm.deliveries("report")) == 4
