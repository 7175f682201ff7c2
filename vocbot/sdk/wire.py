"""A webhook request and its answer, free of any web framework; and a raw record as it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from vocbot.sdk.errors import Unparseable


@dataclass(frozen=True)
class Request:
    """One HTTP request. Header names are lower case; `url` is the address the sender called, query included."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """An answer to a handshake."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Inbound:
    """A raw record that was authentic when it came: a webhook's request or one item of a poll."""

    kind: Literal["webhook", "poll"]
    event_id: str
    body: bytes
    headers: Mapping[str, str]
    received_at: datetime

    def json(self) -> Any:
        """The body as JSON.

        Raises Unparseable (wrong encoding, broken JSON), saying where but quoting nothing of the body.
        """
        try:
            return json.loads(self.body.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise Unparseable(f"body is not UTF-8 (byte {error.start} of {len(self.body)})") from None
        except json.JSONDecodeError as error:
            raise Unparseable(f"body is not JSON (line {error.lineno}, column {error.colno})") from None
        except (RecursionError, ValueError):  # nested thousands deep, or a number of thousands of digits
            raise Unparseable("body is JSON that no honest sender writes") from None


@dataclass(frozen=True)
class Record:
    """One item of a poll's page; `event_id` stays the same however often the item is read unchanged, and is another
    one once the item was changed."""

    event_id: str
    body: bytes


@dataclass(frozen=True)
class Page:
    """What one poll brought: items, where to go on, and whether there is more right now.

    `newest` is the time of the youngest item, from which the source's lag is told. `gap` says in words what is known
    to be lost before this page, as where a system only shows its latest 500 items; "" where nothing is.
    """

    records: tuple[Record, ...]
    cursor: str
    more: bool
    newest: datetime | None = None
    gap: str = ""
