"""Every sentence a person reads, in zh and en. Code holds keys, the YAML files hold words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

LANGUAGES = ("zh", "en")
LEAST_SHOWN = 0.1
SHOWN_HASH = 10  # characters: twelve digits in a row may be a telephone number, and the last gate holds the message


@cache
def sentences(language: str) -> dict[str, str]:
    """All sentences of one language, by dotted key."""
    text = (files("vocbot.locale") / f"{language}.yaml").read_text(encoding="utf-8")
    return dict(_flat(yaml.safe_load(text), ""))


def _flat(tree: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((prefix + key, value))
    return found


def say(language: str, key: str, **values: Any) -> str:
    """The sentence `key` in zh (for zh) or en (for anything else), with its values filled in."""
    return sentences("zh" if language == "zh" else "en")[key].format(**values)


def day(language: str, value: date | datetime) -> str:
    """A date as people write it: 11 月 24 日, 24 November."""
    if language == "zh":
        return f"{value.month} 月 {value.day} 日"
    return f"{value.day} {value:%B}"


def amount(language: str, value: float) -> str:
    """An expected number with one decimal; one that would be shown as 0.0 is said in words."""
    return f"{value:.1f}" if value >= LEAST_SHOWN else say(language, "amount.less", least=LEAST_SHOWN)


def weeks(language: str, count: int) -> str:
    """1 week, 2 weeks."""
    return say(language, "amount.week" if count == 1 else "amount.weeks", count=count)


def joined(language: str, parts: Iterable[str]) -> str:
    """Parts of one remark, with a comma: "chat, 4 November"; empty ones are left out."""
    return ("，" if language == "zh" else ", ").join(filter(None, parts))


def listed(language: str, items: Iterable[str]) -> str:
    """Things of one kind, one after the other: "chat 3, e-mail 1"."""
    return ("、" if language == "zh" else ", ").join(items)


def word(language: str, family: str, value: str) -> str:
    """A value of ours in a person's language (`word("zh", "channel", "chat")`), or the value itself."""
    return sentences("zh" if language == "zh" else "en").get(f"words.{family}.{value}", value)
