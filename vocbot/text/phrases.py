"""The customers' own phrases of a period: what people say now and did not say before.

Feeds the digest for marketing, so a phrase is words people wrote, said by several of them, and more often than in
the weeks before. Examples are raw statements: whoever shows one takes it through the guard.
"""

from __future__ import annotations

import logging
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from vocbot.text.clean import fold
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

_STOP_EN = words("""
a an the and or but so to of in on at for from with by as is are was were be been am i i'm i've i'd me my we
our us you your he she it its it's they them their this that these those there here have has had do does did
don't didn't can could will would should just very really too also not no if when what which who how why
than then because about into up out get got all any some one more most much many
""")
_STOP_ZH = words("""
的 了 是 在 我 你 他 她 它 我们 你们 他们 大家 也 就 都 还 又 很 太 真 挺 最 更 再 没 没有 不 不是 有 要 会
能 可以 可能 和 与 跟 或 及 把 被 给 让 对 从 到 到了 去 来 说 说是 上 下 中 里 个 这 那 这个 那个 这么 那么
这样 什么 怎么 为什么 因为 所以 但是 但 而且 然后 如果 虽然 吗 呢 吧 啊 哦 呀 嘛 啦 哈 哈哈 着 过 得 地 之
于 一个 一下 一点 一些 一样 有点 非常 特别 感觉 觉得 知道 时候 现在 已经 今天 昨天 还是 就是 而 等 次 点 家
多 少 大 小 好 人 东西 里面 自己 真的 比较 起来 出来 不会 不能 不要
""")
_STOP_EDGE = characters("的了是在也就都还又很吗呢吧啊和与把被给让着过得地之")


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

    Chinese phrases have one to four words, English ones two to four. Linear in the length of the texts.
    """
    lines = [_canonical(text) for text, _ in current]
    where = _frequent([_tokens(line) for line in lines], min_people, [person for _, person in current])
    before = "\n".join(["", *(_canonical(text) for text, _ in baseline), ""])
    scale = len(current) / len(baseline) if baseline else 0.0
    found: list[tuple[float, str, list[int], float, int]] = []
    for key, places in where.items():
        if not _worth_telling(key):
            continue
        text = _join(key)
        earlier = _lines_with(before, text)
        lift = (len(places) + 1) / (earlier * scale + 1)
        if lift >= _LEAST_LIFT:
            weight = _SINGLE if len(key) == 1 else 1.0
            found.append((weight * len(places) * math.log(lift), text, places, lift, earlier))
    found = sorted(found, key=lambda entry: (-entry[0], entry[1]))[:_MOST]
    return [_told(text, places, lift, earlier, current) for _, text, places, lift, earlier in _distinct(found)[:limit]]


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


def _tokens(line: str) -> list[str]:
    cut = _tokenizer() if _HAN.search(line) else None
    tokens: list[str] = []
    for piece in line.split():
        tokens += cut(piece) if cut and _HAN.match(piece) else [piece]
    return tokens


@lru_cache(maxsize=1)
def _jieba() -> tuple[Callable[[str], list[str]], dict[str, int]]:
    """jieba's tokenizer without its log, its warnings and its cache in a temporary folder all users can write to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba

        logging.getLogger("jieba").handlers.clear()
        jieba.setLogLevel(logging.WARNING)
        tokenizer = jieba.Tokenizer()
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return lambda piece: list(tokenizer.lcut(piece, HMM=False)), tokenizer.FREQ


def _tokenizer() -> Callable[[str], list[str]]:
    return _jieba()[0]


def _frequent(texts: list[list[str]], min_people: int, persons: list[str]) -> dict[tuple[str, ...], list[int]]:
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


def _worth_telling(key: tuple[str, ...]) -> bool:
    if {key[0], key[-1]} & (_STOP_EN | _STOP_ZH) or all(token.isdigit() for token in key):
        return False
    text = _join(key)
    chinese = _HAN.search(text) is not None
    if len(key) == 1:
        return chinese and len(text) >= 2 and _jieba()[1].get(text, 0) < _RARE_WORD
    if text[0] in _STOP_EDGE or text[-1] in _STOP_EDGE:
        return False
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


_Entry = tuple[float, str, list[int], float, int]


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
