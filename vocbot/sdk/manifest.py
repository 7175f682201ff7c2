"""A connector's declaration: what it is, which ports it fills, where its settings and its stand-in are.

Everything is named as "module:Name" and imported only when it is needed, so that listing connectors stays cheap.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

PortName = Literal[
    "webhook_source",
    "poll_source",
    "refetch",
    "ticket_tracker",
    "channel",
    "replier",
    "approver",
    "window",
    "knowledge_base",
    "desk",
    "crm",
    "checkable",
]


@dataclass(frozen=True)
class Manifest:
    """What the registry knows of a connector.

    `settings` is a pydantic model; `ports` maps a port's name to its class; `find_lag` is how many physical seconds
    the peer may need until its search shows a write; `blind` lists the ports whose writes cannot be looked up, so
    that an unknown outcome stays unknown; `per_second` is the polite rate of outward calls; `checked_against` says
    how far it was tested; `history` is how far back the peer shows things to a poll, None where there is no end: a
    source that was not polled for longer has lost something.
    """

    id: str
    title: str
    settings: str
    ports: Mapping[PortName, str]
    standin: str
    checked_against: Literal["real server", "vendor contract", "documents"]
    find_lag: float = 0.0
    history: timedelta | None = None
    per_second: float = 5.0
    blind: frozenset[PortName] = field(default_factory=frozenset)


def resolve(target: str) -> Any:
    """Import "module:Name". Raises ImportError or AttributeError as Python does."""
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)
