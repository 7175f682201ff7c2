"""A mail as it is kept: what the folder said of it in one line of our own, then the mail, without attachments."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from connectors.imap import mime
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.wire import Record

_MARK = b"vocbot-mail "


@dataclass(frozen=True)
class Kept:
    """`received` is when the mail came into the mailbox (aware), `cut` says that its end was not read, `missing` that
    the server does not give it out."""

    folder: str
    received: datetime | None
    cut: bool = False
    missing: bool = False

    def record(self, raw: bytes, mark: str = "") -> Record:
        """What the poll hands on: the name is the mail's own, however often and from wherever it is read."""
        body = _MARK + msgspec.json.encode(self) + b"\r\n" + mime.stripped(raw)
        return Record(f"mail:{mark or name(raw)}", body)


def load(body: bytes) -> tuple[Kept, bytes]:
    """The mail that `record` kept. Raises Unparseable."""
    line, _, raw = body.partition(b"\r\n")
    if not line.startswith(_MARK):
        raise Unparseable("not a mail that this connector kept")
    try:
        kept: Any = msgspec.json.decode(line.removeprefix(_MARK), type=Kept)
    except (msgspec.DecodeError, ValueError):
        raise Unparseable("not a mail that this connector kept") from None
    return kept, raw


def name(raw: bytes) -> str:
    """A mail's own name: its Message-ID with sender and date, as some programs give every mail the same id.

    Copies of a mail (two addresses, another folder, a rebuilt mailbox) have the same. Without an id the content counts.
    """
    head, _ = mime.split(raw)
    headers = mime.Headers.read(head)
    ident = headers.get("message-id")
    said = [ident, headers.get("from").lower(), headers.get("date")]
    if b"@" not in ident:
        said += [headers.get("subject"), *(part.body for part in mime.texts(raw))]
    return hashlib.blake2b(b"\0".join(said), digest_size=16).hexdigest()
