"""Verdicts on constructed counts: which weeks they compare, which word they end with, and when they look again."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from tests.weeks import RELEASE, alarm, out, run, weekly
from tests.world import World, moment
from vocbot.measure import verdict as measuring
from vocbot.measure.change import register
from vocbot.stats import effect
from vocbot.store.tables import AuditEntry, Change, IssueDay, Signal, Timer, Verdict, VolumeDay


def look(world: World, week: int) -> Verdict | None:
    with world.write() as session:
        change = session.get_one(Change, 1)
        return measuring.look(session, world.issue(), change, week, world.clock.now(), world.settings.zone)


def words(world: World) -> list[str]:
    return [v.verdict for v in world.all(Verdict)]


@pytest.mark.parametrize(
    ("before", "after", "week", "word"),
    [
        ([40] * 8, [6, 5], 2, "effective"),
        ([40] * 8, [40, 41, 39, 40], 4, "not_effective"),
        ([40] * 8, [90, 95], 2, "worse"),
        ([4, 5, 3, 4], [3, 3], 2, "too_early"),
        ([4, 5, 3, 4], [3, 2, 3, 3, 2, 3, 3, 2], 8, "inconclusive"),
    ],
)
def test_the_word(world: World, before: list[int], after: list[int], week: int, word: str) -> None:
    weekly(world, before, after)
    found = look(world, week)
    assert found is not None and found.verdict == word
    assert (found.before, found.before_weeks, found.after, found.week) == (
        sum(before),
        len(before),
        sum(after[:week]),
        week,
    )
    assert found.low < found.rate_ratio < found.high


def test_all_feedback_falling_is_no_effect(world: World) -> None:
    """Half of the mentions, because half of the customers write."""
    weekly(world, [40] * 8, [20] * 4)
    with world.write() as session:
        for row in world.all(VolumeDay, VolumeDay.day > RELEASE):
            row.feedback = row.feedback // 2
            session.add(row)
    found = look(world, 4)
    assert found is not None and found.verdict != "effective"
    assert 0.75 < found.rate_ratio < 1.3


def test_its_figures_come_again_from_the_counts_that_it_keeps(world: World) -> None:
    weekly(world, [30, 35, 40], [12, 9])
    found = look(world, 2)
    assert found is not None
    before, after = found.numbers["before"], found.numbers["after"]
    assert before == [["2026-11-03", 30, 210], ["2026-11-10", 35, 210], ["2026-11-17", 40, 210]]
    assert after == [["2026-11-25", 12, 210], ["2026-12-02", 9, 210]]
    with world.store.read() as session:
        for start, mentions, others in [*before, *after]:
            days = [date.fromisoformat(start) + timedelta(days=n) for n in range(7)]
            rows = [session.get_one(IssueDay, (1, day)) for day in days]
            assert sum(r.mentions for r in rows) == mentions
            assert sum(session.get_one(VolumeDay, day).feedback for day in days) - mentions == others
    again = effect.estimate(
        *([row[i] for row in rows] for i, rows in ((1, before), (1, after), (2, before), (2, after)))
    )
    assert (again.rate_ratio, again.low, again.high, again.p_less, again.avoided) == (
        found.rate_ratio,
        found.low,
        found.high,
        found.p_less,
        found.avoided,
    )


def test_the_day_of_the_release_belongs_to_neither_side(world: World) -> None:
    weekly(world, [14] * 4, [14] * 2)
    with world.write() as session:
        session.add(IssueDay(issue_id=1, day=RELEASE, mentions=500, people=500))
        session.add(VolumeDay(day=RELEASE, feedback=900))
    found = look(world, 2)
    assert found is not None and (found.before, found.after) == (56, 28)


@pytest.mark.parametrize(
    ("day", "weeks"),
    [
        (RELEASE - timedelta(days=28), 3),  # on the first day of the fourth week back: that week is the alarm's
        (RELEASE - timedelta(days=27), 3),
        (RELEASE - timedelta(days=29), 4),  # the week before is, and all before it
        (RELEASE - timedelta(days=14), 1),
        (RELEASE - timedelta(days=5), 1),  # nothing calmer is left than the week before the release
        (RELEASE, 1),
    ],
)
def test_the_week_of_the_alarm_and_all_before_it_are_left_out(world: World, day: date, weeks: int) -> None:
    weekly(world, [7] * 10, [7] * 2)
    alarm(world, day)
    found = look(world, 2)
    assert found is not None and found.before_weeks == weeks


def test_half_a_year_before_at_most_and_only_where_somebody_listened(world: World) -> None:
    weekly(world, [7] * 28, [7] * 2)
    found = look(world, 2)
    assert found is not None and found.before_weeks == 26


def test_an_alarm_of_another_generation_says_nothing(world: World) -> None:
    weekly(world, [7] * 10, [7] * 2)
    alarm(world, RELEASE - timedelta(days=20))
    with world.write() as session:
        signal = session.get_one(Signal, 1)
        signal.generation = 2
        session.add(signal)
    found = look(world, 2)
    assert found is not None and found.before_weeks == 10


def test_nothing_to_compare_with_is_no_verdict(world: World) -> None:
    weekly(world, [], [7] * 2)
    assert look(world, 2) is None
    assert world.all(Verdict) == []


def test_a_week_without_other_feedback_is_nothing_to_compare_with(world: World) -> None:
    weekly(world, [7] * 2, [7] * 2, others=0)
    assert look(world, 2) is None


def test_weeks_needed_and_the_boldest_target(world: World) -> None:
    weekly(world, [10] * 4, [8] * 2)
    needed = look(world, 2)
    assert needed is not None and needed.weeks_needed is not None and 1 < needed.weeks_needed < 30
    with world.write() as session:
        change = session.get_one(Change, 1)
        change.target = -1.0  # gone altogether
        session.add(change)
        session.delete(session.get_one(Verdict, 1))
    gone = look(world, 2)
    assert gone is not None and gone.weeks_needed is not None and gone.weeks_needed <= needed.weeks_needed


# -- look after look


def test_looks_come_every_week_from_the_second_to_the_eighth(world: World) -> None:
    weekly(world, [4] * 4, [3] * 8)
    run(world)
    looks = world.all(Verdict)
    assert [v.week for v in looks] == [2, 3, 4, 5, 6, 7, 8]
    # in the morning of the day after the last whole week, for what comes late
    assert [v.looked_at for v in looks[:2]] == [moment("2026-12-09T06:00+08:00"), moment("2026-12-16T06:00+08:00")]
    assert [t.due_at for t in world.all(Timer, Timer.kind == "look")] == [None]
    assert words(world)[-1] == "inconclusive"
    entries = [e for e in world.all(AuditEntry) if e.action == "verdict"]
    assert [(e.detail["week"], e.detail["verdict"]) for e in entries] == [(v.week, v.verdict) for v in looks]


def reports(world: World) -> list[str]:
    return [d.key for d in world.deliveries("report") if d.key.endswith(":en")]


def test_a_word_is_reported_once_in_each_language(world: World) -> None:
    weekly(world, [40] * 8, [6] * 8)
    run(world)
    assert set(words(world)) == {"effective"} and len(words(world)) == 7
    assert [d.key for d in world.deliveries("report")] == [
        "report:CHANGE-1:effective:zh",
        "report:CHANGE-1:effective:en",
    ]


def test_a_fix_that_wears_off_has_regressed_for_good(world: World) -> None:
    weekly(world, [40] * 8, [5, 5, 5, 40, 45, 40, 4, 4])
    run(world)
    found = words(world)
    assert found[:2] == ["effective", "effective"]
    turn = found.index("regressed")
    assert turn <= 4 and set(found[turn:]) == {"regressed"}
    assert reports(world)[-1] == "report:CHANGE-1:regressed:en"


def test_an_alarm_after_an_effective_verdict_says_regressed_and_later_looks_keep_to_it(world: World) -> None:
    weekly(world, [40] * 8, [5] * 8)
    out(world)
    world.go(days=23)
    assert words(world) == ["effective", "effective"]
    world.complain(40)
    world.run()
    assert words(world) == ["effective", "regressed"]
    assert reports(world) == ["report:CHANGE-1:effective:en", "report:CHANGE-1:regressed:en"]
    assert re.search(r"Since 17 December it is reported again: 4[01] times that day", world.texts("report")[-1])
    world.go(weeks=2)
    assert set(words(world)[1:]) == {"regressed"}
    assert world.issue().generation == 2


def test_regressed_is_not_taken_back_by_a_quiet_week(world: World) -> None:
    weekly(world, [40] * 8, [5] * 8)
    out(world)
    world.go(days=16)
    assert words(world) == ["effective"]
    world.complain(40)
    world.run()
    world.go(weeks=1)
    assert words(world) == ["regressed", "regressed"]


def test_a_fix_that_does_not_help_is_said_in_its_ticket(world: World) -> None:
    world.burst()
    world.ticket()
    world.finish()
    with world.write() as session:
        for n in range(60):
            day = world.today + timedelta(days=1 + n)
            session.add(IssueDay(issue_id=1, day=day, mentions=14, people=14))
            session.add(VolumeDay(day=day, feedback=34))
    world.go(weeks=6)
    assert words(world)[-1] in ("not_effective", "worse")
    comments = world.deliveries("comment")
    assert comments and comments[0].key.startswith("comment:VOC-1:CHANGE-1:")
    assert world.texts("comment")[0].startswith("Still reported after the release")


def test_looks_end_where_a_later_change_begins(world: World) -> None:
    weekly(world, [40] * 8, [30] * 8)
    out(world)
    world.go(days=17)
    with world.write() as session:
        second = register(session, world.issue(), Change(added_by="Shen"), world.clock.now())
        world.loop.released(session, world.issue(), second, world.clock.now(), "Shen")
    world.go(weeks=9)
    by_change = [(v.change_id, v.week) for v in world.all(Verdict)]
    assert by_change == [(1, 2), *((2, week) for week in range(2, 9))]
