"""How each aspect of a text is felt: by its own clauses, not by those of others."""

from __future__ import annotations

import pytest

from vocbot.data import heads
from vocbot.text.focus import by_aspect, clauses, focus


@pytest.mark.parametrize(
    ("text", "felt"),
    [
        ("味道很好，但是骑手态度太差", {"taste": "positive", "delivery": "negative"}),
        ("房间很干净，早餐难吃，前台很热情", {"place": "positive", "taste": "negative"}),
        ("价格便宜，质量太差", {"price": "positive", "quality": "negative"}),
        ("The courier was friendly, the soup was cold and salty", {"delivery": "positive", "taste": "negative"}),
        ("味道很好", {"taste": "positive"}),
    ],
)
def test_praise_of_one_and_blame_of_another_do_not_mix(text: str, felt: dict[str, str]) -> None:
    found = by_aspect(heads({}), text, list(felt), 0.6)
    assert {aspect: one.label for aspect, one in found.items()} == felt


def test_food_and_rider() -> None:
    text = "the food was great but the rider was rude"
    found = by_aspect(heads({}), text, ["taste", "service"], 0.6)
    assert (found["taste"].label, found["service"].label) == ("positive", "negative")


def test_what_is_said_of_an_aspect_is_made_of_clauses_in_order() -> None:
    text = "价格便宜，质量太差，颜色也不对，下次不买了"
    told = focus(heads({}).aspects, text, ["price", "quality"])
    assert told["price"] == "价格便宜"
    assert "质量太差" in told["quality"] and "价格" not in told["quality"]


@pytest.mark.parametrize("text", ["", "，，，", "😀", "x", "\ud800", "a," * 5000])
def test_any_text_has_clauses(text: str) -> None:
    assert 1 <= len(clauses(text)) <= 200
    assert set(by_aspect(heads({}), text, ["price"], 0.6)) == {"price"}
    assert by_aspect(heads({}), text, [], 0.6) == {}
