"""Read a configuration: registry first, then each connector's settings with its own model, all problems at once.

What is wrong in one section never hides what is wrong in another, and no secret gets into a message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from vocbot.config.explain import closest, explain, settings_of
from vocbot.config.fill import STAND_FOR, Filling, referenced
from vocbot.config.model import ConnectorEntry, Settings
from vocbot.config.wiring import mapping, wiring
from vocbot.config.yamlfile import FileProblems, Finding, Place, read_yaml
from vocbot.registry import Configured, Registry
from vocbot.sdk.clock import Clock
from vocbot.sdk.errors import trace
from vocbot.sdk.manifest import resolve
from vocbot.sdk.ports import Context
from vocbot.sdk.secrets import SecretProblem

Model = TypeVar("Model", bound=BaseModel)

_CONNECTOR_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


@dataclass(frozen=True)
class Configuration:
    """A configuration that holds together: the core's settings, and each connector's own by its id."""

    settings: Settings
    connectors: Mapping[str, BaseModel]
    path: Path | None


def load(path: Path, registry: Registry) -> Configuration:
    """Read and check a file. Raises FileProblems with everything that is wrong, each with file:line and a hint."""
    if not path.exists():
        raise FileProblems(
            [f"{path}:1: the file: is not there; write one with `vocbot init`, or name yours with --config"]
        )
    file = read_yaml(path)
    if file.data is None and file.findings:
        raise FileProblems(file.problems(file.findings))
    if not isinstance(file.data, dict):
        what = "is empty" if file.data is None else "must be a mapping of settings"
        raise FileProblems([f"{file.where(())}: the file: {what}; write one with `vocbot init`"])
    data, findings = _store(file.data)
    settings, found = _validated(Settings, data, ())
    findings += [*file.findings, *found, *wiring(data, registry)]
    connectors: dict[str, BaseModel] = {}
    for name, entry in mapping(data, "connectors").items():
        if isinstance(entry, dict) and isinstance(entry.get("type"), str):
            own, found = _connector(str(name), entry, registry)
            findings += found
            if own is not None:
                connectors[str(name)] = own
    if findings or settings is None:
        raise FileProblems(file.problems(findings))
    return Configuration(settings, connectors, path)


def configured(configuration: Configuration, registry: Registry, clock: Clock) -> dict[str, Configured]:
    """The connectors by their ids, ready to build their ports."""
    timeout = configuration.settings.request_timeout
    found = {}
    for name, entry in configuration.settings.connectors.items():
        manifest = registry.manifests[entry.type]
        lag = manifest.find_lag if entry.search_lag is None else entry.search_lag
        found[name] = Configured(manifest, configuration.connectors[name], Context(name, clock, timeout), lag)
    return found


def _connector(name: str, entry: dict[Any, Any], registry: Registry) -> tuple[BaseModel | None, list[Finding]]:
    place: Place = ("connectors", name)
    findings = []
    if not _CONNECTOR_ID.fullmatch(name):
        hint = "use letters, digits, - and _: it becomes part of an address, /hooks/{id}"
        findings.append(Finding(place, f"{name!r} cannot be an id", hint))
    kind = entry["type"]
    manifest = registry.manifests.get(kind)
    if manifest is None:
        error = next((b.error for b in registry.broken if b.id == kind), None)
        if error is not None:
            findings.append(Finding((*place, "type"), f"connector {kind!r} does not load: {error}", "reinstall it"))
        else:
            hint = closest(kind, registry.manifests)
            if not registry.manifests:
                hint = "none is installed at all: install vocbot with pip"
            findings.append(Finding((*place, "type"), f"there is no connector {kind!r}", hint))
        return None, findings
    own = {key: value for key, value in entry.items() if key not in settings_of(ConnectorEntry)}
    try:
        settings, found = _validated(resolve(manifest.settings), own, place)
    except Exception as error:  # noqa: BLE001 - a plug-in's code: what it raises must not hide what else is wrong
        what = f"connector {kind!r} cannot check its settings: {trace(error)}"
        return None, [*findings, Finding(place, what, "tell its authors")]
    return settings, findings + found


def _validated(model: type[Model], data: dict[Any, Any], at: Place) -> tuple[Model | None, list[Finding]]:
    """`data`, which stands at the place `at`, as a `model` with its secrets filled in; and what is wrong with it."""
    filling = Filling()
    filled = filling.fill(model, data, at)
    try:
        return model.model_validate(filled), filling.findings
    except ValidationError as error:
        errors = error.errors()
        deeper = {e["loc"][:depth] for e in errors for depth in range(len(e["loc"]))}
        # a list is "too short" by the entries that are wrong
        errors = [e for e in errors if e["type"] != "too_short" or e["loc"] not in deeper]
        found = [filling.hushed(explain(details, model, filled, at)) for details in errors]
    # what stands for a missing secret may be of the wrong form, which is nobody's mistake
    known = [finding.place for finding in filling.findings]
    found = [f for f in found if STAND_FOR not in f.what and not any(f.place[: len(p)] == p for p in known)]
    return None, filling.findings + found


def _store(data: dict[Any, Any]) -> tuple[dict[Any, Any], list[Finding]]:
    """`store.url` and `store.key`: the address may be a reference too, as it may hold a password."""
    findings = []
    store = dict(mapping(data, "store"))
    url, key = store.get("url"), store.get("key")
    if isinstance(url, str):
        if url.startswith(("env:", "file:")):
            try:
                url = store["url"] = referenced(url)
            except SecretProblem as problem:
                findings.append(Finding(("store", "url"), str(problem), problem.hint))
                url = None
        elif _with_password(url):
            what = "a password must not be written into the file"
            findings.append(Finding(("store", "url"), what, "put the whole address into a variable: env:NAME"))
        if url is not None and not re.match(r"(sqlite|postgresql(\+psycopg)?)://", url):
            hint = "write sqlite:///path/vocbot.db or postgresql://..."
            findings.append(Finding(("store", "url"), "is not the address of a database", hint))
    if isinstance(key, str) and not re.match(r"file:.", key):  # the file of the key is created where there is none
        try:
            referenced(key)
        except SecretProblem as problem:
            findings.append(Finding(("store", "key"), str(problem), problem.hint))
    return ({**data, "store": store} if store else data), findings


def _with_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password) or "password=" in url
    except ValueError:  # no address at all, and the error quotes it
        return False
