"""JSON columns give back what was put in."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vocbot.store.jsontext import as_json

TEXT = st.text(st.characters(exclude_categories=()))  # half a character too
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@given(VALUES)
def test_values_come_back(value: Any) -> None:
    assert json.loads(as_json(value)) == value


def test_chinese_is_kept_readable() -> None:
    assert as_json({"版本": ["5.2"]}) == '{"版本":["5.2"]}'
