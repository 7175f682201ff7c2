"""Which rule packs fit a set of texts: for a first import, where nobody has said yet what to listen for."""

from __future__ import annotations

from collections.abc import Sequence

from vocbot.text.spelling import matchable
from vocbot.understand.rulepack import RulePack
from vocbot.understand.rules import Matcher

#: A pack that recognises so much of what the best one does says something of its own about these customers.
_SHARE = 0.6


def fitting(packs: Sequence[RulePack], texts: Sequence[str]) -> dict[str, int]:
    """The packs that fit, the best first, each with how many of the texts it recognises; empty where none does."""
    folded = [matchable(text) for text in texts]
    hits = {pack.pack: _recognised(pack, folded) for pack in packs}
    most = max(hits.values(), default=0)
    best = sorted((name for name in hits if hits[name] and hits[name] >= _SHARE * most), key=lambda n: (-hits[n], n))
    return {name: hits[name] for name in best}


def _recognised(pack: RulePack, folded: Sequence[str]) -> int:
    matcher = Matcher([pack])
    return sum(map(bool, matcher.match_all(folded)))
