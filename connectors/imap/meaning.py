"""What a mail means to the loop: new words of a customer, an answer to a notice, an answer of our people, or nothing.

Everything is read from the kept mail and the settings alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.imap import body, charset, guard, mime, record
from connectors.imap.config import ImapSettings
from connectors.imap.mime import Headers
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import AgentAnswer, Author, Contact, CustomerReply, Event, Feedback, Ignored
from vocbot.sdk.wire import Inbound

CHANNEL = "email"
LONGEST = 20_000  # characters of a text
FAST_CLOCK = timedelta(hours=1)  # how far a sender's clock may be ahead
OLDEST = datetime(1995, 1, 1, tzinfo=UTC)  # before, a date is a clock that was never set
_MOST_IDS = 200

_ID = re.compile(r"<([^<>\s]{1,250})>")
_ADDRESS = re.compile(r"[^\s@<>\"',;:()\[\]\\]{1,64}@[^\s@<>\"',;:()\[\]\\]{1,253}")
_IN_ANGLES = re.compile(rf"<\s*({_ADDRESS.pattern})\s*>")
_IN_QUOTES = re.compile(r"\"(?:[^\"\\]|\\.)*+\"")
_COMMENT = re.compile(r"\(([^()]{1,200})\)")
_ANSWER = re.compile(
    r"\s*(?:(?:re|aw|sv|antw|rif|res|回复|回覆|答复|答覆)\s*(?:\[\d+\])?\s*[:：]|(?:回复|答复)\s)", re.IGNORECASE
)
_FORWARD = re.compile(r"\s*(?:fwd?|wg|tr|转发|轉寄|轉發)\s*[:：]", re.IGNORECASE)
_STOP_SUBJECT = re.compile(r"\s*unsubscribe(?:\s+notice:\S{1,200})?\s*", re.IGNORECASE)
_SAYS_NOTHING = re.compile(
    r"\W*(?:no subject|无主题|無主旨|hi|hello|dear .{0,20}|help|question|feedback|问题|咨询|反馈|投诉|建议|你好|您好)?"
    r"\W*",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"\s+")


@dataclass(frozen=True)
class _Mail:
    """A mail's headers, read. `ids` are the Message-IDs that it answers, oldest first."""

    headers: Headers
    external_id: str
    sender: str
    name: str
    subject: str
    ids: tuple[str, ...]
    own_id: str
    time: datetime

    @property
    def conversation(self) -> str:
        """The first Message-ID of the thread."""
        root = (self.ids[0] if self.ids else self.own_id) or self.external_id
        return root if len(root) <= 190 else hashlib.sha256(root.encode()).hexdigest()

    @property
    def answers(self) -> bool:
        return bool(self.ids) or bool(_ANSWER.match(self.subject))


def read(inbound: Inbound, settings: ImapSettings) -> Sequence[Event]:
    """The meaning of a kept mail. Raises Unparseable."""
    kept, raw = record.load(inbound.body)
    if kept.missing:
        raise Unparseable("the server does not give this mail out; look at it in the mailbox")
    head, _ = mime.split(raw)
    headers = Headers.read(head)
    if not headers.fields:
        raise Unparseable("a mail without headers")
    return [_event(_mail(headers, inbound, kept, settings, raw), raw, kept, settings)]


def _event(mail: _Mail, raw: bytes, kept: record.Kept, settings: ImapSettings) -> Event:
    domains = settings.own_domains
    if mail.headers.has("x-vocbot-key") or guard.is_own_id(mail.own_id, domains):
        return Ignored("our own letter")
    ours = mail.sender in settings.own_addresses
    if not ours and _STOP_SUBJECT.fullmatch(mail.subject):
        # what a mail program sends for its "unsubscribe" button (List-Unsubscribe); some mark it as automatic
        return _reply(mail, "unsubscribe", False, settings)
    why = guard.by_a_program(mail.headers, mail.sender, mail.sender in settings.form_addresses, settings.keep_lists)
    if why:
        return Ignored(why)
    words, cut = body.words(raw, mail.answers), kept.cut and mime.ends_in_text(raw)
    if ours:
        if not mail.ids:
            return Ignored("a mail of our own people that answers nobody")
        return (
            AgentAnswer(mail.external_id, mail.conversation, _cut(words), mail.time) if words else Ignored("no words")
        )
    lost = not mail.ids and mail.answers  # some programs answer without saying what: then it may be a notice, too
    if lost or any(guard.is_own_id(ident, domains) for ident in mail.ids):
        return _reply(mail, words, cut, settings) if words else Ignored("an answer without new words")
    text = words if mail.answers else _with_subject(mail.subject, words)
    return _feedback(mail, text, cut, settings) if text else Ignored("a mail without words of its own")


