"""What is said of expressions that break, and of ways that end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http_json.expression import checked, kind, lack, there


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data..list", "character 6: data. >>>HERE>>> .list"),
        ("data.list[", "character 11, it ends too early: data.list[ >>>HERE>>>; quotes and brackets go in pairs"),
        (
            "user-name",
            "character 5: user >>>HERE>>> -name; a name with other signs than a-z, 0-9 and _ stands in double",
        ),
        ("用户.id", "character 1: >>>HERE>>> 用户.id; a name with other signs"),
        ("code != 0", "character 9: code != >>>HERE>>> 0; a name"),
        ("code = `0`", "two values are compared by =="),
        ("a.'x", "character 3: a. >>>HERE>>> 'x; quotes"),
        ("`ok` == a", "between ' and '"),
        ("lenght(a)", "lenght"),
        ("length(a, b)", "takes 1"),
        ("", "not a JMESPath expression"),
        ("a" * 100 + " b", "character 102: ..." + "a" * 39 + " >>>HERE>>> b"),
    ],
)
def test_it_says_where_an_expression_breaks(text: str, said: str) -> None:
    with pytest.raises(ValueError) as error:
        checked(text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["@", "a.b[0].c", '"user-name"', "[title, body]", "a || `[]`", "join('-', [a, b])", "a\n"]
)
def test_good_expressions_stay_as_they_are(text: str) -> None:
    assert checked(text) == text


@given(st.text(alphabet="ab.[]{}()'\"`|&!?@*:, 0-=<>\\中", max_size=12) | st.text(max_size=8))
def test_any_text_is_an_expression_or_a_message(text: str) -> None:
    try:
        checked(text)
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("expression", "value", "said"),
    [
        ("data.list", {"code": 1, "data": {"rows": [], "total": 3}}, "keys there: rows, total"),
        ("data.list", {"code": 1, "msg": "x"}, "keys there: code, msg"),
        ("data.list", {"data": "text"}, "a text is there"),
        ("data.list", None, "nothing is there"),
        ("data.list", {"data": {}}, "an empty object is there"),
        ("a.b.c.d", {"a": {"b": {"x": 1}}}, "keys there: x"),
        ("rows[0].text", {"rows": []}, "a list is there"),
        ("a || b", {"c": 1}, "keys there: c"),
        ("max(a)", {"a": "x"}, "keys there: a"),
        ("data | max(@).x", {"data": "x"}, "a text is there"),
    ],
)
def test_it_says_what_is_there_instead(expression: str, value: object, said: str) -> None:
    assert lack(expression, value) == said


def test_keys_that_may_be_data_are_counted_only() -> None:
    assert there({"id": 1, "李娜": 2, "li na": 3, "li@acme.example": 4, "x" * 50: 5}) == "keys there: id, 4 more"
    assert there({str(n): n for n in range(3)}) == "keys there: 3 more"
    assert there({f"k{n}": n for n in range(15)}).endswith("k11, 3 more")


def test_every_kind_has_a_name() -> None:
    names = [kind(value) for value in (None, True, 1, 1.5, "x", [], {})]
    assert names == ["nothing", "true or false", "a number", "a number", "a text", "a list", "an object"]
