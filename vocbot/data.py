"""Where shipped knowledge lies: a path that was configured, then the installed package, then the checkout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import yaml

from vocbot.sdk.errors import VocbotError
from vocbot.text.concepts import Concepts
from vocbot.text.reading import Heads, shipped_heads, with_own
from vocbot.text.sentiment import Lexicon

_PACKAGE = Path(__file__).parent / "_data"
_CHECKOUT = Path(__file__).parent.parent


class NotFound(VocbotError):
    """A file that should have been shipped or named is not there."""


def shipped(name: str) -> Path:
    """The shipped file or folder `name`: rules/shop.yaml, config.example.yaml."""
    for root in (_PACKAGE, _CHECKOUT):
        if (root / name).exists():
            return root / name
    raise NotFound(f"{name} is not part of this installation")


def shipped_packs() -> list[str]:
    """The names of the shipped rule packs."""
    return sorted(path.stem for path in shipped("rules").glob("*.yaml"))


def rule_paths(names: Iterable[str]) -> list[Path]:
    """Rule packs by the name of a shipped one ("shop") or by path. Raises NotFound, naming the shipped ones."""
    paths = []
    for name in names:
        given = Path(name)
        if given.suffix in (".yaml", ".yml") or given.exists():
            paths.append(given)
            continue
        try:
            paths.append(shipped(f"rules/{name}.yaml"))
        except NotFound:
            known = ", ".join(shipped_packs())
            raise NotFound(f"rules: there is no pack {name!r}; shipped are {known}, or give a path") from None
    return paths


@cache
def sentiment_lexicon() -> Lexicon:
    """The shipped word list of feelings."""
    return Lexicon.load(yaml.safe_load(shipped("rules/lexicon/sentiment.yaml").read_text(encoding="utf-8")))


@cache
def concepts() -> Concepts:
    """The shipped things that are called in both languages."""
    return Concepts.load(yaml.safe_load(shipped("rules/lexicon/concepts.yaml").read_text(encoding="utf-8")))


def heads(own: Mapping[str, Path]) -> Heads:
    """The shipped heads, the owner's own in the place of some. Raises VocbotError with what is wrong with one."""
    return with_own(shipped_heads(sentiment_lexicon()), own)
