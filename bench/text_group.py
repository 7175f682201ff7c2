"""Grouping a stream: ours, as decided at that moment and after the last text, beside what others would take.

    python -m bench group [SET ...]

The others are given what a stream has not: k-means the true number of groups, all of them every text beforehand.
NMI (arithmetic), ARI, the purity of the 20 largest groups, texts a second of processor time on one core.
"""

from __future__ import annotations

import csv
import json
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

SEED = 1
_MOST_TERMS = 20_000  # of the others' vocabulary, so that the means of their groups fit the memory
Texts = tuple[list[str], list[str]]


def shared() -> Path:
    return Path(os.environ.get("VOCBOT_SHARED", Path(__file__).parents[2] / "shared")) / "data"


def _csv(name: str, text: str, label: str) -> Texts:
    with (shared() / name).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row[label]]
    return [row[text] for row in rows], [row[label] for row in rows]


def _clinc() -> Texts:
    parts = json.loads((shared() / "en-intents/clinc150.json").read_text(encoding="utf-8"))
    rows = [row for name, part in parts.items() if not name.startswith("oos") for row in part]
    return [row[0] for row in rows], [row[1] for row in rows]


def _smp() -> Texts:
    rows = json.loads((shared() / "zh-intents/smp2019.json").read_text(encoding="utf-8"))
    return [row["text"] for row in rows], [row["domain"] for row in rows]


def _car() -> Texts:
    with (shared() / "zh-aspects/car.csv").open(encoding="utf-8-sig", newline="") as file:
        about: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in csv.DictReader(file):
            about[row["content_id"]].append(row)
    single = [rows[0] for rows in about.values() if len(rows) == 1]
    return [row["content"] for row in single], [row["subject"] for row in single]


SETS: dict[str, Callable[[], Texts]] = {
    "banking77": lambda: _csv("en-intents/banking77.csv", "text", "category"),
    "clinc150": _clinc,
    "smp2019": _smp,
    "car": _car,
    "airline": lambda: _csv("en-airline/tweets.csv", "text", "negativereason"),
}


def run() -> None:
    if not shared().is_dir():
        print("grouping: no data sets here; set VOCBOT_SHARED to the folder that holds data/")
        return
    named = [name for name in sys.argv[1:] if name in SETS]
    print(f"{'set':10} {'method':34} {'NMI':>5} {'ARI':>5} {'pure':>5} {'groups':>6} {'texts/s':>8}")
    for name in named or SETS:
        texts, labels = SETS[name]()
        order = list(range(len(texts)))
        random.Random(SEED).shuffle(order)
        _set(name, [texts[i] for i in order], [labels[i] for i in order])


def _set(name: str, texts: list[str], labels: list[str]) -> None:
    from vocbot.text.grouper import Grouper

    grouper, began = Grouper(), time.process_time()
    live = [grouper.add(text) for text in texts]
    took = time.process_time() - began
    _line(name, "vocbot, as decided", live, labels, took)
    grouper.review(thorough=True)
    _line(name, "vocbot, after the last text", grouper.groups(), labels, time.process_time() - began)
    try:
        from vocbot.understand.embedders import open_embedder

        grouper, began = Grouper(open_embedder("wordllama")), time.process_time()
        live = [grouper.add(text) for text in texts]
        _line(name, "  with wordllama, as decided", live, labels, time.process_time() - began)
        grouper.review(thorough=True)
        _line(name, "  with wordllama, at the end", grouper.groups(), labels, time.process_time() - began)
    except Exception as error:  # noqa: BLE001 - an optional part
        print(f"{name:10}   with wordllama: {error}")
    for method, groups, seconds in _others(texts, len(set(labels))):
        _line(name, method, groups, labels, seconds)


def _others(texts: list[str], k: int) -> list[tuple[str, Sequence[int], float]]:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    began = time.process_time()
    chinese = any("\u4e00" <= c <= "\u9fff" for c in texts[0])
    analyzer = {"analyzer": "char", "ngram_range": (1, 2)} if chinese else {"analyzer": "word"}
    rows = TfidfVectorizer(sublinear_tf=True, min_df=2, max_features=_MOST_TERMS, **analyzer).fit_transform(texts)
    placed = time.process_time()
    points = normalize(TruncatedSVD(200, random_state=0).fit_transform(rows)).astype(np.float32)
    reduced = time.process_time()
    found: list[tuple[str, Sequence[int], float]] = []
    groups = KMeans(k, n_init=1, random_state=0).fit_predict(points)
    found.append(("k-means, true k, TF-IDF + SVD", groups.tolist(), time.process_time() - began))
    start = time.process_time()
    leader = _leader(rows.astype(np.float32), 0.3)
    found.append(("leader, TF-IDF, .3", leader, time.process_time() - start + placed - began))
    start = time.process_time()
    found.append(("leader, TF-IDF + SVD, .6", _leader(points, 0.6), time.process_time() - start + reduced - began))
    return found


def _leader(points: np.ndarray | csr_matrix, least: float) -> list[int]:
    """Each joins the nearest mean of those before, if it is near enough. Of sparse points only the columns that a point
    has are looked at: whole rows took more time on the car posts than all the rest."""
    sums = np.zeros((points.shape[1], 256), np.float32)
    squares, groups, k = np.zeros(256, np.float32), [], 0
    for number in range(points.shape[0]):
        if isinstance(points, csr_matrix):
            inside = slice(points.indptr[number], points.indptr[number + 1])
            columns, values = points.indices[inside], points.data[inside]
        else:
            columns, values = slice(None), points[number]
        products = values @ sums[columns, :k]
        near = products / np.sqrt(np.maximum(squares[:k], 1e-12))
        best = int(near.argmax()) if k else -1
        if best < 0 or near[best] < least:
            best, k = k, k + 1
            if k > sums.shape[1]:
                sums = np.hstack((sums, np.zeros_like(sums)))
                squares = np.concatenate((squares, np.zeros_like(squares)))
            squares[best] = values @ values
        else:
            squares[best] += 2 * products[best] + values @ values
        sums[columns, best] += values
        groups.append(best)
    return groups


def _line(name: str, method: str, groups: Sequence[int], labels: list[str], seconds: float) -> None:
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    inside: dict[int, Counter[str]] = defaultdict(Counter)
    for group, label in zip(groups, labels, strict=True):
        inside[group][label] += 1
    largest = sorted(inside.values(), key=lambda c: -c.total())[:20]
    pure = sum(max(c.values()) for c in largest) / sum(c.total() for c in largest)
    nmi, ari = normalized_mutual_info_score(labels, groups), adjusted_rand_score(labels, groups)
    print(
        f"{name:10} {method:34} {nmi:5.3f} {ari:5.3f} {pure:5.3f} {len(inside):6} {len(labels) / seconds:8,.0f}",
        flush=True,
    )
