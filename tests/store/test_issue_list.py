"""The list of Issues: most mentions first, and the latest thing that happened to each."""

from __future__ import annotations

from typing import Any

import pytest

from vocbot.store.db import Store
from vocbot.store.issue_list import Listed, issue_list
from vocbot.store.tables import Issue


def lines(store: Store) -> list[Listed]:
    with store.read() as session:
        return issue_list(session)


def test_most_mentions_first_then_by_number(store: Store, build: Any) -> None:
    heard = {30: (0, 0), 7: (1, 1), 9: (3, 2)}
    names = [build.issue(number=n, mentions=mentions, people=p).name for n, (mentions, p) in heard.items()]
    found = lines(store)
    assert [(one.issue.name, one.mentions, one.people) for one in found] == [
        ("VOC-9", 3, 2),
        ("VOC-7", 1, 1),
        ("VOC-30", 0, 0),
    ]
    assert sorted(one.issue.name for one in found) == sorted(names)


def test_a_merged_issue_is_not_listed(store: Store, build: Any) -> None:
    kept = build.issue()
    build.issue(merged_into=kept.id)
    assert [one.issue.id for one in lines(store)] == [kept.id]


@pytest.mark.parametrize(
    ("ticket", "state"),
    [
        (None, "signalled"),
        ({"status": "planned"}, "signalled"),
        ({"status": "open"}, "ticketed"),
        ({"status": "in_progress"}, "in progress"),
        ({"status": "deleted"}, "deleted"),
        ({"status": "done", "outcome": "fixed"}, "done"),
        ({"status": "done", "outcome": "wont_do"}, "declined"),
        ({"status": "done", "outcome": "duplicate"}, "declined"),
    ],
)
def test_the_state_is_the_latest_thing_that_happened(
    store: Store, build: Any, ticket: dict[str, str] | None, state: str
) -> None:
    issue = build.issue()
    signals = [build.signal(issue, 2), build.signal(issue, -3)]
    if ticket is not None:
        build.ticket(issue, **ticket)
    (one,) = lines(store)
    assert one.state == state
    assert [s.id for s in one.signals] == [signals[1].id, signals[0].id]
    assert (one.ticket is None) == (ticket is None)


def test_an_issue_without_an_alarm_is_new(store: Store, build: Any) -> None:
    build.issue()
    assert [(one.state, one.ticket, one.signals) for one in lines(store)] == [("new", None, ())]


def test_a_verdict_says_more_than_done(store: Store, build: Any) -> None:
    issue = build.issue()
    build.ticket(issue, status="done", outcome="fixed")
    change = build.change(issue)
    build.verdict(change, 4, "effective")
    build.verdict(change, 2, "too early")
    assert lines(store)[0].state == "effective"


def test_a_problem_that_came_back_is_an_alarm_again(store: Store, build: Any) -> None:
    """Whatever its last ticket came to: that was about the time before."""
    issue = build.issue()
    build.ticket(issue, status="done", outcome="fixed")
    build.verdict(build.change(issue), 4, "effective")
    with store.write() as session:
        back = session.get_one(Issue, issue.id)
        back.generation = 2
    build.signal(back, state="recurring")
    (one,) = lines(store)
    assert one.state == "signalled"
    build.ticket(back, status="open")
    (one,) = lines(store)
    assert (one.state, one.ticket and one.ticket.generation) == ("ticketed", 2)


def test_the_verdict_of_an_older_generation_is_not_that_of_the_new(store: Store, build: Any) -> None:
    issue = build.issue(generation=2)
    build.verdict(build.change(issue, generation=1), 4, "effective")
    build.ticket(issue, status="done", outcome="fixed")
    assert lines(store)[0].state == "done"
