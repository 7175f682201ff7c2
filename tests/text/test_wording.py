"""What a person may write in the place of a text of ours."""

from __future__ import annotations

import pytest

from vocbot.text.wording import Part, Unfit, check

FINE = Part("question", "Why is my coupon gone?", 200)


@pytest.mark.parametrize(
    ("part", "reason", "values"),
    [
        (Part("a", "", 9), "missing", {}),
        (Part("a", " \n ", 9), "missing", {}),
        (Part("a", "x" * 10, 9), "long", {"most": 9}),
        (Part("a", "长" * 10, 9), "long", {"most": 9}),
        (Part("a", "one\n" + "x" * 10, 9, lines=3), "long", {"most": 9}),
        (Part("a", "1\n2\n3\n4", 9, lines=3), "lines", {"most": 3}),
        (Part("a", "call 13812345678", 200), "personal", {"kinds": "PHONE"}),
        (Part("a", "x@example.com, 13812345678", 200, needed=False), "personal", {"kinds": "EMAIL, PHONE"}),
    ],
)
def test_unfit(part: Part, reason: str, values: dict[str, object]) -> None:
    with pytest.raises(Unfit) as caught:
        check([FINE, part])
    assert (caught.value.part, caught.value.reason, caught.value.values) == ("a", reason, values)
    assert "13812345678" not in str(caught.value)


@pytest.mark.parametrize(
    "part",
    [
        FINE,
        Part("a", "", 9, needed=False),
        Part("a", "x" * 9, 9),
        Part("a", "two\nparagraphs", 200),  # lines are counted where a line is a step
        Part("a", "\n".join(["x" * 9] * 3), 9, lines=3),
    ],
)
def test_fit(part: Part) -> None:
    check([part])
    assert len(part.value) <= part.whole


def test_room() -> None:
    assert (Part("a", "", 200).long, Part("a", "", 201).long, Part("a", "", 9, lines=2).long) == (False, True, True)
