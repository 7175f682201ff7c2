"""A world whose feedback comes through the inbox, as raw records of a made-up desk."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from tests.world import COUPON, World, said
from vocbot.listen.parse import Drain, Parse
from vocbot.listen.raw import pack
from vocbot.privacy.forget import Forget
from vocbot.sdk import events, wire
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Inbound

SOURCE = "zendesk"
FRUIT = (
    "apples",
    "pears",
    "plums",
    "cherries",
    "figs",
    "dates",
    "limes",
    "lemons",
    "grapes",
    "kiwis",
    "nuts",
    "quinces",
)


def parse(record: wire.Inbound) -> Sequence[events.Event]:
    """A record holds the events themselves, each with its kind."""
    found: list[events.Event] = []
    try:
        listed = json.loads(record.body)
    except ValueError:
        raise Unparseable("not JSON") from None
    for one in listed:
        kind = getattr(events, one.pop("is"))
        feedback = one.pop("feedback", None)
        given = {k: datetime.fromisoformat(v) if k == "time" else v for k, v in one.items()}
        if feedback is not None:
            given["feedback"] = _feedback(feedback)
        if kind is events.CustomerEvent:
            given["author"] = _author(given["author"])
        found.append(_feedback(one) if kind is events.Feedback else kind(**given))
    return found


def _feedback(one: dict[str, Any]) -> events.Feedback:
    author = _author(one.pop("author"))
    return events.Feedback(**{**one, "author": author, "time": datetime.fromisoformat(one["time"])})


def _author(author: dict[str, Any] | None) -> events.Author | None:
    if not author:
        return None
    contacts = tuple(events.Contact(**c) for c in author.pop("contacts"))
    return events.Author(**author, contacts=contacts)


class Desk:
    """Takes records in and lets them be read."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.parsers: dict[tuple[str, str], Parse] = {(SOURCE, "webhook"): parse}
        self.drain = Drain(world.store, world.crypt, world.clock, self.parsers, world.loop.on_events)

    def hear(self, *given: events.Event, body: bytes | None = None, read: bool = True) -> int:
        """One record with these events, or with any body; returns its number."""
        told = [{"is": type(one).__name__, **asdict(one)} for one in given]
        content = json.dumps(told, default=str, ensure_ascii=False).encode() if body is None else body
        raw = wire.Inbound("webhook", str(next(self.world.ids)), content, {}, self.world.clock.now())
        with Session(self.world.store.inbox, expire_on_commit=False) as inbox:
            row = Inbound(source=SOURCE, event_id=raw.event_id, kind="webhook", received_at=raw.received_at, body=b"")
            row.body = self.world.crypt.seal(pack(raw))
            inbox.add(row)
            inbox.commit()
        while read and self.drain():
            pass
        assert row.id is not None
        return row.id

    def burst(self, people: int = 6) -> None:
        """So many people, c0, c1, ..., complain about one issue on each of two days; it gets its ticket."""
        self.world.counted(14)
        for day in range(2):
            for n in range(people):
                number = day * people + n
                text = f"{said(COUPON)[number % len(said(COUPON))]}, though I bought {FRUIT[number]}"
                self.hear(self.world.feedback(text, f"c{n}", conversation=f"talk-c{n}"))
            self.world.run()
            if not day:
                self.world.go(days=1)

    def body(self, record: int) -> bytes:
        with Session(self.world.store.inbox) as inbox:
            return inbox.get_one(Inbound, record).body

    def forget(self, whom: str, by: str = "Li Na", editable: Sequence[str] = ("slack",)) -> Any:
        world = self.world
        return Forget(world.store, world.crypt, world.clock, self.parsers, frozenset(editable), self.drain)(whom, by)


@pytest.fixture
def desk_on(crypt: Crypt, clock: HandClock) -> Callable[..., Desk]:
    return lambda store, **options: Desk(World(store, crypt, clock, options))


@pytest.fixture
def desk(store: Store, desk_on: Callable[..., Desk]) -> Desk:
    return desk_on(store)


@pytest.fixture
def each_desk(each_store: Store, desk_on: Callable[..., Desk]) -> Desk:
    return desk_on(each_store)
