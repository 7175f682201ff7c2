"""The customers' own phrases of a period: what people say now and did not say before.

Feeds the digest for marketing, so a phrase is words people wrote, said by several of them, and more often than in
the weeks before. Examples are raw statements: whoever shows one takes it through the guard.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import rjieba

from vocbot.text.clean import fold
from vocbot.text.jieba_words import jieba_words
from vocbot.text.redact_view import PLACEHOLDER
from vocbot.text.statements import split
from vocbot.text.wordlist import characters, words

_LONGEST = 4  # words
_PIECE = re.compile(r"[a-z0-9]+(?:['’&+./-][a-z0-9]+)*|[\u3400-\u9fff]+")
_HAN = re.compile("[\u3400-\u9fff]")
_HANDLE = re.compile(r"[@#]\w+|https?://[!-~]+")
_BREAK = "|"
_LEAST_LIFT = 1.5
#: A longer phrase with nearly the same count swallows the shorter one inside it.
_NEARLY = 0.7
#: Phrases from the same texts tell one story.
_SAME_TEXTS = 0.8
#: A single word says less than a phrase of the same count.
_SINGLE = 0.5
#: Candidates compared with each other.
_MOST = 1000
#: How often a single word may stand in the tokenizer's own count (60 million words) and still be worth telling.
_RARE_WORD = 150
#: A word that all know (翻车, soggy) is worth telling where it is so many times as frequent as in so many texts before.
_STRIKING, _KNOWN = 4.0, 300
#: Two characters that no dictionary joins (尊嘟) are a word if they stand together so often.
_TOGETHER = 0.7

STOP_EN = words("""
a an the and or but so to of in on at for from with by as is are was were be been am i i'm i've i'd me my we
our us you your he she it its it's they them their this that these those there here have has had do does did
don't didn't can could will would should just very really too also not no if when what which who how why
than then because about into up out get got all any some one more most much many
""")
STOP_ZH = words("""
的 了 是 在 我 你 他 她 它 我们 你们 他们 大家 也 就 都 还 又 很 太 真 挺 最 更 再 没 没有 不 不是 有 要 会
能 可以 可能 和 与 跟 或 及 把 被 给 让 对 从 到 到了 去 来 说 说是 上 下 中 里 个 这 那 这个 那个 这么 那么
这样 什么 怎么 为什么 因为 所以 但是 但 而且 然后 如果 虽然 吗 呢 吧 啊 哦 呀 嘛 啦 哈 哈哈 着 过 得 地 之
于 一个 一下 一点 一些 一样 有点 非常 特别 感觉 觉得 知道 时候 现在 已经 今天 昨天 还是 就是 而 等 次 点 家
多 少 大 小 好 人 东西 里面 自己 真的 比较 起来 出来 不会 不能 不要
""")
_STOP_EDGE = characters("的了是在也就都还又很吗呢吧啊和与把被给让着过得地之")

_REMEMBERED = 2_000  # texts
_Entry = tuple[float, str, list[int], float, int]


@dataclass(frozen=True, slots=True)
class Phrase:
    """`count` texts by `people` people use it, `baseline` texts did before; `lift` is the count over what the
    baseline lets expect, both plus one; `example` is a statement that holds it."""

    text: str
    count: int
    people: int
    lift: float
    baseline: int
    example: str


def phrases(
    current: Sequence[tuple[str, str]], baseline: Sequence[tuple[str, str]], limit: int = 12, min_people: int = 3
) -> list[Phrase]:
    """The phrases of (text, person) pairs that stand out against those of the weeks before, the best first.

    Phrases have one to four words; single ones only where rare, or where strikingly more frequent than before.
    """
    lines = [_canonical(text) for text, _ in current]
    where = _frequent([_tokens(line) for line in lines], min_people, [person for _, person in current])
    earlier_lines = [_canonical(text) for text, _ in baseline]
    at_least = _runs(earlier_lines, where)
    before = "\n".join(["", *earlier_lines, ""])
    scale = len(current) / len(baseline) if baseline else 0.0
    found: list[_Entry] = []
    for key, places in where.items():
        if _lift(places, at_least[key], scale) < _LEAST_LIFT or not _could_be_told(key, where):
            continue
        text = _join(key)
        earlier = _lines_with(before, text)
        lift = _lift(places, earlier, scale)
        rare = len(key) > 1 or _rare(text)
        if lift >= (_LEAST_LIFT if rare else _STRIKING if len(baseline) >= _KNOWN else math.inf):
            weight = 1.0 if len(key) > 1 else _SINGLE if rare else _SINGLE / 2
            found.append((weight * len(places) * math.log(lift), text, places, lift, earlier))
    found = sorted(found, key=lambda entry: (-entry[0], entry[1]))[:_MOST]
    return [_told(text, places, lift, earlier, current) for _, text, places, lift, earlier in _distinct(found)[:limit]]


def occurrences(phrase: str, texts: Iterable[str]) -> int:
    """How many of the texts use a phrase, as `phrases` spelled it."""
    canonical = "\n".join(["", *(_canonical(text) for text in texts), ""])
    return _lines_with(canonical, _join(_tokens(_canonical(phrase))))


def _lift(places: Sequence[int], earlier: int, scale: float) -> float:
    return (len(places) + 1) / (earlier * scale + 1)


@lru_cache(maxsize=_REMEMBERED)  # titles of many groups are looked for beside the same texts
def _canonical(text: str) -> str:
    """Folded text as blank-separated runs of Latin words and Chinese characters, with marks where phrases end."""
    folded = fold(_HANDLE.sub("\n", PLACEHOLDER.sub("\n", text)))
    parts = [" "]
    last = 0
    for piece in _PIECE.finditer(folded):
        if folded[last : piece.start()].strip(" "):
            parts.append(_BREAK + " ")
        parts.append(piece.group() + " ")
        last = piece.end()
    return "".join(parts)


@lru_cache(maxsize=_REMEMBERED)
def _tokens(line: str) -> tuple[str, ...]:
    tokens: list[str] = []
    for piece in line.split():
        tokens += rjieba.cut(piece, False) if _HAN.match(piece) else [piece]
    return tuple(tokens)


@lru_cache(maxsize=1)
def _usual_words() -> frozenset[str]:
    """The words of jieba's dictionary (MIT), which rjieba cuts by, that were met often where it was counted."""
    counted = re.findall(r"^(\S+) (\d{3,}) ", jieba_words(), re.M)
    return frozenset(word for word, count in counted if int(count) >= _RARE_WORD)


