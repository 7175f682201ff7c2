"""The record key of a reply, made from the key of its delivery: the same reply cannot be written twice, and is found
under its address. The delivery's key itself never reaches Bluesky, where everybody can read everything.
"""

from __future__ import annotations

import hashlib

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_LENGTH = 13
# A post's key has to be a TID: a time in microseconds, and ten bits that tell apart what was written at that time.
# The time is made up. It lies between 2024 and 2026: lists sorted by key show our replies there, and none in the
# future, which some servers do not take.
_FROM = 1_704_067_200_000_000
_SPAN = 1 << 46


def record_key(key: str) -> str:
    """The TID that stands for `key`; 56 bits of it depend on the key."""
    number = int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8])
    value = (_FROM + (number >> 10) % _SPAN) << 10 | number & 0x3FF
    return "".join(_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_LENGTH)))
