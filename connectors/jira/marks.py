"""How a ticket and a comment remember the idempotency key under which they were written.

A label is what search can see; the property beside it is exact, travels in the same request and is not copied when
somebody clones the ticket.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vocbot.sdk.ports import TicketDraft

PROPERTY = "vocbot"  # who the ticket or comment is: written once
EVIDENCE = "vocbot-evidence"  # what it rests on: replaced with every update
_LABEL = "vocbot-"
_PLAIN = re.compile(rb"[A-Za-z0-9-]")
_CODED = re.compile(r"_([0-9a-f]{2})")


def marker(key: str) -> str:
    """The label for `key`: no space, nothing that JQL could misread, and no two keys share one.

    Letters, digits and hyphens stand for themselves, ":" becomes ".", every other byte of the UTF-8 becomes _xx.
    """
    coded = (
        chr(byte) if _PLAIN.match(bytes([byte])) else "." if byte == 0x3A else f"_{byte:02x}" for byte in key.encode()
    )
    return _LABEL + "".join(coded)


def key_of(labels: list[str]) -> str | None:
    """The key that one of the labels stands for; None where none is ours."""
    for label in labels:
        if label.startswith(_LABEL):
            coded = label.removeprefix(_LABEL).replace(".", ":")
            raw = _CODED.sub(lambda found: chr(int(found[1], 16)), coded)
            try:
                return raw.encode("latin-1").decode()
            except UnicodeError:
                continue
    return None


def labels(draft: TicketDraft, prefix: str) -> list[str]:
    """The labels of a ticket, without the marker: the prefix, the issue's and the draft's own, all under the prefix."""
    wanted = [prefix]
    for label in (draft.issue.lower(), *draft.labels):
        safe = "-".join(label.split())
        wanted.append(safe if safe == prefix or safe.startswith(f"{prefix}-") else f"{prefix}-{safe}")
    return list(dict.fromkeys(wanted))


def identity(draft: TicketDraft, project: str) -> dict[str, str]:
    """The value of PROPERTY. The project tells two installations apart that count their issues alike."""
    return {"key": draft.key, "issue": draft.issue, "project": project}


def ours(issue: Mapping[str, Any], value: Any, key: str, project: str) -> int:
    """How surely a search hit is the ticket of `key`: 2 by its property, 1 by its label alone, 0 not at all.

    Only the label: a Data Center ticket whose second request was lost, or a clone, which is younger than its original.
    """
    fields = issue.get("fields") or {}
    if marker(key) not in (fields.get("labels") or []):  # JQL compares labels without regard to case
        return 0
    if isinstance(value, Mapping):
        return 2 if value.get("key") == key and value.get("project") == project else 0
    return 1 if (fields.get("project") or {}).get("key") == project else 0
