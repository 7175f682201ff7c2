"""Rows become records, and records become feedback; the second from the record alone, whatever the settings are then.

Rows without an id of their own are named by what they say and by how often it was said before in the file, so that the
same file read again brings nothing new, and a hundred thousand equal words are a hundred thousand rows.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import msgspec

from connectors.file.columns import NAMES
from connectors.file.rows import Trouble
from connectors.file.scores import read_score
from connectors.file.times import Times, Unreadable
from vocbot.sdk.errors import Unparseable
from vocbot.sdk.events import Author, Contact, CustomerEvent, Feedback
from vocbot.sdk.wire import Inbound, Record

FORMAT = 1
CHANNEL = "import"
LONGEST_ID = 150
MOST_RAW = 256 << 10  # bytes of a refused row that are kept
MOST_SCORES = 10_000  # different scores that are remembered

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_PHONE = re.compile(r"\+?[\d ()-]{7,20}")
_SHORTENED = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d+")  # what a spreadsheet makes of a long number
_EXACT = 2**53  # the largest number of which a spreadsheet keeps every digit
_PART = "\x1f"

Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class Body(msgspec.Struct, omit_defaults=True):
    """What is kept of a row. `refused` says why one cannot be used, which is kept as it stood in the file."""

    format: int
    id: str = ""
    own: bool = False  # the id is the source's own: the row may change
    text: str = ""
    event: str = ""
    time: Aware | None = None
    author: str = ""
    contacts: dict[str, str] = {}
    score: float | None = None
    channel: str = CHANNEL
    attributes: dict[str, str] = {}
    refused: str = ""
    line: int = 0
    file: str = ""
    cells: dict[str, str] = {}
    raw: bytes = b""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Body).decode


def parse(inbound: Inbound) -> Sequence[Feedback | CustomerEvent]:
    """What a record says: feedback, or an event. Raises Unparseable, with the line's number for a refused row."""
    try:
        body = _decode(inbound.body)
    except (msgspec.DecodeError, RecursionError):  # its messages quote nothing, but speak of our fields only
        raise Unparseable("this is no record of a file's row") from None
    if body.format != FORMAT:
        raise Unparseable(f"a record of format {body.format}, and this version reads {FORMAT}")
    if body.refused:
        raise Unparseable(f"line {body.line}: {body.refused} ({body.file})")
    if not body.id or not (body.text or body.event):
        raise Unparseable("the record has no id or no text")
    if body.event:
        author = _author(body)
        if author is None:
            raise Unparseable("the record has an event and nobody who met it")
        return (CustomerEvent(body.id, body.event, body.time or inbound.received_at, author, body.attributes),)
    revision = int((inbound.received_at - _EPOCH) / timedelta(minutes=1)) if body.own else 0
    return (
        Feedback(
            external_id=body.id,
            text=body.text,
            time=body.time or inbound.received_at,
            channel=body.channel,
            author=_author(body),
            revision=min(max(revision, 0), 2**31 - 1),
            score=body.score,
            attributes=body.attributes,
        ),
    )


def _author(body: Body) -> Author | None:
    """Who spoke: an address stands for a person as well as a name does, and is kept as one."""
    ways = {kind: value for kind in ("email", "phone") if (value := body.contacts.get(kind))}
    handle = body.author or ways.get("email") or ways.get("phone")
    if not handle:
        return None
    name: str | None = body.author or None
    if _MAIL.fullmatch(body.author):
        ways, name = {"email": body.author, **ways}, None
    elif _PHONE.fullmatch(body.author) and not body.author.isdigit():
        ways, name = {"phone": body.author, **ways}, None
    return Author(handle, name, tuple(Contact(kind, value) for kind, value in ways.items()))


