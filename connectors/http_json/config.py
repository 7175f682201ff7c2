"""The settings of a declared API: the request, where the answer's parts are, and how to read on.

Whatever can be known before the first request is checked here: expressions, placeholders, what fits together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from connectors.http_json import template
from connectors.http_json.sections import (
    MODEL,
    JmesPath,
    MapSettings,
    OAuthSettings,
    PagingSettings,
    ReadingSettings,
    ShortError,
)
from vocbot.sdk.mapping import TimeFormat, Zone

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # of a header
_SECRET = re.compile(r"(x-)?(api|app|access|auth)?[-_]?(key|token|secret|password)|authorization|cookie", re.IGNORECASE)
_SECRET_PARAM = re.compile(r"(api|app|access|auth|client)[-_]?(key|token|secret)|secret|password", re.IGNORECASE)
_REFERENCE = ("env:", "file:")
_SENT = {"page": "page", "offset": "offset", "cursor": "cursor"}  # by the kind of paging, what must be in the request


class HttpJsonSettings(BaseModel):
    """Any API that lists items as JSON. Set at most one of bearer, username with password, and oauth."""

    model_config = MODEL

    base_url: str = Field(
        pattern=r"^https?://[^\s/?#@]+(?:/[^\s?#]*)?$", description="Address of the API: https://api.acme.example/v2."
    )
    path: str = Field(default="", description="The list's place below it: /reviews. What follows ? goes to params.")
    method: Literal["GET", "POST"] = Field(default="GET", description="How the list is asked for.")
    params: dict[str, Any] = Field(
        default={},
        description="The query. Values may hold {cursor}, {since}, {now}, {page}, {offset} and {limit}, in quotes; "
        "what has no value yet is left out. A list repeats its name.",
    )
    body: dict[str, Any] | list[Any] | None = Field(
        default=None, description="What is posted, with the same placeholders. A lone {page} stays a number in JSON."
    )
    body_type: Literal["json", "form"] = Field(default="json", description="How the body is written.")
    headers: dict[str, str] = Field(default={}, description="Further headers that are no secret.")
    bearer: SecretStr | None = Field(default=None, description="Token, sent as Authorization: Bearer.")
    username: str | None = Field(default=None, description="For basic authorisation.")
    password: SecretStr | None = Field(default=None, description="For basic authorisation.")
    secret_headers: dict[str, SecretStr] = Field(default={}, description="Secret headers: {X-Api-Key: env:ACME_KEY}.")
    secret_params: dict[str, SecretStr] = Field(
        default={},
        description="Secret parts of the query: {api_key: env:ACME_KEY}. A header is better: many log these.",
    )
    oauth: OAuthSettings | None = Field(default=None, description="OAuth 2, grant client_credentials.")

    items: JmesPath = Field(description="JMESPath of the list of items in the answer: data.list; @ where it is all.")
    when: JmesPath | None = Field(
        default=None, description="Only items for which this finds a yes are taken, such as !is_staff; else all."
    )
    map: MapSettings = Field(description="Where in an item its parts are.")
    time_format: TimeFormat = Field(
        default="iso",
        description="How times are written: iso, unix (seconds), unix_ms, rfc2822, or a pattern such as "
        "%Y-%m-%d %H:%M:%S.",
    )
    tz: Zone = Field(default="UTC", description="Zone of times that name none, such as Asia/Shanghai.")
    channel: str = Field(
        default="api", min_length=1, max_length=40, description="How customers come, where no item says it: review."
    )
    public: bool = Field(default=False, description="Whether everybody can read the items, where none says it.")
    error: ShortError | None = Field(
        default=None, description="How errors look that come with HTTP 200; the expression alone will do."
    )
    paging: PagingSettings = Field(default=PagingSettings(), description="How to come to the next page.")
    reading: ReadingSettings = Field(
        default=ReadingSettings(), description="How to read on from where the last poll was."
    )
    max_bytes: int = Field(
        default=10_000_000, ge=1000, le=500_000_000, description="Larger answers are refused: ask for smaller pages."
    )

    @field_validator("path")
    @classmethod
    def _below(cls, value: str) -> str:
        if re.search(r"[?#\s]", value):
            raise ValueError("? and what follows it belong to params")
        if "{" in value:
            raise ValueError("placeholders stand in the values of params and body, not in path")
        if value and not value.startswith("/"):
            raise ValueError(f"must begin with a slash: /{value}")
        return value

    @field_validator("params", "body")
    @classmethod
    def _placeholders(cls, value: Any) -> Any:
        template.check(value, "")
        for place, text in _leaves(value, ""):
            if text.startswith(_REFERENCE):
                raise ValueError(
                    f"{place}: this would be sent as it stands; secrets go to secret_params, secret_headers"
                )
        return value

    @field_validator("params")
    @classmethod
    def _plain(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name, given in value.items():
            if _SECRET_PARAM.fullmatch(name) and not template.names(given):
                raise ValueError(f"{name}: a secret goes to secret_params")
            for item in given if isinstance(given, list) else [given]:
                if not isinstance(item, str | int | float):
                    raise ValueError(f"{name}: must be a text, a number, true or false, or a list of them")
        return value

    @field_validator("headers", "secret_headers")
    @classmethod
    def _headers(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name, given in value.items():
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name[:40]!r} is no name of a header")
            secret = isinstance(given, SecretStr)
            if not secret and (_SECRET.fullmatch(name) or given.startswith(_REFERENCE)):
                raise ValueError(f"{name}: a secret goes to secret_headers, bearer or password")
            _sendable(given.get_secret_value() if secret else given, name)
        return value

    @field_validator("bearer")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _sendable(value.get_secret_value(), "bearer")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        found = [*self._wrong_ways_in(), *self._wrong_paging(), *self._wrong_reading()]
        if found:
            raise ValueError("; ".join(found))
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times that name none."""
        return ZoneInfo(self.tz)

    @property
    def sent(self) -> set[str]:
        """The placeholders that are in the request."""
        return template.names(self.params) | template.names(self.body)

    @property
    def listed_by(self) -> str | None:
        """The expression of the time by which the API lists and filters."""
        return self.reading.time or self.map.time

    def _wrong_ways_in(self) -> Iterator[str]:
        if (self.username is None) != (self.password is None):
            yield "username and password go together"
        ways = [self.bearer is not None, self.username is not None, self.oauth is not None]
        if sum(ways) > 1:
            yield "set one of bearer, username with password, and oauth: they all use the same header"
        if any(ways) and "authorization" in map(str.lower, self.secret_headers):
            yield "secret_headers holds Authorization, which bearer, password and oauth use as well"
        if self.method == "GET" and self.body is not None:
            yield "body is sent by method: POST only"
        if self.body_type == "form" and not (isinstance(self.body, dict) and _is_flat(self.body)):
            yield "body_type: form needs a body of names and plain values"
        for name in self.params:
            if name in self.secret_params:
                yield f"{name} stands in params and in secret_params"

    def _wrong_paging(self) -> Iterator[str]:
        paging, sent = self.paging, self.sent
        wanted = _SENT.get(paging.kind)
        if wanted and wanted not in sent:
            yield f"paging.kind is {paging.kind}, and '{{{wanted}}}' stands nowhere in params or body"
        for kind, name in _SENT.items():
            if name in sent and kind != paging.kind:
                yield f"'{{{name}}}' is in the request, and paging.kind is {paging.kind}, not {kind}"
        if "limit" in sent and paging.size is None:
            yield "'{limit}' is in the request, and paging.size does not say what it is"
        if paging.size is not None and "limit" not in sent and paging.kind not in ("page", "offset"):
            yield "paging.size is sent nowhere: put '{limit}' into params or body"
        if paging.kind == "link" and self.method == "POST":
            yield "paging.kind: link needs method: GET"

    def _wrong_reading(self) -> Iterator[str]:
        if self.listed_by is None:
            if self.reading.order != "none":
                yield f"reading.order is {self.reading.order}, by a time that map.time or reading.time has to name"
            if "since" in self.sent:
                yield "'{since}' is in the request, and neither map.time nor reading.time says how far we have read"


def _is_flat(body: dict[str, Any]) -> bool:
    return all(isinstance(item, str | int | float) for item in body.values())


def _sendable(value: str, name: str) -> None:
    if not value.isascii() or not value.isprintable():
        raise ValueError(
            f"{name}: holds a sign that no header can carry, such as a line break or a letter beyond ASCII"
        )


def _leaves(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, f"{place}.{key}" if place else str(key))
