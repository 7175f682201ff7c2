"""Makes a letter of a Document: the bytes that go over the wire, and the addresses on the envelope.

Nothing from outside becomes a header of its own: titles are one line, addresses are one mailbox, ids are checked.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from urllib.parse import quote

from connectors.email.address import Mailbox, mailbox
from connectors.email.config import EmailSettings
from vocbot.sdk.document import Document
from vocbot.sdk.errors import Unreachable
from vocbot.sdk.ports import ReplyTo
from vocbot.sdk.render.html import to_html
from vocbot.sdk.render.plain import to_plain
from vocbot.sdk.render.safe import one_line
from vocbot.sdk.render.width import cut

SUBJECT = 200  # characters; nobody sees more, and each of them may take 12 bytes encoded
REFERENCES = 20  # ids of a thread; RFC 5322, 3.6.4 lets a long list be cut

_ID = re.compile(r"<?([!-;=?-~]{1,250})>?")
_REPLY = re.compile(r"(re|aw|sv|回复|答复|回覆)\s*[:：]", re.IGNORECASE)


@dataclass(frozen=True)
class Letter:
    """What goes to the server. `content` ends lines with CRLF and is ASCII unless `utf8`."""

    message_id: str
    sender: str
    recipient: str
    content: bytes
    utf8: bool


def write(settings: EmailSettings, key: str, to: ReplyTo, document: Document, now: datetime) -> Letter:
    """The letter for one customer. Raises Unreachable where `to.ref` is not the address of one mailbox.

    The Message-ID depends on the key alone, so that mail programs show a letter that was sent twice once.
    """
    try:
        recipient = mailbox(to.ref)
    except ValueError as error:
        raise Unreachable(f"address: {error}") from None
    sender = mailbox(settings.from_address)
    message_id = f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{settings.id_domain}>"
    message = EmailMessage(policy=SMTPUTF8 if recipient.needs_utf8 else SMTP)
    message["From"] = _named(sender, settings.from_name)
    message["To"] = _named(recipient)
    message["Subject"] = subject(to, document)
    message["Date"] = now
    if settings.reply_to:
        message["Reply-To"] = _named(mailbox(settings.reply_to))
    # Base64 is the shorter one for Chinese; quoted-printable stays readable for the rest.
    encoding = "base64" if document.language == "zh" else "quoted-printable"
    message.set_content(to_plain(document), cte=encoding)
    message.add_alternative(to_html(document), subtype="html", cte=encoding)
    content = _machine_headers(settings, key, message_id, to.thread) + message.as_bytes()
    return Letter(message_id, sender.text, recipient.text, content, recipient.needs_utf8)


def subject(to: ReplyTo, document: Document) -> str:
    """One line: the given subject, marked as an answer where there is a thread, else the document's title."""
    given = one_line(to.subject or "") or one_line(document.title)
    answers = bool(to.thread) and not _REPLY.match(given)
    return cut(f"Re: {given}" if answers else given, SUBJECT)


def _named(box: Mailbox, name: str | None = None) -> Address:
    return Address(display_name=name or "", username=box.local, domain=box.domain)


def _machine_headers(settings: EmailSettings, key: str, message_id: str, thread: Sequence[str]) -> bytes:
    """The headers that only programs read, folded between their parts.

    Python's own folding would turn a long id or address into an encoded word, which no program takes for one.
    """
    ids = [f"<{found[1]}>" for value in thread if (found := _ID.fullmatch(value.strip()))]
    ids = [*ids[:1], *ids[1:][1 - REFERENCES :]]
    headers = [("Message-ID", [message_id])]
    if ids:
        headers += [("In-Reply-To", ids[-1:]), ("References", ids)]
    # A notice follows a change, not the letter it is threaded under: RFC 3834, 5 keeps auto-replied for the latter.
    headers += [("Auto-Submitted", ["auto-generated"]), ("X-Vocbot-Key", [quote(key, safe=":@._-")])]
    headers += _unsubscribe(settings, key)
    lines = (f"{name}: " + "\r\n ".join(parts) + "\r\n" for name, parts in headers)
    return "".join(lines).encode("ascii")


def _unsubscribe(settings: EmailSettings, key: str) -> list[tuple[str, list[str]]]:
    """List-Unsubscribe (RFC 2369, 3.2) and, for an https address, the one-click promise (RFC 8058)."""
    ways, one_click = [], []
    if settings.unsubscribe_url and settings.unsubscribe_secret:
        proof = token(settings.unsubscribe_secret.get_secret_value(), key)
        ways.append(f"<{settings.unsubscribe_url.replace('{token}', proof).replace('{key}', quote(key, safe=''))}>")
        one_click.append(("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]))
    if settings.unsubscribe_mailto:
        words = quote(f"unsubscribe {key}", safe="")
        ways.append(f"<mailto:{quote(settings.unsubscribe_mailto, safe='@')}?subject={words}>")
    listed = [way + "," for way in ways[:-1]] + ways[-1:]
    return [("List-Unsubscribe", listed), *one_click] if ways else []


def token(secret: str, key: str) -> str:
    """What proves that an address to stop notices came from us: 32 hex digits of HMAC-SHA256 over the key."""
    return hmac.new(secret.encode(), key.encode(), "sha256").hexdigest()[:32]
