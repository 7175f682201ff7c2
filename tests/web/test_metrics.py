"""Figures for Prometheus: right, in its format, and without a person's name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.world import COUPON, World
from vocbot.config.model import Settings
from vocbot.deliveries.hold import hold
from vocbot.listen.sources import hear
from vocbot.store.tables import Alarm, Delivery, Unread
from vocbot.web.metrics import Figures, exposition


def figures(world: World, waiting: int = 0) -> Mapping[tuple[str, ...], float]:
    opened: Any = SimpleNamespace(
        store=world.store, clock=world.clock, configuration=SimpleNamespace(settings=Settings.model_validate({}))
    )
    text = exposition(Figures(opened, SimpleNamespace(waiting=waiting))).decode()  # type: ignore[arg-type]
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_an_empty_installation(world: World) -> None:
    found = figures(world, waiting=3)
    assert found["vocbot_inbox_records",] == 3
    assert not any(name[0] == "vocbot_undecided_share" for name in found)


def test_what_is_told(world: World) -> None:
    world.complain(3, COUPON)
    world.say("Hmm, well then, let us see about it.")
    now = world.clock.now()
    with world.store.write() as session:
        hear(session, {"desk": [now - timedelta(hours=2)]})
        session.add(Alarm(source="desk", kind="silence", facts={}, raised_at=now))
        session.add(Alarm(source="desk", kind="lag", facts={}, raised_at=now, over_at=now))
        session.add(Unread(inbound_id=1, source="desk", kind="failed", reason="x", at=now))
        common: dict[str, Any] = {"act": "ticket", "connector": "jira", "planned_at": now}
        session.add(Delivery(key="a", state="planned", attempt=2, due_at=now - timedelta(minutes=5), **common))
        session.add(Delivery(key="b", state="planned", due_at=now + timedelta(days=1), **common))
        session.add(Delivery(key="c", state="buried", due_at=now - timedelta(days=9), **common))
        hold(session, "jira", "Li Na", "", now)
    found = figures(world)
    assert found["vocbot_undecided_share",] == pytest.approx(1 / 4)
    assert found["vocbot_source_silence_seconds", "desk"] == 7200
    assert found["vocbot_alarm", "desk", "silence"] == 1
    assert ("vocbot_alarm", "desk", "lag") not in found
    assert found["vocbot_unread_records",] == 1
    assert (found["vocbot_deliveries", "jira", "planned"], found["vocbot_deliveries", "jira", "buried"]) == (2, 1)
    assert found["vocbot_delivery_due_seconds", "jira"] == 300
    assert found["vocbot_deliveries_retrying", "jira"] == 1
    assert found["vocbot_connector_held", "jira"] == 1
    assert "Li Na" not in str(found)
