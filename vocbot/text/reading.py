"""What the shipped heads say of texts: how they feel, what they want, what they are about, where on the journey.

A text with a Chinese character is read by the Chinese head of sentiment, any other by the English one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from vocbot.sdk.errors import VocbotError
from vocbot.text import headfile
from vocbot.text.head import Answer, Head, Reason
from vocbot.text.vectors import Grams, batches, grams

MODELS = Path(__file__).parent / "models"
_HAN = re.compile("[\u3400-\u9fff]")
#: Neutral where the two sides weigh about alike, or the head of tone hears no feeling.
_BALANCED = 0.6
_TONELESS = 0.7

Polarity = Literal["positive", "negative"]
NAMES = ("sentiment", "sentiment.zh", "sentiment.en", "tone", "intent", "aspects", "stage", "severity")


class Sentiment(NamedTuple):
    """`polarity` is the likelier side, `confidence` how likely it is right (0.5..1); `label` may also be neutral."""

    label: Literal["positive", "neutral", "negative"]
    polarity: Polarity
    confidence: float
    undecided: bool


class Reading(NamedTuple):
    """What heads say of a text; "undecided" or nothing where they are not sure enough."""

    sentiment: Sentiment
    intent: str
    aspects: tuple[str, ...]
    stage: str


@dataclass(frozen=True)
class ByLanguage:
    """A head of which there is one for Chinese and one for the rest; asked like any other."""

    chinese: Head
    other: Head
    several: Literal[False] = False

    def predict(self, texts: Sequence[str], least: float) -> list[Answer]:
        """An Answer for each text."""
        return [answer for part in batches(texts) for answer in self.answers(part, grams(part), least)]

    def answers(self, texts: Sequence[str], read: Grams, least: float) -> list[Answer]:
        """As `predict`, for texts that were read already. Where languages mix, both heads read all: their tables are
        quicker than to part the n-grams."""
        heads = [self._of(text) for text in texts]
        by_head = {id(head): head.answers(head.vectors(read), len(texts), least) for head in set(heads)}
        return [by_head[id(head)][row] for row, head in enumerate(heads)]

    def explain(self, text: str, label: str) -> list[Reason]:
        """Which words decided."""
        return self._of(text).explain(text, label)

    def _of(self, text: str) -> Head:
        return self.chinese if _HAN.search(text) else self.other


@dataclass(frozen=True)
class Heads:
    """The heads that read every text. All but `sentiment` know the same n-grams, so that vectors are made once."""

    sentiment: ByLanguage
    tone: Head
    intent: Head
    aspects: Head
    stage: Head

    def read(self, texts: Sequence[str], least: float) -> list[Reading]:
        """A Reading for each text; answers less sure than `least` are undecided."""
        return [reading for part in batches(texts) for reading in self._read(part, least)]

    def _read(self, texts: Sequence[str], least: float) -> list[Reading]:
        read = grams(texts)
        count = len(texts)
        felt = self.sentiment.answers(texts, read, least)
        shared = self.intent.vectors(read)
        tone, intent, stage = (one.answers(shared, count, least) for one in (self.tone, self.intent, self.stage))
        aspects = self.aspects.applying(shared, count, least)
        return [
            Reading(_sentiment(*feels), _or_undecided(wants), about, _or_undecided(where))
            for *feels, wants, about, where in zip(felt, tone, intent, aspects, stage, strict=True)
        ]

    def explain(self, text: str, reading: Reading) -> dict[str, list[Reason]]:
        """Which words decided, by the name of the head; of undecided ones nothing."""
        why = {"sentiment": self.sentiment.explain(text, reading.sentiment.polarity)}
        for name, head, label in (("intent", self.intent, reading.intent), ("stage", self.stage, reading.stage)):
            if label != "undecided":
                why[name] = head.explain(text, label)
        for aspect in reading.aspects:
            why[aspect] = self.aspects.explain(text, aspect)
        return why


def _or_undecided(answer: Answer) -> str:
    return "undecided" if answer.undecided else answer.label


def _sentiment(felt: Answer, tone: Answer) -> Sentiment:
    toneless = tone.label == "neutral" and tone.confidence >= _TONELESS
    neutral = toneless or felt.confidence < _BALANCED
    side: Polarity = "positive" if felt.label == "positive" else "negative"
    return Sentiment("neutral" if neutral else side, side, felt.confidence, felt.undecided)


@cache
def shipped(name: str) -> Head:
    """The shipped head of this name. Raises VocbotError where there is none."""
    path = MODELS / f"{name}.head"
    if name not in NAMES:
        raise VocbotError(f"no head {name!r} ships; those that do: {', '.join(NAMES)}; or give yours with --model")
    return headfile.read(path)[0]


def shipped_heads() -> Heads:
    """Those that ship."""
    return Heads(
        ByLanguage(shipped("sentiment.zh"), shipped("sentiment.en")),
        *(shipped(name) for name in ("tone", "intent", "aspects", "stage")),
    )
