from __future__ import annotations

from datetime import timedelta

from tests.world import COUPON, World, said
from vocbot.measure.kpi import area_scores, suspicions
from vocbot.store.tables import Feedback


def answers(world: World, scores: list[float], source: str = "survey") -> None:
    """So many answers about the coupon, a day's worth each of ten."""
    for n in range(len(scores)):
        world.say(said(COUPON)[0], f"p{source}{n}", time=world.clock.now() - timedelta(days=n // 10))
    with world.write() as session:
        rows = [row for row in world.all(Feedback) if row.score is None]
        for row, score in zip(rows, scores, strict=True):
            row = session.merge(row)
            row.score, row.source = score, source
            session.add(row)


def test_the_score_of_an_area_has_its_number_and_interval(world: World) -> None:
    answers(world, [5, 4, 2, 1] * 10)
    answers(world, [9, 0, 10], source="nps")
    with world.store.read() as session:
        found = area_scores(session, world.today - timedelta(days=28), world.today)
        earlier = area_scores(session, world.today - timedelta(days=90), world.today - timedelta(days=60))
    csat, nps = found
    assert (csat.source, csat.kind, csat.summary.n, csat.summary.value) == ("survey", "csat", 40, 50.0)
    assert (nps.kind, nps.summary.n, nps.summary.value) == ("nps", 3, None)
    assert csat.area == world.issue().area
    assert earlier == []


def test_a_day_of_equal_scores_is_shown(world: World) -> None:
    answers(world, [5.0] * 10 + [1.0, 3, 4, 2, 3, 4, 1, 2, 3, 4] * 5)
    with world.store.read() as session:
        (odd,) = suspicions(session, world.today - timedelta(days=28), world.today)
    assert (odd.source, odd.day, odd.crowd.score, odd.crowd.seen) == ("survey", world.today, 5.0, 10)
