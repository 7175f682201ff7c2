"""Whether webhooks get in: a genuine request must pass, and the same with one character changed must not.

As curl lines for whoever stands at the other side of the proxy, and asked directly of a running server. Where the
secret itself travels, a line holds a shell variable in its place: what is printed may be pasted into a chat.
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import httpx
from pydantic import BaseModel, SecretStr

from vocbot.config.model import WebSettings
from vocbot.sdk.clock import Clock
from vocbot.sdk.errors import BadSignature, VocbotError
from vocbot.sdk.ports import Finding, SelfTest, WebhookSource
from vocbot.sdk.wire import Request

_PATIENCE = 10.0  # seconds
_CLOCKS = 30  # seconds by which two clocks may differ before it is worth a word
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what is listened on, not called


@dataclass(frozen=True)
class Pair:
    """A genuine request, and the same with one thing changed, as `changed` says."""

    genuine: Request
    forged: Request
    changed: str


def pair(source: WebhookSource, url: str) -> Pair:
    """Both requests to `url`. Raises VocbotError where the source cannot sign, or lets anything in."""
    if not isinstance(source, SelfTest):
        raise VocbotError("this connector cannot sign a sample")
    genuine = source.sample(url)
    try:
        source.verify(genuine)
    except BadSignature as error:
        raise VocbotError(f"a sample signed here is not genuine ({error}): only the sender can sign") from None
    for forged, changed in _forged(genuine):
        try:
            source.verify(forged)
        except BadSignature:
            return Pair(genuine, forged, changed)
    raise VocbotError("whatever is changed in a request, it is accepted")


def _forged(genuine: Request) -> Iterator[tuple[Request, str]]:
    """Changed requests; the body first, which some senders do not sign."""
    text = genuine.body.decode()
    for place in range(len(text) - 1, -1, -1):
        if text[place].isalnum():
            other = "x" if text[place] != "x" else "y"
            body = f"{text[:place]}{other}{text[place + 1 :]}".encode()
            yield replace(genuine, body=body), "one character of the body changed"
            break
    what = "a wrong secret or signature: this sender's does not protect the body"
    for name, value in genuine.query.items():
        query = {**genuine.query, name: value + "x"}
        url = f"{genuine.url.partition('?')[0]}?{urlencode(query)}"
        yield replace(genuine, url=url, query=query), what
    for name, value in genuine.headers.items():
        yield replace(genuine, headers={**genuine.headers, name: value + "x"}), what


# -- as curl lines


def curl(request: Request, hidden: Mapping[str, str]) -> str:
    """A line for a POSIX shell that prints the status of the answer; `hidden` is what `references` found."""
    words = ["curl -sS -o /dev/null -w '%{http_code}\\n'", *_address(request, hidden)]
    words += [f"-H {_shell(f'{name}: {value}', hidden)}" for name, value in request.headers.items()]
    return " ".join([*words, f"--data-raw {shlex.quote(request.body.decode())}"])


def references(settings: BaseModel, raw: Any) -> Mapping[str, str]:
    """What must not be printed, to what a shell puts in its place: `raw` is the section as it stands in the file."""
    found: dict[str, str] = {}
    for secret, written in _secrets(settings, raw):
        scheme, _, rest = written.partition(":")
        shown = '"$SECRET"'
        if scheme == "env" and _VARIABLE.fullmatch(rest):
            shown = f'"${rest}"'
        elif scheme == "file" and rest:
            shown = f'"$(cat {shlex.quote(rest)})"'
        found[secret] = shown
        # as HTTP Basic has it
        found[base64.b64encode(secret.encode()).decode()] = f"\"$(printf %s {shown} | base64 | tr -d '\\n')\""
    return found


def _secrets(value: Any, raw: Any) -> Iterator[tuple[str, str]]:
    """Every secret with what stands for it in the file ("" where that cannot be told)."""
    if isinstance(value, SecretStr):
        if value.get_secret_value():
            yield value.get_secret_value(), raw if isinstance(raw, str) else ""
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name), raw.get(name) if isinstance(raw, dict) else None)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _secrets(item, raw.get(name) if isinstance(raw, dict) else None)
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _secrets(item, raw[place] if isinstance(raw, list) and place < len(raw) else None)


def _address(request: Request, hidden: Mapping[str, str]) -> list[str]:
    """The address; a secret in its query becomes a reference."""
    base, _, query = request.url.partition("?")
    plain, more, apart = [], "", []
    for name, value in parse_qsl(query, keep_blank_values=True):
        secret = _within(value, hidden)
        if secret is None:
            plain.append((name, value))
        elif quote_plus(secret) == secret:
            more += f"{shlex.quote(f'&{name}=')}{_shell(value, hidden)}"
        else:  # the shell cannot encode it, curl can (since 7.87)
            apart.append(f"--url-query {shlex.quote(f'{name}=')}{_shell(value, hidden)}")
    start = f"{base}?{urlencode(plain)}" if plain else f"{base}?" if more else base
    return [shlex.quote(start) + more, *apart]


def _shell(text: str, hidden: Mapping[str, str]) -> str:
    """`text` as one word of a shell, with the secret in it as a reference."""
    secret = _within(text, hidden)
    if secret is None:
        return shlex.quote(text)
    before, _, after = text.rpartition(secret)
    return f"{shlex.quote(before) if before else ''}{hidden[secret]}{shlex.quote(after) if after else ''}"


def _within(text: str, hidden: Mapping[str, str]) -> str | None:
    """The longest secret in `text`."""
    return max((secret for secret in hidden if secret in text), key=len, default=None)


# -- asked of a running server


def ask(name: str, source: WebhookSource, web: WebSettings, clock: Clock) -> Sequence[Finding]:
    """What the running server says to both requests, at its own address and at the public one where that is another.

    `clock` tells the real time, with which the server's is compared.
    """
    public = f"{web.public_url.rstrip('/')}/hooks/{name}"
    try:
        both = pair(source, public)
    except VocbotError as error:
        return [Finding("warning", f"no sample can be signed: {error}")]
    host = _ANY_HOST.get(web.host, web.host)
    local = f"http://{f'[{host}]' if ':' in host else host}:{web.port}"
    near = _asked(both, local, name, clock, "is `vocbot serve` running?")
    parts = urlsplit(web.public_url)
    if f"{parts.scheme}://{parts.netloc}" == local:
        return [near]
    outside = "the way from inside may be another one: try the lines of `vocbot check --curl` from outside"
    far = _asked(both, f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", name, clock, outside)
    if near.level == "ok" and far.level == "error":
        changed = "a proxy may change the body or drop headers; both must arrive as they were sent"
        far = replace(far, hint=f"{far.hint}; {changed}" if far.hint else changed)
    return [near, far]


def _asked(both: Pair, base: str, name: str, clock: Clock, lonely: str) -> Finding:
    """What is true of one address; `lonely` is the hint where nobody answers."""
    shown = base.partition("://")[2]
    try:
        genuine, forged = (_send(request, base, name) for request in (both.genuine, both.forged))
    except httpx.ConnectError:
        return Finding("warning", f"{shown}: nobody answers", lonely)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Finding("warning", f"{shown}: no answer ({type(error).__name__})", lonely)
    if genuine.is_success and forged.status_code == 401:
        return Finding("ok", f"{shown}: accepts a genuine request, refuses a changed one")
    if genuine.is_success and forged.is_success:
        hint = "what answers there checks nothing: is it vocbot?"
        return Finding("error", f"{shown}: accepts a changed request", hint)
    what = f"{shown}: a genuine request got HTTP {genuine.status_code}, a changed one {forged.status_code}"
    return Finding("error", what, _cause(genuine, name, clock.now()))


def _send(request: Request, base: str, name: str) -> httpx.Response:
    query = request.url.partition("?")[2]
    url = f"{base}/hooks/{name}" + (f"?{query}" if query else "")
    # this machine's own proxy settings are not the way that senders come
    with httpx.Client(trust_env=False, timeout=_PATIENCE, follow_redirects=False) as client:
        return client.post(url, content=request.body, headers=dict(request.headers))


def _cause(answer: httpx.Response, name: str, now: datetime) -> str:
    """What may be the reason, from the answer to a genuine request."""
    off = _clock_off(answer, now)
    if answer.status_code == 401 and abs(off) > _CLOCKS:
        side = "behind" if off < 0 else "ahead"
        return f"the clock there is {abs(off)} s {side} of the one here: set both by NTP"
    if answer.status_code == 401:
        return "it has another secret: restart `vocbot serve` after a change of the configuration"
    if answer.status_code == 404:
        return f"what answers there does not know {name}: restart `vocbot serve`, or correct the address"
    if answer.is_redirect:
        return "it redirects, which senders do not follow: set web.public_url to where it leads"
    if answer.status_code == 413:
        return "a proxy takes smaller bodies only"
    if answer.status_code in (502, 503, 504):
        return "it is busy, or the proxy finds no server behind it: is `vocbot serve` running?"
    return "is it vocbot that answers there?"


def _clock_off(answer: httpx.Response, now: datetime) -> int:
    """Seconds by which the clock there is ahead of `now`, from the Date header; 0 where there is none."""
    try:
        return round((parsedate_to_datetime(answer.headers["date"]) - now).total_seconds())
    except (KeyError, ValueError, TypeError):
        return 0
