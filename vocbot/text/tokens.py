"""Words for the search: words as they are written, and pairs of neighbouring characters where nothing parts words.

An index of three-character pieces finds no Chinese word of two characters, and a segmenter that cuts a query in
another way than the text finds nothing at all; pairs are found however either would be cut.
"""

from __future__ import annotations

import re

from vocbot.text.clean import fold

# Han, kana, hangul: scripts whose words are not parted, or whose endings stick to them
_UNPARTED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_RUN = re.compile(f"[{_UNPARTED}]+|(?:(?![{_UNPARTED}])[^\\W_])+")
_MOST = 40  # tokens of a query


def tokens(text: str) -> list[str]:
    """The tokens of a text, in order; of 退款慢: 退款, 款慢, 慢."""
    found: list[str] = []
    for run in _runs(text):
        if _unparted(run):
            found += [run[i : i + 2] for i in range(len(run))]
        else:
            found.append(run)
    return found


def query(text: str) -> list[tuple[str, bool]]:
    """The tokens that a text has to hold for what somebody looks for, each with whether more may follow.

    refund also finds refunded; one character finds all pairs that begin with it.
    """
    found: list[tuple[str, bool]] = []
    for run in _runs(text):
        if not _unparted(run) or len(run) == 1:
            found.append((run, True))
        else:
            found += [(run[i : i + 2], False) for i in range(len(run) - 1)]
    return list(dict.fromkeys(found))[:_MOST]


def _runs(text: str) -> list[str]:
    return _RUN.findall(fold(text))


def _unparted(run: str) -> bool:
    return bool(re.match(f"[{_UNPARTED}]", run))
