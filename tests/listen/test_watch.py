"""Alarms about sources: raised once, ended once, and never about what is usual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from vocbot.listen.sources import hear
from vocbot.listen.watch import ENOUGH, LEAST, PATIENCE, Watch, Watched, limit_of_silence, wrong
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.db import Store
from vocbot.store.tables import Alarm, AuditEntry, Poll, Source

NOW = datetime(2026, 11, 20, 9, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLLED = Watched(every=timedelta(minutes=10))


def heard(ago: timedelta, records: int = ENOUGH, quiet: timedelta = HOUR) -> Source:
    return Source(name="desk", heard_at=NOW - ago, records=records, quiet=quiet.total_seconds())


def polled(complete: timedelta | None, ended: timedelta = timedelta(0), reason: str = "busy", **more: object) -> Poll:
    at = None if complete is None else NOW - complete
    return Poll(
        source="desk", moved_at=NOW - 30 * HOUR, begun_at=NOW - ended, ended_at=NOW - ended, ended="stopped",
        reason=reason, complete_at=at, **more,
    )  # fmt: skip


def kinds(watched: Watched, source: Source | None = None, poll: Poll | None = None) -> list[str]:
    return [kind for kind, _ in wrong(watched, source, poll, NOW)]


@pytest.mark.parametrize(
    ("watched", "source", "alarm"),
    [
        (Watched(), heard(2 * HOUR), False),
        (Watched(), heard(PATIENCE * HOUR), False),
        (Watched(), heard(PATIENCE * HOUR + timedelta(seconds=1)), True),
        (Watched(), heard(50 * HOUR, records=ENOUGH - 1), False),  # not known yet what is usual
        (Watched(), heard(timedelta(minutes=59), quiet=timedelta(minutes=1)), False),
        (Watched(), heard(timedelta(minutes=61), quiet=timedelta(minutes=1)), True),
        (Watched(silent=HOUR), heard(2 * HOUR, records=1), True),
        (Watched(silent=10 * HOUR), heard(5 * HOUR), False),
        (Watched(), None, False),
        (Watched(), Source(name="desk"), False),
    ],
)
def test_silence(watched: Watched, source: Source | None, alarm: bool) -> None:
    assert kinds(watched, source) == (["silence"] if alarm else [])


@pytest.mark.parametrize(
    ("watched", "poll", "alarms"),
    [
        (POLLED, polled(timedelta(minutes=50)), []),
        (POLLED, polled(2 * HOUR), ["lag"]),  # it is tried, and does not come to the end
        (POLLED, polled(2 * HOUR, ended=2 * HOUR), ["poll"]),  # it is not even tried
        (POLLED, polled(None, ended=2 * HOUR), ["poll"]),
        (Watched(), polled(50 * HOUR), []),  # nobody polls it
        (Watched(every=24 * HOUR), polled(50 * HOUR), []),
        (Watched(every=24 * HOUR, history=timedelta(days=3)), polled(25 * HOUR), ["history"]),
        (Watched(every=24 * HOUR, history=timedelta(days=3)), polled(24 * HOUR), []),
        (POLLED, polled(HOUR, gap="reviews", gap_at=NOW - timedelta(days=6)), ["gap"]),
        (POLLED, polled(HOUR, gap="reviews", gap_at=NOW - timedelta(days=8)), []),
    ],
)
def test_polls(watched: Watched, poll: Poll, alarms: list[str]) -> None:
    assert kinds(watched, None, poll) == alarms


def test_how_much_time_is_left_is_said() -> None:
    ((_, facts),) = wrong(Watched(24 * HOUR, None, timedelta(days=3)), None, polled(30 * HOUR), NOW)
    assert (facts["left"], facts["history"]) == (42.0, 72.0)


def test_an_alarm_is_raised_once_and_ends_once(store: Store, clock: HandClock) -> None:
    alerts: list[tuple[str, bool]] = []
    watch = Watch(
        store,
        clock,
        {"desk": Watched(silent=HOUR)},
        lambda _: {},
        lambda _, alarm, now: alerts.append((alarm.kind, alarm.over_at == now)),
    )

    def listen() -> None:
        with store.write() as session:
            hear(session, {"desk": [clock.now()]})

    def told() -> list[tuple[str, str, bool]]:
        with store.read() as session:
            return [(a.source, a.kind, a.over_at is not None) for a in session.exec(select(Alarm))]

    def facts() -> list[str]:
        with store.read() as session:
            query = select(AuditEntry.action).where(AuditEntry.subject == "desk").order_by(col(AuditEntry.id))
            return list(session.exec(query))

    listen()
    watch()
    assert told() == []
    clock.move(2 * HOUR)
    watch()
    watch()
    assert (told(), facts()) == ([("desk", "silence", False)], ["alarm"])
    listen()
    watch()
    watch()
    assert (told(), facts()) == ([("desk", "silence", True)], ["alarm", "alarm over"])
    assert alerts == [("silence", False), ("silence", True)]
    clock.move(2 * HOUR)
    watch()
    assert told() == [("desk", "silence", True), ("desk", "silence", False)]


@given(st.lists(st.floats(min_value=1, max_value=86_400), min_size=ENOUGH, max_size=60))
def test_what_is_usual_raises_no_alarm(gaps: list[float]) -> None:
    """A source is never called silent within a quiet that it had lately."""
    source, time = Source(name="desk"), NOW
    for gap in gaps:
        time += timedelta(seconds=gap)
        quiet_before, heard_before = source.quiet, source.heard_at
        _hear(source, time)
        assert source.quiet >= 0.9 * gap or heard_before is None
        assert source.quiet >= 0.5 * quiet_before
    limit = limit_of_silence(Watched(), source)
    assert limit is not None
    assert limit >= max(LEAST, timedelta(seconds=gaps[-1]))


def _hear(source: Source, time: datetime) -> None:
    class Known:
        def exec(self, _: object) -> list[Source]:
            return [source]

        def add(self, _: object) -> None:
            pass

        def flush(self) -> None:
            pass

    hear(Known(), {"desk": [time]})  # type: ignore[arg-type]


def test_records_that_come_late_do_not_turn_time_back(each_store: Store) -> None:
    with each_store.write() as session:
        hear(session, {"desk": [NOW, NOW - HOUR, NOW + HOUR], "shop": [NOW]})
    with each_store.read() as session:
        found = {s.name: s for s in session.exec(select(Source))}
    assert (found["desk"].heard_at, found["desk"].records) == (NOW + HOUR, 3)
    assert (found["desk"].quiet, found["shop"].quiet) == (3600.0, 0.0)
    assert isinstance(found["shop"], Source)
