"""What people met before they complained, and between which stops they fall; nothing standing out is an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.world import COUPON, CRASH, World
from vocbot.sdk.testing.clock import HandClock
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store
from vocbot.store.tables import Event, Feedback, Issue, Mention, Person
from vocbot.understand import journey
from vocbot.understand.journey import Handoff, Step, handoffs, steps_before


class Journeys:
    """Writes people, what they said and what they met, so many days ago."""

    def __init__(self, world: World) -> None:
        self.world = world
        now = world.clock.now()
        with world.write() as session:
            for number, stage, department in ((1, "purchase", "shop"), (2, "delivery", "logistics"), (3, "use", "app")):
                session.add(
                    Issue(
                        number=number, title_zh="题", title_en="T", stage=stage, department=department, first_seen=now,
                        last_seen=now,
                    )
                )  # fmt: skip
        self.people = 0

    def speak(self, count: int, *said: tuple[int, float], **met: Any) -> None:
        """`count` new people who spoke of Issue n so many days ago, one after the other; `met`: an event's kind, its
        `days` ago and its attributes."""
        with self.world.write() as session:
            for _ in range(count):
                self.people += 1
                now = self.world.clock.now()
                person = Person(pseudonym=f"P-{self.people}", created_at=now)
                session.add(person)
                session.flush()
                if met:
                    event = {k: v for k, v in met.items() if k not in ("kind", "days")}
                    at = now - timedelta(days=met["days"])
                    session.add(
                        Event(
                            source="s", external_id=str(self.people), person_id=person.id, kind=met["kind"], time=at,
                            attributes=event,
                        )
                    )  # fmt: skip
                for number, days in said:
                    self._one(session, person, number, now - timedelta(days=days))

    def _one(self, session: Any, person: Person, number: int, at: Any) -> None:
        day = at.astimezone(self.world.settings.zone).date()
        feedback = Feedback(
            source="s", external_id=f"j{next(self.world.ids)}", person_id=person.id, text="x", time=at, day=day,
            channel="app" if number == 1 else "phone", bucket="issue", created_at=at,
        )  # fmt: skip
        session.add(feedback)
        session.flush()
        issue = session.get(Issue, number)
        session.add(
            Mention(
                feedback_id=feedback.id, issue_id=number, person_id=person.id, start=0, end=1, text="x", time=at,
                day=day, stage=issue.stage,
            )
        )  # fmt: skip

    def before(self, number: int = 3) -> list[tuple[str, str, str, int]]:
        with self.world.store.read() as session:
            found: tuple[Step, ...] = steps_before(session, number, self.world.today)
        assert all(one.lift.low > 1 for one in found)
        return [(one.kind, one.name, one.value, one.lift.seen) for one in found]

    def between(self, by: Any = "stage") -> list[Handoff]:
        with self.world.store.read() as session:
            return list(handoffs(session, self.world.today, by))


@pytest.fixture(name="journeys")
def journeys_fixture(world: World) -> Journeys:
    return Journeys(world)


def test_a_campaign_that_those_who_complain_had_seen_stands_out(journeys: Journeys) -> None:
    journeys.speak(14, (3, 3), kind="campaign", days=6, name="618")
    journeys.speak(6, (3, 3))
    journeys.speak(100, (2, 5))
    journeys.speak(8, (2, 5), kind="campaign", days=9, name="other")
    found = journeys.before()
    assert ("event", "campaign", "name=618", 14) in found
    assert all("other" not in value for _, _, value, _ in found)


def test_of_many_people_some_stand_for_all(journeys: Journeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journey, "MOST_COMPLAINED", 100)
    monkeypatch.setattr(journey, "MOST_OTHERS", 100)
    journeys.speak(60, (3, 3), kind="campaign", days=6, name="618")
    journeys.speak(60, (3, 3))
    journeys.speak(60, (2, 5), kind="campaign", days=9, name="618")
    journeys.speak(540, (2, 5))
    with journeys.world.store.read() as session:
        (first, *_) = steps_before(session, 3, journeys.world.today)
    assert (first.kind, first.name, first.of) == ("event", "campaign", 100)
    # of 720 who spoke 120 had met it: shares are those of all, though few of the others are looked at
    assert first.lift.usual_share == pytest.approx(120 / 720, abs=0.06)
    assert first.lift.share == pytest.approx(0.5, abs=0.1)


def test_an_earlier_stage_stands_out(journeys: Journeys) -> None:
    journeys.speak(15, (1, 9), (3, 3))
    journeys.speak(5, (3, 3))
    journeys.speak(100, (2, 5))
    journeys.speak(6, (1, 8), (2, 5))
    assert journeys.before() == [("stage", "purchase", "", 15)]


def test_what_came_after_the_complaint_or_long_before_it_does_not_count(journeys: Journeys) -> None:
    journeys.speak(15, (3, 9), (1, 3))
    journeys.speak(15, (1, 50), (3, 3))
    journeys.speak(100, (2, 5))
    assert journeys.before() == []


def test_what_everybody_met_does_not_stand_out(journeys: Journeys) -> None:
    journeys.speak(20, (3, 3), kind="campaign", days=6, name="618")
    journeys.speak(100, (2, 5), kind="campaign", days=9, name="618")
    assert journeys.before() == []


def test_of_few_people_nothing_is_said(journeys: Journeys) -> None:
    journeys.speak(7, (3, 3), kind="campaign", days=6, name="618")
    journeys.speak(100, (2, 5))
    assert journeys.before() == [] and journeys.before(1) == []


@pytest.mark.parametrize(
    ("by", "first", "then"), [("stage", "purchase", "delivery"), ("department", "shop", "logistics")]
)
def test_between_which_stops_people_fall(journeys: Journeys, by: str, first: str, then: str) -> None:
    journeys.speak(20, (2, 100), (3, 95))
    journeys.speak(20, (1, 200), (3, 195))
    journeys.speak(12, (1, 12), (2, 6))
    journeys.speak(4, (2, 12), (3, 6))
    journeys.speak(9, (1, 30), (2, 6))  # too far apart
    (found,) = journeys.between(by)
    assert (found.first, found.then, found.lift.seen, found.of) == (first, then, 12, 16)
    assert found.lift.low > 2


def test_channels_are_stops_too(journeys: Journeys) -> None:
    journeys.speak(30, (2, 100), (1, 95))
    journeys.speak(12, (1, 12), (2, 6))
    (found,) = journeys.between("channel")
    assert (found.first, found.then) == ("app", "phone")


def test_usual_ways_are_no_news(journeys: Journeys) -> None:
    assert journeys.between() == []
    journeys.speak(60, (1, 100), (2, 95))
    journeys.speak(40, (2, 100), (3, 95))
    journeys.speak(9, (1, 12), (2, 6))
    journeys.speak(6, (2, 12), (3, 6))
    assert journeys.between() == []


def test_the_same_on_postgresql(world: World, pg_store: Store, crypt: Crypt, clock: HandClock) -> None:
    found = []
    for one in (world, World(pg_store, crypt, clock, {})):
        journeys = Journeys(one)
        journeys.speak(14, (2, 6), (3, 3), kind="campaign", days=6, name="618")
        journeys.speak(12, (3, 3))
        journeys.speak(100, (2, 100), (3, 95))
        journeys.speak(60, (2, 5))
        found.append((journeys.before(), *map(journeys.between, ("stage", "department", "channel"))))
    assert found[0] == found[1] and found[0][0]


def test_a_ticket_says_what_was_met(world: World) -> None:
    world.burst()
    with world.write() as session:
        for n, person in enumerate(world.all(Person)):
            at = world.clock.now() - timedelta(days=3)
            session.add(Event(source="s", external_id=str(n), person_id=person.id, kind="campaign", time=at))
    world.complain(80, CRASH, first=500)
    world.ticket()
    world.go(days=8)
    text = world.texts("update")[-1]
    assert "Met before by more of those who complained" in text and "campaign: 12 of 12 people (100%)" in text
    assert world.issue(COUPON)
