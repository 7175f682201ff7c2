"""What the owner says of the mailbox, of who writes from inside, and of what is not to be read."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    field_validator,
    model_validator,
)

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
_HOST = r"^[A-Za-z0-9.:_-]{1,253}$"  # a name or an address, IPv6 too
_DOMAIN = r"^[A-Za-z0-9.-]{1,200}$"
_ADDRESS = re.compile(r"[^\s@<>\"',;:()\[\]\\]{1,64}@[^\s@<>\"',;:()\[\]\\]{1,253}")


def _address(value: str) -> str:
    plain = value.strip().lower()
    if not _ADDRESS.fullmatch(plain):
        raise ValueError("not the address of one mailbox, such as help@acme.example")
    return plain


def _folder(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must be the name of a folder, in one line")
    return value


Address = Annotated[str, AfterValidator(_address)]
Folder = Annotated[str, Field(max_length=250), AfterValidator(_folder)]


class OAuthSettings(BaseModel):
    """Where access tokens come from; each lives an hour or so, and a new one is asked for in time."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token_url: str = Field(
        pattern=r"^https?://[^\s/?#@]+(?:/[^\s?#]*)?$", description="The provider's address for tokens."
    )
    client_id: str = Field(min_length=1, description="The application that was registered with the provider.")
    client_secret: SecretStr | None = Field(None, description="Its secret, where it has one.")
    refresh_token: SecretStr | None = Field(
        None, description="What the owner of the mailbox consented to; without it the application asks for itself."
    )
    scope: str | None = Field(None, description="The right to ask for, where the provider wants it named.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        where = re.match(r"http://([^/]+?)(?::\d+)?(?:/|$)", self.token_url)
        if where and not _LOOPBACK.fullmatch(where[1].strip("[]")):
            raise ValueError("token_url must be an https address")
        if self.refresh_token is None and self.client_secret is None:
            raise ValueError("give refresh_token, or client_secret where the application asks for itself")
        return self


class ImapSettings(BaseModel):
    """One mailbox. Give `password`, or `oauth_token`, or `oauth`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field(pattern=_HOST, description="The server that holds the mailbox.")
    port: int = Field(993, ge=1, le=65535, description="993 for tls, 143 for starttls and none as a rule.")
    security: Literal["tls", "starttls", "none"] = Field(
        "tls", description="How the connection is encrypted; none only to a server on this machine."
    )
    ca_file: FilePath | None = Field(
        None, description="Certificates of your own authority (PEM), where the server's is not from a public one."
    )
    username: str = Field(min_length=1, max_length=250, description="The account to log in with.")
    password: SecretStr | None = Field(
        None, description="Its password; an app password or authorisation code where the provider asks for one."
    )
    oauth_token: SecretStr | None = Field(
        None, description="An access token instead (XOAUTH2), where something else renews it."
    )
    oauth: OAuthSettings | None = Field(None, description="Or where to get access tokens (XOAUTH2).")
    folder: Folder = Field("INBOX", description="The folder that customers' mail is in.")
    sent_folder: Folder | None = Field(
        None, description="The folder of what your people sent, so that their answers are known."
    )
    since: AwareDatetime | None = Field(
        None, description="Mail that came before is never read; empty means 30 days before the first poll."
    )
    size_limit: int = Field(
        1_048_576,
        ge=16_384,
        le=26_214_400,
        description="Bytes of a mail that are read; attachments come last as a rule.",
    )
    own_addresses: tuple[Address, ...] = Field(
        min_length=1,
        description="Addresses that you and your people write from: such mail is no customer's.",
    )
    notice_domains: tuple[Annotated[str, Field(pattern=_DOMAIN)], ...] = Field(
        (),
        description="The e-mail connector's message_id_domain, to know answers to notices; "
        "empty means the domains of own_addresses.",
    )
    form_addresses: tuple[Address, ...] = Field(
        (), description="Senders of your web forms: their mail is read, and the customer is who Reply-To names."
    )
    keep_lists: bool = Field(
        False, description="Read mail of mailing lists, too; needed where the address itself is a group."
    )

    @field_validator("username", "password", "oauth_token")
    @classmethod
    def _one_line(cls, value: str | SecretStr | None) -> str | SecretStr | None:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if plain is not None and not (plain and plain.isprintable()):
            raise ValueError("must be visible characters, in one line")
        return value

    @field_validator("since")
    @classmethod
    def _in_our_time(cls, value: AwareDatetime | None) -> AwareDatetime | None:
        if value is not None and value.year < 1971:
            raise ValueError("must not lie before 1971")
        return value

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.security == "none" and not _LOOPBACK.fullmatch(self.host):
            raise ValueError("security none is for a server on this machine only")
        if sum(given is not None for given in (self.password, self.oauth_token, self.oauth)) != 1:
            raise ValueError("give one of password, oauth_token and oauth")
        if self.sent_folder == self.folder:
            raise ValueError("sent_folder is another folder than folder")
        return self

    @property
    def folders(self) -> tuple[str, ...]:
        """What is read, customers' mail first."""
        return (self.folder, self.sent_folder) if self.sent_folder else (self.folder,)

    @property
    def own_domains(self) -> frozenset[str]:
        """The domains of Message-IDs of our own notices."""
        named = self.notice_domains or tuple(address.rpartition("@")[2] for address in self.own_addresses)
        return frozenset(name.lower() for name in named)
