"""What English-speaking text is made of: given names, surnames, ordinary words with how often they occur, places.

Read from packages when first needed, which takes about 0.2 s: given names and surnames of the lands whose names are
written in Latin letters (Faker, MIT; shares of the population for the United States), words (SymSpell's frequency
dictionary, MIT), places (the names of time zones and countries in tzdata, public domain).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.resources import files

from vocbot.text.wordlist import words

_LANDS = sorted(
    words("""
en en_US en_GB en_IE en_IN de_DE fr_FR es_ES it_IT pt_PT nl_NL da_DK sv_SE no_NO fi_FI pl_PL cs_CZ hu_HU hr_HR sl_SI
ro_RO tr_TR
""")
)
#: Percent of people who bear a name of which no more is known than that it is one.
_SOME = 0.004
#: Percent from which on a name means people, whatever place is called so, too (St. Thomas).
_MOSTLY_PEOPLE = 1.0
#: Also names, but mostly of places, brands and days in what customers write.
_NO_NAMES = words("""
boston dallas houston austin denver orlando charlotte diego columbus cleveland raleigh louis francisco antonio jose
santa carolina savannah sydney florida america virginia dakota georgia washington jersey york chicago milan paris london
logan reagan kennedy laguardia dulles midway newark atlanta seattle portland vegas miami nashville memphis phoenix tampa
pittsburgh philadelphia baltimore minneapolis detroit albany hartford providence jackson jacksonville buffalo rochester
syracuse cancun rico puerto france china india ireland scotland wales england israel jordan chad texas california
montana nevada alaska hawaii jamaica aruba madison lincoln aurora arlington eugene fargo moines monica angelo worth
delta virgin united southwest jetblue american british lufthansa emirates google apple amazon samsung microsoft facebook
twitter instagram uber visa mastercard paypal netflix nike adidas honda toyota ford audi sony nokia mercedes hyundai
nissan mazda volvo chase wells avis alamo dell alexa siri cortana bose canon philips braun zara prada gucci armani dior
macy starbucks wendy kroger tesco aldi lidl walmart costco ikea hilton marriott hyatt sheraton westin airbnb booking
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
october november december christmas easter thanksgiving valentine mardi english french german spanish chinese european
dear hello team agent captain sir madam god jesus lord santa oscar angel star
""")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`given`: percent of people by given name; `words`: occurrences in a million million; all in lower case."""

    given: dict[str, float]
    surnames: frozenset[str]
    words: dict[str, int]
    places: frozenset[str]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The one lexicon of this process."""
    given: dict[str, float] = {}
    surnames: set[str] = set()
    for land in _LANDS:
        provider = import_module(f"faker.providers.person.{land}").Provider
        given |= {name.lower(): _SOME for name in _listed(provider, "first") if name.lower() not in given}
        surnames |= {name.lower() for name in _listed(provider, "last")}
        if land == "en_US":
            shares = {**provider.first_names_male, **provider.first_names_female}
            given |= {name.lower(): max(_SOME, 100 * share) for name, share in shares.items()}
    lines = (
        files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8-sig").split("\n")
    )
    counted = (line.split() for line in lines if line)
    return Lexicon(
        given,
        frozenset(surnames),
        {word: int(count) for word, count in counted},
        _NO_NAMES | {word for word in _places() if given.get(word, 0) < _MOSTLY_PEOPLE},
    )


def _listed(provider: type, which: str) -> Iterator[str]:
    for kind in ("", "_male", "_female"):
        some = getattr(provider, f"{which}_names{kind}", ())
        yield from () if isinstance(some, property) else some


def _places() -> Iterator[str]:
    folder = files("tzdata").joinpath("zoneinfo")
    for name, column in (("zone.tab", 2), ("iso3166.tab", 1)):
        for line in folder.joinpath(name).read_text(encoding="utf-8").splitlines():
            if line and line[0] != "#":
                yield from re.findall("[a-z]{3,}", line.split("\t")[column].split("/")[-1].lower())
