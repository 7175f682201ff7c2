"""What the owner says of one Slack workspace."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")

UserId = Annotated[str, StringConstraints(pattern=r"^[UW][A-Z0-9]{2,20}$")]
Role = Literal["admin", "analyst", "product", "marketing", "support_lead", "agent", "executive"]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]


class Person(BaseModel):
    """A colleague who may decide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(description="The name that is shown and kept with each decision.")
    name_zh: Name | None = Field(None, description="The name in Chinese characters, shown after the other one.")
    role: Role | None = Field(
        None,
        description="What this person may decide, as on the console; none: everything. A support_lead decides "
        "about FAQ entries and notices, product and analyst about tickets, an admin about all.",
    )

    @property
    def shown(self) -> str:
        """The name as people read it: "Li Na (李娜)"."""
        return f"{self.name} ({self.name_zh})" if self.name_zh else self.name


class SlackSettings(BaseModel):
    """Settings of the Slack connector."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    bot_token: SecretStr = Field(
        min_length=1, description="The bot token (xoxb-...) from the app's page OAuth & Permissions."
    )
    signing_secret: SecretStr = Field(
        min_length=1, description="The signing secret from the app's page Basic Information."
    )
    base_url: str = Field(
        "https://slack.com/api/",
        description="Where the Web API is; change it only for a gateway or a stand-in.",
    )
    people: dict[UserId, Person] = Field(
        default_factory=dict,
        description="Who may approve: Slack member id (profile, Copy member ID) to name. Nobody else's press counts.",
    )
    command: str = Field(
        "/voc",
        pattern=r"^/[a-z0-9_-]{1,31}$",
        description="The slash command that asks vocbot a question.",
    )

    @field_validator("base_url")
    @classmethod
    def _encrypted(cls, value: str) -> str:
        parts = urlsplit(value)
        plain = parts.scheme == "http" and _LOOPBACK.fullmatch(parts.hostname or "")
        if not parts.hostname or not (parts.scheme == "https" or plain):
            raise ValueError("must be an https address (http only on this machine): the token travels with each call")
        return value if value.endswith("/") else value + "/"
