"""Do the issues that the shipped rules find mean what people labelled? Two real sets (VOCBOT_SHARED).

Airline tweets: the three largest issues of the storm days against the reason that people gave. Car forum: the largest
issue of each aspect. Purity: the share of an issue's labelled texts that bear its most frequent label; recall: the
share of a label's texts that are in that issue.
"""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from vocbot.data import rule_paths
from vocbot.text.clean import clean
from vocbot.text.redact import redact
from vocbot.text.spelling import matchable
from vocbot.text.statements import split
from vocbot.understand.rulepack import load_packs
from vocbot.understand.rules import Matcher

SHARED = Path(os.environ.get("VOCBOT_SHARED", Path(__file__).resolve().parents[2] / "shared"))
STORM = ("2/21/2015", "2/22/2015", "2/23/2015")
WANTED = ("Cancelled Flight", "Lost Luggage", "Customer Service Issue", "Late Flight")


def run() -> None:
    """Print both tables, or what is missing."""
    for name, table in (("en-airline/tweets.csv", _airline), ("zh-aspects/car.csv", _car)):
        path = SHARED / "data" / name
        if not path.exists():
            print(f"({name} is not here: set VOCBOT_SHARED)")
            continue
        with path.open(encoding="utf-8-sig", newline="") as file:
            table(list(csv.DictReader(file)))


def _airline(rows: list[dict[str, str]]) -> None:
    storm = [row for row in rows if row["tweet_created"].split()[0] in STORM]
    for title, some in (("storm days, 21 to 23 February", storm), ("all days", rows)):
        found = _issues("airline", ((row["text"], row["negativereason"]) for row in some))
        reasons = Counter(row["negativereason"] for row in some)
        print(f"\n{title}: {len(some)} tweets\n\n| the three largest issues | texts | reason | purity | recall |")
        print("|---|---|---|---|---|")
        for issue in sorted(found, key=lambda key: -found[key].total())[:3]:
            labelled = Counter({label: n for label, n in found[issue].items() if label})
            label, most = labelled.most_common(1)[0]
            purity, recall = most / labelled.total(), most / reasons[label]
            print(f"| {issue} | {found[issue].total()} | {label} | {purity:.2f} | {recall:.2f} |")
        print("\n| reason | issue | recall |\n|---|---|---|")
        for label in WANTED:
            issue = max(found, key=lambda key: found[key][label])
            print(f"| {label} | {issue} | {found[issue][label] / reasons[label]:.2f} |")


def _car(rows: list[dict[str, str]]) -> None:
    found = _issues("car", ((row["content"], row["subject"]) for row in rows))
    aspects = Counter(row["subject"] for row in rows)
    print(f"\n{len(rows)} labels of car forum posts\n\n| aspect | its largest issue | purity | recall |")
    print("|---|---|---|---|")
    for aspect, count in aspects.most_common():
        issue = max(found, key=lambda key: found[key][aspect])
        mine = found[issue][aspect]
        print(f"| {aspect} | {issue} | {mine / found[issue].total():.2f} | {mine / count:.2f} |")


def _issues(pack: str, labelled: Iterable[tuple[str, str]]) -> Mapping[str, Counter[str]]:
    """How often each label is among the texts of each issue, read as an import reads them."""
    matcher = Matcher(load_packs(rule_paths([pack])))
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, label in labelled:
        statements = split(redact(clean(text)).text)
        for issue in {hit.issue_key for statement in statements for hit in matcher.match(matchable(statement.text))}:
            found[issue][label] += 1
    return found
