"""The wire to Jira, through the `jira` package held on a short lead.

Left alone the package repeats a POST whose answer was lost (four tickets instead of one), waits for ever, asks the
server for its version while it is constructed, and reloads an issue after creating it. Here: a timeout, no retries, no
I/O before the first call. Only its session is used for calls: `create_issue` cannot send properties, `add_comment`
neither, `Issue.update` reads back and repairs, searches first download every field of the site.

An error message names the call, the status and what Jira says of which field; never a text we sent, never a header.
"""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from jira import JIRA
from jira.exceptions import JIRAError
from urllib3 import exceptions as wire

from connectors.jira.config import JiraSettings
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable
from vocbot.sdk.http import retry_after

PAGE = 100
CONNECT = 5.0  # seconds until a host counts as not there

_QUOTED = re.compile(r"""(?<!\w)'[^']*'(?!\w)|"[^"]*"|“[^”]*”|‘[^’]*’|「[^」]*」""")
_BAD_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
)


class JiraClient:
    """One Jira, reached with one account. Safe to share between threads. `timeout` in seconds."""

    def __init__(self, settings: JiraSettings, timeout: float = 15.0) -> None:
        self._settings = settings
        self._timeout = timeout
        self._lock = threading.Lock()
        self._jira: JIRA | None = None

    def read(
        self, path: str, params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """One attempt at a call that changes nothing, below /rest/api/{version}/; a POST where `body` is given.

        Raises Retryable (network, 429, 5xx) or Rejected (other 4xx, an answer that is no JSON object).
        """
        method = "GET" if body is None else "POST"
        answer = self._call(method, path, params, body, changing=False)
        if not isinstance(answer, Mapping):
            raise Rejected(f"{method} {path}: the answer is no JSON object, check the address")
        return answer

    def write(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """One attempt at a call that changes something; returns the decoded answer, None where it is empty.

        Raises Retryable (no connection, 429, 503 with Retry-After), Rejected (other 4xx, redirect) or OutcomeUnknown
        (the request left and no usable answer came).
        """
        return self._call(method, path, None, body, changing=True)

    def pages(self, path: str, *names: str, expand: str | None = None) -> Iterator[Mapping[str, Any]]:
        """Every item of a list that is paged by `startAt`, under the first of `names` that the answer has."""
        start = 0
        while True:
            page = self.read(path, {"startAt": start, "maxResults": PAGE, "expand": expand})
            items: list[Mapping[str, Any]] = next((page[name] for name in names if page.get(name)), [])
            yield from items
            start += len(items)
            if not items or start >= page.get("total", 0):
                return

    def search(self, jql: str, fields: list[str], properties: list[str]) -> Iterator[Mapping[str, Any]]:
        """The issues that match. Lags behind writes. Data Center's search knows no properties."""
        if self._settings.flavour == "cloud":
            body: dict[str, Any] = {"jql": jql, "fields": fields, "properties": properties, "maxResults": PAGE}
            while True:
                page = self.read("search/jql", body=body)
                yield from page.get("issues") or []
                token = page.get("nextPageToken")
                if not token:
                    return
                body = {**body, "nextPageToken": token}
        else:
            start = 0
            while True:
                # Not validated: an id that is gone is then left out, instead of failing the whole query.
                body = {"jql": jql, "fields": fields, "validateQuery": False, "maxResults": PAGE, "startAt": start}
                page = self.read("search", body=body)
                issues = page.get("issues") or []
                yield from issues
                start += len(issues)
                if not issues or start >= page.get("total", 0):
                    return

    def _call(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        *,
        changing: bool,
    ) -> Any:
        what = f"{method} {path}"
        jira = self._connected()
        try:
            response = jira._session.request(method, jira._get_url(path), params=params, json=body)
            if not changing and _anonymous(response):
                raise JIRAError(status_code=401, response=response)
            return response.json() if response.content else None
        except JIRAError as error:
            raise _refusal(what, error, body, changing) from None
        except (requests.exceptions.TooManyRedirects, *_BAD_ADDRESS) as error:
            raise Rejected(f"{what}: {type(error).__name__}, check the address") from None
        except requests.exceptions.JSONDecodeError:
            kind = OutcomeUnknown if changing else Rejected
            raise kind(f"{what}: the answer is not JSON, check the address") from None
        except requests.RequestException as error:
            if changing and not _unsent(error):
                raise OutcomeUnknown(f"{what}: no answer ({type(error).__name__})") from None
            raise Retryable(f"{what}: no connection ({type(error).__name__})") from None

    def _connected(self) -> JIRA:
        with self._lock:
            if self._jira is None:
                settings = self._settings
                jira = JIRA(
                    server=settings.api,
                    options={"rest_api_version": "3" if settings.flavour == "cloud" else "2"},
                    basic_auth=(settings.email or "", settings.api_token.get_secret_value())
                    if settings.api_token
                    else None,
                    token_auth=settings.pat.get_secret_value() if settings.pat else None,
                    get_server_info=False,
                    max_retries=0,
                    timeout=(min(CONNECT, self._timeout), self._timeout),
                )
                jira._session.max_redirects = 0  # a redirected POST turns into a GET
                self._jira = jira
            return self._jira


def _anonymous(response: requests.Response | None) -> bool:
    """Jira Cloud lets a bad token pass as an anonymous visitor, for whom every ticket is missing."""
    return response is not None and "AUTHENTICATED_FAILED" in response.headers.get("X-Seraph-LoginReason", "")


def _unsent(error: requests.RequestException) -> bool:
    """Whether the request never reached Jira: no route, no connection, or nobody we trust at the other end."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, wire.SSLError):
        return any(isinstance(arg, ssl.SSLCertVerificationError) for arg in reason.args)
    return isinstance(reason, wire.NewConnectionError | wire.ConnectTimeoutError | wire.ProxyError)


def _refusal(what: str, error: JIRAError, body: Mapping[str, Any] | None, changing: bool) -> Exception:
    """What an error status means for the act."""
    response: requests.Response | None = error.response
    if _anonymous(response):
        return Rejected(f"{what}: HTTP 401 (the credentials are not accepted)", 401)
    status = error.status_code or 0
    wait = retry_after(response.headers.get("Retry-After")) if response is not None else None
    told = f"{what}: HTTP {status}{_told(response, body)}"
    if status in (408, 425, 429) or (status == 503 and wait is not None):
        return Retryable(told, wait)
    if 400 <= status < 500:
        return Rejected(told, status)
    return OutcomeUnknown(told) if changing else Retryable(told, wait)


def _told(response: requests.Response | None, body: Mapping[str, Any] | None) -> str:
    """Jira's reasons, field by field, without what they quote of ours."""
    try:
        answer = response.json() if response is not None else None
    except requests.exceptions.JSONDecodeError:
        return ""
    if not isinstance(answer, Mapping):
        return ""
    general, errors = answer.get("errorMessages"), answer.get("errors")
    reasons = [("", str(message)) for message in general] if isinstance(general, list) else []
    if isinstance(errors, Mapping):
        reasons += [(f"{name}: ", str(message)) for name, message in errors.items()]
    parts = []
    for field, message in reasons[:5]:
        plain = _QUOTED.sub("'…'", message)
        for text in _texts(body):
            plain = plain.replace(text, "…")
        parts.append(field + plain[:160])
    return f" ({'; '.join(parts)})" if parts else ""


def _texts(body: Any, inside: bool = False) -> Iterator[str]:
    """What people wrote in a request: everything under these names that is more than a word or two."""
    if isinstance(body, str):
        if inside and len(body) > 3:
            yield body
    elif isinstance(body, Mapping):
        for name, value in body.items():
            yield from _texts(value, name in ("summary", "text", "description", "body"))
    elif isinstance(body, list | tuple):
        for value in body:
            yield from _texts(value, inside)
