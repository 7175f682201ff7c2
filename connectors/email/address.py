"""Decides whether a text is one mailbox's address and nothing more: no list, no name, no second header."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Dot-atom of RFC 5322, 3.2.3; beyond ASCII whatever is neither white space nor control (RFC 6531, 3.3).
_ATOM = r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\W\x00-\xa0]|[\U0001F300-\U0001FAFF])+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")


# Python knows IDNA2003, which makes another domain of these (UTS #46, section 4): a letter would go to strangers.
_DEVIANT = frozenset("ßẞς\u200c\u200d")


@dataclass(frozen=True)
class Mailbox:
    """An address in its parts; the domain is in ASCII (punycode)."""

    local: str
    domain: str

    @property
    def text(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server with SMTPUTF8 can carry it."""
        return not self.local.isascii()


def mailbox(value: str) -> Mailbox:
    """The one mailbox that `value` names. Raises ValueError, quoting nothing of it."""
    local, at, domain = value.strip().rpartition("@")
    if _DEVIANT.intersection(domain):
        raise ValueError("the domain has letters that the two rules for domains read differently")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("the domain is none") from None
    if not at or len(local.encode()) > 64 or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(ascii_domain):
        raise ValueError("not the address of one mailbox")
    return Mailbox(local, ascii_domain)
