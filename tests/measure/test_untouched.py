"""Placebos of a verdict: issues and surges that nobody touched."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest

from tests.weeks import RELEASE, weekly
from tests.world import World, moment
from vocbot.measure import verdict as measuring
from vocbot.measure.untouched import faded, wander
from vocbot.store.tables import Change, Issue, IssueDay, Signal, Verdict, VolumeDay

WEEK = timedelta(days=7)
BEFORE = [RELEASE - n * WEEK for n in range(8, 0, -1)]
AFTER = [RELEASE + timedelta(days=1) + n * WEEK for n in range(4)]


def others(world: World, number: int, sd: float, mean: float = 40) -> None:
    """So many issues beside, whose shares wander by `sd` a week."""
    rng = np.random.default_rng(1)
    with world.write() as session:
        for n in range(number):
            issue = Issue(
                number=100 + n,
                title_zh="别的",
                title_en="Other",
                first_seen=moment("2026-06-01T08:00+08:00"),
                last_seen=moment("2026-06-01T08:00+08:00"),
            )
            session.add(issue)
            session.flush()
            share = np.exp(np.cumsum(rng.normal(0, sd, 12)))
            for start, level in zip([*BEFORE, *AFTER], share, strict=True):
                session.add(IssueDay(issue_id=issue.id or 0, day=start, mentions=int(rng.poisson(mean * level))))


def spike(world: World, issue_id: int, day: date, before: int, after: int, lag: int) -> None:
    with world.write() as session:
        for start, count in [(day - n * WEEK, before) for n in range(1, 9)] + [
            (day + timedelta(days=lag) + n * WEEK, after) for n in range(2)
        ]:
            session.merge(IssueDay(issue_id=issue_id, day=start, mentions=count))
            session.merge(VolumeDay(day=start, feedback=300))
        session.add(
            Signal(
                issue_id=issue_id,
                generation=1,
                state="surging",
                day=day,
                last_day=day,
                observed=20,
                people=20,
                expected=3.0,
                p=1e-6,
                raised_at=moment(f"{day}T20:00+08:00"),
            )
        )


def test_shares_of_others_that_wander_are_seen(world: World) -> None:
    weekly(world, [40] * 8, [20] * 4, others=3000)
    others(world, 30, 0.15)
    with world.store.read() as session:
        found = wander(session, 1, BEFORE, AFTER)
    assert found == pytest.approx(0.15**2, rel=0.6)


def test_few_others_say_nothing_and_those_changed_are_none(world: World) -> None:
    weekly(world, [40] * 8, [20] * 4, others=3000)
    others(world, 8, 0.15)
    with world.write() as session:
        assert wander(session, 1, BEFORE, AFTER) is not None
        session.add(
            Change(
                issue_id=2, added_by="Shen", added_at=world.clock.now(), released_at=moment(f"{RELEASE}T18:00+08:00")
            )
        )
    with world.store.read() as session:
        assert wander(session, 1, BEFORE, AFTER) is None


def test_a_surge_of_another_issue_fades(world: World) -> None:
    weekly(world, [40] * 8, [20] * 4)
    others(world, 1, 0.0)
    day = RELEASE - 20 * WEEK
    spike(world, 2, day, 8, 4, lag=10)
    with world.store.read() as session:
        ratios = faded(session, 1, timedelta(days=10), 2, RELEASE)
        too_late = faded(session, 1, timedelta(days=10), 2, day + 3 * WEEK)
        own = faded(session, 2, timedelta(days=10), 2, RELEASE)
    (ratio,) = ratios
    assert ratio == pytest.approx(math.log((8.5 / 592) / (64.5 / 2336)))
    assert too_late == own == []


def test_a_surge_that_made_somebody_act_makes_a_fall_no_proof(world: World) -> None:
    weekly(world, [40] * 8, [6, 5])
    with world.write() as session:
        session.add(
            Signal(
                issue_id=1,
                generation=1,
                state="surging",
                day=RELEASE - 5 * WEEK,
                last_day=RELEASE,
                observed=20,
                people=20,
                expected=3.0,
                p=1e-6,
                raised_at=moment(f"{RELEASE}T08:00+08:00"),
            )
        )
        change = session.get_one(Change, 1)
        found = measuring.look(session, world.issue(), change, 2, world.clock.now(), world.settings.zone)
    assert found is not None and found.verdict == "declined"
    assert world.all(Verdict)[0].verdict == "declined"
