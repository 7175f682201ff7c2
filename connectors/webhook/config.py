"""The settings of signed webhooks: how senders prove themselves, where their words stand, and where ours are sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from vocbot.sdk.mapping import Expression, FieldMap, TimeFormat, Times, Zone
from vocbot.sdk.schemes import SCHEMES, Scheme, Time, hmac_scheme, token_scheme
from vocbot.sdk.signing import sign

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
_HOST = re.compile(r"[\w.-]+|[0-9A-Fa-f:]+")
_SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_OWN = ("header", "prefix", "algorithm", "encoding", "message", "timestamp_header", "id_header", "query_parameter")

HeaderName = Annotated[str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", max_length=100)]
Target = Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,100}$")]

# What vocbot itself understands without any mapping.
NEUTRAL = FieldMap(
    id="id",
    text="text",
    event=None,
    time="time",
    author="author.handle",
    author_name="author.name",
    author_email="author.email",
    author_phone="author.phone",
    score="score",
    channel="channel",
    public="public",
    conversation="conversation",
    revision="revision",
    attributes="attributes",
)


class WebhookSettings(BaseModel):
    """Any system that can send or take a signed webhook. Set secrets to receive, urls and send_secret to send."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    scheme: str = Field(
        "standard",
        description="How a sender proves itself: standard (Standard Webhooks), hmac (described by the settings below), "
        "token (shows a shared secret; proves nothing of the body), or a sender that vocbot knows, such as github, "
        "gitlab, gitee, chatwoot, typeform, shopify, discourse, intercom, hubspot.",
    )
    secrets: tuple[SecretStr, ...] = Field(
        (), description="Secrets of the senders; more than one while you change it. None: nothing is received."
    )
    header: HeaderName | None = Field(
        None, description="hmac: the header of the signature. token: the header of the token, else X-Webhook-Token."
    )
    query_parameter: Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,100}$")] | None = Field(
        None,
        description="token, for systems that can add no header: the token stands in the address as ?NAME=, and so in "
        "the logs of every proxy.",
    )
    prefix: str = Field("", description="hmac and token: what stands before it in the header, such as sha256=.")
    algorithm: Literal["sha256", "sha1", "sha512"] = Field("sha256", description="hmac: the hash.")
    encoding: Literal["hex", "base64"] = Field("hex", description="hmac: how the signature is written.")
    message: str = Field(
        "{body}", description="hmac: what is signed, of {body}, {timestamp} and {id}, such as '{timestamp}.{body}'."
    )
    timestamp_header: HeaderName | None = Field(None, description="hmac: the header of the signed time.")
    timestamp_unit: Literal["s", "ms", "iso"] = Field(
        "s", description="hmac: the signed time is written as s (Unix seconds), ms (milliseconds) or iso."
    )
    id_header: HeaderName | None = Field(None, description="hmac: the header of the signed id.")
    tolerance: float | None = Field(
        None, gt=0, le=86_400, description="Seconds by which a signed time may be off; none: what the scheme says."
    )
    event_id: Expression | None = Field(
        None, description="Where in the body the delivery's own id is, the same when it is sent again."
    )
    event_id_header: HeaderName | None = Field(
        None, description="Or the header of it, such as X-GitHub-Delivery. Else a delivery is named by its body."
    )
    form_json: str | None = Field(
        None, description="Form bodies: the field that holds everything as JSON, such as payload."
    )
    items: Expression | None = Field(
        None, description="Bodies with several items: where their list is. A body that is a list needs nothing."
    )
    when: Expression | None = Field(
        None, description="Only items of which this is true are taken, such as event == 'review'; others are ignored."
    )
    map: FieldMap | None = Field(
        None, description="Where in an item its parts are. Without it, vocbot's own form is expected (README)."
    )
    time_format: TimeFormat = Field(
        "iso",
        description="How times are written: iso, unix (seconds), unix_ms, rfc2822, or a pattern such as "
        "%Y-%m-%d %H:%M:%S.",
    )
    tz: Zone = Field("UTC", description="Zone of times that name none, such as Asia/Shanghai.")
    channel: Annotated[str, StringConstraints(min_length=1, max_length=40)] = Field(
        "webhook", description="How customers come, where no item says it: survey."
    )
    public: bool = Field(False, description="Whether everybody can read the items, where none says it.")

    urls: dict[Target, str] = Field(
        default={}, description="Where messages are posted, by a name that digests and reports use as their target."
    )
    send_secret: SecretStr | None = Field(None, description="What we sign with; whsec_... for standard.")
    send_scheme: Literal["standard", "hmac", "token"] = Field(
        "standard",
        description="How we sign: standard (Standard Webhooks), hmac (sha256= and hex over the body, in send_header), "
        "token (the secret itself, in send_header).",
    )
    send_header: HeaderName | None = Field(
        None, description="hmac: else X-Hub-Signature-256. token: else Authorization, with Bearer before it."
    )
    expect: Expression | None = Field(
        None,
        description="What must be true of the JSON answer, such as code == `0`, for receivers that answer 200 to "
        "everything. None: each 2xx is a yes.",
    )
    max_bytes: int = Field(
        262_144, ge=4096, le=10_000_000, description="Most bytes of a message that we post; its text is cut to fit."
    )

    @field_validator("scheme")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in ("standard", "hmac", "token") and value not in SCHEMES:
            raise ValueError(f"write standard, hmac, token, or one of {', '.join(sorted(SCHEMES))}")
        return value

    @field_validator("urls")
    @classmethod
    def _encrypted(cls, value: dict[str, str]) -> dict[str, str]:
        for name, url in value.items():
            try:
                parts = urlsplit(url)
                plain = parts.scheme == "http" and _LOOPBACK.fullmatch(parts.hostname or "")
                good = (parts.scheme == "https" or plain) and _HOST.fullmatch(parts.hostname or "") and parts.port != 0
            except ValueError:
                good = False
            if not good or "@" in parts.netloc or parts.fragment or re.search(r"\s", url):
                raise ValueError(f"{name}: must be an https address without user name (http only on this machine)")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.secrets and not self.urls:
            raise ValueError("give secrets to receive webhooks, or urls and send_secret to send them")
        if bool(self.urls) != (self.send_secret is not None):
            raise ValueError("urls and send_secret go together")
        given = self.model_fields_set.intersection(_OWN)
        allowed = {"hmac": set(_OWN) - {"query_parameter"}, "token": {"header", "prefix", "query_parameter"}}
        odd = sorted(given - allowed.get(self.scheme, set()))
        if odd:
            raise ValueError(f"{', '.join(odd)}: not used by scheme {self.scheme}")
        if self.scheme == "token" and self.query_parameter and (self.header or self.prefix):
            raise ValueError("the token stands either in a header or in query_parameter")
        if self.event_id and self.event_id_header:
            raise ValueError("give event_id or event_id_header")
        if self.send_scheme == "standard" and self.send_header:
            raise ValueError("send_header: not used by send_scheme standard")
        if self.scheme == "hmac" and not self.header:
            raise ValueError("scheme hmac needs header: the name of the header that holds the signature")
        _ = self.rule
        for name, rule, secret in self._keys():
            problem = usable(rule, secret)
            if problem:
                raise ValueError(f"{name}: {problem}")
        return self

    def _keys(self) -> list[tuple[str, Scheme, str]]:
        keys = [(f"secrets.{place}", self.rule, key.get_secret_value()) for place, key in enumerate(self.secrets)]
        if self.send_secret:
            keys.append(("send_secret", self.send_rule, self.send_secret.get_secret_value()))
        return keys

    @cached_property
    def rule(self) -> Scheme:
        """How senders prove themselves."""
        if self.scheme == "token":
            if self.query_parameter:
                return token_scheme(self.query_parameter, in_query=True)
            return token_scheme(self.header or "X-Webhook-Token", prefix=self.prefix)
        if self.scheme == "hmac":
            return hmac_scheme(
                self.header or "",
                self.message,
                digest=self.algorithm,
                encoding=self.encoding,
                prefix=self.prefix,
                time=Time(self.timestamp_header, self.timestamp_unit) if self.timestamp_header else None,
                ident=self.id_header or "",
            )
        return SCHEMES["standard_webhooks" if self.scheme == "standard" else self.scheme]

    @cached_property
    def send_rule(self) -> Scheme:
        """How we prove ourselves."""
        if self.send_scheme == "standard":
            return SCHEMES["standard_webhooks"]
        if self.send_scheme == "hmac":
            return hmac_scheme(self.send_header or "X-Hub-Signature-256", prefix="sha256=")
        if self.send_header:
            return token_scheme(self.send_header)
        return token_scheme("Authorization", prefix="Bearer ")

    @property
    def fields(self) -> FieldMap:
        """Where the parts of an item are."""
        return self.map or NEUTRAL

    @property
    def times(self) -> Times:
        """How times are read."""
        return Times(self.time_format, self.tz)


def usable(rule: Scheme, secret: str) -> str:
    """What is wrong with a secret for this scheme; "" where it will do. Says nothing of the secret itself."""
    try:
        proof = sign(rule, secret, b"{}", _SOME_TIME).values()
    except ValueError:
        return "has not the form that the scheme uses (standard: whsec_ and base64)" if secret else "is empty"
    if not all(value.isascii() and value.isprintable() for value in proof):
        return "cannot stand in a header: it must be of ASCII characters on one line"
    return ""
