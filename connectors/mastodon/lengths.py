"""How long a post is for Mastodon, and cutting one to what fits.

The server counts what people see as one character (a grapheme cluster), 23 for each address whatever its length, and
of a mention only the name. Where it is not certain what it will take for an address we count all of it: a post that is
a little short is better than one that is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

ELLIPSIS = "…"
_LONGEST_WORD = 40  # characters given up to end between two words

# Every country has two letters; of the other endings only old ones, for the server has a list that may be older.
_ENDINGS = "com|net|org|info|biz|edu|gov|int|app|dev|cloud|online|shop|store|site|tech|xyz|top|blog|page|[a-z]{2}"
# The server folds case as Unicode does: the long s (U+017F) and the Kelvin sign (U+212A) are letters a-z to it.
_URL = (
    r"(?<![a-z\u017f\u212a0-9@＠$#＃\u202a-\u202e])https?://(?:[a-z0-9](?:[a-z0-9-]{0,62}+(?<!-))?\.){1,8}"
    rf"(?:{_ENDINGS})(?![a-z0-9@+-]|\.[a-z0-9])(?::[0-9]{{1,5}})?"
    r"(?:/(?:[a-z0-9_/~%&=#+.,;:!'*$@|-]*[a-z0-9_/#+-])?)?"
    r"(?:\?[a-z0-9!*';:&=+$/%#_.,~|@-]*[a-z0-9_&=#/-])?"
)
_ADDRESS = regex.compile(rf"(?P<known>{_URL})|(?P<other>https?://[!-~]*+)", regex.IGNORECASE | regex.ASCII)
_PIECE = regex.compile(r"\X")
# Newer Unicode takes two Indian letters for one character where older servers count two.
_LETTER = regex.compile(r"[\p{L}--\p{Hangul}]", regex.VERSION1)
_SPACED = regex.compile(r"[\p{L}\p{M}\p{N}_--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}]]", regex.VERSION1)


def count(text: str, per_url: int) -> int:
    """Characters of `text` for the server, or a few more; mentions count in full."""
    return sum(weight for _, weight in _pieces(text, per_url))


def cut(text: str, limit: int, per_url: int) -> str:
    """`text` itself where the server counts at most `limit` characters, else its beginning and "…".

    Ends between words where words are parted by blanks, and never within an address or a character.
    """
    pieces = list(_pieces(text, per_url))
    if sum(weight for _, weight in pieces) <= limit:
        return text
    kept, left = 0, limit - 2  # the "…", and a blank that keeps it out of an address
    while kept < len(pieces) and pieces[kept][1] <= left:
        left -= pieces[kept][1]
        kept += 1
    words = [piece for piece, _ in pieces[: _between(pieces, kept)]]
    while words and not words[-1].strip():
        words.pop()
    if not words:
        return ELLIPSIS if limit > 0 else ""
    return "".join(words) + (" " if "://" in words[-1] else "") + ELLIPSIS


def _pieces(text: str, per_url: int) -> Iterator[tuple[str, int]]:
    """What must not be torn apart, and what the server counts for it."""
    place = 0
    for address in _ADDRESS.finditer(text):
        yield from _characters(text[place : address.start()])
        yield address[0], per_url if address["known"] else _doubtful(address[0], per_url)
        place = address.end()
    yield from _characters(text[place:])


def _doubtful(address: str, per_url: int) -> int:
    """The server may see an address here or not, or a short one within, and count more for it than it is long."""
    return len(address) + max(0, per_url - len("http://")) * address.count("://")


def _characters(text: str) -> Iterator[tuple[str, int]]:
    return ((piece, len(_LETTER.findall(piece)) or 1) for piece in _PIECE.findall(text))


def _between(pieces: list[tuple[str, int]], end: int) -> int:
    """The last place up to `end` that is not within a word; `end` where there is none near."""
    for place in range(end, max(0, end - _LONGEST_WORD), -1):
        if place == len(pieces) or not (_SPACED.match(pieces[place - 1][0]) and _SPACED.match(pieces[place][0])):
            return place
    return end
