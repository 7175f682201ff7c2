"""Every figure of an Issue with what it was counted from, as plain JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from vocbot.store.db import Store
from vocbot.store.issue_numbers import numbers
from vocbot.store.why import find_issue, why

TODAY = date(2026, 11, 3)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("VOC-42", True),
        ("voc-42", True),
        (" Voc-42 ", True),
        ("42", True),
        ("042", True),
        ("VOC-43", False),
        ("", False),
        ("VOC-", False),
        ("VOC--42", False),
        ("-42", False),
        ("4.2", False),
        ("²", False),
        ("BUG-42", False),
        ("9" * 5000, False),
        ("VOC-42; DROP TABLE issue", False),
    ],
)
def test_an_issue_is_found_by_what_people_call_it(store: Store, build: Any, name: str, found: bool) -> None:
    issue = build.issue(number=42)
    with store.read() as session:
        hit = find_issue(session, name)
    assert (hit.id if hit else None) == (issue.id if found else None)


def test_everything_behind_an_issue(store: Store, build: Any) -> None:
    issue, ann = build.issue(number=42, mentions=2, people=2), build.person()
    old = build.feedback(-30, ann, external_id="ticket:1")
    build.mention(issue, old, because=["shop/coupon#1", "rules shop v1"])
    new = build.feedback(0, None, external_id="ticket:2", channel="chat")
    build.mention(issue, new, text="first", because=["shop/coupon#1", "shop/coupon#2", "rules shop v1"])
    build.mention(issue, new, start=9, text="second", because=["shop/coupon#2", "rules shop v1"])
    build.said(issue, 1)  # tomorrow
    build.said(issue, 0, bucket="superseded")
    build.signal(issue, 0)
    build.signal(issue, -30, state="emerging", at_most=True)
    build.ticket(issue, key="DEMO-7", status="done", outcome="fixed")
    change = build.change(issue)
    build.verdict(change, 4, "effective")
    build.verdict(change, 2, "too early")
    with store.read() as session:
        told = why(session, issue, TODAY)
        week = numbers(session, issue.id, TODAY)
    assert json.loads(json.dumps(told)) == told
    assert (told["issue"], told["title"]) == ("VOC-42", {"zh": "标题", "en": "Title"})
    assert [(m["external_id"], m["text"]) for m in told["mentions"]] == [
        ("ticket:1", "words"),
        ("ticket:2", "first"),
        ("ticket:2", "second"),
    ]
    assert told["mentions"][0]["time"] == "2026-10-04T12:00:00+00:00"
    figures = told["numbers"]
    assert (figures["mentions"], figures["listed"], figures["people"]) == (2, 3, 2)
    assert figures["by_rule"] == {"shop/coupon#1": 2, "shop/coupon#2": 2}
    assert figures["last_7_days"] == {
        "first": "2026-10-28",
        "last": "2026-11-03",
        "mentions": 1,
        "before": 0,
        "people": 1,
        "at_most": True,
        "evidence": week.evidence,
    }
    assert [(s["state"], s["date"], s["at_most"]) for s in figures["signals"]] == [
        ("emerging", "2026-10-04", True),
        ("surging", "2026-11-03", False),
    ]
    assert figures["signals"][1]["expected"] == 0.123
    assert figures["tickets"] == [{"generation": 1, "key": "DEMO-7", "status": "done", "outcome": "fixed"}]
    assert [(v["change"], v["week"], v["verdict"], v["weeks"]) for v in figures["verdicts"]] == [
        ("CHANGE-1", 2, "too early", 2),
        ("CHANGE-1", 4, "effective", 4),
    ]
    assert (figures["verdicts"][0]["rate_ratio"], figures["verdicts"][0]["p_less"]) == (0.412, 0.9999)


def test_an_issue_that_nobody_spoke_of_yet(store: Store, build: Any) -> None:
    with store.read() as session:
        told = why(session, build.issue(), TODAY)
    assert told["mentions"] == []
    assert told["numbers"]["mentions"] == told["numbers"]["people"] == 0
