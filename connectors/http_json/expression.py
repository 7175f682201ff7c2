"""What is said of JMESPath expressions: where one breaks, and where its way ends in data that it does not fit.

Messages name keys and kinds of values, never a value: they end in logs.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

import jmespath
from jmespath.exceptions import ParseError
from jmespath.visitor import TreeInterpreter

from vocbot.sdk import mapping

AROUND = 40  # characters of an expression that are shown before and after the place where it breaks
_SHOWN = 12  # keys in a message
_KEY = re.compile(r"[A-Za-z_$@][\w$.:-]{0,39}", re.ASCII)  # others may be data: objects keyed by people's names
_STEPS = ("subexpression", "pipe", "index_expression")


def checked(text: str) -> str:
    """`text` itself. Raises ValueError, which says where the expression breaks and what may have been meant."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a text in backquotes; ignored, it would be remembered and never named
            jmespath.compile(text)
    except ParseError as error:
        at = len(text) if error.lex_position is None else error.lex_position
        raise ValueError(_broken(text, at)) from None
    except (PendingDeprecationWarning, ValueError, TypeError, LookupError, RecursionError):
        pass  # whatever it is, `check` says it
    mapping.check(text)
    return text


def lack(expression: str, value: Any) -> str:
    """Where the way ends for an expression that found nothing in `value`: what is there instead, by its keys."""
    return there(_deepest(jmespath.compile(expression).parsed, value))


def kind(value: Any) -> str:
    """What sort of JSON value it is, in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"


def there(value: Any) -> str:
    """What is there, without a value: the keys of an object, else the kind."""
    if not isinstance(value, dict):
        return f"{kind(value)} is there"
    named = [key for key in value if _KEY.fullmatch(key)][:_SHOWN]
    rest = len(value) - len(named)
    keys = ", ".join([*named, *([f"{rest} more"] if rest else [])])
    return f"keys there: {keys}" if keys else "an empty object is there"


def _broken(text: str, at: int) -> str:
    before, after = text[:at], text[at:]
    begin = "..." if len(before) > AROUND else ""
    end = "..." if len(after) > AROUND else ""
    marked = f"{begin}{before[-AROUND:].rstrip()} >>>HERE>>> {after[:AROUND]}{end}".strip()
    early = "" if after else ", it ends too early"
    return f"the expression breaks at character {at + 1}{early}: {marked}{_hint(after[:1])}"


def _hint(sign: str) -> str:
    if sign == "-" or sign.isdigit() or not sign.isascii():
        return (
            '; a name with other signs than a-z, 0-9 and _ stands in double quotes, as "user-name", '
            "and a number to compare with in backquotes, as `0`"
        )
    if sign == "=":
        return "; two values are compared by =="
    return "; quotes and brackets go in pairs" if sign in ("'", '"', "`", "") else ""


def _deepest(node: Mapping[str, Any], value: Any) -> Any:
    """The last value on the way of `node` that is there."""
    if node["type"] not in _STEPS:
        return value
    here = value
    for child in node["children"]:
        try:
            found = TreeInterpreter().visit(child, here)
        except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError):  # JMESPathError is a ValueError
            return here
        if found is None:
            return _deepest(child, here)
        here = found
    return here
