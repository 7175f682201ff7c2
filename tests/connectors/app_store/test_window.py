"""Nothing twice, and nothing lost without a word: against a list that moves while it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.app_store import window
from connectors.app_store.window import LATE, PAGES, Place
from vocbot.sdk.errors import CursorExpired
from vocbot.sdk.incremental import Item, Reading

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Shop:
    """A country's list, read page by page; a page has as many reviews as `size`."""

    size: int = 2
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.shown: list[Item] = []
        self.reading = Reading(self.now - 24 * HOUR)
        self.read: list[str] = []
        self.gaps: list[tuple[datetime, datetime]] = []
        self.asked = 0

    def add(self, name: str, age: timedelta = timedelta(0)) -> None:
        self.shown.append(Item(self.now - age, name))
        self.shown.sort(key=lambda item: item.time, reverse=True)

    def page(self, blank: bool = False) -> bool:
        """Read one page; returns whether there are more."""
        at = self.size * (Place.of(self.reading).page - 1)
        items = [] if blank else self.shown[at : at + self.size]
        step = window.take(self.reading, items, self.now)
        self.reading = Reading.load(step.reading.dump(), self.now)
        self.read += [items[n].name for n in step.new]
        self.gaps += [step.gap] if step.gap else []
        self.asked += 1
        return self.reading.page is not None

    def sweep(self) -> None:
        while self.page():
            pass


def test_pages_to_the_end_and_then_only_news() -> None:
    shop = Shop()
    for n in range(5):
        shop.add(f"r{n}", HOUR * n)
    shop.sweep()
    assert shop.read == ["r0", "r1", "r2", "r3", "r4"]
    shop.now += HOUR
    shop.add("r5")
    shop.sweep()
    assert shop.read[5:] == ["r5"]
    assert shop.gaps == []


def test_what_is_before_the_beginning_ends_the_list() -> None:
    shop = Shop()
    for n in range(20):
        shop.add(f"r{n}", timedelta(days=n))
    shop.sweep()
    # the lag reaches back before the beginning, too
    assert shop.read == ["r0", "r1", "r2", "r3"]
    assert shop.asked == 3


def test_an_old_review_among_young_ones_does_not_end_the_list() -> None:
    shop = Shop()
    for n in range(3):
        shop.add(f"r{n}", HOUR * n)
    shop.shown.insert(0, Item(NOW - timedelta(days=400), "pinned"))
    shop.sweep()
    assert shop.read == ["r0", "r1", "r2"]


def test_a_review_that_is_shown_late() -> None:
    shop = Shop()
    shop.add("young")
    shop.sweep()
    shop.now += 30 * HOUR
    shop.add("late", LATE - HOUR)
    shop.sweep()
    assert shop.read == ["young", "late"]


def test_what_fell_out_is_said() -> None:
    shop = Shop()
    shop.add("first")
    shop.sweep()
    shop.now += HOUR
    for n in range(PAGES * shop.size + 1):
        shop.now += timedelta(minutes=1)
        shop.add(f"r{n}")
    shop.sweep()
    assert "first" in shop.read and "r0" not in shop.read
    assert shop.gaps == [(NOW, NOW + HOUR + timedelta(minutes=2))]
    shop.now += HOUR
    shop.add("next")
    shop.sweep()
    assert len(shop.gaps) == 1


def test_a_first_reading_that_does_not_reach_its_beginning_is_said() -> None:
    shop = Shop()
    for n in range(PAGES * shop.size + 5):
        shop.add(f"r{n}", timedelta(minutes=n))
    shop.sweep()
    assert shop.gaps == [(NOW - 24 * HOUR, NOW - timedelta(minutes=PAGES * shop.size - 1))]


def test_an_app_with_few_reviews_lost_none() -> None:
    shop = Shop()
    shop.add("only")
    shop.sweep()
    assert (shop.read, shop.gaps) == (["only"], [])


def test_an_empty_answer_after_a_full_page_is_not_believed() -> None:
    shop = Shop(size=50)
    for n in range(70):
        shop.add(f"r{n}", timedelta(minutes=n))
    assert shop.page()
    assert shop.page(blank=True)
    assert shop.page(blank=True)
    shop.sweep()
    assert len(shop.read) == 70
    assert shop.gaps == []


def test_an_empty_answer_is_believed_in_the_end() -> None:
    shop = Shop(size=50)
    shop.add("before")
    shop.sweep()
    shop.now += HOUR
    for n in range(60):
        shop.add(f"r{n}")
    assert [shop.page(), shop.page(True), shop.page(True), shop.page(True)] == [True, True, True, False]
    assert len(shop.gaps) == 1, "what had been read before was not reached"
    short = Shop()
    short.add("one")
    assert [short.page(), short.page(True)] == [True, False], "a short page is the last"


def test_a_feed_that_does_not_go_as_far_any_more() -> None:
    shop = Shop(size=50)
    for n in range(60):
        shop.add(f"r{n}")
    shop.page()
    step = window.take(shop.reading, [], NOW, ended=True)
    assert step.reading.page is None
    assert step.gap is not None


def test_an_empty_first_page_moves_nothing() -> None:
    shop = Shop()
    shop.add("one")
    shop.sweep()
    before = shop.reading
    shop.now += HOUR
    assert not shop.page(blank=True)
    assert shop.reading == before


@pytest.mark.parametrize("token", ["", "x", "2", "2.0", "2.0.x", "0.0.0", "11.0.0", "2.0.99999999999999999", "1.1.1.1"])
def test_tokens_of_others(token: str) -> None:
    with pytest.raises(CursorExpired):
        Place.of(Reading(NOW, page=token))


acts = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 40)),  # shown so many hours late
        st.tuples(st.just("page"), st.just(0)),
        st.tuples(st.just("sweep"), st.just(0)),
        st.tuples(st.just("wait"), st.integers(1, 90)),
    ),
    max_size=120,
)


@settings(max_examples=150)
@given(acts, st.integers(1, 3))
def test_nothing_twice_and_nothing_lost_in_silence(script: list[tuple[str, int]], size: int) -> None:
    shop, written = Shop(size=size), 0
    for act, number in script:
        if act == "write":
            # shown late only as far as the mark may be behind: in a list that is full, a late one may not be shown
            late = number if len(shop.shown) + 1 < size * PAGES else 0
            shop.add(f"r{written}", HOUR * min(late, 23))
            written += 1
        elif act == "wait":
            shop.now += timedelta(minutes=number)
        elif act == "page":
            shop.page()
        else:
            shop.sweep()
    shop.sweep()
    shop.sweep()
    assert len(set(shop.read)) == len(shop.read), "the same review twice"
    lost = {f"r{n}" for n in range(written)} - set(shop.read)
    for item in shop.shown:
        if item.name in lost:
            assert any(begin <= item.time <= end for begin, end in shop.gaps), f"{item} is lost and nobody says so"
