"""Signatures that others published: the formulas must yield exactly these. Others publish none: written down twice."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from vocbot.sdk.errors import BadSignature
from vocbot.sdk.proofs import Parts
from vocbot.sdk.schemes import SCHEMES
from vocbot.sdk.signing import sign, verify
from vocbot.sdk.wire import Request


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


SLACK = (  # docs.slack.dev, "Verifying requests from Slack"
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
WECOM = (  # developer.work.weixin.qq.com, the sample of the encryption library
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)
WECOM_XML = (
    f"<xml>\n<ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName><Encrypt><![CDATA[{WECOM}]]></Encrypt>\n"
    "<AgentID><![CDATA[218]]></AgentID>\n</xml>"
)

VECTORS = {
    "slack": (
        "slack",
        "8f742231b10e8888abcd99yyyzzz85a5",
        Request(
            "POST",
            "https://voc.example/hooks/slack",
            {
                "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
                "x-slack-request-timestamp": "1531420618",
            },
            SLACK.encode(),
        ),
        at(1531420618),
    ),
    # docs.github.com, "Validating webhook deliveries"
    "github": (
        "github",
        "It's a Secret to Everybody",
        Request(
            "POST",
            "",
            {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
            b"Hello, World!",
        ),
        at(0),
    ),
    # The reference vector of the Standard Webhooks libraries
    "standard_webhooks": (
        "standard_webhooks",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        Request(
            "POST",
            "",
            {
                "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
                "webhook-timestamp": "1614265330",
                "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            },
            b'{"test": 2432232314}',
        ),
        at(1614265330),
    ),
    "wecom message": (
        "wecom",
        "QDG6eK",
        Request(
            "POST",
            "",
            {},
            WECOM_XML.encode(),
            {
                "msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6",
                "timestamp": "1409659813",
                "nonce": "1372623149",
            },
        ),
        at(1409659813),
    ),
    "wecom set-up": (
        "wecom",
        "QDG6eK",
        Request(
            "GET",
            "",
            {},
            b"",
            {
                "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
                "timestamp": "1409659589",
                "nonce": "263014780",
                "echostr": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
            },
        ),
        at(1409659589),
    ),
}


@pytest.mark.parametrize("case", VECTORS)
def test_published_request(case: str) -> None:
    scheme, secret, request, now = VECTORS[case]
    verify(scheme, secret, request, now)
    with pytest.raises(BadSignature):
        body, echo = request.body.replace(b"e", b"f", 1), request.query.get("echostr", "").lower()
        query = {**request.query, "echostr": echo} if echo else request.query
        verify(scheme, secret, replace(request, body=body.replace(b"Ryp", b"Ryq"), query=query), now)


def test_zendesk_published_test_secret() -> None:
    """developer.zendesk.com publishes the secret; request and signature are from the tests of the Go client
    aaronellington/zendesk-go, whose timestamp "1234" is not of the form that Zendesk sends."""
    body = (
        '{\n\t"type": "zen:event-type:user.group_membership_created",\n\t"account_id": 12514403,\n'
        '\t"id": "6b9bbadf-5725-4e92-bebe-7b71011bf5f1",\n\t"subject": "zen:user:6596848315901",\n'
        '\t"time": "2099-07-04T05:33:18Z",\n\t"zendesk_event_version": "2022-06-20",\n\t"detail": {\n'
        '\t\t"created_at": "2099-07-04T05:27:58Z",\n\t\t"default_group_id": "0",\n'
        '\t\t"email": "user.name@example.com",\n\t\t"external_id": "",\n\t\t"id": "6596848315901",\n'
        '\t\t"organization_id": "0",\n\t\t"role": "end-user",\n\t\t"updated_at": "2099-07-04T05:33:18Z"\n\t},\n'
        '\t"event": { "group": { "id": "1" } }\n}\n'
    )
    parts = Parts(b"dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==", body.encode(), b"1234")
    assert SCHEMES["zendesk"].formula(parts) == "10IqYzYTLHRftNsNE+im0DeOM6/JactIRuy0XCHJ9B8="


def test_jwt_of_the_introduction_to_jwt() -> None:
    """jwt.io's token is sealed rightly and has no end, so that it must be refused for that and nothing else."""
    token = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
        "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    )
    request = Request("POST", "", {"authorization": f"Bearer {token}"}, b"")
    with pytest.raises(BadSignature, match="names no end"):
        verify("jira_jwt", "your-256-bit-secret", request, at(1516239022))


@pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [  # RFC 8032, 7.1, tests 2 and 3
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
)
def test_ed25519_of_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    body = bytes.fromhex(message)
    rule = SCHEMES["discord"]
    assert rule.formula(Parts(seed.encode(), body)) == signature
    assert rule.accepts(Parts(public.encode(), body), signature)
    assert not rule.accepts(Parts(public.encode(), body + b"!"), signature)


def hexed(message: bytes, key: bytes = b"key", digest: str = "sha256") -> str:
    return hmac.new(key, message, digest).hexdigest()


def based(message: bytes, key: bytes = b"key", digest: str = "sha256") -> str:
    return base64.b64encode(hmac.new(key, message, digest).digest()).decode()


TIME = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
IDENT = b"msg_" + hashlib.sha256(b"body").hexdigest()[:24].encode()
SPELLED = {  # as the senders' documents spell them; time is 1793696820 s
    "zendesk": based(b"2026-11-03T09:07:00Zbody"),
    "jira": "sha256=" + hexed(b"body"),
    "slack": "v0=" + hexed(b"v0:1793696820:body"),
    "intercom": "sha1=" + hexed(b"body", digest="sha1"),
    "hubspot": based(b"POSThttps://x.example/h,body1793696820000"),
    "front": based(b"1793696820000:body"),
    "helpscout": based(b"body", digest="sha1"),
    "chatwoot": "sha256=" + hexed(b"1793696820.body"),
    "zammad": "sha1=" + hexed(b"body", digest="sha1"),
    "github": "sha256=" + hexed(b"body"),
    "gitlab_token": "key",
    "gitlab": "v1," + based(IDENT + b".1793696820.body", base64.b64decode("a2V5")),
    "gitee_token": "key",
    "gitee": based(b"1793696820000\nkey"),
    "typeform": "sha256=" + based(b"body"),
    "surveymonkey": based(b"body", digest="sha1"),
    "shopify": based(b"body"),
    "standard_webhooks": "v1," + based(IDENT + b".1793696820.body", base64.b64decode("a2V5")),
    "discourse": "sha256=" + hexed(b"body"),
    "feishu": hashlib.sha256(b"1793696820" + IDENT + b"key" + b"body").hexdigest(),
    "dingtalk": based(b"1793696820000\nkey"),
    "telegram": "key",
    "redmine": "sha256=" + hexed(b"body"),
    "linear": hexed(b"body"),
    "asana": hexed(b"body"),
    "notion": "sha256=" + hexed(b"body"),
    "trello": based(b"bodyhttps://x.example/h%2C", digest="sha1"),
    "token": "key",
    "bearer": "Bearer key",
    "basic": "Basic a2V5",
}


def test_formulas_are_what_the_documents_spell() -> None:
    """No vector is published for most senders: at least the order of the parts is written down twice."""
    made = {
        name: sign(
            name,
            "a2V5" if name in ("gitlab", "standard_webhooks") else "key",
            b"body",
            TIME,
            url="https://x.example/h%2C",
        )
        for name in SPELLED
    }
    assert {name: made[name][SCHEMES[name].signature.lower()] for name in SPELLED} == SPELLED
    assert set(SCHEMES) - set(SPELLED) == {"jira_jwt", "wecom", "discord"}  # which have vectors above
