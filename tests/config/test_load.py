"""A configuration is read whole, or refused with everything that is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from vocbot.config.load import configured, load
from vocbot.registry import Broken, Registry
from vocbot.sdk.clock import RealClock
from vocbot.sdk.manifest import Manifest

Problems = Callable[..., list[str]]

SLACK = """
connectors:
  chat:
    type: slack
    bot_token: env:SECRET
    signing_secret: env:SECRET
"""
ALL = """
company: 四季 / Four Seasons
timezone: Europe/Berlin
store: {url: 'env:DATABASE', key: 'env:SECRET'}
modes: {notice: auto, faq: auto}
tickets: {connector: tickets}
digests:
  - {name: zh, connector: chat, target: C1, language: zh, weekday: fri, at: '17:30'}
  - {name: en, connector: chat, target: C1}
approvals: {connector: chat, target: C2}
faq: {connector: desk}
notices: {via: [mail, desk], signed_by: Li Na}
reports: {connector: chat, target: C3, languages: [zh, en]}
connectors:
  desk:
    type: zendesk
    subdomain: acme
    client_id: vocbot
    client_secret: env:SECRET
    webhook_secrets: [env:SECRET, 'file:{folder}/secret']
    search_lag: 1.5
  tickets: {type: jira, site: https://a.example, email: a@b.example, api_token: env:SECRET, project: A}
  chat: {type: slack, bot_token: env:SECRET, signing_secret: env:SECRET}
  mail: {type: email, host: localhost, from_address: a@b.example}
"""


def test_everything_right(
    tmp_path: Path, write: Any, registry: Registry, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE", "postgresql://voc:hunter2@host/voc")
    (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
    path = write(ALL.replace("{folder}", str(tmp_path)))

    found = load(path, registry)

    settings = found.settings
    assert found.path == path
    assert (settings.company, settings.zone.key) == ("四季 / Four Seasons", "Europe/Berlin")
    assert settings.store.url == "postgresql://voc:hunter2@host/voc"
    assert settings.digests[0].at == time(17, 30)
    assert settings.tickets.window_days == 7  # a default
    desk: Any = found.connectors["desk"]
    assert desk.client_secret.get_secret_value() == secret
    assert [s.get_secret_value() for s in desk.webhook_secrets] == [secret, "from a file"]
    assert secret not in repr(found.connectors)


def test_configured_connectors_are_ready(write: Any, registry: Registry, secret: str) -> None:
    text = (
        SLACK.replace("slack\n", "slack\n    search_lag: 0\n") + "  mail: {type: email, host: h, from_address: a@b.c}\n"
    )
    found = configured(load(write("request_timeout: 4\n" + text), registry), registry, RealClock())
    assert list(found) == ["chat", "mail"]
    assert (found["chat"].context.connector, found["chat"].context.timeout) == ("chat", 4.0)
    assert [c.search_lag for c in found.values()] == [0.0, registry.manifests["email"].find_lag]
    assert found["mail"].port("replier")


def test_nothing_but_defaults(problems: Problems) -> None:
    assert problems("company: Acme\n") == []


# -- the file itself


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "1: the file: is empty"),
        ("# only a comment\n", "1: the file: is empty"),
        ("---\n", "2: the file: is empty"),
        ("- company: a\n", "1: the file: must be a mapping"),
        ("just words\n", "1: the file: must be a mapping"),
        ("company: a\nweb:\n\tport: 1\n", "3: not YAML: found character that cannot start any token"),
        ("company: a\npassword: env: NAME\n", "2: not YAML: mapping values are not allowed"),
        ("company: [a\n", "2: not YAML: "),
        ("company: a\n---\ncompany: b\n", "2: not YAML: "),
        ("company: 公司\n".encode("gbk"), "1: cannot be read: it is not UTF-8"),
        ("company: a\n".encode("utf-16"), "1: cannot be read: it is not UTF-8"),
        ("company: a\x00b\n", "1: not YAML: "),
        ("tickets: &t {min_people: 3}\nfaq: *t\n", "2: faq: is an alias"),
        ("&a [*a]\n", "1: [0]: is an alias"),
        ("company: a\nlanguage: zh\ncompany: b\n", "3: company: is written twice"),
    ],
)
def test_not_a_file_of_settings(problems: Problems, content: str | bytes, said: str) -> None:
    (found,) = problems(content)
    assert found.startswith(said)
    assert "; " in found  # what to do


def test_no_file_and_a_folder(tmp_path: Path, registry: Registry) -> None:
    for path, said in ((tmp_path / "none.yaml", "is not there"), (tmp_path, "cannot be read: Is a directory")):
        with pytest.raises(Exception, match=said):
            load(path, registry)


def test_a_byte_order_mark_and_windows_lines_do_no_harm(problems: Problems) -> None:
    assert problems("\ufeffcompany: 四季\r\nlanguage: zh\r\n".encode()) == []


# -- settings of the core


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("compny: x", "1: compny: unknown setting 'compny'; did you mean 'company'?"),
        ("1: x", "1: 1: unknown setting '1'; allowed: company, language, "),
        ("company: 5", "1: company: must be text (it is 5); put it into 'single quotes'"),
        ("company:", "1: company: is empty; write a value, or remove the line"),
        ("company: [a]", "1: company: must be text; write one value"),
        ("tickets:", "1: tickets: is empty; "),
        ("tickets: jira", "1: tickets: must be a mapping (it is 'jira'); write `key: value` lines below it"),
        ("language: fr", "1: language: 'fr' is not allowed; allowed: zh, en"),
        ("language: no", "1: language: False is not allowed; allowed: zh, en"),
        ("timezone: Asia/Shangai", "1: timezone: not a time zone of the IANA list, e.g. Asia/Shanghai or "
         "Europe/Berlin; did you mean 'Asia/Shanghai'?"),
        ("timezone: berlin", "1: timezone: not a time zone of the IANA list, e.g. Asia/Shanghai or Europe/Berlin; "
         "did you mean 'Europe/Berlin'?"),
        ("timezone: UTC+8", "1: timezone: not a time zone of the IANA list, e.g. Asia/Shanghai or Europe/Berlin; "
         "write Area/City as the list has it"),
        ("rules: shop", "1: rules: must be a list (it is 'shop'); write each entry on a line of its own after `- `"),
        ("rules: []", "1: rules: must have at least 1 entry; expected: Rule packs: names of shipped ones or paths"),
        ("rules: [1]", "1: rules[0]: must be text (it is 1); put it into 'single quotes'"),
        ("web:\n  port: many", "2: web.port: must be a whole number (it is 'many'); expected: Port to listen on"),
        ("web:\n  port: 1.5", "2: web.port: must be a whole number (it is 1.5); expected: Port to listen on"),
        ("web:\n  port: 70000", "2: web.port: must be at most 65535; expected: Port to listen on"),
        ("poll_minutes: 0", "1: poll_minutes: must be more than 0; expected: How often"),
        ("request_timeout: soon", "1: request_timeout: must be a number (it is 'soon'); expected: Seconds"),
        ("modes: {tickt: auto}", "1: modes.tickt: unknown setting 'tickt'; did you mean 'ticket'?"),
        ("modes: {ticket: automatic}", "1: modes.ticket: 'automatic' is not allowed; did you mean 'auto'?"),
        ("digests: {name: a}", "1: digests: must be a list; write each entry on a line of its own after `- `"),
        ("digests: [weekly]", "1: digests[0]: must be a mapping (it is 'weekly'); "),
        ("clock: {fast: []}", "1: clock.fast: must be text; write one value"),
    ],
)  # fmt: skip
def test_a_wrong_setting(problems: Problems, content: str, said: str) -> None:
    (found,) = problems(content + "\n")
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        ("weekdy: mon", "digests[0](a).weekdy: unknown setting 'weekdy'; did you mean 'weekday'?"),
        ("weekday: monday", "digests[0](a).weekday: 'monday' is not allowed; did you mean 'mon'?"),
        # YAML takes 17:30 for 1050 and pydantic that for seventeen minutes past midnight
        ("at: 17:30", "digests[0](a).at: YAML reads it as the number 1050; put it into quotes, as in '09:07'"),
        ("at: nine", "digests[0](a).at: must be a time of day (it is 'nine'); write it in quotes, as in '09:07'"),
    ],
)
def test_a_wrong_setting_in_a_list(problems: Problems, digest: str, said: str) -> None:
    text = SLACK + f"digests:\n  - name: a\n    connector: chat\n    target: C1\n    {digest}\n"
    assert problems(text) == [f"11: {said}"]


def test_a_long_text_is_not_repeated(problems: Problems) -> None:
    assert problems(f"language: {'x' * 400}\n") == ["1: language: is not allowed; allowed: zh, en"]


# -- connectors


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("a: zendesk", "connectors.a: must be a mapping; write `key: value` lines below it"),
        ("a: {type: slak}", "connectors.a.type: there is no connector 'slak'; did you mean 'slack'?"),
        ("a: {tpe: slack}", "connectors.a.type: is missing; add `type:` (Which connector: see `vocbot connectors`)"),
        ("a: {type: 5}", "connectors.a.type: must be text (it is 5); put it into 'single quotes'"),
        ("5: {type: email, host: h, from_address: a@b.c}",
         "connectors.5: the key must be text (it is 5); put it into 'single quotes'"),
        ("a b: {type: email, host: h, from_address: a@b.c}", "connectors.a b: 'a b' cannot be an id; use letters"),
        ("客服: {type: email, host: h, from_address: a@b.c}", "connectors.客服: '客服' cannot be an id; use letters"),
        ("a: {type: email, host: h, from_address: a@b.c, prt: 25}",
         "connectors.a.prt: unknown setting 'prt'; did you mean 'port'?"),
        ("a: {type: email, host: h, from_address: a@b.c, serch_lag: 2}",
         "connectors.a.serch_lag: unknown setting 'serch_lag'; did you mean 'search_lag'?"),
        ("a: {type: email, host: h}", "connectors.a.from_address: is missing; add `from_address:` (The sender's"),
        ("a: {type: email, host: h, from_address: a@b.c, security: stls}",
         "connectors.a.security: is not allowed; did you mean 'tls'?"),
        ("a: {type: email, host: h, from_address: a@b.c, ca_file: /nope}", "connectors.a.ca_file: is no file; "),
        ("a: {type: email, host: h, from_address: a@b.c, username: me}",
         "connectors.a: username and password go together; see docs/config.md"),
        ("a: {type: email, host: h, from_address: a@b.c, search_lag: -1}",
         "connectors.a.search_lag: must be at least 0; expected"),
    ],
)  # fmt: skip
def test_a_wrong_connector(problems: Problems, entry: str, said: str) -> None:
    (found,) = problems(f"connectors:\n  {entry}\n")
    assert found.startswith(f"2: {said}")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("attributes: {360001: version}", "attributes.360001: the key must be text (it is 360001); put it into"),
        ("guide: {sectons: {en: 1}, sections: {en: 1}, permission_group_id: 2}",
         "guide.sectons: unknown setting 'sectons'; did you mean 'sections'?"),
        ("guide: {sections: {fr: 1}, permission_group_id: 2}", "guide.sections.fr: the key is not allowed; allowed: "),
        ("poll_from: 2026-11-01", "poll_from: must be a point in time with its zone (it is 2026-11-01); write it as"),
        ("webhook_secrets: env:SECRET", "webhook_secrets: must be a list; write each entry on a line of its own"),
        ("agent_id: me", "agent_id: must be a whole number; expected: User id that our calls act as"),
    ],
)  # fmt: skip
def test_a_wrong_setting_within_a_connector(problems: Problems, setting: str, said: str) -> None:
    account = "    subdomain: a\n    client_id: c\n    client_secret: env:SECRET\n"
    text = f"connectors:\n  z:\n    type: zendesk\n{account}    {setting}\n"
    (found,) = problems(text)
    assert found.startswith(f"7: connectors.z.{said}")


def test_a_wrong_name_within_a_mapping_of_models(problems: Problems) -> None:
    text = SLACK + "    people:\n      U0123: {name: Li Na, nme_zh: 李娜}\n      li.na: {name: Li Na}\n"
    typo, key = problems(text)
    assert typo.startswith("8: connectors.chat.people.U0123.nme_zh: unknown setting 'nme_zh'; did you mean 'name_zh'?")
    assert key.startswith("9: connectors.chat.people.li.na: the key does not have the right form; expected: Who may")


def test_a_connector_that_does_not_load_is_named_with_its_error(problems: Problems) -> None:
    known = Registry({}, (Broken("acme", "ModuleNotFoundError: No module named 'acme_sdk'"),))
    assert problems("connectors:\n  a: {type: acme}\n", known) == [
        "2: connectors.a.type: connector 'acme' does not load: ModuleNotFoundError: No module named 'acme_sdk'; "
        "reinstall it"
    ]


# -- secrets


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
        ("quiet_from: 22:00", "quiet_from: YAML reads it as the number 1320; "),
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


# -- all at once


def test_all_problems_at_once_in_the_order_of_the_file(problems: Problems) -> None:
    text = (
        "compny: x\n"
        "timezone: Mars/Olympus\n"
        "store: {key: hunter2}\n"
        "modes: {notice: auto}\n"
        "tickets: {connector: chat}\n"
        "faq: {connector: dsk}\n"
        "connectors:\n"
        "  desk: {type: zendesk, client_id: c}\n"
        "  chat: {type: slack, bot_token: hunter2, signing_secret: env:NOT_THERE, peple: {}}\n"
    )
    found = problems(text)
    assert [problem.split(": ")[:2] for problem in found] == [
        ["1", "compny"],
        ["2", "timezone"],
        ["3", "store.key"],
        ["4", "modes.notice"],
        ["5", "tickets.connector"],
        ["6", "faq.connector"],
        ["8", "connectors.desk"],
        ["9", "connectors.chat.bot_token"],
        ["9", "connectors.chat.peple"],
        ["9", "connectors.chat.signing_secret"],
    ]
    assert "hunter2" not in "\n".join(found)
