"""Grouping gives the same issues on PostgreSQL as on SQLite: as decided, after reviews, merges, splits and undoing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.understand import test_bilingual as bilingual
from tests.understand.test_correct import consistent
from tests.understand.test_group import grouping, run, speak, topics
from tests.world import World
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import AuditEntry, Grouped, Issue, IssueChange, IssueDay, Mention
from vocbot.understand import correct


def figures(world: World) -> dict[str, list[Any]]:
    """All that grouping made, in words that do not depend on the database."""
    issues = {issue.id: issue for issue in world.all(Issue)}
    return {
        "issues": [
            (i.name, i.rule_key, i.title_zh, i.title_en, i.kind, i.mentions, i.people, i.merged_into, i.first_seen)
            for i in issues.values()
        ],
        "days": sorted((issues[d.issue_id].name, d.day, d.mentions, d.people) for d in world.all(IssueDay)),
        "groups": [(g.feedback_id, g.number, g.copy_of) for g in world.all(Grouped)],
        "mentions": sorted(
            (m.feedback_id, issues[m.issue_id].name, m.text, m.polarity, m.because) for m in world.all(Mention)
        ),
        "changes": [(c.issue_id, c.kind, c.by, c.undone_at is None) for c in world.all(IssueChange)],
        "log": [(e.actor, e.action, e.subject, e.detail) for e in world.all(AuditEntry)],
    }


def story(world: World) -> None:
    """Texts of both languages come in three rounds; a person splits one issue and merges two, and takes one back."""
    bilingual.speak(world, 240, bilingual.LIFT, bilingual.WIFI, bilingual.SOUP)
    run(grouping(world))
    world.clock.move(timedelta(minutes=3))
    speak(world, 160, first=500)
    group = grouping(world)
    run(group)
    largest = max(world.all(Issue), key=lambda issue: (issue.mentions, -issue.number))
    with world.write() as session:
        words = world.all(Mention, Mention.issue_id == largest.id)[0].text.split(" ")[-1][-4:]
        correct.split(session, session.get_one(Issue, largest.id), words, "apart", "ann", world.clock.now())
    one, other = [issue for issue in world.all(Issue) if issue.merged_into is None and issue.mentions][:2]
    with world.write() as session:
        into = session.get_one(Issue, other.id)
        correct.merge(session, session.get_one(Issue, one.id), into, "ann", world.clock.now())
    speak(world, 120, first=800, seed=3)
    run(group)
    with world.write() as session:
        correct.undo(session, session.get_one(Issue, one.id), "ann", world.clock.now())
    run(group)


def test_the_same_issues_on_both_databases(
    build: Callable[..., World], pg_store: Store, crypt: Crypt, clock: HandClock
) -> None:
    here, there = build(), World(pg_store, crypt, HandClock(clock.now()))
    for world in (here, there):
        story(world)
        assert consistent(world)
    assert len(topics(here)) >= 5
    expected, found = figures(here), figures(there)
    for name, rows in expected.items():
        assert found[name] == rows, name


def test_another_worker_on_postgresql_waits_and_goes_on(pg_store: Store, crypt: Crypt, clock: HandClock) -> None:
    world = World(pg_store, crypt, clock)
    speak(world, 200)
    first, second = grouping(world), grouping(world)
    assert run(first) == 200
    speak(world, 40, first=200, seed=1)
    assert second() == 0
    world.clock.move(timedelta(minutes=3))
    assert run(second) == 40
    speak(world, 20, first=240, seed=2)
    assert first() == 0
    assert len(world.all(Grouped)) == 240
    assert consistent(world)
