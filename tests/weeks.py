"""Weeks of counts around a release, for what is measured and what is reported of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.world import COUPON, World, moment, said
from vocbot.measure.change import register
from vocbot.store.tables import Change, IssueDay, Signal, VolumeDay

RELEASE = date(2026, 11, 24)  # a Tuesday
OTHERS = 30  # a day


def weekly(world: World, before: Sequence[int], after: Sequence[int] = (), others: int = OTHERS) -> Change:
    """Counts by whole weeks before and after the day of the release (on which nothing is counted), and a Change.

    A week's mentions come one a day or more, never all at once.
    """
    world.say(said(COUPON)[0], time=moment("2026-11-03T08:00+08:00"))
    with world.write() as session:
        for table in (IssueDay, VolumeDay):
            for row in world.all(table):
                session.delete(session.merge(row))
        session.flush()
        weeks = [(n - len(before), count) for n, count in enumerate(before)]
        weeks += [(n, count) for n, count in enumerate(after)]
        for week, count in weeks:
            start = RELEASE + timedelta(days=7 * week + (0 if week < 0 else 1))
            for n in range(7):
                mentions = count // 7 + (n < count % 7)
                day = start + timedelta(days=n)
                session.add(IssueDay(issue_id=1, day=day, mentions=mentions, people=mentions))
                session.add(VolumeDay(day=day, feedback=others + mentions))
        issue = world.issue()
        change = register(session, issue, Change(added_by="Shen", version="5.4.1"), world.clock.now())
        change.released_at = moment(f"{RELEASE}T18:00+08:00")
        session.add(change)
    return change


def alarm(world: World, day: date) -> None:
    with world.write() as session:
        numbers: dict[str, Any] = {"observed": 9, "people": 9, "expected": 1.0, "p": 1e-6}
        session.add(
            Signal(
                issue_id=1,
                generation=1,
                state="emerging",
                day=day,
                last_day=day,
                raised_at=moment(f"{day}T20:00+08:00"),
                **numbers,
            )
        )


def out(world: World) -> None:
    """It is the moment of the release, which sets the timer of the looks."""
    with world.write() as session:
        change = session.get_one(Change, 1)
        at, change.released_at = change.released_at, None
        assert at is not None
        world.clock.move(at - world.clock.now())
        world.loop.released(session, world.issue(), change, at, "Shen")


def run(world: World) -> None:
    """All the looks."""
    out(world)
    world.go(weeks=9)
