"""Put what `env:NAME` and `file:PATH` stand for in their place, and remember it, so that no message repeats it.

This is the only place where secrets are read. A secret that is written out is refused without being quoted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr

from vocbot.config.explain import alternatives, is_kind, settings_of
from vocbot.config.yamlfile import Finding, Place
from vocbot.sdk.secrets import SecretProblem, read_secret

# Stands for a secret that cannot be had, so that the rest is still checked: long, and valid in most alphabets.
STAND_FOR = "0" * 64
_NAME_OF_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class Filling:
    """One section being filled: what went wrong, and the secrets that were read."""

    findings: list[Finding] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def fill(self, annotation: Any, given: Any, place: Place) -> Any:
        """`given`, which should be an `annotation`, with the references in its secret settings replaced."""
        for kind in alternatives(annotation):
            inner = get_args(kind)
            if is_kind(kind, SecretStr, SecretBytes):
                return self._secret(given, place)
            if is_kind(kind, time) and isinstance(given, int | float):
                # pydantic would take it for seconds after midnight
                what = f"YAML reads it as the number {given}"
                self.findings.append(Finding(place, what, "put it into quotes, as in '09:07'"))
            elif isinstance(given, dict) and is_kind(kind, BaseModel):
                known = settings_of(kind)
                return {
                    key: self.fill(known[key].annotation, value, (*place, key)) if key in known else value
                    for key, value in given.items()
                }
            elif isinstance(given, dict) and get_origin(kind) in (dict, Mapping):
                return {key: self.fill(inner[1], value, (*place, str(key))) for key, value in given.items()}
            elif isinstance(given, list) and inner:
                return [self.fill(inner[0], value, (*place, index)) for index, value in enumerate(given)]
        return given

    def hushed(self, finding: Finding) -> Finding:
        """The finding without any secret that was read: a connector's own words may quote what they refuse."""
        what = finding.what
        for secret in sorted(self.secrets, key=len, reverse=True):
            if len(secret) > 3:  # a shorter one would blot out parts of words, and so give itself away
                what = what.replace(secret, "***")
        return Finding(finding.place, what, finding.hint)

    def _secret(self, given: Any, place: Place) -> Any:
        if given is None or isinstance(given, dict | list):
            return given
        try:
            value = referenced(given)
        except SecretProblem as problem:
            self.findings.append(Finding(place, str(problem), problem.hint))
            return STAND_FOR
        self.secrets.add(value)
        return value


def referenced(given: Any) -> str:
    """What `env:NAME` or `file:PATH` stands for. Raises SecretProblem, which repeats nothing that may be a secret."""
    scheme, _, name = str(given).partition(":")
    if scheme == "env" and name and not _NAME_OF_VARIABLE.fullmatch(name):
        raise SecretProblem("env: wants the name of a variable", "put the secret into a variable and write env:NAME")
    return read_secret(given if isinstance(given, str) else "")
