"""What the last gate lets through and what not, whatever act it is, whoever planned it."""

from __future__ import annotations

import ast
import random
from pathlib import Path
from typing import Any

import pytest

from tests.world import COUPON, World, build_fixture, said, warm_store_fixture, world_fixture  # noqa: F401
from vocbot import gate as module
from vocbot.deliveries.payload import dump
from vocbot.gate import Gate
from vocbot.handlers import Peers, acts
from vocbot.locale import SHOWN_HASH, say
from vocbot.sdk.document import Document, Quote, Table, bullets, paragraph
from vocbot.sdk.errors import Rejected
from vocbot.store.tables import Delivery, Issue
from vocbot.text.guard import leaks

POST = "My parcel with the blue lamp was left behind the bins in the rain again"
ZH_POST = "客服让我把快递单拍三遍还是说看不清楚真的服了"


@pytest.fixture
def posted(world: World) -> World:
    """Three people in private and one in public."""
    for who in ("ann", "ben", "carl"):
        world.say("The lamp came broken and nobody answers", who)
    world.say(POST, "dora", public=True)
    world.say(ZH_POST, "eve", public=True)
    return world


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "key", ["ticket.method", "answer.why_week", "verdict.hypothesis_before", "verdict.hypothesis_late"]
)
def test_a_hash_that_is_digits_alone_is_no_telephone_number(language: str, key: str) -> None:
    chance = random.Random(7)
    values: dict[str, Any] = dict.fromkeys(("mentions", "people", "before", "issue", "text", "rules"), "5")
    values |= {"first": "2026-09-10", "last": "2026-09-16", "zone": "Asia/Shanghai"}
    hashes = ["".join(chance.choices("0123456789", k=SHOWN_HASH)) for _ in range(500)]
    assert [h for h in hashes if leaks([say(language, key, **values, hash=h)])] == []
    assert leaks([say(language, key, **values, hash="02363411770c")]), "so long that it may be one"


def delivery(*blocks: Any, act: str = "report", **more: Any) -> Delivery:
    payload = {"document": dump(Document("en", "Lamps", blocks)), **more}
    return Delivery(id=1, key="k", act=act, connector="desk", target="T", payload=payload)


@pytest.mark.parametrize(
    "text",
    [
        "They say: with the blue lamp was left behind the bins",
        "WITH THE BLUE LAMP, WAS LEFT: behind the!",
        "有人说：让我把快递单拍三遍，不行",
    ],
)
@pytest.mark.parametrize("part", ["paragraph", "bullets", "table", "quote", "summary", "properties"])
def test_eight_in_a_row_of_a_public_post_do_not_leave(posted: World, text: str, part: str) -> None:
    blocks: dict[str, Any] = {
        "paragraph": paragraph(text),
        "bullets": bullets([text]),
        "table": Table(("said",), ((text,),)),
        "quote": Quote(text, behind=(1, 2, 3)),
    }
    told = delivery(blocks[part]) if part in blocks else delivery(**{part: {"deep": [text]}})
    with pytest.raises(Rejected, match="words of a public post") as refusal:
        Gate(posted.store).check(told)
    assert text not in str(refusal.value)


def test_seven_in_a_row_and_what_was_said_in_private_leave(posted: World) -> None:
    gate = Gate(posted.store)
    gate.check(delivery(paragraph("the blue lamp was left behind the")))
    gate.check(delivery(paragraph("单拍三遍还是说")))
    gate.check(delivery(Quote("The lamp came broken and nobody answers", behind=(1, 2, 3))))


def test_a_quotation_needs_three_people_by_what_the_store_holds(posted: World) -> None:
    posted.say("The lamp came broken and nobody answers", "ann")
    for behind in ((), (1, 2), (1, 1, 2), (1, 2, 6), (1, 2, 999)):
        with pytest.raises(Rejected, match="a quotation without 3 people behind it"):
            Gate(posted.store).check(delivery(paragraph("so:"), Quote("The lamp came broken", behind=behind)))
    Gate(posted.store).check(delivery(Quote("The lamp came broken", behind=(1, 2, 3))))


def test_a_title_that_a_rule_defines_is_the_companys_own(world: World) -> None:
    world.say("Coupon shown as available but full price charged, they all say", "ann", public=True)
    world.say(said(COUPON)[0], "ben")
    world.run()
    Gate(world.store).check(delivery(paragraph("VOC-1: Coupon shown as available but full price charged")))


def test_posts_about_its_issue_count_however_old(posted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_POSTS", 1)
    coupon = said(COUPON)[0] + " so I left for good with my whole family"
    posted.say(coupon, "fred", public=True)
    posted.say("Newest of all the public posts that anybody has ever written here", "gus", public=True)
    posted.run()
    told = delivery(paragraph("he left for good with my whole family he says: so I left for good with my whole family"))
    Gate(posted.store).check(told)
    told.subject = next(issue.name for issue in posted.all(Issue) if issue.rule_key == f"shop/{COUPON}")
    with pytest.raises(Rejected, match="public post"):
        Gate(posted.store).check(told)


def test_a_text_that_passed_is_not_compared_again_but_another_is(posted: World) -> None:
    gate = Gate(posted.store)
    gate.check(delivery(paragraph("fine")))
    assert len(gate._passed) == 1
    with pytest.raises(Rejected):
        gate.check(delivery(paragraph("fine " + POST)))
    assert len(gate._passed) == 1


def test_every_act_passes_the_gate(posted: World) -> None:
    handlers = acts(Peers({}), posted.store, posted.crypt, lambda _s, _d: None)
    for name, handler in handlers.items():
        with pytest.raises(Rejected, match="public post"):
            handler.send(delivery(paragraph(POST), act=name))


def test_no_other_module_opens_a_port_that_writes() -> None:
    """What opens one speaks to the outside, past the gate."""
    root = Path(module.__file__).parent
    opened = {
        (str(path.relative_to(root)), named.value)
        for path in root.rglob("*.py")
        if path.relative_to(root).parts[0] != "sdk"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("port", "ports")
        for named in node.args
        if isinstance(named, ast.Constant)
    }
    reading = {"poll_source", "webhook_source", "checkable"}
    others = {(path, port) for path, port in opened if path != "handlers.py" and port not in reading}
    # one reads how tickets stand, another asks what a channel can do; neither writes. A window shows whoever pressed a
    # button the texts of the question with it, which passed the gate; what is written there is looked at anew
    assert others == {("worker.py", "ticket_tracker"), ("cli/privacy.py", "channel"), ("web/windows.py", "window")}


def test_planned_tickets_and_digests_pass(world: World) -> None:
    world.burst()
    world.ticket()
    gate = Gate(world.store)
    planned = world.deliveries()
    assert any(block["kind"] == "Quote" for d in planned for block in d.payload.get("document", {}).get("blocks", ()))
    for each in planned:
        gate.check(each)
