"""The settings of a Jira connector, checked before anything is sent."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Band = Literal["P1", "P2", "P3", "P4"]


class Priorities(BaseModel):
    """Which Jira priority, by id or name, stands for which of ours. Names depend on the account's language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    P1: str = Field("Highest", description="Jira priority of P1, by name or id.", min_length=1)
    P2: str = Field("High", description="Jira priority of P2, by name or id.", min_length=1)
    P3: str = Field("Medium", description="Jira priority of P3, by name or id.", min_length=1)
    P4: str = Field("Low", description="Jira priority of P4, by name or id.", min_length=1)


class JiraSettings(BaseModel):
    """How to reach one Jira project, and how its words map to ours."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    flavour: Literal["cloud", "datacenter"] = Field("cloud", description="cloud, or datacenter for your own server.")
    site: str = Field(
        description="Address that people open, such as https://acme.atlassian.net; links in messages use it.",
        pattern=r"^https?://[^\s?#]+$",
    )
    cloud_id: str | None = Field(
        None,
        description="Cloud id of the site. Needed for API tokens with scopes: they work only through Atlassian's "
        "gateway. Your site shows it under /_edge/tenant_info.",
        pattern=r"^[0-9A-Za-z-]+$",
    )
    base_url: str | None = Field(
        None,
        description="Address of the API where it is neither the site nor the gateway (a proxy, a stand-in).",
        pattern=r"^https?://[^\s?#]+$",
    )
    email: str | None = Field(None, description="Cloud: the address of the account that owns the API token.")
    api_token: SecretStr | None = Field(None, description="Cloud: the API token. It lives one year at the most.")
    token_expires: date | None = Field(
        None, description="Day on which the token ends; the check warns a month before. Jira itself does not tell."
    )
    pat: SecretStr | None = Field(None, description="Data Center: the personal access token.")
    webhook_secret: SecretStr | None = Field(
        None, description="Secret of the webhook in Jira. Without it every delivery is refused, only polling is left."
    )
    project: str = Field(description="Key of the project that receives the tickets.", min_length=1)
    issue_type: str = Field("Task", description="Issue type of the tickets, by id or name.", min_length=1)
    priorities: Priorities = Field(
        default_factory=lambda: Priorities.model_validate({}), description="Jira priorities for P1 to P4."
    )
    components: dict[str, str] = Field(
        default_factory=dict,
        description="Label of a ticket to the Jira component, by id or name, that it also gets.",
    )
    label_prefix: str = Field(
        "voc",
        description="Every ticket carries this label, and every other label of ours begins with it.",
        pattern=r"^[^\s]{1,50}$",
    )
    due_dates: bool = Field(True, description="Whether tickets get a due date.")
    update_fields: frozenset[Literal["summary", "description", "priority", "due"]] = Field(
        frozenset({"summary", "description", "priority", "due"}),
        description="What an update may overwrite; leave out what your people edit by hand.",
    )
    link_type: str = Field("Relates", description="Name of the link type between related tickets.", min_length=1)
    done_statuses: tuple[str, ...] = Field(
        (), description="Statuses, by id or name, that mean done. Empty: every status of Jira's category Done."
    )
    wont_do_resolutions: tuple[str, ...] = Field(
        (
            *("Won't Do", "Won't Fix", "Will Not Fix", "Declined", "Rejected", "Invalid", "Not a Bug", "By Design"),
            *("Works as Designed", "Cannot Reproduce", "Incomplete", "不做", "不会做", "不修复", "不会修复"),
            *("不予修复", "不予解决", "拒绝", "已拒绝", "设计如此", "不是缺陷", "无法重现", "无法复现", "不完整"),
        ),
        description="Resolutions or done statuses, by id or name, that mean: nothing was changed.",
    )
    duplicate_resolutions: tuple[str, ...] = Field(
        ("Duplicate", "Duplicated", "重复", "重复问题"),
        description="Resolutions or done statuses that mean: another ticket has it.",
    )
    cancelled_resolutions: tuple[str, ...] = Field(
        ("Cancelled", "Canceled", "Withdrawn", "Obsolete", "Abandoned", "取消", "已取消", "作废", "已作废", "已撤销"),
        description="Resolutions or done statuses that mean: given up.",
    )

    @field_validator("site", "base_url")
    @classmethod
    def _without_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else value

    @field_validator("api_token", "pat")
    @classmethod
    def _one_word(cls, value: SecretStr | None) -> SecretStr | None:
        """A header with a line break in it would be refused with an error that quotes the token."""
        if value is None:
            return None
        plain = value.get_secret_value().strip()  # files end with a line break
        if not plain.isascii() or not plain.isprintable() or " " in plain:
            raise ValueError("a token is one word of ASCII characters")
        return SecretStr(plain)

    @model_validator(mode="after")
    def _credentials(self) -> Self:
        if self.flavour == "cloud":
            if not (self.email and self.api_token) or self.pat:
                raise ValueError("Jira Cloud wants email and api_token, and no pat")
        elif not self.pat or self.email or self.api_token or self.cloud_id:
            raise ValueError("Jira Data Center wants pat, and neither email, api_token nor cloud_id")
        return self

    @property
    def api(self) -> str:
        """Where the API is: the override, else the gateway where a cloud id is given, else the site."""
        if self.base_url:
            return self.base_url
        return f"https://api.atlassian.com/ex/jira/{self.cloud_id}" if self.cloud_id else self.site

    def browse(self, key: str) -> str:
        """The page of a ticket, for people."""
        return f"{self.site}/browse/{key}"
