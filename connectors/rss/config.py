"""The settings of the feed reader, checked before anything is asked for."""

from __future__ import annotations

import re
from typing import Self
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = ("host", "content-length", "connection", "transfer-encoding", "if-none-match", "if-modified-since")


class RssSettings(BaseModel):
    """A group of feeds that are one source: the same kind of place, the same channel."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    urls: tuple[str, ...] = Field(
        min_length=1,
        max_length=50,
        description="Addresses of the feeds (RSS or Atom). More than fifty: make another connector of the same type.",
    )
    channel: str = Field(
        default="forum",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$",
        description="What kind of place it is, in counts and causes: forum, blog, reviews, news, ...",
    )
    headers: dict[str, SecretStr] = Field(
        default={},
        description="Headers to send along, where a feed needs them: {Authorization: env:FORUM_AUTH}. They are sent to "
        "the feeds' own address only, so all feeds must have the same one.",
    )
    poll_from: AwareDatetime | None = Field(
        default=None,
        description="Entries older than this are left out; empty means 30 days before a feed's first poll.",
    )

    @field_validator("urls", mode="after")
    @classmethod
    def _are_addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for url in given:
            try:
                parts = urlsplit(url)
                port = parts.port
            except ValueError:
                raise ValueError("an address of a feed is malformed") from None
            if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or re.search(r"[\s\x00]", url):
                raise ValueError("the address of a feed begins with https:// or http:// and a host, and has no spaces")
            if parts.username is not None or parts.password is not None:
                raise ValueError(f"{parts.hostname}: no names or passwords in addresses, use headers")
            if parts.fragment:
                raise ValueError(f"{parts.hostname}: leave out what follows the #")
        if len(set(given)) < len(given):
            raise ValueError("a feed stands there twice")
        return given

    @field_validator("headers", mode="after")
    @classmethod
    def _are_headers(cls, given: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, secret in given.items():
            value = secret.get_secret_value()
            if not _NAME.fullmatch(name) or name.lower() in _OURS:
                raise ValueError(f"{name[:40]!r} is no header that can be set")
            if not value.isascii() or not value.isprintable() or value != value.strip():
                raise ValueError(f"the value of {name} holds what no header may hold (line breaks, spaces around it)")
        return given

    @model_validator(mode="after")
    def _secrets_go_to_one_place(self) -> Self:
        if self.headers and len({origin(url) for url in self.urls}) > 1:
            raise ValueError("headers are set, and the feeds are at different hosts: make a connector for each host")
        return self


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what must be the same for a secret to be sent there."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def where(url: str) -> str:
    """An address as messages name it: host and path, without the query, which may hold a secret."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname}{port}{parts.path}"
