"""docs/config.md, made from the descriptions of the settings: `python -m vocbot.config.reference > docs/config.md`.

Nothing is said here about a single setting: what the page says of it is what its model says.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from vocbot.config.explain import alternatives, holds_secret, is_kind, settings_of
from vocbot.config.model import ConnectorEntry, Settings
from vocbot.registry import Registry, find_connectors
from vocbot.sdk.manifest import Manifest, resolve

_HEAD = """\
# Configuration

One YAML file, `vocbot.yaml` in the folder that vocbot runs in (or `--config`, or the variable `VOCBOT_CONFIG`).
`vocbot init` writes a short one; [config.example.yaml](../config.example.yaml) has every setting with a value.

- Secrets never stand in the file. Where a setting is marked *secret*, write `env:NAME` (an environment variable) or
  `file:PATH` (a file that only you can read). `store.url` may be given in the same way.
- Paths count from the folder that vocbot runs in.
- An unknown setting is an error, not silence. `vocbot check` names everything that is wrong at once, each with the line
  and what to do; `vocbot check --online` also asks the outside systems.
- A changed file counts from the next start of vocbot.

This page is made from the settings themselves by `python -m vocbot.config.reference`.
"""

_CONNECTORS = """\
## connectors

One entry for each outside system, by an id of your choice (letters, digits, `-` and `_`). Two entries of one type are
fine. Every entry has these settings, and those of its type, which follow. `vocbot connectors` lists the installed
types; what to do at the other side stands in `connectors/TYPE/README.md`.
"""


def reference(registry: Registry) -> str:
    """The whole page, in Markdown."""
    plain, sections = {}, []
    for name, info in settings_of(Settings).items():
        model = _model(info.annotation)
        if name == "connectors":
            continue
        if model is None:
            plain[name] = info
        else:
            sections.append(_section(name, info, model))
    entry = "\n".join([_CONNECTORS, *_table(_rows(settings_of(ConnectorEntry))), ""])
    connectors = [_connector(registry.manifests[name]) for name in sorted(registry.manifests)]
    return "\n".join(
        [_HEAD, "\n".join(["## At the top", "", *_table(_rows(plain)), ""]), *sections, entry, *connectors]
    )


def _section(name: str, info: FieldInfo, model: type[BaseModel]) -> str:
    listed = get_origin(info.annotation) is tuple
    about = _first_paragraph(model) + (" A list: as many as you like." if listed else "")
    return "\n".join([f"## {name}", "", about, "", *_table(_rows(settings_of(model))), ""])


def _connector(manifest: Manifest) -> str:
    model: type[BaseModel] = resolve(manifest.settings)
    ports = ", ".join(sorted(port.replace("_", " ") for port in manifest.ports))
    about = f"{_first_paragraph(model)} Ports: {ports}. Checked against: {manifest.checked_against}."
    rows = _table(_rows(settings_of(model)))
    return "\n".join([f"### {manifest.title}: `type: {manifest.id}`", "", about, "", *rows, ""])


def _table(rows: Iterator[tuple[str, str, str]]) -> list[str]:
    return [
        "| setting | default | what it means |",
        "|---|---|---|",
        *(f"| `{name}` | {default} | {meaning} |" for name, default, meaning in rows),
    ]


def _rows(fields: Mapping[str, FieldInfo], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """One row a setting; those of a nested model follow theirs, where they say what they mean."""
    for name, info in fields.items():
        nested = _model(info.annotation)
        yield prefix + name, _default(info), _meaning(info)
        if nested is not None and any(inner.description for inner in settings_of(nested).values()):
            step = ".ID" if get_origin(alternatives(info.annotation)[0]) is dict else ""
            yield from _rows(settings_of(nested), f"{prefix}{name}{step}.")


def _meaning(info: FieldInfo) -> str:
    """The description, whether it is a secret, and the words that are allowed."""
    said = info.description or ""
    said += "" if said.endswith(".") else "."
    words = list(dict.fromkeys(_words(info.annotation)))
    missing = [word for word in words if not re.search(rf"\b{re.escape(word)}\b", said)]
    if missing:
        said += " Allowed: " + ", ".join(words) + "."
    if holds_secret(info.annotation):
        said += " *Secret.*"
    return _escaped(said)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value = info.get_default(call_default_factory=True, validated_data={})
    assert value is not PydanticUndefined
    shown = _spelled(value)
    return f"`{shown}`".replace("|", "\\|") if shown else "none"


def _spelled(value: Any) -> str:
    """A value as it is written in the file; "" for nothing."""
    if isinstance(value, BaseModel):
        return _spelled({name: getattr(value, name) for name in type(value).model_fields})
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_spelled(v)}" for k, v in value.items()) + "}" if value else ""
    if isinstance(value, tuple | list | frozenset | set):
        items = [_spelled(item) for item in (sorted(value) if isinstance(value, frozenset | set) else value)]
        return "[" + ", ".join(items) + "]" if items else ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, time):
        return f"'{value:%H:%M}'"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


def _words(annotation: Any) -> Iterator[str]:
    """The words that a setting may have, wherever in its type they stand."""
    for kind in alternatives(annotation):
        if get_origin(kind) is Literal:
            yield from (str(word) for word in get_args(kind))
        else:
            for part in get_args(kind):
                yield from _words(part)


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model that a setting is, or is a list or mapping of."""
    for kind in alternatives(annotation):
        if is_kind(kind, BaseModel):
            return kind  # type: ignore[no-any-return]
        for part in get_args(kind):
            found = _model(part)
            if found is not None:
                return found
    return None


def _first_paragraph(model: type[BaseModel]) -> str:
    return _escaped(" ".join((model.__doc__ or "").strip().partition("\n\n")[0].split()))


def _escaped(text: str) -> str:
    """Text for a cell of a table: `<`, `|` and `{` of addresses are no markup."""
    return re.sub(r"(?<!`)([<|])", r"\\\1", text)


def main() -> None:
    """Print the page of the installed connectors."""
    registry = find_connectors()
    if not registry.manifests:
        sys.exit("no connector is installed, so the page would lack them: pip install -e .")
    sys.stdout.write(reference(registry))


if __name__ == "__main__":
    main()
