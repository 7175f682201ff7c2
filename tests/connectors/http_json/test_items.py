"""Names of records, times, and what an item becomes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.http_json.items import Items
from connectors.http_json.poll_source import HttpJsonPoll
from tests.connectors.http_json.polling import changed
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, Contact, CustomerEvent, Feedback, Ignored
from vocbot.sdk.wire import Record

NOW = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
BASE: dict[str, Any] = {
    "base_url": "https://api.acme.example",
    "items": "@",
    "map": {"id": "id", "text": "text", "time": "at", "author": "by", "score": "stars", "revision": "edited"},
}
ITEM = {"id": 7, "text": "It stops.", "at": "2026-11-01T10:00:00+08:00", "by": "sam", "views": 1}


def items(**changes: Any) -> Items:
    return Items(changed(BASE, **changes))


def read(item: Any, **changes: Any) -> Feedback:
    found = items(**changes).read(item, NOW)
    assert isinstance(found, Feedback)
    return found


def name(item: Any, **changes: Any) -> str:
    return items(**changes).record(item).event_id


def test_a_name_changes_with_what_is_read_and_with_nothing_else() -> None:
    assert name(ITEM).startswith("7:")
    assert name(ITEM) == name({**ITEM, "views": 2}) == name(dict(reversed(ITEM.items())))
    changes = [{"text": "It works."}, {"stars": 1}, {"edited": 1}, {"at": "2026-11-02"}, {"id": 8}]
    assert len({name({**ITEM, **change}) for change in [{}, *changes]}) == 6
    assert name(ITEM) != name(ITEM, map={"channel": "views"})


def test_an_item_without_an_id_is_named_by_all_it_holds() -> None:
    for bare in ({k: v for k, v in ITEM.items() if k != "id"}, {**ITEM, "id": None}, {**ITEM, "id": ""}):
        assert name(bare).startswith("item:")
        assert name(bare) != name({**bare, "views": 2})
        assert name(bare) == name(dict(reversed(bare.items())))
        assert read(bare).external_id == name(bare)
    assert name(ITEM, map={"id": None}).startswith("item:")
    assert name("just words", map={"id": None, "text": "@", "time": None}) == name(
        "just words", map={"id": None, "text": "@", "time": None}
    )


@pytest.mark.parametrize("ident", ["x" * 300, "a\nb", "a\x00b", "\ud800", [1], {"a": 1}, True, 1e300, "  ", "键" * 121])
def test_odd_ids_have_short_names(ident: Any) -> None:
    found = name({**ITEM, "id": ident})
    assert found.isprintable() and len(found) <= 200
    assert found != name({**ITEM, "id": ident, "text": "other"})


def test_numbers_are_ids() -> None:
    assert [read({**ITEM, "id": ident}).external_id for ident in (7, 7.0, "7", 2**70)] == ["7", "7", "7", str(2**70)]


def test_records_hold_the_item_whatever_is_in_it() -> None:
    odd = {**ITEM, "text": "half \ud83d", "more": {"优惠": [1e999, None]}}
    assert json.loads(items().record(odd).body) == odd


def test_an_item_becomes_feedback() -> None:
    found = read(
        {**ITEM, "stars": "4", "mail": "sam@acme.example", "topic": 3, "v": ["1.0", "1.1"], "way": "App", "open": "no"},
        map={"author_email": "mail", "conversation": "topic", "attributes": {"version": "v"}, "channel": "way"},
        public=True,
    )
    assert found == Feedback(
        external_id="7",
        text="It stops.",
        time=datetime(2026, 11, 1, 2, 0, tzinfo=UTC),
        channel="App",
        author=found.author,
        conversation="3",
        score=4.0,
        public=True,
        attributes={"version": "1.0, 1.1"},
    )
    assert found.author is not None
    assert (found.author.handle, found.author.contacts) == ("sam", (Contact("email", "sam@acme.example"),))
    hidden = read({**ITEM, "open": "no"}, map={"public": "open"}, public=True)
    assert (hidden.public, hidden.channel) == (False, "api")


@pytest.mark.parametrize("none", [None, "", 0, "0000-00-00 00:00:00", "0001-01-01T00:00:00Z"])
def test_without_a_time_the_time_of_reading_counts(none: Any) -> None:
    assert read({**ITEM, "at": none}).time == NOW
    assert items().listed({**ITEM, "at": none}) is None
    assert read(ITEM, map={"time": None}).time == NOW


@pytest.mark.parametrize(
    ("changes", "at", "time"),
    [
        ({}, "2026-11-01T10:00:00Z", datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ({"tz": "Asia/Shanghai"}, "2026-11-01 10:00:00", datetime(2026, 11, 1, 2, tzinfo=UTC)),
        ({"time_format": "unix"}, 1793521800, datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
        ({"time_format": "unix_ms"}, "1793521800000", datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
        ({"time_format": "rfc2822"}, "Sun, 01 Nov 2026 10:00:00 +0800", datetime(2026, 11, 1, 2, tzinfo=UTC)),
        (
            {"time_format": "%d.%m.%Y %H:%M", "tz": "Europe/Berlin"},
            "01.11.2026 10:00",
            datetime(2026, 11, 1, 9, tzinfo=UTC),
        ),
    ],
)
def test_times_are_read_as_the_settings_say(changes: dict[str, Any], at: Any, time: datetime) -> None:
    assert read({**ITEM, "at": at}, **changes).time == time
    assert items(**changes).listed({**ITEM, "at": at}) == time


@pytest.mark.parametrize("at", ["yesterday", True, [], {}, 17, "9999-99-99"])
def test_a_time_that_cannot_be_read_makes_the_item_unread(at: Any) -> None:
    with pytest.raises(Unparseable, match=r"map\.time"):
        read({**ITEM, "at": at})
    assert items().listed({**ITEM, "at": at}) is None


def test_the_list_may_have_a_time_of_its_own() -> None:
    both = items(reading={"time": "edited"})
    assert both.listed({**ITEM, "edited": "2026-11-02T00:00:00Z"}) == datetime(2026, 11, 2, tzinfo=UTC)


def test_an_edited_item_has_a_greater_revision() -> None:
    edits = [None, ITEM["at"], "2026-11-01T02:00:05Z", "2026-11-02T00:00:00Z"]
    revisions = [read({**ITEM, "edited": edit}).revision for edit in edits]
    assert revisions[:2] == [0, 0] and revisions == sorted(revisions) and 0 < revisions[2] < revisions[3] < 2**31


def test_a_renamed_text_is_not_taken_for_silence() -> None:
    renamed = {"id": 7, "at": ITEM["at"], "words": "the words of a customer"}
    with pytest.raises(Unparseable) as error:
        read(renamed)
    assert str(error.value) == "map.text (text) finds nothing; keys there: id, at, words"
    for silent in ({**ITEM, "text": ""}, {**ITEM, "text": " \n"}, {**ITEM, "text": None, "stars": 1}):
        assert isinstance(items().read(silent, NOW), Ignored)


def test_an_item_may_be_what_somebody_met() -> None:
    mapped = {"map": {"id": "id", "event": "did", "time": "at", "author": "by"}}
    did = {"id": 9, "did": "order", "at": ITEM["at"], "by": "sam"}
    at = datetime(2026, 11, 1, 2, tzinfo=UTC)
    assert items(**mapped).read(did, NOW) == CustomerEvent("9", "order", at, Author("sam"))
    both = items(map={**BASE["map"], "event": "did"})
    assert isinstance(both.read(did, NOW), CustomerEvent)
    assert isinstance(both.read(ITEM, NOW), Feedback)


@pytest.mark.parametrize("odd", [None, 1, True, [], {}, "x", {"text": {"a": 1}}, {"text": True}])
def test_odd_items_are_kept_and_unread(odd: Any) -> None:
    assert items().record(odd).event_id
    with pytest.raises(Unparseable):
        read(odd)


def test_markup_and_signs_of_all_languages_stay() -> None:
    text = "<p>优惠券 &amp; naïve 😀</p>"
    assert read({**ITEM, "text": text}).text == text


def test_what_is_wanted() -> None:
    only = items(when="!is_staff && kind == 'review'")
    assert only.wanted({"kind": "review"}) and not only.wanted({"kind": "review", "is_staff": True})
    assert items(when="max(kind)").wanted({"kind": "review"}), "what cannot be told is taken, and seen to be odd"


# -- explain


def lines(poller: Callable[..., HttpJsonPoll], item: Any, **changes: Any) -> list[str]:
    return list(poller("none", **changes).explain(Record("x", json.dumps(item).encode())))


def test_what_each_mapping_found_is_said_without_a_value(poller: Callable[..., HttpJsonPoll]) -> None:
    item = {
        "id": 7,
        "body": {"text": "the words of a customer"},
        "created_at": "2026-11-01T10:00:00+08:00",
        "author": {"id": "sam", "name": "", "mail": "sam@acme.example"},
        "rate": 4,
        "stars": 5,
    }
    found = lines(poller, item)
    assert found == [
        "text <- body.text: a text, 23 characters",
        "id <- id: a number",
        "time <- created_at: a text, 25 characters, read as 2026-11-01 02:00 UTC",
        "author <- author.id: a text, 3 characters",
        "author_name <- author.name: a text, 0 characters",
        "author_email <- author.email: nothing found; keys there: id, name, mail",
        "score <- rating: nothing found; keys there: id, body, created_at, author, rate, stars",
        "revision <- updated_at: nothing found; keys there: id, body, created_at, author, rate, stars",
        "attributes.product <- product: nothing found; keys there: id, body, created_at, author, rate, stars",
    ]
    assert not any(word in line for line in found for word in ("customer", "sam", "acme"))


@pytest.mark.parametrize(
    ("item", "changes", "said"),
    [
        ({"created_at": "soon"}, {}, "time <- created_at: a text, 4 characters; cannot be read: it: not a time"),
        ({"created_at": 0}, {}, "time <- created_at: a number, which means that there is no time"),
        ({"rating": "good"}, {}, "score <- rating: a text, 4 characters, which is no number: it is left out"),
        ({"rating": True}, {}, "score <- rating: true or false, which is no number: it is left out"),
        ({"id": {"a": 1}}, {}, "id <- id: an object, of which nothing can be read"),
        ({"id": [1]}, {}, "id <- id: a list of 1, of which nothing can be read"),
        ({"body": {"text": ["a", "b"]}}, {}, "text <- body.text: a list of 2"),
        ({"rating": "x"}, {"map": {"score": "max(rating)"}}, "score <- max(rating): fails; it: does not fit this item"),
        ({}, {"map": {"id": None}}, "id is not mapped: without an id, an item is named by all it holds"),
        ({}, {"map": {"time": None}, "params": None, "reading": {"order": "none"}}, "time is not mapped: without"),
        ("words", {}, "text <- body.text: nothing found; a text is there"),
    ],
)
def test_what_does_not_fit_is_said(
    poller: Callable[..., HttpJsonPoll], item: Any, changes: dict[str, Any], said: str
) -> None:
    assert any(line.startswith(said) for line in lines(poller, item, **changes)), lines(poller, item, **changes)


def test_a_record_that_is_no_json_is_unparseable(poller: Callable[..., HttpJsonPoll]) -> None:
    with pytest.raises(Unparseable):
        poller("none").explain(Record("x", b"<html>"))
