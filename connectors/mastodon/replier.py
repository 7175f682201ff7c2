"""Answers a customer's post, where they said it, seen by no more people than their own post was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import regex

from connectors.mastodon import lengths
from connectors.mastodon.client import Client, status_id
from connectors.mastodon.config import MastodonSettings, Visibility
from connectors.mastodon.server import Server, read_server
from vocbot.sdk.document import Document
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable
from vocbot.sdk.ports import Context, ReplyTo
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.render.plain import to_plain

PATH = "/api/v1/statuses"
MOST = 20_000  # characters that are looked at, before the server's limit
LEAST = 40  # a message that is cut to less says nothing

_ACCT = regex.compile(r"([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(?:@\w+(?:[.-]+\w+)*)?", regex.IGNORECASE)
# Whoever is named with @ gets the post, a private one too. Only the customer may.
_NAMED = regex.compile(r"(?<![/A-Za-z0-9_])@(?=\S)")
_URL_OR_NAMED = regex.compile(rf"(?P<url>https?://\S+)|{_NAMED.pattern}")
_WORD_JOINER = "\u2060"  # not seen, and ends the name before it begins
# Mastodon takes what follows for a part of the address, unless it is a blank or one of a few ASCII characters.
_GLUED = regex.compile(r"(https?://[!-;=?-~]+)(?=[^\x00-\x7f\s])")


class MastodonReplier:
    """The replier port. `ReplyTo.ref` is the id of the customer's post on our server."""

    def __init__(self, settings: MastodonSettings, context: Context) -> None:
        self._settings = settings
        self._client = Client(settings, context)
        self._server: Server | None = None

    def reply(self, key: str, to: ReplyTo, document: Document) -> Receipt:
        """Post one answer that mentions the customer. Raises Unreachable where their post is gone or hidden from us."""
        ident = status_id(to.ref)
        status = self._post(ident)
        self._server = self._server or read_server(self._client, self._settings)
        body = {
            "status": compose(_acct(status), document, self._server),
            "in_reply_to_id": ident,
            "visibility": _seen_by(status.get("visibility"), self._settings.visibility),
            "language": document.language,
        }
        try:
            # With the post's id: two installations that share an account may count their notices alike.
            answer = self._client.post(PATH, body, f"vocbot:{ident}:{quote(key, safe=':')}")
        except Rejected as refusal:
            if refusal.status in (404, 410):
                raise Unreachable("the post that was to be answered does not exist any more", refusal.status) from None
            if refusal.status == 422:
                self._post(ident)  # it may have gone in between, which is no fault of the message
            raise
        made, url = answer.get("id"), answer.get("url")
        if not isinstance(made, str) or not made:
            raise OutcomeUnknown(f"POST {PATH}: the answer names no post")
        return Receipt("sent", made, url=url if isinstance(url, str) else None)

    def find(self, key: str, to: ReplyTo) -> Receipt | None:
        """None, always: no post shows the key that it was sent with. The manifest calls this port blind."""
        return None

    def _post(self, ident: str) -> Mapping[str, Any]:
        try:
            return self._client.one(f"{PATH}/{ident}")
        except Rejected as refusal:
            if refusal.status in (404, 410):
                raise Unreachable("the customer's post is deleted or hidden from us", refusal.status) from None
            raise


def compose(acct: str, document: Document, server: Server) -> str:
    """The text of a reply to `acct`, as long as the server allows. Raises Rejected where there is nothing to say."""
    words = to_plain(document, MOST).strip()
    if not words:
        raise Rejected("the message is empty")
    words = _GLUED.sub(r"\1 ", _URL_OR_NAMED.sub(_unnamed, words))
    room = server.characters - len(acct.partition("@")[0]) - 2  # the name is all that the server counts of a mention
    if room < LEAST:
        raise Unreachable("the name of the account leaves no room for a message")
    return f"@{acct} " + lengths.cut(words, room, server.per_url)


def _unnamed(found: regex.Match[str]) -> str:
    url = found["url"]
    return _NAMED.sub("%40", url) if url else "@" + _WORD_JOINER


def _acct(status: Mapping[str, Any]) -> str:
    account = status.get("account")
    acct = account.get("acct") if isinstance(account, dict) else None
    if not isinstance(acct, str):
        raise Retryable(f"GET {PATH}: the post names no account")
    if not _ACCT.fullmatch(acct):
        raise Unreachable("the account has a name that cannot be mentioned")
    return acct


def _seen_by(theirs: object, wanted: Visibility) -> Visibility:
    """`private` would show our followers that somebody is a customer, so only public posts get more than `direct`."""
    if theirs == "unlisted":
        return "unlisted" if wanted == "public" else wanted
    return wanted if theirs == "public" else "direct"
