"""Everything that goes to chat keeps Slack's limits, however long, in whatever script: by slack_sdk's own models, and
by the stand-in's list of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View
from sqlmodel import select

from connectors.slack import client, standin_blocks, standin_views, window
from tests.weeks import run, weekly
from tests.world import COUPON, CRASH, DARK, World, said
from vocbot.aftermath import Aftermath
from vocbot.deliveries.payload import load
from vocbot.sdk import events
from vocbot.sdk.document import Bullets, Button, Buttons, Document, Figures, Heading, Quote, Table, Text, paragraph
from vocbot.store.tables import Change, FaqDraft, Issue
from vocbot.wordings import form, wording

ANSWER = "Please reload the page, then choose the coupon again. It is taken off before you pay, and nothing is lost."
TO_CHAT = {"ask", "settle", "answer", "digest", "report", "alert"}
HARD = {
    "chinese": "优惠券显示可用但是付款的时候没有抵扣" * 60,
    "right-to-left": "הקופון לא עובד \u202e <!channel> " * 60,
    "markup": "<!here> & <@U0LEAD01> *b* `c` <https://e.example|x> " * 40,
    "one word": "x" * 3000,
    "joined": "👩\u200d👩\u200d👧a\u0301" * 300,
}
hard = pytest.mark.parametrize("text", HARD.values(), ids=HARD)


def problems(document: Document) -> list[str]:
    """What Slack would refuse of a message."""
    content = client._content(document)
    for block in content["blocks"]:
        parsed = Block.parse(json.loads(json.dumps(block)))
        assert parsed is not None
        parsed.to_dict()  # raises for it, and for all that is in it
    found = standin_blocks.problems(content["blocks"])
    found += [] if 1 <= len(content["text"]) <= 4000 else [f"text: {len(content['text'])} characters"]
    return found + ["text: markup"] * ("<" in content["text"])


def retitled(world: World, text: str) -> None:
    with world.write() as session:
        for issue in session.exec(select(Issue)):
            issue.title_zh = issue.title_en = text
            session.add(issue)


@hard
def test_what_the_loop_says(text: str, build: Callable[..., World]) -> None:
    world = build(
        modes={"notice": "approve", "ticket": "approve", "faq": "approve"},
        approvals={"connector": "slack", "target": "C-ask", "language": "zh"},
        company=text[:200],
    )
    world.loop = replace(world.loop, asker=replace(world.loop.asker, edits=True, console="https://voc.example"))
    world.settled = Aftermath(world.clock, world.loop.asker, world.loop.draft_faqs)
    world.complain(6, CRASH, first=100)
    world.complain(2, DARK, first=200)
    retitled(world, text)
    world.burst(people=6)
    retitled(world, text)
    world.take(*(world.feedback(f"{said(COUPON)[0]} {text}"[:4000], f"h{n}") for n in range(6)))
    name = world.issue().name
    world.decide(f"ticket:{name}:1", by=text[:80])
    world.take(*(events.AgentAnswer(f"a{n}", f"talk-c{n}", ANSWER, world.clock.now()) for n in range(6)))
    world.ticket()
    world.send("ask", "C1:1.1")
    (draft, *_) = world.all(FaqDraft)
    with world.write() as session:
        seen = wording(session, f"faq:{draft.id}")
        assert seen is not None
        values = {"question": text[:200], "answer": text[:2000], "steps": "\n".join([text[:450]] * 6)}
        world.loop.rewrite(session, seen.token, seen.seen, values, text[:80])
    with world.write() as session:
        session.add(
            Change(
                issue_id=world.issue().id,
                what_zh=text[:600],
                what_en=text[:600],
                added_by="x",
                added_at=world.clock.now(),
            )
        )
    world.finish(version="5.4.1")
    with world.write() as session:
        world.loop.begin(session)
    for n, question in enumerate(
        ("top", f"why {name}", name, f"search {text[:300]}", f"搜索 {text[:300]}", "search coupon")
    ):
        asked = events.Question(question, f"U{n}", "https://h.example/1", world.clock.now())
        world.take(asked, source="slack")
    world.take(
        events.Decision(f"faq:{draft.id}", True, "U1", text[:80], world.clock.now(), reply_to="https://h.example/2")
    )
    world.go(days=40)
    sent = [d for d in world.deliveries() if d.act in TO_CHAT]
    assert {d.act for d in sent} >= {"ask", "settle", "answer", "digest"}
    for delivery in sent:
        assert problems(load(delivery.payload["document"])) == [], delivery.key
    for token in (f"faq:{draft.id}:1", "notice:CHANGE-1"):
        with world.store.read() as session:
            found = wording(session, token)
            if found is not None:
                shown = window._view(form(found, "zh"))
                View(**shown).to_dict()
                assert standin_views.problems(shown) == []


@hard
def test_reports(text: str, world: World) -> None:
    weekly(world, [40] * 8, [6] * 8)
    retitled(world, text)
    with world.write() as session:
        change = session.get_one(Change, 1)
        change.what_zh = change.what_en = change.hypothesis = change.version = text
        session.add(change)
    run(world)
    documents = world.documents("report")
    assert documents and all(problems(document) == [] for document in documents)


@hard
@pytest.mark.parametrize("many", [1, 60])
def test_every_kind_of_block(text: str, many: int) -> None:
    blocks: Sequence[Any] = (
        Heading(text, 1),
        Heading(text, 3),
        paragraph(text, Text(text, bold=True)),
        Bullets(tuple((Text(text),) for _ in range(many))),
        Quote(text, text),
        Table((text[:200], text), ((text, text[:100]),) * many),
        Figures(((text, text),) * many),
        Buttons(tuple(Button(text, f"a{n}", "t" * 2000) for n in range(min(many, 30)))),
    )
    assert problems(Document("zh", text, tuple(blocks) * (many // 10 + 1))) == []
