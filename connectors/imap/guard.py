"""Which mail no customer wrote: programs that answer, bounces, newsletters, and what we sent ourselves.

Whoever answers a program's answer makes a loop, and whoever counts one makes a complaint of a holiday note. The rules
follow RFC 3834, with the headers that programs used before and beside it.
"""

from __future__ import annotations

import re

from connectors.imap.mime import Headers

_OWN_ID = r"[0-9a-f]{40}@"  # how the e-mail connector makes a Message-ID
_REPORTS = ("multipart/report", "message/delivery-status", "message/disposition-notification")
_SERVERS = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon|mdaemon)@", re.IGNORECASE)
_NO_REPLY = re.compile(
    r"(?:[a-z0-9.+_-]*[._+-])?(?:no|not|do-?_?\.?not)[._-]?reply(?:[._+-][a-z0-9.+_-]*)?@|(?:bounces?|notifications?)[+@]",
    re.IGNORECASE,
)
_ANSWERED_BY_PROGRAM = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-mail-autoreply")
_LIST_HEADERS = ("list-id", "list-post", "x-mailing-list")


def is_own_id(message_id: str, domains: frozenset[str]) -> bool:
    """Whether a Message-ID (without its brackets) is of a letter that we sent."""
    return bool(re.match(_OWN_ID, message_id)) and message_id.rpartition("@")[2].lower() in domains


def by_a_program(headers: Headers, sender: str, is_form: bool, keep_lists: bool) -> str:
    """Why a mail is no customer's, in words; "" where nothing speaks against it.

    The programs behind web forms sign as such, too, and still carry a customer's words: `is_form` lets those pass.
    """
    if headers.kind in _REPORTS:
        return "a report of a mail server"
    if _SERVERS.match(sender) or (headers.text("return-path") == "<>" and not is_form):
        return "a bounce"
    if is_form:
        return ""
    automatic = re.split(r"[\s;(]", headers.text("auto-submitted").lower(), maxsplit=1)[0]
    if automatic not in ("", "no"):
        return "sent by a program (Auto-Submitted)"
    if headers.text("x-auto-response-suppress").lower() not in ("", "none"):
        return "sent by a program (X-Auto-Response-Suppress)"
    if any(headers.has(name) for name in _ANSWERED_BY_PROGRAM):
        return "an automatic answer"
    precedence = headers.text("precedence").lower()
    if precedence in ("bulk", "junk", "auto_reply"):
        return f"mass mail (Precedence: {precedence})"
    if not keep_lists and (precedence == "list" or any(headers.has(name) for name in _LIST_HEADERS)):
        return "mail of a list"
    if _NO_REPLY.match(sender):
        return "sent from an address that takes no answers"
    return ""
