"""What nobody expects: nonsense instead of bodies, genuine bodies with one place changed; and what is still sound."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, get_args
from urllib.parse import parse_qsl, urlencode

from vocbot.sdk import events

GARBAGE = (
    b"",
    b"\x00",
    b"{",
    b"[]",
    b"{}",
    b"null",
    b"1",
    b'"text"',
    b"nan",
    b"\xff\xfe{\x00}\x00",
    "{'中': '文'}".encode("gbk"),
    b"\xef\xbb\xbf{}",
    b"[" * 100_000,
    b'{"id": ' + b"9" * 5_000 + b"}",
    b'{"id": 1e999, "type": NaN, "event": {}, "payload": [], "ticket": "x", "issue": 7}',
    b"payload=%7B&payload=1&=&%ff=%00",
    b"payload=" + b"%5B" * 50_000,
    b"a=1;b=2\r\n\r\n--x--",
    b"<html><body>maintenance</body></html>",
)
ODD: Sequence[Any] = (None, "", "x" * 300, 0, -1, 1e308, True, [], {}, [None], {"id": None}, "\ud800", "9" * 30)
REVISION = 2**31  # it is kept in 32 bits


def sound(event: Any) -> None:
    """Fail for what the core could not store: a foreign type, a time without a zone, an empty name."""
    assert isinstance(event, get_args(events.Event)), f"{type(event).__name__} is no event"
    for part in (event, getattr(event, "feedback", None)):
        for field in fields(part) if is_dataclass(part) else ():
            value = getattr(part, field.name)
            if isinstance(value, datetime):
                assert value.tzinfo is not None, f"{field.name} has no zone"
            if field.name in ("external_id", "ref", "token", "type", "conversation"):
                assert value is None or (isinstance(value, str) and value), f"{field.name} is {value!r}"
            if field.name == "revision":
                assert isinstance(value, int), f"revision is {value!r}"
                assert 0 <= value < REVISION, f"revision {value} does not fit into 32 bits"


def value_of(body: bytes) -> Any:
    """The object or list that `body` is as JSON; None for everything else."""
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict | list) else None


def mutants(value: Any) -> Iterator[Any]:
    """Copies of a JSON value with one place changed or left out."""
    yield from ODD
    if isinstance(value, dict):
        for key, item in value.items():
            yield {k: v for k, v in value.items() if k != key}
            yield from ({**value, key: changed} for changed in mutants(item))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield [*value[:place], *value[place + 1 :]]
            yield from ([*value[:place], changed, *value[place + 1 :]] for changed in mutants(item))


def misshapen(body: bytes) -> Iterator[bytes]:
    """`body` with every field in turn left out and replaced; torn and with bytes changed where it is no JSON."""
    value = value_of(body)
    if value is not None:
        yield from (json.dumps(changed).encode() for changed in mutants(value))
        return
    yield from _torn(body)
    form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    for place, (name, text) in enumerate(form):
        inner = value_of(text.encode())
        for changed in ["", "\x00", "[", *(map(json.dumps, mutants(inner)) if inner is not None else ())]:
            yield urlencode([*form[:place], (name, changed), *form[place + 1 :]]).encode()
        yield urlencode([*form[:place], *form[place + 1 :]]).encode()


def _torn(body: bytes) -> Iterator[bytes]:
    lines = body.splitlines(keepends=True)
    for part in range(1, 24):
        place = len(body) * part // 24
        yield body[:place]
        yield body[place:]
        yield body[:place] + bytes([part * 11 % 256]) + body[place + 1 :]
        line = len(lines) * part // 24
        yield b"".join([*lines[:line], *lines[line + 1 :]])


def some(found: Iterable[Any], most: int) -> Sequence[Any]:
    """At most so many of them, the same ones each time."""
    every = list(found)
    return every if len(every) <= most else random.Random(7).sample(every, most)  # noqa: S311 - no secret


def recoded(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The same text with a byte-order mark and in other encodings."""
    text = body.decode("utf-8")
    yield "with a byte-order mark", b"\xef\xbb\xbf" + body
    yield "in GBK", text.encode("gbk", "replace")
    for name in ("utf-16", "utf-16-le", "utf-16-be"):
        yield f"in {name.upper()}", text.encode(name)


def grown(value: Any) -> Any:
    """A JSON value as the vendor's next version might have it: with fields that nobody knows, in every object."""
    if isinstance(value, dict):
        return {
            "a_new_flag": True,
            **{name: grown(item) for name, item in value.items()},
            "a_new_part": {"id": "new", "of": [{"more": 1}]},
            "a_new_list": [None, 2.5],
        }
    return [grown(item) for item in value] if isinstance(value, list) else value


def renamed(value: Any, to: str) -> Iterator[Any]:
    """Copies of a JSON value in which one of the fields that may tell what kind of event it is says `to`."""
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str) and any(word in name.casefold() for word in ("type", "kind", "event", "action")):
                yield {**value, name: to}
            yield from ({**value, name: changed} for changed in renamed(item, to))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from ([*value[:place], changed, *value[place + 1 :]] for changed in renamed(item, to))
