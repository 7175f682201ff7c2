"""N-grams: the same for what is written alike, each where it says it stands, whatever is read beside it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocbot.text.clean import simplified
from vocbot.text.levelled import LONGEST, batches
from vocbot.text.vectors import grams, placed

#: Letters, Chinese, signs, emoji, digits, blanks, lone surrogates: often enough to meet.
_SOME = st.text(st.sampled_from("abcAB好吃不很，。! 129\n\t😀\ud800'é"), max_size=30) | st.text(max_size=30)


def bag(text: str) -> list[int]:
    return sorted(grams([text]).hashes.tolist())


@settings(deadline=None)
@given(st.lists(_SOME, max_size=6))
def test_texts_are_read_alike_alone_and_together(texts: list[str]) -> None:
    together = grams(texts)
    for number, text in enumerate(texts):
        assert sorted(together.hashes[together.texts == number].tolist()) == bag(text)


@settings(deadline=None)
@given(st.lists(_SOME, min_size=1, max_size=6))
def test_pairs_stand_behind_runs(texts: list[str]) -> None:
    read = grams(texts)
    alone = [grams([text]) for text in texts]
    assert read.plain == sum(one.plain for one in alone)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GOOD Service", "good service"),
        ("Ｇｏｏｄ１２", "good99"),
        ("退貨很慢", "退货很慢"),
        ("好好好好好吃", "好好吃"),
        ("sooooo good", "soo good"),
        ("a\nb", "a b"),
    ],
)
def test_what_is_written_alike_is_alike(one: str, other: str) -> None:
    assert bag(one) == bag(other)


@pytest.mark.parametrize(
    ("one", "other"), [("好吃", "吃好"), ("not good", "good not"), ("ab c", "a bc"), ("1000", "10"), ("好", "好！")]
)
def test_what_differs_differs(one: str, other: str) -> None:
    assert bag(one) != bag(other)


def test_what_a_text_has() -> None:
    read, places = placed("不好吃 ok")
    words = ["…".join("不好吃 ok"[a:b] for a, b in place.spans()) for place in places]
    runs = ["不", "好", "吃", "ok", "不好", "好吃", "吃 ok", "不好吃", "好吃 ok"]
    parts = ["ok", "ok", "ok"]  # with the border before, behind, and both
    pairs = ["不…好", "好…吃", "吃…ok", "不…吃", "好…ok", "不…ok"]
    assert words[:9] == runs
    assert sorted(words[9 : read.plain]) == parts
    assert sorted(words[read.plain :]) == sorted(pairs)


def test_pairs_do_without_order_and_runs_do_not() -> None:
    one, other = grams(["早上 退款"]), grams(["退款 早上"])
    assert set(one.hashes[: one.plain]) != set(other.hashes[: other.plain])
    same = grams(["late flight"]), grams(["flight late"])
    assert set(same[0].hashes[same[0].plain :]) == set(same[1].hashes[same[1].plain :])


@settings(deadline=None)
@given(_SOME)
def test_every_ngram_says_where_it_stands(text: str) -> None:
    read, places = placed(text)
    assert len(places) == len(read.hashes)
    hashes = read.hashes.tolist()
    for gram, place in list(zip(hashes, places, strict=True))[:20]:
        for start, end in place.spans():
            assert 0 <= start < end <= len(text)
        if len(place.spans()) == 1 and len(text[place.start : place.end].split()) == 1:
            assert gram in bag(text[place.start : place.end]) or text[place.start : place.end].isalnum()


def test_hashes_seldom_meet() -> None:
    simple = [char for char in map(chr, range(0x4E00, 0x5000)) if ord(char) not in simplified()][:256]
    texts = [f"{a}{b}" for a in simple for b in simple[:64]]
    read = grams(texts)
    distinct = 256 + len(texts)
    assert len(np.unique(read.hashes[: read.plain])) > 0.999 * distinct
    assert len(np.unique(read.hashes[: read.plain] & 0xFFFFF)) > 0.98 * distinct


def test_only_the_start_of_a_long_text_is_read() -> None:
    assert bag("好吃 " * LONGEST) == bag(("好吃 " * LONGEST)[:LONGEST])


@settings(deadline=None)
@given(st.lists(st.text(max_size=3) | st.just("x" * 70_000), max_size=6))
def test_batches_lose_nothing(texts: list[str]) -> None:
    assert [text for part in batches(texts) for text in part] == texts
    assert all(part for part in batches(texts))
