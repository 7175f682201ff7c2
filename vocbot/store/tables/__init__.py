"""The tables: one class per word of the house. Queries live in the modules that ask them."""

from vocbot.store.tables.acts import Change, Commitment, Digest, FaqDraft, Notice, Ticket, Verdict
from vocbot.store.tables.base import InboxTable, Table
from vocbot.store.tables.inbox import Inbound, Poll
from vocbot.store.tables.issues import Issue, IssueChange, IssueDay, Signal, VolumeDay
from vocbot.store.tables.outward import (
    INBOX_CURSOR,
    Alarm,
    Approval,
    AuditEntry,
    Cursor,
    Delivery,
    Hold,
    Limit,
    Source,
    Timer,
    Unread,
)
from vocbot.store.tables.staff import SignIn, User
from vocbot.store.tables.voice import (
    Answer,
    Conversation,
    Event,
    Feedback,
    Grouped,
    Identity,
    Mention,
    Person,
    Series,
    VaultEntry,
)

__all__ = [
    "INBOX_CURSOR",
    "Alarm",
    "Answer",
    "Approval",
    "AuditEntry",
    "Change",
    "Commitment",
    "Conversation",
    "Cursor",
    "Delivery",
    "Digest",
    "Event",
    "FaqDraft",
    "Feedback",
    "Grouped",
    "Hold",
    "Identity",
    "Inbound",
    "InboxTable",
    "Issue",
    "IssueChange",
    "IssueDay",
    "Limit",
    "Mention",
    "Notice",
    "Person",
    "Poll",
    "Series",
    "SignIn",
    "Signal",
    "Source",
    "Table",
    "Ticket",
    "Timer",
    "Unread",
    "User",
    "VaultEntry",
    "Verdict",
    "VolumeDay",
]
