"""What redaction finds, loses and costs, beside the patterns people write and jieba's names.

Values of bench/pii.py inside real texts of the shared sets, where they are there (VOCBOT_SHARED), else inside examples
of the rule packs. A span counts where type, start and end are right.
"""

from __future__ import annotations

import csv
import json
import logging
import os
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bench.pii import CHINESE, ENGLISH, Mark, Marked, make
from vocbot.data import rule_paths, shipped_packs
from vocbot.text.redact import redact
from vocbot.understand.rulepack import load_packs

SHARED = Path(os.environ.get("VOCBOT_SHARED", Path(__file__).resolve().parents[2] / "shared"))
SEEDS = (11, 12, 13)
ROWS = 4000
ROUNDS = 5
Finder = Callable[[str], set[Mark]]
#: What a user would write in an afternoon.
_USUAL = {
    "PHONE": r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d{9}(?!\d)|\+?1?[-. ]?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}",
    "LANDLINE": r"(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)",
    "ID_CARD": r"(?<!\d)\d{17}[\dXx](?!\d)",
    "BANK_CARD": r"(?<!\d)(?:\d[ -]?){15,18}\d(?!\d)",
    "EMAIL": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "PLATE": r"[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6}",
    "IP": r"\d{1,3}(?:\.\d{1,3}){3}",
    "SSN": r"\d{3}-\d{2}-\d{4}",
    "IBAN": r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}",
}
#: Kinds of the set of microsoft/presidio-research (MIT), and ours.
_THEIRS = {
    "PERSON": ("NAME",),
    "STREET_ADDRESS": ("ADDRESS",),
    "CREDIT_CARD": ("BANK_CARD",),
    "PHONE_NUMBER": ("PHONE", "LANDLINE"),
    "EMAIL_ADDRESS": ("EMAIL",),
    "IBAN_CODE": ("IBAN",),
    "US_SSN": ("SSN",),
    "IP_ADDRESS": ("IP",),
}


def run() -> None:
    """Print precision and recall by kind, documents that leak or lose, and texts a second."""
    for language, values in (("zh", CHINESE), ("en", ENGLISH)):
        made = [row for seed in SEEDS for row in make(_carriers(language), seed, ROWS, values)]
        print(f"\n{language}: {len(made)} texts, seeds {', '.join(map(str, SEEDS))}\n")
        _by_kind(made, {"ours": ours, "usual patterns": usual})
        _documents(made, {"ours": ours, "usual patterns": usual})
    _theirs()
    _speed()


def ours(text: str) -> set[Mark]:
    """What vocbot finds."""
    return {(found.kind, found.start, found.end) for found in redact(text).found}


def usual(text: str) -> set[Mark]:
    """What the usual patterns find, the first that takes a stretch."""
    found: set[Mark] = set()
    for kind, pattern in _USUAL.items():
        for match in re.finditer(pattern, text):
            if not any(start < match.end() and match.start() < end for _, start, end in found):
                found.add((kind, *match.span()))
    return found


def _by_kind(made: Sequence[Marked], finders: dict[str, Finder]) -> None:
    print("| kind | spans | " + " | ".join(f"{name}: precision | recall" for name in finders) + " |")
    print("|---" * (2 + 2 * len(finders)) + "|")
    results = {name: [find(row.text) for row in made] for name, find in finders.items()}
    for kind in sorted({kind for row in made for kind, _, _ in row.marks}):
        cells = []
        count = sum(k == kind for row in made for k, _, _ in row.marks)
        for found in results.values():
            mine = sum(mark[0] == kind for marks in found for mark in marks)
            right = sum(
                mark[0] == kind and mark in row.marks for marks, row in zip(found, made, strict=True) for mark in marks
            )
            cells += [f"{right / mine:.3f}" if mine else "-", f"{right / count:.3f}"]
        print(f"| {kind} | {count} | {' | '.join(cells)} |")


