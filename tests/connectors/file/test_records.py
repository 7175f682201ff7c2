"""What a record holds, and what becomes of it: from the record alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.file import records
from connectors.file.records import Maker, plain
from connectors.file.rows import Trouble
from connectors.file.times import Times
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, Contact, CustomerEvent, Feedback
from vocbot.sdk.wire import Inbound, Record

from .conftest import NOW, Read, parse, refusal


def maker(*names: str, token: str = "") -> Maker:
    return Maker("a.csv", ("text", *names), Times(UTC, None), NOW, token, Counter(), text=False)


def made(names: Sequence[str], *values: Any) -> Feedback:
    record = maker(*names)(2, values)
    assert record is not None
    return parse(record)


def test_everything_that_is_mapped() -> None:
    names = ("time", "id", "author", "email", "phone", "score", "channel", "version", "城市")
    found = made(names, " hi ", "2026-11-03 09:07", 7, " sam ", "s@x.example", 123, "4/5", " app ", " 4.2 ", "上海")
    assert found == Feedback(
        external_id="7",
        text=" hi ",
        time=datetime(2026, 11, 3, 9, 7, tzinfo=UTC),
        channel="app",
        author=Author("sam", "sam", (Contact("email", "s@x.example"), Contact("phone", "123"))),
        revision=found.revision,
        score=4.0,
        attributes={"version": "4.2", "城市": "上海"},
    )


def test_next_to_nothing() -> None:
    found = made((), "hi")
    assert (found.time, found.channel, found.author, found.revision, found.score) == (NOW, "import", None, 0, None)
    assert found.attributes == {}
    assert found.external_id.startswith("row:")
    blank = made(("author", "channel", "score", "version"), "hi", " ", "", None, " ")
    assert (blank.author, blank.channel, blank.score, blank.attributes) == (None, "import", None, {})


@pytest.mark.parametrize(
    ("author", "email", "expected"),
    [
        ("s@x.example", "", Author("s@x.example", None, (Contact("email", "s@x.example"),))),
        ("+86 138 0000 0000", "", Author("+86 138 0000 0000", None, (Contact("phone", "+86 138 0000 0000"),))),
        ("12345678", "", Author("12345678", "12345678")),
        ("", "s@x.example", Author("s@x.example", None, (Contact("email", "s@x.example"),))),
        ("sam", "", Author("sam", "sam")),
    ],
)
def test_addresses_are_ways_and_not_names(author: str, email: str, expected: Author) -> None:
    assert made(("author", "email"), "hi", author, email).author == expected


def test_a_row_with_an_id_grows_by_minutes_and_one_without_never() -> None:
    record = maker("id")(2, ("hi", "7"))
    assert record is not None
    revisions = [parse(record, NOW + timedelta(minutes=n)).revision for n in (0, 1, 2)]
    assert [later - revisions[0] for later in revisions] == [0, 1, 2]
    assert 0 < revisions[0] < 2**31 // 100
    assert parse(record, datetime(2019, 1, 1, tzinfo=UTC)).revision == 0
    assert parse(record, datetime(9999, 1, 1, tzinfo=UTC)).revision < 2**31
    other = maker()(2, ("hi",))
    assert other is not None
    assert parse(other, NOW + timedelta(days=9)).revision == 0


def test_names_of_records() -> None:
    def name(values: Sequence[Any], token: str = "") -> str:
        record = maker("id", "n", token=token)(2, values)
        assert record is not None
        return record.event_id

    one = name(("hi", "7", "1"))
    assert one == name(("hi", "7", "1"))
    assert len({one, name(("hi", "7", "2")), name(("hi", "8", "1")), name(("hi", "7", "1"), "other zone")}) == 4
    long = name(("hi", "7" * 500, "1"))
    assert len(long) <= 200
    assert long != name(("hi", "7" * 499 + "8", "1"))
    assert maker("n")(2, ("ab", "c")) != maker("n")(2, ("a", "bc"))


def test_equal_rows_are_told_apart_in_their_order() -> None:
    make = maker()
    names = [record.event_id for record in (make(n, ("hi",)) for n in range(4)) if record]
    assert len(set(names)) == 4
    again = maker()
    again.recount(("hi",))
    again.recount(("",))
    again.recount(Trouble("bad"))
    again.recount(({"an": "object"},))
    record = again(9, ("hi",))
    assert record is not None
    assert record.event_id == names[1]


def test_a_refused_row_is_kept_as_it_stood() -> None:
    record = maker("time")(7, ("the words", "soon"))
    assert record is not None
    assert json.loads(record.body)["cells"] == {"text": "the words", "time": "soon"}
    assert str(refusal(record)) == "line 7: the time is not readable; write it as 2026-11-03 09:07 (a.csv)"
    raw = maker()(7, Trouble("no text", b"\xff\xfe" * 10))
    assert raw is not None
    assert json.loads(raw.body)["raw"] == "//7//v/+//7//v/+//7//v/+//4="
    long = maker()(7, Trouble("no text", b"x" * (1 << 20)))
    assert long is not None
    assert len(long.body) < 1 << 19
    assert raw.event_id != long.event_id


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        b'{"format":2,"id":"a","text":"b"}',
        b'{"format":"1","id":"a","text":"b"}',
        b'{"format":1,"id":"","text":"b"}',
        b'{"format":1,"id":"a","text":""}',
        b'{"format":1,"id":"a","text":"b","time":"2026-11-03T09:07:00"}',
        b'{"format":1,"id":"a","text":"b","score":"4"}',
        b'{"format":1,"id":"a","text":"b","attributes":{"x":1}}',
        b'{"format":1,"id":"a","text":"b","x":' + b"[" * 100_000,
    ],
)
def test_what_is_no_record(body: bytes) -> None:
    with pytest.raises(Unparseable):
        records.parse(Inbound("poll", "e", body, {}, NOW))


def test_a_record_of_this_version_stays_readable() -> None:
    body = (
        '{"format":1,"id":"7","own":true,"text":"hi","time":"2026-11-03T09:07:00Z","author":"sam",'
        '"contacts":{"phone":"1"},"score":4.0,"channel":"app","attributes":{"version":"4.2"},"later":1}'
    )
    found = parse(Record("e", body.encode()))
    assert (found.external_id, found.text, found.channel, found.score) == ("7", "hi", "app", 4.0)
    assert found.author == Author("sam", "sam", (Contact("phone", "1"),))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("x", "x"),
        (True, "true"),
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (-0.5, "-0.5"),
        (float("nan"), "nan"),
        (1e300, "1e+300"),
        (["a", 1, None], "a, 1"),
        (datetime(2026, 11, 3, 9, 7), "2026-11-03 09:07:00"),
        (datetime(2026, 11, 3).date(), "2026-11-03"),
        (timedelta(hours=1), "1:00:00"),
    ],
)
def test_values_as_text(value: object, text: str) -> None:
    assert plain(value) == text


def test_objects_are_no_text() -> None:
    for value in ({}, [{}], [[{"a": 1}]]):
        with pytest.raises(TypeError):
            plain(value)


# -- events


def test_rows_of_an_event_are_what_somebody_met(read: Callable[..., Read]) -> None:
    content = "what,when,user,campaign\n saw ad,2026-11-03 09:07,ann,618\n,2026-11-03,bob,\nordered,2026-11-04, ,618\n"
    mapped = {"event": "what", "time": "when", "author": "user", "campaign": "campaign"}
    first, refused = read("a.csv", content, map=mapped, tz="UTC").on()
    (met,) = records.parse(Inbound("import", first.event_id, first.body, {}, NOW))
    at = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
    assert met == CustomerEvent(met.external_id, "saw ad", at, Author("ann", "ann"), {"campaign": "618"})
    assert "line 4: an event must be somebody's, and the row names nobody" in str(refusal(refused))
