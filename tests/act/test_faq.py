"""An FAQ draft from the best answer of an agent; published after a yes, out of date with the fix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.world import COUPON, World, figures, said
from vocbot.sdk import events
from vocbot.sdk.render.plain import to_plain
from vocbot.store.tables import Approval, AuditEntry, FaqDraft

GOOD = "Please do not order again. Tap Contact in My orders and send a picture of the checkout. The price is corrected."
ALIKE = "Please do not order again. Tap Contact in My orders, send a picture of the checkout, and wait for us."
MINE = "I have refunded your order and your parcel left our warehouse this morning, I will look after it myself."
OTHER = "The weather is bad in the north this week and all trucks are late, which we regret a lot indeed."
GOOD_ZH = "请先不要重新下单。在我的订单里点联系客服，发一张结算页截图。价格会改回来。"


def answer(world: World, conversation: int, text: str, solved: bool = True) -> None:
    """An agent's answer to the customer called c<conversation>."""
    ref, now = f"talk-c{conversation}", world.clock.now()
    world.take(events.AgentAnswer(f"a{next(world.ids)}", ref, text, now))
    if solved:
        world.take(events.ConversationChanged(ref, "solved", now))


def drafted(world: World) -> list[FaqDraft]:
    """The drafts after agents answered and somebody complained again."""
    world.complain(1, first=99)
    world.run()
    return world.all(FaqDraft)


@pytest.fixture
def ticketed(world: World) -> World:
    """A burst with its ticket open."""
    world.burst()
    world.ticket()
    return world


def test_the_best_answer_is_one_that_helped_and_that_colleagues_give(ticketed: World) -> None:
    answer(ticketed, 0, OTHER)
    answer(ticketed, 1, MINE)
    answer(ticketed, 2, ALIKE, solved=False)
    answer(ticketed, 3, "Hello Ann! Sorry for that. " + GOOD + " Your parcel left on Monday. Best regards")
    (draft,) = drafted(ticketed)
    assert draft.answer == "Please do not order again."
    assert draft.steps == ["Tap Contact in My orders and send a picture of the checkout.", "The price is corrected."]
    assert (draft.answers_seen, draft.answers_solved) == (3, 2)  # MINE says nothing to anybody else
    assert (draft.language, draft.generation, draft.status) == ("en", 1, "draft")
    assert draft.question == "Coupon shown as available but full price charged: what can I do?"
    assert len(draft.variants) == 3 and set(draft.variants) <= set(said(COUPON))


@pytest.mark.parametrize("solved", [True, False])
def test_of_two_alike_the_one_that_ended_the_conversation(ticketed: World, solved: bool) -> None:
    answer(ticketed, 0, GOOD, solved=solved)
    answer(ticketed, 1, ALIKE, solved=not solved)
    (draft,) = drafted(ticketed)
    assert ("The price is corrected." in draft.steps) == solved


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "Hi Ann. Use one coupon. I have sent 30 back. It takes three days. Then it works again.",
            ["Use one coupon.", "Then it works again."],
        ),
        ("Use one coupon only. It comes off at payment.", ["Use one coupon only.", "It comes off at payment."]),
        ("The 30 yuan come back to your card. Use one coupon for each order.", ["Use one coupon for each order."]),
        ("We send $5 to the card. Use one coupon for each order.", ["Use one coupon for each order."]),
        ("This works again since today. Use one coupon for each order.", ["Use one coupon for each order."]),
        ("Please do this:\nUse one coupon for each order.", ["Use one coupon for each order."]),
        (
            "您好。请这样做：\n一次只选一张优惠券。\n40 元会退回原支付方式。\n今天就能到账。\n付款前看一眼金额。",
            ["一次只选一张优惠券。", "付款前看一眼金额。"],
        ),
    ],
)
def test_what_was_true_for_one_customer_or_one_day_is_left_out(ticketed: World, text: str, kept: list[str]) -> None:
    ticketed.complain(2, language="zh", first=50)
    for n in (0, 1, 50, 51):
        answer(ticketed, n, text)
    (draft,) = drafted(ticketed)
    assert [draft.answer, *draft.steps] == kept


def test_answers_with_hidden_personal_data_are_not_used(ticketed: World) -> None:
    for n in range(3):
        answer(ticketed, n, GOOD + " Or call Mrs Miller on 13812345678.")
    assert drafted(ticketed) == []
    answer(ticketed, 3, GOOD)
    answer(ticketed, 4, ALIKE)
    (draft,) = drafted(ticketed)
    assert "1381" not in draft.answer + str(draft.steps)


