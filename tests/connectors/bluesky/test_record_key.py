"""Record keys: TIDs of the past, the same for the same delivery, different for others."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.bluesky.record_key import record_key

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")


@given(st.text())
def test_every_key_leads_to_a_tid_of_the_past(key: str) -> None:
    found = record_key(key)
    assert TID.fullmatch(found) and record_key(key) == found
    number = 0
    for sign in found:
        number = number << 5 | ALPHABET.index(sign)
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number >> 10)
    assert datetime(2024, 1, 1, tzinfo=UTC) <= time < datetime(2026, 4, 1, tzinfo=UTC)


def test_keys_are_told_apart() -> None:
    keys = [f"notice:p{n}:VOC-{m}" for n in range(300) for m in range(100)]
    assert len({record_key(key) for key in keys}) == len(keys)


def test_a_key_stays_what_it_is() -> None:
    # A release that changed this would send again what had been sent.
    assert record_key("notice:p1:VOC-42") == "3mgiwbklwkunc"