def _documents(made: Sequence[Marked], finders: dict[str, Finder]) -> None:
    print("\n| | documents that leak | documents that lose an order number, price, date, model |\n|---|---|---|")
    for name, find in finders.items():
        leak = lose = 0
        for row in made:
            hidden = {i for _, start, end in find(row.text) for i in range(start, end)}
            leak += any(i not in hidden for _, start, end in row.marks for i in range(start, end))
            shown = "".join("\0" if i in hidden else char for i, char in enumerate(row.text))
            lose += any(value not in shown for value in row.keeps)
        some = sum(bool(row.marks) for row in made)
        print(f"| {name} | {leak / some:.2%} | {lose / len(made):.2%} |")


def _theirs() -> None:
    path = SHARED / "data/pii/en_synthetic.json"
    if not path.exists():
        print("\n(the set pii/en_synthetic.json is not here: set VOCBOT_SHARED)")
        return
    rows = json.loads(path.read_text(encoding="utf-8"))
    whole: Counter[str] = Counter()
    touched: Counter[str] = Counter()
    count: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for row in rows:
        found = redact(row["full_text"]).found
        gold = [(s["entity_type"], s["start_position"], s["end_position"]) for s in row["spans"]]
        for kind, start, end in gold:
            if kind not in _THEIRS:
                continue
            count[kind] += 1
            hidden = {i for f in found if f.kind in _THEIRS[kind] for i in range(max(start, f.start), min(end, f.end))}
            whole[kind] += len(hidden) == end - start
            touched[kind] += bool(hidden)
        for f in found:
            kind = next((k for k, ours_ in _THEIRS.items() if f.kind in ours_), None)
            if kind and not any(k == kind and f.start < end and start < f.end for k, start, end in gold):
                false[kind] += 1
    print(f"\nen_synthetic.json: {len(rows)} texts\n\n| kind | spans | whole | in part | precision | F1 |")
    print("|---|---|---|---|---|---|")
    for kind in _THEIRS:
        recall = touched[kind] / count[kind]
        precision = touched[kind] / max(1, touched[kind] + false[kind])
        f1 = 2 * precision * recall / (precision + recall)
        print(
            f"| {kind} | {count[kind]} | {whole[kind] / count[kind]:.3f} | {recall:.3f} | {precision:.3f} | {f1:.3f} |"
        )


def _speed() -> None:
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    jieba.posseg.lcut("热身")
    print(
        "\n| texts | free names too | names beside cues only | usual patterns | jieba.posseg |\n|---|---|---|---|---|"
    )
    sets = {language: _carriers(language)[:3000] for language in ("zh", "en")}
    sets["zh with personal data"] = [row.text for row in make(sets["zh"], 5, 2000, CHINESE)]
    for name, texts in sets.items():
        works: dict[str, Callable[[str], object]] = {
            "free": redact,
            "cued": lambda text: redact(text, free_names=False),
            "usual": usual,
            "jieba": jieba.posseg.lcut,
        }
        print(f"| {name} | " + " | ".join(f"{speed:,.0f}/s" for speed in _rates(works.values(), texts)) + " |")


def _rates(works: Iterable[Callable[[str], object]], texts: Sequence[str]) -> list[float]:
    """Texts for a second of processor time; the rounds alternate, so that a busy machine slows all of them."""
    works = list(works)
    took: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, times in zip(works, took, strict=True):
            some = texts[:300] if work is works[-1] else texts
            began = time.process_time()
            for text in some:
                work(text)
            times.append((time.process_time() - began) / len(some))
    return [1 / statistics.median(times) for times in took]


def _carriers(language: str) -> list[str]:
    names = {
        "zh": ("zh-sentiment/waimai.csv:review", "zh-aspects/car.csv:content"),
        "en": ("en-airline/tweets.csv:text", "en-intents/banking77.csv:text"),
    }
    texts: list[str] = []
    for place in names[language]:
        name, _, column = place.partition(":")
        path = SHARED / "data" / name
        if path.exists():
            with path.open(encoding="utf-8-sig", newline="") as file:
                texts += [row[column] for row in csv.DictReader(file)]
    return texts or [
        example
        for pack in load_packs(rule_paths(shipped_packs()))
        for issue in pack.issues
        for rule in issue.rules
        if rule.language == language
        for example in (*rule.match, *rule.no_match)
    ]
