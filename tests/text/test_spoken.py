"""What is said now: windows by time, people, floods, and quotes that anybody may see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.text.guard import leaks
from vocbot.text.spoken import Line, _cut_around, spoken_now

NOW = datetime(2026, 11, 24, tzinfo=UTC)
QUIET = [Line(text, NOW - timedelta(days=8 + i % 80), f"q{i}") for i in range(300) for text in ("味道可以", "all fine")]


def said(text: str, count: int = 5, days: float = 1, author: str | None = "p") -> list[Line]:
    return [Line(f"{text}{'!' * i}", NOW - timedelta(days=days), author and f"{author}{i}") for i in range(count)]


def test_now_is_the_latest_days_and_before_are_twelve_weeks() -> None:
    lines = QUIET + said("送餐像开盲盒") + said("again a magic trick", days=6) + said("旧的玄学说法", days=100)
    found = {one.text: one for one in spoken_now([*lines, Line("x", NOW, "z")], 7, 20)}
    assert any("开盲盒" in text for text in found)
    assert any("magic trick" in text for text in found)
    assert not any("玄学" in text for text in found)
    assert not any("magic" in one.text for one in spoken_now([*lines, Line("x", NOW, "z")], 3, 20))
    (one,) = [one for text, one in found.items() if "开盲盒" in text]
    assert (one.mentions, one.people, one.lift) == (5, 5, 6.0)


def test_copies_of_one_text_without_an_author_are_one_person() -> None:
    flood = [Line("全网最低价速来抢购", NOW, None) for _ in range(50)]
    assert spoken_now(QUIET + flood, 7, 20) == []


def test_quotes_hold_the_phrase_and_nothing_a_search_engine_finds() -> None:
    post = "honestly they {} totally ghosted me for hours after I called +1 415 555 0132 about my order yesterday"
    lines = [Line(post.format(word), NOW, word) for word in ("just", "simply", "have", "really")]
    found = next(one for one in spoken_now(QUIET + lines, 7, 20) if "ghosted" in one.text)
    assert found.quote is not None
    assert "totally ghosted" in found.quote
    assert "0132" not in found.quote
    words = found.quote.replace("…", " ").split()
    assert not any(" ".join(words[i : i + 8]) in post for i in range(len(words) - 7))
    whole = next(one for one in spoken_now(QUIET + lines, 7, 20, public=False) if "ghosted" in one.text)
    assert whole.quote is not None
    assert len(whole.quote) > len(found.quote)


def test_phrases_hold_no_personal_data() -> None:
    lines = said("打13800138000 找王小明投诉 开盲盒")
    assert leaks(one.text + (one.quote or "") for one in spoken_now(QUIET + lines, 7, 20)) == []


def test_what_our_own_site_calls_it() -> None:
    found = next(one for one in spoken_now(QUIET + said("送餐像开盲盒"), 7, 20) if "开盲盒" in one.text)
    assert found.used_in("我们的盲盒\n像开盲盒一样\n送餐像开盲盒的店\n") >= 1
    assert found.used_in("准时送达") == 0


@pytest.mark.parametrize("lines", [[], [Line("", NOW, None)], [Line("🎉", NOW, None)] * 5])
def test_nothing_said(lines: list[Line]) -> None:
    assert spoken_now(lines, 7, 20) == []


@given(st.text("ab ,。", max_size=30), st.sampled_from(["magic trick", "开盲盒"]), st.text("ab ,。", max_size=30))
def test_cutting_only_adds_commas(before: str, phrase: str, after: str) -> None:
    text = f"{before}{phrase}{after}"
    cut = _cut_around(text, phrase)
    assert phrase in cut
    assert cut.replace(",", "").replace(" ", "") == text.replace(",", "").replace(" ", "")
