"""A yes counts once, for what was shown, from somebody whose role it is; everything else changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from tests.web.site import Browser, Site, text
from tests.world import COUPON, World, said
from vocbot.sdk import events
from vocbot.store import users
from vocbot.store.tables import Approval, Delivery, FaqDraft, Notice, SignIn

ANSWER = "Please reload the page, then choose the coupon again. It is taken off before you pay, and nothing is lost."


@pytest.fixture
def world(build: Callable[..., World]) -> World:
    return build(modes={"notice": "approve", "ticket": "approve", "faq": "approve"}, notices={"signed_by": None})


def drafted(world: World) -> FaqDraft:
    """A draft that waits for a yes."""
    world.burst(people=6)
    world.decide(f"ticket:{world.issue().name}:1")
    world.take(*(events.AgentAnswer(f"a{n}", f"talk-c{n}", ANSWER, world.clock.now()) for n in range(6)))
    world.ticket()
    return world.all(FaqDraft)[0]


def released(world: World) -> str:
    """A round of notices that waits; its token."""
    world.burst(people=6)
    world.decide(f"ticket:{world.issue().name}:1")
    world.ticket()
    world.finish(version="5.4.1")
    return f"notice:{world.changes()[0].name}"


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found
    return found[1]


def press(browser: Browser, token: str, answer: str = "approve", status: int = 200, **more: str) -> str:
    page = browser.get(f"/approvals/{token}")
    return browser.post(f"/approvals/{token}", status, **{"answer": answer, "seen": seen(page), **more})


def test_a_ticket_is_opened_by_a_named_person(site: Site) -> None:
    site.world.burst(people=6)
    token = f"ticket:{site.world.issue().name}:1"
    product = site.browser("product")
    assert "Open a ticket for" in product.get("/approvals") and "Open a ticket for" in product.get("/")
    shown = text(product.get(f"/approvals/{token}"))
    assert "Customer quotes" in shown and "Suggested priority" in shown
    press(product, token, reason="looks real")
    (approval,) = site.world.all(Approval)
    assert (approval.approved, approval.by_name, approval.reason) == (True, "the product", "looks real")
    assert approval.by.startswith("console:")
    assert site.world.deliveries("ticket")[0].state == "planned"
    assert "Nothing waits for your decision" in product.get("/approvals")
    assert "Approved by the product" in text(product.get(f"/approvals/{token}"))


def test_notices_show_the_real_text_and_go_out(site: Site) -> None:
    token = released(site.world)
    lead = site.browser("support_lead")
    page = lead.get(f"/approvals/{token}")
    document = site.world.documents("notice")[0]
    assert all(str(run.text) in text(page) for block in document.blocks for run in getattr(block, "runs", ()))
    assert "@example.com" not in page
    people = site.world.all(Notice)
    assert page.count("/people/P-") == len(people)
    press(lead, token)
    assert {d.state for d in site.world.deliveries("notice")} == {"planned"}


def test_a_no_takes_everything_back(site: Site) -> None:
    token = released(site.world)
    press(site.browser("admin"), token, "reject", reason="wrong wording")
    assert {d.state for d in site.world.deliveries("notice")} == {"cancelled"}
    assert site.world.all(Approval)[-1].reason == "wrong wording"


def test_two_who_decide_at_once(site: Site) -> None:
    token = released(site.world)
    one, other = site.browser("admin"), site.browser("support_lead")
    was = seen(one.get(f"/approvals/{token}"))
    press(other, token, "reject")
    late = text(one.post(f"/approvals/{token}", 409, answer="approve", seen=was))
    assert "Somebody was faster" in late and "Declined by the support_lead" in late
    assert {d.state for d in site.world.deliveries("notice")} == {"cancelled"}
    assert [a.by_name for a in site.world.all(Approval) if a.token == token] == ["the support_lead"]


def test_a_double_click_is_one_decision(site: Site) -> None:
    token = released(site.world)
    browser = site.browser("admin")
    form = {"csrf": browser.csrf(), "answer": "approve", "seen": seen(browser.get(f"/approvals/{token}"))}
    first, second = (browser.client.post(f"/approvals/{token}", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 409)
    assert len([a for a in site.world.all(Approval) if a.token == token]) == 1


def test_what_has_changed_meanwhile_is_shown_and_not_approved(site: Site) -> None:
    """A stale tab: somebody said stop, so one person fewer would be told."""
    token = released(site.world)
    browser = site.browser("admin")
    was = seen(browser.get(f"/approvals/{token}"))
    with site.world.write() as session:
        first = session.exec(select(Delivery).where(Delivery.approval == token)).first()
        assert first is not None
        first.state = "cancelled"
        session.add(first)
    page = text(browser.post(f"/approvals/{token}", 409, answer="approve", seen=was))
    assert "The text has changed" in page
    assert {d.state for d in site.world.deliveries("notice")} == {"cancelled", "awaiting"}
    assert browser.post(f"/approvals/{token}", 409, answer="approve") and not site.world.all(
        Approval, Approval.token == token
    )


def test_a_session_that_ends_in_the_middle_decides_nothing(site: Site) -> None:
    token = released(site.world)
    browser = site.browser("admin")
    form = {"csrf": browser.csrf(), "seen": seen(browser.get(f"/approvals/{token}")), "answer": "approve"}
    with site.world.write() as session:
        for row in session.exec(select(SignIn)):
            row.seen_at -= users.IDLE + timedelta(minutes=1)
            session.add(row)
    answer = browser.client.post(f"/approvals/{token}", data=form | {"back": f"/approvals/{token}"})
    assert answer.status_code == 401 and "nothing was done" in answer.text
    assert f'name="next" value="/approvals/{token}"' in answer.text
    assert not site.world.all(Approval, Approval.token == token)


@pytest.mark.parametrize("answer", ["", "maybe", "APPROVE"])
def test_no_answer_is_no_decision(site: Site, answer: str) -> None:
    token = released(site.world)
    browser = site.browser("admin")
    browser.post(f"/approvals/{token}", 400, answer=answer, seen=seen(browser.get(f"/approvals/{token}")))
    assert not site.world.all(Approval, Approval.token == token)


@pytest.mark.parametrize(
    "token", ["faq:99", "faq:x", "notice:CHANGE-9", "notice:", "ticket:VOC-9:1", "other:1", "faq:1:2"]
)
def test_nothing_waits_under_an_odd_name(site: Site, token: str) -> None:
    site.browser("admin").get(f"/approvals/{token}", 404)


# -- FAQ drafts


def test_a_draft_is_edited_and_the_old_question_answers_nothing(site: Site) -> None:
    draft = drafted(site.world)
    old = f"faq:{draft.id}"
    lead = site.browser("support_lead")
    page = lead.get(f"/approvals/{old}")
    assert draft.answer in text(page)
    words = {"question": "Where is my coupon?", "answer": "We refund the difference.", "steps": "Open it\n\n Choose "}
    lead.post(f"/approvals/{old}/edit", seen=seen(page), **words)
    draft = site.world.all(FaqDraft)[0]
    assert (draft.question, draft.steps, draft.revision) == ("Where is my coupon?", ["Open it", "Choose"], 1)
    assert draft.risk_words == ["refund"]
    assert "We refund the difference." in site.world.texts("faq")[0]
    assert site.world.deliveries("faq")[0].payload["title"] == "Where is my coupon?"
    assert not site.world.decide(old)  # a button that was pressed on the old text
    asked = [d.key for d in site.world.deliveries("ask") if "faq" in d.key]
    assert asked == [f"ask:{old}", f"ask:faq:{draft.id}:1"]
    press(lead, f"faq:{draft.id}:1")
    assert site.world.all(FaqDraft)[0].status == "approved"
    assert site.world.deliveries("faq")[0].state == "planned"


@pytest.mark.parametrize(
    "words",
    [
        {"question": "", "answer": "a", "steps": ""},
        {"question": "q", "answer": " ", "steps": ""},
        {"question": "q" * 201, "answer": "a", "steps": ""},
        {"question": "q", "answer": "a" * 2001, "steps": ""},
        {"question": "q", "answer": "a", "steps": "s\n" * 21},
        {"question": "q", "answer": "call Li Na at li.na@example.com or 13812345678", "steps": ""},
    ],
)
def test_what_cannot_be_published_is_not_saved(site: Site, words: dict[str, str]) -> None:
    draft = drafted(site.world)
    lead = site.browser("support_lead")
    page = lead.get(f"/approvals/faq:{draft.id}")
    assert "Not saved" in lead.post(f"/approvals/faq:{draft.id}/edit", 400, seen=seen(page), **words)
    assert (site.world.all(FaqDraft)[0].question, site.world.all(FaqDraft)[0].revision) == (draft.question, 0)


def test_an_edit_of_what_has_changed_is_not_saved(site: Site) -> None:
    draft = drafted(site.world)
    one, other = site.browser("support_lead"), site.browser("admin")
    page = one.get(f"/approvals/faq:{draft.id}")
    words = {"question": "q", "answer": "a", "steps": ""}
    other.post(f"/approvals/faq:{draft.id}/edit", seen=seen(page), **words)
    mine = {"csrf": one.csrf(), "seen": seen(page), **words, "answer": "mine, to be copied"}
    late = one.client.post(f"/approvals/faq:{draft.id}/edit", data=mine)
    assert late.status_code == 409 and "somebody decided or edited this meanwhile" in late.text
    assert "mine, to be copied" in late.text and f'href="/approvals/faq%3A{draft.id}%3A1"' in late.text
    assert "The text of now" not in one.get(f"/approvals/faq:{draft.id}")  # an old link leads to it
    assert site.world.all(FaqDraft)[0].revision == 1


def test_markup_in_a_draft_is_text(site: Site) -> None:
    draft = drafted(site.world)
    evil = "<script>alert(1)</script>"
    with site.world.write() as session:
        changed = session.merge(draft)
        changed.question = changed.answer = evil
        changed.steps = changed.variants = [evil, '"><img src=x>']
    page = site.browser("support_lead").get(f"/approvals/faq:{draft.id}")
    assert "<script" not in page and "<img" not in page and said(COUPON)[0]
