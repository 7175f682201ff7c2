"""What no single section of a configuration can know: ids that must exist, and can do what is asked of them.

It looks at the file as it was written, so that a mistake in one section does not hide one in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vocbot.config.explain import closest
from vocbot.config.yamlfile import Finding, Place
from vocbot.registry import Registry
from vocbot.sdk.manifest import PortName

# which port the connector named by a setting must fill
_NEEDS: tuple[tuple[str, PortName], ...] = (
    ("tickets", "ticket_tracker"),
    ("approvals", "approver"),
    ("faq", "knowledge_base"),
    ("reports", "channel"),
    ("alerts", "channel"),
)
_NEED_TARGET = ("approvals", "reports", "alerts")


def wiring(data: Mapping[Any, Any], registry: Registry) -> Iterator[Finding]:
    """Everything in `data` that does not fit together."""
    digests = [(i, d) for i, d in enumerate(_entries(data.get("digests"))) if isinstance(d, dict)]
    yield from _connectors(data, digests, registry)
    for section in _NEED_TARGET:
        if mapping(data, section).get("connector") and not mapping(data, section).get("target"):
            yield Finding((section, "connector"), "where to post is not said", f"add `target:` to {section}")
    taken: set[str] = set()
    for index, digest in digests:
        name = digest.get("name")
        if isinstance(name, str) and name in taken:
            yield Finding(("digests", index, "name"), f"{name!r} is taken", "give each digest a name of its own")
        taken.add(str(name))
    for kind in ("notice", "faq"):
        if mapping(data, "modes").get(kind) == "auto" and not mapping(data, "notices").get("signed_by"):
            what = "auto would show customers what nobody approved"
            yield Finding(("modes", kind), what, "use `approve`, or name who signed the rule in notices.signed_by")


def _connectors(
    data: Mapping[Any, Any], digests: list[tuple[int, dict[Any, Any]]], registry: Registry
) -> Iterator[Finding]:
    """Connectors that are named but are not there, or cannot do it."""
    wanted: list[tuple[Place, Any, PortName]] = [
        ((section, "connector"), mapping(data, section).get("connector"), port) for section, port in _NEEDS
    ]
    wanted += [(("digests", index, "connector"), digest.get("connector"), "channel") for index, digest in digests]
    vias = _entries(mapping(data, "notices").get("via"))
    wanted += [(("notices", "via", index), via, "replier") for index, via in enumerate(vias)]
    types = {str(name): e.get("type") for name, e in mapping(data, "connectors").items() if isinstance(e, dict)}
    ports = {
        name: registry.manifests[kind].ports
        for name, kind in types.items()
        if isinstance(kind, str) and kind in registry.manifests
    }
    for place, name, port in wanted:
        if not isinstance(name, str):
            continue
        if name not in types:
            hint = closest(name, types) if types else "add it under `connectors:`"
            yield Finding(place, f"there is no connector with the id {name!r}", hint)
        elif name in ports and port not in ports[name]:
            able = [other for other, offered in ports.items() if port in offered]
            hint = f"these are: {', '.join(able)}" if able else "configure one; see `vocbot connectors`"
            yield Finding(place, f"{name!r} ({types[name]}) is no {port.replace('_', ' ')}", hint)


def mapping(data: Mapping[Any, Any], section: str) -> Mapping[Any, Any]:
    """A section as it was written; empty where it is none (which its model complains about)."""
    found = data.get(section)
    return found if isinstance(found, dict) else {}


def _entries(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []
