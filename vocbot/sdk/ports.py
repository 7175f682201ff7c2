"""The ports: what an outside system can be to the loop. A connector implements the ones its manifest declares.

Reads raise Retryable or Rejected. A write makes exactly one attempt and returns a Receipt, or raises Rejected (for
good), Retryable (nothing happened there) or OutcomeUnknown (it may have happened). Nothing here retries.
Constructors take (settings, context) and do no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol, runtime_checkable

from vocbot.sdk.clock import Clock
from vocbot.sdk.document import Document
from vocbot.sdk.events import Event, TicketChanged
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.window import Form, Wish, Written
from vocbot.sdk.wire import Inbound, Page, Request, Response


@dataclass(frozen=True)
class Context:
    """What every port gets beside its settings: the connector's id in the configuration, the clock, and how many
    physical seconds a request may take before it counts as lost."""

    connector: str
    clock: Clock
    timeout: float = 15.0


@runtime_checkable
class WebhookSource(Protocol):
    """Receives pushed events."""

    def handshake(self, request: Request) -> Response | None:
        """The answer to a set-up challenge, or None where the request is an event. GET requests come only here."""
        ...

    def verify(self, request: Request) -> None:
        """Raise BadSignature unless the request is authentic and fresh by the context's clock."""
        ...

    def event_id(self, request: Request) -> str:
        """A name for the event that stays the same when the sender delivers it again."""
        ...

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """What the record means. Raises Unparseable; an unknown type is an Unsupported event, never silence."""
        ...


@runtime_checkable
class SelfTest(Protocol):
    """What a WebhookSource is besides, where it can show that the way in works (`vocbot check --curl`, `--online`)."""

    def sample(self, url: str) -> Request:
        """A genuine request to `url`, signed with the configured secret by the context's clock, that means nothing:
        `verify` accepts it and `parse` makes Ignored of it. `vocbot.sdk.selftest` builds one.

        Raises VocbotError where none can be signed: no secret is set, or only the sender has the key.
        """
        ...


@runtime_checkable
class PollSource(Protocol):
    """Fetches what a system has, page by page: everything where nothing is pushed, else what webhooks lost."""

    def poll(self, cursor: str | None) -> Page:
        """The page after `cursor` (None: from the beginning that the settings name).

        Raises Retryable or Rejected, and CursorExpired where the system does not go on from this cursor; none of them
        loses anything: the cursor stays where it was.
        """
        ...

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """What a record of `poll` means: from the record alone, without any call. Raises Unparseable."""
        ...


@runtime_checkable
class Waiting(Protocol):
    """What a PollSource is besides, where its system tells that something new is there (IMAP's IDLE)."""

    def wait(self, seconds: float) -> bool:
        """Block until something is new (True) or `seconds` have gone by (False). Raises Retryable or Rejected."""
        ...


@runtime_checkable
class Refetch(Protocol):
    """Reads one item again, for senders whose payload is a preview or cannot be trusted."""

    def refetch(self, ref: str) -> Sequence[Event]:
        """The item's events as the system has them now."""
        ...


@dataclass(frozen=True)
class TicketDraft:
    """A ticket to be: `key` is the idempotency key, written into the ticket so that `find` can see it."""

    key: str
    issue: str
    summary: str
    document: Document
    priority: Literal["P1", "P2", "P3", "P4"]
    labels: tuple[str, ...] = ()
    due: date | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class TicketTracker(Protocol):
    """Holds the work items."""

    def create(self, draft: TicketDraft) -> Receipt: ...

    def find(self, key: str) -> Receipt | None:
        """The ticket that carries `key`, deleted ones left out."""
        ...

    def update(self, ref: str, draft: TicketDraft) -> Receipt: ...

    def comment(self, ref: str, key: str, document: Document) -> Receipt: ...

    def find_comment(self, ref: str, key: str) -> Receipt | None: ...

    def link(self, ref: str, other: str) -> None:
        """Mark two tickets as related. Linking twice does nothing."""
        ...

    def status(self, refs: Sequence[str]) -> Sequence[TicketChanged]:
        """Where the tickets stand now (the reconcile poll); a missing one comes back as `deleted`."""
        ...


