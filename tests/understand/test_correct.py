"""What people correct stays corrected, is counted, is remembered, and can be taken back."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.understand.test_group import FILL, grouping, run, speak
from tests.world import COUPON, CRASH, World, figures, said
from vocbot.sdk.errors import VocbotError
from vocbot.store.tables import AuditEntry, Grouped, Issue, IssueChange, IssueDay, Mention
from vocbot.understand import correct


def counts(world: World) -> list[tuple[str, int, int]]:
    return sorted((i.name, i.mentions, i.people) for i in world.all(Issue))


def consistent(world: World) -> bool:
    """Whether totals and days say what the Mentions say."""
    mentions = world.all(Mention)
    days = world.all(IssueDay)
    return all(
        issue.mentions
        == len({m.feedback_id for m in mentions if m.issue_id == issue.id})
        == sum(d.mentions for d in days if d.issue_id == issue.id)
        for issue in world.all(Issue)
    )


def test_merging_moves_what_was_said_and_what_will_be(world: World) -> None:
    world.complain(3, COUPON)
    world.complain(2, CRASH, first=3)
    before = counts(world)
    with world.write() as session:
        one, other = session.get_one(Issue, world.issue(CRASH).id), session.get_one(Issue, world.issue(COUPON).id)
        correct.merge(session, one, other, "ann", world.clock.now())
        with pytest.raises(VocbotError, match="merged already, into VOC-1"):
            correct.merge(session, one, other, "ann", world.clock.now())
        with pytest.raises(VocbotError, match="into itself"):
            correct.merge(session, other, one, "ann", world.clock.now())
    assert figures(world.all(Issue), "mentions", "people") == [(5, 5), (0, 0)]
    world.say(f"{said(CRASH)[0]}, {said(COUPON)[0]}", "zoe")  # of both, in one statement: one Mention
    world.say(said(CRASH)[1], "yan")
    assert figures(world.all(Issue), "mentions") == [(7,), (0,)]
    assert consistent(world)
    with world.write() as session:
        assert correct.undo(session, session.get_one(Issue, world.issue(CRASH).id), "bo", world.clock.now()) == "merge"
    assert world.issue(CRASH).merged_into is None
    assert counts(world)[1] == before[1]
    assert consistent(world)
    assert [e.action for e in world.all(AuditEntry)][-2:] == ["merged", "merge undone"]


def test_a_part_is_split_off_gathers_its_like_and_goes_back(world: World) -> None:
    speak(world, 240, ("parking", "lift"))
    group = grouping(world)
    run(group)
    issue = max(world.all(Issue), key=lambda i: i.mentions)
    whole = [m for m in world.all(Mention) if m.issue_id == issue.id]
    word = Counter(w for m in whole for w in m.text.split() if w in FILL).most_common(1)[0][0]
    holding = [m for m in whole if word in m.text]
    with world.write() as session:
        part = correct.split(
            session, session.get_one(Issue, issue.id), word.upper(), "A part", "ann", world.clock.now()
        ).id
    assert sum(m.issue_id == part for m in world.all(Mention)) == len(holding)
    assert consistent(world)
    speak(world, 200, ("parking", "lift"), first=240, seed=5)
    run(group)
    kept = {m.id for m in world.all(Mention) if m.issue_id == part}
    assert {m.id for m in holding} <= kept  # no review takes back what a person has split off
    assert all(
        g.number == -(part or 0) for g in world.all(Grouped) if g.feedback_id in {m.feedback_id for m in holding}
    )
    assert consistent(world)
    with world.write() as session:
        assert correct.undo(session, session.get_one(Issue, issue.id), "ann", world.clock.now()) == "split"
    assert not [m for m in world.all(Mention) if m.issue_id == part]
    assert consistent(world)


def test_splitting_needs_a_part(world: World) -> None:
    world.complain(3)
    with world.write() as session:
        issue = session.get_one(Issue, world.issue(COUPON).id)
        for saying, wrong in (("zebra", "nothing that was said"), ("", "nothing that was said"), ("o", "all that was")):
            with pytest.raises(VocbotError, match=wrong):
                correct.split(session, issue, saying, "", "ann", world.clock.now())
        with pytest.raises(VocbotError, match="nothing about VOC-1"):
            correct.undo(session, issue, "ann", world.clock.now())


def test_a_chosen_priority_is_undone_step_by_step(world: World) -> None:
    world.complain(1, COUPON)
    with world.write() as session:
        issue = session.get_one(Issue, 1)
        correct.prioritise(session, issue, "P1", "now", "ann", world.clock.now())
        correct.prioritise(session, issue, "", "", "bo", world.clock.now())
        assert (issue.band, issue.band_by, issue.band_why) == ("", "", "")
        for left in (("P1", "ann", "now"), ("", "", "")):
            assert correct.undo(session, issue, "cy", world.clock.now()) == "priority"
            assert (issue.band, issue.band_by, issue.band_why) == left
        with pytest.raises(VocbotError, match="moved or given a priority"):
            correct.undo(session, issue, "cy", world.clock.now())
    told = [(e.actor, e.action, e.detail.get("band")) for e in world.all(AuditEntry)][-4:]
    assert told == [
        ("ann", "priority set", "P1"),
        ("bo", "priority set", "by the formula"),
        ("cy", "priority undone", None),
        ("cy", "priority undone", None),
    ]


def test_renaming_keeps_the_other_language_and_is_undone_step_by_step(world: World) -> None:
    world.complain(1)
    first = world.issue(COUPON)
    with world.write() as session:
        issue = session.get_one(Issue, first.id)
        correct.rename(session, issue, "", "Vouchers", "ann", world.clock.now())
        correct.rename(session, issue, "券", "", "ann", world.clock.now())
        assert (issue.title_zh, issue.title_en) == ("券", "Vouchers")
        correct.undo(session, issue, "bo", world.clock.now())
        assert (issue.title_zh, issue.title_en) == (first.title_zh, "Vouchers")
        correct.undo(session, issue, "bo", world.clock.now())
        assert (issue.title_zh, issue.title_en) == (first.title_zh, first.title_en)
    assert [c.undone_at is not None for c in world.all(IssueChange)] == [True, True]
