"""Where reading stands, and what a new numbering does to it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.imap.place import LOOK_BACK, REBUILT, Place, Places, beginning
from vocbot.sdk.errors import CursorExpired

NOW = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)


def test_reading_begins_where_the_settings_say_or_a_month_ago() -> None:
    assert beginning(7, None, NOW) == Place(7, 0, NOW - LOOK_BACK)
    assert beginning(7, NOW - timedelta(days=400), NOW).since == NOW - timedelta(days=400)


def test_a_place_only_moves_forward() -> None:
    place = Place(7, 5, NOW).after(9, NOW + timedelta(hours=1)).after(3, NOW)
    assert (place.uid, place.newest) == (9, NOW + timedelta(hours=1))
    assert Place(7, 5, NOW).after(9, None).newest is None


def test_the_same_numbering_changes_nothing() -> None:
    place = Place(7, 5, NOW, NOW)
    assert place.in_numbering(7) == (place, "")


def test_a_new_numbering_begins_anew_and_says_what_may_be_lost() -> None:
    young = Place(7, 5, NOW - timedelta(days=3), NOW)
    assert young.in_numbering(8) == (Place(8, 0, young.since, NOW), "")
    old = Place(7, 5, NOW - timedelta(days=300), NOW)
    place, lost = old.in_numbering(8)
    assert (place.uid, place.since) == (0, NOW - REBUILT)
    assert "2026-10-04" in lost
    nothing_read = Place(7, 0, NOW - timedelta(days=300))
    assert nothing_read.in_numbering(8) == (Place(8, 0, nothing_read.since), "")


@given(
    st.dictionaries(
        st.text(max_size=9),
        st.builds(
            Place,
            st.integers(0, 2**32 - 1),
            st.integers(0, 2**32 - 1),
            st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
            st.none() | st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
        ),
        max_size=3,
    )
)
def test_cursors_come_back_as_they_were(folders: dict[str, Place]) -> None:
    assert Places.load(Places(folders).dump()) == Places(folders)


@given(st.text(max_size=60))
def test_other_texts_have_expired(text: str) -> None:
    with suppress(CursorExpired):
        assert Places.load(text) == Places()


def test_no_cursor_is_the_beginning() -> None:
    assert Places.load(None) == Places()
    with pytest.raises(CursorExpired):
        Places.load("")
