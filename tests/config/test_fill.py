"""Secrets are read from where they are, and never repeated, wherever in a file they were written by mistake."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import time
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from vocbot.config.load import load
from vocbot.registry import Registry
from vocbot.sdk.manifest import Manifest

Problems = Callable[..., list[str]]

SLACK = """
connectors:
  chat:
    type: slack
    bot_token: env:SECRET
    signing_secret: env:SECRET
"""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("hunter2-in-clear", "a secret must not be written into the file; use env:NAME or file:PATH"),
        ("90210777", "a secret must not be written into the file; use env:NAME or file:PATH"),
        ("'env:'", "a secret must not be written into the file; use env:NAME or file:PATH"),
        ("env:xoxb-hunter2", "env: wants the name of a variable; put the secret into a variable and write env:NAME"),
        ("env:NOT_THERE", "environment variable NOT_THERE is not set; export NOT_THERE=..."),
        ("file:/not/there", "file /not/there: No such file or directory; create it with the secret in it, readable by "
         "you only"),
        ("", "is empty; write a value, or remove the line"),
        ("[hunter2-in-clear]", "must be text; write one value"),
        ("{hunter2-in-clear: 90210777}", "must be text; write one value"),
    ],
)  # fmt: skip
def test_a_secret_that_cannot_be_had(problems: Problems, given: str, said: str) -> None:
    assert problems(SLACK.replace("bot_token: env:SECRET", f"bot_token: {given}")) == [
        f"5: connectors.chat.bot_token: {said}"
    ]


def test_what_a_connector_says_of_a_missing_secret_s_form_is_left_out(problems: Problems) -> None:
    entry = (
        "mail: {type: email, host: h, from_address: a@b.c, username: u, password: 'env:NOPE', unsubscribe_secret: x}"
    )
    first, second = problems(f"connectors:\n  {entry}\n")
    assert "password: environment variable NOPE is not set" in first
    assert "unsubscribe_secret: a secret must not be written into the file" in second


WORD = "hunter2-in-clear"


@pytest.mark.parametrize(
    "text",
    [
        f"connectors: {{a: {WORD}}}",
        f"connectors: {WORD}",
        f"store: {WORD}",
        f"store: {{key: {WORD}}}",
        f"store: {{url: 'postgresql://voc:{WORD}@host/voc'}}",
        f"store: {{url: 'postgresql://host/voc?password={WORD}'}}",
        f"store: {{url: 'http://[{WORD}'}}",
        f"store: {{token: {WORD}}}",
        f"{SLACK}    bot_tokn: {WORD}",
        f"{SLACK}    command: {WORD}",
        f"{SLACK}    base_url: http://voc:{WORD}@host/",
        f"{SLACK}    people: {{U0123: {WORD}}}",
        f"{SLACK}    people: {WORD}",
        f"{SLACK}    search_lag: {WORD}",
        f"connectors: {{j: {{type: jira, site: {WORD}, flavour: {WORD}, project: [{WORD}], pat: {WORD}}}}}",
        f"connectors: {{m: {{type: email, host: '{WORD} ', port: {WORD}, from_address: {WORD}}}}}",
        f"connectors: {{z: {{type: zendesk, webhook_secrets: {WORD}, guide: {WORD}, poll_from: {WORD}}}}}",
        f"connectors: {{z: {{type: zendesk, webhook_secrets: [[{WORD}]], base_url: 'https://a:{WORD}@x'}}}}",
    ],
)
def test_a_secret_that_was_written_anywhere_is_never_repeated(problems: Problems, text: str) -> None:
    found = problems(text)
    assert found
    assert WORD not in "\n".join(found)


def test_the_address_of_the_database_is_a_secret_too(problems: Problems, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE", "mysql://voc:hunter2@host/voc")
    said = "store.url: is not the address of a database; write sqlite:///path/vocbot.db or postgresql://..."
    assert problems("store: {url: 'env:DATABASE'}") == [f"1: {said}"]
    assert problems("store: {url: 'env:NOT_THERE'}") == [
        "1: store.url: environment variable NOT_THERE is not set; export NOT_THERE=..."
    ]
    assert problems("store: {url: 'postgresql://voc:hunter2@host/voc'}") == [
        "1: store.url: a password must not be written into the file; put the whole address into a variable: env:NAME"
    ]
    assert problems("store: {url: 'sqlite:///voc.db', key: 'file:not/there/yet'}") == []


# -- a connector of somebody else, with everything that a settings model may have


class Account(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: SecretStr
    day: int = 1


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    accounts: dict[str, Account] = {}
    several: tuple[Account, ...] = ()
    keys: dict[str, SecretStr] = {}
    quiet_from: time | None = None
    one: str | Account | None = None

    @field_validator("keys")
    @classmethod
    def _loud(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for secret in value.values():
            if secret.get_secret_value() != "fine":
                raise ValueError(f"{secret.get_secret_value()} is no good key")
        return value

    @field_validator("quiet_from")
    @classmethod
    def _careless(cls, value: time | None) -> time | None:
        if value == time(3):
            raise KeyError("hunter2")
        return value


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> Registry:
    module = ModuleType("acme_connector")
    module.__dict__["Settings"] = Settings
    monkeypatch.setitem(sys.modules, "acme_connector", module)
    made = {
        name: Manifest(name, name, f"acme_connector:{model}", {}, "x:Y", "documents")
        for name, model in (("acme", "Settings"), ("lost", "Gone"))
    }
    return Registry(made, ())


def test_secrets_deep_in_somebody_else_s_model(write: Any, foreign: Registry, secret: str) -> None:
    text = "connectors:\n  a: {type: acme, accounts: {x: {key: env:SECRET}}, several: [{key: env:SECRET}]}\n"
    found: Any = load(write(text), foreign).connectors["a"]
    assert found.accounts["x"].key.get_secret_value() == found.several[0].key.get_secret_value() == secret


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("accounts: {x: {key: hunter2}}", "accounts.x.key: a secret must not be written into the file; "),
        (
            "several: [{key: env:SECRET}, {key: hunter2}]",
            "several[1].key: a secret must not be written into the file; ",
        ),
        ("keys: {x: hunter2}", "keys.x: a secret must not be written into the file; "),
        ("keys: hunter2", "keys: must be a mapping; "),
        ("keys: 90210", "keys: must be a mapping; "),
        ("several: [{ky: env:SECRET, key: env:SECRET}]", "several[0].ky: unknown setting 'ky'; did you mean 'key'?"),
        ("accounts: {key: {dey: 2, key: env:SECRET}}", "accounts.key.dey: unknown setting 'dey'; did you mean"),
        ("quiet_from: 22", "quiet_from: YAML reads it as the number 22; "),
        ("keys: {x: env:SECRET}", "keys: *** is no good key; see docs/config.md"),
    ],
)
def test_mistakes_deep_in_somebody_else_s_model(
    problems: Problems, foreign: Registry, settings: str, said: str
) -> None:
    (found,) = problems(f"connectors:\n  a: {{type: acme, {settings}}}\n", foreign)
    assert found.startswith(f"2: connectors.a.{said}")


def test_a_setting_of_several_types(problems: Problems, foreign: Registry) -> None:
    found = problems("connectors:\n  a: {type: acme, one: {key: env:SECRET, dya: 3}}\n", foreign)
    assert "2: connectors.a.one.dya: unknown setting 'dya'; did you mean 'day'?" in found


def test_a_connector_that_fails_while_checking_hides_nothing(problems: Problems, foreign: Registry) -> None:
    text = "compny: x\nconnectors:\n  a: {type: acme, quiet_from: '03:00'}\n  b: {type: lost}\n"
    typo, careless, lost = problems(text, foreign)
    assert typo.startswith("1: compny: unknown setting")
    assert careless.startswith("3: connectors.a: connector 'acme' cannot check its settings: KeyError at ")
    assert "hunter2" not in careless
    assert lost.startswith("4: connectors.b: connector 'lost' cannot check its settings: AttributeError at ")
