"""The new words of a mail: without what it answers to, without signatures and what phones add.

Written for what mail programs of China and of the English-speaking world do; for other languages the headers that a
library knows are taken. Only its headers: what it takes for signatures and disclaimers ("Warning:", lists, "Thanks,
but") are words of customers, and of Chinese it finds nothing. A line is looked at once, and its first 400 characters.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mailparser_reply.parser import EmailMessage  # type: ignore[import-untyped]

_LOOKED_AT = 400
_QUOTED = re.compile(r"\s{0,3}(?:[>＞]|&gt;)")
_FENCE = re.compile(
    r"\s*[-—_=*]{2,40}\s*(?:Original(?: Message| Appointment)?|Forwarded message|Reply message|Replied Message"
    r"|原始邮件|原邮件|原始郵件|原始訊息|邮件原件|(?:回复|答复|转发)的?原?邮件|轉寄郵件|Ursprüngliche Nachricht)"
    r"\s*[-—_=*]{2,40}\s*$"
    r"|\s*(?:Begin forwarded message|开始转发的邮件|以下是转发的邮件)\s*[:：]\s*$"
    r"|\W{0,20}(?:please )?(?:type|write|reply|enter)\b.{0,30}\babove this line\W{0,20}$"
    r"|\W{0,20}请?在(?:此|这|本)(?:行|线)(?:之上|以上|上方|上面).{0,4}(?:回复|答复)\W{0,20}$",
    re.IGNORECASE,
)
_FROM = re.compile(r"[\s*]*(?:From|发件人|寄件者|寄件人|發件人|发信人)[\s*]{0,5}[:：]", re.IGNORECASE)
_FIELD = re.compile(
    r"[\s*]*(?:(Sent|Date|发送时间|发送日期|时间|日期|寄件日期|傳送時間|寄送日期)|(To|收件人|收件者)|(Cc|抄送|副本)"
    r"|(Subject|主题|主旨|主題|标题))[\s*]{0,5}[:：]",
    re.IGNORECASE,
)
_FIELDS_FOLLOW = 10  # lines below "From:" in which the other fields stand
_INTRODUCTION = re.compile(
    r"\s*(?:On|At)\b.{5,350}\bwrote\s*[:：]\s*$|.{0,350}(?:写道|寫道|写到)\s*[:：]\s*$", re.IGNORECASE | re.DOTALL
)
_WITH_ADDRESS = re.compile(r".{0,300}<[^<>\s]{3,100}@[^<>\s]{3,100}>[^<>]{0,60}[:：]\s*$", re.DOTALL)  # in any language
_BEGINS = re.compile(r"\s*(?:On|At)\s|\s*[在于]|.{0,40}\d{4}\s?[年/-]|.{0,80}<[^<>\s]{3,80}@", re.IGNORECASE)
_PERSON_OR_DAY = re.compile(r"@|\d")
_RULE = re.compile(r"[\s_=*—-]{5,}")
_SIGNATURE = re.compile(r"--[ \u00a0]?$")
_SENT_FROM = re.compile(
    r"\W{0,4}(?:Sent from (?:my|Mail|Outlook|Yahoo|Samsung|Proton|the)\b.{0,60}|Get Outlook for .{0,60}"
    r"|Sent via .{1,40}|Sent with .{1,40}|Envoyé de mon .{1,30}|Von meinem .{1,30} gesendet"
    r"|(?:发自|发送自|来自|從|从|傳送自)(?:我的|于我的)?\s?.{0,30}(?:iPhone|iPad|手机|手機|邮箱大师|邮件应用|Outlook|Foxmail|客户端|邮件)"
    r".{0,10}(?:发送|傳送)?|(?:发自|来自|发送自)我的.{1,30}|由.{1,20}邮箱发送)\W{0,4}$",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"\W{0,3}(?:(?:(?:with )?(?:best|kind|warm|many)? ?(?:regards|wishes)|(?:many )?thanks(?: a lot)?|thank you|cheers"
    r"|sincerely|yours(?: truly| sincerely)?|best)|此致|敬礼|此致敬礼|祝好|顺祝商祺|祝商祺|祝工作顺利|谢谢|多谢|感谢"
    r"|順頌商祺)\W{0,3}$",
    re.IGNORECASE,
)
_FAREWELL_LINES = 5
_SENTENCE = re.compile(r"[.!?。！？;；]\s*\S|[。！？?]\s*$")
_FOREIGN = ["de", "fr", "es", "it", "nl", "sv", "da", "cs", "ko"]  # not pl: one line "Data: 5 GB" ends its mail
_FOREIGN_ROOM = 8_000


def new_words(text: str, answers: bool) -> str:
    """What the writer of a mail says in it; "" where that is nothing.

    `answers` says that the mail is known to answer another one: then doubtful introductions count, too.
    """
    lines = text.split("\n")
    kept: list[str] = []
    number = 0
    while number < len(lines):
        line = lines[number][:_LOOKED_AT]
        if _SIGNATURE.match(line.strip()) or _FENCE.match(line) or _is_head(lines, number):
            break
        # with nothing above it, "on 3 November you wrote:" may be the writer's own sentence
        introduction = _introduction(lines, number, answers and any(line.strip() for line in kept))
        if introduction:
            number += introduction
            if _next_is_quoted(lines, number):
                continue  # the answer may stand below or between the quoted lines
            break
        if not _QUOTED.match(line) and not _SENT_FROM.match(line):
            kept.append(lines[number])
        number += 1
    while kept and (not kept[-1].strip() or _RULE.fullmatch(kept[-1])):
        kept.pop()
    words = "\n".join(_without_farewell(kept)).strip()
    return _without_foreign(words) if answers else words


def _is_head(lines: list[str], number: int) -> bool:
    """Whether the head of a quoted mail begins here: who, and at least two of when, to whom and about what."""
    line = lines[number][:_LOOKED_AT]
    if not _FROM.match(line):
        return False
    fields = {
        next(n for n in range(1, 5) if found[n])
        for later in lines[number + 1 : number + 1 + _FIELDS_FOLLOW]
        if (found := _FIELD.match(later[:_LOOKED_AT]))
    }
    return len(fields) >= 2 and (4 in fields or "@" in line)


def _introduction(lines: list[str], number: int, likely: bool) -> int:
    """How many lines, up to three, introduce quoted mail here ("On Tuesday, Acme wrote:"); 0 for none."""
    first = lines[number][:_LOOKED_AT]
    if not _BEGINS.match(first) and not (likely and "@" in first):
        return 0
    joined = ""
    for count, line in enumerate(lines[number : number + 3], 1):
        joined = f"{joined} {line[:_LOOKED_AT].strip()}"
        if _QUOTED.match(line) or not line.strip():
            return 0
        if _INTRODUCTION.match(joined[: 3 * _LOOKED_AT]) or (likely and _WITH_ADDRESS.match(joined)):
            sure = likely or "@" in joined or _next_is_quoted(lines, number + count)
            return count if sure and _PERSON_OR_DAY.search(joined) else 0
    return 0


def _next_is_quoted(lines: list[str], number: int) -> bool:
    following = next((line for line in lines[number : number + 4] if line.strip()), "")
    return bool(_QUOTED.match(following))


def _without_farewell(lines: list[str]) -> list[str]:
    """Without "Best regards," and the name below it, where nothing of substance follows."""
    said = [number for number, line in enumerate(lines) if line.strip()]
    for number in said[1:][-_FAREWELL_LINES:]:
        after = [lines[n] for n in said if n > number]
        if _FAREWELL.match(lines[number][:_LOOKED_AT]) and not any(len(a) > 60 or _SENTENCE.search(a) for a in after):
            return lines[:number]
    return lines


@lru_cache(maxsize=1)
def _foreign() -> re.Pattern[str]:
    pattern: re.Pattern[str] = EmailMessage("", languages=list(_FOREIGN), include_english=False).HEADER_REGEX
    return pattern


def _without_foreign(words: str) -> str:
    """Without what follows the head of a quoted mail in another language; all of it where that leaves nothing."""
    if len(words) > _FOREIGN_ROOM or any(len(line) > _LOOKED_AT for line in words.split("\n")):
        return words  # the library's patterns take the square of a line's length
    found = _foreign().search(words)
    return (found and words[: found.start()].strip()) or words
