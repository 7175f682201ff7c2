"""Alarms by whole weeks: what no single day shows, and when a week is assessed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from tests.world import COUPON, CRASH, World, moment, said
from vocbot.config.model import CalendarSettings
from vocbot.stats.detect import Detector
from vocbot.store.tables import Change, DetectorState, IssueDay, Mention, Person, Signal, Timer, VolumeDay
from vocbot.understand.kept_weeks import SETTLED
from vocbot.understand.weekly import STILL_NEWS, WEEK, evaluate_week, monday_of, to_assess


def weeks(world: World, counts: Sequence[int], authors: int = 5) -> date:
    """Mentions of one issue by whole weeks up to the last one that is over, never many on a day; -> its Monday."""
    world.say(said(COUPON)[0], time=world.clock.now() - timedelta(days=40))
    rng = np.random.default_rng(1)
    last = monday_of(world.today) - WEEK
    with world.write() as session:
        for table in (IssueDay, VolumeDay):
            for row in world.all(table):
                session.delete(session.merge(row))
        session.flush()
        feedback_id = world.all(Mention)[0].feedback_id
        for n, count in enumerate(counts):
            start = last - (len(counts) - 1 - n) * WEEK
            for d in range(7):
                day, mentions = start + timedelta(days=d), count // 7 + (d < count % 7)
                session.add(IssueDay(issue_id=1, day=day, mentions=mentions, people=mentions))
                session.add(VolumeDay(day=day, feedback=int(rng.poisson(200))))
        for n in range(authors):
            person = Person(pseudonym=f"P-{n}", created_at=world.clock.now())
            session.add(person)
            session.flush()
            old = world.all(Mention)[0].model_dump(exclude={"id", "person_id", "day", "start"})
            session.add(Mention(**old | {"feedback_id": feedback_id}, person_id=person.id, day=last, start=n + 900))
    return last


def assess(world: World, monday: date) -> list[Signal]:
    with world.write() as session:
        return [s.model_copy() for s in evaluate_week(session, monday, world.clock.now(), world.settings.zone)]


def test_a_week_shows_what_no_day_does(world: World) -> None:
    monday = weeks(world, [3, 2, 4, 3, 3, 2, 3, 4, 3, 3, 2, 4, 3, 21])
    (signal,) = assess(world, monday)
    assert (signal.day, signal.observed, signal.people) == (monday + timedelta(days=6), 21, 5)
    assert 1.5 < signal.expected < 5
    assert signal.p < 0.001
    assert assess(world, monday) == []  # extended, not raised again


@pytest.mark.parametrize(("released", "states"), [(2, []), (-1, ["recurring"]), (-3, ["recurring"])])
def test_a_week_with_a_release_in_it_is_no_relapse(world: World, released: int, states: list[str]) -> None:
    """Most of what that week counts was said before the release; one that came before the week is another matter."""
    monday = weeks(world, [3, 2, 4, 3, 3, 2, 3, 4, 3, 3, 2, 4, 3, 21])
    at = moment(f"{monday + timedelta(days=released)}T18:00+08:00")
    with world.write() as session:
        session.add(Change(issue_id=1, generation=1, added_by="Shen", added_at=at, released_at=at))
    assert [signal.state for signal in assess(world, monday)] == states


def test_one_person_is_no_alarm(world: World) -> None:
    assert assess(world, weeks(world, [3, 2, 4, 3, 3, 2, 3, 4, 3, 3, 2, 4, 3, 21], authors=1)) == []


@pytest.mark.parametrize("counts", [[3, 2, 4, 3, 3, 2, 21], [3, 2, 4, 3, 3, 2, 3, 4, 3, 3, 2, 4, 3, 4]])
def test_few_weeks_and_usual_weeks_raise_nothing(world: World, counts: list[int]) -> None:
    assert assess(world, weeks(world, counts)) == []


def test_a_week_long_gone_raises_nothing(world: World) -> None:
    monday = weeks(world, [3, 2, 4, 3, 3, 2, 3, 4, 3, 3, 2, 4, 3, 21])
    world.clock.move(STILL_NEWS)
    assert assess(world, monday) == []


def test_a_week_is_assessed_after_its_end_and_late_texts_together(world: World) -> None:
    zone, now = world.settings.zone, moment("2026-11-25T12:00+08:00")
    found = to_assess({date(2026, 11, 25), date(2026, 11, 23), date(2026, 11, 18), date(2026, 1, 5)}, now, zone)
    assert found == {
        moment("2026-11-25T18:00+08:00"): ["2026-11-16"],
        moment("2026-11-30T06:00+08:00"): ["2026-11-23"],
    }


def test_feedback_sets_the_timer_of_its_week(world: World) -> None:
    world.say(said(COUPON)[0])
    due = to_assess({world.today}, world.clock.now(), world.settings.zone)
    timers = {t.subject: t.due_at for t in world.all(Timer)}
    ((when, mondays),) = due.items()
    assert [timers[monday] for monday in mondays] == [when]


def test_a_campaign_week_must_rise_more(world: World) -> None:
    monday = weeks(world, [20, 21, 19, 20, 21, 20, 19, 20, 21, 20, 19, 21, 20, 52])
    campaign = {"name": "Anniversary", "first": monday, "last": monday + timedelta(days=2)}
    calendar = CalendarSettings.model_validate({"campaigns": [campaign]})
    with world.write() as session:
        now, zone = world.clock.now(), world.settings.zone
        assert evaluate_week(session, monday, now, zone, calendar) == []
        assert len(evaluate_week(session, monday, now, zone)) == 1


LONG = [3, 2, 4, 3, 3, 2, 3, 4, 3, 3, 2, 4, 3, 2] * 2 + [3, 21]


def again(world: World, monday: date) -> float:
    """The p of the alarm of the week, assessed as if it had not been raised before."""
    with world.write() as session:
        for signal in world.all(Signal):
            session.delete(session.merge(signal))
    (signal,) = assess(world, monday)
    return signal.p


def test_a_run_goes_on_from_the_state_put_away_and_says_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monday = weeks(world, LONG)
    whole = again(world, monday)
    (kept,) = world.all(DetectorState)
    assert kept.last == monday - SETTLED and kept.issues == [1]
    steps = 0

    def counted(self: Detector, *of: Any) -> Any:
        nonlocal steps
        steps += 1
        return step(self, *of)

    step = Detector.step
    monkeypatch.setattr(Detector, "step", counted)
    assert again(world, monday) == whole
    assert steps == SETTLED // WEEK


@pytest.mark.parametrize("change", ["past", "start"])
def test_a_past_that_was_changed_is_gone_through_again(world: World, change: str) -> None:
    monday = weeks(world, LONG)
    before = again(world, monday)
    with world.write() as session:
        old = monday - 20 * WEEK
        if change == "past":
            for row in world.all(IssueDay, IssueDay.day >= old, IssueDay.day < old + WEEK):
                session.merge(row).mentions = 3
        else:
            session.add(VolumeDay(day=monday - 60 * WEEK, feedback=200))
    went_on = again(world, monday)
    with world.write() as session:
        session.delete(session.merge(world.all(DetectorState)[0]))
    assert again(world, monday) == went_on != before


def test_an_issue_that_came_since_is_watched_too(world: World) -> None:
    monday = weeks(world, LONG)
    again(world, monday)
    world.say(said(CRASH)[0])
    with world.write() as session:
        for n in range(12):
            session.add(IssueDay(issue_id=2, day=monday + timedelta(days=n % 7 - 7 * (n // 7)), mentions=4, people=4))
        mentions = world.all(Mention, Mention.issue_id == 1, Mention.day == monday)
        for mention in mentions:
            session.add(Mention(**mention.model_dump(exclude={"id", "issue_id"}), issue_id=2))
    assert {signal.issue_id for signal in assess(world, monday)} == {2}
    assert world.all(DetectorState)[0].issues == [1]  # it went on from the state
