"""The table of webhook signatures: for every sender, what is signed, how, and where the proof and the time travel.

Data only; `vocbot.sdk.signing` decides with it. A new sender is a new row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from vocbot.sdk.proofs import (
    Check,
    Formula,
    Parts,
    basic,
    clock_message,
    ed25519,
    ed25519_check,
    feishu,
    gitee_check,
    hex_check,
    hubspot_message,
    jwt,
    jwt_check,
    mac,
    plain,
    same,
    standard_key,
    standard_message,
    template,
    wecom,
)


@dataclass(frozen=True)
class Time:
    """Where the signed time is: a header, a query parameter, a field of a JSON body or the claims of a token."""

    name: str
    unit: Literal["s", "ms", "iso"] = "s"
    where: Literal["request", "body", "token"] = "request"


@dataclass(frozen=True)
class Scheme:
    """How one sender proves that a request is its own.

    `signature` names the header (the query parameter where `in_query`) that holds `prefix` + proof; `several` says
    that it may hold more than one, parted by spaces. `time` is None where no time is signed. `ident` names the header
    or parameter of a signed id or nonce. `max_age` is in seconds, to both sides. `signs_body` is False where the proof
    says nothing of the body. `check` overrides the comparison where the proof cannot be computed from the secret.
    """

    signature: str
    formula: Formula
    prefix: str = ""
    time: Time | None = None
    ident: str = ""
    max_age: float = 300.0
    signs_body: bool = True
    signs_url: bool = False
    in_query: bool = False
    several: bool = False
    check: Check | None = None

    @property
    def replayable(self) -> bool:
        """A captured request is accepted for ever: only the event's id tells that it was there before."""
        return self.time is None

    def accepts(self, parts: Parts, given: str) -> bool:
        """Whether one given proof (without its prefix) is right."""
        return self.check(parts, given) if self.check else same(parts, given, self.formula)


def hmac_scheme(
    header: str,
    message: str = "{body}",
    *,
    digest: Literal["sha256", "sha1", "sha512"] = "sha256",
    encoding: Literal["hex", "base64"] = "hex",
    prefix: str = "",
    time: Time | None = None,
    ident: str = "",
    max_age: float = 300.0,
) -> Scheme:
    """The scheme of a sender that the table does not know: an HMAC over `message`, a template of {body}, {timestamp}
    and {id}. Raises ValueError for a message that leaves out the body, or names a part that travels nowhere, or none
    that does: a time that is not signed proves nothing."""
    if "{body}" not in message:
        raise ValueError("the message has no {body}: anybody could change it")
    for place, header_of_it in (("{timestamp}", time), ("{id}", ident)):
        if (place in message) != bool(header_of_it):
            raise ValueError(f"{place} in the message and a header for it go together")
    formula = mac(encoding, template(message), digest)
    check = hex_check(formula) if encoding == "hex" else None
    return Scheme(header, formula, prefix, time, ident, max_age, check=check)


def token_scheme(name: str, *, prefix: str = "", in_query: bool = False) -> Scheme:
    """The scheme of a sender that only shows a shared secret, in a header or a query parameter."""
    return Scheme(name, plain, prefix, signs_body=False, in_query=in_query)


_STANDARD = Scheme(
    "webhook-signature",
    mac("base64", standard_message, key=standard_key),
    prefix="v1,",
    time=Time("webhook-timestamp"),
    ident="webhook-id",
    several=True,
)
_HUB_256 = Scheme("X-Hub-Signature", mac("hex"), prefix="sha256=")
_HUB_SHA1 = Scheme("X-Hub-Signature", mac("hex", digest="sha1"), prefix="sha1=")

SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "zendesk": Scheme(
            "X-Zendesk-Webhook-Signature",
            mac("base64", lambda p: p.stamp + p.body),
            time=Time("X-Zendesk-Webhook-Signature-Timestamp", "iso"),
        ),
        "jira": _HUB_256,
        "jira_jwt": Scheme(
            "Authorization",
            jwt,
            prefix="Bearer ",
            time=Time("iat", where="token"),
            signs_body=False,
            check=jwt_check,
        ),
        "slack": Scheme(
            "X-Slack-Signature",
            mac("hex", lambda p: b"v0:" + p.stamp + b":" + p.body),
            prefix="v0=",
            time=Time("X-Slack-Request-Timestamp"),
        ),
        "intercom": _HUB_SHA1,
        "hubspot": Scheme(
            "X-HubSpot-Signature-v3",
            mac("base64", hubspot_message),
            time=Time("X-HubSpot-Request-Timestamp", "ms"),
            signs_url=True,
        ),
        "front": Scheme(
            "X-Front-Signature",
            mac("base64", lambda p: p.stamp + b":" + p.body),
            time=Time("X-Front-Request-Timestamp", "ms"),
        ),
        "helpscout": Scheme("X-HelpScout-Signature", mac("base64", digest="sha1")),
        "chatwoot": Scheme(
            "X-Chatwoot-Signature",
            mac("hex", lambda p: p.stamp + b"." + p.body),
            prefix="sha256=",
            time=Time("X-Chatwoot-Timestamp"),
        ),
        "zammad": _HUB_SHA1,
        "github": Scheme("X-Hub-Signature-256", mac("hex"), prefix="sha256="),
        "gitlab_token": Scheme("X-Gitlab-Token", plain, signs_body=False),
        "gitlab": _STANDARD,
        "gitee_token": Scheme("X-Gitee-Token", plain, signs_body=False),
        "gitee": Scheme(
            "X-Gitee-Token",
            mac("base64", clock_message),
            time=Time("X-Gitee-Timestamp", "ms"),
            max_age=3600.0,
            signs_body=False,
            check=gitee_check,
        ),
        "typeform": Scheme("Typeform-Signature", mac("base64"), prefix="sha256="),
        # The secret is "client_id&client_secret", as it stands.
        "surveymonkey": Scheme("Sm-Signature", mac("base64", digest="sha1")),
        "shopify": Scheme("X-Shopify-Hmac-SHA256", mac("base64")),
        "standard_webhooks": _STANDARD,
        "discourse": Scheme("X-Discourse-Event-Signature", mac("hex"), prefix="sha256="),
        "feishu": Scheme(
            "X-Lark-Signature",
            feishu,
            time=Time("X-Lark-Request-Timestamp"),
            ident="X-Lark-Request-Nonce",
        ),
        "dingtalk": Scheme(
            "sign",
            mac("base64", clock_message),
            time=Time("timestamp", "ms"),
            max_age=3600.0,
            signs_body=False,
        ),
        "wecom": Scheme("msg_signature", wecom, time=Time("timestamp"), ident="nonce", in_query=True),
        "telegram": Scheme("X-Telegram-Bot-Api-Secret-Token", plain, signs_body=False),
        # `verify` takes the application's public key, `sign` (tests, stand-ins) the private one; both 32 bytes in hex.
        "discord": Scheme("X-Signature-Ed25519", ed25519, time=Time("X-Signature-Timestamp"), check=ed25519_check),
        "redmine": Scheme("X-Redmine-Signature-256", mac("hex"), prefix="sha256="),
        # The header linear-timestamp is not signed; the body's is.
        "linear": Scheme(
            "Linear-Signature", mac("hex"), time=Time("webhookTimestamp", "ms", where="body"), max_age=60.0
        ),
        "asana": Scheme("X-Hook-Signature", mac("hex")),
        "notion": Scheme("X-Notion-Signature", mac("hex"), prefix="sha256="),
        "trello": Scheme("X-Trello-Webhook", mac("base64", lambda p: p.body + p.url.encode(), "sha1"), signs_url=True),
        # Senders that sign nothing but let their user add a header (Freshdesk, Azure DevOps, ...).
        "token": Scheme("X-Webhook-Token", plain, signs_body=False),
        "bearer": Scheme("Authorization", plain, prefix="Bearer ", signs_body=False),
        "basic": Scheme("Authorization", basic, prefix="Basic ", signs_body=False),
    }
)
