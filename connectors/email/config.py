"""What the owner says of the mail server and of who writes."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FilePath, SecretStr, field_validator, model_validator

from connectors.email.address import mailbox

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
_HOST = r"^[A-Za-z0-9.:_-]{1,253}$"  # a name or an address, IPv6 too
_DOMAIN = r"^[A-Za-z0-9.-]{1,200}$"


def _address(value: str) -> str:
    return mailbox(value).text


Address = Annotated[str, AfterValidator(_address)]


class EmailSettings(BaseModel):
    """Settings of the e-mail connector."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field(pattern=_HOST, description="The mail server that takes outgoing letters.")
    port: int = Field(587, ge=1, le=65535, description="587 for starttls, 465 for tls, 25 for none as a rule.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted; none only to a server on this machine."
    )
    ca_file: FilePath | None = Field(
        None, description="Certificates of your own authority (PEM), where the server's is not from a public one."
    )
    username: str | None = Field(None, description="The account to log in with; leave out where none is needed.")
    password: SecretStr | None = Field(None, description="Its password.")
    from_address: Address = Field(description="The sender's address; bounces come back to it.")
    from_name: str | None = Field(None, max_length=100, description="The sender's name as customers see it.")
    reply_to: Address | None = Field(None, description="Where answers go, if not to from_address.")
    unsubscribe_mailto: Address | None = Field(
        None,
        description="An address that takes requests to stop, with the notice's key; for the mail program's button.",
    )
    unsubscribe_url: str | None = Field(
        None,
        description="An https address that stops notices on POST; {key} and {token} in it are replaced (see README).",
    )
    unsubscribe_secret: SecretStr | None = Field(
        None, min_length=16, description="The secret that {token} in unsubscribe_url is made with."
    )
    message_id_domain: str | None = Field(
        None, pattern=_DOMAIN, description="The domain of Message-IDs; from_address's domain if left out."
    )

    @field_validator("from_name")
    @classmethod
    def _one_line(cls, value: str | None) -> str | None:
        if value is not None and (not value.strip() or not value.isprintable()):
            raise ValueError("must be one line of visible characters")
        return value

    @field_validator("username", "password")
    @classmethod
    def _plain_ascii(cls, value: str | SecretStr | None) -> str | SecretStr | None:
        # smtplib encodes both as ASCII; its own error would quote them.
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if plain is not None and not (plain and plain.isascii() and plain.isprintable()):
            raise ValueError("must be visible ASCII characters")
        return value

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.security == "none" and not _LOOPBACK.fullmatch(self.host):
            raise ValueError("security none is for a server on this machine only")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if not mailbox(self.from_address).local.isascii():
            raise ValueError("from_address must be ASCII before the @, or many servers refuse each letter")
        return self

    @model_validator(mode="after")
    def _hard_to_forge(self) -> Self:
        """RFC 8058, section 3.1: else anybody could stop another customer's notices."""
        url = self.unsubscribe_url
        if url is None:
            return self
        if not re.fullmatch(r"https://[!-;=?-~]{1,800}", url) or not urlsplit(url).hostname:
            raise ValueError("unsubscribe_url must be an https address")
        if "{key}" not in url or "{token}" not in url or self.unsubscribe_secret is None:
            raise ValueError("unsubscribe_url needs {key} and {token} in it, and unsubscribe_secret")
        return self

    @property
    def id_domain(self) -> str:
        """The domain of Message-IDs; also what we call ourselves towards the server."""
        return self.message_id_domain or mailbox(self.from_address).domain
