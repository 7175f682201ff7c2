"""A page's records and the cursor behind it are kept together; a round ends complete or stopped, and says why."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from vocbot.listen import poll
from vocbot.listen.intake import Intake
from vocbot.listen.poll import EXPIRED, Poller, Round
from vocbot.listen.turn import turn
from vocbot.sdk.errors import CursorExpired, Rejected, Retryable
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Page, Record
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Inbound, Poll


class Export:
    """A list of records, read `size` at a time; the cursor is the number read."""

    def __init__(self, count: int, size: int = 2) -> None:
        self.count, self.size = count, size
        self.asked: list[str | None] = []
        self.failures: dict[str | None, Exception] = {}
        self.gap = ""

    def poll(self, cursor: str | None) -> Page:
        self.asked.append(cursor)
        if cursor in self.failures:
            raise self.failures.pop(cursor)
        start = int(cursor or 0)
        end = min(self.count, start + self.size)
        records = tuple(Record(f"r{n}", b"{}") for n in range(start, end))
        return Page(records, str(end), end < self.count, gap=self.gap)


Make = Callable[..., Poller]


@pytest.fixture
def intake(each_store: Store, crypt: Crypt) -> Iterator[Intake]:
    made = Intake(each_store, crypt, lambda: None)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def make(each_store: Store, clock: HandClock, intake: Intake) -> Make:
    def made(export: object, **histories: timedelta) -> Poller:
        sources = {"desk": export, "shop": Export(1)}
        return Poller(each_store, clock, intake, sources, histories)  # type: ignore[arg-type]

    return made


def names(store: Store) -> list[str]:
    with Session(store.inbox) as session:
        return list(session.exec(select(Inbound.event_id).order_by(col(Inbound.id))))


def state(store: Store, source: str = "desk") -> Poll | None:
    with Session(store.inbox) as session:
        return session.get(Poll, source)


def cursor(store: Store) -> str | None:
    found = state(store)
    return found.cursor if found else None


def test_all_pages_and_then_on_from_there(each_store: Store, make: Make, clock: HandClock) -> None:
    export = Export(5)
    assert make(export)("desk") == Round("complete", "", 5, 5)
    assert export.asked == [None, "2", "4"]
    assert names(each_store) == ["r0", "r1", "r2", "r3", "r4"]
    export.count = 6
    clock.move(timedelta(hours=1))
    assert make(export)("desk") == Round("complete", "", 1, 1)  # a new process reads on
    assert export.asked[3:] == ["5"]
    found = state(each_store)
    assert found is not None
    assert (found.cursor, found.ended, found.complete_at, found.moved_at) == ("6", "complete", clock.now(), clock.now())
    assert state(each_store, "shop") is None
    with Session(each_store.inbox) as session:
        record = session.exec(select(Inbound).where(Inbound.event_id == "r5")).one()
    assert (record.kind, record.received_at) == ("poll", clock.now())


def test_a_page_without_records_moves_the_cursor(each_store: Store, make: Make) -> None:
    assert make(Export(0))("desk") == Round("complete")
    assert cursor(each_store) == "0"


@pytest.mark.parametrize(
    ("error", "after"), [(Retryable("busy", 5), 5), (Rejected("gone", 410), None), (KeyError("secret"), None)]
)
def test_a_page_that_fails_stops_the_round_before_it(
    each_store: Store, make: Make, error: Exception, after: float | None, clock: HandClock
) -> None:
    export = Export(6)
    make(Export(0))  # another reader changes nothing
    export.failures["2"] = error
    done = make(export)("desk")
    assert (done.ended, done.records, done.new, done.after) == ("stopped", 2, 2, after)
    assert "secret" not in done.reason
    found = state(each_store)
    assert found is not None
    assert (found.cursor, found.ended, found.reason, found.complete_at) == ("2", "stopped", done.reason, None)
    assert make(export)("desk").records == 4
    assert export.asked == [None, "2", "2", "4"]


def test_the_records_and_the_cursor_are_one_transaction(
    each_store: Store, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trouble between the two leaves neither."""
    monkeypatch.setattr("vocbot.listen.intake.move_cursor", lambda *_: 1 / 0)
    assert make(Export(4))("desk").reason == "the inbox cannot be written"
    assert (cursor(each_store), names(each_store)) == (None, [])
    monkeypatch.undo()
    assert make(Export(4))("desk").new == 4