class Maker:
    """Makes the records of one file. `names` says what the values of a row are, the first of which is the text, or the
    event.

    `seen` counts what was said so far, by a short hash (`counts`), or holds the rows' hashes by their ids. `tally`
    counts what was odd. `newest` is the time of the youngest row. `token` is another one once rows are read otherwise.
    `text` says that all values are strings.
    """

    def __init__(
        self, file: str, names: Sequence[str], times: Times, now: datetime, token: str, tally: Counter[str], text: bool
    ) -> None:
        self.newest: datetime | None = None
        self.seen: dict[int, int] = {}
        self.counts = "id" not in names
        self._file = file
        self._names = names
        self._event = names[0] == "event"
        self._times = times
        self._now = now
        # A row without an id is named by its words alone, so that another way to read them makes no second one of it.
        self._begin = hashlib.sha256(b"" if self.counts else f"{token}{_PART}".encode())
        self._tally = tally
        self._text = text
        self._scores: dict[object, float | None] = {}
        place = {name: n for n, name in enumerate(names)}
        self._time, self._id, self._score = place.get("time"), place.get("id"), place.get("score")
        self._author, self._channel = place.get("author"), place.get("channel")
        self._contacts = [(n, name) for name, n in place.items() if name in ("email", "phone")]
        self._persons = [n for name, n in place.items() if name in ("author", "email", "phone")]
        self._attributes = [(n, name) for name, n in place.items() if name not in NAMES]

    def __call__(self, number: int, values: Sequence[object] | Trouble) -> Record | None:
        """The record of a row; None for one without text."""
        if isinstance(values, Trouble):
            return self._refuse(number, values.reason, self._named(values), values.raw)
        try:
            words, whole = self._words(values)
        except TypeError:
            return self._refuse(number, "a value is an object and not text", {})
        text = words[0]
        if not text or text.isspace():
            self._tally["blank"] += 1
            return None
        digest = self._digest(whole)
        time = None
        try:
            if self._id is None:
                ident = event = self._count(digest)
            else:
                ident, event = self._own(words[self._id], values[self._id], digest)
            if self._event and not any(words[n].strip() for n in self._persons):
                raise Unreadable("an event must be somebody's, and the row names nobody")
            if self._time is not None:
                time = self._times.read(values[self._time])
                if (self.newest is None or time > self.newest) and time <= self._now:
                    self.newest = time
        except Unreadable as error:
            return self._refuse(number, str(error), dict(zip(self._names, words, strict=True)))
        self._tally["rows"] += 1
        body = Body(
            FORMAT,
            ident,
            self._id is not None,
            "" if self._event else text,
            text.strip() if self._event else "",
            time,
            "" if self._author is None else words[self._author].strip(),
            _filled(self._contacts, words),
            None if self._score is None else self._scored(values[self._score], words[self._score]),
            CHANNEL if self._channel is None else words[self._channel].strip()[:100] or CHANNEL,
            _filled(self._attributes, words),
        )
        return Record(event, _encode(body))

    def _words(self, values: Sequence[object]) -> tuple[Sequence[str], str]:
        """The values as text, and all in one. Raises TypeError."""
        words: Sequence[str] = values if self._text else [plain(value) for value in values]  # type: ignore[assignment]
        whole = _PART.join(words)
        if "\0" in whole:  # PostgreSQL takes none, and nobody means them
            words = [word.replace("\0", "") for word in words]
            whole = _PART.join(words)
        return words, whole

    def recount(self, values: Sequence[object] | Trouble) -> None:
        """Count a row that was read before."""
        if isinstance(values, Trouble):
            return
        try:
            words, whole = self._words(values)
        except TypeError:
            return
        if words[0] and not words[0].isspace():
            digest = self._digest(whole)
            if self._id is None:
                self._count(digest)

    def _digest(self, whole: str) -> str:
        found = self._begin.copy()
        found.update(whole.encode())
        return found.hexdigest()

    def _count(self, digest: str) -> str:
        key = hash(digest)  # shorter, and known to this process only
        times = self.seen.get(key, 0)
        self.seen[key] = times + 1
        return f"row:{digest[:32]}:{times}" if times else f"row:{digest[:32]}"

    def _own(self, word: str, value: object, digest: str) -> tuple[str, str]:
        """The row's own id, and the name of the record: another one once the row, or how it is read, has changed."""
        ident = word.strip()
        if not ident:
            raise Unreadable("the id is missing")
        if _SHORTENED.fullmatch(ident) or (isinstance(value, int | float) and abs(value) > _EXACT):
            raise Unreadable("a spreadsheet has shortened the id: make its column text before the ids go in")
        if len(ident) > LONGEST_ID:
            ident = "sha256:" + hashlib.sha256(ident.encode()).hexdigest()
        key, now = hash(ident), hash(digest)
        if self.seen.setdefault(key, now) != now:
            self._tally["repeated ids"] += 1
        return ident, f"{ident}:{digest[:24]}"

    def _scored(self, value: object, word: str) -> float | None:
        if word not in self._scores:
            if len(self._scores) > MOST_SCORES:
                self._scores.clear()
            self._scores[word] = read_score(value if isinstance(value, int | float) else word)
        found = self._scores[word]
        if found is None and word and not word.isspace():
            self._tally["scores not read"] += 1
        return found

    def _named(self, trouble: Trouble) -> dict[str, str]:
        return {str(n): cell for n, cell in enumerate(trouble.cells, 1)}

    def _refuse(self, number: int, reason: str, cells: Mapping[str, str], raw: bytes = b"") -> Record:
        self._tally["refused"] += 1
        raw = raw[:MOST_RAW]
        what = _PART.join((self._file, *cells.values())).encode("utf-8", "replace") + b"\0" + raw
        name = f"line:{number}:{hashlib.sha256(what).hexdigest()[:32]}"
        body = Body(FORMAT, refused=reason, line=number, file=self._file, cells=dict(cells), raw=raw)
        return Record(name, _encode(body))


def _filled(places: Sequence[tuple[int, str]], words: Sequence[str]) -> dict[str, str]:
    return {name: word for n, name in places if (word := words[n].strip())} if places else {}


def plain(value: object) -> str:
    """A cell's or key's value as text: no .0 behind an id, lists with commas. Raises TypeError for an object."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(filter(None, map(plain, value)))
    if isinstance(value, dict):
        raise TypeError("an object")
    return str(value)
