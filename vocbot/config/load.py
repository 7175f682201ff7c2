"""Read a configuration: registry first, then each connector's settings with its own model, all problems at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from vocbot.config.model import Settings
from vocbot.config.yamlfile import FileProblems, Finding, Place, read_yaml
from vocbot.registry import Registry
from vocbot.sdk.manifest import PortName, resolve
from vocbot.sdk.secrets import SecretProblem, read_secret


@dataclass(frozen=True)
class Configuration:
    """A configuration that holds together: the core's settings, and each connector's own by its id."""

    settings: Settings
    connectors: Mapping[str, BaseModel]
    path: Path | None


# which port a setting needs: (path of the setting, port)
_NEEDS: tuple[tuple[Place, PortName], ...] = (
    (("tickets", "connector"), "ticket_tracker"),
    (("approvals", "connector"), "approver"),
    (("faq", "connector"), "knowledge_base"),
    (("reports", "connector"), "channel"),
)


def load(path: Path, registry: Registry) -> Configuration:
    """Read and check a file. Raises FileProblems with everything that is wrong, each with file:line and a hint."""
    file = read_yaml(path)
    if not isinstance(file.data, dict):
        raise FileProblems([f"{path}:1: the file must be a mapping; begin with config.example.yaml"])
    findings = list(file.findings)
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(file.data)
    except ValidationError as error:
        findings += [explain(details, Settings) for details in error.errors()]
    connectors: dict[str, BaseModel] = {}
    listed = file.data.get("connectors")
    for name, entry in (listed if isinstance(listed, dict) else {}).items():
        if isinstance(entry, dict) and isinstance(entry.get("type"), str):
            findings += _connector(str(name), entry, registry, connectors)
    if settings is not None:
        findings += _wiring(settings, registry)
    if findings:
        raise FileProblems(file.problems(findings))
    assert settings is not None
    return Configuration(settings, connectors, path)


def _connector(
    name: str, entry: dict[str, Any], registry: Registry, connectors: dict[str, BaseModel]
) -> Iterator[Finding]:
    place: Place = ("connectors", name)
    kind = entry["type"]
    manifest = registry.manifests.get(kind)
    if manifest is None:
        broken = next((b for b in registry.broken if b.id == kind), None)
        if broken is not None:
            yield Finding((*place, "type"), f"connector {kind!r} does not load: {broken.error}", "reinstall it")
        else:
            hint = closest(kind, registry.manifests)
            yield Finding((*place, "type"), f"there is no connector {kind!r}", hint)
        return
    model: type[BaseModel] = resolve(manifest.settings)
    own = {k: v for k, v in entry.items() if k != "type"}
    secrets, missing = _secrets(own, model, place)
    yield from missing
    try:
        settings = model.model_validate(secrets)
    except ValidationError as error:
        for details in error.errors():
            found = explain(details, model)
            if not any(f.place == (*place, *found.place) for f in missing):
                yield Finding((*place, *found.place), found.what, found.hint)
        return
    if not missing:
        connectors[name] = settings


def _secrets(own: Mapping[str, Any], model: type[BaseModel], place: Place) -> tuple[dict[str, Any], list[Finding]]:
    """Replace env:NAME and file:PATH in secret fields by what they hold; a secret written out is a problem."""
    values, findings = dict(own), []

    def read(given: Any, here: Place) -> Any:
        if isinstance(given, list):
            return [read(item, (*here, index)) for index, item in enumerate(given)]
        if not isinstance(given, str):
            return given
        try:
            return read_secret(given)
        except SecretProblem as error:
            findings.append(Finding(here, str(error), error.hint))
            return "missing"

    for name, field in model.model_fields.items():
        if name in own and _is_secret(field.annotation):
            values[name] = read(own[name], (*place, name))
    return values, findings


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_is_secret(part) for part in get_args(annotation))


def _wiring(settings: Settings, registry: Registry) -> Iterator[Finding]:
    """What no single section can know: ids that must exist and can do what is asked of them."""
    wanted: list[tuple[Place, str | None, PortName]] = []
    data = settings.model_dump()
    for place, port in _NEEDS:
        wanted.append((place, data[str(place[0])][place[1]], port))
    for index, digest in enumerate(settings.digests):
        wanted.append((("digests", index, "connector"), digest.connector, "channel"))
    for index, via in enumerate(settings.notices.via):
        wanted.append((("notices", "via", index), via, "replier"))
    for place, connector, port in wanted:
        if connector is None:
            continue
        entry = settings.connectors.get(connector)
        if entry is None:
            yield Finding(
                place, f"there is no connector with the id {connector!r}", closest(connector, settings.connectors)
            )
        elif entry.type in registry.manifests and port not in registry.manifests[entry.type].ports:
            able = [i for i, e in settings.connectors.items() if port in _ports(registry, e.type)]
            hint = f"these can: {', '.join(able)}" if able else "configure one that can; see `vocbot connectors`"
            yield Finding(place, f"{connector!r} ({entry.type}) cannot be a {port.replace('_', ' ')}", hint)
    names = [d.name for d in settings.digests]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Finding(("digests", index, "name"), f"{name!r} is taken", "give each digest a name of its own")
    for kind in ("notice", "faq"):
        if getattr(settings.modes, kind) == "auto" and not settings.notices.signed_by:
            what = "auto would show customers what nobody approved"
            yield Finding(("modes", kind), what, "use `approve`, or name who signed the rule in notices.signed_by")


def _ports(registry: Registry, kind: str) -> Iterable[str]:
    manifest = registry.manifests.get(kind)
    return manifest.ports if manifest else ()


def explain(details: ErrorDetails, model: type[BaseModel]) -> Finding:
    """One complaint of pydantic in the words of somebody who edits the file."""
    place: Place = tuple(details["loc"])
    last, given, context = (str(place[-1]) if place else ""), details["input"], details.get("ctx", {})
    match details["type"]:
        case "extra_forbidden":
            return Finding(place, f"unknown setting {last!r}", closest(last, _fields(model, place[:-1])))
        case "missing":
            return Finding(place, "is missing", f"add `{last}:`")
        case "literal_error":
            allowed = [a.strip(" '") for a in str(context["expected"]).replace(" or ", ", ").split(", ")]
            return Finding(place, f"{given!r} is not allowed", closest(str(given), allowed))
        case "value_error":
            return Finding(place, str(context.get("error", details["msg"])), "see docs/config.md")
    shown = "" if isinstance(given, dict | list) or "secret" in last or "token" in last else f" (it is {given!r})"
    return Finding(place, details["msg"].lower() + shown, "see docs/config.md")


def closest(given: str, allowed: Iterable[str]) -> str:
    """A suggestion: the nearest allowed word, or all of them."""
    names = [str(a) for a in allowed]
    close = difflib.get_close_matches(given, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"allowed: {', '.join(names)}" if names else "remove it"


def _fields(model: type[BaseModel], place: Place) -> list[str]:
    """The settings beside a place."""
    for step in place:
        if isinstance(step, int) or step not in model.model_fields:
            continue
        annotation = model.model_fields[step].annotation
        nested = [t for t in (annotation, *get_args(annotation)) if isinstance(t, type) and issubclass(t, BaseModel)]
        if not nested:
            return []
        model = nested[0]
    return [field.alias or name for name, field in model.model_fields.items()]
