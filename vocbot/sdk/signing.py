"""Is this request from who it says? One `verify` for every sender; and `sign`, for stand-ins and our own webhooks.

The only place that compares secrets. An error names the header and the rule, never a secret or a signature.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from vocbot.sdk.errors import BadSignature
from vocbot.sdk.proofs import Parts, token_part
from vocbot.sdk.schemes import SCHEMES, Scheme
from vocbot.sdk.wire import Request

__all__ = ["SCHEMES", "Scheme", "equal", "sign", "verify"]

_NUMBER = re.compile(r"[0-9]{1,16}")  # int() would also take signs, spaces, underscores and other scripts' digits


def verify(scheme: str | Scheme, secret: str, request: Request, now: datetime, max_age: float | None = None) -> None:
    """Raise BadSignature unless `request` is authentic under `secret` and, where its time is signed, fresh.

    `scheme` is a key of SCHEMES or a scheme of its own. `max_age` (seconds to both sides of `now`) replaces the
    scheme's own.
    """
    rule = SCHEMES[scheme] if isinstance(scheme, str) else scheme
    if not secret:
        raise BadSignature("no secret is configured")
    source = request.query if rule.in_query else request.headers
    given = _field(rule, source, rule.signature)
    parts = Parts(
        secret.encode(),
        request.body,
        _bytes(_field(rule, source, rule.time.name)) if rule.time and rule.time.where == "request" else b"",
        _bytes(_field(rule, source, rule.ident)) if rule.ident else b"",
        request.method,
        request.url,
        request.query,
    )
    proofs = given.split(" ") if rule.several else [given]
    proofs = [proof.removeprefix(rule.prefix) for proof in proofs if proof.startswith(rule.prefix)]
    if not proofs:
        raise BadSignature(f"{_name(rule, rule.signature)} does not begin with {rule.prefix!r}")
    try:
        proven = [proof for proof in proofs if rule.accepts(parts, proof)]
    except ValueError:
        which = scheme if isinstance(scheme, str) else "the scheme"
        raise BadSignature(f"the configured secret has not the form that {which} uses") from None
    if not proven:
        raise BadSignature("signature does not match")
    if rule.time:
        _fresh(rule, parts, proven[0], now, rule.max_age if max_age is None else max_age)


def sign(
    scheme: str | Scheme,
    secret: str,
    body: bytes,
    now: datetime,
    *,
    url: str = "",
    method: str = "POST",
    ident: str = "",
) -> dict[str, str]:
    """The headers (query parameters where the scheme is `in_query`) that the sender adds; names in lower case.

    An id or nonce that is not given is derived from the body, so that the same event signed again keeps its name.
    Where the time is a field of the body, the caller has put it there. Raises ValueError for a secret the scheme
    cannot use.
    """
    rule = SCHEMES[scheme] if isinstance(scheme, str) else scheme
    if not secret:
        raise ValueError("signing needs a secret")
    ident = ident or f"msg_{hashlib.sha256(body).hexdigest()[:24]}"
    stamp = _stamp(rule, now)
    parts = Parts(
        secret.encode(),
        body,
        stamp.encode(),
        ident.encode(),
        method,
        url,
        dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)),
    )
    added = {rule.signature: rule.prefix + rule.formula(parts)}
    if rule.time and rule.time.where == "request":
        added[rule.time.name] = stamp
    if rule.ident:
        added[rule.ident] = ident
    return {name.lower(): value for name, value in added.items()}


def equal(given: str, secret: str) -> bool:
    """Whether a token that came in a body or an address is the configured one, in constant time; never for ""."""
    return bool(secret) and hmac.compare_digest(_bytes(given), secret.encode())


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _name(rule: Scheme, name: str) -> str:
    return f"{'parameter' if rule.in_query else 'header'} {name}"


def _field(rule: Scheme, source: Mapping[str, str], name: str) -> str:
    value = source.get(name if rule.in_query else name.lower())
    if not value:
        raise BadSignature(f"{_name(rule, name)} missing")
    return value


def _stamp(rule: Scheme, now: datetime) -> str:
    if rule.time and rule.time.unit == "iso":
        return now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(int(now.timestamp() * (1000 if rule.time and rule.time.unit == "ms" else 1)))


def _fresh(rule: Scheme, parts: Parts, proof: str, now: datetime, max_age: float) -> None:
    """Raise BadSignature unless the signed time is within `max_age` seconds of now; a token's end counts too."""
    assert rule.time is not None
    claims: Mapping[str, object] = {}
    if rule.time.where == "request":
        value: object = parts.stamp.decode()
    elif rule.time.where == "token":
        claims = token_part(proof, 1)
        value = claims.get(rule.time.name)
    else:
        value = _body_field(parts.body, rule.time.name)
    age = now.timestamp() - _seconds(value, rule)
    if abs(age) > max_age:
        side = "old" if age > 0 else "ahead"
        raise BadSignature(f"timestamp is {abs(age):.0f} s {side}, {max_age:.0f} allowed")
    if rule.time.where == "token":
        end = claims.get("exp")
        if not isinstance(end, int | float) or not end > now.timestamp():
            raise BadSignature("token has expired or names no end")


def _seconds(value: object, rule: Scheme) -> float:
    """Unix seconds of a signed time."""
    assert rule.time is not None
    try:
        if rule.time.unit == "iso":
            when = datetime.fromisoformat(str(value))
            if when.tzinfo is not None:
                return when.timestamp()
        elif _NUMBER.fullmatch(str(value)):
            return int(str(value)) / (1000 if rule.time.unit == "ms" else 1)
    except (ValueError, OverflowError):
        pass
    raise BadSignature(f"{rule.time.name} is not a time")


def _body_field(body: bytes, name: str) -> object:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value.get(name) if isinstance(value, dict) else None
