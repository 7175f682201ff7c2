"""From a JSON item to Feedback by expressions of the configuration, for connectors that know no vendor.

Pure functions: what is there is found with JMESPath, a time is read in a named form, and an item that does not fit
raises Unparseable with the setting's name. No message quotes the item.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, Contact, Feedback, Ignored

LONGEST_NAME = 500  # characters of an id; what is longer is none
_UNIX = {"unix": 1, "unix_ms": 1000}
_WORDS = ("iso", *_UNIX, "rfc2822")
_PLAUSIBLE = range(1990, 2200)  # years; outside them somebody took seconds for milliseconds or the other way round
_SAMPLE = datetime(2026, 11, 23, 17, 45, 30, tzinfo=UTC)
_REVISIONS = 2**31  # they fit 32 bits
_BROKEN = re.compile("[\x00\ud800-\udfff]")  # no database keeps these
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
# What an expression can meet in an item that its author did not think of.
_MISFITS = (JMESPathError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError)


# -- settings


def _expression(value: str) -> str:
    check(value)
    return value


def _time_format(value: str) -> str:
    if value in _WORDS:
        return value
    if "%" not in value:
        raise ValueError(f"write {', '.join(_WORDS)} or a pattern such as %Y-%m-%d %H:%M:%S")
    try:
        read = datetime.strptime(_SAMPLE.strftime(value), value)  # noqa: DTZ007 - only the date is looked at
    except ValueError:
        raise ValueError("not a pattern of strptime, such as %Y-%m-%d %H:%M:%S") from None
    if read.date() != _SAMPLE.date():
        raise ValueError("the pattern names no whole date: it needs a year, a month and a day")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        raise ValueError("not a time zone of the IANA list, such as Asia/Shanghai or Europe/Berlin") from None
    return value


Expression = Annotated[str, AfterValidator(_expression)]
TimeFormat = Annotated[str, AfterValidator(_time_format)]
Zone = Annotated[str, AfterValidator(_zone)]


class FieldMap(BaseModel):
    """Where in an item everything stands, as JMESPath expressions (jmespath.org)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Expression = Field(
        description="What the customer wrote. A list of texts becomes one, each on a line of its own."
    )
    id: Expression | None = Field(None, description="The item's own id, the same when it comes again.")
    time: Expression | None = Field(None, description="When it was written.")
    author: Expression | None = Field(None, description="Who wrote it: the id or name that is unique in this system.")
    author_name: Expression | None = Field(None, description="The writer's name, as it may stand in texts.")
    author_email: Expression | None = Field(None, description="The writer's e-mail address; kept encrypted.")
    author_phone: Expression | None = Field(None, description="The writer's telephone number; kept encrypted.")
    score: Expression | None = Field(None, description="A rating: a number, or a text that is one.")
    channel: Expression | None = Field(None, description="The way it came, such as web or app.")
    conversation: Expression | None = Field(None, description="The conversation it belongs to.")
    revision: Expression | None = Field(
        None, description="What grows when the item is edited: a number, or the time of the edit."
    )
    attributes: dict[str, Expression] | Expression = Field(
        default={},
        description="More that may be a cause, such as the version: our name to an expression, or one expression "
        "that gives an object.",
    )


@dataclass(frozen=True)
class Times:
    """How times are written: iso, unix, unix_ms, rfc2822 or a pattern of strptime; and the zone of those without."""

    form: str = "iso"
    zone: str = "UTC"


# -- expressions


def check(expression: str) -> None:
    """Raise ValueError, with the column and what may be wrong, unless `expression` can be used."""
    try:
        parsed = _compiled(expression).parsed
    except JMESPathError as error:
        place = getattr(error, "lex_position", None)
        where = f" (column {place + 1})" if isinstance(place, int) else ""
        hint = "; names with other characters than a-z, A-Z, 0-9 and _ stand in double quotes"
        raise ValueError(f"not a JMESPath expression{where}{hint if expression.strip() else ''}") from None
    for name, given in _calls(parsed):
        known = Functions.FUNCTION_TABLE.get(name)
        if known is None:
            raise ValueError(f"JMESPath knows no function {name}")
        wanted = known["signature"]
        open_ended = bool(wanted) and bool(wanted[-1].get("variadic"))
        if given < len(wanted) or (given > len(wanted) and not open_ended):
            raise ValueError(f"the function {name} takes {len(wanted)} arguments, not {given}")


def find(expression: str, item: Any, name: str = "") -> Any:
    """What `expression` finds in `item`, None for nothing. `name` is the setting that an error names.

    Raises Unparseable where a function of the expression gets what it cannot work with.
    """
    try:
        return _compiled(expression).search(item)
    except _MISFITS as error:
        # the library's messages quote values
        raise Unparseable(f"{name or 'expression'}: does not fit this item ({type(error).__name__})") from None


def holds(expression: str, item: Any, name: str = "when") -> bool:
    """Whether the expression is true as JMESPath counts it: not for false, null, and what is empty."""
    found = find(expression, item, name)
    return found is not None and found is not False and found not in ("", [], {})


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def _calls(node: Any) -> Iterator[tuple[str, int]]:
    """Every call of a function in a parsed expression: its name and how many arguments it gets."""
    if isinstance(node, Mapping):
        if node.get("type") == "function_expression":
            yield str(node["value"]), len(node["children"])
        for child in node.get("children", ()):
            yield from _calls(child)


# -- one item


