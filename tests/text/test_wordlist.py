from __future__ import annotations

import re

from vocbot.text.wordlist import characters, either, followers, words


def test_lists_are_read_as_written() -> None:
    assert words("a b\n  c") == {"a", "b", "c"}
    assert characters("赵钱\n孙") == {"赵", "钱", "孙"}
    assert followers("高:兴级 马:上") == {"高": {"兴", "级"}, "马": {"上"}}


def test_the_longer_word_wins() -> None:
    found = re.match(either(words("客服 客服经理 a.b")), "客服经理")
    assert found and found.group() == "客服经理"
    assert not re.match(either(words("a.b")), "axb")
