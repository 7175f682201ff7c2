"""Finds Chinese personal names that stand beside a cue: 我叫, 收货人, 客服 … 态度, … 师傅, … 女士.

A name of two or three characters looks like any word, so a free-standing one is left alone: guessing would eat
the words a ticket needs. Surname, given name and what follows must fit together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vocbot.text.names_zh_data import (
    BEFORE,
    DOUBLE_SURNAMES,
    FOLLOWS,
    GIVEN,
    LABELS,
    NEVER_GIVEN,
    ROLES,
    SURNAMES,
    WORD_ENDS,
    WORDS,
)
from vocbot.text.redact_rules import Place, rule
from vocbot.text.wordlist import either, words

_LABEL = re.compile(f"(?:{either(LABELS)})(?:姓名|名字|名)?(?:是|为|叫)?[:： ]{{0,3}}")
_SELF = re.compile("我(?:是|姓)|免贵姓")
_ROLE = re.compile(
    f"(?:{either(ROLES)})(?:人员|小哥|小姐姐|专员|经理|小妹|姑娘|大姐)?(?:名字)?(?:是|叫|名叫|:|：| |-){{0,2}}"
)
_TITLES = words("""
先生 女士 小姐 师傅 師傅 经理 經理 主任 老师 老師 医生 醫生 大夫 律师 警官 主管 店长 总监 专员 教练 大姐 大哥
阿姨 同志 老板
""")
_TITLE = re.compile(f"(?:{either(_TITLES)})(?![姐娘])")  # 小姐姐, 老板娘
_BEFORE_A_NAME = re.compile(f"(?:{either(BEFORE)})$")
_LATIN = re.compile(r"[A-Z][a-z]{1,15}(?: [A-Z][a-z]{1,15}){0,2}(?![A-Za-z0-9])")
_DOTTED = re.compile("[\u4e00-\u9fff]{1,7}(?:·[\u4e00-\u9fff]{1,8}){1,3}")


def _han(chars: str, at: int) -> bool:
    return "\u4e00" <= chars[at : at + 1] <= "\u9fff"


def _surname(chars: str, at: int) -> int:
    """How long the surname at a position is: 0, 1 or 2 characters."""
    if chars[at : at + 2] in DOUBLE_SURNAMES:
        return 2
    return int(chars[at : at + 1] in SURNAMES and chars[at + 1 : at + 2] not in WORDS.get(chars[at], ()))


def _after_labels(chars: str, _low: str) -> Iterator[Place]:
    for cue in _LABEL.finditer(chars):
        at = cue.end()
        if foreign := _LATIN.match(chars, at) or _DOTTED.match(chars, at):
            yield foreign.span()
        elif end := _name(chars, at, strict=False) or _nickname(chars, at):
            yield at, end


def _self_named(chars: str, _low: str) -> Iterator[Place]:
    for cue in _SELF.finditer(chars):
        at = cue.end()
        surname = _surname(chars, at)
        if chars[cue.start() - 1 : cue.start()] == "不":
            continue
        if cue.group()[-1] == "姓":
            if surname:
                yield at, at + surname
            continue
        full = chars[at : at + 3]
        if _is_name(full) and full[2] not in "生士民" and not _han(chars, at + 3):
            yield at, at + 3  # 叶子军, though 叶子 is a word; not 高中生
            continue
        for end in (at + surname + 2, at + surname + 1):
            # 我是温州人, 我是常客: what people are, not who they are.
            if surname and end <= len(chars) and not _han(chars, end) and _given(chars[at + surname : end]):
                yield at, end
                break


def _after_roles(chars: str, _low: str) -> Iterator[Place]:
    for cue in _ROLE.finditer(chars):
        at = cue.end()
        if foreign := _LATIN.match(chars, at):
            yield foreign.span()
        elif end := _name(chars, at, strict=True) or _nickname(chars, at):
            yield at, end


def _before_titles(chars: str, _low: str) -> Iterator[Place]:
    for title in _TITLE.finditer(chars):
        end = title.start()
        for size in (3, 2, 4, 1):
            start = end - size
            surname = _surname(chars, start) if start >= 0 else 0
            if not surname or surname > size or not all(_han(chars, i) for i in range(start, end)):
                continue
            if start and chars[start - 1] in WORD_ENDS.get(chars[start], ()):
                continue
            clear = start == 0 or not _han(chars, start - 1) or _BEFORE_A_NAME.search(chars, max(0, start - 3), start)
            given = chars[start + surname : end]
            if not given and chars[start] == "祝":
                continue  # 祝老板生意兴隆
            # 昨天冯刚娟师傅: no cue on the left, but a surname that begins no ordinary word.
            if (clear or (given and surname == 1 and chars[start] not in WORDS)) and _given(given):
                yield start, end
                break


def _is_name(full: str) -> bool:
    return len(full) == 3 and full[0] in SURNAMES and _given(full[1:])


def _given(given: str) -> bool:
    return len(given) <= 2 and all(c in GIVEN for c in given)


def _name(chars: str, at: int, strict: bool) -> int | None:
    """Where the full name at a position ends. Not strict: after a label any characters will do that can be a name."""
    surname = _surname(chars, at)
    if not strict and _is_name(chars[at : at + 3]) and not _han(chars, at + 3):
        return at + 3  # 收货人周一晨，: the end of the clause outweighs 周一
    if not surname:
        return None
    for size in (2, 1):
        end = at + surname + size
        given = chars[at + surname : end]
        fits = _given(given) if strict else not NEVER_GIVEN.intersection(given) and all(map(_is_han, given))
        if len(given) == size and fits and (not _han(chars, end) or chars[end] in FOLLOWS):
            return end
    for size in (2,) if strict else (2, 1):
        given = chars[at + surname : at + surname + size]
        if len(given) == size and _given(given):
            return at + surname + size
    return None


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _nickname(chars: str, at: int) -> int | None:
    """小王, 老李, 阿强 before the end of a clause or a word that goes on about them."""
    end = at + 2
    known = chars[at : at + 1] in ("小", "老", "阿") and chars[at + 1 : end] in SURNAMES | GIVEN
    if known and chars[end - 1 : end] and (not _han(chars, end) or chars[end] in FOLLOWS):
        return end
    return None


NAMES_ZH = (
    rule("NAME", either(LABELS), _after_labels),
    rule("NAME", "我是|我姓|免贵姓", _self_named),
    rule("NAME", either(ROLES), _after_roles),
    rule("NAME", either(_TITLES), _before_titles),
)