@runtime_checkable
class Channel(Protocol):
    """Posts to colleagues."""

    def post(self, key: str, target: str, document: Document) -> Receipt: ...

    def find(self, key: str, target: str) -> Receipt | None: ...


@runtime_checkable
class Editable(Protocol):
    """What a Channel is besides, where a post can be changed afterwards."""

    def edit(self, ref: str, target: str, document: Document) -> Receipt:
        """Put `document` in the place of the post `ref`. Editing twice does nothing more."""
        ...


@dataclass(frozen=True)
class ReplyTo:
    """Where a message to one customer goes: a conversation's id or an address, with what keeps mail in its thread."""

    ref: str
    subject: str | None = None
    thread: tuple[str, ...] = ()


@runtime_checkable
class Replier(Protocol):
    """Writes to one customer. Raises Unreachable where this way is closed for good."""

    def reply(self, key: str, to: ReplyTo, document: Document) -> Receipt: ...

    def find(self, key: str, to: ReplyTo) -> Receipt | None: ...


@runtime_checkable
class Approver(Protocol):
    """Puts a question with buttons before named people; answers come back as Decision events."""

    def ask(self, key: str, target: str, document: Document) -> Receipt: ...

    def find(self, key: str, target: str) -> Receipt | None: ...

    def settle(self, ref: str, target: str, document: Document) -> Receipt:
        """Replace a decided question by its outcome, without buttons."""
        ...


@runtime_checkable
class Window(Protocol):
    """Shows windows to write in, to whoever presses for one. Whoever looks at a window waits, and systems wait for an
    answer only a few seconds: so nothing of this goes through the inbox, and each call is answered at once."""

    def read(self, request: Request) -> Wish | Written | None:
        """What an authentic request means where somebody waits before a window; None for every other request.

        Raises Unparseable.
        """
        ...

    def open(self, wish: Wish, form: Form) -> None:
        """Show the window. Raises TooLong, Rejected (as where it is too late) or Retryable; it is not tried again."""
        ...

    def answer(self, problems: Mapping[str, str]) -> Response:
        """The answer to what was written: it closes the window, or says beside the fields what is wrong with each."""
        ...


@dataclass(frozen=True)
class Article:
    """A knowledge-base article; `locale` is zh or en, the connector maps it to the system's own."""

    key: str
    title: str
    document: Document
    locale: str
    labels: tuple[str, ...] = ()


@runtime_checkable
class KnowledgeBase(Protocol):
    """Keeps answers for customers and agents."""

    def draft(self, article: Article) -> Receipt: ...

    def find(self, key: str) -> Receipt | None: ...

    def publish(self, ref: str, article: Article) -> Receipt: ...


@runtime_checkable
class Desk(Protocol):
    """Shows agents what is known of a customer."""

    def tag(self, customer: str, tags: Sequence[str]) -> Receipt: ...


@runtime_checkable
class Crm(Protocol):
    """Tells sales what customers say about competitors."""

    def note(self, key: str, account: str, document: Document) -> Receipt: ...


@dataclass(frozen=True)
class Finding:
    """One answer of an outside system about the set-up: what was looked at, how it is, what to do."""

    level: Literal["ok", "warning", "error"]
    what: str
    hint: str = ""


@runtime_checkable
class Checkable(Protocol):
    """Can say whether credentials, project, channel and scopes are there."""

    def check(self) -> Sequence[Finding]: ...


def aware(value: datetime) -> datetime:
    """`value` itself; raises ValueError for a time without a zone, which would shift by hours unnoticed."""
    if value.tzinfo is None:
        raise ValueError("time without a zone")
    return value
