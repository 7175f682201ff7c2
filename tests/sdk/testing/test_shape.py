from __future__ import annotations

from typing import Any

import pytest

from vocbot.sdk.testing.shape import Shape

TICKET = Shape({"ticket.subject": str, "ticket.tags?": list, "ticket.score?": (int, float), "public": bool})


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({"ticket": {"subject": "a"}, "public": True}, []),
        ({"ticket": {"subject": "a", "tags": [], "score": 1.5, "more": 1}, "public": False, "x": 1}, []),
        ({"ticket": {"subject": "a", "tags": None}, "public": True}, []),
        ({"ticket": {"subject": None}, "public": True}, ["ticket.subject: missing"]),
        ({"ticket": {}, "public": True}, ["ticket.subject: missing"]),
        ({"ticket": "x", "public": True}, ["ticket.subject: missing"]),
        ({"ticket": {"subject": 1}, "public": True}, ["ticket.subject: int is not str"]),
        (
            {"ticket": {"subject": "a", "tags": "b", "score": "c"}, "public": "yes"},
            ["ticket.tags: str is not list", "ticket.score: str is not int or float", "public: str is not bool"],
        ),
        ({"ticket": {"subject": ""}, "public": 1}, ["public: int is not bool"]),
        (None, ["ticket.subject: missing", "public: missing"]),
        ([], ["ticket.subject: missing", "public: missing"]),
    ],
)
def test_problems(body: Any, problems: list[str]) -> None:
    assert TICKET.problems(body) == problems


@pytest.mark.parametrize("kind", [int, float])
def test_true_is_no_number(kind: type) -> None:
    assert Shape({"n": kind}).problems({"n": True}) == [f"n: bool is not {kind.__name__}"]
    assert Shape({"n": kind}).problems({"n": kind(1)}) == []
