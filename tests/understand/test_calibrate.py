"""Cut-offs of the bands are learned from the owner's own months, kept, and learned anew when the formula changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import World
from vocbot.config.model import PrioritySettings
from vocbot.stats.priority import CUT_OFFS
from vocbot.store.audit import facts
from vocbot.store.tables import Calibration, Feedback, Issue, IssueDay, Mention, VolumeDay
from vocbot.understand.bands import cut_offs
from vocbot.understand.calibrate import calibrate
from vocbot.understand.priority import priorities

USUAL = PrioritySettings.model_validate({})
ISSUES, MONTHS = 30, 8


@pytest.fixture(name="past")
def past_fixture(world: World) -> World:
    """Eight months in which the nth of 30 issues is heard of by n people a month."""
    now = world.clock.now()
    with world.write() as session:
        session.add(VolumeDay(day=world.today - timedelta(days=28 * MONTHS), feedback=1))
        for n in range(1, ISSUES + 1):
            issue = Issue(number=n, title_zh="标题", title_en="Title", first_seen=now, last_seen=now, stage="other")
            session.add(issue)
            session.flush()
            for month in range(MONTHS):
                day = world.today - timedelta(days=28 * month + 5)
                at = now - timedelta(days=28 * month + 5)
                session.add(IssueDay(issue_id=issue.id or 0, day=day, mentions=n, people=n, negative=n))
                for one in range(n):
                    said = Feedback(
                        source="s", external_id=f"{n}-{month}-{one}", text="x", time=at, day=day, channel="chat",
                        bucket="issue", created_at=at,
                    )  # fmt: skip
                    session.add(said)
                    session.flush()
                    session.add(
                        Mention(
                            feedback_id=said.id or 0, issue_id=issue.id or 0, start=0, end=1, text="x", time=at, day=day
                        )
                    )
    return world


def learn(world: World, settings: PrioritySettings = USUAL) -> Calibration | None:
    with world.write() as session:
        calibrate(session, settings, world.today, world.clock.now())
    with world.store.read() as session:
        return session.get(Calibration, "problem")


def test_the_owners_shares_hold_in_the_owners_past(past: World) -> None:
    found = learn(past)
    assert found is not None and found.seen == ISSUES * MONTHS
    with past.store.read() as session:
        assert cut_offs(session, USUAL, "problem") == (found.p1, found.p2, found.p3) != CUT_OFFS
        assert cut_offs(session, USUAL, "wish") == CUT_OFFS
        bands = [standing.band for _, standing in priorities(session, past.today, USUAL).values()]
        assert [entry.detail["seen"] for entry in facts(session, "problem")] == [ISSUES * MONTHS]
    # a steady owner's month looks like the others: no more than one, two and six of thirty
    assert bands.count("P1") <= 1 and bands.count("P2") <= 2 and 1 <= ISSUES - bands.count("P4") <= 8


def test_it_stays_until_a_month_is_over_or_the_formula_is_another(past: World) -> None:
    first = learn(past)
    past.clock.move(timedelta(days=27))
    again = learn(past)
    assert first is not None and again is not None and again.made_at == first.made_at
    other = PrioritySettings.model_validate({"formula": "reach"})
    with past.store.read() as session:
        assert cut_offs(session, other, "problem") == CUT_OFFS
    changed = learn(past, other)
    assert changed is not None and changed.basis != first.basis and changed.p1 < first.p1 * 2
    past.clock.move(timedelta(days=28))
    later = learn(past, other)
    assert later is not None and later.made_at > changed.made_at


def test_bands_of_the_configuration_need_no_history(past: World) -> None:
    own = PrioritySettings.model_validate({"bands": {"P1": 7, "P2": 5, "P3": 2}})
    assert learn(past, own) is None
    with past.store.read() as session:
        assert cut_offs(session, own, "problem") == (7.0, 5.0, 2.0)


def test_a_short_history_leaves_the_usual_cut_offs(world: World) -> None:
    world.complain(5)
    assert learn(world) is None


def test_the_loop_learns_them_when_it_begins(past: World) -> None:
    with past.write() as session:
        past.loop.begin(session)
    assert [row.issue_kind for row in past.all(Calibration)] == ["problem"]
