"""The connector's real requests, and the stand-in's answers, held against the network's lexicons.

There is no validator of lexicons in Python that could be used: the small one here knows the types, limits and formats
that these lexicons use, and says so where it meets another.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from connectors.bluesky.record_key import record_key
from connectors.bluesky.standin import BlueskyStandin
from connectors.bluesky.standin_rules import problems as refused
from connectors.bluesky.wording import write_post
from vocbot.sdk.document import Document, Link, Quote, Text, paragraph
from vocbot.sdk.errors import Unreachable
from vocbot.sdk.ports import ReplyTo
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.documents import long_document, nasty_document

SHARED = Path(os.environ.get("VOCBOT_SHARED") or Path(__file__).parents[4] / "shared")
FOLDER = SHARED / "specs" / "bluesky-lexicons" / "lexicons"
POST = "app.bsky.feed.post"

_DID = r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]"
_HANDLE = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_NSID = r"[a-zA-Z](?:[a-zA-Z0-9-]*)(?:\.[a-zA-Z0-9-]+)+\.[a-zA-Z][a-zA-Z0-9]*"
_RECORD_KEY = r"(?!\.\.?$)[a-zA-Z0-9._:~-]{1,512}"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,20})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
FORMATS = {
    "at-identifier": rf"{_DID}|{_HANDLE}",
    "at-uri": rf"at://(?:{_DID}|{_HANDLE})(?:/{_NSID}(?:/{_RECORD_KEY})?)?",
    "cid": r"b[a-z2-7]{58}",
    "datetime": _TIME,
    "did": _DID,
    "handle": _HANDLE,
    "language": r"[a-z]{2,3}(?:-[a-zA-Z0-9]{2,8})*",
    "nsid": _NSID,
    "record-key": _RECORD_KEY,
    "tid": r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}",
    "uri": r"[a-z][a-z0-9.+-]*:[^\s]+",
}
KINDS = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list}
LIMITS = {"minLength", "maxLength", "maxGraphemes", "minimum", "maximum"}


class Lexicons:
    """The lexicons of one folder. Every method yields what breaks them, nothing where all is well."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, Any] = {}

    def main(self, name: str) -> Any:
        return self._definition(name, "main")

    def _definition(self, name: str, part: str) -> Any:
        if name not in self._read:
            path = self.folder.joinpath(*name.split(".")).with_suffix(".json")
            self._read[name] = json.loads(path.read_text(encoding="utf-8"))
        return self._read[name]["defs"][part]

    def call(self, name: str, query: list[tuple[str, str]], body: Any) -> Iterator[str]:
        """A request to a query or a procedure; what the lexicon does not name is a problem, too."""
        known = self.main(name).get("parameters", {}).get("properties", {})
        found: dict[str, Any] = {}
        for parameter, value in query:
            kind = known.get(parameter, {}).get("type")
            if kind == "array":
                found.setdefault(parameter, []).append(value)
            elif parameter in found:
                yield f"{parameter}: given twice"
            else:
                found[parameter] = _typed(kind, value)
        parameters = self.main(name).get("parameters", {"properties": {}})
        yield from self._object({**parameters, "type": "object"}, found, name, name, strict=True)
        wanted = self.main(name).get("input")
        if (wanted is None) != (body is None):
            yield f"{name}: a body where there is none, or none where there is one"
        elif wanted is not None:
            yield from self.value(wanted["schema"], body, name, name, strict=True)
            if "record" in body:
                yield from self.record(body["record"], body.get("rkey"), body["collection"])

    def record(self, record: Any, key: str | None, name: str, strict: bool = True) -> Iterator[str]:
        """A record of the collection `name` under `key`."""
        lexicon = self.main(name)
        if key is not None and not re.fullmatch(FORMATS[lexicon["key"]], key):
            yield f"rkey: {key} is no {lexicon['key']}"
        if not isinstance(record, dict) or record.get("$type") != name:
            yield f"$type: not {name}"
        yield from self.value(lexicon["record"], record, name, "record", strict)

    def answer(self, name: str, status: int, body: Any) -> Iterator[str]:
        """An answer, and every post in it."""
        if status != 200:
            if not isinstance(body.get("error"), str) or not isinstance(body.get("message"), str):
                yield f"{name}: an error without name or message"
            return
        yield from self.value(self.main(name)["output"]["schema"], body, name, name, strict=False)
        for item in [*body.get("posts", ()), *body.get("notifications", ())]:
            if item["record"]["$type"] == POST:
                yield from self.record(item["record"], item["uri"].rsplit("/", 1)[1], POST, strict=False)

    def value(self, schema: Any, value: Any, home: str, path: str, strict: bool) -> Iterator[str]:
        kind = schema["type"]
        if kind == "ref":
            name, _, part = schema["ref"].partition("#")
            home, part = name or home, part or "main"
            yield from self.value(self._definition(home, part), value, home, path, strict)
        elif kind == "union":
            yield from self._union(schema, value, home, path, strict)
        elif kind in KINDS:
            if not isinstance(value, KINDS[kind]) or (kind == "integer" and isinstance(value, bool)):
                yield f"{path}: {type(value).__name__} is no {kind}"
            else:
                yield from getattr(self, f"_{kind}")(schema, value, home, path, strict)
        elif kind != "unknown":
            raise NotImplementedError(f"{path}: lexicons of the type {kind}")

    def _union(self, schema: Any, value: Any, home: str, path: str, strict: bool) -> Iterator[str]:
        refs = [ref if not ref.startswith("#") else home + ref for ref in schema["refs"]]
        kind = value.get("$type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            yield f"{path}: no $type in a union"
        elif kind in refs:
            yield from self.value({"type": "ref", "ref": kind}, value, home, path, strict)
        elif strict or schema.get("closed"):
            yield f"{path}: {kind} is not in the union"

    def _object(self, schema: Any, value: Any, home: str, path: str, strict: bool) -> Iterator[str]:
        known = schema.get("properties", {})
        yield from (f"{path}.{name}: missing" for name in schema.get("required", ()) if name not in value)
        for name, item in value.items():
            if name in known:
                if not (item is None and name in schema.get("nullable", ())):
                    yield from self.value(known[name], item, home, f"{path}.{name}", strict)
            elif strict and name != "$type":
                yield f"{path}.{name}: not in the lexicon"

    def _array(self, schema: Any, value: Any, home: str, path: str, strict: bool) -> Iterator[str]:
        yield from _sized(schema, path, length=len(value))
        for number, item in enumerate(value):
            yield from self.value(schema["items"], item, home, f"{path}[{number}]", strict)

    def _string(self, schema: Any, value: str, home: str, path: str, strict: bool) -> Iterator[str]:
        yield from _sized(schema, path, length=len(value.encode()), graphemes=len(regex.findall(r"\X", value)))
        if "format" in schema and not _formed(schema["format"], value):
            yield f"{path}: {value[:60]!r} is no {schema['format']}"
        if strict and "knownValues" in schema and value not in schema["knownValues"]:
            yield f"{path}: {value[:60]!r} is no known value"

    def _integer(self, schema: Any, value: int, home: str, path: str, strict: bool) -> Iterator[str]:
        yield from _sized(schema, path, number=value)

    def _boolean(self, schema: Any, value: bool, home: str, path: str, strict: bool) -> Iterator[str]:
        if schema.get("const", value) is not value:
            yield f"{path}: not {schema['const']}"


def _typed(kind: str | None, value: str) -> Any:
    if kind == "integer" and value.isdecimal():
        return int(value)
    return {"true": True, "false": False}.get(value, value) if kind == "boolean" else value


def _sized(schema: Any, path: str, length: int = 0, graphemes: int = 0, number: int = 0) -> Iterator[str]:
    sizes = {"Length": length, "Graphemes": graphemes, "imum": number}
    for name in LIMITS & schema.keys():
        size, limit = sizes[name.removeprefix("min").removeprefix("max")], schema[name]
        if size > limit if name.startswith("max") else size < limit:
            yield f"{path}: {name} is {limit}, not {size}"


def _formed(name: str, value: str) -> bool:
    if not re.fullmatch(FORMATS[name], value):
        return False
    if name == "datetime":
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return False
    return True


@pytest.fixture(scope="module")
def lexicons() -> Lexicons:
    if not FOLDER.is_dir():
        pytest.skip("the lexicons are not here; set VOCBOT_SHARED to the folder that holds specs/bluesky-lexicons")
    return Lexicons(FOLDER)


Told = list[httpx.Response]


@pytest.fixture
def listened(port: Callable[..., Any]) -> tuple[Callable[..., Any], Told]:
    """Ports whose calls are heard: a repeated parameter does not get into the stand-in's log."""
    heard: Told = []

    def hear(response: httpx.Response) -> None:
        response.read()
        heard.append(response)

    def make(name: str, **changes: Any) -> Any:
        made = port(name, **changes)
        made._client._peer.event_hooks["response"].insert(0, hear)
        return made

    return make, heard


def of(response: httpx.Response) -> tuple[str, list[tuple[str, str]], Any]:
    """Name, query and body of the call that was answered."""
    request = response.request
    body = json.loads(request.content) if request.content else None
    return request.url.path.removeprefix("/xrpc/"), request.url.params.multi_items(), body


def test_every_request_and_every_answer_keep_the_lexicons(
    lexicons: Lexicons, bluesky: BlueskyStandin, listened: Any, drain: Callable[..., Any], clock: HandClock
) -> None:
    port, heard = listened
    ours = bluesky.ours("New: 5.4 #acmeapp")
    for n in range(25):
        bluesky.mention(f"It stops {n} #acmeapp", "sam", name="Sam")
    bluesky.quote(ours, "Look", "kim").labels.append("spam")
    bluesky.account("kim").labels.append("!hide")
    inner = bluesky.answer_to(ours, "Thanks", "kim")
    poll = port("poll_source", langs=["en", "pt-BR"], poll_from="2026-11-01T00:00:00+08:00")
    drain(poll)
    bluesky.end_sessions()
    replier = port("replier")
    for n, document in enumerate((_linked(), nasty_document("zh"), long_document("en"))):
        replier.find(f"notice:p{n}:优惠券", ReplyTo(inner.uri))
        replier.reply(f"notice:p{n}:优惠券", ReplyTo(inner.uri), document)
        replier.find(f"notice:p{n}:优惠券", ReplyTo(inner.uri))
    inner.deleted = True
    with pytest.raises(Unreachable):
        replier.reply("k", ReplyTo(inner.uri), _linked())
    port("checkable").check()
    page = poll.poll(None)
    bluesky.expire()
    poll.poll(page.cursor)
    calls = [(response, *of(response)) for response in heard]
    assert {name for _, name, _, _ in calls} == {
        "com.atproto.server.createSession",
        "com.atproto.server.refreshSession",
        "com.atproto.server.getSession",
        "com.atproto.repo.createRecord",
        "com.atproto.repo.getRecord",
        "app.bsky.feed.getPosts",
        "app.bsky.feed.searchPosts",
        "app.bsky.notification.listNotifications",
        "app.bsky.notification.getPreferences",
    }
    assert {response.status_code for response, *_ in calls} == {200, 400}
    for response, name, query, body in calls:
        assert list(lexicons.call(name, query, body)) == []
        assert list(lexicons.answer(name, response.status_code, response.json())) == []


def _linked() -> Document:
    return Document(
        "zh", "修好了", (paragraph("修好了🇨🇳 ", Link("看", "https://voc.example/1?x=1&y=2")), Quote("坏了"))
    )


@pytest.mark.parametrize(
    ("name", "query", "told"),
    [
        ("app.bsky.feed.searchPosts", [("sort", "latest")], "q: missing"),
        ("app.bsky.feed.searchPosts", [("q", "x"), ("limit", "101")], "maximum"),
        ("app.bsky.feed.searchPosts", [("q", "x"), ("sort", "newest")], "no known value"),
        ("app.bsky.feed.searchPosts", [("q", "x"), ("q", "y")], "given twice"),
        ("app.bsky.feed.searchPosts", [("q", "x"), ("lang", "English")], "no language"),
        ("app.bsky.notification.listNotifications", [("priority", "no")], "no boolean"),
        ("app.bsky.notification.listNotifications", [("reason", "reply")], "not in the lexicon"),
        ("app.bsky.feed.getPosts", [("uris", "x")], "no at-uri"),
        ("com.atproto.repo.getRecord", [("repo", "x y"), ("collection", "x"), ("rkey", "a/b")], "no record-key"),
    ],
)
def test_the_lexicons_tell_a_wrong_query(lexicons: Lexicons, name: str, query: Any, told: str) -> None:
    assert told in " ".join(lexicons.call(name, query, None))


REF = {"uri": f"at://did:plc:abc/{POST}/3lbq2hvf6xk2a", "cid": "b" + "a" * 58}
GOOD = {"$type": POST, "text": "中🇨🇳", "createdAt": "2026-11-03T09:07:00.000Z", "langs": ["zh"]}
LINK = {"$type": "app.bsky.richtext.facet#link", "uri": "https://voc.example/1"}
FACET = {"index": {"byteStart": 0, "byteEnd": 3}, "features": [LINK]}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"reply": {"root": REF, "parent": REF}},
        {"facets": [FACET]},
        {"text": "e\u0301" * 300},
        {"text": "👩‍👩‍👧‍👦" * 120},
        {"langs": ["zh", "en", "pt-BR"]},
    ],
)
def test_lexicons_and_stand_in_take_a_good_post(lexicons: Lexicons, change: dict[str, Any]) -> None:
    record = {**GOOD, **change}
    assert list(lexicons.record(record, record_key("k"), POST)) == [] == refused(record, record_key("k"))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"$type": "app.bsky.feed.like"}, None),
        ({"text": "é" * 301}, None),
        ({"text": "👩‍👩‍👧‍👦" * 121}, None),
        ({"text": None}, None),
        ({"createdAt": "2026-11-03 09:07"}, None),
        ({"createdAt": "2026-13-03T09:07:00.000Z"}, None),
        ({"langs": ["a", "b", "c", "d"]}, None),
        ({"langs": ["English"]}, None),
        ({"reply": {"parent": REF}}, None),
        ({"reply": {"root": REF, "parent": {"uri": REF["uri"]}}}, None),
        ({"reply": {"root": {**REF, "cid": "x"}, "parent": REF}}, None),
        ({"reply": {"root": REF, "parent": {**REF, "uri": "https://x.example"}}}, None),
        ({"facets": [{**FACET, "index": {"byteStart": -1, "byteEnd": 3}}]}, None),
        ({"facets": [{**FACET, "features": [{**LINK, "uri": "no address"}]}]}, None),
        ({"facets": {}}, None),
        ({}, "self"),
        ({}, "zzzzzzzzzzzzz"),
    ],
)
def test_lexicons_and_stand_in_refuse_a_wrong_post(lexicons: Lexicons, change: dict[str, Any], key: str | None) -> None:
    record = {**GOOD, **change}
    assert list(lexicons.record(record, key, POST))
    assert refused(record, key)


