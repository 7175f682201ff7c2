"""The items that are played: our own story, or somebody else's file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from vocbot.config.yamlfile import FileProblems


@dataclass(frozen=True)
class Item:
    """One piece of feedback to be sent in: what, when, by whom, through what; and what the desk did with it."""

    text: str
    time: datetime
    author: str
    channel: str
    attributes: dict[str, str] = field(default_factory=dict)
    answer: str | None = None
    answered_at: datetime | None = None
    solved: bool = False
    closed: bool = False


def read_items(path: Path, zone: ZoneInfo) -> list[Item]:
    """Read a JSONL file (UTF-8), sorted by time. Raises FileProblems with every bad line.

    A time without a zone is taken in the owner's; a missing author is a stranger of their own.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise FileProblems([f"{path}:1: cannot be read: {said}"]) from None
    items: list[Item] = []
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                items.append(_item(json.loads(line), number, zone))
            except ValueError as error:
                problems.append(f"{path}:{number}: {error}")
    if not items and not problems:
        problems.append(f"{path}:1: there is no item in it; one JSON object per line with text and time")
    if problems:
        raise FileProblems(problems)
    return sorted(items, key=lambda item: item.time)


def _item(raw: Any, number: int, zone: ZoneInfo) -> Item:
    if not isinstance(raw, dict):
        raise ValueError("not a JSON object")
    text, time = raw.get("text"), raw.get("time")
    if not isinstance(text, str):
        raise ValueError("text is missing or not a string")
    if not isinstance(time, str):
        raise ValueError("time is missing or not an ISO time such as 2026-09-01T10:12:00+08:00")
    try:
        when = datetime.fromisoformat(time)
    except ValueError:
        raise ValueError("time is not an ISO time such as 2026-09-01T10:12:00+08:00") from None
    when = when if when.tzinfo else when.replace(tzinfo=zone)
    attributes = raw.get("attributes") or {}
    if not isinstance(attributes, dict):
        raise ValueError("attributes is not an object")
    answer = raw.get("answer") if isinstance(raw.get("answer"), dict) else None
    return Item(
        text=text,
        time=when,
        author=str(raw.get("author") or f"stranger-{number}"),
        channel=str(raw.get("channel") or "web"),
        attributes={str(k): str(v) for k, v in attributes.items() if v is not None},
        answer=str(answer["text"]) if answer and answer.get("text") else None,
        answered_at=when + timedelta(minutes=float(answer.get("after_minutes", 60))) if answer else None,
        solved=bool(answer and answer.get("outcome") == "solved"),
        closed=bool(raw.get("closed")),
    )


def by_day(items: Iterable[Item], zone: ZoneInfo) -> Iterator[tuple[datetime, list[Item]]]:
    """Local days from the first item's to the last one's: (its end, its items), empty days included."""
    listed = sorted(items, key=lambda item: item.time)
    day = listed[0].time.astimezone(zone).date()
    last = listed[-1].time.astimezone(zone).date()
    while day <= last:
        end = datetime.combine(day, datetime.max.time().replace(microsecond=0), zone)
        yield end, [item for item in listed if item.time.astimezone(zone).date() == day]
        day += timedelta(days=1)
