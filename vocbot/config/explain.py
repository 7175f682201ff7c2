"""What pydantic complains about, in the words of somebody who edits the file.

Credentials live in the sections `connectors` and `store`: a text that stands there is never repeated, whatever is
wrong with it. The file and the line are enough to find it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from zoneinfo import available_timezones

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from vocbot.config.model import ConnectorEntry
from vocbot.config.yamlfile import Finding, Place

PRIVATE = ("connectors", "store")
LONGEST = 40  # characters of a value that are repeated

_LIST = ("must be a list", "write each entry on a line of its own after `- `")
_MAPPING = ("must be a mapping", "write `key: value` lines below it")
# by the first word of pydantic's error type: what is wrong, and what to do where the setting's own words do not say it
_WRONG_TYPE: Mapping[str, tuple[str, str]] = {
    "string": ("must be text", "put it into 'single quotes'"),
    "int": ("must be a whole number", ""),
    "float": ("must be a number", ""),
    "bool": ("must be true or false", ""),
    "time": ("must be a time of day", "write it in quotes, as in '09:07'"),
    "date": ("must be a day", "write it as in 2027-11-01"),
    "datetime": ("must be a point in time", "write it as in 2026-11-01T00:00:00+08:00"),
    "timezone": ("must be a point in time with its zone", "write it as in 2026-11-01T00:00:00+08:00"),
    "tuple": _LIST,
    "list": _LIST,
    "set": _LIST,
    "frozen": _LIST,
    "dict": _MAPPING,
    "mapping": _MAPPING,
    "model": _MAPPING,
}


def explain(details: ErrorDetails, model: type[BaseModel], data: Any, at: Place = ()) -> Finding:
    """One complaint about `data`, which stands at the place `at` of the file and should have been a `model`."""
    place = _place(details["loc"], data)
    last = str(place[-1]) if place else ""
    annotation, meaning = look(model, place)
    shown = _shown(details["input"], (*at, *place), annotation)
    context, kind = details.get("ctx", {}), details["type"]
    about_key = details["loc"][-1:] == ("[key]",)
    usual = f"expected: {meaning}" if meaning else "see docs/config.md"

    def finding(what: str, hint: str) -> Finding:
        return Finding((*at, *place), f"the key {what}" if about_key else what, hint)

    match kind:
        case "extra_forbidden" | "invalid_key":
            return finding(f"unknown setting {last!r}", closest(last, _beside(model, place, at)))
        case "missing":
            example = f"{last}: env:NAME" if holds_secret(annotation) else f"{last}:"
            return finding("is missing", f"add `{example}`" + (f" ({meaning})" if meaning else ""))
        case "literal_error":
            words = re.findall(r"'([^']*)'", str(context["expected"]))
            return finding(f"{shown} is not allowed".strip(), closest(str(details["input"]), words))
        case "value_error" | "assertion_error":
            said = str(context.get("error", details["msg"]))
            return finding(said, _zone_hint(details["input"]) if place == ("timezone",) else usual)
        case "string_pattern_mismatch":
            return finding("does not have the right form" + _aside(shown), usual)
        case "path_not_file":
            return finding("is no file" + _aside(shown), usual)
    if details["input"] is None:
        return finding("is empty", "write a value, or remove the line")
    bound = _bound(context)
    if bound:
        return finding(bound, usual)
    what, hint = _WRONG_TYPE.get(kind.split("_")[0], (details["msg"].lower(), ""))
    if kind == "string_type" and isinstance(details["input"], dict | list):
        hint = "write one value"
    return finding(what + _aside(shown), hint or usual)


def closest(given: str, allowed: Iterable[str]) -> str:
    """A suggestion: the nearest allowed word, or all of them."""
    names = [str(a) for a in allowed]
    close = difflib.get_close_matches(given, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"allowed: {', '.join(names)}" if names else "remove it"


def nearest_zone(given: str) -> str | None:
    """The IANA time zone that was meant by its city alone or with a slip; None where that is not clear."""
    names = sorted(available_timezones())
    city = given.strip().replace(" ", "_").lower()
    named = [name for name in names if city and city in (name.lower(), name.lower().rpartition("/")[2])]
    return next(iter(named or difflib.get_close_matches(given, names, n=1, cutoff=0.8)), None)


def settings_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """A model's fields by the name they have in the file."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def alternatives(annotation: Any) -> list[Any]:
    """The types that `annotation` allows, without `Annotated` and `|` around them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return alternatives(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [kind for part in get_args(annotation) for kind in alternatives(part)]
    return [annotation]


def is_kind(kind: Any, *classes: type) -> bool:
    """Whether `kind` is one of the classes or below one."""
    return isinstance(kind, type) and not get_args(kind) and issubclass(kind, classes)


def holds_secret(annotation: Any) -> bool:
    """Whether a setting is a secret, or a list or a mapping of secrets."""
    return any(
        is_kind(kind, SecretStr, SecretBytes) or any(map(holds_secret, get_args(kind)))
        for kind in alternatives(annotation)
    )


def look(model: type[BaseModel], place: Place) -> tuple[Any, str]:
    """The type of the setting at `place`, and what its nearest description says; (None, "") where there is none."""
    annotation: Any = model
    meaning = ""
    for step in place:
        for kind in alternatives(annotation):
            inner = get_args(kind)
            if is_kind(kind, BaseModel) and str(step) in (known := settings_of(kind)):
                annotation, meaning = known[str(step)].annotation, known[str(step)].description or ""
                break
            if inner and get_origin(kind) in (dict, Mapping):
                annotation = inner[1]
                break
            if inner and isinstance(step, int):
                annotation = inner[0]
                break
        else:
            return None, ""
    return annotation, meaning


def _place(loc: tuple[int | str, ...], data: Any) -> Place:
    """pydantic's location as a place of the file: without the names of a union's branches, and with keys as text."""
    place: list[int | str] = []
    here = data
    for index, step in enumerate(loc):
        if isinstance(here, dict) and (step in here or index == len(loc) - 1) and step != "[key]":
            place.append(str(step))
            here = here.get(step)
        elif isinstance(step, int) and not isinstance(here, dict):
            place.append(step)
            here = here[step] if isinstance(here, list) and step < len(here) else None
    return tuple(place)


def _shown(given: Any, place: Place, annotation: Any) -> str:
    """How a value is repeated in a message; "" for what may be a secret, or is too much to read."""
    if given is None or isinstance(given, dict | list | set) or holds_secret(annotation):
        return ""
    if isinstance(given, str) and (len(given) > LONGEST or place[:1] in [(name,) for name in PRIVATE]):
        return ""
    return repr(given) if isinstance(given, str | bool) else str(given)


def _aside(shown: str) -> str:
    return f" (it is {shown})" if shown else ""


def _bound(context: Mapping[str, Any]) -> str:
    """What is wrong with the size of a number or the length of a list or text."""
    for name, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if name in context:
            return f"must be {words} {context[name]:g}"
    for name, words in (("min_length", "at least"), ("max_length", "at most")):
        if name in context:
            listed = context.get("field_type") in ("Tuple", "List", "Set", "Frozenset", "Dictionary")
            unit = ("entries" if listed else "characters") if context[name] != 1 else "entry" if listed else "character"
            return f"must have {words} {context[name]} {unit}"
    return ""


def _zone_hint(given: Any) -> str:
    near = nearest_zone(str(given))
    return f"did you mean {near!r}?" if near else "write Area/City as the list has it"


def _beside(model: type[BaseModel], place: Place, at: Place) -> list[str]:
    """The settings that are known where an unknown one stands."""
    annotation, _ = look(model, place[:-1])
    own = [name for kind in alternatives(annotation) if is_kind(kind, BaseModel) for name in settings_of(kind)]
    return own + (list(settings_of(ConnectorEntry)) if at and len(place) == 1 else [])
