"""What a customer reads: their own words, what changed, since when, how to check, and how to say "still" or "stop"."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from vocbot.locale import day as say_day
from vocbot.locale import say
from vocbot.sdk.document import Block, Document, paragraph
from vocbot.store.tables import Change, Issue, Mention

LONGEST_WORDS = 60  # characters of their own that are quoted back

STILL = ("still", "没好", "还是不行", "没有好", "not fixed", "still broken")
STOP = ("stop", "停", "退订", "unsubscribe", "不要再发")


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
    what = change.what(language) or say(language, "notice.default_what", title=issue.title(language))
    since = _since(change, language, change.released_at.astimezone(zone))
    joint = "" if language == "zh" else " "
    blocks: list[Block] = [paragraph(first), paragraph(say(language, "notice.what", what=what) + joint + since)]
    if change.check(language):
        blocks.append(paragraph(say(language, "notice.check", check=change.check(language))))
    blocks.append(paragraph(say(language, "notice.actions")))
    blocks.append(paragraph(say(language, "notice.thanks", company=company)))
    return Document(language, say(language, "notice.subject", company=company), tuple(blocks))


def own_words(text: str) -> str | None:
    """The person's words, shortened; None where a part of them was hidden, for "[PHONE]" is nobody's words."""
    words = text.strip().strip("，,。.!！?？ ")
    if "[" in words or not words:
        return None
    return words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1].rstrip() + "…"


def reaction(text: str) -> str:
    """What a reply to a notice means: stop, still, or other. Only short replies are taken as a command."""
    plain = text.strip().strip("“”\"'。.!！ ").lower()
    if any(plain == word or (plain.startswith(word) and len(plain) <= len(word) + 12) for word in STOP):
        return "stop"
    if any(word in plain for word in STILL) and len(plain) <= 80:
        return "still"
    return "other"


def _since(change: Change, language: str, released: datetime) -> str:
    when = say_day(language, released)
    if change.version and change.version not in change.what(language):
        return say(language, "notice.since_version", version=change.version, day=when)
    return say(language, "notice.since", day=when)
