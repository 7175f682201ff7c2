"""What a colleague gets who asks in chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.world import COUPON, CRASH, DARK, World, said
from vocbot.sdk import events
from vocbot.sdk.document import Document
from vocbot.store.search import index
from vocbot.store.tables import Approval


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
        f"2. VOC-2 · {world.issue(COUPON).title_en}: 2 in seven days, P3",
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


def test_why_says_the_window_of_each_number(world: World) -> None:
    world.complain(6)
    text = ask(world, "why VOC-1")
    assert "Seven days: 6 mentions by 6 people, 0 mentions in the seven days before" in text
    assert "2026-10-28 to 2026-11-03, Asia/Shanghai, evidence " in text
    assert "shop/coupon-en: " in text
    assert not any(mention in text for mention in said(COUPON))
    assert "最近七天：6 人提及 6 次" in ask(world, "为什么 VOC-1", "U2")
    assert "There is no VOC-9" in ask(world, "why VOC-9", "U3")


def test_search_finds_by_title_and_by_what_was_said(world: World) -> None:
    world.complain(3, COUPON)
    world.complain(2, COUPON, "zh", first=10)
    world.complain(1, CRASH, first=20)
    while index(world.store):
        pass
    assert "VOC-1 · " in ask(world, "search coupon") and "VOC-2" not in ask(world, "find coupon", "U2")
    assert "VOC-1 · " in ask(world, "搜索 优惠券", "U3") and "VOC-1" in ask(world, "搜索优惠券", "U4")
    assert "Nothing found for “zebra”" in ask(world, "search zebra", "U5")
    assert "Open issues" in ask(world, "search", "U6")  # nothing to look for


HOOK = "https://hooks.example/press"


def press(world: World, token: str, role: str | None, approved: bool = True, by: str = "U1") -> list[str]:
    """What whoever pressed is told."""
    before = len(world.deliveries("answer"))
    decision = events.Decision(token, approved, by, "Li Na", world.clock.now(), role=role, reply_to=HOOK)
    world.take(decision, source="slack")
    new = world.deliveries("answer")[before:]
    assert all((d.connector, d.target) == ("slack", HOOK) for d in new)
    return world.texts("answer")[before:]


@pytest.mark.parametrize(
    ("role", "decides"),
    [(None, True), ("admin", True), ("product", True), ("analyst", True), ("support_lead", False), ("agent", False)],
)
def test_a_button_decides_only_what_the_role_may(build: Callable[..., World], role: str | None, decides: bool) -> None:
    world = build(modes={"ticket": "approve"})
    world.burst(people=6)
    said_to = press(world, f"ticket:{world.issue().name}:1", role)
    assert world.deliveries("ticket")[0].state == ("planned" if decides else "awaiting")
    assert (said_to == []) == decides
    assert decides or "does not decide about this" in said_to[0]
    assert len(world.all(Approval)) == decides


def test_somebody_whom_nobody_named_decides_nothing(build: Callable[..., World]) -> None:
    world = build(modes={"ticket": "approve"})
    world.burst(people=6)
    (said_to,) = press(world, f"ticket:{world.issue().name}:1", "", by="U0EVIL")
    assert "only people whom vocbot's settings name" in said_to
    assert world.deliveries("ticket")[0].state == "awaiting" and world.all(Approval) == []


def test_a_second_press_is_told_who_was_first(build: Callable[..., World]) -> None:
    world = build(modes={"ticket": "approve"})
    world.burst(people=6)
    token = f"ticket:{world.issue().name}:1"
    assert press(world, token, None, approved=False) == []
    (late,) = press(world, token, None, by="U2")
    assert "Li Na has declined it already" in late
    (gone,) = press(world, "faq:9", None, by="U3")
    assert "nothing waits here any more" in gone
    assert world.deliveries("ticket")[0].state == "cancelled"


def test_a_question_links_to_its_page(build: Callable[..., World]) -> None:
    world = build(modes={"ticket": "approve"})
    world.loop = replace(world.loop, asker=replace(world.loop.asker, console="https://voc.example/"))
    world.burst(people=6)
    links = [
        run.url
        for block in world.documents("ask")[0].blocks
        for run in getattr(block, "runs", ())
        if hasattr(run, "url")
    ]
    assert links == [f"https://voc.example/approvals/ticket:{world.issue().name}:1"]
