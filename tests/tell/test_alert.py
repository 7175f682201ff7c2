"""Trouble of vocbot's own is told once, and once when it is over, in the colleagues' language and their time."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from vocbot.config.model import AlertSettings
from vocbot.deliveries.dead import dead, drop
from vocbot.deliveries.plan import plan
from vocbot.deliveries.trouble import IN_VAIN, trouble
from vocbot.listen.watch import Watch
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.db import Store
from vocbot.store.tables import Delivery
from vocbot.tell.alert import Alerts

SHANGHAI = ZoneInfo("Asia/Shanghai")


def watch(store: Store, clock: HandClock, **settings: str) -> Watch:
    return Watch(store, clock, {}, trouble, Alerts(AlertSettings(**settings), SHANGHAI))  # type: ignore[arg-type]


def act(store: Store, clock: HandClock, **values: object) -> None:
    with store.write() as session:
        found = plan(session, key="ticket:VOC-1:1", act="ticket", connector="jira", now=clock.now())
        assert found is not None
        for name, value in values.items():
            setattr(found, name, value)


def told(store: Store) -> list[tuple[str, str]]:
    """Title and sentence of each alert, in order."""
    with store.read() as session:
        found = session.exec(select(Delivery).where(Delivery.act == "alert").order_by(col(Delivery.id))).all()
        documents = [d.payload["document"] for d in found]
        assert {(d.connector, d.target) for d in found} <= {("slack", "C1")}
        return [(d["title"], str(d["blocks"])) for d in documents]


@pytest.mark.parametrize(
    ("language", "raised", "over"), [("en", "trouble with jira", "well again"), ("zh", "出了问题", "恢复正常")]
)
def test_buried_and_over(each_store: Store, clock: HandClock, language: str, raised: str, over: str) -> None:
    look = watch(each_store, clock, connector="slack", target="C1", language=language)
    act(each_store, clock, state="buried", ended_at=clock.now())
    look()
    look()
    ((title, text),) = told(each_store)
    assert raised in title and "2026-11-03 17:07" in text and "vocbot dead" in text
    with each_store.write() as session:
        (row,) = dead(session)
        drop(session, row, "Li Na", "", clock.now())
    clock.move(timedelta(minutes=1))
    look()
    look()
    assert over in told(each_store)[1][0]
    assert len(told(each_store)) == 2


def test_what_is_tried_in_vain_is_said_with_the_last_answer(store: Store, clock: HandClock) -> None:
    act(store, clock, attempt=IN_VAIN - 1, error="HTTP 503")
    look = watch(store, clock, connector="slack", target="C1")
    look()
    assert told(store) == []
    with store.write() as session:
        row = session.exec(select(Delivery)).one()
        row.attempt = IN_VAIN
        session.add(row)
    look()
    assert "HTTP 503" in told(store)[0][1]


def test_nowhere_to_tell(store: Store, clock: HandClock) -> None:
    act(store, clock, state="buried", ended_at=clock.now())
    watch(store, clock)()
    assert told(store) == []
