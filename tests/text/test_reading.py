"""The shipped heads: what they say of plain sentences in both languages, and that they abstain rather than guess."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from vocbot.data import sentiment_lexicon
from vocbot.sdk.errors import VocbotError
from vocbot.text import headfile
from vocbot.text.correcting import Lesson
from vocbot.text.models import build
from vocbot.text.reading import NAMES, Reading, shipped, shipped_heads, with_own
from vocbot.text.training import train


def read(text: str, least: float = 0.6) -> Reading:
    (reading,) = shipped_heads(sentiment_lexicon()).read([text], least)
    return reading


@pytest.mark.parametrize(
    "text",
    [
        "味道很好，送得也快，下次还来",
        "房间干净，前台热情，推荐",
        "服務很貼心，非常滿意",
        "手机很流畅，拍照清晰",
        "What a wonderful crew, thank you!",
        "I love this phone",
        "not bad at all",
    ],
)
def test_praise_is_positive(text: str) -> None:
    assert read(text).sentiment.polarity == "positive"


@pytest.mark.parametrize(
    "text",
    [
        "等了两个小时，饭都凉了",
        "房间有霉味，再也不来了",
        "質量太差，用兩天就壞了",
        "不好吃",
        "客服态度恶劣，差评",
        "Terrible service, I am very disappointed",
        "this is not good",
        "The app is awful and slow",
    ],
)
def test_blame_is_negative(text: str) -> None:
    felt = read(text).sentiment
    assert (felt.polarity, felt.label) == ("negative", "negative")


@pytest.mark.parametrize(
    ("text", "intent", "stage", "aspect"),
    [
        ("快递三天没更新了，到底什么时候送到", "complaint", "delivery", "delivery"),
        ("退款两周还没到账，客服也不回复", "complaint", "service", "service"),
        ("希望增加深色模式", "wish", "use", "app"),
        ("请问怎么申请退货？", "question", "service", "service"),
        ("The courier left my parcel in the rain, it is two days late", "complaint", "delivery", "delivery"),
        ("The app crashes every time I open it", "complaint", "use", "app"),
        ("I am cancelling my subscription, never again", "leaving", "leave", None),
    ],
)
def test_intent_stage_and_aspects(text: str, intent: str, stage: str, aspect: str | None) -> None:
    reading = read(text, 0.4)
    assert (reading.intent, reading.stage) == (intent, stage)
    assert aspect is None or aspect in reading.aspects


def test_a_value_is_zero_where_nothing_is_felt_and_of_the_side_that_is() -> None:
    texts = ["太差了", "很好吃", "请问怎么申请退货？", "awful", "great, thank you", "Is there a later flight?"]
    values = [r.sentiment.value for r in shipped_heads(sentiment_lexicon()).read(texts, 0.6)]
    assert [(value > 0) - (value < 0) for value in values] == [-1, 1, 0, -1, 1, 0]
    felt = [s.value for s in shipped_heads(sentiment_lexicon()).feel(texts, 0.6)]
    assert felt == values


def test_what_was_corrected_is_read_so_and_like_texts_and_no_others() -> None:
    heads, others = shipped_heads(sentiment_lexicon()), [written.text for written in build._written()]
    lessons = {
        "sentiment": [Lesson("豆浆洒了一地", ("neutral",)), Lesson("so yellow", ("negative",))],
        "intent": [Lesson("豆浆洒了一地", ("question",))],
        "aspects": [Lesson("so yellow", ("taste", "place"))],
        "stage": [Lesson("豆浆洒了一地", ("leave",))],
        "severity": [Lesson("so yellow", ("high",))],
    }
    better = heads.taught(lessons, 0.8)
    soy, yellow = better.read(["豆浆洒了一地", "so yellow"], 0.8)
    assert (soy.sentiment.label, soy.intent, soy.stage) == ("neutral", "question", "leave")
    assert (yellow.sentiment.label, set(yellow.aspects), yellow.severity) == ("negative", {"taste", "place"}, "high")
    assert not yellow.sentiment.undecided
    before, after = heads.read(others, 0.6), better.read(others, 0.6)
    assert sum(old[1:] == new[1:] for old, new in zip(before, after, strict=True)) >= 0.98 * len(others)
    sides = [(old.sentiment.polarity, new.sentiment.polarity) for old, new in zip(before, after, strict=True)]
    assert sum(old == new for old, new in sides) >= 0.99 * len(others)
    assert heads.read(["so yellow"], 0.8)[0].severity != "high"  # those that were taught are others


def test_own_heads_take_the_place_of_shipped_ones(tmp_path: Path) -> None:
    texts = ["window seat", "aisle seat"] * 300
    head = train([f"{text} {n}" for n, text in enumerate(texts)], ["window", "aisle"] * 300).head
    headfile.write(head, tmp_path / "intent.head", {"head": "intent"})
    heads = with_own(shipped_heads(sentiment_lexicon()), {"intent": tmp_path / "intent.head"})
    reading = heads.read(["a window seat, please"], 0.6)[0]
    assert reading.intent == "window"
    assert heads.read(["退款还没到账"], 0.6)[0].stage == "service"  # the others go on as they did
    for name, says in (("stage", "is a head for 'intent', not 'stage'"), ("severity", "not 'severity'")):
        with pytest.raises(VocbotError, match=says):
            with_own(heads, {name: tmp_path / "intent.head"})
    with pytest.raises(VocbotError, match="no head 'sentiment' is used; those that are: sentiment"):
        with_own(heads, {"sentiment": tmp_path / "intent.head"})
    headfile.write(head, tmp_path / "tone.head", {"head": "tone"})
    with pytest.raises(VocbotError, match="tone has to give felt, neutral"):
        with_own(heads, {"tone": tmp_path / "tone.head"})


@pytest.mark.parametrize("text", ["", "😀", "\ud800", "x", "Привет", "。。。"])
def test_of_what_says_nothing_nothing_is_said(text: str) -> None:
    reading = read(text)
    assert (reading.intent, reading.aspects, reading.stage) == ("undecided", (), "undecided")
    assert reading.sentiment.polarity in ("positive", "negative")
    assert 0.5 <= reading.sentiment.confidence <= 1


def test_a_question_has_a_side_but_no_feeling() -> None:
    felt = read("请问怎么申请退货？").sentiment
    assert felt.label == "neutral"
    assert felt.polarity in ("positive", "negative")


def test_surer_is_asked_for_and_less_is_said() -> None:
    texts = [written.text for written in build._written()][::7]
    readings = {least: shipped_heads(sentiment_lexicon()).read(texts, least) for least in (0.0, 0.9)}
    said = {least: sum(r.intent != "undecided" for r in all_) for least, all_ in readings.items()}
    assert said[0.0] > said[0.9] > 0
    assert sum(r.sentiment.undecided for r in readings[0.0]) < sum(r.sentiment.undecided for r in readings[0.9])


def test_texts_of_two_languages_come_back_in_order() -> None:
    texts = ["很好吃", "awful", "太差了", "great, thank you", "", "很满意"]
    together = shipped_heads(sentiment_lexicon()).read(texts, 0.6)
    assert [r.sentiment.polarity for r in together[:4]] == ["positive", "negative", "negative", "positive"]
    assert [r.sentiment.polarity for r in together] == [read(text).sentiment.polarity for text in texts]


def test_it_says_which_words_decided() -> None:
    text = "快递太慢，包装破了"
    why = shipped_heads(sentiment_lexicon()).explain(text, read(text, 0.3))
    assert {"sentiment", "intent", "stage", "delivery"} <= set(why)
    assert all(reason.words in text for reasons in why.values() for reason in reasons)
    assert why["sentiment"][0].weight > 0


def test_a_head_that_does_not_ship_is_said() -> None:
    with pytest.raises(VocbotError, match=r"no head 'mood' ships; those that do: sentiment, "):
        shipped("mood")


def test_every_shipped_head_is_of_this_version_small_and_on_its_card() -> None:
    card = (build.HERE / "README.md").read_text(encoding="utf-8")
    paths = sorted(build.HERE.glob("*.head"))
    assert {path.stem for path in paths} == set(NAMES) - {"sentiment"}
    for path in paths:
        head, about = headfile.read(path)
        assert about["head"] == path.stem
        assert f"| `{path.stem}` | {about['rows']:,} |" in card
        assert len(head.slots) <= build.KEPT
    assert sum(path.stat().st_size for path in paths) < 5_000_000


def test_the_shipped_heads_were_built_from_the_rule_packs_and_texts_of_today() -> None:
    """Whoever changes an example of a pack builds the heads again: python -m vocbot.text.models.build"""
    stale = [path.name for path in sorted(build.HERE.glob("*.head")) if build.is_stale(headfile.read(path)[1])]
    assert stale == [], "build the heads again (python -m vocbot.text.models.build), and put their card right"


def test_a_changed_pack_makes_heads_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    about = headfile.read(build.HERE / "stage.head")[1]
    shutil.copytree(build._RULES, tmp_path / "rules")
    monkeypatch.setattr(build, "_RULES", tmp_path / "rules")
    assert not build.is_stale(about)
    pack = tmp_path / "rules" / "journey.yaml"
    pack.write_text(pack.read_text(encoding="utf-8").replace("柜台不认", "收银台不认"), encoding="utf-8")
    assert build.is_stale(about)


def test_the_small_heads_know_the_same_ngrams() -> None:
    heads = [shipped(name) for name in ("tone", "intent", "aspects", "stage", "severity")]
    for head in heads[1:]:
        np.testing.assert_array_equal(head.slots, heads[0].slots)
        np.testing.assert_array_equal(head.rarity, heads[0].rarity)


def test_a_head_is_built_again_byte_for_byte(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        build.build(tmp_path / folder, ["severity"])
    again = tmp_path / "one" / "severity.head"
    assert again.read_bytes() == (tmp_path / "two" / "severity.head").read_bytes()
    head = headfile.read(again)[0]
    shipped_head = headfile.read(build.HERE / "severity.head")[0]
    # Other processors round a last bit otherwise.
    assert (head.slots == shipped_head.slots).all()
    np.testing.assert_allclose(head.weights, shipped_head.weights, rtol=2e-3, atol=1e-4)
