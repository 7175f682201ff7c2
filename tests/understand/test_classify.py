"""Every text ends in a bucket, every statement about an issue is a Mention that says why, every day is counted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.world import COUPON, CRASH, DARK, PRAISE, World, empty, figures, moment, said
from vocbot.data import heads, rule_paths
from vocbot.sdk import events
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.issue_list import issue_list
from vocbot.store.issue_numbers import numbers
from vocbot.store.tables import AuditEntry, Feedback, Issue, IssueDay, Mention, VolumeDay
from vocbot.store.why import listed_facts, why
from vocbot.understand.classify import Classifier
from vocbot.understand.meaning import understander
from vocbot.understand.rulepack import load_packs
from vocbot.understand.rules import Matcher

COUPON_TEXT, CRASH_TEXT, PRAISE_TEXT = said(COUPON)[0], said(CRASH)[0], said(PRAISE)[0]
NOTHING = "The parcel is for my sister."


@pytest.mark.parametrize(
    ("text", "bucket"),
    [
        (COUPON_TEXT, "issue"),
        (said(COUPON, "zh")[0], "issue"),
        (said(DARK)[0], "issue"),
        (PRAISE_TEXT, "praise"),
        (f"{PRAISE_TEXT}. {COUPON_TEXT}.", "issue"),
        (NOTHING, "undecided"),
        ("今天天气不错", "undecided"),
        ("7", "undecided"),
        ("🙂🙂👍🏽", "empty"),
        ("\x00\x00", "empty"),
        ("", "empty"),
        (" \n\t　", "empty"),
        ("!!! … ???", "empty"),
    ],
)
def test_every_text_ends_in_a_bucket_and_is_counted(world: World, text: str, bucket: str) -> None:
    world.say(text)
    assert [f.bucket for f in world.all(Feedback)] == [bucket]
    assert figures(world.all(VolumeDay), "day", "feedback") == [(world.today, 1)]
    assert bool(world.all(Mention)) == (bucket in ("issue", "praise"))


def test_a_mention_for_each_statement_and_issue_says_why(world: World) -> None:
    text = f"{COUPON_TEXT}. {CRASH_TEXT}! Also: {said(COUPON)[2]}, and {said(CRASH)[1]}."
    world.say(text)
    coupon, crash = world.issue(COUPON), world.issue(CRASH)
    found = world.all(Mention)
    assert [(m.issue_id, text.index(m.text)) for m in found] == [
        (coupon.id, 0),
        (crash.id, text.index(CRASH_TEXT)),
        (coupon.id, text.index("Also")),
        (crash.id, text.index("Also")),
    ]
    assert all(text[m.start : m.end] == m.text for m in found)
    assert found[0].because == ["shop/coupon-en", "rules shop v1"]
    assert found[1].because == ["shop/app-crash-en", "rules shop v1"]
    assert figures(found[:1], "stage", "aspect") == [(coupon.stage, coupon.area)]
    # one Feedback counts once, however often it says it
    assert figures(world.all(IssueDay), "mentions", "people") == [(1, 1), (1, 1)]


def test_rules_of_one_issue_that_hit_the_same_statement_make_one_mention(world: World) -> None:
    world.say(f"{COUPON_TEXT} {said(COUPON, 'zh')[1]}")
    assert [m.because for m in world.all(Mention)] == [["shop/coupon-zh", "shop/coupon-en", "rules shop v1"]]


def test_a_problem_is_negative_and_praise_is_not(world: World) -> None:
    world.say("Since the update your app won't open")
    world.say(PRAISE_TEXT)
    problem, praise = world.all(Mention)
    assert problem.polarity < 0 < praise.polarity
    assert [d.negative for d in world.all(IssueDay)] == [1, 0]


def test_an_issue_is_opened_once_and_its_sightings_widen(world: World) -> None:
    for day in ("2026-11-02", "2026-11-01", "2026-11-03"):
        world.say(COUPON_TEXT, time=moment(f"{day}T08:00+00:00"))
    issue = world.issue()
    assert (issue.name, issue.first_seen, issue.last_seen) == (
        "VOC-1",
        moment("2026-11-01T08:00+00:00"),
        moment("2026-11-03T08:00+00:00"),
    )
    assert [(e.action, e.subject) for e in world.all(AuditEntry)] == [("opened", "VOC-1")]
    world.say(CRASH_TEXT)
    assert world.issue(CRASH).name == "VOC-2"


def test_days_change_at_midnight_where_the_owner_is(world: World) -> None:
    for time in ("2026-11-02T23:59:59+08:00", "2026-11-03T00:01+08:00"):
        world.say(COUPON_TEXT, time=datetime.fromisoformat(time))
    # both are the second of November in Greenwich
    assert {f.time.astimezone(UTC).date() for f in world.all(Feedback)} == {date(2026, 11, 2)}
    two_days = [date(2026, 11, 2), date(2026, 11, 3)]
    assert [d.day for d in world.all(IssueDay)] == [d.day for d in world.all(VolumeDay)] == two_days
    assert [m.day for m in world.all(Mention)] == two_days


def test_a_revision_replaces_what_was_said_and_recounts_both_days(world: World) -> None:
    first = world.say(f"{COUPON_TEXT}. {CRASH_TEXT}.", time=moment("2026-11-01T12:00+00:00"))
    later = moment("2026-11-02T12:00+00:00")
    world.say(CRASH_TEXT, external_id=first.external_id, revision=1, time=later)
    assert figures(world.all(Feedback), "revision", "bucket") == [(0, "superseded"), (1, "issue")]
    counted = {(d.issue_id, d.day.day): d.mentions for d in world.all(IssueDay)}
    coupon, crash = world.issue(COUPON).id, world.issue(CRASH).id
    assert counted == {(coupon, 1): 0, (crash, 1): 0, (crash, 2): 1}
    assert [(d.day.day, d.feedback) for d in world.all(VolumeDay)] == [(1, 0), (2, 1)]


def test_what_is_known_already_or_older_changes_nothing(world: World) -> None:
    event = world.say(COUPON_TEXT, revision=3)
    world.take(event)
    world.say("something else", external_id=event.external_id, revision=2)
    assert [f.text for f in world.all(Feedback)] == [COUPON_TEXT]
    assert [d.mentions for d in world.all(IssueDay)] == [1]
    assert [v.feedback for v in world.all(VolumeDay)] == [1]


def test_without_an_author_each_feedback_counts_as_one_person_at_most(world: World) -> None:
    for who in (None, None, "ann", "ann"):
        world.say(COUPON_TEXT, who)
    assert figures(world.all(IssueDay), "mentions", "people") == [(4, 3)]
    with world.store.read() as session:
        week = numbers(session, world.issue().id or 0, world.today)
    assert (week.people, week.at_most) == (3, True)


KINDS = {"coupon": COUPON_TEXT, "crash": CRASH_TEXT, "praise": PRAISE_TEXT, "nothing": NOTHING, "empty": "🙂"}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),  # which feedback
            st.integers(0, 3),  # its revision
            st.sampled_from([*KINDS]),
            st.integers(0, 2),  # days ago
            st.sampled_from(["ann", "ben", None]),
        ),
        max_size=12,
    )
)
def test_counts_are_those_of_what_is_said_last(
    warm_store: Store, crypt: Crypt, given_events: list[tuple[int, int, str, int, str | None]]
) -> None:
    """Whatever comes in whatever order: the counts are those of the newest revisions alone."""
    empty(warm_store)
    world = World(warm_store, crypt, HandClock())
    newest: dict[int, tuple[int, str, int, str | None]] = {}
    for name, revision, kind, ago, who in given_events:
        time = world.clock.now() - timedelta(days=ago)
        event = events.Feedback(
            str(name), KINDS[kind], time, "chat", events.Author(who) if who else None, revision=revision
        )
        world.take(event)
        if name not in newest or revision > newest[name][0]:
            newest[name] = (revision, kind, ago, who)
    expected: dict[tuple[str, int], list[str]] = defaultdict(list)
    volume: dict[int, int] = defaultdict(int)
    for name, (_, kind, ago, who) in newest.items():
        volume[ago] += 1
        if kind in ("coupon", "crash", "praise"):
            expected[kind, ago].append(who or f"f{name}")
    keys = {f"shop/{COUPON}": "coupon", f"shop/{CRASH}": "crash", f"shop/{PRAISE}": "praise"}
    names = {issue.id: keys[issue.rule_key or ""] for issue in world.all(Issue)}
    counted = {
        (names[d.issue_id], (world.today - d.day).days): (d.mentions, d.people)
        for d in world.all(IssueDay)
        if d.mentions
    }
    assert counted == {key: (len(whos), len(set(whos))) for key, whos in expected.items()}
    in_all: dict[str, list[str]] = defaultdict(list)
    for (kind, _), whos in expected.items():
        in_all[kind] += whos
    assert {names[i.id]: (i.mentions, i.people) for i in world.all(Issue) if i.mentions} == {
        kind: (len(whos), len(set(whos))) for kind, whos in in_all.items()
    }
    assert {(world.today - v.day).days: v.feedback for v in world.all(VolumeDay) if v.feedback} == dict(volume)


def test_a_hand_off_says_between_which_steps_and_a_competitor_who(world: World) -> None:
    packs = load_packs(rule_paths(["journey"]))
    matcher = Matcher(packs)
    world.loop = replace(
        world.loop,
        classify=Classifier(matcher.issues, understander(matcher, heads({}), 0.6), world.clock, "journey v1"),
    )
    world.say("The ad said free gift, but the shop did not know about it")
    world.say("Enough, we switched to Acmeflow last week")
    fell, left = world.all(Issue)
    assert (fell.hand_off_from, fell.hand_off_to, left.hand_off_from) == ("awareness", "purchase", "")
    assert world.all(Mention)[1].because == ["journey/gone-en", "competitor=acmeflow", "rules journey v1"]
    with world.store.read() as session:
        facts = why(session, left, world.today)
        assert facts["numbers"]["named"] == {"competitor=acmeflow": 1}
        assert facts["numbers"]["by_rule"] == {"journey/gone-en": 1}
        assert why(session, fell, world.today)["hand_off"] == {"from": "awareness", "to": "purchase"}
        listed = {one.issue.name: listed_facts(one, "en")["hand_off"] for one in issue_list(session)}
    assert listed == {fell.name: ["awareness", "purchase"], left.name: None}
