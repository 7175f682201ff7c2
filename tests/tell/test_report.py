"""The effect report: what it says in both languages, and that every target can show it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from tests.weeks import RELEASE, alarm, run, weekly
from tests.world import World, moment
from vocbot.sdk.render.adf import to_adf
from vocbot.sdk.render.html import to_html
from vocbot.sdk.render.markdown import to_markdown
from vocbot.sdk.render.slack import to_slack_blocks
from vocbot.sdk.render.wiki import to_wiki
from vocbot.store.audit import append
from vocbot.store.tables import Change, IssueDay, Verdict


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("after", [[6] * 8, [40] * 8, [95] * 8, [38, 30, 44, 36, 30, 41, 33, 37]])
def test_every_renderer_takes_the_report(world: World, language: str, after: list[int]) -> None:
    weekly(world, [40] * 8, after)
    run(world)
    documents = [d for d in world.documents("report") if d.language == language]
    assert documents
    for document in documents:
        title = document.title
        assert "VOC-1" in title and "CHANGE-1" in title
        assert str(to_adf(document)) and to_slack_blocks(document)
        for render in (to_html, to_markdown, to_wiki):
            shown = render(document)
            assert "VOC" in shown and "None" not in shown and "{" not in shown.replace("{quote}", "").replace("{*}", "")


def report(world: World, before: list[int], after: list[int], **about: Any) -> str:
    weekly(world, before, after)
    with world.write() as session:
        change = session.get_one(Change, 1)
        for name, value in about.items():
            setattr(change, name, value)
        session.add(change)
    run(world)
    return next(t for t, d in zip(world.texts("report"), world.documents("report"), strict=True) if d.language == "en")


def test_what_an_english_report_says(world: World) -> None:
    text = report(world, [40] * 8, [6] * 8)
    assert "Verdict: fixed: the change worked." in text
    assert "Released on 24 November (version 5.4.1)." in text
    assert "320 in 8 weeks (40.0 a week)" in text and "12 in 2 weeks (6.0 a week)" in text
    assert "Mentions avoided so far" in text and "Additional" not in text
    assert "Next look: 16 December." in text
    assert "An alarm made us look" not in text  # nobody was alarmed: it was registered by hand


def test_it_says_that_an_alarm_made_us_look(world: World) -> None:
    weekly(world, [40] * 8, [6] * 8)
    alarm(world, RELEASE - timedelta(days=40))
    run(world)
    assert "An alarm made us look" in world.texts("report")[1]


def test_more_mentions_than_before_are_no_avoided_ones(world: World) -> None:
    text = report(world, [40] * 8, [95] * 8)
    assert "worse than before" in text and "Additional mentions so far" in text and "avoided" not in text


@pytest.mark.parametrize(
    ("registered", "target", "says"),
    [
        ("2026-11-10T12:00+08:00", -0.6, "Registered before the release: down by 60 %"),
        ("2026-11-25T12:00+08:00", -0.6, "Registered after the release, so no proof"),
        ("2026-11-10T12:00+08:00", -0.1, "not what the audit log knows as registered"),
    ],
)
def test_a_hypothesis_counts_only_where_it_came_first(world: World, registered: str, target: float, says: str) -> None:
    """And where it still is what it was: a target that was eased later is found out."""
    digest = hashlib.sha256(b"VOC-1\ndown by 60 %\n-0.6").hexdigest()
    world.complain(1)
    with world.write() as session:
        detail = {"change": "CHANGE-1", "hypothesis_hash": digest}
        append(session, moment(registered), "Shen", "change registered", "VOC-1", **detail)
    text = report(
        world,
        [40] * 8,
        [6] * 8,
        hypothesis="down by 60 %",
        target=target,
        hypothesis_hash=digest,
        added_at=moment(registered),
    )
    assert says in text and digest[:10] in text and digest[:12] not in text


def test_it_tells_how_the_share_of_negative_mentions_moved(world: World) -> None:
    weekly(world, [40] * 8, [20] * 8)
    with world.write() as session:
        for row in world.all(IssueDay):
            session.merge(row).negative = row.mentions if row.day < RELEASE else row.mentions // 3
    run(world)
    shown = "Share of negative mentions: 100% before"
    assert all(
        shown in t for t, d in zip(world.texts("report"), world.documents("report"), strict=True) if d.language == "en"
    )
    (verdict, *_) = world.all(Verdict)
    assert verdict.numbers["negative"]["p_less"] > 0.99 and verdict.numbers["negative"]["high"] < -0.3
