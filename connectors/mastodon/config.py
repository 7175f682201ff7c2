"""The settings of the Mastodon connector, checked before anything is sent."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Visibility = Literal["public", "unlisted", "private", "direct"]

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
_TAG = re.compile(r"[\w\u00b7\u30fb\u200c]+")
_TOKEN = re.compile(r"[!-~]+")


class MastodonSettings(BaseModel):
    """One account on one Mastodon server."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = Field(description="Address of the server that the account is on, such as https://mastodon.example.")
    access_token: SecretStr = Field(
        min_length=1, description="Access token of the account (Preferences, Development, your application)."
    )
    read_mentions: bool = Field(
        default=True, description="Whether posts that mention the account, private ones too, are read."
    )
    hashtags: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        description="Hashtags whose public posts are read, without #, as far as the server knows them.",
    )
    include_bots: bool = Field(
        default=False, description="Whether posts of accounts that call themselves automated are read, too."
    )
    visibility: Visibility = Field(
        default="unlisted",
        description="Who sees a reply to a public post: public, unlisted, private (followers) or direct (the customer "
        "alone). What was not said in public is always answered direct.",
    )
    poll_from: AwareDatetime | None = Field(
        default=None, description="The first poll reads what was posted since then; empty means the last 30 days."
    )

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("give the server's address alone, such as https://mastodon.example")
        if parts.username is not None or parts.query or parts.fragment or parts.port == 0:
            raise ValueError("give the server's address without user, query or fragment")
        if parts.scheme == "http" and not _LOOPBACK.fullmatch(parts.hostname):
            raise ValueError("use https: the access token would cross the network in the open")
        return value.strip().rstrip("/")

    @field_validator("access_token")
    @classmethod
    def _one_word(cls, value: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("the access token has blanks or characters that no token has; copy it again")
        return value

    @field_validator("hashtags")
    @classmethod
    def _tags(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        named = tuple(tag_name(tag) for tag in value)
        for name in named:
            if not _TAG.fullmatch(name) or name.strip("_\u00b7\u30fb\u200c").isdecimal() or len(name) > 100:
                raise ValueError("a hashtag has letters, digits and _ only, and not digits alone")
        if len(set(named)) != len(named):
            raise ValueError("the same hashtag stands twice (upper and lower case make no difference)")
        return named

    @model_validator(mode="after")
    def _something_is_read(self) -> Self:
        if not self.read_mentions and not self.hashtags:
            raise ValueError("nothing would be read: set read_mentions or name hashtags")
        return self


def tag_name(tag: str) -> str:
    """A hashtag as Mastodon compares it: without #, in lower case, full-width letters as plain ones."""
    return unicodedata.normalize("NFKC", tag.strip()).removeprefix("#").lower()
