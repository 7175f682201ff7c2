"""Figures for Prometheus, read from the store when they are asked for. Names of connectors, never of people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlmodel import Session, col, func, select

from vocbot.listen.intake import Intake
from vocbot.listen.parse import lag
from vocbot.opened import Opened
from vocbot.store.delivery_list import delivery_list
from vocbot.store.source_list import source_list
from vocbot.store.tables import Feedback, Timer, Unread

RECENT = timedelta(days=7)  # of the undecided share


class Figures(Collector):
    """What `/metrics` tells of one installation."""

    def __init__(self, opened: Opened, intake: Intake) -> None:
        self._opened, self._intake = opened, intake

    def collect(self) -> Iterator[Metric]:
        """All of it, as of now."""
        store, now = self._opened.store, self._opened.clock.now()
        waiting = self._intake.waiting + lag(store)
        yield GaugeMetricFamily("vocbot_inbox_records", "Records that wait to be read.", waiting)
        yield from self._sources()
        with store.read() as session:
            yield from self._deliveries(session)
            unread = session.exec(select(func.count()).select_from(Unread)).one()
            yield GaugeMetricFamily("vocbot_unread_records", "Records that could not be used.", unread)
            due = session.exec(select(func.count()).select_from(Timer).where(col(Timer.due_at) <= now)).one()
            yield GaugeMetricFamily("vocbot_timers_due", "Things that have fallen due and are not done.", due)
            share = self._undecided(session)
            if share is not None:
                yield GaugeMetricFamily(
                    "vocbot_undecided_share", "Of the feedback of the last 7 days, what no rule knew (0 to 1).", share
                )

    def _sources(self) -> Iterator[Metric]:
        now = self._opened.clock.now()
        quiet = GaugeMetricFamily("vocbot_source_silence_seconds", "Since a source was last heard.", labels=["source"])
        alarms = GaugeMetricFamily("vocbot_alarm", "Alarms that last.", labels=["about", "kind"])
        for one in source_list(self._opened.store, now):
            if one.heard_at is not None:
                quiet.add_metric([one.name], (now - one.heard_at).total_seconds())
            for alarm in one.alarms:
                alarms.add_metric([one.name, alarm.kind], 1)
        yield quiet
        yield alarms

    def _deliveries(self, session: Session) -> Iterator[Metric]:
        now = self._opened.clock.now()
        states = GaugeMetricFamily("vocbot_deliveries", "Acts by state.", labels=["connector", "state"])
        oldest = GaugeMetricFamily("vocbot_delivery_due_seconds", "Since the oldest act was due.", labels=["connector"])
        retries = GaugeMetricFamily("vocbot_deliveries_retrying", "Acts tried in vain so far.", labels=["connector"])
        held = GaugeMetricFamily("vocbot_connector_held", "1 while a person holds it.", labels=["connector"])
        for one in delivery_list(session, now):
            for state, count in one.states.items():
                states.add_metric([one.connector, state], count)
            oldest.add_metric([one.connector], (now - one.due).total_seconds() if one.due else 0)
            retries.add_metric([one.connector], one.retrying)
            held.add_metric([one.connector], 1 if one.held else 0)
        yield from (states, oldest, retries, held)

    def _undecided(self, session: Session) -> float | None:
        since = (self._opened.clock.now() - RECENT).astimezone(self._opened.configuration.settings.zone).date()
        counts = select(Feedback.bucket, func.count()).where(
            col(Feedback.day) >= since, Feedback.bucket != "superseded"
        )
        found = dict(session.exec(counts.group_by(col(Feedback.bucket))).all())
        return found.get("undecided", 0) / sum(found.values()) if found else None


def exposition(figures: Figures) -> bytes:
    """The figures in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(figures)
    return generate_latest(registry)
