"""A window to write in: what it shows, who wants one, and what somebody wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vocbot.sdk.errors import Rejected


class TooLong(Rejected):
    """The texts do not fit into a window. None was shown: what it could not show would be lost when it is saved."""


@dataclass(frozen=True)
class Field:
    """One text in a window. `longest` is in characters; `lines` says that it may have several, `needed` that it may
    not be empty; `usual` is what is said where it is."""

    name: str
    label: str
    value: str
    longest: int
    lines: bool = False
    needed: bool = True
    usual: str = ""


@dataclass(frozen=True)
class Form:
    """A window: its title, what to know before writing, the fields, the words on its two buttons. `state` comes back
    with what was written."""

    title: str
    about: str
    fields: tuple[Field, ...]
    save: str
    leave: str
    state: str


@dataclass(frozen=True)
class Wish:
    """Somebody pressed the button that asks for a window. `handle` opens one, for a few seconds.

    `role` is that person's, "" for somebody whom nobody named, None where they may do everything. `reply_to` is where
    to say that there is no window, and why.
    """

    token: str
    handle: str
    by: str
    by_name: str
    role: str | None
    time: datetime
    reply_to: str


@dataclass(frozen=True)
class Written:
    """What somebody wrote in a window, by the names of its fields."""

    state: str
    values: Mapping[str, str]
    by: str
    by_name: str
    role: str | None
