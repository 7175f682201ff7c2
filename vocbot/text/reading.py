"""What the heads say of texts: how they feel, what they want, what they are about, where on the journey, how grave.

Those that ship, or the owner's own; and either after the owner corrected them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from vocbot.sdk.errors import VocbotError
from vocbot.text import headfile
from vocbot.text.correcting import Lesson, corrected, widened
from vocbot.text.feeling import Feeling, Polarity, Weighed
from vocbot.text.head import UNDECIDED, Head, Reason, Vectors, sigmoid
from vocbot.text.levelled import Levelled, batches
from vocbot.text.sentiment import Lexicon
from vocbot.text.vectors import Grams, grams_of

MODELS = Path(__file__).parent / "models"
NAMES = ("sentiment", "sentiment.zh", "sentiment.en", "tone", "intent", "aspects", "stage", "severity")
#: What the owner may correct.
TAUGHT = ("sentiment", "intent", "aspects", "stage", "severity")
_SMALL = ("tone", "intent", "aspects", "stage", "severity")
NEUTRAL: Literal["neutral"] = "neutral"


#: A text is neutral where the likelier side is less likely than the first, or no feeling at least as likely as the
#: second: by whether it is Chinese, and whether the word list knew a word of it. People complain in Chinese without a
#: word of feeling more often.
_NEUTRAL = np.asarray([[(0.9, 0.3), (0.5, 0.9)], [(0.65, 0.6), (0.55, 0.9)]])
_SIDES: dict[bool, Polarity] = {True: "positive", False: "negative"}


class Sentiment(NamedTuple):
    """`polarity` is the likelier side, `confidence` how likely it is right (0.5..1); `label` may also be neutral.

    `value` is -1 (certainly negative) to 1; 0 where neutral.
    """

    label: Literal["positive", "neutral", "negative"]
    polarity: Polarity
    confidence: float
    undecided: bool
    value: float


class Reading(NamedTuple):
    """What heads say of a text; "undecided" or nothing where they are not sure enough."""

    sentiment: Sentiment
    intent: str
    aspects: tuple[str, ...]
    stage: str
    severity: str


@dataclass(frozen=True)
class Heads:
    """The heads that read every text."""

    sentiment: Feeling
    tone: Head
    intent: Head
    aspects: Head
    stage: Head
    severity: Head

    def read(self, texts: Sequence[str], least: float) -> list[Reading]:
        """A Reading for each text; answers less sure than `least` are undecided."""
        return [reading for part in batches(texts) for reading in self._read(part, least)]

    def feel(self, texts: Sequence[str], least: float) -> list[Sentiment]:
        """How each text feels, and nothing else."""
        found: list[Sentiment] = []
        for part in batches(texts):
            levelled = Levelled(part)
            read = grams_of(levelled)
            found += self._felt(self.sentiment.weigh(part, levelled, read), self.tone.vectors(read), least)
        return found

    def _read(self, texts: Sequence[str], least: float) -> list[Reading]:
        levelled, count = Levelled(texts), len(texts)
        read = grams_of(levelled)
        vectors = self._vectors(read)
        felt = self._felt(self.sentiment.weigh(texts, levelled, read), vectors["tone"], least)
        intent, stage, severity = (
            getattr(self, name).decided(vectors[name], count, least) for name in ("intent", "stage", "severity")
        )
        aspects = self.aspects.applying(vectors["aspects"], count, least)
        return [*map(Reading, felt, intent, aspects, stage, severity)]

    def _felt(self, weighed: Weighed, tone: Vectors, least: float) -> list[Sentiment]:
        count = len(weighed.odds)
        toneless = self.tone.probabilities(self.tone.scores(tone, count))[:, self.tone.labels.index(NEUTRAL)]
        sure = sigmoid(np.abs(weighed.odds))
        limits = _NEUTRAL[weighed.chinese.astype(np.intp), weighed.listed.astype(np.intp)]
        neutral = (toneless >= limits[:, 1]) | (sure < limits[:, 0])
        positive = weighed.odds > 0
        value = np.where(neutral, 0, (2 * sure.astype(np.float64) - 1) * np.where(positive, 1, -1))
        sides = [_SIDES[one] for one in positive.tolist()]
        labels = [NEUTRAL if calm else side for calm, side in zip(neutral.tolist(), sides, strict=True)]
        undecided = (sure < least) | ~weighed.known
        return [*map(Sentiment, labels, sides, sure.tolist(), undecided.tolist(), value.tolist())]

    def _vectors(self, read: Grams) -> dict[str, Vectors]:
        """By head; made once for heads that know the same n-grams."""
        made: dict[str, Vectors] = {}
        for name, first in self._alike.items():
            made[name] = made[first] if first in made else getattr(self, name).vectors(read)
        return made

    @cached_property
    def _alike(self) -> dict[str, str]:
        """For each small head the first one that knows the same n-grams."""
        found: dict[str, str] = {}
        for name in _SMALL:
            mine: Head = getattr(self, name)
            others = (one for one in found.values() if _same_ngrams(mine, getattr(self, one)))
            found[name] = next(others, name)
        return found

    def explain(self, text: str, reading: Reading) -> dict[str, list[Reason]]:
        """Which words decided, by the name of the head; of undecided ones nothing."""
        why = {"sentiment": self.sentiment.explain(text, reading.sentiment.polarity)}
        for name in ("intent", "stage", "severity"):
            label = getattr(reading, name)
            if label != UNDECIDED:
                why[name] = getattr(self, name).explain(text, label)
        for aspect in reading.aspects:
            why[aspect] = self.aspects.explain(text, aspect)
        return why

    def labels(self, name: str) -> tuple[str, ...]:
        """The labels that a head of TAUGHT gives."""
        if name == "sentiment":
            return ("positive", NEUTRAL, "negative")
        head: Head = getattr(self, name)
        return head.labels

    def taught(self, lessons: Mapping[str, Sequence[Lesson]], least: float) -> Heads:
        """The heads after all of these corrections, by names of TAUGHT: their answers to those texts are right and
        surer than `least`. Raises VocbotError at an unknown label, and where two corrections contradict each other."""
        if not any(lessons.values()):
            return self
        felt = lessons.get("sentiment", ())
        sides = [one for one in felt if one.labels != (NEUTRAL,)]
        tones = [Lesson(one.text, (NEUTRAL if one.labels == (NEUTRAL,) else "felt",)) for one in felt]
        texts = [one.text for name in _SMALL for one in (tones if name == "tone" else lessons.get(name, ()))]
        sure = max(float(np.log(3)), _logit(least) + 0.1)
        better: dict[str, Any] = {"sentiment": self.sentiment.taught(sides)}
        for name in _SMALL:
            head = widened(getattr(self, name), texts)  # all of them, so that they go on to know the same n-grams
            mine = tones if name == "tone" else lessons.get(name, ())
            better[name] = corrected(head, mine, max(sure, _TONE_SURE) if name == "tone" else sure)
        return replace(self, **better)


#: A corrected text is neutral, or is not, whatever else is known of it.
_TONE_SURE = float(np.log(19))


def _logit(share: float) -> float:
    bounded = min(max(share, 0.01), 0.99)
    return float(np.log(bounded / (1 - bounded)))


def _same_ngrams(one: Head, other: Head) -> bool:
    return np.array_equal(one.slots, other.slots) and np.array_equal(one.rarity, other.rarity)


@cache
def shipped(name: str) -> Head:
    """The shipped head of this name. Raises VocbotError where there is none."""
    path = MODELS / f"{name}.head"
    if name not in NAMES:
        raise VocbotError(f"no head {name!r} ships; those that do: {', '.join(NAMES)}; or give yours with --model")
    return headfile.read(path)[0]


def shipped_heads(lexicon: Lexicon) -> Heads:
    """Those that ship."""
    return Heads(
        Feeling.joined(shipped("sentiment.zh"), shipped("sentiment.en"), lexicon),
        *(shipped(name) for name in _SMALL),
    )


def with_own(heads: Heads, own: Mapping[str, Path]) -> Heads:
    """The heads with the owner's own in the place of some, by the names of what ships.

    Raises VocbotError where a file is no head of that name, or gives labels that vocbot knows nothing to do with.
    """
    for name, path in own.items():
        if name == "sentiment" or name not in NAMES:
            raise VocbotError(f"no head {name!r} is used; those that are: {', '.join(NAMES[1:])}")
        head, about = headfile.read(path)
        if about["head"] not in (name, name.partition(".")[0]):
            raise VocbotError(f"{path} is a head for {about['head']!r}, not {name!r}")
        now = shipped(name)
        if head.several != now.several or (set(head.labels) != set(now.labels) and name in _FIXED):
            raise VocbotError(f"{path} gives {', '.join(head.labels)}; {name} has to give {', '.join(now.labels)}")
        if name in ("sentiment.zh", "sentiment.en"):
            old = heads.sentiment
            fresh = Feeling.joined(head, head, old.lexicon)
            chinese, other = (fresh.chinese, old.other) if name == "sentiment.zh" else (old.chinese, fresh.other)
            heads = replace(heads, sentiment=Feeling(chinese, other, old.lexicon))
        else:
            own_head: dict[str, Any] = {name: head}
            heads = replace(heads, **own_head)
    return heads


#: Heads whose labels mean something to what reads them.
_FIXED = ("sentiment.zh", "sentiment.en", "tone", "severity")
