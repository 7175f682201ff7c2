"""Which kinds of changes worked how often: each counts once, by its last word."""

from __future__ import annotations

import pytest

from tests.world import World
from vocbot.measure.library import LEAST, Shelf, library
from vocbot.store.tables import Change, Issue, Verdict


def changed(world: World, *words: str, kind: str = "fix", owner: str = "app", ratio: float = 0.4) -> None:
    """A Change whose looks gave these words."""
    now = world.clock.now()
    with world.write() as session:
        issue = Issue(
            number=next(world.ids), title_zh="题", title_en="T", department=owner, first_seen=now, last_seen=now
        )
        session.add(issue)
        session.flush()
        change = Change(issue_id=issue.id, kind=kind, added_by="Shen", added_at=now, released_at=now)
        session.add(change)
        session.flush()
        for week, word in enumerate(words, start=2):
            session.add(
                Verdict(
                    change_id=change.id or 0,
                    issue_id=issue.id or 0,
                    week=week,
                    verdict=word,
                    rate_ratio=ratio,
                    low=0.2,
                    high=0.8,
                    p_less=0.9,
                    before=9,
                    before_weeks=3,
                    after=2,
                    looked_at=now,
                )
            )


def shelves(world: World, by: str = "kind") -> dict[str, Shelf]:
    with world.store.read() as session:
        return {one.name: one for one in library(session, by)}


def test_each_counts_once_by_its_last_word(world: World) -> None:
    for _ in range(4):
        changed(world, "too_early", "effective")
    changed(world, "effective", "regressed", ratio=0.9)
    changed(world, "not_effective", "worse", ratio=1.6)
    changed(world, "too_early")
    changed(world)
    changed(world, "inconclusive", kind="policy")
    found = shelves(world)
    fix, policy = found["fix"], found["policy"]
    assert list(found) == ["fix", "policy"]
    assert (fix.worked, fix.decided, fix.came_back, fix.worse, fix.open) == (4, 6, 1, 1, 2)
    assert fix.low is not None and fix.high is not None and fix.low < 4 / 6 < fix.high
    assert (fix.ratio, fix.least_ratio, fix.most_ratio) == (0.4, 0.4, 1.6)
    assert (policy.worked, policy.decided, policy.open, policy.low) == (0, 0, 1, None)


def test_of_few_no_share_is_told(world: World) -> None:
    for _ in range(LEAST - 1):
        changed(world, "effective")
    assert shelves(world)["fix"].low is None
    changed(world, "effective")
    assert shelves(world)["fix"].high == 1.0


def test_by_owner(world: World) -> None:
    changed(world, "effective", owner="app")
    changed(world, "effective", owner="logistics")
    changed(world, "worse", owner="logistics")
    assert {name: (s.worked, s.decided) for name, s in shelves(world, "owner").items()} == {
        "logistics": (1, 2),
        "app": (1, 1),
    }
    with pytest.raises(KeyError), world.store.read() as session:
        library(session, "colour")
