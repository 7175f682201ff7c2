"""Finds English personal names that stand beside a cue: my name is, this is … from, Mr, agent, regards.

A free-standing capitalised word is a brand, a town or a product as often as a person, so it is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vocbot.text.redact_rules import Place, Rule, rule
from vocbot.text.wordlist import words

_LETTER = "[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff\u1e00-\u1eff]"
_WORD = rf"{_LETTER}(?:[’'-]?{_LETTER}){{0,24}}"
_WORDS = re.compile(rf"{_WORD}\.?(?: {_WORD}\.?){{0,4}}")
_LATIN = re.compile(_LETTER)
PARTICLES = words("de da di du del della van von der den ter la le el al bin ibn y e dos das")
NO_NAMES = words("""
a an the not on in at is was so very and or but my your our their his her its this that these those there here who what
when where why how all any no yes ok okay sir madam team support customer service customers everyone everybody guys
folks again later now soon today tomorrow yesterday just still also too really being been going trying having getting
calling writing contacting waiting looking asking happy sorry glad sure afraid upset angry disappointed new old good
great bad wrong right incorrect correct misspelled spelled missing blank different i i'm im i’m we you he she it they
me us them him to for of from with by as if because please thanks thank hello hi dear app website order account since
maybe nature supervisor agent corp manager appointment back instead asap before themselves something else mine saved
stupid names crazy anything nothing whatever someone anyone up off out over about after until while during via rt dm
flight flights said told were has had did does will would can could may might should refused kept hung answered asked
says regards sincerely cheers
monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
october november december christmas
""")


def _rule(cue: str, *, fewest: int = 1, lower_case: int = 0, then: str | None = None) -> Rule:
    """A name of at least `fewest` words starts where the cue (on the lower-cased view) ends; up to `lower_case`
    words of it may be written small; `then` may have to follow it."""
    pattern = re.compile(cue)
    follows = re.compile(then) if then else None

    def find(chars: str, low: str) -> Iterator[Place]:
        for found in pattern.finditer(low):
            if found.start() and _LATIN.match(low, found.start() - 1):
                continue  # the end of a longer word
            end = _name(chars, found.end(), fewest, lower_case)
            if end is not None and (follows is None or follows.match(low, end)):
                yield found.end(), end

    return rule("NAME", cue, find)


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


def _name(chars: str, at: int, fewest: int, lower_case: int) -> int | None:
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
    while taken and taken[-1].lower() in PARTICLES:
        taken.pop()
    if taken and len(taken) >= fewest:
        return at + len(_bare(" ".join(taken)))
    if not taken and lower_case and chars[at : at + 1].islower():
        return _lower_case_name(chars, run, lower_case)
    return None


def _may_go_on(word: str, taken: list[str]) -> bool:
    bare = _bare(word)
    particle = bare.lower() in PARTICLES
    if bare.lower() in NO_NAMES or (not particle and sum(w.lower() not in PARTICLES for w in taken) >= 3):
        return False
    if not taken and bare.isupper() and 1 < len(bare) < 4:
        return False  # AA, PNR, CS
    return word[0].isupper() or (particle and bool(taken))


def _bare(word: str) -> str:
    return word.removesuffix(".").removesuffix("'s").removesuffix("’s")


def _lower_case_name(chars: str, run: re.Match[str], most: int) -> int | None:
    """my name is patricia desrosiers: a word or two and then the end of the clause; after mr. one will do."""
    found = run.group().split(" ")
    size = next((i for i, word in enumerate(found[: most + 1]) if _bare(word).lower() in NO_NAMES), len(found))
    clause_ends = chars[run.end() : run.end() + 1] in ("", ".", ",", "\n", "!", ";")
    if most == 1 and size:
        size = 1
    elif not 1 <= size <= most or not (size < len(found) or clause_ends):
        return None
    return run.start() + len(_bare(" ".join(found[:size])))


NAMES_EN = (
    _rule(
        r"(?:name(?:'s|’s| is|:|\?)|names? (?:on|of|in) (?:the |my )?(?:account|card|booking|order)(?: is|:|\?)|"
        r"(?:i am|i'm|was|named|name|is|be|also) called|calls? me|in the name of|under the name)"
        rf"(?: user:)?\s{{1,6}}(?:{_TITLE} )?",
        lower_case=2,
    ),
    _rule(
        r"(?:named|known as|holder(?: is|:)|attn:?|recipient:|contact person:|signed:|billing address:)"
        rf"\s{{1,6}}(?:{_TITLE} )?"
    ),
    _rule(rf"{_TITLE} "),
    _rule(r"(?:(?:mr|mrs|ms|dr)\. |mrs? )", lower_case=1),
    _rule(rf"{_any(_RELATIVES)}(?:'s name|’s name)?,? "),
    _rule(rf"{_any(_STAFF)}(?: called| named| was| is|,|:)? "),
    _rule(rf"{_any(_DEALINGS)} (?:to|with|by) |follow up with "),
    _rule(rf"(?:change|correct|update) (?:it|the name|my name) to (?:{_TITLE} )?"),
    _rule(r"add ", then=r" as (?:a |an |my |the )?(?:beneficiary|guardian|user|holder|driver|owner|contact)"),
    _rule(
        r"(?:i'm|i’m|i am|im) ",
        fewest=2,
        then=r" ?[,.;!\n(-]|$| (?:from|and|with|calling|here|writing)(?![a-z])",
    ),
    _rule(
        r"(?:this is|it's|it’s|it is) ",
        then=r" (?:from|at|with|calling|here|speaking|again)(?![a-z])|,? ?(?:your|the) (?:agent|driver)",
    ),
    _rule(r"this is ", fewest=2, then=r" ?[.,;!?\n]|$"),
    _rule(r"(?:dear|hi|hello) ", then=r" ?[,\n]"),
    _rule(
        r"(?:regards|sincerely|faithfully|truly|wishes|cheers|thanks|thank you|best|love)[ ,.!-]{0,4}\n\s{0,8}[-–—]?\s?"
        rf"(?:{_TITLE} )?",
        then=r"\s{0,8}(?:$|\n|,)",
    ),
    _rule(
        rf"(?:regards|sincerely|faithfully|truly)[ ,.!-]{{0,4}}[\n ]\s{{0,8}}[-–—]?\s?(?:{_TITLE} )?",
        then=r"\s{0,8}(?:$|\n|[.,!;。，！；])",
    ),
)
