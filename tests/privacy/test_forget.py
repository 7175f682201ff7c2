"""Who is forgotten is gone, in what is stored and in what others read, and every number stays what it was."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy import select as rows_of
from sqlmodel import Session, select

from tests.privacy.conftest import SOURCE, Desk
from tests.world import World
from vocbot.deliveries.payload import dump
from vocbot.gate import Gate
from vocbot.privacy import forget
from vocbot.privacy.edits import Sending
from vocbot.privacy.find import find_person
from vocbot.sdk import events
from vocbot.sdk.document import Document, Quote, paragraph
from vocbot.sdk.errors import VocbotError
from vocbot.store.audit import verify
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store, open_store
from vocbot.store.key import open_crypt
from vocbot.store.search import index, search
from vocbot.store.tables import (
    Answer,
    AuditEntry,
    Cursor,
    Delivery,
    Event,
    FaqDraft,
    Feedback,
    Identity,
    InboxTable,
    Issue,
    IssueDay,
    Mention,
    Person,
    Table,
    Unread,
    VaultEntry,
    VolumeDay,
)
from vocbot.text.guard import leaks

GONE = "(removed because its author asked)"


def everything(store: Store) -> str:
    """All that stands readable in any row."""
    found = []
    for engine, metadata in ((store.main, Table.metadata), (store.inbox, InboxTable.metadata)):
        with engine.connect() as connection:
            for table in metadata.sorted_tables:
                found += [
                    json.dumps([*map(str, row)], ensure_ascii=False) for row in connection.execute(rows_of(table))
                ]
    return "\n".join(found)


def pseudonym(world: World, who: str) -> str:
    with world.store.read() as session:
        hashed = world.crypt.blind("handle", SOURCE, who)
        identity = session.exec(select(Identity).where(Identity.handle_hash == hashed)).one()
        return session.get_one(Person, identity.person_id).pseudonym


def texts_of(world: World, name: str) -> list[str]:
    with world.store.read() as session:
        person = session.exec(select(Person).where(Person.pseudonym == name)).one()
        return list(session.exec(select(Feedback.text).where(Feedback.person_id == person.id)))


def quoted(world: World) -> tuple[str, str]:
    """Somebody whom the ticket quotes: their handle, and the quote."""
    (ticket,) = world.deliveries("ticket")
    quotes = [b["text"] for b in ticket.payload["document"]["blocks"] if b["kind"] == "Quote"]
    for n in range(6):
        for text in texts_of(world, pseudonym(world, f"c{n}")):
            if quotes[0].strip("…") in text:
                return f"c{n}", quotes[0]
    raise AssertionError("nobody is quoted")


def numbers(world: World) -> Any:
    return [
        [(row.issue_id, row.day, row.mentions, row.negative, row.people) for row in world.all(IssueDay)],
        [(row.day, row.feedback) for row in world.all(VolumeDay)],
        [(row.mentions, row.people) for row in world.all(Issue)],
    ]


def recounted(world: World) -> None:
    """Give up the made-up days of a quiet time: counts are those of rows only."""
    with world.write() as session:
        for row in [*session.exec(select(VolumeDay)), *session.exec(select(IssueDay))]:
            day = select(Feedback.id).where(Feedback.day == row.day)
            if session.exec(day).first() is None:
                session.delete(row)


def test_everything_of_a_person_is_gone_and_firststay(each_desk: Desk) -> None:
    desk, world = each_desk, each_desk.world
    desk.burst()
    world.ticket()
    recounted(world)
    who, quote = quoted(world)
    name = pseudonym(world, who)
    theirs, others = texts_of(world, name), [pseudonym(world, f"c{n}") for n in range(6) if f"c{n}" != who]
    before, mentions = numbers(world), len(world.all(Mention))
    assert quote in everything(world.store)

    done = desk.forget(f"{who.upper()}@Example.com ")

    left = everything(world.store)
    for text in (*theirs, quote):
        assert text not in left
    assert numbers(world) == before and len(world.all(Mention)) == mentions
    assert texts_of(world, name) == ["", ""]
    with world.store.read() as session:
        person = session.exec(select(Person).where(Person.pseudonym == name)).one()
        assert (person.stopped_at is not None, person.language) == (True, "und")
        for model in (Identity, VaultEntry):
            assert session.exec(select(model).where(model.person_id == person.id)).first() is None
        assert verify(session)[1] is None
        assert session.get(Cursor, f"forget {name}") is None
    assert all(all(texts_of(world, other)) for other in others)

    (update,) = world.deliveries("update", "planned")
    assert (update.target, update.connector) == (world.all(Delivery)[update.id - 1].target or update.target, "jira")
    before = len([b for b in world.deliveries("ticket")[0].payload["document"]["blocks"] if b["kind"] == "Quote"])
    shown = [b["text"] for b in update.payload["document"]["blocks"] if b["kind"] == "Quote"]
    assert (
        len(shown) == before == 2
        and quote not in shown
        and dump(paragraph(GONE)) in update.payload["document"]["blocks"]
    )
    Gate(world.store).check(update)
    assert update.payload["summary"] and leaks([GONE, "（应本人要求删除）"]) == []
    assert done.edited == {update.key: "planned"}
    assert done.removed["texts"][0] == 2 and done.removed["raw records"][0] == 2
    assert ("ticket", "jira", "older versions stay in the tracker's own history", 1) in done.unreached


def test_a_certificate_holds_no_personal_data_and_proves_what_went(each_desk: Desk) -> None:
    desk, world = each_desk, each_desk.world
    author = events.Author("handle-77", "Zhang Wei", (events.Contact("email", "zw@example.com"),))
    text = "The coupon is not applied at the checkout"
    desk.hear(world.feedback(text, conversation="talk-77", author=author, attributes={"version": "5.4.1"}))
    name = pseudonym(world, "handle-77")
    done = desk.forget(name)
    told = json.dumps(done.facts()) + done.text()
    for secret in ("handle-77", "Zhang", "zw@", "at the checkout", "talk-77", "5.4.1"):
        assert secret not in told and secret not in everything(world.store)
    assert done.removed["texts"] == (1, (world.crypt.blind("removed", "texts", text),))
    assert done.removed["names and contact details"][0] == 2
    assert {"raw records", "conversations", "attributes", "handles (keyed hashes)"} <= set(done.removed)
    assert ("what they wrote there", SOURCE, "it is kept by that system itself", 1) in done.unreached


def test_content_is_gone_from_the_files_too(desk: Desk, tmp_path: Path) -> None:
    for engine in (desk.world.store.main, desk.world.store.inbox):
        engine.dispose()  # some builds of SQLite overwrite by themselves
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA secure_delete=OFF"))
    desk.burst()
    index(desk.world.store)
    name = pseudonym(desk.world, "c3")
    words = [*texts_of(desk.world, name), "cherries", "kiwis"]
    files = ("vocbot.db", "vocbot.db-wal", "inbox.db", "inbox.db-wal")

    def found() -> list[str]:
        data = b"".join((tmp_path / f).read_bytes() for f in files if (tmp_path / f).exists())
        return [word for word in words if word.encode() in data]

    assert found() == words
    with desk.world.store.read() as session:
        assert [len(search(session, word)) for word in ("kiwis", "grapes")] == [1, 1]
    desk.forget(name)
    assert found() == []
    with desk.world.store.read() as session:
        assert [len(search(session, word)) for word in ("kiwis", "grapes", "figs", "apples")] == [0, 1, 1, 1]


def test_replies_answers_and_what_could_not_be_read_go_as_well(each_desk: Desk) -> None:
    desk, world = each_desk, each_desk.world
    now = world.clock.now()

    def reply(who: str, number: int) -> events.CustomerReply:
        return events.CustomerReply(world.feedback("stop", who, conversation=f"talk-{number}"), f"talk-{number}")

    others = [
        desk.hear(world.feedback("The coupon is not applied to me", "bob", conversation="talk-2")),
        desk.hear(events.AgentAnswer("a2", "talk-2", "Dear Bob, please try again later.", now)),
        desk.hear(body=b"{ broken, from bob@example.com"),
        desk.hear(reply("bob", 2)),
        desk.hear(events.CustomerEvent("e2", "saw ad", now, _author("bob", "bob@example.com"))),
    ]
    mine = [
        desk.hear(world.feedback("The coupon is not applied", "ann", conversation="talk-1")),
        desk.hear(events.AgentAnswer("a1", "talk-1", "Dear Ann, please try again later.", now)),
        desk.hear(events.ConversationChanged("talk-1", "solved", now)),
        desk.hear(reply("ann", 9)),
        desk.hear(events.CustomerEvent("e1", "saw ad", now, _author("ann3", "ann@example.com"))),
        desk.hear(body=b"{ broken, from ANN@example.com"),
        desk.hear(events.Unsupported("odd"), body=b'[{"is": "Unsupported", "type": "of ann@example.com"}]'),
        desk.hear(world.feedback("Me again, from another place", "ann2", author=_author("ann2", "ann@example.com"))),
        desk.hear(  # nobody has read it yet
            world.feedback("The coupon is not applied, still", "ann", conversation="talk-1"), read=False
        ),
    ]
    bodies = [desk.body(ident) for ident in others]
    done = desk.forget(pseudonym(world, "ann"))
    assert [desk.body(ident) for ident in mine] == [b""] * len(mine)
    assert [desk.body(ident) for ident in others] == bodies
    assert done.removed["raw records"][0] == len(mine)
    assert [row.external_id for row in world.all(Answer)] == ["a2"]
    assert [row.external_id for row in world.all(Event)] == ["e2"]
    assert [row.inbound_id for row in world.all(Unread)] == [others[2]]
    assert desk.drain.replay() == 0
    # what stands in the store is proof enough of the key, though the newest record may be empty
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEY", "dGhlIGtleSB0aGF0IGV2ZXJ5IHRlc3QgdXNlcyAhISE=")
        open_crypt(world.store, "env:KEY")


def _author(handle: str, email: str) -> events.Author:
    return events.Author(handle, contacts=(events.Contact("email", email),))


def test_merged_persons_go_together(desk: Desk) -> None:
    world = desk.world
    desk.hear(world.feedback("The coupon is not applied", author=_author("one", "one@example.com")))
    desk.hear(world.feedback("The app crashes at start", author=_author("two", "two@example.com")))
    name = pseudonym(world, "one")
    joined = events.Author("one", contacts=(events.Contact("email", "two@example.com"),))
    desk.hear(world.feedback("Dark mode, please", author=joined))
    done = desk.forget("two@example.com")
    assert done.person == name and len(done.merged) == 1
    assert world.all(VaultEntry) == [] and world.all(Identity) == []
    assert [row.text for row in world.all(Feedback)] == ["", "", ""]


def test_a_thread_with_others_stays_theirs(desk: Desk) -> None:
    world, now = desk.world, desk.world.clock.now()
    desk.hear(world.feedback("The coupon is not applied", "ann", conversation="thread"))
    desk.hear(world.feedback("Same here, no coupon", "bob", conversation="thread"))
    answer = desk.hear(events.AgentAnswer("a1", "thread", "Dear all, please try again later.", now))
    desk.forget(pseudonym(world, "ann"))
    assert desk.body(answer) != b"" and len(world.all(Answer)) == 1
    assert [row.conversation for row in world.all(Feedback)] == [None, "thread"]


# -- what others read


def document(*quotes: str) -> dict[str, Any]:
    return dump(Document("en", "Title", (paragraph("Numbers: 7"), *(Quote(q, "chat") for q in quotes))))  # type: ignore[no-any-return]


def act(world: World, key: str, kind: str, state: str = "sent", **more: Any) -> None:
    now = world.clock.now()
    given = {"connector": "slack", "target": "C-1", "due_at": now, "planned_at": now, "state": state, **more}
    if state == "sent":
        given.setdefault("receipt", {"status": "sent", "ref": f"ref-{key}", "key": None, "url": None})
    with world.write() as session:
        session.add(Delivery(key=key, act=kind, **given))


@pytest.fixture
def ann(desk: Desk) -> tuple[Desk, str, str]:
    """Ann has spoken: the desk, her pseudonym, her words."""
    text = "The coupon was not applied to my order"
    desk.hear(desk.world.feedback(text, "ann", conversation="talk-1"))
    return desk, pseudonym(desk.world, "ann"), text


def test_posts_are_edited_where_that_can_be_done(ann: tuple[Desk, str, str]) -> None:
    desk, name, text = ann
    world = desk.world
    act(world, "digest", "digest", payload={"document": document(text, "of somebody else")})
    act(world, "elsewhere", "digest", connector="feishu", payload={"document": document(text)})
    act(world, "comment", "comment", connector="jira", payload={"document": document(text[:20] + "…")})
    act(world, "other", "digest", payload={"document": document("not hers at all")})
    act(world, "answer", "answer", payload={"document": document(text)})
    done = desk.forget(name)
    (edit,) = world.deliveries("edit")
    assert (edit.key, edit.state, edit.target) == (f"forget {name}:digest", "planned", "C-1")
    assert edit.payload["ref"] == "ref-digest"
    first, gone, other = edit.payload["document"]["blocks"]
    assert (first, gone) == (dump(paragraph("Numbers: 7")), dump(paragraph(GONE)))
    assert other["text"] == "of somebody else"
    assert {(what, where) for what, where, why, _ in done.unreached if "edited from here" in why} == {
        ("digest", "feishu"),
        ("comment", "jira"),
        ("answer", "slack"),
    }
    assert text not in everything(world.store)
    assert world.deliveries()[3].payload["document"] == document("not hers at all")


def test_only_what_stands_there_now_is_edited(ann: tuple[Desk, str, str]) -> None:
    desk, name, text = ann
    world = desk.world
    receipt = {"status": "sent", "ref": "T-1", "key": "DEMO-1", "url": None}
    draft = {"issue": "VOC-1", "summary": "s", "priority": "P3", "labels": [], "properties": {}}
    act(world, "t", "ticket", connector="jira", receipt=receipt, payload={**draft, "document": document(text)})
    act(world, "u", "update", connector="jira", target="T-1", payload={**draft, "document": document("other")})
    ask = {"status": "sent", "ref": "C:1", "key": None, "url": None}
    act(world, "ask:x", "ask", receipt=ask, payload={"document": document(text)})
    act(world, "settle:x", "settle", payload={"ref": "C:1", "document": document(text)})
    done = desk.forget(name)
    assert set(done.edited) == {f"forget {name}:x"}
    assert world.deliveries("edit")[0].payload["ref"] == "C:1"
    assert text not in everything(world.store)


@pytest.mark.parametrize("state", ["shadow", "awaiting", "held", "planned", "queued"])
def test_what_has_not_left_leaves_without_the_words(ann: tuple[Desk, str, str], state: str) -> None:
    desk, name, text = ann
    act(desk.world, "d", "digest", state, payload={"document": document(text)})
    done = desk.forget(name)
    (delivery,) = desk.world.deliveries()
    assert delivery.state == ("planned" if state == "queued" else state)
    assert GONE in json.dumps(delivery.payload) and text not in json.dumps(delivery.payload)
    assert done.edited == {} and not [u for u in done.unreached if u[0] == "digest"]


def test_nothing_is_forgotten_while_the_words_are_being_sent(
    ann: tuple[Desk, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, name, text = ann
    monkeypatch.setattr(forget, "PATIENCE", 0.0)
    act(desk.world, "d", "digest", "performing", payload={"document": document(text)})
    with pytest.raises(Sending, match="d holds their words and is being sent"):
        desk.forget(name)
    assert texts_of(desk.world, name) == [text]
    with desk.world.write() as session:
        sent = session.exec(select(Delivery)).one()
        sent.state, sent.receipt = "sent", {"status": "sent", "ref": "C:9", "key": None, "url": None}
    done = desk.forget(name)
    assert desk.world.deliveries("edit")[0].payload["ref"] == "C:9"
    assert done.removed["raw records"][0] == 1


@pytest.mark.parametrize(("state", "after"), [("planned", "cancelled"), ("awaiting", "cancelled"), ("sent", "sent")])
def test_messages_to_the_person(ann: tuple[Desk, str, str], state: str, after: str) -> None:
    desk, name, _ = ann
    world = desk.world
    notice = {
        "notice": 1,
        "person": world.all(Person)[0].id,
        "routes": [{"connector": "zendesk", "conversation": "talk-1"}],
        "document": document("You told us: nothing"),
    }
    act(world, "n", "notice", state, connector="zendesk", payload=notice)
    done = desk.forget(name)
    (delivery,) = world.deliveries("notice")
    assert delivery.state == after
    assert "talk-1" not in everything(world.store) and "You told us" not in everything(world.store)
    assert delivery.receipt in ({}, {"status": "sent"})
    assert [u[0] for u in done.unreached].count("notice") == (state == "sent")


def test_questions_of_faq_drafts_go(desk: Desk) -> None:
    desk.burst()
    desk.world.ticket()
    now = desk.world.clock.now()
    for n in range(4):
        answer = "Please open the cart, remove the coupon and choose it again before you pay."
        desk.hear(events.AgentAnswer(f"a{n}", f"talk-c{n}", answer, now))
    desk.world.evaluate(desk.world.today)
    (draft,) = desk.world.all(FaqDraft)
    variant = draft.variants[0]
    who = next(
        f"c{n}" for n in range(6) if any(variant in t for t in texts_of(desk.world, pseudonym(desk.world, f"c{n}")))
    )
    done = desk.forget(pseudonym(desk.world, who))
    assert variant not in desk.world.all(FaqDraft)[0].variants
    assert variant not in everything(desk.world.store)
    assert done.removed["questions of FAQ drafts"][0] >= 1


# -- again, and after a kill


def test_asking_again_says_how_the_edits_stand(ann: tuple[Desk, str, str]) -> None:
    desk, name, text = ann
    act(desk.world, "d", "digest", payload={"document": document(text)})
    first = desk.forget(name)
    before = everything(desk.world.store)
    again = desk.forget(name, by="somebody else")
    assert again.facts() == first.facts()
    assert everything(desk.world.store) == before
    desk.world.send("edit")
    assert desk.forget(name).edited == {f"forget {name}:d": "sent"}
    with pytest.raises(VocbotError, match="nobody here is known by that"):
        desk.forget("ann@example.com")
    desk.hear(desk.world.feedback("I am back", "ann"))  # somebody new, as far as vocbot knows
    assert pseudonym(desk.world, "ann") != name


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    "where", ["clean_acts", "_remove_rows", "erase_slack", "count_volumes", "append", "hide_deleted"]
)
def test_a_kill_at_any_moment_loses_nothing(
    ann: tuple[Desk, str, str], where: str, crypt: Crypt, desk_on: Callable[..., Desk], sqlite_url: str
) -> None:
    desk, name, text = ann
    desk.hear(events.CustomerReply(desk.world.feedback("stop", "ann", conversation="talk-1"), "talk-1"))
    act(desk.world, "d", "digest", payload={"document": document(text)})
    child = os.fork()
    if not child:
        try:
            setattr(forget, where, die)
            desk_on(open_store(sqlite_url)).forget(name)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    done = desk.forget(name)
    assert text not in everything(desk.world.store)
    assert (done.removed["raw records"][0], done.removed["texts"][0]) == (2, 2)
    assert list(done.edited) == [f"forget {name}:d"] and len(desk.world.deliveries("edit")) == 1
    assert len(desk.world.all(AuditEntry, AuditEntry.action == "forgotten")) == 1
    with Session(desk.world.store.inbox) as inbox:
        assert {row.body for row in inbox.exec(select(forget.Inbound))} == {b""}


def test_who_is_meant(desk: Desk) -> None:
    world = desk.world
    both = (events.Contact("email", "x@example.com"), events.Contact("phone", "+49 (170) 123-45 67"))
    desk.hear(world.feedback("The coupon is not applied", author=events.Author("h-1", "Ann", both)))
    desk.hear(world.feedback("The app crashes", author=_author("h-2", "y@example.com")))
    name = pseudonym(world, "h-1")
    with world.store.read() as session:
        for said_ in (name, name.lower(), "X@example.com\n", "+49 (170) 123-45 67", "491701234567", "h-1"):
            assert find_person(session, world.crypt, said_).pseudonym == name
        for wrong in ("Ann", "z@example.com", "P-ZZZZZZZZ", "", "1234567", "0000000"):
            with pytest.raises(VocbotError) as caught:
                find_person(session, world.crypt, wrong)
            assert not wrong or wrong.startswith("P-") or wrong not in str(caught.value)
        session.add(VaultEntry(person_id=2, kind="phone", value_hash="h", value=world.crypt.seal(b"0049 1701234567")))
        session.add(Identity(person_id=2, source="other", handle_hash=world.crypt.blind("handle", "other", "h-1")))
        session.flush()
        with pytest.raises(VocbotError, match="several people"):
            find_person(session, world.crypt, "h-1")
        session.rollback()


def test_digests_after_it_do_without(desk: Desk) -> None:
    """Texts that are empty are no trouble to what reads texts."""
    desk.burst()
    world = desk.world
    desk.forget(pseudonym(world, "c0"))
    with world.write() as session:
        world.loop.begin(session)
    world.go(days=8)
    assert world.deliveries("digest")
    assert "apples" not in everything(world.store)
