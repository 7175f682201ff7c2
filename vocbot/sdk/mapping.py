"""From a JSON item to Feedback by expressions of the configuration, for connectors that know no vendor.

Pure functions: what is there is found with JMESPath, a time is read in a named form, and an item that does not fit
raises Unparseable with the setting's name. No message quotes the item.
"""

from __future__ import annotations

import hashlib
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, Contact, CustomerEvent, Feedback, Ignored

LONGEST_NAME = 500  # characters of an id; what is longer is none
_UNIX = {"unix": 1, "unix_ms": 1000}
_WORDS = ("iso", *_UNIX, "rfc2822")
_YEARS = range(1990, 2200)  # outside them somebody took seconds for milliseconds, or a field was never set
_FAR = 250_000_000_000.0  # seconds, in the year 9892
_HUGE = 10**40
_NUMBER = re.compile(r"[0-9]{1,10}")
_SAMPLE = datetime(2026, 11, 23, 17, 45, 30, tzinfo=UTC)
_REVISIONS = 2**31  # they fit 32 bits
_NO = ("", "0", "false", "no", "n", "off", "null", "none")
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

    text: Expression | None = Field(
        None, description="What the customer wrote. A list of texts, as of [title, body], is joined by empty lines."
    )
    event: Expression | None = Field(
        None,
        description="What the customer did or met, such as an order or a page, where an item is no words; needs an "
        "author. An item in which it finds nothing is read as words.",
    )
    id: Expression | None = Field(None, description="The item's own id, the same when it comes again.")
    time: Expression | None = Field(None, description="When it was written.")
    author: Expression | None = Field(None, description="Who wrote it: the id or name that is unique in this system.")
    author_name: Expression | None = Field(None, description="The writer's name, as it may stand in texts.")
    author_email: Expression | None = Field(None, description="The writer's e-mail address; kept encrypted.")
    author_phone: Expression | None = Field(None, description="The writer's telephone number; kept encrypted.")
    score: Expression | None = Field(None, description="A rating: a number, or a text that is one.")
    channel: Expression | None = Field(None, description="How the customer came; else the setting channel.")
    public: Expression | None = Field(None, description="Whether everybody can read it; else the setting public.")
    conversation: Expression | None = Field(None, description="The conversation it belongs to.")
    revision: Expression | None = Field(
        None, description="What grows when the item is edited: a number, or the time of the edit."
    )
    attributes: dict[str, Expression] | Expression = Field(
        default={},
        description="More that may be a cause, such as the version: our name to an expression, or one expression "
        "that gives an object.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.text is None and self.event is None:
            raise ValueError("say where the words stand (text), or what was met (event)")
        return self


@dataclass(frozen=True)
class Times:
    """How times are written: iso, unix, unix_ms, rfc2822 or a pattern of strptime; and the zone of those without."""

    form: str = "iso"
    zone: str = "UTC"


# -- expressions


def check(expression: str) -> None:
    """Raise ValueError, with the column and what may be wrong, unless `expression` can be used."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # `word` in backquotes, which is meant to be 'word'
            parsed = _compiled(expression).parsed
    except PendingDeprecationWarning:
        raise ValueError("text stands between ' and ', JSON such as `0` or `true` between backquotes") from None
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
    """Whether the expression finds a yes. Forms and careless senders say no as "0", "false" or "no", too."""
    return _yes(find(expression, item, name))


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
    public: bool = False,
    ident: str | None = None,
    received: datetime | None = None,
) -> Feedback | CustomerEvent | Ignored:
    """The Feedback that an item is, or the CustomerEvent; Ignored where it has the place for words and says nothing, or
    is a mere rating.

    `channel` and `public` count where the item says nothing of them; `ident` and `received` stand for an id and a time
    that are not there. An odd id, time, text, conversation or revision raises Unparseable, which names the setting and
    never the value; any other odd part is left out, because the words count more.
    """
    score = _score(_find(fields, "score", item))
    kind = _name(_find(fields, "event", item), "map.event")
    if kind is None and fields.text is None:
        raise Unparseable("map.event: nothing is there")
    said = "" if kind else _words(_find(fields, "text", item), silent=score is not None)
    name = _name(_find(fields, "id", item), "map.id") or ident
    if not name:
        raise Unparseable("map.id: nothing is there")
    moment = _find(fields, "time", item)
    when = received if moment in (None, "") else parse_time(moment, times, "map.time")
    if when is None:
        raise Unparseable("map.time: nothing is there")
    if kind is not None:
        author = _author(item, fields)
        if author is None or not author.handle:
            raise Unparseable("map.author: nothing is there, and an event must be somebody's")
        return CustomerEvent(name, kind, when, author, _attributes(item, fields))
    if not said.strip():
        return Ignored("an item without words")
    shown = _find(fields, "public", item)
    return Feedback(
        external_id=name,
        text=said,
        time=when,
        channel=_plain(_find(fields, "channel", item)) or channel,
        author=_author(item, fields),
        revision=_revision(_find(fields, "revision", item), when, times),
        conversation=_name(_find(fields, "conversation", item), "map.conversation"),
        score=score,
        public=public if shown is None else _yes(shown),
        attributes=_attributes(item, fields),
    )


def parse_time(value: Any, times: Times, name: str = "time") -> datetime:
    """An aware time in UTC. Raises Unparseable for what does not have the configured form."""
    try:
        when = _read_time(value, times)
        if when.tzinfo is None:
            when = when.replace(tzinfo=ZoneInfo(times.zone))
        when = when.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        raise Unparseable(f"{name}: not a time as time_format says ({times.form})") from None
    if when.year not in _YEARS:
        hint = "; are these milliseconds?" if times.form == "unix" else "; are these seconds?"
        raise Unparseable(f"{name}: a time before 1990 or after 2199{hint if times.form in _UNIX else ''}")
    return when


def _read_time(value: Any, times: Times) -> datetime:
    if times.form in _UNIX:
        if isinstance(value, bool):
            raise TypeError
        # A number too large for a date is told like one of the far future, so that the hint is given.
        return datetime.fromtimestamp(min(float(value) / _UNIX[times.form], _FAR), UTC)
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
    return None if expression is None else find(expression, item, f"map.{name}")


def _yes(value: Any) -> bool:
    return value.strip().casefold() not in _NO if isinstance(value, str) else bool(value)


def _words(value: Any, silent: bool) -> str:
    """The text; a list of texts is joined. Nothing at all is an error unless the item may be `silent`."""
    if value is None or value == []:
        if silent:
            return ""
        # Never "nothing was said": an expression that points nowhere would silence the source unnoticed.
        raise Unparseable("map.text: nothing is there; leave out what has no text with `when`")
    parts = value if isinstance(value, list) else [value]
    texts = [_scalar(part, "map.text").strip() for part in parts if part is not None]
    return _BROKEN.sub("\ufffd", "\n\n".join(text for text in texts if text))


def _scalar(value: Any, name: str) -> str:
    """A text or number as text; anything else raises Unparseable."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_HUGE < value < _HUGE:
        raise Unparseable(f"{name}: neither a text nor a number")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # some JSON writers make floats of ids
    return str(value)


def _name(value: Any, name: str) -> str | None:
    """An id: something short on one line; None for nothing. Raises Unparseable."""
    if value is None:
        return None
    text = _scalar(value, name).strip()
    if len(text) > LONGEST_NAME or _CONTROL.search(text):
        raise Unparseable(f"{name}: longer than {LONGEST_NAME} characters, or not on one line")
    return text or None


def _plain(value: Any) -> str | None:
    """Like `_name`, but None for what is none."""
    try:
        return _name(value, "")
    except Unparseable:
        return None


def _author(item: Any, fields: FieldMap) -> Author | None:
    names = ("author", "author_name", "author_email", "author_phone")
    handle, name, email, phone = (_plain(_find(fields, field, item)) for field in names)
    if not (handle or name or email or phone):
        return None
    contacts = [Contact(kind, value) for kind, value in (("email", email), ("phone", phone)) if value]
    if not handle and contacts:  # who has an address is somebody, but the address belongs to the contacts alone
        handle = hashlib.sha256(contacts[0].value.casefold().encode()).hexdigest()[:32]
    return Author(handle or "", name, tuple(contacts))


def _score(value: Any) -> float | None:
    try:
        score = math.nan if isinstance(value, bool) else float(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return score if math.isfinite(score) else None


def _revision(value: Any, written: datetime, times: Times) -> int:
    """A number that grows with each edit; 0 where the time of the edit is the time of writing."""
    if value in (None, ""):
        return 0
    text = str(value)
    if _NUMBER.fullmatch(text) and int(text) < _REVISIONS:
        number = int(text)
    else:
        number = int(parse_time(value, times, "map.revision").timestamp())
    if number >= _REVISIONS:
        raise Unparseable("map.revision: neither a number below 2147483648 nor a time before 2038")
    return 0 if number == int(written.timestamp()) else number


def _attributes(item: Any, fields: FieldMap) -> Mapping[str, str]:
    if isinstance(fields.attributes, str):
        found = find(fields.attributes, item, "map.attributes")
        found = found if isinstance(found, dict) else {}
    else:
        found = {name: find(to, item, f"map.attributes.{name}") for name, to in fields.attributes.items()}
    texts = {name: _BROKEN.sub("\ufffd", _attribute(value)) for name, value in found.items()}
    return {_BROKEN.sub("\ufffd", name): text for name, text in texts.items() if name.strip() and text}


def _attribute(value: Any) -> str:
    """A value as it is counted by; a list of several with commas, "" for what is none."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_attribute, value)))
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return _scalar(value, "").strip()
    except Unparseable:
        return ""
