"""The wire to Slack: slack_sdk's clients, one attempt a call, and one place that decides what an answer means.

slack_sdk is kept from retrying and from logging: its own log lines quote message texts and answers.
"""

from __future__ import annotations

import http.client
import json
import logging
import math
import re
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.error import URLError
from urllib.parse import urlsplit

from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse, WebClient
from slack_sdk.webhook import WebhookClient, WebhookResponse

from connectors.slack.config import SlackSettings
from vocbot.sdk.document import Buttons, Document
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, VocbotError
from vocbot.sdk.http import retry_after
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.render.slack import escape, to_slack_blocks
from vocbot.sdk.render.width import cut

EVENT_TYPE = "vocbot"  # of the metadata that carries our key
TEXT = 800  # characters of a notification, which a reader hears at one go; escaped, they stay below Slack's 4,000
PAGE = 200  # messages a call when looking for a key; Slack recommends no more
PAGES = 5  # so a key is looked for among the newest 1,000 messages of a channel

_T = TypeVar("_T")
_CHANNEL = re.compile(r"[CDG][A-Z0-9]{2,20}")
_TS = re.compile(r"\d{1,12}\.\d{1,6}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,79}")

# Slack's words on its common errors (docs.slack.dev, chat.postMessage, "Errors"): these two may come after "some
# aspect of the operation succeeded"; those four say that nothing was done for now.
_DOUBTFUL = {"internal_error", "fatal_error"}
_LATER = {"ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org"}

_BROKEN = (URLError, OSError, http.client.HTTPException, UnicodeDecodeError, LookupError, SlackRequestError)

_silent = logging.Logger("slack", logging.CRITICAL)
_silent.disabled = True


def silent() -> logging.Logger:
    """A logger that says nothing, for the libraries that would log what people wrote."""
    return _silent


def web(settings: SlackSettings, timeout: float) -> WebClient:
    """A client of the Web API; `timeout` in seconds is rounded up, as slack_sdk takes whole ones."""
    api = WebClient(
        token=settings.bot_token.get_secret_value(),
        base_url=settings.base_url,
        timeout=math.ceil(timeout),
        retry_handlers=[],
        logger=silent(),
    )
    api.proxy = None  # the library reads HTTPS_PROXY without NO_PROXY; urllib below it honours both
    return api


def attempt(what: str, call: Callable[[], SlackResponse], *, writes: bool) -> SlackResponse:
    """One call of the Web API; `what` is the method's name.

    Raises Rejected or Retryable, and OutcomeUnknown where a call that `writes` may have had its effect.
    """
    try:
        return call()
    except SlackApiError as error:
        answer = error.response
        failure = _refusal(what, answer.status_code, answer.headers, answer.data, writes)
    except _BROKEN as error:
        failure = _no_answer(what, error, writes)
    raise failure  # outside the handler: the library's exception quotes the answer and must not hang on ours


def post(api: WebClient, key: str, channel: str, document: Document) -> Receipt:
    """Post a message that carries `key` in its metadata."""
    answer = attempt(
        "chat.postMessage",
        partial(
            api.chat_postMessage,
            channel=channel_id(channel),
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
            unfurl_links=False,
            unfurl_media=False,
            **_content(document),
        ),
        writes=True,
    )
    return _receipt("sent", str(answer["channel"]), str(answer["ts"]))


def find(api: WebClient, key: str, channel: str) -> Receipt | None:
    """The message that carries `key`, looked for among the channel's newest messages (PAGE * PAGES of them)."""
    channel = channel_id(channel)
    cursor = None
    for _ in range(PAGES):
        answer = attempt(
            "conversations.history",
            partial(api.conversations_history, channel=channel, include_all_metadata=True, limit=PAGE, cursor=cursor),
            writes=False,
        )
        for message in answer.get("messages") or []:
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload", {}).get("key") == key:
                return _receipt("already", channel, str(message["ts"]))
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return None
    return None


def settle(api: WebClient, ref: str, document: Document) -> Receipt:
    """Replace the message `ref` ("channel:ts") by `document`, buttons left out."""
    rest = tuple(block for block in document.blocks if not isinstance(block, Buttons))
    return edit(api, ref, Document(document.language, document.title, rest))