def test_questions_with_hidden_personal_data_or_in_public_are_not_used(world: World) -> None:
    world.burst()
    with_number = f"{said(COUPON)[0]} call 13812345678"
    world.say(with_number, "x1", conversation="talk-x1")
    world.say("The discount code isn't working at checkout at all", "x2", public=True, conversation="talk-x2")
    world.ticket()
    answer(world, 0, GOOD)
    answer(world, 1, ALIKE)
    (draft,) = drafted(world)
    asked = draft.variants
    assert len(asked) >= 2
    assert not [q for q in asked if "[" in q or "at all" in q or q.startswith("but")]


@pytest.mark.parametrize(("min_answers", "given", "drafts"), [(2, 1, 0), (2, 2, 1), (1, 1, 1)])
def test_enough_answers(build: Callable[..., World], min_answers: int, given: int, drafts: int) -> None:
    world = build(faq={"min_answers": min_answers})
    world.burst()
    world.ticket()
    for n in range(given):
        answer(world, n, GOOD)
    assert len(drafted(world)) == drafts


def test_none_without_a_knowledge_base_or_before_there_is_a_ticket(build: Callable[..., World]) -> None:
    world = build(faq={"connector": None})
    world.burst()
    answer(world, 0, GOOD)
    answer(world, 1, GOOD)
    assert drafted(world) == []
    world = build()
    assert drafted(world) == []
    world.ticket()  # opening it drafts from what has been answered
    assert len(world.all(FaqDraft)) == 1


def test_one_for_each_language_and_never_twice(ticketed: World) -> None:
    ticketed.complain(3, language="zh", first=50)
    for n in range(2):
        answer(ticketed, n, GOOD)
        answer(ticketed, 50 + n, GOOD_ZH)
    drafted(ticketed)
    answer(ticketed, 3, ALIKE)
    assert figures(drafted(ticketed), "language", "generation") == [("zh", 1), ("en", 1)]
    assert [d.key for d in ticketed.deliveries("faq")] == ["faq:VOC-1:1:zh", "faq:VOC-1:1:en"]
    assert ticketed.all(FaqDraft)[0].question == "优惠券显示可用但不抵扣，怎么办？"
    assert set(ticketed.all(FaqDraft)[0].variants) <= set(said(COUPON, "zh"))


def test_what_its_approver_sees_and_what_customers_see(ticketed: World) -> None:
    answer(ticketed, 0, GOOD)
    answer(ticketed, 1, ALIKE)
    (draft,) = drafted(ticketed)
    (asked,) = ticketed.texts("ask")
    (entry,) = ticketed.texts("faq")
    for text in (asked, entry):
        assert draft.answer in text
    assert "Answers looked at: 2; conversations that ended with one: 2." in asked
    assert "VOC-1" in asked and draft.question in asked
    assert "VOC-1" not in entry and "Answers looked at" not in entry and "Also asked" not in entry
    assert draft.risk_words == [] and "Risk words" not in asked


def test_risk_words_are_named(ticketed: World) -> None:
    for n in range(2):
        answer(ticketed, n, "Please do not order again. The refund comes within three days, we guarantee that.")
    (draft,) = drafted(ticketed)
    assert draft.risk_words == ["guarantee", "refund"]
    assert "Risk words, please look twice: guarantee, refund" in ticketed.texts("ask")[0]


def with_draft(world: World) -> FaqDraft:
    world.burst()
    world.ticket()
    answer(world, 0, GOOD)
    answer(world, 1, ALIKE)
    return drafted(world)[0]


def test_it_is_published_only_after_a_yes(world: World) -> None:
    draft = with_draft(world)
    assert [d.state for d in world.deliveries("faq")] == ["awaiting"]
    world.send("faq")
    assert world.deliveries("publish") == []
    assert world.decide(f"faq:{draft.id}", by="Zhou Mei")
    assert figures(world.all(FaqDraft), "status", "approver") == [("approved", "Zhou Mei")]
    world.send("faq", "article")
    (publish,) = world.deliveries("publish")
    assert (publish.key, publish.target) == ("publish:VOC-1:1:en", world.all(FaqDraft)[0].article_ref)
    world.send("publish")
    assert world.all(FaqDraft)[0].status == "published"
    (entry,) = [e for e in world.all(AuditEntry) if e.action == "faq published"]
    assert entry.actor == "Zhou Mei"


