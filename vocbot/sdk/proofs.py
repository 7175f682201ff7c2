"""How proofs are computed: the formula of every sender, from what was received to the text of a signature.

Formulas only; which sender uses which, and where its parts travel, is the table in `vocbot.sdk.schemes`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

JWT_LIFE = 180  # seconds that a token we sign for a stand-in is valid


class Parts(NamedTuple):
    """What a formula may draw from. `stamp` and `ident` are as they stood in the request, `ident` is an id or nonce."""

    secret: bytes
    body: bytes
    stamp: bytes = b""
    ident: bytes = b""
    method: str = "POST"
    url: str = ""
    query: Mapping[str, str] = MappingProxyType({})


Formula = Callable[[Parts], str]
Check = Callable[[Parts, str], bool]


def same(parts: Parts, given: str, formula: Formula) -> bool:
    """Whether `given` is what the formula yields, in constant time. Safe for any text a header can hold."""
    return hmac.compare_digest(formula(parts).encode(), given.encode("utf-8", "surrogatepass"))


def _body(parts: Parts) -> bytes:
    return parts.body


def _secret(parts: Parts) -> bytes:
    return parts.secret


def mac(
    encoding: Literal["hex", "base64"],
    message: Callable[[Parts], bytes] = _body,
    digest: Literal["sha256", "sha1", "sha512"] = "sha256",
    key: Callable[[Parts], bytes] = _secret,
) -> Formula:
    """An HMAC of `message`, written in hex or base64."""

    def formula(parts: Parts) -> str:
        # not hmac.digest: it gives up the interpreter's lock, and a server's threads wait for each other (20 us)
        raw = hmac.new(key(parts), message(parts), digest).digest()
        return raw.hex() if encoding == "hex" else base64.b64encode(raw).decode()

    return formula


_PLACES = re.compile(r"\{(timestamp|id|body)\}")


def template(text: str) -> Callable[[Parts], bytes]:
    """A message that is written out, such as "{timestamp}.{body}". Raises ValueError for what stands for nothing."""
    if re.search(r"[{}]", _PLACES.sub("", text)):
        raise ValueError("a message knows {timestamp}, {id} and {body}, and no other brackets")
    # split with one group gives literal, name, literal, name, ...
    pieces = _PLACES.split(text)

    def message(parts: Parts) -> bytes:
        known = {"timestamp": parts.stamp, "id": parts.ident, "body": parts.body}
        return b"".join(known[piece] if place % 2 else piece.encode() for place, piece in enumerate(pieces))

    return message


def hex_check(formula: Formula) -> Check:
    """A comparison for proofs in hex that takes capital letters, too."""
    return lambda parts, given: same(parts, given.lower(), formula)


def plain(parts: Parts) -> str:
    """The secret itself: proves who, and nothing of what."""
    return parts.secret.decode()


def basic(parts: Parts) -> str:
    """The secret "user:password" as HTTP Basic writes it."""
    return base64.b64encode(parts.secret).decode()


def standard_key(parts: Parts) -> bytes:
    """The key of Standard Webhooks: base64 after `whsec_`. Raises ValueError where it is not base64."""
    try:
        return base64.b64decode(parts.secret.removeprefix(b"whsec_"), validate=True)
    except binascii.Error:
        raise ValueError("the secret is not base64") from None


def standard_message(parts: Parts) -> bytes:
    """Id, time and body, as Standard Webhooks joins them."""
    return b".".join((parts.ident, parts.stamp, parts.body))


def clock_message(parts: Parts) -> bytes:
    """Time and secret (Gitee, DingTalk): says nothing of the body."""
    return parts.stamp + b"\n" + parts.secret


# HubSpot signs the address with these, and only these, decoded (developers.hubspot.com, "Validating requests").
_HUBSPOT_DECODES = re.compile("%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def hubspot_message(parts: Parts) -> bytes:
    """Method, address, body and time, as HubSpot's third version joins them."""
    url = _HUBSPOT_DECODES.sub(lambda found: unquote(found[0]), parts.url)
    return parts.method.encode() + url.encode() + parts.body + parts.stamp


def feishu(parts: Parts) -> str:
    """A plain SHA-256 over time, nonce, encrypt key and body, in lower-case hex."""
    return hashlib.sha256(parts.stamp + parts.ident + parts.secret + parts.body).hexdigest()


_ENCRYPT = re.compile(rb"<Encrypt>(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?</Encrypt>")


def wecom(parts: Parts) -> str:
    """SHA-1 over the sorted parts; what is signed is the encrypted element (or `echostr`), not the XML around it.

    Without one there is no proof (""): the plain mode's signature over token, time and nonce must not pass for it.
    """
    found = _ENCRYPT.search(parts.body)
    sealed = parts.query.get("echostr", "").encode() if parts.method == "GET" else found[1] if found else b""
    if not sealed:
        return ""
    return hashlib.sha1(b"".join(sorted((parts.secret, parts.stamp, parts.ident, sealed)))).hexdigest()  # noqa: S324


def gitee_check(parts: Parts, given: str) -> bool:
    """Whether Gitee's proof is right in either of its forms."""
    # Gitee says that it percent-encodes the base64; the deliveries people report carry it as it is. Both are taken.
    return same(parts, unquote(given), mac("base64", clock_message))


def ed25519(parts: Parts) -> str:
    """Discord's signature over time and body; the secret is the private key (32 bytes in hex)."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(parts.secret.decode()))
    return key.sign(parts.stamp + parts.body).hex()


def ed25519_check(parts: Parts, given: str) -> bool:
    """Whether Discord's signature is right; the secret is the public key. Raises ValueError for what is no key."""
    try:
        signature = bytes.fromhex(given)
    except ValueError:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(parts.secret.decode()))
        key.verify(signature, parts.stamp + parts.body)
    except InvalidSignature:
        return False
    return True


def _part(value: Mapping[str, object]) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=")


def _seal(parts: Parts, signed: bytes) -> str:
    raw = hmac.new(parts.secret, signed, "sha256").digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwt(parts: Parts) -> str:
    """A token of the kind that Jira's dynamic webhooks carry, valid for JWT_LIFE seconds."""
    issued = int(parts.stamp)
    claims = {"iss": "jira", "iat": issued, "exp": issued + JWT_LIFE}
    signed = _part({"typ": "JWT", "alg": "HS256"}) + b"." + _part(claims)
    return f"{signed.decode()}.{_seal(parts, signed)}"


def jwt_check(parts: Parts, given: str) -> bool:
    """Whether a token is sealed with the secret. Its claims are not looked at."""
    signed, _, seal = given.rpartition(".")
    if not same(parts, seal, lambda p: _seal(p, signed.encode("utf-8", "surrogatepass"))):
        return False
    # The seal covers the header, but only HS256 is meant by it: a token made for another use of the key is refused.
    return token_part(given, 0).get("alg") == "HS256"


def token_part(token: str, index: int) -> Mapping[str, object]:
    """The header (0) or the claims (1) of a JWT, unverified; empty where they cannot be read."""
    try:
        part = token.split(".")[index]
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, IndexError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
