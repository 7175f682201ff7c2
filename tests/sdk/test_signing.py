"""Every scheme: what was signed passes, whatever was changed does not, and no error tells a secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from vocbot.sdk.errors import BadSignature
from vocbot.sdk.proofs import Parts
from vocbot.sdk.schemes import SCHEMES, Scheme, Time, hmac_scheme, token_scheme
from vocbot.sdk.signing import equal, sign, verify
from vocbot.sdk.wire import Request

NOW = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
URL = "https://voc.example/hooks/x?team=a%2Cb&x=%20y"
NAMES = sorted(SCHEMES)
ALL = pytest.mark.parametrize("name", NAMES)
TIMED = pytest.mark.parametrize("name", [n for n in NAMES if SCHEMES[n].time])
SEED = bytes(range(32)).hex()
FEW = settings(max_examples=40)  # times every scheme


def secrets_of(name: str, word: str) -> tuple[str, str]:
    """A pair of the secret that signs and the one that verifies; they differ for public-key schemes only."""
    if name in ("gitlab", "standard_webhooks"):
        secret = "whsec_" + base64.b64encode((word.encode() * 24)[:24]).decode()
        return secret, secret
    if name == "discord":
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SEED))
        return SEED, key.public_key().public_bytes_raw().hex()
    return word, word


def body_of(name: str, payload: bytes, at: datetime = NOW) -> bytes:
    """A body as the sender writes it around `payload`."""
    if name == "wecom":
        sealed = base64.b64encode(payload).decode() or "AA=="
        return f"<xml><ToUserName><![CDATA[x]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
    if name == "linear":
        return json.dumps({"data": payload.hex(), "webhookTimestamp": int(at.timestamp() * 1000)}).encode()
    return payload


def signed(name: str, secret: str, body: bytes, at: datetime = NOW) -> Request:
    added = sign(name, secret, body, at, url=URL)
    if SCHEMES[name].in_query:
        return Request("POST", URL, {}, body, added)
    return Request("POST", URL, {"content-type": "application/json", **added}, body)


def with_proof(request: Request, name: str, change: str, key: str | None = None) -> Request:
    rule = SCHEMES[name]
    if rule.in_query:
        return replace(request, query={**request.query, key or rule.signature: change})
    return replace(request, headers={**request.headers, (key or rule.signature).lower(): change})


def given_proof(request: Request, name: str) -> str:
    rule = SCHEMES[name]
    return request.query[rule.signature] if rule.in_query else request.headers[rule.signature.lower()]


def refused(name: str, secret: str, request: Request, now: datetime = NOW, max_age: float | None = None) -> str:
    with pytest.raises(BadSignature) as caught:
        verify(name, secret, request, now, max_age)
    assert secret not in str(caught.value)
    return str(caught.value)


@ALL
@FEW
@given(payload=st.binary(max_size=200), word=st.text(min_size=1, alphabet=st.characters(codec="utf-8")))
def test_what_a_sender_signs_is_accepted(name: str, payload: bytes, word: str) -> None:
    secret, check = secrets_of(name, word)
    verify(name, check, signed(name, secret, body_of(name, payload)), NOW)


@ALL
@FEW
@given(payload=st.binary(min_size=1, max_size=60), place=st.integers(0, 10_000), mask=st.integers(1, 255))
def test_a_changed_body_is_refused_where_the_body_is_signed(name: str, payload: bytes, place: int, mask: int) -> None:
    secret, check = secrets_of(name, "s3cret-word")
    request = signed(name, secret, body_of(name, payload))
    changed = bytearray(payload)
    changed[place % len(changed)] ^= mask
    tampered = replace(request, body=body_of(name, bytes(changed)))
    if SCHEMES[name].signs_body:
        assert refused(name, check, tampered) == "signature does not match"
    else:
        verify(name, check, tampered, NOW)


@ALL
@FEW
@given(place=st.integers(0, 10_000), other=st.characters(codec="ascii", min_codepoint=33))
def test_another_secret_is_refused(name: str, place: int, other: str) -> None:
    secret, check = secrets_of(name, "s3cret-word-long-enough")
    request = signed(name, secret, body_of(name, b"{}"))
    start = len("whsec_") if check.startswith("whsec_") else 0
    at = start + place % (len(check) - start)
    wrong = check[:at] + other + check[at + 1 :]
    if wrong != check and (name != "discord" or wrong.lower() != check):
        refused(name, wrong, request)


@ALL
@FEW
@given(place=st.integers(0, 10_000), other=st.characters(codec="utf-8"))
def test_a_changed_signature_is_refused(name: str, place: int, other: str) -> None:
    secret, check = secrets_of(name, "s3cret-word")
    request = signed(name, secret, body_of(name, b'{"a": 1}'))
    proof = given_proof(request, name)
    at = place % len(proof)
    wrong = proof[:at] + other + proof[at + 1 :]
    same_bytes = name == "discord" and wrong.lower() == proof
    unused_bits = name == "jira_jwt" and at == len(proof) - 1
    if wrong != proof and not same_bytes and not unused_bits:
        refused(name, check, with_proof(request, name, wrong))


@ALL
def test_missing_parts_are_named(name: str) -> None:
    rule = SCHEMES[name]
    secret, check = secrets_of(name, "s3cret-word")
    request = signed(name, secret, body_of(name, b"{}"))
    needed = [rule.signature, rule.ident]
    if rule.time and rule.time.where == "request":
        needed.append(rule.time.name)
    for field in filter(None, needed):
        what = f"{'parameter' if rule.in_query else 'header'} {field} missing"
        headers = {k: v for k, v in request.headers.items() if k != field.lower()}
        query = {k: v for k, v in request.query.items() if k != field}
        assert refused(name, check, replace(request, headers=headers, query=query)) == what
        assert refused(name, check, with_proof(request, name, "", field)) == what


@TIMED
@pytest.mark.parametrize("direction", [-1, 1])
def test_the_window_holds_to_both_sides(name: str, direction: int) -> None:
    rule = SCHEMES[name]
    secret, check = secrets_of(name, "s3cret-word")
    window = rule.max_age

    def request(seconds: float) -> Request:
        at = NOW + timedelta(seconds=direction * seconds)
        return signed(name, secret, body_of(name, b"{}", at), at)

    inside = 170 if name == "jira_jwt" and direction < 0 else window - 1
    verify(name, check, request(inside), NOW)
    side = "old" if direction < 0 else "ahead"
    assert refused(name, check, request(window + 2)) == f"timestamp is {window + 2:.0f} s {side}, {window:.0f} allowed"
    assert refused(name, check, request(86_400)).startswith("timestamp is 86400 s")
    assert refused(name, check, request(31), max_age=30) == f"timestamp is 31 s {side}, 30 allowed"


@TIMED
@FEW
@given(shift=st.integers(1, 200))
def test_a_changed_timestamp_is_refused_although_it_is_fresh(name: str, shift: int) -> None:
    rule = SCHEMES[name]
    if not rule.time or rule.time.where != "request":
        return
    secret, check = secrets_of(name, "s3cret-word")
    request = signed(name, secret, body_of(name, b"{}"))
    later = sign(name, secret, body_of(name, b"{}"), NOW + timedelta(seconds=shift), url=URL)
    stamp = later[rule.time.name.lower()]
    assert refused(name, check, with_proof(request, name, stamp, rule.time.name)) == "signature does not match"


@pytest.mark.parametrize("name", [n for n in NAMES if SCHEMES[n].ident])
def test_a_changed_id_is_refused(name: str) -> None:
    secret, check = secrets_of(name, "s3cret-word")
    request = signed(name, secret, body_of(name, b"{}"))
    assert refused(name, check, with_proof(request, name, "other", SCHEMES[name].ident)) == "signature does not match"


@pytest.mark.parametrize("name", [n for n in NAMES if SCHEMES[n].signs_url])
def test_a_changed_address_is_refused(name: str) -> None:
    secret, check = secrets_of(name, "s3cret-word")
    request = replace(signed(name, secret, b"{}"), url=URL + "&admin=1")
    assert refused(name, check, request) == "signature does not match"


@pytest.mark.parametrize(
    "stamp", ["", "soon", "-5", "+5", " 5", "1_000", "١٢٣", "1e9", "9" * 17, "nan", "2026-11-03T09:07:00"]
)
@pytest.mark.parametrize("name", [n for n in NAMES if (t := SCHEMES[n].time) and t.where == "request"])
def test_a_time_that_is_none_is_refused_even_when_it_is_signed(name: str, stamp: str) -> None:
    rule = SCHEMES[name]
    assert rule.time is not None
    secret, check = secrets_of(name, "s3cret-word")
    body = body_of(name, b"{}")
    ident = sign(name, secret, body, NOW).get(rule.ident.lower(), "")
    parts = Parts(secret.encode(), body, stamp.encode(), ident.encode(), "POST", URL)
    request = with_proof(signed(name, secret, body), name, stamp, rule.time.name)
    request = with_proof(request, name, rule.prefix + rule.formula(parts))
    expected = "missing" if not stamp else "is not a time"
    assert refused(name, check, request).endswith(expected)


def test_every_scheme_says_what_it_cannot_protect() -> None:
    body_is_free = {n for n in NAMES if not SCHEMES[n].signs_body}
    tokens = {"gitlab_token", "gitee_token", "telegram", "token", "bearer", "basic"}
    assert body_is_free == tokens | {"jira_jwt", "gitee", "dingtalk"}
    assert {n for n in NAMES if SCHEMES[n].replayable} == tokens | {
        "jira", "intercom", "helpscout", "zammad", "github", "typeform", "surveymonkey", "shopify", "discourse",
        "redmine", "asana", "notion", "trello",
    }  # fmt: skip


@ALL
def test_an_empty_secret_proves_nothing(name: str) -> None:
    secret, _ = secrets_of(name, "x")
    request = signed(name, secret, body_of(name, b"{}"))
    with pytest.raises(BadSignature, match="no secret is configured"):
        verify(name, "", request, NOW)
    with pytest.raises(ValueError, match="needs a secret"):
        sign(name, "", b"{}", NOW)


@pytest.mark.parametrize("name", ["standard_webhooks", "discord"])
def test_a_secret_of_the_wrong_form_refuses_and_does_not_crash(name: str) -> None:
    request = signed(name, secrets_of(name, "x")[0], b"{}")
    assert refused(name, "whsec_not!base64", request) == f"the configured secret has not the form that {name} uses"


@ALL
@pytest.mark.parametrize("odd", ["é", "\udcff", "签名", "\x00", "v1, v1,", "Bearer .", "a.b.c", "=" * 9, "9" * 5000])
def test_odd_headers_are_refused_not_crashed_on(name: str, odd: str) -> None:
    secret, check = secrets_of(name, "s3cret-word")
    request = signed(name, secret, body_of(name, b"{}"))
    refused(name, check, with_proof(request, name, odd))
    refused(name, check, with_proof(request, name, SCHEMES[name].prefix + odd))


def test_signing_again_keeps_the_id_and_another_body_changes_it() -> None:
    secret, _ = secrets_of("standard_webhooks", "x")
    first = sign("standard_webhooks", secret, b"{}", NOW)
    again = sign("standard_webhooks", secret, b"{}", NOW + timedelta(hours=1))
    other = sign("standard_webhooks", secret, b"[]", NOW)
    assert first["webhook-id"] == again["webhook-id"] != other["webhook-id"]


def test_times_of_any_zone_are_the_same_moment() -> None:
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    for name in ("zendesk", "slack", "front"):
        assert sign(name, "s", b"{}", shanghai) == sign(name, "s", b"{}", NOW)
        verify(name, "s", signed(name, "s", b"{}"), shanghai)


def test_one_of_several_signatures_is_enough() -> None:
    secret, check = secrets_of("standard_webhooks", "new")
    request = signed("standard_webhooks", secret, b"{}")
    proof = given_proof(request, "standard_webhooks")
    verify("standard_webhooks", check, with_proof(request, "standard_webhooks", f"v1,b2xk v1a,x {proof}"), NOW)
    refused("standard_webhooks", check, with_proof(request, "standard_webhooks", "v1,b2xk v2,bmV3"))


def test_linear_takes_its_time_from_the_signed_body_not_from_the_header() -> None:
    old = NOW - timedelta(hours=1)
    request = signed("linear", "s3cret", body_of("linear", b"{}", old))
    fresh = replace(request, headers={**request.headers, "linear-timestamp": str(int(NOW.timestamp() * 1000))})
    assert refused("linear", "s3cret", fresh) == "timestamp is 3600 s old, 60 allowed"
    for body in (b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"webhookTimestamp": null}'):
        assert refused("linear", "s3cret", signed("linear", "s3cret", body)) == "webhookTimestamp is not a time"


def jwt(claims: object, secret: str = "s3cret", header: object = None) -> Request:
    def part(value: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    head = {"alg": "HS256"} if header is None else header
    text = part(head) + b"." + part(claims)
    seal = base64.urlsafe_b64encode(hmac.new(secret.encode(), text, "sha256").digest()).rstrip(b"=")
    return Request("POST", URL, {"authorization": f"Bearer {(text + b'.' + seal).decode()}"}, b"{}")


def test_a_token_must_end_and_must_be_made_for_this() -> None:
    now = NOW.timestamp()
    verify("jira_jwt", "s3cret", jwt({"iat": int(now), "exp": now + 60}), NOW)
    ended = "token has expired or names no end"
    assert refused("jira_jwt", "s3cret", jwt({"iat": int(now) - 100, "exp": int(now)})) == ended
    assert refused("jira_jwt", "s3cret", jwt({"iat": int(now)})) == ended
    assert refused("jira_jwt", "s3cret", jwt({"iat": int(now), "exp": "never"})) == ended
    assert refused("jira_jwt", "s3cret", jwt({"iat": int(now), "exp": float("nan")})) == ended
    assert refused("jira_jwt", "s3cret", jwt({"exp": now + 60})) == "iat is not a time"
    assert refused("jira_jwt", "s3cret", jwt([])) == "iat is not a time"
    unsealed = "signature does not match"
    good = {"iat": int(now), "exp": int(now) + 60}
    assert refused("jira_jwt", "s3cret", jwt(good, secret="other")) == unsealed
    assert refused("jira_jwt", "s3cret", jwt(good, header={"alg": "none"})) == unsealed
    assert refused("jira_jwt", "s3cret", jwt(good, header={"alg": "HS512"})) == unsealed
    assert refused("jira_jwt", "s3cret", jwt(good, header=[])) == unsealed


def test_gitee_is_read_with_and_without_percent_encoding() -> None:
    request = signed("gitee", "s3cret+/", b"{}")
    proof = given_proof(request, "gitee")
    encoded = proof.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    assert encoded != proof
    verify("gitee", "s3cret+/", with_proof(request, "gitee", encoded), NOW)


def test_hubspot_signs_the_address_with_some_characters_decoded() -> None:
    sent, seen = "https://x.example/a?q=1%2C2%40%20%26", "https://x.example/a?q=1,2@%20%26"
    assert sign("hubspot", "s", b"", NOW, url=sent) == sign("hubspot", "s", b"", NOW, url=seen)
    assert sign("hubspot", "s", b"", NOW, url=sent) != sign("hubspot", "s", b"", NOW, url=sent.replace("%20", " "))
    assert sign("hubspot", "s", b"", NOW, url=sent) != sign("hubspot", "s", b"", NOW, url=sent, method="GET")


def test_wecom_signs_the_echo_string_of_the_set_up_call() -> None:
    url = "https://x.example/kf?echostr=P9nAz%2Bq%3D%3D"
    added = sign("wecom", "token", b"", NOW, url=url, method="GET")
    verify("wecom", "token", Request("GET", url, {}, b"", {**added, "echostr": "P9nAz+q=="}), NOW)
    assert refused("wecom", "token", Request("GET", url, {}, b"", {**added, "echostr": "other"}))


def test_wecom_without_anything_encrypted_is_refused() -> None:
    plain_mode = hashlib.sha1(b"".join(sorted([b"token", b"1793696820", b"nonce"]))).hexdigest()
    query = {"msg_signature": plain_mode, "timestamp": "1793696820", "nonce": "nonce"}
    for request in (
        Request("POST", "", {}, b"<xml><Content>hi</Content></xml>", query),
        Request("GET", "", {}, b"", query),
    ):
        assert refused("wecom", "token", request, datetime.fromtimestamp(1793696820, UTC)) == "signature does not match"


def test_a_token_in_a_body_or_address_is_compared_whole() -> None:
    assert equal("abc", "abc")
    for given_ in ("", "ab", "abcd", "ABC", "äbc", "\udcff"):
        assert not equal(given_, "abc")
    assert not equal("", "")


# -- schemes that the table does not have

DIGESTS = [("sha256", hashlib.sha256), ("sha1", hashlib.sha1), ("sha512", hashlib.sha512)]


def own(rule: Scheme, secret: str, body: bytes, at: datetime = NOW, ident: str = "") -> Request:
    return Request("POST", URL, sign(rule, secret, body, at, ident=ident), body)


@pytest.mark.parametrize(("name", "digest"), DIGESTS)
def test_an_hmac_of_ones_own_is_what_others_compute(name: str, digest: object) -> None:
    body, stamp = "好".encode(), str(int(NOW.timestamp()))
    raw = hmac.new("密".encode(), f"msg_7.{stamp}.".encode() + body, digest)  # type: ignore[arg-type]
    time = Time("X-Time")
    for encoding, proof in (("hex", raw.hexdigest()), ("base64", base64.b64encode(raw.digest()).decode())):
        rule = hmac_scheme(
            "X-Sign", "{id}.{timestamp}.{body}", digest=name, encoding=encoding, prefix="v=", time=time, ident="X-Id"
        )
        assert sign(rule, "密", body, NOW, ident="msg_7") == {"x-sign": f"v={proof}", "x-time": stamp, "x-id": "msg_7"}
        verify(rule, "密", own(rule, "密", body, ident="msg_7"), NOW)


@FEW
@given(st.binary(max_size=40), st.sampled_from(["{body}", "{timestamp}{body}", "a{body}{body}b"]))
def test_an_hmac_of_ones_own_covers_body_and_time(body: bytes, message: str) -> None:
    timed = "{timestamp}" in message
    rule = hmac_scheme("X-Sign", message, time=Time("X-Time", "ms") if timed else None, max_age=60)
    request = own(rule, "key", body)
    verify(rule, "key", request, NOW)
    for bad in (replace(request, body=body + b" "), with_header(request, "x-sign", "0" * 64)):
        with pytest.raises(BadSignature, match="does not match"):
            verify(rule, "key", bad, NOW)
    assert rule.replayable is not timed
    if timed:
        with pytest.raises(BadSignature, match="61 s old"):
            verify(rule, "key", request, NOW + timedelta(seconds=61))
        with pytest.raises(BadSignature, match="does not match"):
            verify(rule, "key", with_header(request, "x-time", str(int(NOW.timestamp() * 1000) + 1)), NOW)


def with_header(request: Request, name: str, value: str) -> Request:
    return replace(request, headers={**request.headers, name: value})


def test_hex_in_capital_letters_is_the_same_proof_and_base64_is_not() -> None:
    for encoding, same_proof in (("hex", True), ("base64", False)):
        rule = hmac_scheme("X-Sign", encoding=encoding)  # type: ignore[arg-type]
        request = own(rule, "key", b"{}")
        loud = with_header(request, "x-sign", request.headers["x-sign"].upper())
        if same_proof:
            verify(rule, "key", loud, NOW)
        else:
            with pytest.raises(BadSignature):
                verify(rule, "key", loud, NOW)


@pytest.mark.parametrize(
    ("message", "options", "what"),
    [
        ("{timestamp}", {"time": Time("X-Time")}, "no {body}"),
        ("{body}", {"time": Time("X-Time")}, "{timestamp} in the message and a header"),
        ("{timestamp}.{body}", {}, "{timestamp} in the message and a header"),
        ("{id}{body}", {}, "{id} in the message and a header"),
        ("{body}", {"ident": "X-Id"}, "{id} in the message and a header"),
        ("{body}{nonce}", {}, "no other brackets"),
        ("{body}}", {}, "no other brackets"),
    ],
)
def test_a_message_that_proves_nothing_is_refused(message: str, options: dict[str, object], what: str) -> None:
    with pytest.raises(ValueError, match=re.escape(what)):
        hmac_scheme("X-Sign", message, **options)  # type: ignore[arg-type]


def test_a_token_of_ones_own_is_compared_whole_wherever_it_stands() -> None:
    header = token_scheme("X-Key", prefix="Key ")
    verify(header, "s3cret", Request("POST", URL, {"x-key": "Key s3cret"}, b"anything"), NOW)
    query = token_scheme("token", in_query=True)
    verify(query, "s3cret", Request("POST", URL, {}, b"", {"token": "s3cret"}), NOW)
    for rule in (header, query):
        assert not rule.signs_body
        for bad in ("", "s3cre", "s3crett", "S3cret", "Key Key s3cret", "é\udcff"):
            request = Request("POST", URL, {"x-key": bad}, b"", {"token": bad})
            with pytest.raises(BadSignature):
                verify(rule, "s3cret", request, NOW)


def test_a_sender_may_name_its_message_itself() -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    one, two = (sign("standard_webhooks", secret, b"{}", NOW, ident=name) for name in ("msg_1", "msg_2"))
    assert (one["webhook-id"], two["webhook-id"]) == ("msg_1", "msg_2")
    assert one["webhook-signature"] != two["webhook-signature"]
    assert sign("standard_webhooks", secret, b"{}", NOW)["webhook-id"].startswith("msg_")