@pytest.mark.parametrize("index", [(0, 10), (1, 3), (3, 3), (4, 3)])
def test_facets_have_to_lie_in_the_text(index: tuple[int, int]) -> None:
    first, last = index
    facet = {**FACET, "index": {"byteStart": first, "byteEnd": last}}
    assert refused({**GOOD, "text": "中文", "facets": [facet]}, None)


@given(st.lists(st.tuples(st.text(max_size=200), st.booleans()), max_size=5), st.sampled_from(["zh", "en"]))
def test_whatever_is_written_keeps_the_lexicon(
    lexicons: Lexicons, parts: list[tuple[str, bool]], language: str
) -> None:
    runs = [Link(text, f"https://voc.example/{n}") if link else Text(text) for n, (text, link) in enumerate(parts)]
    text, facets = write_post(Document(language, "t", (paragraph(*runs),)))
    record: Mapping[str, Any] = {**GOOD, "text": text, "langs": [language], **({"facets": facets} if facets else {})}
    assert list(lexicons.record(record, record_key(text), POST)) == [] == refused(record, record_key(text))


def test_other_time_zones_are_written_as_utc(
    lexicons: Lexicons, bluesky: BlueskyStandin, port: Callable[..., Any], drain: Callable[..., Any], clock: HandClock
) -> None:
    clock.move(timedelta(microseconds=123_456))
    drain(port("poll_source", poll_from="2026-11-01T00:00:00+08:00"))
    (searched,) = [entry["query"] for entry in bluesky.log() if entry["path"].endswith("searchPosts")]
    assert searched["since"] == "2026-10-31T13:00:00.000Z"
