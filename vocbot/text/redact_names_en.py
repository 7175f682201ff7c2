"""Finds English personal names that stand beside a cue: my name is, this is … from, Mr, agent, regards.

A free-standing capitalised word is a brand, a town or a product as often as a person, so it is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vocbot.text.redact_view import Span

_LETTER = "[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff\u1e00-\u1eff]"
_WORD = rf"{_LETTER}(?:[’'-]?{_LETTER}){{0,24}}"
_WORDS = re.compile(rf"{_WORD}\.?(?: {_WORD}\.?){{0,4}}")
_PARTICLES = frozenset("de da di du del della van von der den ter la le el al bin ibn y e dos das".split())
_NO_NAMES = frozenset(
    "a an the not on in at is was so very and or but my your our their his her its this that these those there here who what when "
    "where why how all any no yes ok okay sir madam team support customer service customers everyone everybody guys folks all "
    "again later now soon today tomorrow yesterday just still also too really being been going trying having getting calling "
    "writing contacting waiting looking asking happy sorry glad sure afraid upset angry disappointed new old good great bad "
    "wrong right incorrect correct misspelled spelled missing blank different i i'm im i’m we you he she it they me us them him "
    "to for of from with by as if because please thanks thank hello hi dear to-day app website order account "
    "since maybe nature supervisor agent corp manager appointment back instead asap before themselves something else mine saved stupid names "
    "crazy anything nothing whatever someone anyone up off out over about after until while during via rt dm flight flights said told was were has had did does will would can could may might should refused kept hung answered asked says "
    "monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october "
    "november december christmas".split()
)


@dataclass(frozen=True, slots=True)
class _Cue:
    """A pattern on the lower-cased view (the name starts where it ends) and what the name must look like."""

    pattern: re.Pattern[str]
    hints: tuple[str, ...]
    fewest: int = 1
    lower_case: bool = False
    then: re.Pattern[str] | None = None


def _cue(pattern: str, *hints: str, fewest: int = 1, lower_case: bool = False, then: str | None = None) -> _Cue:
    return _Cue(re.compile(pattern), hints, fewest, lower_case, re.compile(then) if then else None)


_TITLE = r"(?:(?:mr|mrs|ms|mx|dr|prof)\.?|miss|professor|sir|madam|mister)"
_CUES = (
    _cue(
        r"(?:(?:(?:first|last|full|sur|user|real|partner's|wife's|husband's|son's|daughter's|holder|holder's) ?)?"
        r"name(?:'s|’s| is|:|\?(?: user:)?)|names? (?:on|of|in) (?:the |my )?(?:account|card|booking|order)(?: is|:|\?(?: user:)?)"
        r"|(?:i am|i'm|was|named|name|is|be|was|also) called|calls? me|named|known as|in the name of|under the name"
        r"|(?:account ?|card ?|policy)?holder(?: is|:)|attn:?|recipient:|contact person:|signed:|billing address:)\s{1,6}"
        rf"(?:{_TITLE} )?",
        "name", "call", "known as", "holder", "attn", "recipient", "contact person", "signed", "billing address",
        lower_case=True,
    ),
    _cue(r"(?:(?:mr|mrs|ms|dr)\. |mrs? )", "mr", "ms.", "dr.", lower_case=True),
    _cue(r"(?:partner|wife|husband|son|daughter|child|kid|brother|sister|mother|father|mum|mom|dad|boyfriend|girlfriend|"
         r"friend|neighbour|neighbor|colleague)(?:'s name|’s name)?,? ",
         "partner", "wife", "husband", "son", "daughter", "child", "kid", "brother", "sister", "mother", "father", "mum", "mom",
         "dad", "friend", "neighb", "colleague"),
    _cue(r"(?:change|correct|update) (?:it|the name|my name) to ", " to "),
    _cue(r"add ", "add ", then=r" as (?:a |an |my |the )?(?:beneficiary|guardian|user|holder|driver|owner|signatory|contact)"),
    _cue(rf"{_TITLE} ", "mr", "ms", "miss", "mx", "dr", "prof", "sir", "madam"),
    _cue(r"(?:i'm|i’m|i am|im) ", "i'm ", "i’m ", "i am ", "im ", fewest=2,
         then=r" ?[,.;!\n(-]|$| (?:from|and|with|calling|here|writing)(?![a-z])"),
    _cue(r"(?:this is|it's|it’s|it is) ", "this is", "it's", "it’s", "it is",
         then=r" (?:from|at|with|calling|here|speaking|again)(?![a-z])|,? ?(?:your|the) (?:agent|driver)"),
    _cue(r"(?:this is) ", "this is", fewest=2, then=r" ?[.,;!?\n]|$"),
    _cue(
        r"(?:agent|representative|rep|operator|advisor|adviser|supervisor|technician|driver|colleague|employee|"
        r"consultant|assistant|manager|cashier|waiter|waitress|nurse|receptionist|doctor|stewardess|attendant|clerk)"
        r"(?: called| named| was| is|,|:)? ",
        "agent", "rep", "operator", "advis", "visor", "technician", "driver", "colleague", "employee", "consultant", "assist",
        "manager", "cashier", "wait", "nurse", "receptionist", "doctor", "steward", "attendant", "clerk",
    ),
    _cue(r"(?:spoke|speaking|spoken|talked|chatted|talk|speak|dealt|follow up|helped|served|assisted|treated|"
         r"answered|sold to me|handled) (?:to|with|by) ",
         "spoke", "speak", "talk", "chatted", "dealt", "follow up", "helped", "served", "assist", "treated", "answered", "handled"),
    _cue(r"(?:dear|hi|hello) ", "dear", "hi ", "hello", then=r" ?[,\n]"),
    _cue(r"(?:regards|sincerely|faithfully|truly|best wishes|cheers|thanks|thank you|many thanks|best|love)"
         r"(?: and regards)?[ ,.!-]{0,4}\n\s{0,8}[-–—]?\s?(?:" + _TITLE + r" )?",
         "regards", "sincerely", "faithfully", "truly", "best", "cheers", "thank", "love", then=r"\s{0,8}(?:$|\n|,)"),
    _cue(r"(?:kind |best |warm )?regards,? ", "regards", then=r"\s{0,8}(?:$|\n|\.)"),
)  # fmt: skip


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
            if found.start() and low[found.start() - 1].isalpha():
                continue
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
        bare = word.rstrip(".").lower().removesuffix("'s").removesuffix("’s")
        if bare in _NO_NAMES or (len(taken) >= 3 and bare not in _PARTICLES):
            break
        if not (word[0].isupper() or (taken and bare in _PARTICLES)):
            break
        if word.isupper() and 1 < len(word.rstrip(".")) < 4 and not taken:
            break  # AA, PNR, ASAP
        taken.append(word)
        if word.endswith(".") and len(word) > 3:
            break
    while taken and taken[-1].lower() in _PARTICLES:
        taken.pop()
    if taken and len(taken) >= cue.fewest:
        return at + len(" ".join(taken).removesuffix(".").removesuffix("'s").removesuffix("’s"))
    if not taken and cue.lower_case and chars[at : at + 1].islower():
        return _lower_case_name(chars, run)
    return None


def _lower_case_name(chars: str, run: re.Match[str]) -> int | None:
    """my name is patricia desrosiers: one or two words and then the end of the clause."""
    words = run.group().split(" ")
    size = next((i for i, word in enumerate(words[:3]) if word.rstrip(".").lower() in _NO_NAMES), len(words))
    length = len(" ".join(words[:size]).removesuffix("."))
    if 1 <= size <= 2 and (size < len(words) or chars[run.end() : run.end() + 1] in ("", ".", ",", "\n", "!", ";")):
        return run.start() + length
    return None
