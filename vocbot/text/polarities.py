"""What the word list says of many texts at once: the same as `sentiment.polarity` says of each, in numpy.

The list is a trie over numbered tokens. A Chinese character's number stands in a table; that of a word is remembered by
its hash, as people's words are endless and those they often use are not. Texts with characters that folding makes
several of, or puts together, are read one by one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vocbot.text.clean import fold
from vocbot.text.levelled import LONGEST, Bools, Hashes, Ints, Levelled, Places
from vocbot.text.sentiment import CONCEDED, NEGATED, REACH, SPREAD, STOPS, TOKEN, Entry, Lexicon, polarity

Doubles = npt.NDArray[np.float64]

# What a character is to the list.
_NOTHING, _LETTER, _APOSTROPHE, _SINGLE, _STOP, _FOLDED = (np.uint8(kind) for kind in range(6))
_WORD_BITS = 16
_ID_BITS = 20
#: So few texts are read sooner one by one.
_FEW = 4
_KINDS = {"words": 0, "negations": 1, "degrees": 2, "contrasts": 3}


class Polarities(NamedTuple):
    """Of each text: the log odds that it is positive, and how many words of the list it has that feel."""

    odds: Doubles
    words: Ints


class ListReader:
    """Reads texts with a word list. Threads may share one."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        trie = _Trie(lexicon)
        self._first = np.asarray(trie.first, np.int32)
        self._entry = np.asarray(trie.entry, np.int32)
        self._longer = np.asarray(trie.longer, np.bool_)
        self._ids = trie.ids
        self._by_stem = trie.by_stem
        self._base = len(trie.first)
        steps = sorted((state * self._base + token, then) for (state, token), then in trie.steps.items())
        self._keys = np.asarray([key for key, _ in steps] or [0], np.int64)
        self._then = np.asarray([then for _, then in steps] or [0], np.int32)
        self._weight = np.asarray([weight for _, weight, _ in trie.entries], np.float64)
        self._kind = np.asarray([_KINDS[kind] for _, _, kind in trie.entries], np.uint8)
        self._size = np.asarray([len(tokens) for tokens, _, _ in trie.entries], np.int32)
        self._characters = np.zeros(0x10000, np.int32)
        for token, number in trie.ids.items():
            if len(token) == 1 and ord(token) < 0x10000:
                self._characters[ord(token)] = number
        # hash << _ID_BITS | number, in one write: another thread sees the old word or the new one
        self._words = np.full(1 << _WORD_BITS, -1, np.int64)

    def __call__(self, texts: Sequence[str], levelled: Levelled) -> Polarities:
        """Of texts, and the same levelled."""
        found = Polarities(np.zeros(len(texts)), np.zeros(len(texts), np.int32))
        if len(texts) <= _FEW:
            return self._one_by_one(texts, range(len(texts)), found)
        code = levelled.code
        if len(self._weight) == 0:
            return found
        kinds = _kinds()[np.where(code > 0xFFFF, _astral(code), code) if code.max() > 0xFFFF else code]
        self._many(levelled, kinds, found)
        odd = np.unique(levelled.text[kinds == _FOLDED])
        return self._one_by_one(texts, odd.tolist(), found) if len(odd) else found

    def _one_by_one(self, texts: Sequence[str], which: Sequence[int], found: Polarities) -> Polarities:
        for number in which:
            said = polarity(texts[number][:LONGEST], self._lexicon)
            found.odds[number], found.words[number] = said.odds, len(said.words)
        return found

    def _many(self, levelled: Levelled, kinds: npt.NDArray[np.uint8], found: Polarities) -> None:
        starts, ids = self._tokens(levelled, kinds)
        at, entry = self._hits(ids)
        kind, weight = self._kind[entry], self._weight[entry]
        owner = levelled.text[starts[at]]
        felt = (kind == _KINDS["words"]).nonzero()[0]
        if not len(felt):
            return
        place = at[felt]
        value = weight[felt]
        # from where on words bear on each: a few tokens back, not over a comma
        stops = np.where(kinds[starts] == _STOP, np.arange(len(starts), dtype=np.int32), np.int32(-1))
        start = np.maximum(place - REACH, np.maximum.accumulate(stops)[place - 1] + 1)
        degrees = (kind == _KINDS["degrees"]).nonzero()[0]
        if len(degrees):
            before = np.searchsorted(degrees, felt)
            until = at[degrees] + self._size[entry[degrees]]
            for back in (2, 1):
                which = before - back
                near = ((which >= 0) & (until[which.clip(0)] >= start)).nonzero()[0]
                value[near] *= weight[degrees[which[near]]]
        negations = np.zeros(len(ids) + 1, np.int32)
        negations[at[kind == _KINDS["negations"]] + 1] = 1
        np.cumsum(negations, out=negations)
        turned = np.minimum(negations[place] - negations[start], 3) % 2 == 1
        value[turned] *= NEGATED
        contrasts = (kind == _KINDS["contrasts"]).nonzero()[0]
        if len(contrasts):
            last = np.searchsorted(owner[contrasts], owner[felt], side="right")
            value *= CONCEDED ** (last - np.searchsorted(contrasts, felt))
        total = np.bincount(owner[felt], value, len(found.odds))
        found.words[:] = np.bincount(owner[felt], minlength=len(found.words))
        found.odds[:] = 2 * np.arcsinh(total / np.sqrt(SPREAD))

    def _tokens(self, levelled: Levelled, kinds: npt.NDArray[np.uint8]) -> tuple[Places, Ints]:
        """Where the tokens begin, those of `sentiment.TOKEN`, and the number of each (0: in no entry)."""
        letter = kinds == _LETTER
        single = kinds >= _APOSTROPHE
        inside = _apostrophes(kinds, letter)
        letter[inside], single[inside] = True, False
        before = np.zeros_like(letter)
        before[1:] = letter[:-1]
        starts = (letter & ~before | single).nonzero()[0]
        code = levelled.code[starts]
        words = letter[starts]
        ends = starts + 1
        ends[words] = (before & ~letter).nonzero()[0]
        words |= code > 0xFFFF
        ids = self._characters[np.where(words, 0, code)]
        ids[words] = self._numbers(levelled, starts[words], ends[words])
        return starts, ids

    def _numbers(self, levelled: Levelled, start: Places, end: Places) -> Ints:
        """The numbers of words."""
        hashes = levelled.hashes(start, end).astype(np.int64)
        kept = self._words[hashes & ((1 << _WORD_BITS) - 1)]
        numbers = kept & ((1 << _ID_BITS) - 1)
        for at in (kept >> _ID_BITS != hashes).nonzero()[0].tolist():
            word = "".join(map(chr, levelled.code[start[at] : end[at]].tolist()))
            number = self._ids.get(word) or self._by_stem.get(self._lexicon.stem(word), 0)
            numbers[at] = number
            self._words[int(hashes[at]) & ((1 << _WORD_BITS) - 1)] = int(hashes[at]) << _ID_BITS | number
        return np.asarray(numbers, np.int32)

    def _hits(self, ids: Ints) -> tuple[Places, Ints]:
        """Where entries stand, the longest first, none overlapping: the tokens at which they begin, and which."""
        state = self._first[ids]
        at = state.nonzero()[0]
        state = state[at]
        best = self._entry[state]
        going = self._longer[state].nonzero()[0]
        state, ahead = state[going], 0
        while len(going):
            ahead += 1
            key = state.astype(np.int64) * self._base + ids[at[going] + ahead]
            step = np.searchsorted(self._keys, key)
            step[step == len(self._keys)] = 0
            goes = (self._keys[step] == key).nonzero()[0]
            going, state = going[goes], self._then[step[goes]]
            entry = self._entry[state]
            best[going[entry >= 0]] = entry[entry >= 0]
            on = self._longer[state]
            going, state = going[on], state[on]
        at, best = at[best >= 0], best[best >= 0]
        free = _free(at, at + self._size[best])
        return at[free], best[free]


