"""What a review means, and how it is named."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.app_store import reviews
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, Feedback, Ignored

ENTRY: dict[str, Any] = {
    "author": {"uri": {"label": "https://itunes.apple.com/us/reviews/id400000123"}, "name": {"label": "Sam"}},
    "updated": {"label": "2026-11-02T20:30:00-07:00"},
    "im:rating": {"label": "2"},
    "im:version": {"label": "5.4.0"},
    "id": {"label": "14000000001"},
    "title": {"label": "Coupons"},
    "content": {"label": "They do not apply."},
    "im:voteSum": {"label": "0"},
}


def changed(**labels: Any) -> dict[str, Any]:
    """The entry with other labels; None takes one out."""
    entry = copy.deepcopy(ENTRY)
    for name, label in labels.items():
        name = {"rating": "im:rating", "version": "im:version", "votes": "im:voteSum"}.get(name, name)
        if label is None:
            del entry[name]
        else:
            entry[name] = {"label": label}
    return entry


def read(entry: Any) -> Any:
    return reviews.read_record(json.loads(reviews.record("us", entry).body))


def test_a_review() -> None:
    found = read(ENTRY)
    when = datetime(2026, 11, 3, 3, 30, tzinfo=UTC)
    assert found == Feedback(
        external_id="review:14000000001",
        text="Coupons\n\nThey do not apply.",
        time=when,
        channel="app_store",
        author=Author("400000123", "Sam"),
        revision=int(when.timestamp()),
        score=2.0,
        public=True,
        attributes={"country": "us", "version": "5.4.0"},
    )


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("odd", "no review"),
        ([], "no review"),
        (changed(id=None), "no id"),
        (changed(rating=None), "no rating"),
        (changed(rating="6"), "no rating"),
        (changed(rating="five"), "no rating"),
        (changed(updated=None), "no time"),
        (changed(updated="yesterday"), "no time"),
        (changed(updated="2026-11-02T20:30:00"), "no time"),
        (changed(updated="0001-01-01T00:00:00+10:00"), "no time"),
    ],
)
def test_odd_ones_are_listed(entry: Any, says: str) -> None:
    with pytest.raises(Unparseable, match=says):
        read(entry)


@pytest.mark.parametrize("country", [None, "", "usa", "US", 7])
def test_a_record_has_a_country(country: Any) -> None:
    with pytest.raises(Unparseable, match="no country"):
        reviews.read_record({"country": country, "review": ENTRY})


def test_words() -> None:
    assert read(changed(title="They do")).text == "They do not apply."  # the title is the beginning
    assert read(changed(title="They do…")).text == "They do not apply."
    assert read(changed(title="")).text == "They do not apply."
    assert read(changed(content="")).text == "Coupons"
    assert isinstance(read(changed(title="", content=" ")), Ignored)


@pytest.mark.parametrize(
    ("uri", "name", "author"),
    [
        ("https://itunes.apple.com/us/reviews/id7", "", Author("7")),
        ("https://itunes.apple.com/us/reviews/ann", "Ann", Author("https://itunes.apple.com/us/reviews/ann", "Ann")),
        ("", "Ann", Author("name:Ann", "Ann")),
        ("", "", None),
    ],
)
def test_authors(uri: str, name: str, author: Author | None) -> None:
    assert read({**ENTRY, "author": {"uri": {"label": uri}, "name": {"label": name}}}).author == author


def test_votes_and_zones_make_no_other_review() -> None:
    name = reviews.record("us", ENTRY).event_id
    assert reviews.record("us", changed(votes="9")).event_id == name
    assert reviews.record("us", changed(updated="2026-11-03T03:30:00+00:00")).event_id == name
    for other in (
        {"content": "x"},
        {"title": "x"},
        {"rating": "1"},
        {"version": "6"},
        {"updated": "2026-11-04T00:00Z"},
    ):
        assert reviews.record("us", changed(**other)).event_id != name
    assert reviews.record("de", ENTRY).event_id != name
    assert len(reviews.record("us", changed(id="1" * 500)).event_id) <= 200


def test_an_edited_review_supersedes() -> None:
    edited = read(changed(updated="2026-11-05T00:00:00-07:00", content="They do now."))
    assert edited.external_id == read(ENTRY).external_id
    assert edited.revision > read(ENTRY).revision
    assert read(changed(updated="2099-01-01T00:00:00Z")).revision == 2**31 - 1
    assert read(changed(updated="1950-01-01T00:00:00Z")).revision == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ENTRY, "label"]), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.dictionaries(st.sampled_from(list(ENTRY)), JSON))
def test_nothing_but_unparseable_is_raised(entry: Any, parts: dict[str, Any]) -> None:
    for odd in (entry, {**ENTRY, **parts}):
        record = reviews.record("us", odd)
        assert len(record.event_id) <= 200
        try:
            found = reviews.read_record(json.loads(record.body))
        except Unparseable:
            continue
        assert isinstance(found, Feedback | Ignored)
