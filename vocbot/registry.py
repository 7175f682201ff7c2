"""Find connectors by entry point, and build the ports of the configured ones.

A connector that cannot be imported is listed with its error, never silently absent, and stops nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import BaseModel

from vocbot.sdk import ports
from vocbot.sdk.manifest import Manifest, PortName, resolve

GROUP = "vocbot.connectors"
PORTS: dict[PortName, Any] = {
    "webhook_source": ports.WebhookSource,
    "poll_source": ports.PollSource,
    "refetch": ports.Refetch,
    "ticket_tracker": ports.TicketTracker,
    "channel": ports.Channel,
    "replier": ports.Replier,
    "approver": ports.Approver,
    "window": ports.Window,
    "knowledge_base": ports.KnowledgeBase,
    "desk": ports.Desk,
    "crm": ports.Crm,
    "checkable": ports.Checkable,
}


@dataclass(frozen=True)
class Broken:
    """A connector that is installed but does not load."""

    id: str
    error: str


@dataclass(frozen=True)
class Registry:
    """All installed connectors, by the type that `connectors.<id>.type` names."""

    manifests: dict[str, Manifest]
    broken: tuple[Broken, ...]


def find_connectors(points: Iterable[EntryPoint] | None = None) -> Registry:
    """Load the manifest of every installed connector."""
    manifests: dict[str, Manifest] = {}
    broken: list[Broken] = []
    for point in sorted(entry_points(group=GROUP) if points is None else points, key=lambda p: p.name):
        try:
            loaded = point.load()
        except Exception as error:  # noqa: BLE001 - whatever a plug-in raises at import must not stop the others
            broken.append(Broken(point.name, f"{type(error).__name__}: {error}"))
            continue
        if not isinstance(loaded, Manifest):
            broken.append(Broken(point.name, f"{point.value} is not a Manifest"))
        elif loaded.id != point.name:
            broken.append(Broken(point.name, f"its manifest calls itself {loaded.id!r}"))
        elif loaded.id in manifests:
            broken.append(Broken(point.name, f"is installed twice; {point.value} is not used"))
        else:
            manifests[loaded.id] = loaded
    return Registry(manifests, tuple(broken))


@dataclass(frozen=True)
class Configured:
    """One configured connector: its manifest, validated settings, context, and how long its search lags (seconds)."""

    manifest: Manifest
    settings: BaseModel
    context: ports.Context
    search_lag: float

    def has(self, port: PortName) -> bool:
        """Whether it fills the port."""
        return port in self.manifest.ports

    def port(self, name: PortName) -> Any:
        """Build the port `name`. Raises KeyError where the manifest does not declare it, TypeError where it lies."""
        built = resolve(self.manifest.ports[name])(self.settings, self.context)
        if not isinstance(built, PORTS[name]):
            raise TypeError(f"{self.manifest.ports[name]} does not do what the port {name} asks")
        return built