def test_a_no_ends_it(world: World) -> None:
    draft = with_draft(world)
    world.decide(f"faq:{draft.id}", approved=False)
    assert [d.state for d in world.deliveries("faq")] == ["cancelled"]
    assert figures(drafted(world), "status", "approver") == [("rejected", "Li Na")]


def test_in_mode_auto_the_signer_of_the_rule_stands_for_it(build: Callable[..., World]) -> None:
    world = build(modes={"faq": "auto"})
    draft = with_draft(world)
    assert (draft.status, draft.approver) == ("approved", "Li Na")
    assert world.deliveries("ask") == [] and world.all(Approval) == []
    world.send("faq")
    world.send("publish")
    assert world.all(FaqDraft)[0].status == "published"


def test_in_mode_shadow_nothing_leaves(build: Callable[..., World]) -> None:
    world = build(modes={"faq": "shadow"})
    assert with_draft(world).status == "draft"
    assert [d.state for d in world.deliveries("faq")] == ["shadow"] and world.deliveries("ask") == []


@pytest.mark.parametrize("until", ["asked", "approved", "drafted", "published"])
def test_it_is_out_of_date_once_the_fix_is_released(world: World, until: str) -> None:
    draft = with_draft(world)
    steps: dict[str, Any] = {
        "asked": lambda: world.send("ask"),
        "approved": lambda: world.decide(f"faq:{draft.id}"),
        "drafted": lambda: world.send("faq"),
        "published": lambda: world.send("publish"),
    }
    for name, step in steps.items():
        step()
        if name == until:
            break
    world.finish()
    assert world.all(FaqDraft)[0].status == "stale"
    # nobody publishes it any more, and nobody has to decide
    assert {d.state for d in world.deliveries("faq")} <= {"cancelled", "sent"}
    assert {d.state for d in world.deliveries("publish")} <= {"cancelled", "sent"}
    settled = world.texts("settle")
    if until == "asked":
        assert settled[0].startswith("Nothing to decide any more: FAQ draft for VOC-1")
        assert not world.decide(f"faq:{draft.id}") or world.deliveries("faq")[0].state == "cancelled"
    world.go(days=30)
    assert len(world.all(FaqDraft)) == 1


def test_a_question_that_is_posted_while_the_fix_comes_out_is_taken_back_afterwards(world: World) -> None:
    with_draft(world)
    with world.write() as session:
        ask = world.deliveries("ask")[0]
        ask.state = "performing"
        session.add(ask)
    world.finish()
    assert world.deliveries("settle") == []
    with world.write() as session:
        ask.state, ask.due_at = "planned", world.clock.now() - timedelta(minutes=1)
        session.merge(ask)
    world.send("ask")
    assert "Nothing to decide any more" in world.texts("settle")[0]


def test_one_that_was_just_being_published_is_out_of_date_all_the_same(world: World) -> None:
    draft = with_draft(world)
    world.decide(f"faq:{draft.id}")
    world.send("faq")
    with world.write() as session:
        publish = world.deliveries("publish")[0]
        publish.state = "performing"
        session.add(publish)
    world.finish()
    world.end("publish:VOC-1:1:en", "sent", "")
    assert world.all(FaqDraft)[0].status == "stale"


def test_the_next_generation_gets_one_of_its_own(world: World) -> None:
    with_draft(world)
    world.finish()
    world.go(days=10)
    world.counted(9)
    for n in range(2):
        world.complain(9, first=200 + 10 * n)
        world.run()
        world.go(days=1)
    world.ticket()
    assert figures(world.all(FaqDraft), "generation", "status") == [(1, "stale"), (2, "draft")]


def test_chinese_reads_as_chinese(world: World) -> None:
    world.burst(language="zh")
    world.ticket()
    for n in range(2):
        answer(world, n, "您好，非常抱歉！" + GOOD_ZH + "您的订单我已经帮您改好了。祝您生活愉快！")
    world.complain(1, language="zh", first=99)
    world.run()
    (draft,) = world.all(FaqDraft)
    assert (draft.answer, draft.steps) == (
        "请先不要重新下单。",
        ["在我的订单里点联系客服，发一张结算页截图。", "价格会改回来。"],
    )
    assert "【步骤】" in to_plain(world.documents("faq")[0])
