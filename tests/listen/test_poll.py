"""The cursor moves once the records are durable, and never before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from vocbot.listen import poll
from vocbot.listen.intake import Intake
from vocbot.listen.poll import Poller
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Page, Record
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Cursor, Inbound


class Export:
    """A list of records, read `size` at a time; the cursor is the number read."""

    def __init__(self, count: int, size: int = 2) -> None:
        self.count, self.size = count, size
        self.asked: list[str | None] = []
        self.failures: dict[str | None, Exception] = {}

    def poll(self, cursor: str | None) -> Page:
        self.asked.append(cursor)
        if cursor in self.failures:
            raise self.failures.pop(cursor)
        start = int(cursor or 0)
        end = min(self.count, start + self.size)
        return Page(tuple(Record(f"r{n}", b"{}") for n in range(start, end)), str(end), end < self.count)


@pytest.fixture
def intake(each_store: Store, crypt: Crypt) -> Iterator[Intake]:
    made = Intake(each_store, crypt, lambda: None)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def make(each_store: Store, clock: HandClock, intake: Intake) -> Callable[[Export], Poller]:
    return lambda export: Poller(each_store, clock, intake, {"desk": export, "shop": Export(1)})


def names(store: Store) -> list[str]:
    with Session(store.inbox) as session:
        return list(session.exec(select(Inbound.event_id).order_by(col(Inbound.id))))


def cursor(store: Store, source: str = "desk") -> str | None:
    with store.read() as session:
        row = session.get(Cursor, f"poll:{source}")
        return row.value if row else None


def test_all_pages_and_then_on_from_there(
    each_store: Store, make: Callable[[Export], Poller], clock: HandClock
) -> None:
    export = Export(5)
    poller = make(export)
    assert poller("desk") == 5
    assert export.asked == [None, "2", "4"]
    assert names(each_store) == ["r0", "r1", "r2", "r3", "r4"]
    export.count = 6
    clock.move(timedelta(hours=1))
    assert make(export)("desk") == 1  # a new process reads on
    assert export.asked[3:] == ["5"]
    assert (cursor(each_store), cursor(each_store, "shop")) == ("6", None)
    assert poller("shop") == 1
    assert cursor(each_store) == "6"
    with Session(each_store.inbox) as session:
        found = session.exec(select(Inbound).where(Inbound.event_id == "r5")).one()
    assert (found.kind, found.received_at) == ("poll", clock.now())


def test_a_page_without_records_moves_the_cursor(each_store: Store, make: Callable[[Export], Poller]) -> None:
    assert make(Export(0))("desk") == 0
    assert cursor(each_store) == "0"


@pytest.mark.parametrize("error", [Retryable("busy", 5), Rejected("gone", 410)])
def test_a_page_that_fails_leaves_the_cursor_before_it(
    each_store: Store, make: Callable[[Export], Poller], error: Exception
) -> None:
    export = Export(6)
    export.failures["2"] = error
    with pytest.raises(type(error)):
        make(export)("desk")
    assert (cursor(each_store), len(names(each_store))) == ("2", 2)
    assert make(export)("desk") == 4
    assert export.asked == [None, "2", "2", "4"]


def test_the_cursor_moves_after_the_records(
    each_store: Store, make: Callable[[Export], Poller], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between the two reads the page again, and keeps nothing twice."""
    export = Export(4)
    monkeypatch.setattr(Store, "write", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make(export)("desk")
    monkeypatch.undo()
    assert (cursor(each_store), names(each_store)) == (None, ["r0", "r1"])
    assert make(export)("desk") == 4
    assert names(each_store) == ["r0", "r1", "r2", "r3"]


def test_while_the_intake_takes_nothing_the_cursor_stays(
    each_store: Store, make: Callable[[Export], Poller], intake: Intake
) -> None:
    intake.stop()
    with pytest.raises(Retryable, match="waiting to be written"):
        make(Export(4))("desk")
    assert cursor(each_store) is None


def test_one_long_history_does_not_hold_up_the_others(
    each_store: Store, make: Callable[[Export], Poller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "MOST_PAGES", 3)
    export = Export(10)
    poller = make(export)
    assert [poller("desk"), poller("desk"), poller("desk")] == [6, 4, 0]
    assert cursor(each_store) == "10"


def test_a_record_seen_by_two_polls_is_kept_once(each_store: Store, make: Callable[[Export], Poller]) -> None:
    poller = make(Export(20, size=20))
    threads = [threading.Thread(target=poller, args=("desk",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(each_store) == [f"r{n}" for n in range(20)]
