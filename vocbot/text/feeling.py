"""How a text feels: a head and the word list together, which are wrong about different texts.

The log odds of both are added. The head knows what people say around a feeling, the list knows negation and degree;
either alone is several points worse (docs/benchmarks.md). A text with a Chinese character is read by the Chinese head,
any other by the English one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from vocbot.text.correcting import Lesson, corrected
from vocbot.text.head import Answer, Floats, Head, Reason, sigmoid
from vocbot.text.levelled import Levelled, batches
from vocbot.text.polarities import ListReader
from vocbot.text.sentiment import Lexicon, polarity
from vocbot.text.vectors import Grams, grams_of

_HAN = re.compile("[\u3400-\u9fff]")
Polarity = Literal["positive", "negative"]
Rows = npt.NDArray[np.bool_]


class Weight(NamedTuple):
    """What each side counts, so that both together say how sure they are: measured where neither had learned."""

    head: float
    lexicon: float


CHINESE, OTHER = Weight(0.7, 0.7), Weight(1.0, 1.0)
#: How likely the better side is of a text that was corrected: more than neutral ones are.
_CORRECTED = float(np.log(19))


class Weighed(NamedTuple):
    """Of each text: the log odds that it is positive, whether it is Chinese, whether the word list knew a word of it,
    and whether anything did."""

    odds: Floats
    chinese: Rows
    listed: Rows
    known: Rows


@dataclass(frozen=True)
class Feeling:
    """The heads, as they count beside the `lexicon` (`joined` makes them so); asked like any other head."""

    chinese: Head
    other: Head
    lexicon: Lexicon
    several: Literal[False] = False

    @classmethod
    def joined(cls, chinese: Head, other: Head, lexicon: Lexicon) -> Feeling:
        """Of heads as they were trained."""
        return cls(
            replace(chinese, steep=chinese.steep * np.float32(CHINESE.head)),
            replace(other, steep=other.steep * np.float32(OTHER.head)),
            lexicon,
        )

    @cached_property
    def _list(self) -> ListReader:
        return ListReader(self.lexicon)

    def weigh(self, texts: Sequence[str], levelled: Levelled, read: Grams) -> Weighed:
        """Weigh texts that were levelled and read already. Where languages mix, both heads read all: their tables are
        quicker than to part the n-grams."""
        count = len(texts)
        chinese = np.fromiter((is_chinese(text) for text in texts), np.bool_, count)
        odds, known = np.zeros(count, np.float32), np.zeros(count, np.bool_)
        for head, mine in ((self.chinese, chinese), (self.other, ~chinese)):
            if mine.any():
                vectors = head.vectors(read)
                odds[mine] = (head.scores(vectors, count)[:, 0] * _positive(head))[mine]
                heard = np.zeros(count, np.bool_)
                heard[vectors.texts] = True
                known |= heard & mine
        said = self._list(texts, levelled)
        listed = said.words > 0
        odds += said.odds.astype(np.float32) * _lexicon_counts(chinese)
        return Weighed(odds, chinese, listed, known | listed)

    def predict(self, texts: Sequence[str], least: float = 0.0) -> list[Answer]:
        """An Answer for each text; undecided where it is less likely right than `least`, or no word is known."""
        found: list[Answer] = []
        for part in batches(texts):
            levelled = Levelled(part)
            odds, _, _, known = self.weigh(part, levelled, grams_of(levelled))
            sure = sigmoid(np.abs(odds))
            undecided = (sure < least) | ~known
            sides: list[Polarity] = ["positive" if one > 0 else "negative" for one in odds.tolist()]
            for side, likely, open_ in zip(sides, sure.tolist(), undecided.tolist(), strict=True):
                found.append(Answer(side, likely, open_, (side,)))
        return found

    def explain(self, text: str, label: str) -> list[Reason]:
        """Which words decided, by the head and then by the list, in log odds."""
        chinese = is_chinese(text)
        head = self.chinese if chinese else self.other
        steep = float(head.steep[0])
        reasons = [Reason(words, round(weight * steep, 3)) for words, weight in head.explain(text, label)]
        said = polarity(text, self.lexicon)
        share = said.odds * (CHINESE if chinese else OTHER).lexicon * (1 if label == "positive" else -1)
        return reasons + [Reason(words, round(share / len(said.words), 3)) for words in said.words]

    def taught(self, lessons: Sequence[Lesson]) -> Feeling:
        """After its answers were corrected; of each lesson one label, positive or negative."""
        heads = []
        for head, wanted in ((self.chinese, True), (self.other, False)):
            mine = [one for one in lessons if is_chinese(one.text) == wanted]
            given = np.asarray([[polarity(one.text, self.lexicon).odds] for one in mine], np.float32).reshape(-1, 1)
            given *= (CHINESE if wanted else OTHER).lexicon / _positive(head)
            heads.append(corrected(head, mine, _CORRECTED, given) if mine else head)
        return replace(self, chinese=heads[0], other=heads[1])


def is_chinese(text: str) -> bool:
    """Whether the Chinese head reads it."""
    return not text.isascii() and _HAN.search(text) is not None


def _positive(head: Head) -> Any:
    """By what to multiply the scores of a head of two sides for the log odds of positive."""
    return head.steep[0] * np.float32(1 if head.labels[1] == "positive" else -1)


def _lexicon_counts(chinese: Rows) -> Floats:
    return np.where(chinese, CHINESE.lexicon, OTHER.lexicon).astype(np.float32)
