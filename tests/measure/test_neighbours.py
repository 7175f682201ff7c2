"""Issues beside the one that a Change is about: those that are new or rose after it are named, others are not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.weeks import RELEASE, out, weekly
from tests.world import COUPON, World, moment, said
from vocbot.measure.neighbours import risen
from vocbot.store.tables import Issue, IssueDay, VolumeDay

BEFORE = [RELEASE - timedelta(days=7 * n) for n in range(8, 0, -1)]
AFTER = [RELEASE + timedelta(days=1 + 7 * n) for n in range(4)]


def beside(world: World, number: int, before: int, after: int, area: str, first: date = BEFORE[0]) -> None:
    """An Issue with so many mentions in each week."""
    with world.write() as session:
        at = moment(f"{first}T12:00+08:00")
        issue = Issue(
            number=number, title_zh="旁边", title_en="Beside", area=area, first_seen=at, last_seen=at, mentions=99
        )
        session.add(issue)
        session.flush()
        for starts, count in ((BEFORE, before), (AFTER, after)):
            for start in starts:
                if count:
                    session.add(IssueDay(issue_id=issue.id or 0, day=start, mentions=count, people=count))
                    total = session.get(VolumeDay, start)
                    assert total is not None
                    total.feedback += count


def named(world: World) -> list[tuple[str, bool, int, int]]:
    with world.store.read() as session:
        return [(n.issue, n.new, n.before, n.after) for n in risen(session, world.issue(), BEFORE, AFTER)]


@pytest.fixture(name="changed")
def changed_fixture(world: World) -> World:
    weekly(world, [40] * 8, [6] * 8)
    return world


def test_the_one_that_rose_is_named_and_the_new_one(changed: World) -> None:
    area = changed.issue().area
    beside(changed, 11, 2, 14, area)
    beside(changed, 12, 0, 6, area, first=AFTER[1])
    beside(changed, 13, 5, 5, area)
    beside(changed, 14, 20, 4, area)
    assert sorted(named(changed)) == [("VOC-11", False, 16, 56), ("VOC-12", True, 0, 24)]


def test_a_rise_that_chance_allows_is_not_named(changed: World) -> None:
    beside(changed, 11, 2, 3, changed.issue().area)
    assert named(changed) == []


def test_it_must_be_near(changed: World) -> None:
    beside(changed, 11, 2, 14, "quite-another")
    assert named(changed) == []


def test_what_the_same_people_speak_of_is_near(changed: World) -> None:
    changed.complain(3, COUPON, time=moment(f"{BEFORE[0]}T12:00+08:00"))
    with changed.write() as session:
        session.merge(changed.issue()).area = ""
    changed.complain(3, "app-crash", time=moment(f"{AFTER[0]}T12:00+08:00"))
    changed.complain(40, "app-crash", time=moment(f"{AFTER[1]}T12:00+08:00"), first=50)
    assert [name for name, *_ in named(changed)] == ["VOC-2"]


def test_a_few_mentions_are_no_news(changed: World) -> None:
    beside(changed, 11, 0, 1, changed.issue().area)
    assert named(changed) == []


def test_the_report_says_what_rose_and_again_when_another_one_does(changed: World) -> None:
    beside(changed, 11, 2, 30, changed.issue().area)
    out(changed)
    changed.go(weeks=3)
    (text,) = (
        t for t, d in zip(changed.texts("report"), changed.documents("report"), strict=True) if d.language == "en"
    )
    assert "Beside it rose" in text and "VOC-11 Beside: 16 before, 60 after" in text and "came after the change" in text
    with changed.write() as session:
        issue = session.merge(changed.issue())
        late = Issue(
            number=12, title_zh="迟", title_en="Late", area=issue.area, first_seen=changed.clock.now(),
            last_seen=changed.clock.now(), mentions=50,
        )  # fmt: skip
        session.add(late)
        session.flush()
        session.add(IssueDay(issue_id=late.id or 0, day=AFTER[3], mentions=40, people=40))
    changed.go(weeks=2)
    assert any("VOC-12 Late: new, 40 mentions" in text for text in changed.texts("report"))
    assert said(COUPON)
