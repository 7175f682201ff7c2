"""What the tests of this connector share: changed settings, and a poll until there is no more."""

from __future__ import annotations

from typing import Any

from connectors.http_json.config import HttpJsonSettings
from connectors.http_json.poll_source import HttpJsonPoll
from vocbot.sdk.wire import Page

KINDS = ("none", "page", "offset", "cursor", "link", "desk")


def changed(plain: dict[str, Any], **changes: Any) -> HttpJsonSettings:
    """The settings with `changes`; a mapping is merged into the one that is there, None takes a setting away."""
    found = dict(plain)
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(found.get(name), dict):
            found[name] = {k: v for k, v in {**found[name], **value}.items() if v is not None}
        elif value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return HttpJsonSettings.model_validate(found)


def drain(poll: HttpJsonPoll, cursor: str | None, most: int = 100) -> tuple[list[str], str, list[Page]]:
    """Everything until there is no more: the ids that came, in order, the last cursor, and the pages."""
    pages: list[Page] = []
    while not pages or pages[-1].more:
        assert len(pages) < most, "no end"
        pages.append(poll.poll(cursor))
        cursor = pages[-1].cursor
    assert cursor is not None
    return [record.event_id.split(":")[0] for page in pages for record in page.records], cursor, pages
