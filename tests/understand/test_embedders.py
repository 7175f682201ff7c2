"""Meaning from elsewhere: asked in batches, checked, and what cannot be used is said in one line."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.text.topics import TOPICS, stream
from vocbot.sdk.errors import VocbotError
from vocbot.text.grouper import Grouper
from vocbot.text.space import Floats
from vocbot.understand import embedders
from vocbot.understand.embedders import KEY, open_embedder


def endpoint(answer: object, seen: list[httpx.Request] | None = None) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        texts = json.loads(request.content)["input"]
        data = [{"index": i, "embedding": [float(len(t)), 1.0]} for i, t in enumerate(texts)][::-1]
        return httpx.Response(200, json={"data": data}) if answer is None else httpx.Response(200, json=answer)

    return httpx.MockTransport(handle)


def test_an_endpoint_is_asked_in_batches_and_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "secret")
    seen: list[httpx.Request] = []
    embed = open_embedder("https://vectors.example/v1/#small", endpoint(None, seen))
    texts = ["x" * n for n in range(300)]
    assert embed(texts)[:, 0].tolist() == list(range(300))
    assert [str(r.url) for r in seen] == ["https://vectors.example/v1/embeddings"] * 2
    assert json.loads(seen[0].content)["model"] == "small"
    assert seen[0].headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize("answer", [{}, {"data": []}, {"data": [{"index": 0}]}, [], {"data": None}])
def test_a_wrong_answer_is_said(answer: object) -> None:
    with pytest.raises(VocbotError, match=r"the embedder https://vectors\.example"):
        open_embedder("https://vectors.example#small", endpoint(answer))(["a", "b"])


@pytest.mark.parametrize(
    ("spec", "said"), [("https://a.example", "the model is missing"), ("nowhere", "write wordllama, https")]
)
def test_what_cannot_be_used_is_said(spec: str, said: str) -> None:
    with pytest.raises(VocbotError, match=said):
        open_embedder(spec)


def test_packages_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedders, "find_spec", lambda name: None)
    with pytest.raises(VocbotError, match=r"vocbot\[wordllama\]"):
        open_embedder("wordllama")
    monkeypatch.setitem(__import__("sys").modules, "sentence_transformers", None)
    with pytest.raises(VocbotError, match="pip install sentence-transformers"):
        open_embedder(str(tmp_path))


def test_texts_that_mean_the_same_are_grouped_together() -> None:
    topics = list(TOPICS)
    about = dict(stream(600))
    asked: list[str] = []

    def embed(texts: list[str]) -> Floats:
        asked.extend(texts)
        return np.eye(len(topics), dtype=np.float32)[[topics.index(about[t]) for t in texts]]

    plain, knowing = Grouper(), Grouper(embed)  # type: ignore[arg-type]
    for text in about:
        plain.add(text)
        knowing.add(text)
    for grouper in (plain, knowing):
        grouper.review()
    assert len(set(asked)) == len(asked)  # each text once

    def largest(grouper: Grouper) -> int:
        groups = grouper.groups()
        return sum(sorted((groups.count(g) for g in set(groups)), reverse=True)[: len(topics)])

    assert largest(knowing) > largest(plain)
