"""Every entry once, changes again, and no loss without a word: against a feed that shows its newest entries."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.rss import window
from connectors.rss.client import Validators
from connectors.rss.feed import Entry
from connectors.rss.window import PAGE, SPARE, Known

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NONE = Validators()


def entry(name: str, time: datetime | None = NOW, text: str = "") -> Entry:
    return Entry(name, "", text or name, "", "", "", time, None, ())


@dataclass
class Feed:
    """A feed, and what was read of it."""

    size: int = 3
    now: datetime = NOW
    shown: list[Entry] = field(default_factory=list)  # the newest first
    known: Known = Known(NOW - 30 * DAY)  # noqa: RUF009
    read: list[tuple[str, str, bool]] = field(default_factory=list)
    gaps: list[tuple[datetime | None, datetime | None]] = field(default_factory=list)

    def post(self, name: str, dated: bool = True) -> None:
        self.shown.insert(0, entry(name, self.now if dated else None))

    def poll(self) -> bool:
        visible = {post.id: post for post in self.shown[: self.size]}
        found = window.take(self.known, visible, self.now, NONE)
        self.known = msgspec.json.decode(msgspec.json.encode(found.known), type=Known)
        self.read += [(name, post.text, edited) for name, post, edited in found.entries]
        self.gaps += [found.gap] if found.gap else []
        return found.more

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.read]


def test_news_and_changes() -> None:
    feed = Feed()
    feed.post("a")
    feed.post("b")
    assert not feed.poll()
    assert feed.read == [("a", "a", False), ("b", "b", False)], "the oldest first"
    feed.post("c")
    feed.shown[2] = entry("a", NOW, "a, edited")
    feed.poll()
    assert feed.read[2:] == [("a", "a, edited", True), ("c", "c", False)]
    feed.poll()
    assert len(feed.read) == 4


def test_an_entry_that_comes_with_an_old_time_is_new() -> None:
    feed = Feed()
    feed.post("a")
    feed.poll()
    feed.shown.append(entry("waited for a moderator", NOW - DAY))
    feed.poll()
    assert feed.names == ["a", "waited for a moderator"]


def test_a_time_that_is_made_anew_is_no_change() -> None:
    feed = Feed()
    feed.post("a")
    feed.poll()
    feed.shown[0] = replace(feed.shown[0], published=NOW + DAY, updated=NOW + DAY)
    feed.poll()
    assert feed.names == ["a"]


def test_what_is_older_than_wanted_is_known_and_not_read() -> None:
    feed = Feed()
    feed.shown = [entry("old", NOW - 31 * DAY), entry("undated", None), entry("young", NOW - 29 * DAY)]
    feed.poll()
    assert feed.names == ["young", "undated"]
    feed.shown[0] = replace(feed.shown[0], text="old, edited", updated=NOW)
    feed.poll()
    assert feed.read[2:] == [("old", "old, edited", True)]


def test_more_than_a_page() -> None:
    feed = Feed(size=2 * PAGE + 5)
    for n in range(feed.size):
        feed.post(str(n))
    tagged = window.take(feed.known, {post.id: post for post in feed.shown}, NOW, Validators('"a"', "b"))
    assert (tagged.more, tagged.known.validators) == (True, NONE), "it has to be sent again"
    assert [feed.poll(), feed.poll(), feed.poll()] == [True, True, False]
    assert feed.names == [str(n) for n in range(feed.size)]
    last = window.take(feed.known, {post.id: post for post in feed.shown}, NOW, Validators('"a"', "b"))
    assert last.known.validators == Validators('"a"', "b")
    assert feed.gaps == []


def test_what_fell_out_is_said() -> None:
    feed = Feed()
    feed.post("a")
    feed.poll()
    for name in "bcde":
        feed.now += DAY
        feed.post(name)
    feed.poll()
    assert feed.names == ["a", "c", "d", "e"]
    assert feed.gaps == [(NOW, NOW + 2 * DAY)]
    feed.poll()
    assert len(feed.gaps) == 1


def test_what_fell_out_of_a_feed_without_times_is_said() -> None:
    feed = Feed()
    feed.post("a", dated=False)
    feed.poll()
    for name in "bcd":
        feed.post(name, dated=False)
    feed.poll()
    assert feed.gaps == [(None, None)]


def test_no_gap_where_nothing_can_have_been_lost() -> None:
    feed = Feed()
    feed.post("a")
    feed.poll()
    shown, feed.shown = feed.shown, []
    feed.poll()  # everything was deleted
    feed.shown = [entry("renamed", NOW)]
    feed.poll()  # as old as what was read: new by its name only
    feed.shown = shown
    feed.poll()
    assert feed.gaps == []
    assert feed.names == ["a", "renamed"]


def test_entries_that_come_back_are_remembered_for_a_while() -> None:
    feed = Feed(size=SPARE)
    feed.post("a")
    feed.poll()
    first = feed.shown
    feed.shown = []
    for n in range(SPARE // 2):
        feed.post(str(n))
    feed.poll()
    feed.shown = first
    feed.poll()
    assert feed.names.count("a") == 1


def test_memory_is_bounded() -> None:
    feed = Feed(size=10)
    for n in range(700):
        feed.post(str(n))
        if n % 5 == 0:
            feed.poll()
    assert len(feed.known.entries) <= SPARE + 2 * feed.size
    assert len(set(feed.names)) == len(feed.names)


def test_a_time_to_come_is_not_the_newest() -> None:
    feed = Feed()
    feed.shown = [entry("tomorrow", NOW + DAY), entry("today", NOW)]
    feed.poll()
    assert feed.known.newest == NOW
    assert feed.names == ["today", "tomorrow"]


acts = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["post", "undated", "poll"]), st.just(0)),
        st.tuples(st.sampled_from(["edit", "delete"]), st.integers(0, 5)),
    ),
    max_size=80,
)


@settings(max_examples=200)
@given(acts, st.integers(1, 6))
def test_once_and_nothing_lost_in_silence(script: list[tuple[str, int]], size: int) -> None:
    feed, written, polled = Feed(size=size), 0, False
    edits: dict[str, int] = {}
    born: dict[str, int] = {}
    missed_before: set[str] = set()
    for act, place in script:
        feed.now += timedelta(minutes=1)
        if act in ("post", "undated"):
            feed.post(f"p{written}", dated=act == "post")
            born[f"p{written}"] = written
            written += 1
        elif act == "edit" and place < len(feed.shown):
            post = feed.shown[place]
            edits[post.id] = edits.get(post.id, 0) + 1
            feed.shown[place] = replace(post, text=f"{post.id}, edit {edits[post.id]}")
        elif act == "delete" and place < len(feed.shown) and place >= size:
            del feed.shown[place]  # out of sight: what is deleted in sight lets an older one reappear
        elif act == "poll":
            gaps = len(feed.gaps)
            while feed.poll():
                pass
            unseen = {post.id for post in feed.shown} - set(feed.names)
            newly = unseen - missed_before
            if newly and polled:
                assert len(feed.gaps) > gaps, f"{newly} are lost and nobody says so"
            missed_before |= unseen
            polled = polled or bool(feed.shown)
    first = [name for name, _, edited in feed.read if not edited]
    assert len(set(first)) == len(first), "the same entry twice"
    assert len(set(feed.read)) == len(feed.read), "the same text twice"
