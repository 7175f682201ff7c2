"""Says in which of the languages spoken here a text is written, by script and common words, without a model.

A wrong guess sends a customer a note in a language they do not read; `und` sends the default. So Japanese, Korean,
Cyrillic and the neighbours of English are told apart only to be called `und`.
"""

from __future__ import annotations

import re
from typing import Literal

from vocbot.text.wordlist import characters, words

Language = Literal["zh", "en", "und"]

#: Links, addresses, handles, placeholders: in ASCII only, Chinese goes on right behind them.
_NOISE = re.compile(
    r"https?://[!-~]+|www\.[!-~]+|[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]+|[@#][A-Za-z0-9_]+|\[[A-Z_]{2,20}(?:-[0-9]+)?\]"
)
_NOISY = ("@", "#", "[", "://", "www.")  # one of them is in every such
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_KANA = re.compile("[\u3041-\u306d\u306f-\u3096\u30a1-\u30fa\uff66-\uff9d]")  # but の: Chinese shops like it
_OTHER_SCRIPT = re.compile(
    "[\u0370-\u03ff\u0400-\u052f\u0530-\u08ff\u0900-\u0fff\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]+"
)
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f]+(?:[’'][A-Za-z]+)?")
_ACCENT = re.compile("[\u00c0-\u024f]")

#: Characters that carry a Chinese sentence; names of shops and dishes in another language's text seldom have them.
_ZH_GRAMMAR = characters("的了是不我在有这你就都也很吗呢吧没要没给说们還這個嗎沒給說們")
_EN_GRAMMAR = words("""
am im per plus the and is are was were be been to of in it this that for on with you my me we our i i'm i've
it's don't can't not no have has had do does did but so very what why how when where which who will would
can could should your their they he she its from at by as if or an there than then too just only after
before again still been more any all please
""")
_EN_COMMON = words("""
good great bad nice love like best worst thanks thank hello hi ok okay yes cool awesome amazing terrible
horrible slow fast app service order delivery refund help food money price account card phone customer
support login password update bug crash crashes crashed broken error problem issue waiting wait late never
ever always time day week work works working doesn't isn't won't product quality perfect excellent poor rude
friendly easy hard use used using bought buy want need get got give make back out up down off about payment
cancel cancelled return shipping received flight gate seat bag driver staff room a one two thx ty pls plz
lol omg wtf yeah yep nope meh ugh suck sucks
""")
#: French, German, Spanish, Italian, Portuguese, Dutch.
_OTHERS = [
    words(stops) - _EN_GRAMMAR - _EN_COMMON
    for stops in (
        """
        le la les des du une est et je vous nous pas que qui pour dans avec sur mais très bonjour merci c'est il elle ce
        cette mon ma mes votre vos ne plus sont était été livraison commande j'ai n'est au aux
        """,
        """
        der die das und ist nicht ich sie wir ein eine einen mit für auf aber sehr auch zu den dem von war haben habe
        wurde bei noch nur schon kann danke hallo bitte mein meine ihre es wie gut bestellung lieferung leider
        """,
        """
        el los las una es y no que de en por para con pero muy gracias hola mi su sus está son fue lo se al del como más
        pedido todo bien tarde llegó servicio
        """,
        """
        il gli una è e che di con ma molto grazie ciao mio sono non della del ordine consegna ho ha mai buon buona
        giorno
        """,
        "o os uma é e que de em para com mas muito obrigado obrigada olá meu minha não foi são pedido entrega",
        "het een en niet ik van voor met maar heel ook mijn bedankt hallo zijn op te dat bestelling geen",
    )
]
#: The lists that a word is in: 0 grammar, 1 common, 2 and on other languages.
_LISTED: dict[str, tuple[int, ...]] = {
    word: tuple(which for which, listed in enumerate((_EN_GRAMMAR, _EN_COMMON, *_OTHERS)) if word in listed)
    for word in _EN_GRAMMAR.union(_EN_COMMON, *_OTHERS)
}


def detect(text: str) -> Language:
    """The language that carries the text: zh, en or und (none, another, or undecidable). Total, linear."""
    if any(sign in text for sign in _NOISY):
        text = _NOISE.sub(" ", text)
    han, other = "", 0
    if not text.isascii():
        han = "".join(_HAN.findall(text))
        if _KANA.search(text) and len(_KANA.findall(text)) * 8 > len(han):
            return "und"
        other = sum(map(len, _OTHER_SCRIPT.findall(text)))
    latin = _LATIN_WORD.findall(text.replace("’", "'").lower())
    if other > 2 * len(han) + sum(map(len, latin)):
        return "und"
    if not latin:
        return "zh" if han else "und"
    counts = [0] * (2 + len(_OTHERS))
    for word in latin:
        for which in _LISTED.get(word, ()):
            counts[which] += 1
    if han:
        grammar = sum(char in _ZH_GRAMMAR for char in han)
        if len(han) + 3 * grammar >= len(latin) + 3 * counts[0]:
            return "zh"
    return _which_latin(latin, counts, text)


def _which_latin(latin: list[str], counts: list[int], text: str) -> Language:
    english, common, foreign = counts[0], counts[1], max(counts[2:])
    if foreign > english or (foreign == english and foreign > common):
        return "und"
    if english + common:
        return "en" if (english + common) * 12 >= len(latin) else "und"
    # No word of any list: short English (transfer declined) is likelier than the rest, unless it wears accents or
    # is one word, which may be anything.
    return "en" if len(latin) > 1 and not _ACCENT.search(text) else "und"
