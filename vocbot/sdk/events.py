"""Typed events: everything an inbound request can mean to the loop. Text here is still raw; the core redacts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Contact:
    """A way to write to a person; goes to the vault, encrypted. `kind` is email, phone, ..."""

    kind: str
    value: str


@dataclass(frozen=True)
class Author:
    """Who spoke, as the source names them. `handle` is unique within the source."""

    handle: str
    name: str | None = None
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True)
class Feedback:
    """One piece of customer voice. Unique by (source, external_id, revision); `conversation` is where a reply goes."""

    external_id: str
    text: str
    time: datetime
    channel: str
    author: Author | None = None
    revision: int = 0
    conversation: str | None = None
    score: float | None = None
    public: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CustomerEvent:
    """Something a customer did or met: a page seen, an order, a delivery, a campaign. `kind` says which; the name of
    whoever it was must be that of their Feedback, or a contact of theirs. Unique by (source, external_id)."""

    external_id: str
    kind: str
    time: datetime
    author: Author
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AgentAnswer:
    """What a support agent wrote to the customer in a conversation."""

    external_id: str
    conversation: str
    text: str
    time: datetime


@dataclass(frozen=True)
class ConversationChanged:
    """The desk moved a conversation: `solved` makes its answers good examples, `closed` shuts the way back."""

    conversation: str
    status: Literal["open", "solved", "closed"]
    time: datetime


@dataclass(frozen=True)
class CustomerReply:
    """A customer wrote again in a known conversation ("still broken", "stop", or something new)."""

    feedback: Feedback
    conversation: str


@dataclass(frozen=True)
class TicketChanged:
    """A tracker's ticket moved. `outcome` is read from status category and resolution, None while it is open."""

    ref: str
    key: str
    status: Literal["open", "in_progress", "done", "deleted"]
    outcome: Literal["fixed", "wont_do", "duplicate", "cancelled"] | None
    time: datetime
    version: str | None = None


@dataclass(frozen=True)
class Decision:
    """A named person pressed a button. `token` names what was asked."""

    token: str
    approved: bool
    by: str
    by_name: str
    time: datetime
    reason: str | None = None
    role: str | None = (
        None  # of that person; none: they may decide everything; "": nobody named them, they decide nothing
    )
    reply_to: str | None = None  # where to say that nothing was decided, and why


@dataclass(frozen=True)
class Question:
    """A colleague asked the loop something in chat; `reply_to` is where the answer goes."""

    text: str
    by: str
    reply_to: str
    time: datetime


@dataclass(frozen=True)
class Opinion:
    """A colleague pressed whether a message was of use; the latest press of each counts. `token` names the message."""

    token: str
    useful: bool
    by: str
    by_name: str
    time: datetime


@dataclass(frozen=True)
class Ignored:
    """Understood and of no interest (our own message, a bot, an empty change)."""

    reason: str


@dataclass(frozen=True)
class Unsupported:
    """An event type that the connector does not know; listed, so that somebody can teach it."""

    type: str


Event = (
    Feedback
    | CustomerEvent
    | AgentAnswer
    | ConversationChanged
    | CustomerReply
    | TicketChanged
    | Decision
    | Question
    | Opinion
    | Ignored
    | Unsupported
)
