"""Rule matching: one RE2 set per pack against what one would write first, every pattern searched one by one with `re`.

Both find the same rules on the same statements; the rounds alternate, so that a busy machine slows both.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Sequence

from vocbot.data import rule_paths, shipped_packs
from vocbot.text.spelling import matchable
from vocbot.understand.rulepack import RulePack, load_packs
from vocbot.understand.rules import Matcher

ROUNDS = 7


def run() -> None:
    """Print microseconds per statement and the ratio, by pack and for all packs together."""
    names = shipped_packs()
    packs = load_packs(rule_paths(names))
    print("| packs | patterns | statements | RE2 set, us | one by one, us | ratio |")
    print("|---|---|---|---|---|---|")
    for some in [*((pack,) for pack in packs), packs]:
        _row(some)


def _row(packs: Sequence[RulePack]) -> None:
    texts = [
        matchable(example)
        for pack in packs
        for issue in pack.issues
        for rule in issue.rules
        for example in (*rule.match, *rule.no_match)
    ]
    matcher = Matcher(packs)
    patterns = [
        re.compile(pattern)
        for pack in packs
        for issue in pack.issues
        for rule in issue.rules
        for pattern in (*rule.any, *(rule.near.a + rule.near.b if rule.near else ()), *rule.not_)
    ]
    sets, singles = [], []
    for _ in range(ROUNDS):
        sets.append(_microseconds(matcher.match, texts))
        singles.append(_microseconds(lambda text: [p for p in patterns if p.search(text)], texts))
    ours, theirs = statistics.median(sets), statistics.median(singles)
    name = ", ".join(pack.pack for pack in packs)
    print(f"| {name} | {len(patterns)} | {len(texts)} | {ours:.1f} | {theirs:.0f} | {theirs / ours:.0f} |")


def _microseconds(match: Callable[[str], object], texts: Sequence[str]) -> float:
    began = time.perf_counter()
    for text in texts:
        match(text)
    return (time.perf_counter() - began) / len(texts) * 1e6
