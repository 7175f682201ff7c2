"""The structure of a mail, on its bytes: headers and the parts that are text; everything else is left out.

Not the standard library's parser: its time grows with depth times length, it recurses, and what it takes apart it does
not always put together again. Here every mail ends in bounded time, and the bytes of its text stay as they came.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass
from functools import cached_property

DEEPEST = 128
MOST_PARTS = 500
MOST_WORK = 64 * 1024 * 1024  # bytes looked through, over all depths
_HEAD_LIMIT = 262_144

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_END_OF_DELIMITER = re.compile(rb"(--)?[ \t]{0,100}(?:\r?\n|\Z)")
_LF = 10
_LINE = re.compile(rb"\r\n|\n|\r")
_NAME = re.compile(rb"[!-9;-~]{1,80}")
_TOKEN = re.compile(rb"[A-Za-z0-9!#$&^_.+-]{1,80}")
_DISCARDED = re.compile(rb"[^A-Za-z0-9+/]")
_QUOTED_PAIR = re.compile(rb"\\(.)")


@dataclass(frozen=True)
class Headers:
    """The header fields of a mail or part, in order: lower-case names with unfolded raw values."""

    fields: tuple[tuple[str, bytes], ...]

    @classmethod
    def read(cls, head: bytes) -> Headers:
        """Whatever of `head` reads like header fields."""
        found: list[tuple[str, list[bytes]]] = []
        for line in _LINE.split(head[:_HEAD_LIMIT]):
            if line[:1] in (b" ", b"\t"):
                if found:
                    found[-1][1].append(line)
                continue
            name, colon, value = line.partition(b":")
            if colon and _NAME.fullmatch(name.rstrip()):
                found.append((name.rstrip().decode("ascii").lower(), [value]))
        return cls(tuple((name, b" ".join(map(bytes.strip, lines)).strip()) for name, lines in found))

    def get(self, name: str) -> bytes:
        """The first value of a field; b"" where there is none."""
        return next((value for field_name, value in self.fields if field_name == name), b"")

    def has(self, name: str) -> bool:
        return any(field_name == name for field_name, _ in self.fields)

    def text(self, name: str) -> str:
        """The same of a field that only programs read."""
        return self.get(name).decode("ascii", "replace").strip()

    @cached_property
    def kind(self) -> str:
        """The media type, lower case; text/plain where none is named (RFC 2045, 5.2)."""
        kind = self.get("content-type").partition(b";")[0].strip().decode("ascii", "replace").lower()
        return kind if "/" in kind else "text/plain" if kind in ("", "text") else f"{kind}/"

    def parameter(self, name: str, of: str = "content-type") -> bytes:
        """A parameter of a field, as `charset` of the content type; b"" where there is none."""
        pattern = rb";\s*" + name.encode() + rb"(?:\*0)?\*?\s*=\s*(?:\"((?:[^\"\\]|\\.){0,500})\"|([^;\s\"]{1,500}))"
        found = re.search(pattern, self.get(of)[:4000], re.IGNORECASE | re.DOTALL)
        if not found:
            return b""
        return _QUOTED_PAIR.sub(rb"\1", found[1]) if found[1] is not None else found[2]

    @property
    def attached(self) -> bool:
        """Whether a part is a file beside the mail, not what the mail says."""
        disposition = self.get("content-disposition").partition(b";")[0].strip().lower()
        named = self.parameter("filename", "content-disposition") or self.parameter("name")
        return disposition == b"attachment" or bool(named)


@dataclass(frozen=True)
class Part:
    """A part that is text (`kind` text/plain or text/html), its body as it came, and which multipart/alternative it
    belongs to, 0 for none."""

    headers: Headers
    body: bytes
    kind: str
    choice: int

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding; what is broken in it is skipped."""
        encoding = self.headers.text("content-transfer-encoding").lower()
        if encoding == "base64":
            kept = _DISCARDED.sub(b"", self.body)
            kept = kept[: len(kept) // 4 * 4 + (0 if len(kept) % 4 == 1 else len(kept) % 4)]
            try:
                return base64.b64decode(kept + b"=" * (-len(kept) % 4))
            except binascii.Error:
                return b""
        if encoding == "quoted-printable":
            return quopri.decodestring(self.body)
        return self.body


@dataclass(frozen=True)
class _Piece:
    """A span of the mail that is still to be looked at."""

    start: int
    end: int
    depth: int = 0
    choice: int = 0
    default: str = "text/plain"


def texts(raw: bytes) -> list[Part]:
    """The parts of a mail that are text and no attachments, in order."""
    return _walk(raw)[0]


def stripped(raw: bytes) -> bytes:
    """The same mail without the bodies of what is no text: the rest is as it came, and `texts` finds the same in it."""
    kept, last = [], 0
    for start, end in sorted(_walk(raw)[1]):
        kept.append(raw[last:start])
        last = max(last, end)
    return b"".join([*kept, raw[last:]])


def ends_in_text(raw: bytes) -> bool:
    """Whether the last thing in a mail is text: where its end was not read, some of the text is missing."""
    found = texts(raw)
    return bool(found) and bool(found[-1].body) and raw.endswith(found[-1].body)


def split(raw: bytes) -> tuple[bytes, bytes]:
    """Head and body of a mail."""
    head, body = _split(raw, 0, len(raw))
    return raw[:head], raw[body:]


def _walk(raw: bytes) -> tuple[list[Part], list[tuple[int, int]]]:
    """The text parts, and the spans that hold none."""
    found: list[Part] = []
    dropped: list[tuple[int, int]] = []
    waiting = [_Piece(0, len(raw))]
    looked_at = work = 0
    while waiting:
        piece = waiting.pop()
        looked_at += 1
        head, body = _split(raw, piece.start, piece.end)
        headers = Headers.read(raw[piece.start : head])
        kind = headers.kind if headers.has("content-type") else piece.default
        if kind.startswith("multipart/") and piece.depth < DEEPEST and work < MOST_WORK and looked_at < MOST_PARTS:
            work += piece.end - body
            inner, end = _pieces(raw, body, piece.end, headers.parameter("boundary").rstrip())
            if inner:
                choice = piece.choice or (looked_at if kind == "multipart/alternative" else 0)
                default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
                waiting += [_Piece(*span, piece.depth + 1, choice, default) for span in reversed(inner)]
                dropped.append((end, piece.end))
                continue
            kind = "text/plain"  # the boundary it names is not there: some programs write such mail
        if kind in ("text/plain", "text/html") and looked_at < MOST_PARTS and not (piece.depth and headers.attached):
            found.append(Part(headers, raw[body : piece.end], kind, piece.choice))
        else:
            dropped.append((body, piece.end))
    return found, dropped


def _split(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the head of a piece ends and where its body begins."""
    if raw[start : start + 1] == b"\n" or raw[start : start + 2] == b"\r\n":
        return start, start + (1 if raw[start : start + 1] == b"\n" else 2)
    found = _END_OF_HEAD.search(raw, start, end)
    return (found.start(), found.end()) if found else (end, end)


def _pieces(raw: bytes, start: int, end: int, boundary: bytes) -> tuple[list[tuple[int, int]], int]:
    """The spans between the boundary's lines, and where they end; a missing last line does no harm."""
    spans: list[tuple[int, int]] = []
    begun = -1
    delimiter = b"--" + boundary
    at = raw.find(delimiter, start, end) if boundary else -1
    while at >= 0 and len(spans) < MOST_PARTS:
        rest = _END_OF_DELIMITER.match(raw, at + len(delimiter), end)
        if rest and (at == 0 or raw[at - 1] == _LF):
            if begun >= 0:
                spans.append((begun, max(begun, at - _break_before(raw, at))))
            if rest[1]:
                return spans, rest.end()
            begun = rest.end()
        at = raw.find(delimiter, at + len(delimiter), end)
    if at >= 0 or begun < 0:
        return spans, begun if spans else end
    return [*spans, (begun, end)], end


def _break_before(raw: bytes, at: int) -> int:
    """The length of the line break before a boundary, which belongs to the boundary (RFC 2046, 5.1.1)."""
    return 2 if raw[at - 2 : at] == b"\r\n" else 1 if raw[at - 1 : at] == b"\n" else 0
