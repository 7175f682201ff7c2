"""Logs: one line an event, each with an `action` that a machine can count by, and never a secret.

Whoever logs gives `extra={"action": "poll.stopped", ...}`; what else stands in `extra` becomes a field in JSON.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr
from pythonjsonlogger.json import JsonFormatter

from vocbot.config.model import LogSettings

MASK = "***"
_LEAST = 6  # characters; a shorter secret would mask half of all words
# what a library may log although nobody configured it: credentials in headers, addresses and queries
_TELLING = re.compile(
    r"(?i)(\b(?:bearer|basic)\s+|\b[\w-]*(?:token|secret|password|passwd|api[_-]?key|signature)\"?'?\s*[=:]\s*\"?'?)"
    r"[^\s\"'&,;]+"
)
_USER = re.compile(r"(://[^\s/:@]+:)[^\s/@]+(?=@)")  # user:password@host


class Masked(logging.Formatter):
    """Formats with another formatter, and takes secrets out of the whole line."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        known = sorted({re.escape(s) for s in secrets if len(s) >= _LEAST}, key=len, reverse=True)
        self._known = re.compile("|".join(known)) if known else None

    def format(self, record: logging.LogRecord) -> str:
        line = self._inner.format(record)
        if self._known is not None:
            line = self._known.sub(MASK, line)
        return _USER.sub(rf"\g<1>{MASK}", _TELLING.sub(rf"\g<1>{MASK}", line))


def set_up(settings: LogSettings, secrets: Iterable[str]) -> None:
    """Send all logs of this process to stderr, as configured."""
    inner: logging.Formatter
    if settings.format == "json":
        inner = JsonFormatter(
            ["asctime", "levelname", "name", "message"],
            datefmt="%Y-%m-%dT%H:%M:%S%z",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            defaults={"action": "log"},
            json_ensure_ascii=False,
        )
    else:
        inner = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler = logging.StreamHandler()
    handler.setFormatter(Masked(inner, secrets))
    logging.basicConfig(level=settings.level.upper(), handlers=[handler], force=True)
    for name in ("httpx", "httpcore"):  # they log whole addresses, with their queries
        logging.getLogger(name).setLevel(logging.WARNING)


def secrets_in(value: Any) -> Iterator[str]:
    """Every secret in settings, however deep."""
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case SecretBytes():
            yield value.get_secret_value().decode("utf-8", "replace")
        case BaseModel():
            for name in type(value).model_fields:
                yield from secrets_in(getattr(value, name))
        case dict():
            for one in value.values():
                yield from secrets_in(one)
        case list() | tuple() | set() | frozenset():
            for one in value:
                yield from secrets_in(one)