def edit(api: WebClient, ref: str, document: Document) -> Receipt:
    """Replace the message `ref` ("channel:ts") by `document`. Slack keeps the message's metadata."""
    channel, _, ts = ref.partition(":")
    if not _CHANNEL.fullmatch(channel) or not _TS.fullmatch(ts):
        raise Rejected("chat.update: this is not the reference of a Slack message")
    content = _content(document)
    attempt("chat.update", partial(api.chat_update, channel=channel, ts=ts, **content), writes=True)
    return _receipt("sent", channel, ts)


def respond(settings: SlackSettings, timeout: float, url: str, document: Document) -> Receipt:
    """Answer whoever used the slash command, visible to them alone. The address is a secret: it needs no token."""
    if not url.startswith("https://") and urlsplit(url).netloc != urlsplit(settings.base_url).netloc:
        raise Rejected("response_url: not an https address")
    peer = WebhookClient(url, timeout=math.ceil(timeout), retry_handlers=[], logger=silent())
    peer.proxy = None
    content = _content(document)
    failure: VocbotError
    try:
        answer = peer.send(text=content["text"], blocks=content["blocks"], response_type="ephemeral")
    except _BROKEN as error:
        failure = _no_answer("response_url", error, writes=True)
    else:
        data = _hook_answer(answer)
        if answer.status_code == 200 and data.get("ok") is True:
            return Receipt("sent", "ephemeral")
        failure = _refusal("response_url", answer.status_code, answer.headers, data, writes=True)
    raise failure


def channel_id(target: str) -> str:
    """`target` itself; raises Rejected unless it is the id of a conversation. Slack cannot search a name's history."""
    if not _CHANNEL.fullmatch(target):
        raise Rejected("a Slack channel is named by its id (C0123456789), not by its name")
    return target


def is_response_url(target: str) -> bool:
    """Whether an answer to the slash command goes there."""
    return target.startswith(("https://", "http://"))


def _content(document: Document) -> dict[str, Any]:
    """What a reader sees. The text is the notification; markup characters in it would call people (<!channel>)."""
    try:
        blocks = to_slack_blocks(document)
    except ValueError as error:
        raise Rejected(f"blocks: {error}") from None
    return {"text": escape(cut(document.title, TEXT)), "blocks": blocks, "parse": "none", "link_names": False}


def _receipt(status: Any, channel: str, ts: str) -> Receipt:
    return Receipt(status, f"{channel}:{ts}")


def _hook_answer(answer: WebhookResponse) -> dict[str, Any]:
    """The answer of a response_url, which is JSON or bare text: "ok", or a code such as "used_url", even with 200."""
    try:
        data = json.loads(answer.body)
    except ValueError:
        word = answer.body.strip()
        return {"ok": True} if word == "ok" else {"ok": False, "error": word}
    return data if isinstance(data, dict) else {}


def _refusal(what: str, status: int, headers: Mapping[str, Any], data: Any, writes: bool) -> VocbotError:
    """What an answer other than success means."""
    wait = retry_after(next((str(v) for k, v in headers.items() if k.lower() == "retry-after"), None))
    error = data.get("error") if isinstance(data, Mapping) else None
    # The library puts a piece of an unreadable body into `error`: only what looks like a code is one.
    code = error if isinstance(error, str) and _CODE.fullmatch(error) else None
    said = f"{what}: {code or f'HTTP {status}'}"
    if status in (429, 503) or code in _LATER:
        return Retryable(said, wait)
    if status >= 500 or code in _DOUBTFUL or (status == 200 and code is None):
        return OutcomeUnknown(said) if writes else Retryable(said, wait)
    return Rejected(said, status)


def _no_answer(what: str, error: Exception, writes: bool) -> VocbotError:
    """What it means that no answer came. urllib wraps in URLError whatever happens before the request is out."""
    cause = error.reason if isinstance(error, URLError) else error
    said = f"{what}: no answer ({type(cause).__name__})"
    broken = isinstance(cause, ConnectionError | ssl.SSLError)
    never = isinstance(cause, ConnectionRefusedError | ssl.SSLCertVerificationError)
    sent = not isinstance(error, URLError | SlackRequestError) or (broken and not never)
    return OutcomeUnknown(said) if writes and sent else Retryable(said)
