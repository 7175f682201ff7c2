"""Reading on: whatever comes when, in whatever order it is listed and wherever it is cut, it is delivered once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vocbot.sdk.errors import CursorExpired, Retryable
from vocbot.sdk.incremental import MOST_NAMES, Item, Reading

START = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@dataclass
class Peer:
    """A system that lists its items by time, by pages of `size`.

    `rises` says in which order; `bounded` whether it can be asked for those since a time only; `counts` whether its
    page tokens say how many items to leave out, so that pages shift when something comes.
    """

    size: int
    rises: bool
    bounded: bool
    counts: bool
    items: list[Item] = field(default_factory=list)

    def list(self, since: datetime, page: str | None) -> tuple[list[Item], str | None]:
        """The items after the token `page`, and the next token."""
        listed = sorted(self.items, key=_token, reverse=not self.rises)
        if self.bounded:
            listed = [item for item in listed if item.time >= since]
        if page is None:
            rest = listed
        elif self.counts:
            rest = listed[int(page) :]
        else:
            rest = [item for item in listed if (_token(item) > page) == self.rises and _token(item) != page]
        found = rest[: self.size]
        end = len(rest) <= self.size
        return found, None if end else str(int(page or 0) + self.size) if self.counts else _token(found[-1])


def _token(item: Item) -> str:
    return f"{item.time.isoformat(timespec='microseconds')} {item.name}"


@dataclass
class Reader:
    """Polls a Peer as a connector does; `cursor` is what was kept, `told` what was delivered with it."""

    peer: Peer
    lag: timedelta
    start: datetime = START
    cursor: str | None = None
    told: list[str] = field(default_factory=list)

    def read(self, now: datetime, kept: bool = True) -> bool:
        """One page, of which nothing is kept where it is cut. Whether there is more."""
        before = Reading.load(self.cursor, self.start)
        items, page = self.peer.list(before.since(self.lag), before.page)
        if not self.peer.rises and before.reaches(items, self.lag):
            page = None
        new, after = before.step(items, page, now, self.lag)
        assert before.at <= after.at <= max(now, self.start), "the mark moved back, or into the future"
        if kept:
            self.cursor = after.dump()
            self.told += [items[n].name for n in new]
        return page is not None

    def sweep(self, now: datetime) -> None:
        while self.read(now):
            pass

    def forget(self) -> None:
        """The peer knows its page tokens no more."""
        if self.cursor is not None:
            self.cursor = Reading.load(self.cursor, self.start).restarted().dump()


Steps = list[tuple[int, int | str]]
# Seconds that pass, and what happens then: an item is shown so many seconds late (before its time where negative), or a
# page is read and kept, read and lost, or all page tokens are forgotten.
STEPS = st.lists(
    st.tuples(st.integers(0, 6), st.one_of(st.integers(-40, 8), st.sampled_from(["read", "read", "lose", "forget"]))),
    max_size=40,
)
PEERS = st.builds(Peer, st.integers(1, 4), rises=st.booleans(), bounded=st.booleans(), counts=st.booleans())


def told(peer: Peer, lag: int, steps: Steps) -> tuple[list[str], list[str]]:
    """What a reader was told in the end, and what there was to tell; `steps` as above, but the lag is the latest."""
    reader = Reader(peer, timedelta(seconds=lag))
    now, came = 10, []
    for passed, what in steps:
        now += passed
        if isinstance(what, int):
            came.append(f"item {len(came)}")
            peer.items.append(Item(at(now - min(what, lag)), came[-1]))
        elif what == "forget":
            reader.forget()
        else:
            reader.read(at(now), kept=what == "read")
    for later in (0, 1, 50, 51, 100):  # what had a date in the future has come to it by then, and must not come again
        reader.sweep(at(now + later))
    return sorted(reader.told), sorted(came)


@given(PEERS, st.integers(0, 8), STEPS)
# A date in the future, known and still listed while younger items come.
@example(Peer(1, True, True, False), 0, [(1, -30), (0, "read"), (1, 0), (9, "read"), (0, "read"), (9, 0)])
# Late, to a page that was read before the sweep was cut short for a while.
@example(Peer(1, True, True, False), 5, [(0, 0), (0, 0), (1, "read"), (2, 5), (20, 0), (1, "read"), (0, "read")])
def test_everything_comes_once(peer: Peer, lag: int, steps: Steps) -> None:
    peer.items.clear()
    heard, came = told(peer, lag, steps)
    assert heard == came


@given(st.lists(st.integers(-9, 9), max_size=12), st.booleans())
def test_nothing_from_before_the_start_comes(seconds: list[int], rises: bool) -> None:
    peer = Peer(3, rises, bounded=False, counts=False, items=[Item(at(s), f"{n}") for n, s in enumerate(seconds)])
    reader = Reader(peer, timedelta(0), start=at(0))
    reader.sweep(at(20))
    assert sorted(reader.told) == sorted(f"{n}" for n, s in enumerate(seconds) if s >= 0)


def test_an_item_that_was_changed_comes_again() -> None:
    first = Item(at(1), "1:as it was")
    reader = Reader(Peer(9, True, True, False, [first]), timedelta(0))
    reader.sweep(at(2))
    reader.peer.items = [Item(at(1), "1:as it is now")]
    reader.sweep(at(3))
    assert reader.told == [first.name, "1:as it is now"]


def test_an_old_item_on_top_does_not_end_the_sweep() -> None:
    reading = Reading(at(10))
    items = [Item(at(1), "pinned"), Item(at(12), "new"), Item(at(11), "new, too")]
    assert not reading.reaches(items)
    assert not reading.reaches([])
    assert reading.reaches([*items, Item(at(9), "read before")])
    assert not reading.reaches([*items, Item(at(9), "shown late")], timedelta(seconds=1))


@pytest.mark.parametrize("rises", [True, False])
def test_the_cursor_stays_small_however_much_there_is(rises: bool) -> None:
    count, size = 3 * MOST_NAMES, 500
    reader = Reader(Peer(size, rises, True, False), timedelta(seconds=5))
    reader.peer.items = [Item(at(n), f"item {n}") for n in range(count)]
    longest = 0
    while reader.read(at(count)):
        assert reader.cursor is not None
        longest = max(longest, len(reader.cursor))
    assert len(reader.told) == count
    assert longest < 40 * MOST_NAMES
    assert reader.cursor is not None
    assert len(reader.cursor) < 500  # only what may be listed again is named
    reader.sweep(at(count + 60))
    assert len(reader.told) == count


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "{}",
        "null",
        "[]",
        "{" * 5000,
        "x" * 100_000,
        '{"at":"2026-11-03T09:00:00"}',
        '{"at":"2026-11-03T09:00:00Z","ahead":"2026-11-03T09:00:00"}',
        '{"at":"2026-11-03T09:00:00Z","begun":"2026-11-03T09:00:00"}',
        '{"at":"2026-11-03T09:00:00Z","seen":7}',
        '{"at":"2026-11-03T09:00:00Z","seen":["a"]}',
        "\ud800",
    ],
)
def test_what_is_no_cursor_is_said_to_be_expired(cursor: str) -> None:
    with pytest.raises(CursorExpired):
        Reading.load(cursor, START)


def test_a_reading_comes_back_as_it_was() -> None:
    _, reading = Reading(at(0)).step([Item(at(1), "a"), Item(at(2), "b")], "page 2", at(3), timedelta(seconds=1))
    assert (reading.page, reading.begun, reading.ahead, len(reading.found)) == ("page 2", at(3), at(2), 2)
    assert Reading.load(reading.dump(), START) == reading
    assert Reading.load(None, START) == Reading(START)


def test_a_page_token_that_is_no_text_is_an_answer_to_be_asked_for_again() -> None:
    _, reading = Reading(at(0)).step([], "half \ud83d", at(3))
    with pytest.raises(Retryable):
        reading.dump()


def test_the_first_days_have_no_day_before() -> None:
    first = datetime(1, 1, 1, tzinfo=UTC)
    assert Reading(first).since(timedelta(days=1)) == first
    new, after = Reading(first).step([Item(first, "a")], None, START, timedelta(days=1))
    assert (new, after.at) == ([0], first)
