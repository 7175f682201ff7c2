"""Read and understand texts before the transaction that keeps them, and some in other processes before their turn.

Analysis takes several times as long as writing: within the transaction it would hold up everybody else who writes.
What was not read ahead is read when it is needed, with the same functions.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool

from vocbot.listen.parse import Taken
from vocbot.reader import Knowledge, Piece, Text, decode, encode, read_all, read_away
from vocbot.sdk.events import CustomerReply, Feedback
from vocbot.text.safe import Words, safe_words
from vocbot.understand.meaning import Meaning, Understand

log = logging.getLogger(__name__)

PIECE = 1_000  # texts that are handed over at a time: the more, the less each takes; the last pieces are waited for


class Ahead:
    """Tell it what is handled now and what after that (`__call__`); `read` and `understand` are what a Receiver and a
    Classifier ask. Without other processes (`pool`, with what they have to know) only what is handled now is
    read."""

    def __init__(self, understand: Understand, known: Knowledge | None = None, pool: Executor | None = None) -> None:
        self._plain = understand
        self._known = known
        self._pool = pool if known is not None else None
        self._coming: list[tuple[list[Text], Future[bytes]]] = []
        self._words: dict[Text, Words] = {}
        self._meanings: dict[str, Meaning] = {}

    def __call__(self, now: Sequence[Taken], after: Sequence[Taken]) -> None:
        """Have the words and meanings of `now` at hand, and begin with those of `after`."""
        self._words, self._meanings = {}, {}
        wanted = _texts(now)
        if self._pool is None:
            self._keep(wanted, self._here(wanted))
            return
        self._begin([*wanted, *_texts(after)])
        needed = set(wanted)
        mine = [one for one in self._coming if not needed.isdisjoint(one[0])]
        self._coming = [one for one in self._coming if needed.isdisjoint(one[0])]
        for texts, future in mine:
            self._keep(texts, self._result(texts, future))

    def read(self, text: str, name: str | None) -> Words:
        """The safe words of a text."""
        return self._words.get((text, name)) or safe_words(text, name)

    def understand(self, texts: Sequence[str]) -> list[Meaning]:
        """The meanings of safe words."""
        missing = list(dict.fromkeys(text for text in texts if text not in self._meanings))
        fresh = dict(zip(missing, self._plain(missing), strict=True))
        return [fresh[text] if text in fresh else self._meanings[text] for text in texts]

    def _begin(self, texts: Iterable[Text]) -> None:
        """Hand over the texts that are not begun yet."""
        assert self._pool is not None and self._known is not None
        begun = {text for some, _ in self._coming for text in some}
        new = [text for text in texts if text not in begun]
        try:
            for start in range(0, len(new), PIECE):
                piece = new[start : start + PIECE]
                self._coming.append((piece, self._pool.submit(read_away, self._known, piece)))
        except BrokenProcessPool:
            self._do_without()

    def _result(self, texts: list[Text], future: Future[bytes]) -> Piece:
        if future.cancel():  # nobody has begun with it: rather than wait, do it here
            return self._here(texts)
        while not future.done() and self._help():
            pass
        try:
            return decode(future.result())
        except BrokenProcessPool:
            self._do_without()
            return self._here(texts)

    def _help(self) -> bool:
        """Rather than wait, do the last piece that nobody has begun with; False where there is none."""
        for place in range(len(self._coming) - 1, -1, -1):
            texts, future = self._coming[place]
            if future.cancel():
                done: Future[bytes] = Future()
                done.set_result(encode(self._here(texts)))
                self._coming[place] = texts, done
                return True
        return False

    def _here(self, texts: Sequence[Text]) -> Piece:
        return read_all(self._plain, texts)

    def _keep(self, texts: Sequence[Text], piece: Piece) -> None:
        for text, (safe, meaning) in zip(texts, piece, strict=True):
            self._words[text] = safe
            self._meanings[safe.text] = meaning

    def _do_without(self) -> None:
        if self._pool is not None:
            log.warning(
                "a process that read ahead was killed: texts are read here from now on, which takes longer",
                extra={"action": "ahead.killed"},
            )
        self._pool = None


def _texts(taken: Sequence[Taken]) -> list[Text]:
    return list(dict.fromkeys(text for one in taken if (text := _text(one)) is not None))


def _text(taken: Taken) -> Text | None:
    event = taken.event.feedback if isinstance(taken.event, CustomerReply) else taken.event
    return (event.text, event.author.name if event.author else None) if isinstance(event, Feedback) else None
