from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.marks import key_of, labels, marker, ours
from vocbot.sdk.ports import TicketDraft

KEYS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(KEYS)
def test_a_marker_is_one_safe_word_and_leads_back(key: str) -> None:
    label = marker(key)
    assert label.isascii() and all(char.isalnum() or char in "-._" for char in label)
    assert key_of(["voc", label]) == key


@given(st.sampled_from("ab:._- A1é客"), st.sampled_from("ab:._- A1é客"))
def test_no_two_keys_share_a_marker(one: str, other: str) -> None:
    assert (marker(f"t{one}1") == marker(f"t{other}1")) == (one == other)


def test_readable_where_it_can_be() -> None:
    assert marker("ticket:VOC-1:1") == "vocbot-ticket.VOC-1.1"


@given(st.lists(st.text(max_size=12), max_size=4))
def test_other_labels_are_not_ours(others: list[str]) -> None:
    assert key_of([label for label in others if not label.startswith("vocbot-")]) is None
    assert key_of(["vocbot-_ff"]) is None  # not UTF-8: somebody else's


def test_labels_are_prefixed_once_and_hold_no_space(draft: Callable[..., TicketDraft]) -> None:
    wanted = ("voc", "voc-src-app", "src app", "src-x", "src-x", "vocal")
    made = ["voc", "voc-42", "voc-src-app", "voc-src-x", "voc-vocal"]
    assert labels(draft(labels=wanted), "voc") == made


LABELLED: dict[str, Any] = {"fields": {"labels": [marker("k:1")], "project": {"key": "APP"}}}


@pytest.mark.parametrize(
    ("issue", "value", "surety"),
    [
        (LABELLED, {"key": "k:1", "project": "APP"}, 2),
        (LABELLED, {"key": "k:2", "project": "APP"}, 0),
        (LABELLED, {"key": "k:1", "project": "OPS"}, 0),
        (LABELLED, None, 1),
        ({"fields": {**LABELLED["fields"], "project": {"key": "OPS"}}}, None, 0),
        ({"fields": {**LABELLED["fields"], "project": {"key": "OPS"}}}, {"key": "k:1", "project": "APP"}, 2),
        ({"fields": {"labels": [marker("K:1")]}}, {"key": "k:1", "project": "APP"}, 0),
        ({"fields": {}}, None, 0),
        ({}, None, 0),
    ],
)
def test_how_surely_a_hit_is_ours(issue: dict[str, Any], value: Any, surety: int) -> None:
    assert ours(issue, value, "k:1", "APP") == surety
