"""Who is told of a change: everybody known who spoke of it, once, by ways that are open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vocbot.store.db import Store
from vocbot.store.persons import standing, stands_for
from vocbot.store.reach import Complainer, Way, complainers
from vocbot.store.tables import Issue, Person

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)  # of the builder's day 0
EMAIL = Way("email")


def reached(store: Store, issue: Issue, since: int | None = None, until: int = 1) -> list[Complainer]:
    assert issue.id is not None
    begin = None if since is None else NOON + timedelta(days=since)
    with store.read() as session:
        return complainers(session, issue.id, begin, NOON + timedelta(days=until))


def test_everybody_once_with_their_latest_words_in_order(store: Store, build: Any) -> None:
    issue, ann, ben = build.issue(), build.person(), build.person()
    build.said(issue, -3, ann)
    build.said(issue, -2, ben)
    latest = build.said(issue, -1, ann)
    found = reached(store, issue)
    assert [(one.person.id, one.feedback.id) for one in found] == [(ben.id, 2), (ann.id, latest.id)]
    assert found[1].mention.feedback_id == latest.id


def test_only_those_of_the_issue_and_the_time(store: Store, build: Any) -> None:
    issue, other = build.issue(), build.issue()
    people = [build.person() for _ in range(5)]
    for day, person in zip((-9, -5, 0, 1), people, strict=False):
        build.said(issue, day, person)
    build.said(other, 0, people[4])
    build.said(issue, 0)  # nobody known
    build.said(issue, 0, people[4], bucket="superseded")

    def ids(**time: int | None) -> list[int | None]:
        return [one.person.id for one in reached(store, issue, **time)]  # type: ignore[arg-type]

    assert ids() == [1, 2, 3]
    assert ids(since=-5) == [2, 3]
    assert ids(since=-5, until=0) == [2]
    assert ids(since=-4, until=2) == [3, 4]


@pytest.mark.parametrize(
    ("status", "public", "has_address", "ways"),
    [
        ("open", False, True, ["conversation", "email"]),
        ("solved", False, False, ["conversation"]),
        (None, False, False, ["conversation"]),
        ("closed", False, True, ["email"]),
        ("closed", False, False, []),
        ("open", True, True, ["email"]),
        ("open", True, False, []),
    ],
)
def test_ways(store: Store, build: Any, status: str | None, public: bool, has_address: bool, ways: list[str]) -> None:
    issue, ann = build.issue(), build.person()
    build.said(issue, 0, ann, conversation="77", public=public)
    build.conversation("77", "open" if status == "closed" else "closed", source="another desk")
    if status is not None:
        build.conversation("77", status)
    build.address(ann, kind="email" if has_address else "phone")
    build.address(build.person())
    (one,) = reached(store, issue)
    assert [way.kind for way in one.ways] == ways
    if "conversation" in ways:
        assert one.ways[0] == Way("conversation", "desk", "77")


def test_who_asked_not_to_be_written_to_is_left_out(store: Store, build: Any) -> None:
    issue = build.issue()
    build.said(issue, 0, build.person(stopped_at=NOON))
    build.said(issue, 0, build.person())
    assert [one.person.id for one in reached(store, issue)] == [2]


def test_merged_people_are_one(store: Store, build: Any) -> None:
    issue, ann = build.issue(), build.person()
    ann_too = build.person(merged_into=ann.id)
    ann_again = build.person(merged_into=ann_too.id)
    build.said(issue, -2, ann_again)
    build.said(issue, -1, ann)
    build.address(ann_again)
    (one,) = reached(store, issue)
    assert (one.person.id, one.feedback.id, one.ways) == (ann.id, 2, (EMAIL,))


@pytest.mark.parametrize("who", [0, 1, 2])
def test_a_stop_counts_whoever_of_the_merged_said_it(store: Store, build: Any, who: int) -> None:
    issue, ann = build.issue(), build.person(stopped_at=NOON if who == 0 else None)
    ann_too = build.person(merged_into=ann.id, stopped_at=NOON if who == 1 else None)
    build.person(merged_into=ann_too.id, stopped_at=NOON if who == 2 else None)
    build.said(issue, 0, ann_too)
    assert reached(store, issue) == []


def test_who_stands_for_whom(store: Store, build: Any) -> None:
    ann, ben = build.person(), build.person()
    ann_too = build.person(merged_into=ann.id)
    ann_again = build.person(merged_into=ann_too.id)
    with store.read() as session:
        assert standing(session, session.get_one(Person, ann_again.id)).id == ann.id
        assert standing(session, session.get_one(Person, ben.id)).id == ben.id
        assert stands_for(session, ann.id) == [ann.id, ann_too.id, ann_again.id]
        assert stands_for(session, ann_too.id) == [ann_too.id, ann_again.id]
        assert stands_for(session, ben.id) == [ben.id]
