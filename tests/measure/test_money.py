from __future__ import annotations

import pytest

from tests.weeks import weekly
from tests.world import World
from vocbot.config.model import MoneySettings
from vocbot.measure import verdict as measuring
from vocbot.measure.money import saved
from vocbot.stats.effect import estimate
from vocbot.store.tables import Change

EUROS = MoneySettings.model_validate({"currency": "EUR", "per_mention": 10.0, "by_area": {"delivery": 30.0}})
YUAN = MoneySettings.model_validate({"per_mention": 2.0})
FALLEN = estimate([40] * 8, [8] * 4, [900] * 8, [900] * 4)


def test_a_sure_verdict_saves_a_range() -> None:
    found = saved(FALLEN, "effective", "checkout", EUROS)
    assert found == {
        "low": round(10 * FALLEN.avoided_low, 2),
        "high": round(10 * FALLEN.avoided_high, 2),
        "currency": "EUR",
        "per_mention": 10.0,
    }
    assert 0 < FALLEN.avoided_low < FALLEN.avoided < FALLEN.avoided_high
    delivery = saved(FALLEN, "effective", "delivery", EUROS)
    assert delivery is not None and delivery["per_mention"] == 30.0


@pytest.mark.parametrize("word", ["too_early", "inconclusive", "declined", "not_effective"])
def test_nothing_is_saved_before_it_is_sure(word: str) -> None:
    assert saved(FALLEN, word, "checkout", EUROS) is None


def test_no_cost_no_money(world: World) -> None:
    assert saved(FALLEN, "effective", "checkout", MoneySettings.model_validate({})) is None
    weekly(world, [40] * 8, [6, 5])
    with world.write() as session:
        change = session.get_one(Change, 1)
        look = measuring.look(
            session,
            world.issue(),
            change,
            2,
            world.clock.now(),
            world.settings.zone,
            MoneySettings.model_validate({"per_mention": 2.0}),
        )
    assert look is not None
    low, high = look.numbers["avoided"]
    assert look.numbers["saved"]["low"] == pytest.approx(2 * low, abs=0.2)
    assert low < look.avoided < high
