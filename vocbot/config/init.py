"""`vocbot init`: about five questions, and a short commented configuration that does nothing outward yet.

The file is `init.template` with the words of `init_words.yaml` as its comments. Secrets are not asked for: they must
not stand in the file, so what is printed at the end names the variables that have to hold them.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any
from unicodedata import east_asian_width
from zoneinfo import available_timezones

import typer
import yaml

from vocbot.config.explain import nearest_zone
from vocbot.config.model import Settings
from vocbot.sdk.errors import VocbotError

LANGUAGES = ("en", "zh")
USUAL = ("zendesk", "jira", "slack", "email")
SYSTEMS = (*USUAL, "imap", "app_store", "mastodon", "bluesky", "rss", "webhook")
COLUMN = 44  # where comments behind a value begin

_LOCALTIME = Path("/etc/localtime")
_USUAL_PATH = Path("vocbot.yaml")


def ask_and_write(path: Path, language: str) -> None:
    """Ask on the terminal and write the file. Raises VocbotError where `path` is taken or `language` is unknown."""
    if language and language not in LANGUAGES:
        raise VocbotError(f"--language {language}: use {' or '.join(LANGUAGES)}")
    if path.exists():
        raise VocbotError(f"{path} is there already and stays as it is; give another path, or move it away")
    language = language or typer.prompt("Language / 语言 (en, zh)", default="en", value_proc=_language)
    ask = words(language)["ask"]
    known = _shipped_rules()
    company = typer.prompt(
        ask["company"], default=words(language)["company"], value_proc=lambda given: _company(given, language)
    )
    zone = typer.prompt(ask["timezone"], default=_zone_here(), value_proc=lambda given: _zone(given, language))
    rules = typer.prompt(
        ask["rules"].format(names=", ".join(known)),
        default=", ".join(Settings.model_fields["rules"].default),
        value_proc=lambda given: _rules(given, known, language),
    )
    systems = typer.prompt(
        ask["systems"].format(names=", ".join(SYSTEMS)),
        default=", ".join(USUAL),
        value_proc=lambda given: _systems(given, language),
    )
    text = configuration(language, company, zone, rules, systems)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise VocbotError(f"{path}: {error.strerror}; nothing was written") from None
    typer.echo(farewell(language, path, text))


def configuration(language: str, company: str, zone: str, rules: Iterable[str], systems: Iterable[str]) -> str:
    """The text of the file."""
    chosen = set(systems)
    chosen.add("any" if chosen else "none")
    template = (files("vocbot.config") / "init.template").read_text(encoding="utf-8")
    values = {"company": company, "language": language, "timezone": zone, "rules": list(rules)}
    quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    quoted["language"] = language
    said = words(language)
    lines, shown = [], True
    for line in template.splitlines():
        indent, _, key = line.partition("#@")
        value, _, side = line.partition(" #=")
        if line.startswith("#if "):
            shown = line.removeprefix("#if ") in chosen
        elif line == "#end":
            shown = True
        elif not shown:
            continue
        elif key and not indent.strip():
            lines += [f"{indent}# {sentence}" for sentence in said["file"][key].splitlines()]
        elif side:
            lines.append(_beside(Template(value).substitute(quoted), said["side"][side]))
        else:
            lines.append(Template(line).substitute(quoted))
    return "\n".join(lines) + "\n"


def farewell(language: str, path: Path, text: str) -> str:
    """What is said at the end: the variables to set, and what to do next."""
    done = words(language)["done"]
    where = "" if path == _USUAL_PATH else f" --config {shlex.quote(str(path))}"
    variables = re.findall(r"^[^#\n]*\benv:(\w+)", text, re.MULTILINE)
    steps = [done["mark"].format(path=path)] if "←" in text.partition("\n\n")[2] else []
    if variables:
        steps.append("\n".join([done["export"], *(f"     export {name}=..." for name in variables)]))
    for verb, what in (("check", done["check"]), ("check --online", done["online"]), ("serve", done["serve"])):
        steps.append(f"vocbot {verb}{where}  # {what}")
    numbered = [f"  {number}. {step}" for number, step in enumerate(steps, 1)]
    return "\n".join(["", done["written"].format(path=path), done["next"], *numbered])


@cache
def words(language: str) -> dict[str, Any]:
    """All that is said in one language."""
    found: dict[str, Any] = yaml.safe_load((files("vocbot.config") / "init_words.yaml").read_text(encoding="utf-8"))
    return dict(found[language])


def _beside(value: str, comment: str) -> str:
    """A line with its comment at the usual column; Chinese characters are two columns wide."""
    wide = sum(east_asian_width(character) in "WF" for character in value)
    return f"{value}{' ' * max(2, COLUMN - len(value) - wide)}# {comment}"


def _language(given: str) -> str:
    if given.strip().lower() not in LANGUAGES:
        raise typer.BadParameter(" / ".join(LANGUAGES))
    return given.strip().lower()


def _company(given: str, language: str) -> str:
    name = given.strip()
    if not name or not name.isprintable() or len(name) > 100:
        raise typer.BadParameter(words(language)["wrong"]["company"])
    return name


def _zone(given: str, language: str) -> str:
    zone = given.strip()
    if zone not in available_timezones():
        near = nearest_zone(zone)
        hint = f" ({near}?)" if near else ""
        raise typer.BadParameter(words(language)["wrong"]["timezone"].format(given=zone) + hint)
    return zone


def _rules(given: str, known: list[str], language: str) -> list[str]:
    names = _parts(given)
    wrong = [name for name in names if name not in known and not (name.isprintable() and Path(name).is_file())]
    if wrong or not names:
        sentence = words(language)["wrong"]["rules"]
        raise typer.BadParameter(sentence.format(given=", ".join(wrong), names=", ".join(known)))
    return names


def _systems(given: str, language: str) -> list[str]:
    names = [name.lower() for name in _parts(given)]
    if names in (["none"], [words(language)["none"]]):
        return []
    wrong = [name for name in names if name not in SYSTEMS]
    if wrong or not names:
        sentence = words(language)["wrong"]["systems"]
        raise typer.BadParameter(sentence.format(given=", ".join(wrong), names=", ".join(SYSTEMS)))
    return names


def _parts(given: str) -> list[str]:
    return [part for part in (piece.strip() for piece in re.split(r"[,，、]", given)) if part]


def _shipped_rules() -> list[str]:
    from vocbot.data import shipped_packs

    return shipped_packs()


def _zone_here() -> str:
    """The zone of this machine; the usual one where that is not known, or UTC, in which nobody's week begins."""
    try:
        name = str(_LOCALTIME.readlink()).partition("zoneinfo/")[2]
    except OSError:
        name = ""
    usual: str = Settings.model_fields["timezone"].default
    return name if name in available_timezones() and "/" in name and not name.startswith("Etc/") else usual
