"""The formula that ranks open issues: written by the owner, read once, and never able to do anything but sums.

It is an expression over named factors, such as `(1 + reach) * severity * surge`. Only numbers, the factors, + - * / **,
brackets and min, max, sqrt and ln are understood: nothing else of the language it is written in. What cannot rank
(more people or worse trouble would lower the place, a value that is no number) is refused when it is read.
"""

from __future__ import annotations

import ast
import difflib
import itertools
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

FACTORS = ("reach", "severity", "surge", "channels", "value", "moment", "confidence")
USUAL = "(1 + reach) * severity * surge * channels * value * moment * confidence"

_LONGEST = 300  # characters
_HIGHEST_POWER = 4.0
# Factors at the ends of what they may be: a formula has to hold together there.
_ENDS: Mapping[str, tuple[float, ...]] = {"reach": (0.0, 1.0, 10_000.0), "severity": (0.01, 0.5, 1.0)}
_OTHER_ENDS = (0.25, 4.0)
_GROWS = ("reach", "severity")

_BINARY: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_CALLS: Mapping[str, Callable[..., float]] = {"min": min, "max": max, "sqrt": math.sqrt, "ln": math.log}
_SIGNS = {"**": "^", "*": "×", "/": "÷"}

Evaluate = Callable[[Mapping[str, float]], float]


@dataclass(frozen=True)
class Formula:
    """A formula that was read. `factors`: those that stand in it, in the order of `FACTORS`."""

    text: str
    factors: tuple[str, ...]
    value: Evaluate

    def shown(self, name: Callable[[str], str]) -> str:
        """The formula with `name(factor)` for each factor, and signs as people write them."""
        text = re.sub(r"\*\*|[*/]", lambda m: _SIGNS[m[0]], self.text)
        return re.sub(r"[a-z]+", lambda m: name(m[0]) if m[0] in FACTORS else m[0], text)


@lru_cache(maxsize=64)
def read(text: str) -> Formula:
    """Read a formula. Raises ValueError with what is wrong and what to write instead."""
    if len(text) > _LONGEST:
        raise ValueError(f"the formula is longer than {_LONGEST} characters")
    text = " ".join(text.split())
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = getattr(error, "offset", None)
        raise ValueError(f"the formula cannot be read{f' at character {at}' if at else ''}: write {USUAL}") from None
    found: set[str] = set()
    formula = Formula(
        text=text,
        value=_compiled(tree.body, found),
        factors=tuple(f for f in FACTORS if f in found),
    )
    _check(formula)
    return formula


def _compiled(node: ast.expr, found: set[str]) -> Evaluate:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            constant = float(number)
            return lambda _: constant
        case ast.Name(id=name):
            if name not in FACTORS:
                raise ValueError(f"there is no factor {name!r} in the formula; {_closest(name, FACTORS)}")
            found.add(name)
            return lambda factors: factors[name]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=inner):
            value, times = _compiled(inner, found), -1.0 if isinstance(sign, ast.USub) else 1.0
            return lambda factors: times * value(factors)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() | float() as power)):
            if abs(power) > _HIGHEST_POWER:
                raise ValueError(f"a power of {power} is too high for the formula: use {_HIGHEST_POWER:g} at the most")
            base, exponent = _compiled(left, found), float(power)
            return lambda factors: _real(base(factors) ** exponent)
        case ast.BinOp(op=ast.Pow()):
            raise ValueError("a power in the formula must be a number, such as reach ** 0.5")
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _BINARY:
            both, first, second = _BINARY[type(sign)], _compiled(left, found), _compiled(right, found)
            return lambda factors: both(first(factors), second(factors))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if not any(
            isinstance(a, ast.Starred) for a in args
        ):
            if name not in _CALLS:
                raise ValueError(f"there is no function {name!r} in the formula; {_closest(name, _CALLS)}")
            if (len(args) == 1) == (name in ("min", "max")) or not args:
                raise ValueError(f"{name} in the formula takes {'two numbers' if name in ('min', 'max') else 'one'}")
            call, inners = _CALLS[name], [_compiled(a, found) for a in args]
            return lambda factors: call(*(inner(factors) for inner in inners))
    raise ValueError(f"{ast.unparse(node)!r} does not belong into the formula: write {USUAL}")


def _check(formula: Formula) -> None:
    """Try the formula at the ends of its factors. Raises ValueError where it cannot rank."""
    if "reach" not in formula.factors:
        raise ValueError(f"reach does not stand in the formula, so nobody would count: write {USUAL}")
    ends = [_ENDS.get(name, _OTHER_ENDS) for name in formula.factors]
    values: dict[tuple[float, ...], float] = {}
    for corner in itertools.product(*ends):
        given = dict(zip(formula.factors, corner, strict=True))
        try:
            value = formula.value(given)
        except (ArithmeticError, ValueError):
            value = math.nan
        if not math.isfinite(value) or value < 0:
            at = ", ".join(f"{name} {number:g}" for name, number in given.items())
            raise ValueError(f"the formula gives no number of zero or more for {at}")
        values[corner] = value
    for place, name in enumerate(formula.factors):
        if name not in _GROWS:
            continue
        for corner, value in values.items():
            for more in (n for n in ends[place] if n > corner[place]):
                if values[(*corner[:place], more, *corner[place + 1 :])] < value:
                    raise ValueError(f"by the formula more {name} lowers the place: let it grow with {name}")


def _real(value: float) -> float:
    """Raises ValueError for the complex root of a negative number."""
    if isinstance(value, complex):
        raise ValueError("no real number")
    return float(value)


def _closest(given: str, allowed: Mapping[str, object] | tuple[str, ...]) -> str:
    close = difflib.get_close_matches(given, list(allowed), n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(allowed)}"
