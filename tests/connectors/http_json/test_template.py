"""Placeholders: what is put in their place, what is left out, what is no placeholder."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.http_json.template import Unsendable, check, fill, flat, names

VALUES = {"page": 2, "limit": 50, "since": "2026-11-03T09:07:00Z", "cursor": None}


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ({"page": "{page}", "q": "x"}, {"page": 2, "q": "x"}),
        ({"q": "page {page} of {limit}"}, {"q": "page 2 of 50"}),
        ({"after": "{cursor}", "page": "{page}"}, {"page": 2}),
        ({"q": "a:{cursor}", "r": [1, "{cursor}", {"x": "{cursor}"}]}, {"r": [1, {}]}),
        ({"filter": {"time": {"gte": "{since}"}}}, {"filter": {"time": {"gte": "2026-11-03T09:07:00Z"}}}),
        (["{limit}", True, None, 1.5], [50, True, None, 1.5]),
        ({"query": "{{page}} { id } {page}"}, {"query": "{page} { id } 2"}),
        ({"query": "{{page}}"}, {"query": "{page}"}),
        (None, None),
    ],
)
def test_what_is_filled_in(value: Any, filled: Any) -> None:
    assert fill(value, VALUES) == filled


def test_a_cursor_of_any_shape_goes_where_it_stands_alone() -> None:
    assert fill({"search_after": "{cursor}"}, {"cursor": [1, "a"]}) == {"search_after": [1, "a"]}
    with pytest.raises(Unsendable, match="a list cannot stand"):
        fill({"q": "after {cursor}"}, {"cursor": [1, "a"]})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            {"since": "{sinse}"},
            r"since: there is no placeholder {sinse}; did you mean {since}\? Signs as such: {{sinse}}",
        ),
        ({"a": {"b": ["x", "{Page}"]}}, r"a.b.1: .*did you mean {page}"),
        ({"q": "{tickets{id}}"}, r"no placeholder {id}; there are {cursor}, {since}"),
        ({"page": {"page": None}}, r"page: YAML takes {page} for a mapping; put it into quotes: '{page}'"),
    ],
)
def test_what_is_no_placeholder(value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check(value, "")


def test_names_are_found_wherever_they_stand() -> None:
    assert names({"a": "{page}", "b": [{"c": "x{since}{limit}"}], "d": "{{cursor}}"}) == {"page", "since", "limit"}
    check({"a": "{page}", "b": "{{anything}}", "c": "{ id }", "d": {"page": 1}}, "")


def test_values_of_a_query() -> None:
    assert [flat(value) for value in (True, False, 1, 1.5, "中")] == ["true", "false", "1", "1.5", "中"]
    for odd in (None, [], {}):
        with pytest.raises(Unsendable):
            flat(odd)
