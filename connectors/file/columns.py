"""Columns by their names: found whatever their case and blanks, told of where they are missing, and guessed."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence

NAMES = ("text", "event", "time", "id", "author", "email", "phone", "score", "channel")
MOST_SHOWN = 30
LONGEST_SHOWN = 40

# Words of headers, the surest first. An order's number names an order and not what was said of it: it is no id.
_LISTS = {
    "text": """text review_text review_body reviewbody reviewtext comment_text content review comment comments feedback
        verbatim message body tweet answer response opinion description 评论内容 评价内容 反馈内容 内容 评论 评价 反馈
        正文 留言 原话 文本 意见 建议 描述""",
    "time": """created_at created_time created create_time createtime creation_date review_date review_time posted_at
        submitted_at published_at time timestamp datetime date day 评论时间 评价时间 反馈时间 创建时间 提交时间 发布时间
        时间 日期""",
    "id": """id review_id reviewid comment_id commentid feedback_id ticket_id tweet_id post_id message_id response_id
        content_id uuid 编号 评论id 评论编号 反馈编号 评价编号 工单编号 工单号""",
    "author": """author username user_name user user_id customer customer_name customer_id reviewer nickname nick name
        handle 用户名 用户昵称 昵称 用户 用户id 作者 客户 姓名 顾客""",
    "score": "score rating ratings stars star overall nps csat grade 评分 星级 打分 分数 得分 满意度",
    "channel": "channel source platform origin via store 渠道 来源 平台",
    "email": "email e_mail mail email_address 邮箱 电子邮箱 邮件",
    "phone": "phone mobile telephone phone_number 手机 手机号 电话 联系电话",
}
WORDS: Mapping[str, Sequence[str]] = {name: words.split() for name, words in _LISTS.items()}

# Those that also count as a part of a longer name, such as "customer review".
_PART_LIST = """text content review comment feedback time date created author user customer score rating stars channel
    内容 评论 评价 反馈 时间 日期 用户 昵称 评分 星级 渠道"""
_PARTS = frozenset(_PART_LIST.split())


class Missing(Exception):
    """A mapped column is not there, or there twice; the message says which are."""


def fold(name: str) -> str:
    """What two ways of writing a column's name have in common."""
    return " ".join(unicodedata.normalize("NFKC", name.replace("\ufeff", "")).casefold().split())


def locate(columns: Sequence[str], wanted: Sequence[str], what: str = "column") -> list[int]:
    """Where the columns are. Raises Missing. `what` they are called; the keys of objects are always names."""
    exact = [name.strip().lstrip("\ufeff") for name in columns]
    folded = [fold(name) for name in columns]
    return [_place(name, exact, folded, what) for name in wanted]


def count(columns: Sequence[str], wanted: Sequence[str]) -> int:
    """How many of the wanted columns are there."""
    folded = {fold(name) for name in columns}
    return sum(fold(name) in folded for name in wanted)


def _place(name: str, exact: Sequence[str], folded: Sequence[str], what: str) -> int:
    for names, key in ((exact, name.strip()), (folded, fold(name))):
        found = [place for place, other in enumerate(names) if other == key]
        if len(found) > 1:
            places = " and ".join(str(place + 1) for place in found)
            raise Missing(f"the {what} {name!r} is there {len(found)} times (numbers {places}): rename all but one")
        if found:
            return found[0]
    raise Missing(f"there is no {what} {name!r}; {_instead(name, exact, what)}")


def _instead(name: str, columns: Sequence[str], what: str) -> str:
    """The columns there are, the likely ones first; not where the first line seems to hold what people said."""
    if what == "column" and not looks_like_header(columns):
        return "the first line does not look like the names of columns: put a line with their names above it"
    by_fold = {fold(column): column for column in columns if column}
    close = [by_fold[found] for found in difflib.get_close_matches(fold(name), by_fold, n=3, cutoff=0.6)]
    there = listed([column for column in columns if column])
    return f"did you mean {listed(close)}? The {what}s are {there}" if close else f"the {what}s are {there}"


def listed(names: Sequence[str]) -> str:
    """Names for a message, cut to a bearable length."""
    shown = ", ".join(repr(name[:LONGEST_SHOWN]) for name in names[:MOST_SHOWN])
    return shown + (f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else "")


def looks_like_header(columns: Sequence[str]) -> bool:
    """Whether these cells may be shown: names of columns, and no data of persons."""
    return not any(
        len(column) > 60 or "@" in column or "\n" in column or re.fullmatch(r"[\d\W]*\d[\d\W]*", column)
        for column in columns
    )


def guess(columns: Sequence[str], lengths: Sequence[float] = ()) -> dict[str, str]:
    """Which column may be what, by its name; the text, failing that, is the one with the longest cells."""
    free = {re.sub(r"[\s-]+", "_", fold(column)): column for column in reversed(columns) if column.strip()}
    found: dict[str, str] = {}
    for whole in (True, False):
        for name, words in WORDS.items():
            if name in found or (name == "id" and not whole):
                continue
            hit = next((key for word in words for key in free if _matches(key, word, whole)), None)
            if hit:
                found[name] = free.pop(hit)
    if "text" not in found and lengths:
        place = max(range(len(columns)), key=lambda n: lengths[n])
        if lengths[place] >= 12:
            found = {"text": columns[place], **{n: c for n, c in found.items() if c != columns[place]}}
    return {name: found[name] for name in NAMES if name in found}


def _matches(key: str, word: str, whole: bool) -> bool:
    if whole or word not in _PARTS:
        return key == word
    if word.isascii():
        return word in re.split(r"[_.]", key)
    return word in key and not key.endswith(("号", "id"))
