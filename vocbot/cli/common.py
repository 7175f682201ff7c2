"""What the verbs share: options, and the ways to open what a configuration names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vocbot.sdk.errors import VocbotError

if TYPE_CHECKING:
    from sqlmodel import Session

    from vocbot.config.load import Configuration
    from vocbot.config.model import Settings
    from vocbot.opened import Opened
    from vocbot.registry import Registry
    from vocbot.runtime import Core
    from vocbot.sdk.clock import Clock
    from vocbot.store.db import Store
    from vocbot.store.tables import Change, Issue

ConfigPath = Annotated[
    Path, typer.Option("--config", "-c", envvar="VOCBOT_CONFIG", help="Configuration file.", show_default=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
By = Annotated[str, typer.Option(help="Your name; it goes into the audit log.", envvar="USER")]
HERE = Path("vocbot.yaml")


def show(value: Any) -> None:
    """Print JSON for other programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))  # noqa: T201


@contextmanager
def core(config: Path, choose: Callable[[Opened], tuple[str, ...]] | None = None) -> Iterator[Core]:
    """Everything, for verbs that decide or act; with `choose` also where nobody has written a configuration yet, and
    then with the rules that it names."""
    from vocbot.opened import open_all
    from vocbot.registry import find_connectors
    from vocbot.runtime import complete

    registry = find_connectors()
    built = open_all(_loaded(config, registry, choose is not None), registry)
    try:
        if choose is not None and built.configuration.path is None:
            settings = built.configuration.settings
            settings = settings.model_copy(update={"rules": choose(built) or settings.rules})
            built = replace(built, configuration=replace(built.configuration, settings=settings))
        yield complete(built)
    finally:
        built.close()


@contextmanager
def connected(config: Path) -> Iterator[Opened]:
    """Everything but the loop, also where nobody has written a configuration: no rules and no words are read."""
    from vocbot.opened import open_all
    from vocbot.registry import find_connectors

    registry = find_connectors()
    built = open_all(_loaded(config, registry, default=True), registry)
    try:
        yield built
    finally:
        built.close()


@dataclass(frozen=True)
class Ready:
    """What verbs need that do without the loop, and so start several times faster."""

    settings: Settings
    store: Store
    clock: Clock


@contextmanager
def opened(config: Path) -> Iterator[Ready]:
    """The settings, the store and the clock."""
    from vocbot.config.opened import open_clock
    from vocbot.registry import find_connectors
    from vocbot.store.db import open_store

    settings = _loaded(config, find_connectors(), default=False).settings
    store = open_store(settings.store.url)
    try:
        yield Ready(settings, store, open_clock(settings))
    finally:
        store.close()


def _loaded(config: Path, registry: Registry, default: bool) -> Configuration:
    """The configuration; the usual settings where there is none in this folder, but the data of an import."""
    from vocbot.config.load import Configuration, load
    from vocbot.config.model import Settings

    usual = Settings.model_validate({})
    made = Path(usual.store.url.removeprefix("sqlite:///"))
    if config == HERE and not config.exists() and (default or made.exists()):
        return Configuration(usual, {}, None)
    return load(config, registry)


def named_issue(session: Session, name: str) -> Issue:
    """The Issue that people call `name`. Raises VocbotError where there is none."""
    from vocbot.store.why import find_issue

    found = find_issue(session, name)
    if found is None:
        raise VocbotError(f"there is no issue {name}; `vocbot issues` lists them")
    return found


def named_change(session: Session, name: str) -> Change:
    """The Change that people call `name` (CHANGE-3 or 3). Raises VocbotError where there is none."""
    from vocbot.store.tables import Change

    digits = name.strip().upper().removeprefix("CHANGE-")
    found = session.get(Change, int(digits)) if digits.isdecimal() and len(digits) < 10 else None
    if found is None:
        raise VocbotError(f"there is no change {name}; `vocbot change list` lists them")
    return found


def signer(by: str) -> str:
    """Whoever decides or releases something is named in the audit log."""
    if not by.strip():
        raise VocbotError("--by is empty: your name goes into the audit log")
    return by.strip()
