"""What customers said is kept once, in its latest revision, and without personal data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from vocbot.listen.conversations import keep_answers, note_conversations, open_conversations
from vocbot.listen.receive import Heard, Receiver
from vocbot.sdk import events
from vocbot.sdk.events import Author, Contact
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Answer, Conversation, Feedback, Person
from vocbot.text.safe import hide

SAID = datetime(2026, 11, 2, 20, 30, tzinfo=UTC)  # the next day already in China
ANN = Author("77", "Ann Example", (Contact("email", "ann@example.com"),))
Say = Callable[..., Feedback | None]


@pytest.fixture
def receiver(crypt: Crypt, clock: HandClock) -> Receiver:
    return Receiver(crypt, clock, ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def say(store: Store, receiver: Receiver) -> Say:
    """Receive one Feedback in a transaction of its own."""

    def received(text: str = "It does not work", source: str = "desk", **values: Any) -> Feedback | None:
        event = events.Feedback(**{"external_id": "t1", "text": text, "time": SAID, "channel": "email", **values})
        with store.write() as session:
            return next(iter(receiver.take(session, [Heard(source, event, 7)])), None)

    return received


def kept(store: Store) -> list[Feedback]:
    with store.read() as session:
        return list(session.exec(select(Feedback).order_by(col(Feedback.id))))


def status(store: Store, ref: str = "55") -> str | None:
    with store.read() as session:
        return session.exec(select(Conversation.status).where(Conversation.ref == ref)).first()


# --- feedback ------------------------------------------------------------------------------------------------


def test_a_feedback_with_everything(say: Say, store: Store, clock: HandClock) -> None:
    say("Der Gutschein geht nicht", author=ANN, score=1.0, public=True, conversation="55", attributes={"os": "iOS"})
    (row,) = kept(store)
    assert (row.source, row.external_id, row.revision, row.inbound_id) == ("desk", "t1", 0, 7)
    assert (row.text, row.channel, row.bucket) == ("Der Gutschein geht nicht", "email", "new")
    assert (row.time, row.day, row.created_at) == (SAID, date(2026, 11, 3), clock.now())
    assert (row.score, row.public, row.conversation, row.attributes) == (1.0, True, "55", {"os": "iOS"})
    assert row.person_id is not None


def test_a_feedback_with_next_to_nothing(say: Say, store: Store) -> None:
    say("")
    (row,) = kept(store)
    assert (row.text, row.language, row.person_id, row.conversation) == ("", "und", None, None)


@pytest.mark.parametrize("handle", ["", "  ", "\n"])
def test_who_has_no_handle_is_nobody(say: Say, store: Store, handle: str) -> None:
    say(author=Author(handle, "Somebody"))
    say(author=Author(handle), external_id="t2")
    assert [row.person_id for row in kept(store)] == [None, None]


def test_the_language_is_heard_and_kept_with_the_person(say: Say, store: Store) -> None:
    say("优惠券一直用不了，请尽快处理", author=ANN)
    say("👍", author=ANN, external_id="t2")
    assert [row.language for row in kept(store)] == ["zh", "und"]
    with store.read() as session:
        assert session.exec(select(Person.language)).one() == "zh"
    say("The coupon does not work at all", author=ANN, external_id="t3")
    with store.read() as session:
        assert session.exec(select(Person.language)).one() == "en"


def test_a_time_without_a_zone_is_refused(say: Say, store: Store) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        say(time=datetime(2026, 11, 3))
    assert kept(store) == []


def test_the_same_again_changes_nothing(say: Say, store: Store) -> None:
    assert say("first") is not None
    assert say("second") is None
    assert say("elsewhere", source="shop") is not None
    assert [row.text for row in kept(store)] == ["first", "elsewhere"]


def test_a_newer_revision_supersedes_and_an_older_is_ignored(say: Say, store: Store) -> None:
    assert say("one", revision=1) is not None
    assert say("three", revision=3) is not None
    assert say("two", revision=2) is None
    assert say("three again", revision=3) is None
    assert say("four", revision=4) is not None
    assert [(row.text, row.bucket) for row in kept(store)] == [
        ("one", "superseded"),
        ("three", "superseded"),
        ("four", "new"),
    ]


# --- answers and conversations -------------------------------------------------------------------------------


def test_an_agents_answer_is_kept_once_and_redacted(store: Store, receiver: Receiver) -> None:
    for text in ("Please call 13800138000", "changed"):
        with store.write() as session:
            keep_answers(session, [("desk", events.AgentAnswer("c1", "55", text, SAID))])
    with store.read() as session:
        (row,) = session.exec(select(Answer)).all()
    assert (row.text, row.language, row.conversation, row.time) == ("Please call [PHONE]", "en", "55", SAID)


@pytest.mark.parametrize(
    ("moves", "end"),
    [
        ([("open", 0), ("solved", 1), ("closed", 2)], "closed"),
        ([("closed", 2), ("solved", 1), ("open", 0)], "closed"),
        ([("solved", 1), ("open", 2), ("closed", 0)], "open"),
        ([("open", 1), ("solved", 1)], "solved"),
        ([("solved", 5)], "solved"),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_conversation_stands_where_the_latest_move_left_it(
    store: Store, moves: list[tuple[Any, int]], end: str, together: bool
) -> None:
    given = [("desk", events.ConversationChanged("55", state, SAID + timedelta(hours=hour))) for state, hour in moves]
    for part in [given] if together else [[one] for one in given]:
        with store.write() as session:
            note_conversations(session, part)
    assert status(store) == end


def test_words_open_a_conversation_once_and_do_not_reopen_it(store: Store) -> None:
    with store.write() as session:
        open_conversations(session, {("desk", "55"): SAID, ("desk", "56"): SAID})
    assert status(store) == "open"
    with store.write() as session:
        note_conversations(session, [("desk", events.ConversationChanged("55", "closed", SAID))])
        open_conversations(session, {("desk", "55"): SAID + timedelta(hours=1)})
    assert status(store) == "closed"
    with store.write() as session:
        note_conversations(session, [("shop", events.ConversationChanged("55", "solved", SAID))])
    assert status(store) == "closed"


def test_who_replied_is_recognised(store: Store, receiver: Receiver) -> None:
    def reply(author: Author | None) -> int | None:
        said = events.Feedback("c1", "Still broken", SAID, "email", author)
        with store.write() as session:
            found = receiver.reply_author(session, "desk", events.CustomerReply(said, "55"))
        return found.id if found else None

    assert reply(None) is None
    assert reply(Author(" ")) is None
    assert reply(ANN) == reply(Author("77"))


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "😀😀😀", "ｆｕｌｌ ｗｉｄｔｈ", "\u202ereversed", "x" * 100_000])
def test_odd_words_are_kept_on_both_databases(each_store: Store, receiver: Receiver, text: str) -> None:
    said = events.Feedback("t1", text, SAID, "email", attributes={"note": text})
    with each_store.write() as session:
        receiver.take(session, [Heard("desk", said, 1)])
        keep_answers(session, [("desk", events.AgentAnswer("c1", "55", text, SAID))])
    (row,) = kept(each_store)
    assert row.text == hide(text, None)


# --- personal data -------------------------------------------------------------------------------------------


def test_attributes_are_redacted_too(say: Say, store: Store) -> None:
    say(attributes={"version": "5.4.0", "note": "call 13800138000", "order": "DB20261103 0042"})
    assert kept(store)[0].attributes == {
        "version": "5.4.0",
        "note": "call [PHONE]",
        "order": "DB20261103 0042",
    }


def test_the_raw_text_is_nowhere_in_the_files(store: Store, receiver: Receiver, tmp_path: Path) -> None:
    said = events.Feedback(
        "t1",
        "Zacharias Example, 13800138000, zach@example.com: <b>the coupon</b> fails. 身份证11010519491231002X",
        SAID,
        "email",
        Author("handle-4711", "Zacharias Example", (Contact("email", "zach@example.com"),)),
        conversation="55",
        attributes={"contact": "zach@example.com"},
    )
    with store.write() as session:
        receiver.take(session, [Heard("desk", said, 1)])
        keep_answers(session, [("desk", events.AgentAnswer("c1", "55", "Dear 13900139000", SAID))])
    with store.main.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"the coupon fails" in files
    for secret in ("Zacharias", "13800138000", "zach@", "11010519491231002X", "4711", "13900139000", "<b>"):
        assert secret.encode() not in files, secret
