"""A configuration with all that it names opened: what the web server needs, and the ground of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vocbot.config.load import Configuration, configured
from vocbot.config.opened import open_clock
from vocbot.registry import Configured, Registry
from vocbot.sdk.clock import Clock
from vocbot.sdk.manifest import PortName
from vocbot.store.crypt import Crypt
from vocbot.store.db import Store, open_store
from vocbot.store.key import open_crypt


@dataclass(frozen=True)
class Opened:
    """The store, its key, the clock and the connectors by their ids."""

    configuration: Configuration
    registry: Registry
    store: Store
    crypt: Crypt
    clock: Clock
    connectors: Mapping[str, Configured]

    def ports(self, port: PortName) -> dict[str, Any]:
        """The ports of one kind, by the ids of the connectors that fill them."""
        return {name: connector.port(port) for name, connector in self.connectors.items() if connector.has(port)}

    def close(self) -> None:
        """Give the database connections back."""
        self.store.close()


def open_all(configuration: Configuration, registry: Registry) -> Opened:
    """Open what the configuration names. Raises VocbotError with what to do where something is missing."""
    settings = configuration.settings
    store, clock = open_store(settings.store.url), open_clock(settings)
    crypt = open_crypt(store, settings.store.key)
    return Opened(configuration, registry, store, crypt, clock, configured(configuration, registry, clock))
