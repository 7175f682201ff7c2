"""Read and understand texts before the transaction that keeps them, and some in other processes before their turn.

Analysis takes several times as long as writing: within the transaction it would hold up everybody else who writes.
What was not read ahead is read when it is needed, with the same functions.
"""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from vocbot.data import sentiment_lexicon
from vocbot.listen.parse import Taken
from vocbot.listen.receive import Words, safe_words
from vocbot.sdk.events import CustomerReply, Feedback
from vocbot.understand.meaning import Meaning, Understand, understander
from vocbot.understand.rulepack import load_packs
from vocbot.understand.rules import Matcher

log = logging.getLogger(__name__)

Text = tuple[str, str | None]  # as it came, and its author's name
Piece = list[tuple[Words, Meaning]]

PIECE = 125  # texts that are handed over at a time


class Ahead:
    """Tell it what is handled now and what after that (`__call__`); `read` and `understand` are what a Receiver and a
    Classifier ask. Without processes only what is handled now is read."""

    def __init__(self, understand: Understand, rules: Sequence[Path] = (), processes: int = 0) -> None:
        self._plain = understand
        self._pool = None
        if processes:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(processes, context, initializer=_learn, initargs=(tuple(rules),))
        self._coming: list[tuple[list[Text], Future[Piece]]] = []
        self._words: dict[Text, Words] = {}
        self._meanings: dict[str, Meaning] = {}

    def __call__(self, now: Sequence[Taken], after: Sequence[Taken]) -> None:
        """Have the words and meanings of `now` at hand, and begin with those of `after`."""
        words, meanings = self._arrived()
        for text in _texts(now):
            if text not in words:
                words[text] = safe_words(*text)
            safe = words[text].text
            if safe not in meanings:
                meanings[safe] = self._plain(safe)
        self._words, self._meanings = words, meanings
        if self._pool is not None:
            texts = _texts(after)
            try:
                for start in range(0, len(texts), PIECE):
                    piece = texts[start : start + PIECE]
                    self._coming.append((piece, self._pool.submit(_read_all, piece)))
            except BrokenProcessPool:
                self._do_without()

    def read(self, text: str, name: str | None) -> Words:
        """The safe words of a text."""
        return self._words.get((text, name)) or safe_words(text, name)

    def understand(self, text: str) -> Meaning:
        """The meaning of safe words."""
        return self._meanings.get(text) or self._plain(text)

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _do_without(self) -> None:
        log.warning(
            "a process that read ahead was killed: texts are read here from now on, which takes longer",
            extra={"action": "ahead.killed"},
        )
        self.close()
        self._pool, self._coming = None, []

    def _arrived(self) -> tuple[dict[Text, Words], dict[str, Meaning]]:
        """What was begun is needed now; what was needed before is forgotten."""
        words: dict[Text, Words] = {}
        meanings: dict[str, Meaning] = {}
        try:
            for texts, future in self._coming:
                for text, (safe, meaning) in zip(texts, future.result(), strict=True):
                    words[text] = safe
                    meanings[safe.text] = meaning
        except BrokenProcessPool:
            self._do_without()
        self._coming = []
        return words, meanings


def _texts(taken: Sequence[Taken]) -> list[Text]:
    return list(dict.fromkeys(text for one in taken if (text := _text(one)) is not None))


def _text(taken: Taken) -> Text | None:
    event = taken.event.feedback if isinstance(taken.event, CustomerReply) else taken.event
    return (event.text, event.author.name if event.author else None) if isinstance(event, Feedback) else None


_understand: Understand | None = None


def _learn(rules: tuple[Path, ...]) -> None:
    """Once in each process."""
    global _understand
    _understand = understander(Matcher(load_packs(rules)), sentiment_lexicon())


def _read_all(texts: list[Text]) -> Piece:
    assert _understand is not None
    words = [safe_words(text, name) for text, name in texts]
    return [(one, _understand(one.text)) for one in words]
