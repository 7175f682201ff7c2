"""The wire to the mailbox: one connection, encrypted and logged in, that can only read, and what each failure means.

Only response codes go into errors: the text of an answer quotes names and addresses.
"""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from imaplib import IMAP4
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError

from connectors.imap.config import ImapSettings
from connectors.imap.oauth import Tokens
from vocbot.sdk.errors import Rejected, Retryable, VocbotError

# What the library raises beside its own errors where a server does not speak IMAP.
_GARBLED = (ValueError, TypeError, LookupError, AttributeError, AssertionError, OverflowError, MemoryError)
_CODE = re.compile(r"\[([A-Z]{2,20})\b")
_LATER = frozenset(("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED", "OVERQUOTA"))
_LATER_WORDS = re.compile(r"too many|temporar|try again|unavailable|busy|rate limit|timed? ?out", re.IGNORECASE)
_NEVER = {
    "AUTHENTICATIONFAILED": 401,
    "AUTHORIZATIONFAILED": 401,
    "EXPIRED": 401,
    "PRIVACYREQUIRED": 401,
    "CONTACTADMIN": 401,
    "NOPERM": 403,
    "NONEXISTENT": 404,
}
_BODY = (b"BODY[]<0>", b"BODY[]")
_SETTLED_BY_NO = ("log-in", "folder")  # steps where a bare NO is about us; reading is tried again

logging.getLogger("imapclient").setLevel(logging.WARNING)  # below that it logs the user's name and lines of mails


@dataclass(frozen=True)
class Folder:
    """An opened folder: the number of its numbering, how many mails are in it, and the number the next one gets."""

    validity: int
    exists: int
    next: int | None


@dataclass(frozen=True)
class Listed:
    """What a folder says of one mail without showing it; `received` is aware, None where it cannot be read."""

    uid: int
    size: int
    received: datetime | None


class Refused(Retryable):
    """The server refused to read something and gave no code: that one mail may be broken, or the server in trouble."""


class Session:
    """A connection to the mailbox. Every method raises Retryable or Rejected; after that it is of no more use."""

    def __init__(self, settings: ImapSettings, timeout: float, tokens: Tokens | None) -> None:
        self._settings = settings
        self.client: Any = None
        try:
            with speaking("connection"):
                self.client = _connect(settings, timeout)
            with speaking("log-in"):
                self._log_in(tokens)
            with speaking("greeting"):
                if self.client.has_capability("ID"):
                    # some large providers show a folder only to programs that gave their name
                    self.client.id_({"name": "vocbot"})
        except VocbotError:
            self.abandon()
            raise

    def _log_in(self, tokens: Tokens | None) -> None:
        settings, client = self._settings, self.client
        if settings.password is not None:
            password = settings.password.get_secret_value()
            plain = not (settings.username + password).isascii() or client.has_capability("LOGINDISABLED")
            # LOGIN knows ASCII alone
            (client.plain_login if plain else client.login)(settings.username, password)
        elif settings.oauth_token is not None:
            client.oauth2_login(settings.username, settings.oauth_token.get_secret_value())
        elif tokens is not None:
            token, fresh = tokens.current()
            try:
                client.oauth2_login(settings.username, token)
            except IMAP4.error:
                tokens.forget()
                if not fresh:
                    raise Retryable("IMAP log-in: the access token is used up; a new one is asked for") from None
                raise

    def close(self) -> None:
        """Leave politely; whatever becomes of it, the connection is closed."""
        with suppress(OSError, IMAP4.error, *_GARBLED):
            self.client.logout()
        self.abandon()

    def abandon(self) -> None:
        """Close without a word, as where the peer is gone or silent."""
        if self.client is not None:
            _shut(self.client)

    def offers(self, capability: str) -> bool:
        """Whether the server says that it can do something."""
        with speaking("greeting"):
            return bool(self.client.has_capability(capability))

    def open(self, folder: str) -> Folder:
        """Open a folder for reading only (EXAMINE): nothing is marked as read."""
        with speaking("folder"):
            said = self.client.select_folder(folder, readonly=True)
            validity, exists, following = said.get(b"UIDVALIDITY"), said.get(b"EXISTS"), said.get(b"UIDNEXT")
        if not isinstance(validity, int) or not isinstance(exists, int):
            raise Retryable("IMAP folder: the answer names no UIDVALIDITY")
        return Folder(validity, exists, following if isinstance(following, int) else None)

    def search(self, first: int, last: int | None, since: date) -> list[int]:
        """The numbers of mails from `first` to `last` (None: to the end) that came on the day `since` or later."""
        with speaking("search"):
            found = self.client.search(["UID", f"{first}:{last or '*'}", "SINCE", since])
            # "7:*" means "*:7" where 7 is past the end, and so always finds the last mail
            return sorted({int(uid) for uid in found if uid >= first and (last is None or uid <= last)})

    def listing(self, uids: Sequence[int]) -> list[Listed]:
        """Size and time of arrival of each mail that is still there, by number."""
        with speaking("list"):
            self.client.normalise_times = False
            found = self.client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"]) if uids else {}
            sizes = {uid: found[uid].get(b"RFC822.SIZE") for uid in sorted(found)}
            return [
                Listed(uid, size, _aware(found[uid].get(b"INTERNALDATE")))
                for uid, size in sizes.items()
                if isinstance(size, int)
            ]

    def mails(self, uids: Sequence[int], limit: int) -> dict[int, bytes]:
        """The first `limit` bytes of each mail, without marking it as read."""
        with speaking("fetch"):
            found = self.client.fetch(uids, [f"BODY.PEEK[]<0.{limit}>"]) if uids else {}
            bodies = {uid: parts.get(key) for uid, parts in found.items() for key in parts if key in _BODY}
            return {uid: body if isinstance(body, bytes) else str(body or "").encode() for uid, body in bodies.items()}

    def news(self) -> Sequence[Any]:
        """What the server has to say now (NOOP)."""
        with speaking("waiting"):
            return list(self.client.noop()[1])


