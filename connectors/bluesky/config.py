"""The settings of the Bluesky connector, checked before anything is sent."""

from __future__ import annotations

import re
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_NAME = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_IDENTIFIER = re.compile(rf"{_NAME}|did:[a-z]+:[a-zA-Z0-9._:%-]+|[^@\s]+@{_NAME}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class BlueskySettings(BaseModel):
    """One Bluesky account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: str = Field(
        default="https://bsky.social",
        pattern=r"^https?://[^\s/?#@]+/?$",
        description="Address of the server that keeps the account.",
    )
    identifier: str = Field(description="The account's handle without the @ (acme.example), or its DID.")
    app_password: SecretStr = Field(
        description="An app password of the account (Settings, Privacy and security, App passwords); never its own."
    )
    read_mentions: bool = Field(default=True, description="Read the posts that mention, answer or quote the account.")
    queries: tuple[str, ...] = Field(
        default=(), description='Searches whose finds are read, too: a name, a "quoted phrase", a #hashtag.'
    )
    langs: tuple[str, ...] = Field(
        default=(), description="Searches find only posts that say to be in one of these languages; empty means all."
    )
    poll_from: AwareDatetime | None = Field(
        default=None, description="The first poll reads what was said since then; empty means the last 7 days."
    )
    hidden_labels: tuple[str, ...] = Field(
        default=("!hide", "!takedown", "spam"),
        description="Posts that moderators gave one of these labels, or their author, are kept and not counted.",
    )

    @field_validator("identifier")
    @classmethod
    def _names_an_account(cls, value: str) -> str:
        if not _IDENTIFIER.fullmatch(value):
            raise ValueError("give the whole handle without the @, such as acme.bsky.social, or the DID")
        return value

    @field_validator("app_password")
    @classmethod
    def _is_there(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().strip():
            raise ValueError("the app password is empty")
        return value

    @field_validator("queries")
    @classmethod
    def _can_be_searched(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(query.strip() for query in value)
        if not all(found):
            raise ValueError("a search is empty")
        if len(set(found)) < len(found):
            raise ValueError("a search stands there twice")
        return found

    @field_validator("langs")
    @classmethod
    def _are_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not _LANGUAGE.fullmatch(name):
                raise ValueError(f"{name[:20]!r} is no language: write en, zh, pt-BR")
        if len(set(value)) < len(value):
            raise ValueError("a language stands there twice")
        return value

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if not self.read_mentions and not self.queries:
            raise ValueError("nothing would be read: set read_mentions, or give queries")
        return self

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return self.service.rstrip("/")