def _rare(word: str) -> bool:
    return _HAN.search(word) is not None and word not in _usual_words()


def _frequent(
    texts: Sequence[tuple[str, ...]], min_people: int, persons: list[str]
) -> dict[tuple[str, ...], list[int]]:
    """Runs of tokens by the texts that hold them, said by enough people. Longer runs are only tried where both
    of their shorter halves are frequent: else a year of texts would not fit into memory."""
    frequent: dict[tuple[str, ...], list[int]] = {}
    shorter: set[tuple[str, ...]] = {()}
    for size in range(1, _LONGEST + 1):
        where: dict[tuple[str, ...], list[int]] = {}
        for number, tokens in enumerate(texts):
            for key in {tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)}:
                if _BREAK not in key and key[1:] in shorter and key[:-1] in shorter:
                    where.setdefault(key, []).append(number)
        enough = {key: places for key, places in where.items() if len({persons[i] for i in places}) >= min_people}
        shorter = set(enough)
        frequent |= enough
    return frequent


def _runs(lines: Sequence[str], wanted: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """How many of the lines hold each of the wanted runs of tokens. A Chinese phrase may be cut in another way there,
    so there may be more; most candidates are out of the question already."""
    counts = dict.fromkeys(wanted, 0)
    for line in lines:
        for run in counts.keys() & _runs_of(line):
            counts[run] += 1
    return counts


@lru_cache(maxsize=_REMEMBERED)
def _runs_of(line: str) -> frozenset[tuple[str, ...]]:
    tokens = _tokens(line)
    return frozenset(tokens[i : i + n] for n in range(1, _LONGEST + 1) for i in range(len(tokens) - n + 1))


def _could_be_told(key: tuple[str, ...], where: dict[tuple[str, ...], list[int]]) -> bool:
    if {key[0], key[-1]} & (STOP_EN | STOP_ZH) or all(token.isdigit() for token in key):
        return False
    text = _join(key)
    chinese = _HAN.search(text) is not None
    if len(key) == 1:
        return len(text) >= (2 if chinese else 4)
    if text[0] in _STOP_EDGE or text[-1] in _STOP_EDGE:
        return False
    if chinese and len(text) == 2:
        return len(where[key]) >= _TOGETHER * max(len(where[key[:1]]), len(where[key[1:]]))
    return len(text) >= (3 if chinese else 6)


def _join(key: Iterable[str]) -> str:
    """The canonical spelling: Chinese words without blanks between them."""
    text = ""
    for token in key:
        both_chinese = text and _HAN.match(text[-1]) and _HAN.match(token)
        text += token if both_chinese or not text else " " + token
    return text


def _lines_with(lines: str, text: str) -> int:
    """How many of the lines hold the phrase, Latin words whole."""
    wanted = ("" if _HAN.match(text[0]) else " ") + text + ("" if _HAN.match(text[-1]) else " ")
    count = 0
    at = lines.find(wanted)
    while at >= 0:
        count += 1
        at = lines.find(wanted, lines.find("\n", at))
    return count


def _distinct(found: list[_Entry]) -> list[_Entry]:
    """Without phrases that stand inside a longer one of nearly the same count, or tell of the same texts again."""
    kept: list[_Entry] = []
    for entry in found:
        _, text, places, *_ = entry
        swallowed = any(
            text != longer and text in longer and len(others) >= _NEARLY * len(places)
            for _, longer, others, *_ in found
        )
        told = any(
            text in other or other in text or len(set(places) & set(others)) >= _SAME_TEXTS * len(places)
            for _, other, others, *_ in kept
        )
        if not swallowed and not told:
            kept.append(entry)
    return kept


def _told(text: str, places: list[int], lift: float, earlier: int, current: Sequence[tuple[str, str]]) -> Phrase:
    texts = [current[place][0] for place in places]
    spellings = (text, text.replace(" ", ""))
    written = Counter(s for s in spellings for t in texts if s in t.lower()).most_common(1)
    shown = written[0][0] if written else text
    statements = [s.text for t in texts for s in split(t) if shown in s.text.lower()] or texts
    return Phrase(
        text=shown,
        count=len(places),
        people=len({current[place][1] for place in places}),
        lift=lift,
        baseline=earlier,
        example=min(
            statements, key=lambda statement: (PLACEHOLDER.search(statement) is not None, abs(len(statement) - 30))
        ),
    )
