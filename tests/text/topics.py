"""Texts about known things, in two languages, for the tests of grouping: many ways to say each, no two topics alike."""

from __future__ import annotations

import random

from vocbot.text.wordlist import words

TOPICS = {
    "refund": (
        ["refund", "money back", "reimbursement"],
        ["where is my {}", "waiting for the {}", "{} not paid"],
    ),
    "crash": (
        ["app crashes", "app freezes", "app shuts down"],
        ["{} at start", "the {} each time", "{} after update"],
    ),
    "parcel": (["parcel", "package", "delivery"], ["my {} never arrived", "{} is late again", "courier lost the {}"]),
    "sizes": (["trousers", "shoes", "jacket"], ["{} size too small", "wrong size of {}", "the {} do not fit at all"]),
    "闪退": (["软件闪退", "程序崩溃", "软件打不开"], ["一点开{}", "更新以后{}", "天天{}，没法用"]),
    "退款": (["退款", "退钱", "货款退回"], ["{}一直没到账", "什么时候{}", "申请{}三天了没人理"]),
}
_FILL = sorted(
    words("""please hello really again today honestly friends seriously guys tonight yesterday folks frankly anyway
    thanks cheers wow sigh monday tuesday friday lately somehow basically""")
)
_ZH_FILL = sorted(words("真的 请问 今天 你们 无语 又来了 说实话 朋友们 昨晚 其实 唉 周一 老板 亲 反正 总之 拜托 天哪"))


def stream(count: int, seed: int = 0, topics: tuple[str, ...] = tuple(TOPICS)) -> list[tuple[str, str]]:
    """(text, topic) pairs in random order."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        topic = rng.choice(topics)
        things, ways = TOPICS[topic]
        said = rng.choice(ways).format(rng.choice(things))
        chinese = not topic.isascii()
        more = rng.sample(_ZH_FILL if chinese else _FILL, 2)
        found.append(((f"{more[0]}{said}，{more[1]}" if chinese else f"{more[0]} {said} {more[1]}"), topic))
    return found