def _reply(mail: _Mail, words: str, cut: bool, settings: ImapSettings) -> CustomerReply:
    return CustomerReply(_feedback(mail, words, cut, settings), mail.conversation)


def _feedback(mail: _Mail, text: str, cut: bool, settings: ImapSettings) -> Feedback:
    address, name = mail.sender, mail.name
    if address in settings.form_addresses:
        address, name = _person(mail.headers, "reply-to")
    author = Author(address, name or None, (Contact("email", address),)) if address else None
    attributes = {}
    to = next((a for a in _recipients(mail.headers) if a in settings.own_addresses), "")
    if to:
        attributes["mailbox"] = to.partition("@")[0]
    if cut or len(text) > LONGEST:
        attributes["cut"] = "yes"
    return Feedback(
        external_id=mail.external_id,
        text=_cut(text),
        time=mail.time,
        channel=CHANNEL,
        author=author,
        conversation=mail.conversation,
        attributes=attributes,
    )


def _mail(headers: Headers, inbound: Inbound, kept: record.Kept, settings: ImapSettings, raw: bytes) -> _Mail:
    sender, name = _person(headers, "from")
    if not sender:
        sender, name = _person(headers, "sender")
    said = (headers.get("references") + b" " + headers.get("in-reply-to")).decode("ascii", "replace")
    own = _ID.search(headers.text("message-id"))
    own_id = own[1] if own else ""
    ids = [ident for ident in dict.fromkeys(_ID.findall(said)) if ident != own_id]
    return _Mail(
        headers=headers,
        external_id=record.name(raw),
        sender=sender,
        name=name,
        subject=_BREAKS.sub(" ", charset.header(headers.get("subject"))).strip(),
        ids=(*ids[:1], *ids[1:][-_MOST_IDS:]),
        own_id=own_id,
        time=_time(headers.text("date")[:200], kept.received, inbound.received_at),
    )


def _person(headers: Headers, field: str) -> tuple[str, str]:
    """The address, lower case, and the name of the first person in a field; "" for what is not there.

    Not the standard library's reader of addresses: it calls itself for each bracket, and a thousand of them end it. An
    address in quotes is a part of the name.
    """
    raw = headers.get(field)[:2000]
    text = raw.decode("ascii") if raw.isascii() else charset.decode(raw)
    seen = _IN_QUOTES.sub(lambda quoted: " " * len(quoted[0]), text)
    at = 0
    for piece in seen.split(","):
        found = _IN_ANGLES.search(piece) or _ADDRESS.search(piece)
        if found:
            address = found[found.lastindex or 0].lower()
            comment = _COMMENT.search(piece, found.end())
            name = text[: at + found.start()].strip().rstrip("<") or (comment[1] if comment else "")
            shown = charset.header(
                _BREAKS.sub(" ", name.replace("\\", "")).strip().strip("\"'").encode("utf-8", "replace")
            )
            return address, "" if shown.lower() == address else shown.strip().strip("\"'")[:200]
        at += len(piece) + 1
    found = _ADDRESS.search(text)
    return (found[0].lower(), "") if found else ("", "")


def _recipients(headers: Headers) -> list[str]:
    fields = ("delivered-to", "x-original-to", "to", "cc")
    text = ",".join(headers.get(field)[:20_000].decode("ascii", "replace") for field in fields)
    return [address.lower() for address in _ADDRESS.findall(text)]


def _time(date: str, received: datetime | None, read_at: datetime) -> datetime:
    """When it was written: its Date, unless that has no zone, lies in the future or before all mail."""
    arrived = min(received, read_at) if received else read_at
    try:
        written = parsedate_to_datetime(date) if date else None
    except (ValueError, TypeError, LookupError, OverflowError):
        return arrived
    if written is None:
        return arrived
    if written.tzinfo is None:
        if not date.rstrip().partition("(")[0].rstrip().endswith("-0000"):
            return arrived
        written = written.replace(tzinfo=UTC)  # "-0000" is a time in UTC, sent from somewhere else
    try:
        written = written.astimezone(UTC)
    except OverflowError:
        return arrived
    return written if OLDEST <= written <= arrived + FAST_CLOCK else arrived


def _with_subject(subject: str, words: str) -> str:
    """The words, below a subject that says more than they do."""
    if _FORWARD.match(subject) or _SAYS_NOTHING.fullmatch(subject):
        return words
    plain = re.sub(r"\W+", "", subject).lower()
    if not plain or plain in re.sub(r"\W+", "", words).lower():
        return words
    return f"{subject}\n{words}".strip()


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
