"""The settings of the Zendesk connector, checked before anything is sent."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, model_validator

Locale = Literal["zh", "en"]


class GuideSettings(BaseModel):
    """Where articles go in Guide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sections: dict[Locale, int] = Field(
        min_length=1, description="Id of the section that takes the articles of each language, such as {en: 360001}."
    )
    permission_group_id: int = Field(
        description="Id of the permission group that may edit the articles (Guide admin, User permissions)."
    )
    user_segment_id: int | None = Field(
        default=None, description="Id of the user segment that may read the articles; empty means everybody."
    )
    locales: dict[Locale, str] = Field(
        default={"zh": "zh-cn", "en": "en-us"},
        description="The help centre's name of each language, as it stands in the addresses of its pages.",
    )

    @model_validator(mode="after")
    def _every_section_has_a_locale(self) -> Self:
        missing = sorted(set(self.sections) - set(self.locales))
        if missing:
            raise ValueError(f"locales: no name for {', '.join(missing)}, which has a section")
        return self

    def place(self, locale: str) -> tuple[int, str] | None:
        """Section and Zendesk's name of the language, for zh or en; None where no section is set."""
        return next(((ident, self.locales[name]) for name, ident in self.sections.items() if name == locale), None)


class ZendeskSettings(BaseModel):
    """One Zendesk account. Give `client_id` and `client_secret`, or for a while yet `email` and `api_token`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subdomain: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$",
        description="The account's name: acme for acme.zendesk.com.",
    )
    base_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#@]+(?:/[^\s?#]*)?$",
        description="Address of the account where it is not https://<subdomain>.zendesk.com.",
    )
    client_id: str | None = Field(
        default=None, description="Unique identifier of a confidential OAuth client (Admin Center, OAuth clients)."
    )
    client_secret: SecretStr | None = Field(default=None, description="Secret of that OAuth client.")
    email: str | None = Field(default=None, description="User of the API token. API tokens end on 2027-04-30.")
    api_token: SecretStr | None = Field(default=None, description="API token, without the /token part.")
    agent_id: int | None = Field(
        default=None,
        description="User id that our calls act as; its comments are our own and are not read back as answers.",
    )
    webhook_secrets: tuple[SecretStr, ...] = Field(
        default=(), description="Signing secrets of the webhooks that point here; every webhook has its own."
    )
    poll_from: AwareDatetime | None = Field(
        default=None,
        description="The first poll reads the tickets that changed since then; empty means the last 30 days.",
    )
    attributes: dict[str, str] = Field(
        default={}, description='Custom ticket fields to keep, by field id: {"360001": "version"}.'
    )
    guide: GuideSettings | None = Field(default=None, description="Where articles go; leave out without Guide.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.subdomain is None) == (self.base_url is None):
            raise ValueError("give either subdomain or base_url")
        oauth = (self.client_id, self.client_secret)
        token = (self.email, self.api_token)
        for pair, names in ((oauth, "client_id and client_secret"), (token, "email and api_token")):
            if (pair[0] is None) != (pair[1] is None):
                raise ValueError(f"{names} go together")
        if (self.client_id is None) == (self.email is None):
            raise ValueError("give either client_id and client_secret, or email and api_token")
        return self

    @property
    def url(self) -> str:
        """The account's address, without a slash at the end."""
        return (self.base_url or f"https://{self.subdomain}.zendesk.com").rstrip("/")
