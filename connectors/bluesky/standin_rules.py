"""What the stand-in's server refuses in a post: the rules of its lexicon, and of the addresses in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import regex

COLLECTION = "app.bsky.feed.post"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
CID = re.compile(r"b[a-z2-7]{58}")
AT_URI = re.compile(r"at://did:[a-z]+:[a-zA-Z0-9._:%-]+/[a-zA-Z0-9.-]+/[a-zA-Z0-9._:~-]+")
_URI = re.compile(r"[a-z][a-z0-9.+-]*:(?://)?[^\s/][^\s]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_TIME = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](?:\.[0-9]{1,20})?Z")
GRAPHEMES, BYTES = 300, 3_000


def problems(record: Mapping[str, Any], key: object) -> list[str]:
    """Every reason to refuse `record` under the record key `key`."""
    return [*_key(key), *_words(record), *_facets(record), *_reply(record)]


def _key(key: object) -> Iterator[str]:
    if key is not None and not (isinstance(key, str) and TID.fullmatch(key)):
        yield "rkey is no TID"


def _words(record: Mapping[str, Any]) -> Iterator[str]:
    text = record.get("text")
    if record.get("$type") != COLLECTION:
        yield f"$type is not {COLLECTION}"
    if not isinstance(text, str):
        yield "text is missing"
    elif len(text.encode()) > BYTES:
        yield f"text is longer than {BYTES} bytes"
    elif len(regex.findall(r"\X", text)) > GRAPHEMES:
        yield f"text has more than {GRAPHEMES} graphemes"
    made = record.get("createdAt")
    if not (isinstance(made, str) and _TIME.fullmatch(made) and _real(made)):
        yield "createdAt is no time"
    langs = record.get("langs", [])
    if not isinstance(langs, list) or len(langs) > 3:
        yield "langs is no list of at most three"
    elif not all(isinstance(lang, str) and _LANGUAGE.fullmatch(lang) for lang in langs):
        yield "langs holds what is no language"


def _real(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _facets(record: Mapping[str, Any]) -> Iterator[str]:
    facets, text = record.get("facets", []), record.get("text")
    if not isinstance(facets, list):
        yield "facets is no list"
        return
    data = text.encode() if isinstance(text, str) else b""
    for facet in facets:
        index, features = facet.get("index"), facet.get("features")
        first, last = index.get("byteStart"), index.get("byteEnd")
        if not (isinstance(first, int) and isinstance(last, int) and 0 <= first < last <= len(data)):
            yield "a facet lies outside of the text"
            continue
        try:
            data[first:last].decode()
        except UnicodeDecodeError:
            yield "a facet tears a character"
        for feature in features:
            if feature.get("$type") == "app.bsky.richtext.facet#link" and not _URI.fullmatch(feature.get("uri", "")):
                yield "a link is no address"


def _reply(record: Mapping[str, Any]) -> Iterator[str]:
    if "reply" not in record:
        return
    reply = record["reply"]
    for name in ("root", "parent"):
        ref = reply.get(name) if isinstance(reply, dict) else None
        if not isinstance(ref, dict) or not isinstance(ref.get("uri"), str) or not isinstance(ref.get("cid"), str):
            yield f"reply.{name} is missing"
        elif not AT_URI.fullmatch(ref["uri"]) or not CID.fullmatch(ref["cid"]):
            yield f"reply.{name} is no reference"
