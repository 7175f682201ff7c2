"""Reading a mailbox page by page: nothing twice, nothing lost, nothing marked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from connectors.imap import poll_source
from connectors.imap.config import ImapSettings
from connectors.imap.poll_source import PAGE, ImapPoll
from connectors.imap.standin import SENT, ImapStandin
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable, Unparseable
from vocbot.sdk.events import AgentAnswer, Feedback, Ignored
from vocbot.sdk.ports import Context, PollSource, Waiting
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Fault
from vocbot.sdk.wire import Inbound

SAM = "sam@customer.example"


def calls(server: ImapStandin, *paths: str) -> list[str]:
    return [entry["path"] for entry in server.log() if not paths or entry["path"] in paths]


def test_it_is_a_source_that_can_wait(source: ImapPoll) -> None:
    assert isinstance(source, PollSource)
    assert isinstance(source, Waiting)


def test_pages_go_on_to_the_end_through_one_connection(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    for number in range(PAGE * 2 + 5):
        server.speak(f"mail {number}", "sam")
    records, cursor = drain(source)
    assert [len({r.event_id for r in records}), len(records)] == [PAGE * 2 + 5] * 2
    assert len(calls(server, "LOGIN")) == 1
    assert drain(source, cursor)[0] == []
    assert len(calls(server, "LOGIN")) == 2  # between rounds no connection is kept
    assert server.effects("seen") == []
    assert "SELECT" not in calls(server)


def test_the_last_mail_is_not_read_again_although_the_server_offers_it(
    server: ImapStandin, source: ImapPoll, drain: Any
) -> None:
    server.speak("first", "sam")
    _, cursor = drain(source)
    server.remove(1)
    server.speak("second", "sam")
    server.remove(2)
    server.put(b"From: a@b.example\r\n\r\nthird")
    records, cursor = drain(source, cursor)
    assert len(records) == 1
    before = len(calls(server, "FETCH"))
    assert drain(source, cursor)[0] == []
    assert len(calls(server, "FETCH")) == before


def test_mail_before_the_first_day_is_not_read(
    server: ImapStandin, settings: ImapSettings, context: Context, drain: Any
) -> None:
    now = context.clock.now()
    for days in (400, 31, 29, 1):
        server.put(
            f"From: {SAM}\r\nMessage-ID: <{days}@b.example>\r\n\r\nx".encode(), received=now - timedelta(days=days)
        )
    assert len(drain(ImapPoll(settings, context))[0]) == 2
    since = settings.model_copy(update={"since": now - timedelta(days=31, hours=1)})
    assert len(drain(ImapPoll(since, context))[0]) == 3
    # an hour after the mail of that day: the server only knows days
    since = settings.model_copy(update={"since": now - timedelta(days=29, hours=-1)})
    assert len(drain(ImapPoll(since, context))[0]) == 1


def test_days_of_a_server_in_another_zone(server: ImapStandin, source: ImapPoll, clock: HandClock, drain: Any) -> None:
    west = timezone(timedelta(hours=-11))
    since = clock.now() - timedelta(days=30)
    server.put(f"From: {SAM}\r\n\r\nx".encode(), received=(since + timedelta(minutes=9)).astimezone(west))
    assert len(drain(source)[0]) == 1


def test_the_first_day_stays_where_it_was(
    server: ImapStandin, source: ImapPoll, context: Context, clock: HandClock, drain: Any
) -> None:
    _, cursor = drain(source)
    clock.move(timedelta(days=60))
    server.put(f"From: {SAM}\r\n\r\nx".encode(), received=clock.now() - timedelta(days=50))
    assert len(drain(source, cursor)[0]) == 1


def test_what_people_sent_is_read_beside(server: ImapStandin, source: ImapPoll, drain: Any, means: Any) -> None:
    ident = server.write(SAM, "It stops.")
    server.write("help@standin.example", "We look at it.", folder=SENT, to=SAM, in_reply_to=ident)
    server.write("help@standin.example", "A letter of our own", folder=SENT, to=SAM)
    found = [means(source, record) for record in drain(source)[0]]
    assert [type(event) for event in found] == [Feedback, AgentAnswer, Ignored]
    assert found[0].conversation == found[1].conversation


def test_a_copy_in_another_folder_counts_once(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    raw = f"From: {SAM}\r\nMessage-ID: <1@customer.example>\r\n\r\nx".encode()
    server.put(raw)
    server.put(b"Delivered-To: other@standin.example\r\n" + raw)
    server.put(raw, SENT)
    assert len(drain(source)[0]) == 1


def test_new_numbers_are_read_again_under_the_old_names(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    for number in range(3):
        server.speak(f"mail {number}", "sam")
    first, cursor = drain(source)
    server.expire()
    server.speak("new", "sam")
    page = source.poll(cursor)
    assert len(page.records) == 4
    assert {r.event_id for r in first} < {r.event_id for r in page.records}
    assert page.gap == ""
    assert drain(source, page.cursor)[0] == []


def test_a_rebuilt_old_folder_is_not_read_from_the_beginning_and_that_is_said(
    server: ImapStandin, source: ImapPoll, clock: HandClock, drain: Any
) -> None:
    cursor = None
    for _ in range(4):
        server.speak("a mail", "sam")
        _, cursor = drain(source, cursor)
        clock.move(timedelta(days=20))
    server.expire()
    page = source.poll(cursor)
    assert len(page.records) == 2  # those of 0 and 20 days before the youngest
    assert "numbered anew" in page.gap
    assert source.poll(page.cursor).gap == ""


def test_folders_of_gaps_are_looked_through_in_windows(
    server: ImapStandin, source: ImapPoll, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll_source, "WINDOW", 10)
    monkeypatch.setattr(poll_source, "WINDOWS", 3)
    server.speak("first", "sam")
    server.boxes["INBOX"].next = 100
    server.speak("last", "sam")
    page = source.poll(None)
    assert (len(page.records), page.more) == (1, True)
    empty = source.poll(page.cursor)
    assert (empty.records, empty.more) == ((), True)
    assert json.loads(empty.cursor)["folders"]["INBOX"]["uid"] > 1
    assert len(drain(source, empty.cursor)[0]) == 1
    asked = [entry["body"] for entry in server.log() if entry["path"] == "SEARCH"]
    assert all(int(words[1].split(":")[1]) - int(words[1].split(":")[0]) < 10 for words in asked if "*" not in words[1])


def test_a_page_holds_no_more_bytes_than_it_may(
    server: ImapStandin, source: ImapPoll, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll_source, "PAGE_BYTES", 1000)
    for number in range(5):
        server.speak(f"{number}" * 400, "sam")
    page = source.poll(None)
    assert (len(page.records), page.more) == (1, True)
    assert len(drain(source, page.cursor)[0]) == 4


def test_large_mail_is_read_up_to_the_limit(
    server: ImapStandin, settings: ImapSettings, context: Context, means: Any
) -> None:
    source = ImapPoll(settings.model_copy(update={"size_limit": 16_384}), context)
    server.speak("long " * 10_000, "sam")
    [record] = source.poll(None).records
    assert len(record.body) < 17_000
    assert means(source, record).attributes["cut"] == "yes"
    asked = [entry["body"] for entry in server.log() if entry["path"] == "FETCH"]
    assert asked[-1][1] == "(BODY.PEEK[]<0.16384>)"


def test_a_mail_that_vanishes_while_it_is_read_blocks_nothing(
    server: ImapStandin, source: ImapPoll, drain: Any
) -> None:
    server.speak("goes", "sam")
    server.speak("stays", "sam")
    answer = server.answer

    def vanishing(call: Any) -> Any:
        if call.path == "FETCH" and b"BODY.PEEK[]" in call.json.arguments[1]:
            server.remove(1)
        return answer(call)

    server.answer = vanishing  # type: ignore[method-assign]
    records, cursor = drain(source)
    assert len(records) == 1
    assert drain(source, cursor)[0] == []


def test_mails_left_out_of_an_answer_are_asked_for_again(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    server.speak("words", "sam")
    for number in (1, 2):  # the list, then the mail itself
        server.faults.add(Fault("FETCH", "answer", 200, body=[]))
        with pytest.raises(Retryable, match="left out"):
            source.poll(None)
        del number
    server.faults.add(Fault("SEARCH", "answer", 200, body=[]))
    empty = source.poll(None)
    assert empty.records == ()
    assert len(drain(source, empty.cursor)[0]) == 1


def test_a_broken_mail_blocks_the_others_for_three_polls_only(
    server: ImapStandin, source: ImapPoll, drain: Any, means: Any
) -> None:
    for text in ("before", "broken", "after"):
        server.speak(text, "sam")
    server.damage(2)
    for _ in range(2):
        with pytest.raises(Retryable):
            source.poll(None)
    records, cursor = drain(source)
    assert len(records) == 3
    with pytest.raises(Unparseable):
        means(source, records[1])
    assert {means(source, records[n]).text for n in (0, 2)} == {"before", "after"}
    assert drain(source, cursor)[0] == []


def test_where_nothing_can_be_read_nothing_is_given_up(server: ImapStandin, source: ImapPoll) -> None:
    server.speak("words", "sam")
    server.damage(1)
    for _ in range(5):
        with pytest.raises(Retryable):
            source.poll(None)


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b"* 1 FETCH (BODY[] {99999999999}", b"* OK [UIDVALIDITY", b"* 1 FETCH (("]
)
@pytest.mark.parametrize("path", ["CAPABILITY", "EXAMINE", "SEARCH", "FETCH"])
def test_answers_that_are_no_imap_lose_nothing(
    server: ImapStandin, source: ImapPoll, drain: Any, path: str, body: bytes
) -> None:
    server.speak("words", "sam")
    server.faults.add(Fault(path, "answer", 200, body=body))
    with pytest.raises(Retryable):
        source.poll(None)
    server.faults.clear()
    assert len(drain(source)[0]) == 1


def test_a_connection_that_broke_between_pages_is_replaced(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    for number in range(PAGE + 1):
        server.speak(f"mail {number}", "sam")
    page = source.poll(None)
    server.cut()
    assert len(drain(source, page.cursor)[0]) == 1


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "{}}",
        "[]",
        '{"folders":{"INBOX":{"validity":1,"uid":-5,"since":"2026-11-03T00:00:00Z"}}}',
        '{"folders":{"INBOX":{"validity":1,"uid":5,"since":"2026-11-03T00:00:00"}}}',
        '{"folders":{"INBOX":{"validity":1,"uid":5,"since":"0001-01-01T00:00:00Z"}}}',
    ],
)
def test_strange_cursors_have_expired(source: ImapPoll, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        source.poll(cursor)


def test_a_refused_log_in_says_so_and_quotes_nothing(
    server: ImapStandin, settings: ImapSettings, context: Context
) -> None:
    wrong = ImapSettings.model_validate(server.settings() | {"password": "a-wrong-password"})
    with pytest.raises(Rejected) as caught:
        ImapPoll(wrong, context).poll(None)
    assert caught.value.status == 401
    assert str(caught.value) == "IMAP log-in: refused (AUTHENTICATIONFAILED)"


def test_newest_is_the_youngest_arrival(server: ImapStandin, source: ImapPoll, clock: HandClock) -> None:
    server.speak("words", "sam")
    server.put(f"From: {SAM}\r\n\r\nx".encode(), received=clock.now() - timedelta(hours=1))
    assert source.poll(None).newest == clock.now()
    server.put(f"From: {SAM}\r\n\r\nfrom the future".encode(), received=datetime(2099, 1, 1, tzinfo=UTC))
    assert source.poll(None).newest == clock.now()


def test_the_records_text_comes_without_a_call(server: ImapStandin, source: ImapPoll, clock: HandClock) -> None:
    server.speak("words", "sam")
    [record] = source.poll(None).records
    server.stop()
    [event] = source.parse(Inbound("poll", record.event_id, record.body, {}, clock.now()))
    assert isinstance(event, Feedback)
    assert event.text == "words"