def _free(start: Places, end: Places) -> Bools:
    """Which of these stretches stand, when each takes what no earlier one has that stands."""
    free = np.ones(len(start), np.bool_)
    reach = np.maximum.accumulate(end)
    after = previous = -1
    for at in ((start[1:] < reach[:-1]).nonzero()[0] + 1).tolist():
        if at - 1 != previous:
            after = int(end[at - 1])
        if start[at] < after:
            free[at] = False
        else:
            after = int(end[at])
        previous = at
    return free


def _apostrophes(kinds: npt.NDArray[np.uint8], letter: Bools) -> Places:
    """Those within words: between letters, and the first of each run of letters only (rock'n, not rock'n'roll)."""
    at: Places = (kinds == _APOSTROPHE).nonzero()[0]
    at = at[letter[at - 1] & letter[at + 1]]
    if len(at) < 2:
        return np.asarray(at)
    runs = np.zeros(len(letter), np.int32)
    np.cumsum(letter[1:] & ~letter[:-1], out=runs[1:], dtype=np.int32)
    follows = np.zeros(len(at), np.bool_)
    follows[1:] = runs[at[1:] - 1] == runs[at[:-1] + 1]
    inside = np.ones(len(at), np.bool_)
    for which in follows.nonzero()[0].tolist():
        inside[which] = not inside[which - 1]
    return np.asarray(at[inside])


