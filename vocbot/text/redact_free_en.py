"""Finds English personal names that stand free, without a cue: capitalised words that are names rather than words.

A given name with what goes with it, two words that no dictionary knows, or one given name that is seldom anything
else. Places, brands and companies are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vocbot.text.lexicon_en import Lexicon, lexicon
from vocbot.text.redact_names_en import NO_NAMES, PARTICLES
from vocbot.text.redact_rules import Place, rule
from vocbot.text.wordlist import either, words

_ANY = "A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff\u1e00-\u1eff"
_CAPITAL = "[A-Z\u00c0-\u00de\u0100-\u024f\u0386-\u03ab\u0400-\u042f\u1e00-\u1eff]"
_WORD = rf"{_CAPITAL}[{_ANY}]*(?:[’'-][{_ANY}]+)?"
_RUN = re.compile(
    rf"(?<![{_ANY}0-9@#_/&’'.-]){_WORD}\.?(?: (?:(?:{either(PARTICLES)}) ){{0,2}}{_WORD}\.?){{0,4}}(?![0-9_@])"
)
_TOKEN = re.compile(r"\S+")
_COMPANY = re.compile(
    r"(?:,? (?:and|&) [A-Z]\w+)?,? (?:Inc|LLC|Ltd|Group|Corp|PLC|GmbH|Airlines?|Airways|Bank|Street|St|Road|Rd|Avenue|"
    r"Ave|Drive|Airport|airport|Hotel|Club|University|College|Hospital|Park|Cent(?:er|re)|Company|Co|Services?|"
    r"Solutions|Systems|Partners|Holdings|Island|Beach|County|City)(?![a-z])"
)
_PLACE_BEFORE = words("the st st. saint san santa fort mount port lake los las new el north south east west")
#: How much likelier a name than a word one must be that stands alone.
_ALONE = 0.25
_FREQUENT = 2_000_000


def _find(chars: str, _low: str) -> Iterator[Place]:
    known: Lexicon | None = None
    for run in _RUN.finditer(chars):
        known = known or lexicon()
        tokens = [(run.start() + t.start(), t.group()) for t in _TOKEN.finditer(run.group())]
        at = 0
        while at < len(tokens):
            size = _name(tokens[at:], known)
            start = tokens[at][0]
            if size and not _is_place(chars, start):
                last, word = tokens[at + size - 1]
                end = last + len(_bare(word))
                if not _COMPANY.match(chars, end):
                    yield start, end
            at += max(1, size)


def _name(tokens: list[tuple[int, str]], known: Lexicon) -> int:
    """How many of the tokens, from the first, are a name; 0 where none is."""
    taken: list[str] = []
    for _, token in tokens:
        word = _bare(token)
        low = word.lower()
        if not (len(word) == 1 or low in PARTICLES) and (word.isupper() or _no_part(low, bool(taken), known)):
            break
        taken.append(word)
        if token.endswith(".") and len(word) > 1:
            break
    while taken and (len(taken[-1]) == 1 or taken[-1].lower() in PARTICLES):
        taken.pop()
    full = [word.lower() for word in taken if len(word) > 1 and word.lower() not in PARTICLES]
    if not full or len(taken[0]) == 1:
        return 0
    return len(taken) if len(full) > 1 or _likely(full[0], known) >= _ALONE else 0


def _no_part(low: str, follows: bool, known: Lexicon) -> bool:
    if low in known.places or low in NO_NAMES:
        return True
    if low in known.given or (follows and low in known.surnames):
        return False
    return known.words.get(low, 0) > (_FREQUENT if low in known.surnames else 0)


def _likely(low: str, known: Lexicon) -> float:
    return known.given.get(low, 0.0) / (0.02 + known.words.get(low, 0) * 1e-8)


def _is_place(chars: str, start: int) -> bool:
    before = chars[max(0, start - 8) : start]
    return before.endswith(" ") and before.lower().split()[-1:] != [] and before.lower().split()[-1] in _PLACE_BEFORE


def _bare(token: str) -> str:
    return token.removesuffix(".").removesuffix("'s").removesuffix("’s")


FREE_EN = (rule("NAME", f"[{_ANY}]", _find),)
