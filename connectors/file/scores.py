"""Scores as tables hold them: a number, so many of so many, or stars. On five where the most is named."""

from __future__ import annotations

import math
import re

_NUMBER = r"([+-]?\d{1,9}(?:[.,]\d{1,6})?)"
_OF = re.compile(rf"{_NUMBER}\s*(?:/|out of|of|stars? out of|／)\s*{_NUMBER}\s*(?:stars?|points?|分|星)?", re.I)
_PLAIN = re.compile(rf"{_NUMBER}\s*(?:stars?|points?|pts?|分|星级?|颗星|顆星)?", re.I)
_PERCENT = re.compile(rf"{_NUMBER}\s*[%％]")
_CHINESE = re.compile(r"([一二两三四五])\s*(?:星级?|颗星|分)")
_FULL, _EMPTY = "★⭐🌟✭✮", "☆✩✰"
_DIGITS = {"一": 1.0, "二": 2.0, "两": 2.0, "三": 3.0, "四": 4.0, "五": 5.0}


def read_score(value: object) -> float | None:
    """The score; None where there is none to be read. 4/5 is 4, 8/10 is 4 of 5, as is 80 %; a lone 8 stays 8."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _finite(float(value))
    text = str(value).strip().replace("\ufe0f", "")
    if found := _PLAIN.fullmatch(text):
        return _float(found[1])
    if found := _OF.fullmatch(text):
        most = _float(found[2])
        return _float(found[1]) if most == 5 else _finite(_float(found[1]) * 5 / most) if most > 0 else None
    if found := _PERCENT.fullmatch(text):
        return _float(found[1]) / 20
    if found := _CHINESE.fullmatch(text):
        return _DIGITS[found[1]]
    if text and not text.strip(_FULL + _EMPTY + " "):
        full = sum(sign in _FULL for sign in text)
        return float(full) if full + sum(sign in _EMPTY for sign in text) <= 10 else None
    return None


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
