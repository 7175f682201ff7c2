"""Finds English personal names that stand beside a cue: my name is, this is … from, Mr, agent, regards.

A free-standing capitalised word is a brand, a town or a product as often as a person, so it is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vocbot.text.redact_view import Span
from vocbot.text.wordlist import words

_LETTER = "[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff\u1e00-\u1eff]"
_WORD = rf"{_LETTER}(?:[’'-]?{_LETTER}){{0,24}}"
_WORDS = re.compile(rf"{_WORD}\.?(?: {_WORD}\.?){{0,4}}")
_LATIN = re.compile(_LETTER)
_PARTICLES = words("de da di du del della van von der den ter la le el al bin ibn y e dos das")
_NO_NAMES = words("""
a an the not on in at is was so very and or but my your our their his her its this that these those there here who what
when where why how all any no yes ok okay sir madam team support customer service customers everyone everybody guys
folks again later now soon today tomorrow yesterday just still also too really being been going trying having getting
calling writing contacting waiting looking asking happy sorry glad sure afraid upset angry disappointed new old good
great bad wrong right incorrect correct misspelled spelled missing blank different i i'm im i’m we you he she it they
me us them him to for of from with by as if because please thanks thank hello hi dear app website order account since
maybe nature supervisor agent corp manager appointment back instead asap before themselves something else mine saved
stupid names crazy anything nothing whatever someone anyone up off out over about after until while during via rt dm
flight flights said told were has had did does will would can could may might should refused kept hung answered asked
says monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
october november december christmas
""")


@dataclass(frozen=True, slots=True)
class _Cue:
    """The name starts where the pattern ends (in the lower-cased view) and `then` may have to follow it."""

    pattern: re.Pattern[str]
    #: one of them stands in every text the pattern matches: cheaper to look for than the pattern
    hints: frozenset[str]
    fewest: int = 1
    lower_case: bool = False
    then: re.Pattern[str] | None = None


def _cue(pattern: str, hints: str, *, fewest: int = 1, lower_case: bool = False, then: str | None = None) -> _Cue:
    return _Cue(re.compile(pattern), words(hints), fewest, lower_case, re.compile(then) if then else None)


_TITLE = r"(?:(?:mr|mrs|ms|mx|dr|prof)\.?|miss|professor|sir|madam|mister)"
_RELATIVES = (
    "partner wife husband son daughter child kid brother sister mother father mum mom dad boyfriend girlfriend "
    "friend neighbour neighbor colleague"
)
_STAFF = (
    "agent representative rep operator advisor adviser supervisor technician driver employee consultant assistant "
    "manager cashier waiter waitress nurse receptionist doctor stewardess attendant clerk"
)
_DEALINGS = "spoke spoken speak speaking talk talked chatted dealt helped served assisted treated answered handled"


def _any(entries: str) -> str:
    return f"(?:{entries.replace(' ', '|')})"


_CUES = (
    _cue(
        r"(?:name(?:'s|’s| is|:|\?)|names? (?:on|of|in) (?:the |my )?(?:account|card|booking|order)(?: is|:|\?)|"
        r"(?:i am|i'm|was|named|name|is|be|also) called|calls? me|in the name of|under the name)"
        rf"(?: user:)?\s{{1,6}}(?:{_TITLE} )?",
        "name call",
        lower_case=True,
    ),
    _cue(
        r"(?:named|known as|holder(?: is|:)|attn:?|recipient:|contact person:|signed:|billing address:)"
        rf"\s{{1,6}}(?:{_TITLE} )?",
        "named known holder attn recipient contact signed billing",
    ),
    _cue(rf"{_TITLE} ", "mr ms mx dr prof miss sir madam mister"),
    _cue(r"(?:(?:mr|mrs|ms|dr)\. |mrs? )", "mr ms. dr.", lower_case=True),
    _cue(rf"{_any(_RELATIVES)}(?:'s name|’s name)?,? ", _RELATIVES),
    _cue(rf"{_any(_STAFF)}(?: called| named| was| is|,|:)? ", _STAFF),
    _cue(rf"{_any(_DEALINGS)} (?:to|with|by) |follow up with ", f"{_DEALINGS} follow"),
    _cue(r"(?:change|correct|update) (?:it|the name|my name) to ", "change correct update"),
    _cue(r"add ", "add", then=r" as (?:a |an |my |the )?(?:beneficiary|guardian|user|holder|driver|owner|contact)"),
    _cue(
        r"(?:i'm|i’m|i am|im) ",
        "i'm i’m im i",
        fewest=2,
        then=r" ?[,.;!\n(-]|$| (?:from|and|with|calling|here|writing)(?![a-z])",
    ),
    _cue(
        r"(?:this is|it's|it’s|it is) ",
        "this it",
        then=r" (?:from|at|with|calling|here|speaking|again)(?![a-z])|,? ?(?:your|the) (?:agent|driver)",
    ),
    _cue(r"this is ", "this", fewest=2, then=r" ?[.,;!?\n]|$"),
    _cue(r"(?:dear|hi|hello) ", "dear hi hello", then=r" ?[,\n]"),
    _cue(
        r"(?:regards|sincerely|faithfully|truly|wishes|cheers|thanks|thank you|best|love)[ ,.!-]{0,4}\n\s{0,8}[-–—]?\s?"
        rf"(?:{_TITLE} )?",
        "regards sincerely faithfully truly wishes cheers thank best love",
        then=r"\s{0,8}(?:$|\n|,)",
    ),
    _cue(r"regards,? ", "regards", then=r"\s{0,8}(?:$|\n|\.)"),
)


def find_names_en(chars: str, low: str) -> list[Span]:
    """English names beside cues in a view, ordered, apart from each other; `low` is its lower case."""
    spans: list[Span] = []
    for start, end in sorted(_beside_cues(chars, low)):
        if not spans or start >= spans[-1][1]:
            spans.append((start, end, "NAME"))
    return spans


def _beside_cues(chars: str, low: str) -> Iterator[tuple[int, int]]:
    for cue in _CUES:
        if not any(hint in low for hint in cue.hints):
            continue
        for found in cue.pattern.finditer(low):
            if found.start() and _LATIN.match(low, found.start() - 1):
                continue  # the end of a longer word
            end = _name(chars, found.end(), cue)
            if end is not None and (cue.then is None or cue.then.match(low, end)):
                yield found.end(), end


def _name(chars: str, at: int, cue: _Cue) -> int | None:
    """Where the name at a position ends; None if none stands there."""
    run = _WORDS.match(chars, at)
    if not run:
        return None
    taken: list[str] = []
    for word in run.group().split(" "):
        if not _may_go_on(word, taken):
            break
        taken.append(word)
        if word.endswith(".") and len(word) > 3:
            break
    while taken and taken[-1].lower() in _PARTICLES:
        taken.pop()
    if taken and len(taken) >= cue.fewest:
        return at + len(_bare(" ".join(taken)))
    if not taken and cue.lower_case and chars[at : at + 1].islower():
        return _lower_case_name(chars, run)
    return None


def _may_go_on(word: str, taken: list[str]) -> bool:
    bare = _bare(word)
    particle = bare.lower() in _PARTICLES
    if bare.lower() in _NO_NAMES or (len(taken) >= 3 and not particle):
        return False
    if not taken and bare.isupper() and 1 < len(bare) < 4:
        return False  # AA, PNR, CS
    return word[0].isupper() or (particle and bool(taken))


def _bare(word: str) -> str:
    return word.removesuffix(".").removesuffix("'s").removesuffix("’s")


def _lower_case_name(chars: str, run: re.Match[str]) -> int | None:
    """my name is patricia desrosiers: one or two words and then the end of the clause."""
    found = run.group().split(" ")
    size = next((i for i, word in enumerate(found[:3]) if _bare(word).lower() in _NO_NAMES), len(found))
    clause_ends = chars[run.end() : run.end() + 1] in ("", ".", ",", "\n", "!", ";")
    if 1 <= size <= 2 and (size < len(found) or clause_ends):
        return run.start() + len(_bare(" ".join(found[:size])))
    return None
