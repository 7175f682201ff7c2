"""An export holds everything that is kept about one person, in readable form, and nothing of others."""

from __future__ import annotations

import json

from tests.privacy.conftest import Desk
from tests.privacy.test_forget import act, document, pseudonym
from vocbot.privacy.export import export
from vocbot.sdk import events
from vocbot.store.tables import Feedback


def test_everything_of_one_person(each_desk: Desk) -> None:
    desk, world = each_desk, each_desk.world
    author = events.Author("h-1", "Zhang Wei", (events.Contact("email", "zw@example.com"),))
    text = "The coupon is not applied at the checkout, call 13800138000"
    desk.hear(world.feedback(text, author=author, conversation="talk-1", attributes={"version": "5.4.1"}))
    desk.hear(events.AgentAnswer("a1", "talk-1", "Please try again later.", world.clock.now()))
    desk.hear(body=b"\xff\xfe broken, of zw@example.com")
    desk.hear(world.feedback("The app crashes at start", "bob", conversation="talk-2"))
    desk.hear(events.AgentAnswer("a2", "talk-2", "Dear Bob.", world.clock.now()))
    kept = world.all(Feedback)[0].text
    act(world, "d", "digest", payload={"document": document(kept)})

    found = json.loads(json.dumps(export(world.store, world.crypt, desk.parsers, "ZW@example.com", world.clock.now())))
    assert found["person"] == pseudonym(world, "h-1")
    assert {(c["kind"], c["value"]) for c in found["contacts"]} == {("name", "Zhang Wei"), ("email", "zw@example.com")}
    assert [f["text"] for f in found["feedback"]] == [kept] and "[PHONE]" in kept
    assert [m["issue"] for m in found["mentions"]] == ["VOC-1"]
    assert [a["text"] for a in found["answers"]] == ["Please try again later."]
    assert [(c["ref"], c["status"]) for c in found["conversations"]] == [("talk-1", "open")]
    assert [a["key"] for a in found["acts_with_their_words"]] == ["d"]
    bodies = [record.get("body") or record["body_base64"] for record in found["raw_records"]]
    assert len(bodies) == 3 and "13800138000" in bodies[0] and "talk-1" in bodies[1]
    told = json.dumps(found)
    assert "bob" not in told.lower() and "crashes" not in told

    desk.forget(found["person"])
    after = export(world.store, world.crypt, desk.parsers, found["person"], world.clock.now())
    left = json.dumps(after, ensure_ascii=False)
    assert [s for s in ("Zhang", "zw@", "not applied at", "talk-1", "5.4.1") if s in left] == []
    assert after["raw_records"] == [] and [f["action"] for f in after["facts"]] == ["forgotten"]
