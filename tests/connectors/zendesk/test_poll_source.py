"""Paging, names of records, and what the poll makes of refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.zendesk.standin import ZendeskStandin
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable
from vocbot.sdk.events import Author, Contact
from vocbot.sdk.testing.standin import Fault
from vocbot.sdk.wire import Inbound, Record

Port = Callable[..., Any]
SAM = Author("sam", "Sam", (Contact("email", "sam@example.com"),))


def fill(zendesk: ZendeskStandin, clock: Any, count: int) -> list[str]:
    made = []
    for n in range(count):
        made.append(zendesk.open_ticket(f"problem {n}", SAM, "email", clock.now()))
        clock.time += timedelta(seconds=1)
    return made


def drain(poll: Any, cursor: str | None) -> tuple[list[Record], str]:
    records: list[Record] = []
    while True:
        page = poll.poll(cursor)
        records += page.records
        cursor = page.cursor
        if not page.more:
            return records, page.cursor


def test_every_ticket_comes_once_and_then_only_changes(zendesk: ZendeskStandin, port: Port, clock: Any) -> None:
    zendesk.page_size = 2
    made = fill(zendesk, clock, 5)
    poll = port("poll_source")
    clock.time += timedelta(minutes=2)
    records, cursor = drain(poll, None)
    assert [str(json.loads(record.body)["ticket"]["id"]) for record in records] == made
    assert drain(poll, cursor) == ([], cursor)
    zendesk.solve(made[1])
    assert drain(poll, cursor)[0] == []  # the last minute is not in it
    clock.time += timedelta(minutes=2)
    (changed,), _ = drain(poll, cursor)
    assert json.loads(changed.body)["ticket"]["status"] == "solved"
    assert changed.event_id not in {record.event_id for record in records}


def test_reading_an_unchanged_ticket_again_names_it_the_same(zendesk: ZendeskStandin, port: Port, clock: Any) -> None:
    (ident,) = fill(zendesk, clock, 1)
    clock.time += timedelta(minutes=2)
    first, _ = drain(port("poll_source"), None)
    zendesk._tickets[int(ident)].touched = clock.now()  # the system recalculated something
    clock.time += timedelta(minutes=2)
    again, _ = drain(port("poll_source"), None)
    assert [record.event_id for record in again] == [record.event_id for record in first]
    zendesk.rate(ident, good=False, time=clock.now())
    clock.time += timedelta(minutes=2)
    rated, _ = drain(port("poll_source"), None)
    assert rated[0].event_id != first[0].event_id


def test_a_polled_ticket_has_name_address_and_score(
    zendesk: ZendeskStandin, port: Port, parse: Callable[..., Any], clock: Any
) -> None:
    (ident,) = fill(zendesk, clock, 1)
    zendesk.rate(ident, good=True)
    clock.time += timedelta(minutes=2)
    (record,) = port("poll_source").poll(None).records
    kept = Inbound("poll", record.event_id, record.body, {}, clock.now())
    feedback, _ = port("webhook_source").parse(kept)
    assert (feedback.author.name, feedback.author.contacts) == ("Sam", SAM.contacts)
    assert (feedback.external_id, feedback.score) == (f"ticket:{ident}", 5.0)
    (user,) = json.loads(record.body)["users"]
    assert set(user) == {"id", "name", "email", "phone", "locale", "role"}  # no logins, no notes of agents


@pytest.mark.parametrize(
    ("poll_from", "start"),
    [
        (None, timedelta(days=30)),
        ("2026-11-23T08:00:00+00:00", timedelta(days=1)),
        ("2026-11-24T07:59:50+00:00", timedelta(seconds=61)),  # too young for Zendesk
        ("2027-01-01T00:00:00+08:00", timedelta(seconds=61)),
    ],
)
def test_where_the_first_poll_begins(
    zendesk: ZendeskStandin, port: Port, clock: Any, poll_from: str | None, start: timedelta
) -> None:
    page = port("poll_source", poll_from=poll_from).poll(None)
    assert not page.more and page.cursor
    asked = zendesk.log()[-1]["query"]
    assert asked == {"start_time": str(int((clock.now() - start).timestamp())), "include": "users"}


@pytest.mark.parametrize(
    ("fault", "raised", "after"),
    [
        (Fault("incremental", "answer", 429, {"Retry-After": "33"}), Retryable, 33.0),
        (Fault("incremental", "answer", 500), Retryable, None),
        (Fault("incremental", "drop"), Retryable, None),
        (Fault("incremental", "answer", 403), Rejected, None),
        (Fault("incremental", "answer", 200, body={"error": "no"}), Retryable, None),
        (Fault("incremental", "answer", 200, body=b"<html>"), Retryable, None),
    ],
)
def test_refusals(
    zendesk: ZendeskStandin, port: Port, fault: Fault, raised: type[Exception], after: float | None
) -> None:
    zendesk.faults.add(fault)
    poll = port("poll_source")
    with pytest.raises(raised) as error:
        poll.poll(None)
    assert getattr(error.value, "after", None) == after
    assert [entry["path"] for entry in zendesk.log()].count("/api/v2/incremental/tickets/cursor") == 1
    assert poll.poll(None).records == ()


def test_a_cursor_that_stands_still_ends_the_page(zendesk: ZendeskStandin, port: Port) -> None:
    stuck = {"tickets": [], "after_cursor": None, "end_of_stream": False}
    zendesk.faults.add(Fault("incremental", "answer", 200, body=stuck))
    page = port("poll_source").poll(None)
    assert (page.records, page.more) == ((), False)
    assert not port("poll_source").poll(page.cursor).more


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_a_cursor_that_zendesk_does_not_know_is_expired(zendesk: ZendeskStandin, port: Port, status: int) -> None:
    poll = port("poll_source")
    with pytest.raises(CursorExpired):
        poll.poll("bm9uZSBvZiB5b3Vycw==")
    known = poll.poll(None).cursor
    zendesk.faults.add(Fault("incremental", "answer", status))
    with pytest.raises(CursorExpired):
        poll.poll(known)
    zendesk.faults.add(Fault("incremental", "answer", status))
    with pytest.raises(Rejected):  # no cursor was given: something else is wrong
        poll.poll(None)


def test_the_page_tells_how_young_its_youngest_ticket_is(zendesk: ZendeskStandin, port: Port, clock: Any) -> None:
    assert port("poll_source").poll(None).newest is None
    fill(zendesk, clock, 3)
    youngest = clock.now() - timedelta(seconds=1)
    clock.time += timedelta(minutes=2)
    assert port("poll_source").poll(None).newest == youngest
    ahead = {"id": 1, "updated_at": "2031-01-01T00:00:00Z"}  # a clock that goes wrong over there
    odd = [7, {"id": 2}, {"id": 3, "updated_at": "soon"}]
    zendesk.faults.add(Fault("incremental", "answer", 200, body={"tickets": [*odd, ahead], "end_of_stream": True}))
    assert port("poll_source").poll(None).newest == clock.now()


def test_a_broken_character_does_not_stop_the_poll(zendesk: ZendeskStandin, port: Port) -> None:
    ticket = {"id": 1, "description": "half \ud83d", "requester_id": 2}
    raw = json.dumps({"tickets": [ticket, "odd"], "users": [7], "after_cursor": "x", "end_of_stream": True})
    zendesk.faults.add(Fault("incremental", "answer", 200, body=raw.encode()))
    (record,) = port("poll_source").poll(None).records
    assert json.loads(record.body)["ticket"] == ticket
