"""The numbers of an Issue: each Feedback once, its windows to the day, and people at most."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from vocbot.store.db import Store
from vocbot.store.issue_numbers import Numbers, latest, numbers, spoken
from vocbot.store.tables import Issue

TODAY = date(2026, 11, 3)


def count(store: Store, issue: Issue, **window: Any) -> Numbers:
    assert issue.id is not None
    with store.read() as session:
        return numbers(session, issue.id, window.pop("last", TODAY), **window)


def test_an_issue_nobody_spoke_of(store: Store, build: Any) -> None:
    found = count(store, build.issue())
    assert (found.mentions, found.previous, found.people, found.days, found.negative) == (0, 0, 0, 0, 0.0)
    assert (found.first, found.last, found.at_most) == (date(2026, 10, 28), TODAY, False)
    assert (found.sources, found.languages) == ((), ())


def test_the_window_begins_and_ends_with_its_days(store: Store, build: Any) -> None:
    issue = build.issue()
    for day in (1, 0, -6, -7, -13, -14):
        build.said(issue, day)
    assert (count(store, issue).mentions, count(store, issue).previous) == (2, 2)
    one_day = count(store, issue, days=1)
    assert (one_day.mentions, one_day.previous, one_day.first) == (1, 0, TODAY)
    assert count(store, issue, days=30).mentions == 5
    assert count(store, issue, last=TODAY + timedelta(days=1)).mentions == 2


def test_a_feedback_counts_once_however_often_it_mentions_the_issue(store: Store, build: Any) -> None:
    issue, ann = build.issue(), build.person()
    feedback = build.feedback(0, ann)
    for start, polarity in ((0, 0.5), (10, -0.5), (20, 0.0)):
        build.mention(issue, feedback, start=start, polarity=polarity)
    build.mention(issue, build.feedback(-1, ann), polarity=0.3)
    found = count(store, issue)
    assert (found.mentions, found.people, found.days) == (2, 1, 2)
    assert found.negative == 0.5  # one of two Feedbacks says something bad of it


def test_people_without_a_name_count_once_each_and_are_marked(store: Store, build: Any) -> None:
    issue, ann = build.issue(), build.person()
    build.said(issue, 0, ann)
    build.said(issue, -1, ann)
    assert (count(store, issue).people, count(store, issue).at_most) == (1, False)
    build.said(issue, 0)
    build.said(issue, 0)
    assert (count(store, issue).people, count(store, issue).at_most) == (3, True)


def test_another_issue_and_an_older_revision_do_not_count(store: Store, build: Any) -> None:
    issue, other = build.issue(), build.issue()
    build.said(other)
    build.said(issue, bucket="superseded")
    build.said(issue)
    assert count(store, issue).mentions == 1


def test_channels_and_languages_most_first(store: Store, build: Any) -> None:
    issue = build.issue()
    for channel, language in (("email", "zh"), ("chat", "en"), ("chat", "zh"), ("chat", "zh")):
        build.said(issue, channel=channel, language=language)
    assert count(store, issue).sources == (("chat", 3), ("email", 1))
    assert count(store, issue).languages == (("zh", 3), ("en", 1))


def test_the_evidence_names_the_mentions_counted(store: Store, build: Any) -> None:
    issue = build.issue()
    build.said(issue, -20)
    before = count(store, issue).evidence
    build.said(issue)
    after = count(store, issue).evidence
    assert before != after
    assert after == count(store, issue).evidence
    assert len(after) == 10


@pytest.mark.parametrize(("first", "days"), [(-30, [-9, -2, 0]), (-2, [-2, 0]), (0, [0]), (1, [])])
def test_spoken_is_in_the_order_of_time(store: Store, build: Any, first: int, days: list[int]) -> None:
    issue = build.issue()
    said = {day: build.said(issue, day).id for day in (0, -9, -2, 3)}
    with store.read() as session:
        found = [s.feedback.id for s in spoken(session, issue.id, TODAY + timedelta(days=first), TODAY)]
    assert found == [said[day] for day in days]


@pytest.mark.parametrize(("most", "days"), [(1, [0]), (2, [-2, 0]), (9, [-9, -2, 0])])
def test_the_latest_are_in_the_order_of_time_too(store: Store, build: Any, most: int, days: list[int]) -> None:
    issue = build.issue()
    said = {day: build.said(issue, day).id for day in (0, -9, -2, 3)}
    build.said(issue, 0, bucket="superseded")
    with store.read() as session:
        found = [s.feedback.id for s in latest(session, issue.id, TODAY, most)]
    assert found == [said[day] for day in days]
