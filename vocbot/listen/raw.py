"""A raw record as the inbox keeps it: the headers that matter and the body, as one string of bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

import msgspec

from vocbot.sdk.wire import Inbound

# source, event id, kind, received at, sealed body
Row = tuple[str, str, str, datetime, bytes]

LONGEST_NAME = 200  # characters of an event id; an index of PostgreSQL refuses a row of 2.7 kB
_KEPT = ("content-type",)
_SECRET = ("token", "secret", "key", "auth", "cookie", "password")
_WHERE_FROM = ("forwarded", "-ip")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, str]).decode


def storable(event_id: str) -> str:
    """`event_id` itself, or a hash of one that a database would refuse (NUL, half a character, very long).

    Senders name their events; one refused name would fail the whole batch again and again.
    """
    if len(event_id) <= LONGEST_NAME and event_id.isprintable():
        return event_id
    return "sha256:" + hashlib.sha256(event_id.encode("utf-8", "surrogatepass")).hexdigest()


def pack(record: Inbound) -> bytes:
    """Headers that matter and the body.

    Credentials among the headers and addresses of senders are left out.
    """
    headers = {k: v for k, v in record.headers.items() if _matters(k)}
    return _encode(headers) + b"\n" + record.body


@lru_cache(maxsize=256)
def _matters(name: str) -> bool:
    own = name in _KEPT or name.startswith("x-")
    return own and not any(word in name for word in (*_SECRET, *_WHERE_FROM))


def unpack(data: bytes) -> tuple[Mapping[str, str], bytes]:
    """The headers and the body that `pack` joined."""
    head, _, body = data.partition(b"\n")
    return _decode(head), body
