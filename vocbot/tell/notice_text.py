"""What a customer reads: their own words, what changed, since when, how to check, and how to say "still" or "stop"."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from vocbot.locale import day as say_day
from vocbot.locale import say
from vocbot.sdk.document import Block, Document, paragraph
from vocbot.store.tables import Change, Issue, Mention

LONGEST_WORDS = {"zh": 60, "en": 120}  # characters of their own that are quoted back

Reaction = Literal["stop", "still", "other"]

# what the statement begins with where it was cut from a longer sentence
_JOINT = re.compile(r"(?:但是|但|不过|可是|然而|(?:but|however)\b)[,，、\s]*", re.IGNORECASE)
_HAN = re.compile("[\u3400-\u9fff]")
_LONGEST_COMMAND = 80
_STOP = re.compile(
    r"(?:please,? |pls )?(?:stop|unsubscribe)(?: (?:it|this|these|me|all|the|your|such|sending|writing|messaging"
    r"|mailing|e-?mailing|texting|to|from|messages?|mails?|e-?mails?|notes?|notifications?|please|thanks))*"
    r"|请?(?:停止|停|退订|取消订阅|(?:不要|别)再?发)(?:发送?|送|了)?(?:这类|这些|此类|这种)?(?:消息|短信|邮件|通知)?"
    r"(?:给我)?(?:了|吧)?[,，]?(?:谢谢)?",
    re.IGNORECASE,
)
# "still" with what is still so: "still works fine" is good news
_STILL = re.compile(
    r"\bstill\b(?=.*(?:\b(?:not|never|no|broken|bad|wrong|fail|crash|stuck|missing|happen|the same|problem|issue"
    r"|charge)|\w(?:n.t|nnot)\b))"
    r"|\bnot (?:been )?(?:fixed|solved|resolved|working)\b|\w(?:n.t|nnot) (?:been )?(?:fixed|solved|resolved|work)"
    r"|没有?(?:修|解决|改)好?|没有?好(?![评感意处消])|(?:还是|依然|仍然|仍旧|依旧)(?:不|没|老样子|一样|有问题|这样|如此)",
    re.IGNORECASE,
)


def notice_document(
    issue: Issue, change: Change, mention: Mention, language: str, company: str, zone: ZoneInfo
) -> Document:
    """The message to one person. No ticket numbers, no jargon, nobody else's data."""
    assert change.released_at is not None
    spoke = say_day(language, mention.time.astimezone(zone))
    words = own_words(mention.text)
    first = (
        say(language, "notice.told", day=spoke, words=words)
        if words
        else say(language, "notice.told_plain", day=spoke, title=issue.title(language))
    )
    wish = issue.kind == "wish"
    what = change.what(language) or usual_news(issue, language)
    since = _since(change, language, change.released_at.astimezone(zone))
    news = say(language, "notice.what_wish" if wish else "notice.what", what=what, since=since)
    blocks: list[Block] = [paragraph(first), paragraph(news)]
    if change.check(language):
        blocks.append(paragraph(say(language, "notice.check", check=change.check(language))))
    blocks.append(paragraph(say(language, "notice.actions")))
    blocks.append(paragraph(say(language, "notice.thanks", company=company)))
    return Document(language, say(language, "notice.subject", company=company), tuple(blocks))


def usual_news(issue: Issue, language: str) -> str:
    """What is said to have changed where nobody wrote what."""
    return say(language, "notice.default_wish" if issue.kind == "wish" else "notice.default_what")


def own_words(text: str) -> str | None:
    """The person's words, shortened; None where a part of them was hidden, for "[PHONE]" is nobody's words."""
    words = text.strip().strip("，,。.!！?？ ")
    words = words[joint.end() :] if (joint := _JOINT.match(words)) else words
    if "[" in words or not words:
        return None
    room = LONGEST_WORDS["zh" if _HAN.search(words) else "en"]
    if len(words) <= room:
        return words
    cut = words[: room - 1]
    following, blank = words[room - 1], cut.rfind(" ")
    if following.isascii() and not following.isspace() and blank > room // 2:  # not within a word or number
        cut = cut[:blank]
    return cut.rstrip(" ,，、;；") + "…"


def reaction(text: str) -> Reaction:
    """What a reply to a notice means. Only short replies are taken as a command, and only clear ones."""
    plain = " ".join(text.split()).strip("“”\"'。.!！~～ ")
    if len(plain) > _LONGEST_COMMAND:
        return "other"
    if _STOP.fullmatch(plain):
        return "stop"
    return "still" if plain.lower() == "still" or _STILL.search(plain) else "other"


def _since(change: Change, language: str, released: datetime) -> str:
    when = say_day(language, released)
    if change.version and change.version not in change.what(language):
        return say(language, "notice.since_version", version=change.version, day=when)
    return say(language, "notice.since", day=when)
