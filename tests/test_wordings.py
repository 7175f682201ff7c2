"""A text that waits for a yes is written anew by one person at a time, on both databases."""

from __future__ import annotations

import json

import pytest

from tests.world import World
from vocbot.loop import Loop
from vocbot.sdk import events
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import AuditEntry, FaqDraft
from vocbot.text.wording import Unfit
from vocbot.wordings import Stale, form, now_under, subject_of, wording

ANSWER = "Please reload the page, then choose the coupon again. It is taken off before you pay, and nothing is lost."
MODES = {"ticket": "approve", "notice": "approve", "faq": "approve"}


@pytest.fixture
def world(each_store: Store, crypt: Crypt, clock: HandClock) -> World:
    """An FAQ draft and a round of notices that wait."""
    made = World(each_store, crypt, clock, {"modes": MODES, "notices": {"signed_by": None}})
    made.burst(people=6)
    made.complain(3, language="zh", first=60)
    made.decide(f"ticket:{made.issue().name}:1")
    made.take(*(events.AgentAnswer(f"a{n}", f"talk-c{n}", ANSWER, clock.now()) for n in range(6)))
    made.ticket()
    return made


def seen(world: World, token: str) -> str:
    with world.store.read() as session:
        found = wording(session, token)
    assert found is not None
    return found.seen


def rewrite(world: World, token: str, was: str, **values: str) -> str:
    loop: Loop = world.loop
    with world.store.write(lock="drain") as session:
        return loop.rewrite(session, token, was, values, "Li Na")


def test_a_draft(world: World) -> None:
    token = f"faq:{world.all(FaqDraft)[0].id}"
    was = seen(world, token)
    with pytest.raises(Unfit):
        rewrite(world, token, was, question="q", answer="")
    assert world.all(FaqDraft)[0].revision == 0, "nothing of it is kept"
    assert {d.key for d in world.deliveries("ask", "cancelled")} == set(), "nor is the question taken back"
    new = rewrite(
        world, token, was, question=" Where is\nmy coupon? ", answer="Reload \u202ethe page.", steps=" a \n\n b"
    )
    draft = world.all(FaqDraft)[0]
    assert (draft.question, draft.answer, draft.steps) == ("Where is my coupon?", "Reload the page.", ["a", "b"])
    assert new == f"{token}:1"
    for old, fingerprint in ((token, was), (new, was), ("faq:99", was), ("ticket:VOC-1:1", was)):
        with pytest.raises(Stale):
            rewrite(world, old, fingerprint, question="q", answer="a")
    with world.store.read() as session:
        found = now_under(session, token)
        assert found is not None and found.token == new and wording(session, token) is None
        assert found.says({"question": "Where is my coupon?", "answer": "Reload the page.", "steps": "a\nb"})
        assert not found.says({"question": "Where is my coupon?", "answer": "Reload the page."})
        shown = form(found, "zh")
        assert json.loads(shown.state) == {"token": new, "seen": found.seen}
        assert [field.name for field in shown.fields] == ["question", "answer", "steps"]
    assert [d.key for d in world.deliveries("ask", "planned") if "faq" in d.key] == [f"ask:{new}"]


def test_a_round(world: World) -> None:
    world.finish(version="5.4.1")
    token = "notice:CHANGE-1"
    before = [d.payload["document"] for d in world.deliveries("notice")]
    new = rewrite(world, token, seen(world, token), what_zh="优惠券又能用了。", check_en="Pick any coupon.")
    assert new == f"{token}:1" and world.changes()[0].what_zh == "优惠券又能用了。"
    texts = world.texts("notice")
    assert len(texts) == len(before) and {d.approval for d in world.deliveries("notice")} == {new}
    assert sum("优惠券又能用了。" in text for text in texts) == 3
    assert sum("To check: Pick any coupon." in text for text in texts) == len(texts) - 3
    assert {e.detail["revision"] for e in world.all(AuditEntry) if e.action == "notices edited"} == {1}
    (question,) = (d for d in world.deliveries("ask", "planned") if d.key == f"ask:{new}")
    assert f"{len(texts)} customers" in question.payload["document"]["title"] or str(len(texts)) in str(
        question.payload
    )
    with pytest.raises(Unfit):
        rewrite(world, new, seen(world, new), what_en="x" * 601)
    assert world.decide(new) and {d.state for d in world.deliveries("notice")} == {"planned"}
    with pytest.raises(Stale):
        rewrite(world, new, seen_after(world, new), what_en="too late")


def seen_after(world: World, token: str) -> str:
    with world.store.read() as session:
        assert wording(session, token) is None
    return ""


@pytest.mark.parametrize(
    "token", ["", "faq:", "faq:x", "faq:1234567890", "notice:1x", "notice:", "ticket:VOC-1:1", "x:1"]
)
def test_odd_tokens_are_about_nothing(world: World, token: str) -> None:
    with world.store.read() as session:
        assert subject_of(session, token) is None and wording(session, token) is None
