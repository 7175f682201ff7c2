"""How pages look: Jinja2 templates that escape everything, sentences in two languages, numbers and times as read."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vocbot import locale
from vocbot.sdk.render.safe import address, clean
from vocbot.tell.alert import sentence

HERE = Path(__file__).parent
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
NAV = (
    ("/", "nav_today"),
    ("/issues", "nav_issues"),
    ("/approvals", "nav_approvals"),
    ("/undecided", "nav_undecided"),
    ("/deliveries", "nav_deliveries"),
)


class Looks:
    """The templates. They are compiled once and then shared by all threads."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "n": lambda value: f"{value:,}",
            "clean": clean,
            "address": lambda url: address(url or "") or "",
            "local": self._local,
            "clock": lambda time: time.astimezone(zone).strftime("%H:%M"),
        }
        self._environment.globals |= {
            "style": static_name("style.css"),
            "icon": static_name("icon.svg"),
            "keys": static_name("keys.js"),
            "zone": zone.key,
            "nav": NAV,
            "sentences": locale.sentences("en"),
        }

    def compile(self) -> None:
        """Make all templates ready; each takes some milliseconds, which nobody should wait for."""
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    def render(self, template: str, language: str, **facts: Any) -> str:
        """The page as text."""
        found = self._environment.get_template(template)
        return found.render(
            language=language,
            t=lambda key, **values: locale.say(language, f"console.{key}", **values),
            w=lambda family, value: locale.word(language, family, value),
            on=partial(locale.day, language),
            told_alarm=lambda alarm: sentence(alarm, language, self._zone),
            **facts,
        )

    def _local(self, time: datetime | date) -> str:
        """A time in the owner's zone, 2026-11-24 18:05; a date as it is."""
        if isinstance(time, datetime):
            return time.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")
        return time.isoformat()


@cache
def static_files() -> dict[str, tuple[str, bytes]]:
    """What pages load from us, by a name that changes with the content: (media type, content)."""
    return {
        static_name(path.name): (TYPES[path.suffix], path.read_bytes())
        for path in (HERE / "static").iterdir()
        if path.suffix in TYPES
    }


@cache
def static_name(name: str) -> str:
    """The name under which a file is served; browsers may keep it for ever."""
    path = HERE / "static" / name
    return f"{path.stem}.{hashlib.sha256(path.read_bytes()).hexdigest()[:10]}{path.suffix}"