def apply(
    item: Any,
    fields: FieldMap,
    times: Times,
    *,
    channel: str,
    ident: str | None = None,
    received: datetime | None = None,
) -> Feedback | Ignored:
    """The Feedback that an item is; Ignored where its text is empty.

    `channel` is the channel where the item names none; `ident` and `received` stand for an id and a time that are not
    there. Raises Unparseable, naming the setting and never the value.
    """
    said = _words(_find(fields, "text", item))
    name = _name(_find(fields, "id", item), "id") or ident
    if not name:
        raise Unparseable("id: nothing is there")
    moment = _find(fields, "time", item)
    when = received if moment in (None, "") else parse_time(moment, times, "time")
    if when is None:
        raise Unparseable("time: nothing is there")
    if not said.strip():
        return Ignored("an item without words")
    return Feedback(
        external_id=name,
        text=said,
        time=when,
        channel=_name(_find(fields, "channel", item), "channel") or channel,
        author=_author(item, fields),
        revision=_revision(_find(fields, "revision", item), when, times),
        conversation=_name(_find(fields, "conversation", item), "conversation"),
        score=_score(_find(fields, "score", item)),
        attributes=_attributes(item, fields),
    )


def parse_time(value: Any, times: Times, name: str = "time") -> datetime:
    """An aware time in UTC. Raises Unparseable for what does not have the configured form."""
    try:
        when = _read_time(value, times)
        if when.tzinfo is None:
            when = when.replace(tzinfo=ZoneInfo(times.zone))
        return when.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        raise Unparseable(f"{name}: not a time as time_format says ({times.form})") from None


def _read_time(value: Any, times: Times) -> datetime:
    if times.form in _UNIX:
        if isinstance(value, bool):
            raise ValueError
        when = datetime.fromtimestamp(float(value) / _UNIX[times.form], UTC)
        if when.year not in _PLAUSIBLE:
            raise ValueError
        return when
    if not isinstance(value, str):
        raise TypeError
    text = value.strip()
    if times.form == "iso":
        return datetime.fromisoformat(text)
    if times.form == "rfc2822":
        when = parsedate_to_datetime(text)
        return when if when.tzinfo else when.replace(tzinfo=UTC)  # "-0000": UTC, of a sender who hides his own zone
    return datetime.strptime(text, times.form)  # noqa: DTZ007 - the caller adds the zone


def _find(fields: FieldMap, name: str, item: Any) -> Any:
    expression = getattr(fields, name)
    return None if expression is None else find(expression, item, name)


def _words(value: Any) -> str:
    if value is None:
        # Not "empty": it may as well be an expression that points to nothing, and then everything would be lost.
        raise Unparseable("text: nothing is there; leave such items out with `when`")
    parts = value if isinstance(value, list) else [value]
    texts = [_scalar(part, "text") for part in parts if part is not None]
    return _BROKEN.sub("\ufffd", "\n".join(text for text in texts if text.strip()))


def _scalar(value: Any, name: str) -> str:
    """A text or number as text; anything else raises Unparseable."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unparseable(f"{name}: neither a text nor a number")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unparseable(f"{name}: no number")
        return repr(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return str(value)


def _name(value: Any, name: str) -> str | None:
    """An id: something short on one line; None for nothing."""
    if value is None:
        return None
    text = _scalar(value, name).strip()
    if len(text) > LONGEST_NAME or _CONTROL.search(text):
        raise Unparseable(f"{name}: too long or more than one line")
    return text or None


def _author(item: Any, fields: FieldMap) -> Author | None:
    handle, name, email, phone = (
        _name(_find(fields, field, item), field) for field in ("author", "author_name", "author_email", "author_phone")
    )
    if not (handle or name or email or phone):
        return None
    contacts = [Contact(kind, value) for kind, value in (("email", email), ("phone", phone)) if value]
    if not handle and contacts:  # who has an address is somebody, but the address belongs to the contacts alone
        handle = hashlib.sha256(contacts[0].value.casefold().encode()).hexdigest()[:32]
    return Author(handle or "", name, tuple(contacts))


def _score(value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        score = math.nan if isinstance(value, bool) else float(value)
    except (ValueError, TypeError, OverflowError):
        score = math.nan
    if not math.isfinite(score):
        raise Unparseable("score: not a number")
    return score


def _revision(value: Any, written: datetime, times: Times) -> int:
    """A number that grows with each edit; 0 where the time of the edit is the time of writing."""
    if value in (None, ""):
        return 0
    small = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _REVISIONS
    number = value if small else int(parse_time(value, times, "revision").timestamp())
    if not 0 <= number < _REVISIONS:
        raise Unparseable("revision: neither a number of 31 bits nor a time")
    return 0 if number == int(written.timestamp()) else int(number)


def _attributes(item: Any, fields: FieldMap) -> Mapping[str, str]:
    if isinstance(fields.attributes, str):
        found = find(fields.attributes, item, "attributes")
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise Unparseable("attributes: not an object")
    else:
        found = {name: find(expression, item, f"attributes.{name}") for name, expression in fields.attributes.items()}
    return {
        _BROKEN.sub("\ufffd", name): _BROKEN.sub("\ufffd", _attribute(value))
        for name, value in found.items()
        if value not in (None, "", [], {})
    }


def _attribute(value: Any) -> str:
    """A value as it is counted by: a list of simple ones with commas, an object as JSON."""
    if isinstance(value, list) and all(isinstance(part, str | int | float) for part in value):
        return ", ".join(_attribute(part) for part in value)
    if isinstance(value, str):
        return value.strip()
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
