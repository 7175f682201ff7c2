"""Copies are found, also where a word was changed; what people say by themselves is none."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.text.near import _REMEMBERED, Near

POST = """Dear all, this shop sold me a broken phone last week and nobody answers the mails that I wrote to them since
then, please share this with your friends so that they finally do something about it"""
ZH = "各位网友请注意，这家店上周卖给我一台坏手机，写了三封邮件没有任何人回复，请大家转发让他们尽快处理"


@pytest.mark.parametrize("text", [POST, ZH])
def test_a_copy_with_a_word_changed_is_found(text: str) -> None:
    near = Near()
    assert near.copy_of(1, text) is None
    assert near.copy_of(2, text) == 1
    assert near.copy_of(3, text.replace("phone", "tablet").replace("手机", "平板") + " !!") == 1
    assert near.copy_of(4, text.upper()) == 1
    assert near.copy_of(5, text[: len(text) // 2]) is None


def test_short_texts_are_copies_only_if_the_same() -> None:
    near = Near()
    assert near.copy_of(1, "the app crashes at every start") is None
    assert near.copy_of(2, "the app crashes at every login") is None
    assert near.copy_of(3, "The app crashes at every START!") == 1
    assert [near.copy_of(n, "never again") for n in (4, 5)] == [None, None]
    assert near.copy_of(6, "") is near.copy_of(7, "🎉") is None


def test_a_flood_with_small_changes_is_one_text() -> None:
    rng, near = random.Random(1), Near()
    words = POST.split()
    found = []
    for key in range(200):
        changed = list(words)
        changed[rng.randrange(len(words))] = "changed"
        found.append(near.copy_of(key, " ".join(changed)))
    assert found.count(None) <= 3


def test_only_the_latest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vocbot.text.near._REMEMBERED", 3)
    near = Near()
    posts = [" ".join(f"w{i}x{n}" for n in range(20)) for i in range(4)]
    assert [near.copy_of(i, post) for i, post in enumerate(posts)] == [None] * 4
    assert near.copy_of(9, posts[3]) == 3
    assert near.copy_of(9, posts[0]) is None
    assert len(near._texts) == len(near._same) == 3
    assert sum(map(len, near._bands.values())) == 3 * 16
    assert _REMEMBERED == 50_000


@given(st.lists(st.text(max_size=40), max_size=20))
def test_a_copy_is_always_of_an_earlier_original(texts: list[str]) -> None:
    near = Near()
    originals: set[int] = set()
    for key, text in enumerate(texts):
        copied = near.copy_of(key, text)
        assert copied is None or copied in originals
        if copied is None:
            originals.add(key)