class _Trie:
    """The entries of a list by the numbers of their tokens; token 0 is none, and so is state 0."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.entries: list[Entry] = [entry for some in lexicon.entries.values() for entry in some]
        self.ids: dict[str, int] = {}
        self.steps: dict[tuple[int, int], int] = {}
        self.entry: list[int] = [-1]
        self.longer: list[bool] = [False]
        for tokens, _, _ in self.entries:
            for token in tokens:
                self.ids.setdefault(token, len(self.ids) + 1)
        self.first = [0] * (len(self.ids) + 1)
        for number, (tokens, _, _) in enumerate(self.entries):
            self._add([self.ids[token] for token in tokens], number)
        self.by_stem = self._stems(lexicon)

    def _add(self, tokens: Sequence[int], number: int) -> None:
        state = self.first[tokens[0]] = self.first[tokens[0]] or self._state()
        for token in tokens[1:]:
            self.longer[state] = True
            if (state, token) not in self.steps:
                self.steps[state, token] = self._state()
            state = self.steps[state, token]
        if self.entry[state] < 0:
            self.entry[state] = number

    def _state(self) -> int:
        self.entry.append(-1)
        self.longer.append(False)
        return len(self.entry) - 1

    def _stems(self, lexicon: Lexicon) -> Mapping[str | None, int]:
        """Numbers for words that only their stem makes known; words within entries that have such a stem begin, too."""
        states: dict[str, int] = {}
        for number, (tokens, _, _) in enumerate(self.entries):
            if len(tokens) == 1 and tokens[0] not in states:
                states[tokens[0]] = self._state()
                self.entry[-1] = number
        for token, number in self.ids.items():
            if not self.first[number]:
                self.first[number] = states.get(lexicon.stem(token) or "", 0)
        found: dict[str | None, int] = {}
        for stem, state in states.items():
            found[stem] = len(self.first)
            self.first.append(state)
        return found


def _astral(code: Hashes) -> Hashes:
    """The places in `_kinds` of characters beyond the basic plane: emoji are signs that are folded to themselves."""
    emoji = (code >= 0x1F300) & (code < 0x1FB00) | (code >= 0x1F1E6) & (code <= 0x1F1FF)
    return np.where(emoji, np.uint32(0x10000), np.uint32(0x10001))


@lru_cache(maxsize=1)
def _kinds() -> npt.NDArray[np.uint8]:
    """Of each levelled character of the basic plane; then of an emoji, and of any other."""
    kinds = [_kind(chr(code)) for code in range(0x10000)]
    return np.asarray([*kinds, _SINGLE, _FOLDED], np.uint8)


def _kind(char: str) -> np.uint8:
    folded = fold(char)
    tokens = TOKEN.findall(folded)
    if tokens and STOPS.issuperset(tokens):
        return _STOP  # also those that are folded to several
    if folded != char or unicodedata.combining(char):
        return _FOLDED
    if not tokens:
        return _NOTHING
    return _LETTER if char.isalpha() and char.isascii() else _APOSTROPHE if char in "'’" else _SINGLE
