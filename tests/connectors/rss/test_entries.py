"""What an entry is called, and what its record means."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.rss import entries
from connectors.rss.feed import Entry
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, Feedback, Ignored

NOW = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
FEED = "forum.example/feed.xml"
ENTRY = Entry(
    id="https://forum.example/p/1",
    title="Coupons",
    text="<p>They do not apply.</p>",
    author="Sam",
    person="Sam",
    link="https://forum.example/p/1",
    published=NOW - timedelta(days=1),
    updated=None,
    tags=("shop", "two words"),
)


def read(entry: Entry, changed: datetime | None = None) -> Any:
    return entries.read_record(json.loads(entries.record("n", entry, FEED, changed).body), "forum", NOW)


def test_an_entry() -> None:
    assert read(ENTRY) == Feedback(
        external_id="n",
        text="Coupons\n\n<p>They do not apply.</p>",
        time=NOW - timedelta(days=1),
        channel="forum",
        author=Author("forum.example/sam", "Sam"),
        public=True,
        attributes={"feed": FEED, "tags": "shop two_words"},
    )


def test_names() -> None:
    other = replace(ENTRY, id="", text="other")
    listed = [
        ENTRY,
        replace(ENTRY, text="the same name again"),
        replace(ENTRY, id="77"),
        replace(ENTRY, id="", link="https://forum.example/p/2"),
        replace(ENTRY, id="", link="https://forum.example/p/3"),
        replace(other, link="https://forum.example/p/3"),
        replace(other, link=""),
        replace(other, link=""),
        replace(ENTRY, id="tag:" + "x" * 500),
        replace(ENTRY, id="tag:" + "x" * 501),
    ]
    named = entries.named(listed, FEED)
    names = list(named)
    assert names[:3] == ["https://forum.example/p/1", f"{FEED}#77", "https://forum.example/p/2"]
    assert named[names[0]] is ENTRY, "of two with one name the first"
    assert names[3].startswith("https://forum.example/p/3~") and names[4].startswith("https://forum.example/p/3~")
    assert names[5].startswith(f"{FEED}#~")
    assert len(names) == 8
    assert all(len(name) <= entries.LONGEST_NAME for name in names)


def test_event_ids_follow_the_words() -> None:
    name = entries.record("n", ENTRY, FEED, None).event_id
    assert entries.record("n", replace(ENTRY, published=NOW, tags=()), FEED, NOW).event_id == name
    assert entries.record("n", replace(ENTRY, text="x"), FEED, None).event_id != name
    assert entries.record("m", ENTRY, FEED, None).event_id != name
    assert len(name) <= 200


def test_revisions_and_times() -> None:
    assert read(ENTRY).revision == 0
    assert read(ENTRY, NOW).revision == int(NOW.timestamp())
    assert read(ENTRY, datetime(2099, 1, 1, tzinfo=UTC)).revision == 2**31 - 1
    assert read(replace(ENTRY, published=None)).time == NOW, "without a time: when it came"
    assert read(replace(ENTRY, published=NOW + timedelta(days=9))).time == NOW, "nothing was said tomorrow"


@pytest.mark.parametrize(
    ("title", "text", "words"),
    [
        ("Coupons", "", "Coupons"),
        ("", "<p>x</p>", "<p>x</p>"),
        ("They do…", "<p>They <b>do</b> not apply</p>", "<p>They <b>do</b> not apply</p>"),
        ("Tom &amp; Jerry", "<p>tom &amp; jerry ran</p>", "<p>tom &amp; jerry ran</p>"),
        ("Coupons", "They do not", "Coupons\n\nThey do not"),
    ],
)
def test_words(title: str, text: str, words: str) -> None:
    assert read(replace(ENTRY, title=title, text=text)).text == words


def test_no_words() -> None:
    assert isinstance(read(replace(ENTRY, title="", text=" ")), Ignored)


@pytest.mark.parametrize(
    ("person", "name", "author"),
    [
        ("https://people.example/ann", "Ann", Author("https://people.example/ann", "Ann")),
        ("ann@people.example (Ann)", "Ann", Author("forum.example/ann@people.example (ann)", "Ann")),
        ("ann@people.example", "", Author("forum.example/ann@people.example")),
        ("", "", None),
    ],
)
def test_authors(person: str, name: str, author: Author | None) -> None:
    found = read(replace(ENTRY, person=person, author=name)).author
    assert found == author
    assert found is None or found.contacts == ()


BODY = json.loads(entries.record("n", ENTRY, FEED, NOW).body)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"entry": []}, "no entry"),
        ({"entry": {}}, "no id"),
        ({"entry": {**BODY["entry"], "id": 7}}, "id is no text"),
        ({"entry": {**BODY["entry"], "tags": "x"}}, "tags"),
        ({"entry": {**BODY["entry"], "published": "2026-11-03T09:00:00"}}, "published is no time with a zone"),
        ({"entry": {**BODY["entry"], "published": 7}}, "published"),
        ({"changed": "soon"}, "changed"),
        ({"changed": "0001-01-01T00:00:00+10:00"}, "changed"),
        ({"feed": None}, "feed is no text"),
    ],
)
def test_odd_records(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Unparseable, match=says):
        entries.read_record({**BODY, **changes}, "forum", NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*BODY, *BODY["entry"]]), inner),
    max_leaves=10,
)


@given(JSON, st.dictionaries(st.sampled_from(list(BODY["entry"])), JSON))
def test_nothing_but_unparseable_is_raised(body: Any, parts: dict[str, Any]) -> None:
    for odd in (body, {**BODY, "entry": {**BODY["entry"], **parts}}):
        try:
            found = entries.read_record(odd, "forum", NOW)
        except Unparseable:
            continue
        assert isinstance(found, Feedback | Ignored)
