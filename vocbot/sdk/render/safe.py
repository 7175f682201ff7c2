"""What renderers do to text, runs and addresses before their own escaping."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote, urlsplit

from vocbot.sdk.document import Inline, Text

_BREAKS = re.compile("\r\n?|[\u000b\u000c\u0085\u2028\u2029]")
# Control characters, lone surrogates, non-characters, and the marks that reorder text: one that is left open in a
# quote would turn everything after it around.
_UNSAFE = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_HOST = re.compile(r"[\w.-]+(?::[0-9]{1,5})?")
_LONGEST = 2000  # characters of an address; more than that is no link for Slack and for old browsers


def clean(text: str) -> str:
    """`text` with one kind of line break and without characters that JSON, XML or a terminal trip over."""
    return _UNSAFE.sub("", _BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """Clean `text` with every run of white space as one space."""
    return " ".join(clean(text).split())


def merged(runs: tuple[Inline, ...]) -> list[Inline]:
    """The runs with unformatted neighbours made one, so that no markup can hide in the seam ("h1" + ". title")."""
    joined: list[Inline] = []
    for run in runs:
        last = joined[-1] if joined else None
        if isinstance(run, Text) and isinstance(last, Text) and (run.bold, run.italic) == (last.bold, last.italic):
            joined[-1] = replace(last, text=last.text + run.text)
        else:
            joined.append(run)
    return joined


def address(url: str) -> str | None:
    """`url` percent-encoded so that no target can misread it, or None unless it is http, https or mailto.

    An address that hides its host behind a user name is none.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme in ("http", "https"):
        if not _HOST.fullmatch(parts.netloc):
            return None
        start = f"{scheme}://{parts.netloc}"
    elif scheme == "mailto" and not parts.netloc and "@" in parts.path:
        start = "mailto:"
    else:
        return None
    safe = start + _encoded(parts.path, "/:@!$,;=+-._~%")
    if parts.query:
        safe += "?" + _encoded(parts.query, "/:@!$,;=+-._~%&?")
    if parts.fragment:
        safe += "#" + _encoded(parts.fragment, "/:@!$,;=+-._~%&?")
    return safe if len(safe) <= _LONGEST else None


def _encoded(part: str, kept: str) -> str:
    return quote(part, safe=kept, errors="replace")
