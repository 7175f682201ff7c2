"""What no rule knows becomes Issues, once each, whoever groups and whenever they stop."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import col, select

from tests.world import COUPON, World, figures, said
from vocbot.store.issue_list import issue_list
from vocbot.store.tables import AuditEntry, Feedback, Grouped, Issue, IssueDay, Mention
from vocbot.text.wordlist import words
from vocbot.understand.group import Grouping
from vocbot.understand.group_issues import Moved, settle
from vocbot.understand.sort import sort_into

SAID = {
    "parking": [
        "the parking barrier swallowed my ticket",
        "parking barrier stuck again",
        "parking barrier is shut",
    ],
    "lift": ["elevator out of order on floor two", "the elevator smells odd", "no elevator for my wheelchair"],
    "wifi": ["guest wifi has no signal", "guest wifi drops in the lobby", "the guest wifi needs a code nobody has"],
    "树": ["门口的银杏树挡路", "银杏树叶子掉一地", "银杏树下全是虫子"],
}
FILL = sorted(words("hello folks honestly monday evening somehow frankly sister neighbour uncle visitor kids"))


def speak(world: World, count: int, topics: tuple[str, ...] = tuple(SAID), first: int = 0, seed: int = 0) -> None:
    rng = random.Random(seed)
    given = []
    for n in range(first, first + count):
        topic = rng.choice(topics)
        text = rng.choice(SAID[topic]) + ("，" if topic == "树" else " ") + " ".join(rng.sample(FILL, 2))
        given.append(world.feedback(text, f"p{n}"))
    world.take(*given)


def grouping(world: World) -> Grouping:
    return Grouping(world.store, world.clock)


def run(group: Grouping) -> int:
    total = 0
    while done := group():
        total += done
    return total


def topics(world: World) -> dict[str, Counter[str]]:
    """What the Mentions of each grouped Issue are about."""
    found: dict[str, Counter[str]] = {}
    with world.store.read() as session:
        for mention, issue in session.exec(select(Mention, Issue).join(Issue, col(Issue.id) == col(Mention.issue_id))):
            about = next((t for t, texts in SAID.items() if any(text in mention.text for text in texts)), "?")
            found.setdefault(issue.name, Counter())[about] += 1
    return found


def test_what_no_rule_knows_becomes_issues_in_the_words_of_people(world: World) -> None:
    speak(world, 240)
    assert run(grouping(world)) == 240
    found = topics(world)
    assert found
    assert all(len(about) == 1 for about in found.values())
    issues = world.all(Issue)
    titles = " ".join(issue.title_en for issue in issues)
    assert all(word in titles for word in ("barrier", "elevator", "wifi", "银杏树"))
    mentions = world.all(Mention)
    assert all(m.because[-1].startswith("group ") and len(m.because) > 1 for m in mentions)
    buckets = {f.id: f.bucket for f in world.all(Feedback)}
    assert {buckets[m.feedback_id] for m in mentions} <= {"issue", "praise"}
    assert sum(d.mentions for d in world.all(IssueDay)) == len(mentions) == sum(i.mentions for i in issues)


def test_each_feedback_is_grouped_once_whoever_comes_next(world: World) -> None:
    speak(world, 200)
    run(grouping(world))
    speak(world, 60, first=200, seed=1)
    other = grouping(world)
    assert other() == 0  # the first may still be at work
    world.clock.move(timedelta(minutes=3))
    assert run(other) == 60
    assert run(other) == 0
    assert len(world.all(Grouped)) == 260
    assert all(len(about) == 1 for about in topics(world).values())


def test_what_another_moved_is_read_anew(world: World) -> None:
    speak(world, 160)
    one, other = grouping(world), grouping(world)
    run(one)
    world.clock.move(timedelta(minutes=3))
    speak(world, 20, first=160, seed=2)
    assert run(other) == 20
    speak(world, 20, first=180, seed=3)
    world.clock.move(timedelta(minutes=3))
    assert run(one) == 20
    assert len(world.all(Grouped)) == 200


@pytest.mark.parametrize(("later", "taken"), [({"seconds": 119}, 0), ({"minutes": 2}, 5), ({"hours": -3}, 5)])
def test_another_waits_for_who_groups_until_that_one_is_silent(
    world: World, later: dict[str, float], taken: int
) -> None:
    """And does not wait out a clock that was set back."""
    speak(world, 20)
    assert run(grouping(world)) == 20
    speak(world, 5, first=20, seed=2)
    world.clock.move(timedelta(**later))
    assert run(grouping(world)) == taken


def test_a_failed_round_is_done_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    speak(world, 20)
    group = grouping(world)
    run(group)
    speak(world, 30, first=20, seed=4)

    def fail(*_: object) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("vocbot.understand.group.settle", fail)
        with pytest.raises(RuntimeError):
            group()
    assert len(world.all(Grouped)) == 20
    assert run(group) == 30
    assert [g.feedback_id for g in world.all(Grouped)] == sorted(f.id or 0 for f in world.all(Feedback))
    assert len(group._ids) == len(group._known) == 50


def test_few_people_and_vague_words_are_no_issue(world: World) -> None:
    for n in range(4):
        world.say(f"{SAID['lift'][n % 3]} {n}", f"p{n}")
    for _ in range(10):
        world.say(SAID["wifi"][0], "one-person")
    run(grouping(world))
    assert world.all(Issue) == []


def test_copies_are_counted_once(world: World) -> None:
    post = "dear friends the guest wifi in the lobby of this house has been down for five days please share this widely"
    for n in range(30):
        world.say(post if n % 2 else post.replace("five", f"n{n}"), f"bot{n}")
    speak(world, 120, ("wifi", "lift"))
    run(grouping(world))
    grouped = world.all(Grouped)
    assert sum(g.copy_of is not None for g in grouped) >= 29
    counted = [m for m in world.all(Mention) if m.text.startswith("dear friends")]
    assert len(counted) <= 1
    if counted:
        with world.store.read() as session:
            listed = {one.issue.id: one.copies for one in issue_list(session)}
        assert listed[counted[0].issue_id] >= 29


def test_rules_come_first(world: World) -> None:
    world.complain(8)
    run(grouping(world))
    assert world.all(Grouped) == []
    assert figures(world.all(Issue), "rule_key") == [(f"shop/{COUPON}",)]
    assert said(COUPON)


def test_an_issue_that_a_review_empties_goes_where_most_of_it_went(world: World) -> None:
    speak(world, 240)
    run(grouping(world))
    merged = [i for i in world.all(Issue) if i.merged_into is not None]
    for issue in world.all(Issue):
        assert issue.mentions or issue in merged or issue.people == 0
    opened = [e for e in world.all(AuditEntry) if e.action == "opened"]
    assert len(opened) == len(world.all(Issue))


def test_what_a_person_sorted_stays_where_it_is(world: World) -> None:
    speak(world, 60)
    group = grouping(world)
    run(group)
    world.complain(1)
    with world.write() as session:
        shop = session.get_one(Issue, world.issue(COUPON).id)
        query = select(Feedback).where(Feedback.bucket == "undecided").limit(10)
        chosen = [f for f in session.exec(query) if sort_into(session, f, shop, "ann", world.clock.now())]
        kept = {f.id for f in chosen}
    before = {m.id for m in world.all(Mention)}
    with world.write() as session:
        moved = [Moved(ident or 0, 1, 2, None) for ident in kept]
        settle(session, moved, lambda text, number: [], {}, world.clock.now())
    assert kept <= {m.feedback_id for m in world.all(Mention) if m.issue_id == world.issue(COUPON).id}
    assert {f.bucket for f in world.all(Feedback) if f.id in kept} == {"issue"}
    assert {m.id for m in world.all(Mention)} == before  # nor is anything else touched


def test_no_review_moves_what_a_person_split_off(world: World) -> None:
    speak(world, 40)
    group = grouping(world)
    run(group)
    group._known[0] = -7
    assert group._grouper is not None
    assert group._grouper.groups()[0] != -7
    _, moved = group._decide([])
    assert moved == []
    assert group._known[0] == -7
