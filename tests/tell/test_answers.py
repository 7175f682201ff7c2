"""What a colleague gets who asks in chat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.world import COUPON, CRASH, DARK, World, said
from vocbot.sdk import events
from vocbot.sdk.document import Document


def ask(world: World, question: str, by: str = "U1") -> str:
    """The answer as text."""
    event = events.Question(question, by, "https://hooks.example/1", world.clock.now())
    world.take(event, source="slack")
    assert world.deliveries("answer")[-1].target == "https://hooks.example/1"
    return world.texts("answer")[-1]


def test_the_open_issues_by_priority(world: World) -> None:
    world.complain(6, CRASH)
    world.complain(2, COUPON, first=10)
    world.complain(1, DARK, first=20)
    text = ask(world, "which issues are open?")
    assert [line for line in text.splitlines() if line[:1].isdigit()] == [
        f"1. VOC-1 · {world.issue(CRASH).title_en}: 6 in seven days, P3",
        f"2. VOC-2 · {world.issue(COUPON).title_en}: 2 in seven days, P4",
    ]


def test_at_most_ten_and_only_those_of_the_last_week(world: World) -> None:
    old = world.clock.now() - timedelta(days=8)
    world.complain(3, CRASH, time=old)
    assert "No open issue was mentioned in the last seven days." in ask(world, "issues")
    problems = ["tracking-not-updated", "refund-slow", "double-charge", "payment-failed", "parcel-late", "wrong-item"]
    problems += ["item-missing", "size-runs-small", "quality-poor", "out-of-stock", "agent-rude", "app-slow"]
    for n, name in enumerate(problems):
        world.say(said(name)[0], f"p{n}")
    text = ask(world, "issues", by="U2")
    assert len([line for line in text.splitlines() if line[:1].isdigit()]) == 10


def test_what_is_done_is_not_open(world: World) -> None:
    world.burst()
    world.ticket()
    assert "VOC-1 · " in ask(world, "issues")
    world.finish()
    assert "VOC-1 · " not in ask(world, "issues", by="U2")


@pytest.mark.parametrize("question", ["VOC-1", "what about voc-1?", "VOC-1怎么样了", "看看VOC-1吧", "[VOC-1] Coupon"])
def test_what_happened_to_one(world: World, question: str) -> None:
    world.burst()
    world.ticket()
    text = ask(world, question)
    assert "VOC-1 · " in text.splitlines()[0]
    chinese = "怎么" in question or "看看" in question
    wanted = (
        ["首次出现", "警报：新出现", "已开工单：DEMO-1"]
        if chinese
        else ["first heard", "alarm: new", "ticket opened: DEMO-1"]
    )
    for fact in wanted:
        assert fact in text


@pytest.mark.parametrize(
    ("question", "says"), [("VOC-99", "There is no VOC-99."), ("VOC-99呢？", "没有 VOC-99 这个问题。")]
)
def test_an_issue_that_is_not_there(world: World, question: str, says: str) -> None:
    world.complain(1)
    assert ask(world, question).startswith(says)


@pytest.mark.parametrize("question", ["xVOC-1", "", "🙂", "VOC-", "VOC-" + "1" * 40, "hello"])
def test_anything_else_lists_the_issues(world: World, question: str) -> None:
    world.complain(2)
    assert "Open issues by suggested priority" in ask(world, question)


@pytest.mark.parametrize(
    ("configured", "question", "language"),
    [("en", "issues", "en"), ("zh", "issues", "zh"), ("en", "现在有哪些问题？", "zh"), ("zh", "VOC-1", "zh")],
)
def test_its_language(build: Callable[..., World], configured: str, question: str, language: str) -> None:
    world = build(approvals={"language": configured})
    world.complain(1)
    ask(world, question)
    document: Document = world.documents("answer")[0]
    assert document.language == language


def test_the_same_question_delivered_twice_is_answered_once(world: World) -> None:
    for _ in range(2):
        ask(world, "issues")
    assert len(world.deliveries("answer")) == 1
    world.go(seconds=1)
    ask(world, "issues")
    assert len(world.deliveries("answer")) == 2


def test_the_whole_story_of_an_issue(world: World) -> None:
    world.burst()
    world.ticket()
    world.finish(version="5.4.1")
    world.counted(1)
    world.go(days=60)
    text = ask(world, "VOC-1")
    facts = [line.split(": ", 1)[1] for line in text.splitlines() if line.startswith("- ")]
    assert facts[:6] == [
        "first heard",
        "alarm: new",
        "ticket to be opened",
        "ticket opened: DEMO-1",
        "ticket done: DEMO-1",
        "change registered: CHANGE-1",
    ]
    assert len(facts) <= 15
