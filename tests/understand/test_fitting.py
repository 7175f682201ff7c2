"""The packs that fit are those that know what the texts speak of."""

from __future__ import annotations

import pytest

from vocbot.data import rule_paths, shipped_packs
from vocbot.understand.fitting import fitting
from vocbot.understand.rulepack import load_packs

AIR = ["My flight was cancelled", "They lost my luggage", "On hold for two hours", "Flight delayed again"]
CAR = ["机油增多", "油耗太高了，百公里十五个油", "发动机异响", "Nice weather"]


@pytest.mark.parametrize(("texts", "best"), [(AIR, "airline"), (CAR, "car")])
def test_the_pack_of_the_trade_comes_first_with_what_it_recognises(texts: list[str], best: str) -> None:
    fit = fitting(load_packs(rule_paths(shipped_packs())), texts)
    assert next(iter(fit)) == best
    assert fit[best] == sum(text != "Nice weather" for text in texts)


def test_packs_far_behind_the_best_are_left_out_and_none_fits_small_talk() -> None:
    packs = load_packs(rule_paths(["airline", "car"]))
    assert set(fitting(packs, [*AIR, "Loud wind noise from the door seals"])) == {"airline"}
    assert fitting(packs, ["Nice weather"]) == {}
