"""Where reading stands: nothing twice, nothing lost, however late it comes and wherever a round is cut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mastodon.streams import FIRST, LATE, MOST_NAMES, Item, Mark, Stream, first_id, latest
from vocbot.sdk.errors import CursorExpired

NOW = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)


def at(minutes: float, sequence: int = 0, name: str = "") -> Item:
    """A post that was written so many minutes ago."""
    time = NOW - timedelta(minutes=minutes)
    ident = str(int(first_id(time)) + 1 + sequence)
    return Item(ident, time, name or ident[-16:])


def test_ids_tell_the_time() -> None:
    documented = int(first_id(datetime(2019, 12, 5, 11, 34, 47, 196_000, tzinfo=UTC))) - 103254962155278888
    assert abs(documented >> 16) < 20  # milliseconds: the database gives ids by its own clock
    moment = int(first_id(NOW))
    assert moment + 1 == int(NOW.timestamp()) * 1000 << 16  # the first id of that moment comes after it
    assert first_id(datetime(1960, 1, 1, tzinfo=UTC)) == "0"


def test_ids_are_compared_as_text() -> None:
    assert latest(["9", "10", "09"]) == "10"
    assert latest([]) == ""
    assert latest(["01AB", "01B0", "01AZ"]) == "01B0"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 55)), max_size=30, unique=True),
    st.integers(1, 7),
    st.integers(0, 10**6),
)
def test_everything_comes_once_if_it_is_no_later_than_allowed(
    posts: list[tuple[int, int]], size: int, seed: int
) -> None:
    """Posts with the time they are written and how many minutes later they arrive; polls at odd times between."""
    stream, got, clock, step = Stream(first_id(NOW)), [], 0, seed % 13 + 5
    while clock < 440:
        clock += step
        now = NOW + timedelta(minutes=clock)
        there = {
            item.id: item
            for place, (written, delay) in enumerate(sorted(posts))
            if written + delay <= clock
            for item in [at(-written, place)]
        }
        for _ in range(100):
            low = stream.page or stream.low
            page = sorted((i for i in there.values() if int(i.id) > int(low)), key=lambda i: int(i.id))[:size]
            new, stream = stream.take(page, now)
            got += [item.id for item in new]
            stream = Mark.load(Mark(streams={"x": stream}).dump()).streams["x"]  # as after a restart
            if not stream.page:
                break
        else:
            raise AssertionError("no end")
    assert sorted(got) == sorted(at(-written, place).id for place, (written, _) in enumerate(sorted(posts)))


def test_what_is_settled_needs_no_name() -> None:
    old, young = at(70), at(5)
    new, stream = Stream(first_id(NOW - timedelta(days=1))).take([old, young], NOW)
    assert [item.id for item in new] == [old.id, young.id]
    assert (stream.low, stream.page, set(stream.seen)) == (old.id, young.id, {young.id})
    again, ended = stream.take([], NOW)
    assert again == [] and ended == Stream(old.id, "", stream.seen)
    assert ended.take([young], NOW)[0] == []
    edited = at(5, name="edited")
    assert ended.take([edited], NOW)[0] == [edited]
    assert ended.take([young], NOW + LATE)[1].seen == {}


def test_a_post_from_the_future_hides_nothing() -> None:
    wrong = Item(at(0).id, NOW + timedelta(days=400), "wrong")
    _, stream = Stream(first_id(NOW - timedelta(days=1))).take([at(90), wrong], NOW)
    assert stream.low == at(90).id
    nameless = Item(at(1).id, None, "odd")
    assert stream.take([nameless], NOW)[1].low == at(90).id


def test_names_are_kept_within_bounds() -> None:
    items = [at(1, sequence) for sequence in range(MOST_NAMES + 50)]
    _, stream = Stream(first_id(NOW - timedelta(days=1))).take(items, NOW)
    assert len(stream.seen) == MOST_NAMES and items[-1].id in stream.seen and items[0].id not in stream.seen


def test_a_server_that_lists_the_same_again_is_left() -> None:
    low = Stream(at(10).id, at(5).id)
    assert low.take([at(8)], NOW)[1].page == ""
    assert low.take([at(5)], NOW)[1].page == ""


def test_the_beginning_is_looked_for_backward() -> None:
    start = NOW - timedelta(days=30)

    def counted(number: int, days: float) -> Item:
        return Item(str(number), NOW - timedelta(days=days), "n")

    first = Stream().search([counted(101, 1), counted(100, 2)], start)
    assert first == Stream("", "100")
    assert first.search([counted(99, 29), counted(98, 31), counted(97, 32)], start) == Stream("98", "98")
    assert first.search([], start) == Stream(FIRST, FIRST)
    assert first.search([counted(100, 2)], start) == Stream(FIRST, FIRST)  # it does not go back
    assert Stream().search([], start) == Stream(FIRST, FIRST)


def test_streams_take_turns() -> None:
    names = ("@", "acme")
    mark, more = Mark().moved("@", Stream("5", "7"), names)
    assert (mark.turn, more) == ("@", True)
    mark, more = mark.moved("@", Stream("5"), names)
    assert (mark.turn, more) == ("acme", True)
    mark, more = mark.moved("acme", Stream("9"), names)
    assert (mark.turn, more) == ("", False)
    assert set(mark.streams) == {"@", "acme"}
    assert set(mark.moved("@", Stream("5"), ("@",))[0].streams) == {"@"}


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "garbage",
        "null",
        "[]",
        '{"turn": 5}',
        '{"streams": {"@": 7}}',
        '{"streams": {"@": {"low": "../1"}}}',
        '{"streams": {"@": {"low": "1", "page": "x y"}}}',
        '{"streams": {"@": {"low": "1", "seen": {"1/2": "x"}}}}',
        '{"streams": {"@": {"low": "1", "seen": {"1": 2}}}}',
        "[" * 5000,
    ],
)
def test_what_is_no_cursor_of_ours(cursor: str) -> None:
    with pytest.raises(CursorExpired):
        Mark.load(cursor)


def test_a_cursor_survives() -> None:
    mark = Mark("acme", {"@": Stream("1", "2", {"2": "n"}), "客服": Stream("7")})
    assert Mark.load(mark.dump()) == mark
    assert Mark.load(None) == Mark()