def test_while_the_intake_takes_nothing_the_cursor_stays(each_store: Store, make: Make, intake: Intake) -> None:
    intake.stop()
    done = make(Export(4))("desk")
    assert (done.ended, done.reason) == ("stopped", "too many records are waiting to be written")
    assert cursor(each_store) is None


def test_a_long_history_takes_several_rounds(each_store: Store, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll, "MOST_PAGES", 3)
    export = Export(10)
    poller = make(export)
    rounds = [poller("desk") for _ in range(3)]
    assert [(r.ended, r.records, r.more) for r in rounds] == [
        ("stopped", 6, True),
        ("complete", 4, False),
        ("complete", 0, False),
    ]
    assert cursor(each_store) == "10"


def test_a_source_that_promises_more_for_ever_is_stopped(each_store: Store, make: Make) -> None:
    class Stuck(Export):
        def poll(self, cursor: str | None) -> Page:
            self.asked.append(cursor)
            return Page((), "7", True)

    class Empty(Export):
        def poll(self, cursor: str | None) -> Page:
            self.asked.append(cursor)
            return Page((), str(len(self.asked)), True)

    stuck, empty = Stuck(0), Empty(0)
    assert "does not move" in make(stuck)("desk").reason
    assert len(stuck.asked) == 2
    assert f"{poll.MOST_EMPTY} pages in a row" in make(empty)("desk").reason
    assert len(empty.asked) == poll.MOST_EMPTY


def test_an_expired_cursor_begins_anew_and_is_a_gap(each_store: Store, make: Make, clock: HandClock) -> None:
    export = Export(4)
    make(export)("desk")
    export.count, export.failures["4"] = 6, CursorExpired("gone")
    clock.move(timedelta(days=1))
    assert make(export)("desk") == Round("complete", "", 6, 2)  # what is known already is kept once
    found = state(each_store)
    assert found is not None
    assert (found.gap, found.gap_at) == (EXPIRED, clock.now())
    export.failures = {"6": CursorExpired("gone"), None: CursorExpired("gone")}
    assert make(export)("desk").reason == EXPIRED
    assert cursor(each_store) == "6"


def test_what_a_source_says_is_lost_is_kept_until_it_says_more(each_store: Store, make: Make, clock: HandClock) -> None:
    export = Export(2)
    export.gap = "reviews before 3 November"
    make(export)("desk")
    at = clock.now()
    export.gap, export.count = "", 3
    clock.move(timedelta(hours=1))
    make(export)("desk")
    found = state(each_store)
    assert found is not None
    assert (found.gap, found.gap_at) == ("reviews before 3 November", at)


def test_who_was_away_for_longer_than_things_are_shown_has_lost_some(
    each_store: Store, make: Make, clock: HandClock
) -> None:
    export = Export(2)
    make(export, desk=timedelta(days=3))("desk")
    clock.move(timedelta(days=3))
    make(export, desk=timedelta(days=3))("desk")
    found = state(each_store)
    assert found is not None
    assert found.gap == ""
    clock.move(timedelta(days=4))
    make(export, desk=timedelta(days=3))("desk")
    found = state(each_store)
    assert found is not None
    assert found.gap == "not read for 4 days, and the system shows 3 days back"


def test_only_one_at_a_time_polls_a_source(each_store: Store, make: Make) -> None:
    export = Export(2)
    with turn(each_store, "desk") as ours:
        assert ours
        assert make(export)("desk").ended == "elsewhere"
        assert make(export)("shop").ended == "complete"
    assert export.asked == []
    assert make(export)("desk").ended == "complete"


def test_many_polls_at_once_keep_everything_once(each_store: Store, make: Make) -> None:
    poller, ended = make(Export(20, size=4)), []
    threads = [threading.Thread(target=lambda: ended.append(poller("desk").ended)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "complete" in ended
    assert names(each_store) == [f"r{n}" for n in range(20)]


def test_what_another_worker_has_just_polled_is_not_polled_again(
    each_store: Store, make: Make, clock: HandClock
) -> None:
    export, rest = Export(2), timedelta(minutes=9)
    assert make(export)("desk", rest).ended == "complete"
    export.count = 4
    assert make(export)("desk", rest).ended == "elsewhere"
    assert names(each_store) == ["r0", "r1"]
    clock.move(rest)
    assert make(export)("desk", rest).new == 2
    export.count = 5
    assert make(export)("desk").new == 1  # unless it is known that there is more
