"""What the shipped heads say of texts that were written to ask them and never to teach them (bench/held.yaml)."""

from __future__ import annotations

from pathlib import Path

from sklearn.metrics import f1_score

from vocbot.data import sentiment_lexicon
from vocbot.text.models.build import Written, blocks
from vocbot.text.reading import Reading, shipped_heads

_SURE = 0.6


def run() -> None:
    """Print accuracy and macro-F1 of each head, and of the answers that are sure enough."""
    rows = list(blocks(Path(__file__).parent / "held.yaml"))
    texts = [row.text for row in rows]
    heads = shipped_heads(sentiment_lexicon())
    best, sure = heads.read(texts, 0), heads.read(texts, _SURE)
    print(
        f"\n| head, {len(rows)} texts written to ask | accuracy | macro-F1 | at least {_SURE} sure | of those right |"
    )
    print("|---|---|---|---|---|")
    for name in ("intent", "stage", "severity"):
        said = [(row.about[name], getattr(b, name), getattr(s, name)) for row, b, s in _all(rows, best, sure, name)]
        truth, answers = [t for t, _, _ in said], [a for _, a, _ in said]
        decided = [(t, s) for t, _, s in said if s != "undecided"]
        share = sum(t == s for t, s in decided) / len(decided)
        print(f"| {name} | {_right(truth, answers)} | {len(decided) / len(said):.2f} | {share:.3f} |")
    truth = [row.about["feels"] for row in rows]
    print(f"| feeling | {_right(truth, [reading.sentiment.label for reading in best])} | | |")
    about = [(set(row.about["aspects"]), set(b.aspects)) for row, b, _ in _all(rows, best, sure, "aspects")]
    hits = sum(len(true & said) for true, said in about)
    print(f"| aspects | | {2 * hits / sum(len(true) + len(said) for true, said in about):.3f} (micro) | | |")


def _all(
    rows: list[Written], best: list[Reading], sure: list[Reading], name: str
) -> list[tuple[Written, Reading, Reading]]:
    return [one for one in zip(rows, best, sure, strict=True) if name in one[0].about]


def _right(truth: list[str], answers: list[str]) -> str:
    accuracy = sum(t == a for t, a in zip(truth, answers, strict=True)) / len(truth)
    macro = f1_score(truth, answers, average="macro", labels=sorted(set(truth)))
    return f"{accuracy:.3f} | {macro:.3f}"
