"""Tell colleagues in chat that something is wrong with vocbot itself: once when it begins, once when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from vocbot.config.model import AlertSettings
from vocbot.deliveries.payload import dump
from vocbot.deliveries.plan import plan
from vocbot.locale import say
from vocbot.sdk.document import Document, paragraph
from vocbot.store.tables import Alarm


@dataclass(frozen=True)
class Alerts:
    """What alerting needs from the configuration."""

    settings: AlertSettings
    zone: ZoneInfo

    def __call__(self, session: Session, alarm: Alarm, now: datetime) -> None:
        """Plan the message that an alarm was raised, or is over."""
        where, language = self.settings, self.settings.language
        if where.connector is None:
            return
        over = alarm.over_at is not None
        title = say(language, "alert.over" if over else "alert.raised", name=alarm.source)
        plan(
            session,
            key=f"alert:{alarm.id}:{'over' if over else 'raised'}",
            act="alert",
            connector=where.connector,
            target=where.target,
            now=now,
            subject=alarm.source,
            lane=f"alert:{alarm.id}",
            payload={"document": dump(Document(language, title, (paragraph(sentence(alarm, language, self.zone)),)))},
        )


def sentence(alarm: Alarm, language: str, zone: ZoneInfo) -> str:
    """An alarm in words."""
    facts = dict(alarm.facts)
    for name in ("since", "at"):
        if name in facts:
            facts[name] = f"{datetime.fromisoformat(facts[name]).astimezone(zone):%Y-%m-%d %H:%M}"
    return say(language, f"alarm.{alarm.kind}", **facts)