@contextmanager
def speaking(step: str) -> Iterator[None]:
    """Turn what goes wrong into Retryable or Rejected."""
    failure: VocbotError
    try:
        yield
        return
    except CapabilityError:
        failure = Rejected(f"IMAP {step}: the server does not offer what the settings ask for")
    except IMAP4.error as error:
        failure = _refusal(step, error)
    except OSError as error:
        failure = Retryable(f"IMAP {step}: no connection ({type(error).__name__})")
    except _GARBLED as error:
        failure = Retryable(f"IMAP {step}: the answer is not IMAP ({type(error).__name__})")
    raise failure from None


def _refusal(step: str, error: IMAP4.error) -> VocbotError:
    # the library makes "log-in refused" of a connection that broke during the log-in
    if isinstance(error, IMAP4.abort) or isinstance(error.__context__, IMAP4.abort):
        return Retryable(f"IMAP {step}: the connection broke")
    text = str(error)
    code = next((c for c in _CODE.findall(text) if c in _LATER or c in _NEVER), "")
    said = f"IMAP {step}: refused" + (f" ({code})" if code else "")
    if code in _NEVER:
        return Rejected(said, _NEVER[code])
    # BAD is no verdict on us: large providers also say it while a mailbox is moved
    if code or "BAD" in text or _LATER_WORDS.search(text):
        return Retryable(said)
    if step not in _SETTLED_BY_NO:
        return Refused(said)
    return Rejected(said, 401 if step == "log-in" else 404)


def _connect(settings: ImapSettings, timeout: float) -> Any:
    context = None
    if settings.security != "none":
        context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    client = IMAPClient(
        settings.host,
        settings.port,
        ssl=settings.security == "tls",
        ssl_context=context if settings.security == "tls" else None,
        timeout=SocketTimeout(connect=min(timeout, 5.0), read=timeout),
    )
    if settings.security == "starttls":
        try:
            client.starttls(context)
        except (OSError, IMAP4.error, *_GARBLED):
            _shut(client)
            raise
    return client


def _shut(client: Any) -> None:
    with suppress(OSError, IMAP4.error, *_GARBLED):
        client.shutdown()


def _aware(time: object) -> datetime | None:
    return time if isinstance(time, datetime) and time.tzinfo is not None else None
