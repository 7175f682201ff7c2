from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.stats.formula import FACTORS, USUAL, read

ONES = dict.fromkeys(FACTORS, 1.0)


def value(text: str, **given: float) -> float:
    return read(text).value({**ONES, **given})


@given(st.floats(0, 1e4), st.floats(0.01, 1), st.floats(1, 1.5))
def test_the_usual_formula_is_the_product(reach: float, severity: float, surge: float) -> None:
    assert value(USUAL, reach=reach, severity=severity, surge=surge) == pytest.approx((1 + reach) * severity * surge)


def test_what_it_understands() -> None:
    assert value("reach + 2 * severity + 1 / 2", reach=3, severity=0.5) == 4.5
    assert value("(reach + 1) ** 0.5", reach=8) == 3
    assert value("max(reach, severity) + min(reach, 2, 7)", reach=3, severity=0.5) == 5
    assert value("ln(1 + reach) + sqrt(reach)", reach=4) == pytest.approx(math.log(5) + 2)
    assert value("+reach - -1", reach=2) == 3


def test_only_what_stands_in_it_are_its_factors() -> None:
    assert read("  severity *\n reach").factors == ("reach", "severity")
    assert read("  severity *   reach").text == "severity * reach"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reach * sevrity", "no factor 'sevrity' in the formula; did you mean 'severity'?"),
        ("reach * urgency_of_it_all", "there are reach, severity, surge"),
        ("reach * sqr(severity)", "no function 'sqr' in the formula; did you mean 'sqrt'?"),
        ("reach * (severity", "cannot be read at character"),
        ("", "cannot be read"),
        ("reach if severity else 0", "does not belong into the formula"),
        ("__import__('os').system('x') * reach", "does not belong"),
        ("reach * True", "does not belong"),
        ("reach * 'a'", "does not belong"),
        ("max(*reach)", "does not belong"),
        ("reach % 2", "does not belong"),
        ("reach ** severity", "must be a number"),
        ("reach ** 9", "too high"),
        ("max(reach)", "takes two numbers"),
        ("sqrt(reach, 2)", "takes one"),
        ("severity * surge", "nobody would count"),
        ("severity / reach", "no number of zero or more for reach 0"),
        ("reach - 5", "no number of zero or more for reach 0"),
        ("ln(reach)", "no number of zero or more for reach 0"),
        ("(reach - 1) ** 0.5", "no number of zero or more"),
        ("severity / (1 + reach)", "more reach lowers the place"),
        ("(1 + reach) / severity", "more severity lowers the place"),
        ("reach" + " + reach" * 60, "longer than 300"),
    ],
)
def test_what_cannot_rank_is_refused_with_what_to_do(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="formula") as caught:
        read(text)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["(" * 250 + "reach" + ")" * 40, "-" * 289 + "reach", "9**4**4**4*reach"])
def test_nothing_takes_long_or_breaks_out(text: str) -> None:
    with pytest.raises(ValueError, match="formula"):
        read(text)


def test_shown_as_people_write_it() -> None:
    shown = read("(1 + reach)**2 * severity / 2").shown(lambda name: name.upper())
    assert shown == "(1 + REACH)^2 × SEVERITY ÷ 2"
    assert read("max(reach, 1)").shown(str.upper) == "max(REACH, 1)"
