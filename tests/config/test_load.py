"""A configuration is read whole, or refused with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from vocbot.config.load import configured, load
from vocbot.registry import Broken, Registry
from vocbot.sdk.clock import RealClock

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
        ("at: 930", "digests[0](a).at: YAML reads it as the number 930; put it into quotes, as in '09:07'"),
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


def test_no_connector_is_installed_at_all(problems: Problems) -> None:
    assert problems("connectors:\n  a: {type: slack}\n", Registry({}, ())) == [
        "2: connectors.a.type: there is no connector 'slack'; none is installed at all: install vocbot with pip"
    ]


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
