"""Where the next page is; where the list ends; and pages that go in circles."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.http_json.paging import Paging, Position
from connectors.http_json.sections import PagingSettings
from vocbot.sdk.errors import CursorExpired, Retryable


def paging(kind: str, **more: Any) -> Paging:
    return Paging(PagingSettings.model_validate({"kind": kind, **more}))


def walk(paged: Paging, *pages: Any) -> list[Any]:
    """What is asked for, page after page, None where the list ended; a page is (answer, names) or just names."""
    position: Position | None = Position(paged.settings.kind)
    asked = []
    for page in pages:
        assert position is not None, "it had ended"
        answer, names = page if isinstance(page, tuple) else ({}, page)
        position = paged.after(position, answer, answer.get("link", ""), list(names))
        if position is not None:
            position = Position.load(position.dump(), paged.settings.kind)
        asked.append(paged.here(position) if position else None)
    return asked


def nxt(value: Any) -> Any:
    return {"next": value}


def test_one_answer_holds_all() -> None:
    assert walk(paging("none"), "abc") == [None]


def test_pages_are_counted_until_an_empty_one() -> None:
    assert paging("page").here(Position("page")) == 1
    assert paging("page", start=0).here(Position("page")) == 0
    assert walk(paging("page"), "abc", "de", "") == [2, 3, None]
    assert walk(paging("page", start=0, size=5), "abc", "de", "") == [1, 2, None]


def test_offsets_are_counted_by_what_came() -> None:
    assert paging("offset").here(Position("offset")) == 0
    assert walk(paging("offset", size=3), "abc", "de", "") == [3, 5, None]
    assert walk(paging("offset", start=1), "abc", "d", "") == [4, 5, None]


def test_has_more_alone_decides() -> None:
    more = {"kind": "page", "has_more": "page < pages"}
    assert walk(paging(**more), ({"page": 1, "pages": 1}, "abc")) == [None]
    assert walk(paging(**more), ({"page": 1, "pages": 3}, "a"), ({"page": 2, "pages": 3}, ""), ({"page": 3}, "")) == [
        2,
        3,
        None,
    ]
    assert walk(paging("offset", has_more="more", size=4), ({"more": 1}, ""), ({"more": "false"}, "a")) == [4, None]
    with pytest.raises(Retryable, match=r"set paging\.size"):
        walk(paging("offset", has_more="more"), ({"more": True}, ""))
    assert walk(paging("cursor", next="next", has_more="more"), ({"more": False, "next": "x"}, "abc")) == [None]
    with pytest.raises(Retryable, match=r"paging\.has_more \(max\(more\)\): does not fit"):
        walk(paging("page", has_more="max(more)"), ({"more": "the words of a customer"}, "a"))


def test_the_last_page_that_comes_again_is_the_end() -> None:
    assert walk(paging("page"), "abc", "de", "de") == [2, 3, None]
    assert walk(paging("page", size=5), "abc", "abc") == [2, None]
    assert walk(paging("offset"), "abc", "de", "de") == [3, 5, None]


@pytest.mark.parametrize("kind", ["page", "offset"])
def test_a_second_page_like_the_first_is_not_silently_the_end(kind: str) -> None:
    for more in ({}, {"size": 3}):
        with pytest.raises(Retryable, match=rf"page 2 is the same .*{{{kind}}}.*then set paging\.has_more"):
            walk(paging(kind, **more), "abc", "abc")
    with pytest.raises(Retryable, match=r"page 4 is the same .* where it is sent$"):
        walk(paging(kind, has_more="m"), *[({"m": 1}, names) for names in ("abc", "de", "fg", "fg")])


def test_cursors_are_followed() -> None:
    assert paging("cursor", next="next").here(Position("cursor")) is None
    assert paging("cursor", next="next", start="*").here(Position("cursor")) == "*"
    chain = [(nxt("x"), "ab"), (nxt(7), ""), (nxt([1, "b"]), "c"), (nxt(None), "d")]
    assert walk(paging("cursor", next="next"), *chain) == ["x", 7, [1, "b"], None]


@pytest.mark.parametrize("end", [None, "", False, 0, "0", [], {}])
def test_how_apis_say_that_there_is_no_next_page(end: Any) -> None:
    assert walk(paging("cursor", next="next"), (nxt("x"), "a"), (nxt(end), "b")) == ["x", None]
    with pytest.raises(Retryable, match=r"names no next page: keys there: more, next"):
        walk(paging("cursor", next="next", has_more="more"), ({"more": True, "next": end}, "a"))


def test_a_cursor_that_stands_still_after_the_last_item_is_the_end() -> None:
    assert walk(paging("cursor", next="next"), (nxt("x"), "ab"), (nxt("x"), "")) == ["x", None]
    assert walk(paging("cursor", next="next", start="*"), (nxt("*"), ""), (nxt("*"), "")) == ["*", None]


@pytest.mark.parametrize(
    "pages",
    [
        [(nxt("x"), "ab"), (nxt("x"), "ab")],
        [(nxt("x"), "ab"), (nxt("y"), "cd"), (nxt("x"), "ab")],
        [(nxt("x"), ""), (nxt("y"), ""), (nxt("x"), "")],
    ],
)
def test_cursors_that_go_in_circles_are_named(pages: Any) -> None:
    with pytest.raises(Retryable, match=r"paging\.next \(next\) names a page that was read before \(mark \w{6}, after"):
        walk(paging("cursor", next="next"), *pages)


def test_an_empty_page_with_a_next_one_goes_on() -> None:
    assert walk(paging("cursor", next="next"), (nxt("x"), ""), (nxt("y"), ""), (nxt(None), "a")) == ["x", "y", None]


def test_the_link_header_or_a_place_in_the_answer() -> None:
    header = [({"link": "/a"}, "x"), ({"link": ""}, "y")]
    assert walk(paging("link"), *header) == ["/a", None]
    assert walk(paging("link", next="links.next"), ({"links": nxt("/b"), "link": "/a"}, "x"), ({}, "")) == ["/b", None]
    with pytest.raises(Retryable, match="the Link header names a page that was read before"):
        walk(paging("link"), ({"link": "/a"}, "x"), ({"link": "/a"}, "y"))


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("cursor", True, "true or false is there"),
        ("link", 7, "a number is there"),
        ("link", {"href": "/a"}, "an object is there"),
        ("cursor", "half \ud800", "a broken character"),
        ("cursor", ["half \ud800"], "a broken character"),
    ],
)
def test_an_odd_next_page_is_tried_again(kind: str, value: Any, said: str) -> None:
    with pytest.raises(Retryable, match=said):
        walk(paging(kind, next="next"), (nxt(value), "a"))


def test_a_cursor_is_not_shown() -> None:
    with pytest.raises(Retryable) as error:
        walk(paging("cursor", next="next"), (nxt("li@acme.example"), "a"), (nxt("li@acme.example"), "a"))
    assert "acme" not in str(error.value)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"kind":"page","number":1,"value":"{"}',
        '{"kind":"page","number":1,"value":"null"}',
        '{"kind":"offset","number":1,"value":"\\"x\\""}',
        '{"kind":"link","number":1,"value":"7"}',
        '{"kind":"page","number":"1"}',
    ],
)
def test_what_is_no_position_is_said(page: str) -> None:
    with pytest.raises(CursorExpired):
        Position.load(page, "page")


def test_after_another_kind_was_set_the_first_page_comes() -> None:
    kept = Position("cursor", 3, '"x"', ("m",)).dump()
    assert Position.load(kept, "page") == Position("page")
    assert Position.load(kept, "cursor").get() == "x"
    assert Position.load(None, "page") == Position("page")
