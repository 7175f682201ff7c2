from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.texts import BODY, SUMMARY, body, summary, units
from vocbot.sdk.document import Document


@given(st.text(max_size=600))
def test_a_summary_is_one_line_that_jira_takes(text: str) -> None:
    line = summary(text)
    assert units(line) <= SUMMARY
    assert "\n" not in line and "\r" not in line and line == line.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\tc\x00d", "a b cd"),
        ("x" * 254, "x" * 254),
        ("x" * 255, "x" * 253 + "…"),
        ("😀" * 127, "😀" * 127),
        ("😀" * 128, "😀" * 126 + "…"),
    ],
)
def test_a_summary_counts_as_java_does(text: str, expected: str) -> None:
    assert summary(text) == expected


@pytest.mark.parametrize("text", ["长" * 40_000, "😀" * 40_000, '"' * 40_000, "short"])
def test_a_body_fits_both_flavours(text: str, document: Callable[..., Document]) -> None:
    markup, tree = body(document(text), "datacenter"), body(document(text), "cloud")
    assert isinstance(markup, str) and isinstance(tree, dict)
    assert units(markup) <= BODY and units(json.dumps(tree, ensure_ascii=False)) <= BODY
    assert text[:5] in json.dumps(tree, ensure_ascii=False).replace('\\"', '"')
