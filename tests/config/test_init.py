"""Five questions, and a file that is valid as soon as the secrets are set."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from vocbot.cli import app
from vocbot.config import init as module
from vocbot.config.init import LANGUAGES, SYSTEMS, USUAL, ask_and_write, configuration, farewell, words
from vocbot.config.load import Configuration, load
from vocbot.config.yamlfile import FileProblems
from vocbot.registry import Registry
from vocbot.sdk.errors import VocbotError

SUBSETS = [
    *(chosen for size in range(len(USUAL) + 1) for chosen in combinations(USUAL, size)),
    *((system,) for system in SYSTEMS if system not in USUAL),
    SYSTEMS,
]


def run(path: Path, answers: str, *options: str) -> Result:
    """`vocbot init` with the answers typed or piped in."""
    return CliRunner().invoke(app, ["init", str(path), *options], input=answers)


def export(said: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Do what the end of the output asks for."""
    names: list[str] = re.findall(r"^ +export (\w+)=", said, re.MULTILINE)
    for name in names:
        monkeypatch.setenv(name, "whsec_" + "QUJD" * 8)
    return names


def flat(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return found


# -- the questions


@pytest.mark.parametrize("language", LANGUAGES)
def test_enter_five_times(tmp_path: Path, registry: Registry, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vocbot.yaml"
    result = run(path, f"{language}\n\n\n\n\n")
    assert result.exit_code == 0, result.output
    assert len(export(result.output, monkeypatch)) == 7
    settings = load(path, registry).settings
    assert (settings.language, settings.company) == (language, words(language)["company"])
    assert settings.rules == ("shop", "journey")
    assert list(settings.connectors) == list(USUAL)
    assert set(settings.modes.model_dump().values()) == {"shadow"}


def test_answers(tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own rules.yaml"
    own.touch()
    path = tmp_path / "vocbot.yaml"
    result = run(path, f' 四季: "Four" # Seasons \nEurope/Berlin\nshop, {own}\nSlack， email\n', "--language", "zh")
    assert result.exit_code == 0, result.output
    assert export(result.output, monkeypatch) == ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SMTP_PASSWORD"]
    found = load(path, registry)
    settings, mail = found.settings, found.connectors["email"]
    assert (settings.company, settings.timezone) == ('四季: "Four" # Seasons', "Europe/Berlin")
    assert mail.from_name == '四季: "Four" # Seasons'  # type: ignore[attr-defined]
    assert settings.rules == ("shop", str(own))
    assert list(settings.connectors) == ["slack", "email"]
    assert (settings.digests[0].language, settings.reports.languages) == ("zh", ("zh",))


@pytest.mark.parametrize(
    ("language", "answers", "said"),
    [
        ("", "fr\nen\n\n\n\n\n", "Error: en / zh"),
        ("en", "\x07\n\n\n\n\n", "please write one line of visible characters"),
        ("en", "x" * 101 + "\n\n\n\n\n", "please write one line of visible characters"),
        ("en", "\nBerlin\n\n\n\n", "Berlin is no time zone; write Area/City, as in Asia/Shanghai or Europe/Berlin "
         "(Europe/Berlin?)"),
        ("zh", "\nUTC+8\n\n\n\n", "UTC+8 不是时区"),
        ("en", "\n\nshops\n\n\n", "there is no pack and no file shops; shipped are "),
        ("en", "\n\n,\n\n\n", "there is no pack and no file"),
        ("zh", "\n\n\nzendesk、飞书\n\n", "飞书 不在可选范围内：zendesk, jira, slack, email"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_asked_again(tmp_path: Path, language: str, answers: str, said: str) -> None:
    path = tmp_path / "vocbot.yaml"
    result = run(path, answers, "--language", language)
    assert result.exit_code == 0, result.output
    assert said in result.output
    assert path.exists()


@pytest.mark.parametrize(("language", "none"), [("en", "none"), ("zh", "none"), ("zh", "无"), ("en", "NONE")])
def test_no_system_at_all(tmp_path: Path, registry: Registry, language: str, none: str) -> None:
    path = tmp_path / "vocbot.yaml"
    result = run(path, f"\n\n\n{none}\n", "--language", language)
    assert "export" not in result.output
    assert load(path, registry).settings.connectors == {}


def test_questions_are_asked_in_the_chosen_language(tmp_path: Path) -> None:
    chinese = re.compile("[\u4e00-\u9fff]")
    english = run(tmp_path / "en.yaml", "\n\n\n\n", "--language", "en").output
    assert "Time zone" in english
    assert not chinese.search(english)
    spoken = run(tmp_path / "zh.yaml", "\n\n\n\n", "--language", "zh").output
    assert "时区" in spoken
    assert "Time zone" not in spoken


def test_an_end_of_input_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "vocbot.yaml"
    result = run(path, "en\nAcme\n")
    assert result.exit_code == 1
    assert not path.exists()


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "vocbot.yaml"
    path.write_text("mine\n", encoding="utf-8")
    for taken in (path, tmp_path):
        with pytest.raises(VocbotError, match="is there already and stays as it is"):
            ask_and_write(taken, "en")
    assert path.read_text(encoding="utf-8") == "mine\n"


def test_a_file_that_comes_while_we_ask_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "vocbot.yaml"
    path.symlink_to(tmp_path / "elsewhere.yaml")  # does not exist, but opening it would write there
    result = run(path, "\n\n\n\n", "--language", "en")
    assert "nothing was written" in str(result.exception)
    assert not (tmp_path / "elsewhere.yaml").exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = run(tmp_path / "none" / "vocbot.yaml", "\n\n\n\n", "--language", "en")
    assert isinstance(result.exception, VocbotError)
    assert "No such file or directory; nothing was written" in str(result.exception)


def test_an_unknown_language_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(VocbotError, match="--language fr: use en or zh"):
        ask_and_write(tmp_path / "vocbot.yaml", "fr")


@pytest.mark.parametrize(
    ("target", "zone"),
    [
        ("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("/usr/share/zoneinfo/Etc/UTC", "Asia/Shanghai"),
        ("/usr/share/zoneinfo/UTC", "Asia/Shanghai"),
        ("/somewhere/else", "Asia/Shanghai"),
        (None, "Asia/Shanghai"),
    ],
)
def test_the_zone_that_is_offered(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch, target: str | None, zone: str
) -> None:
    link = tmp_path / "localtime"
    if target:
        link.symlink_to(target)
    monkeypatch.setattr(module, "_LOCALTIME", link)
    path = tmp_path / "vocbot.yaml"
    run(path, "\n\n\nnone\n", "--language", "en")
    assert load(path, registry).settings.timezone == zone


# -- the file


def wrote(tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> Configuration:
    """The file once the variables are set; before that, exactly they are what is wrong with it."""
    path = tmp_path / "written.yaml"
    path.write_text(text, encoding="utf-8")
    named = re.findall(r"export (\w+)=", said)
    if named:
        with pytest.raises(FileProblems) as caught:
            load(path, registry)
        assert sorted(re.findall(r"environment variable (\w+) is not set", str(caught.value))) == sorted(named)
        assert len(caught.value.problems) == len(named)
    export(said, monkeypatch)
    return load(path, registry)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("systems", SUBSETS, ids="+".join)
def test_it_is_valid_with_every_choice(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch, language: str, systems: tuple[str, ...]
) -> None:
    text = configuration(language, "Acme", "Europe/Berlin", ["shop"], systems)
    found = wrote(tmp_path, registry, monkeypatch, text, farewell(language, Path("vocbot.yaml"), text))
    assert tuple(found.connectors) == systems
    assert found.settings.tickets.connector == ("jira" if "jira" in systems else None)
    assert found.settings.approvals.connector == ("slack" if "slack" in systems else None)
    assert found.settings.notices.via == (("email",) if "email" in systems else ())
    for name in SYSTEMS:
        assert (f"connectors/{name}/README.md" in text) == (name in systems)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_switched_off_is_valid_too(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    text = configuration(language, "Acme", "Europe/Berlin", ["shop"], SYSTEMS)
    on = re.sub(r"^(\s*)#(?=\S| {2}\S)", r"\1", text, flags=re.MULTILINE)
    said = farewell(language, Path("vocbot.yaml"), text)
    found = wrote(tmp_path, registry, monkeypatch, on, said)
    assert found.settings.faq.connector == "zendesk"
    desk: Any = found.connectors["zendesk"]
    assert desk.guide.sections == {"en": 360011, "zh": 360012}


@given(st.text(max_size=100).filter(lambda text: text.strip() and text.isprintable()))
def test_every_company_name_survives(registry: Registry, tmp_path_factory: object, name: str) -> None:
    factory: pytest.TempPathFactory = tmp_path_factory  # type: ignore[assignment]
    path = factory.getbasetemp() / "company.yaml"
    path.write_text(configuration("en", name, "Asia/Shanghai", ["shop"], ()), encoding="utf-8")
    assert load(path, registry).settings.company == name


def test_the_end_says_what_to_do_next(tmp_path: Path) -> None:
    text = configuration("en", "Acme", "Asia/Shanghai", ["shop"], ["slack"])
    usual = farewell("en", Path("vocbot.yaml"), text).splitlines()
    assert [line for line in usual if "vocbot check" in line or "vocbot serve" in line] == [
        "  3. vocbot check  # look whether the file is complete",
        "  4. vocbot check --online  # ask the outside systems whether all is there",
        "  5. vocbot serve  # begin to listen",
    ]
    other = farewell("en", Path("my files/voc.yaml"), text)
    assert "vocbot check --online --config 'my files/voc.yaml'  # ask" in other


def test_the_arrow_stands_where_something_has_to_be_changed() -> None:
    text = configuration("en", "Acme", "Asia/Shanghai", ["shop"], SYSTEMS)
    marked = {line.split(":")[0].strip() for line in text.splitlines() if "# ←" in line}
    assert marked == {
        *("target", "public_url", "subdomain", "client_id", "site", "email", "project", "issue_type"),
        *("U0000000001", "host", "username", "from_address"),
        *("own_addresses", "app_id", "base_url", "hashtags", "identifier", "queries", "urls"),
    }


# -- the words


def test_both_languages_have_the_same_words() -> None:
    english, chinese = flat(words("en")), flat(words("zh"))
    assert english.keys() == chinese.keys()
    for key, sentence in english.items():
        assert sentence.strip() and chinese[key].strip()
        if key.startswith(("ask.", "wrong.", "done.")):
            places = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (sentence, chinese[key])]
            assert places[0] == places[1], key
        assert ("←" in sentence) == ("←" in chinese[key]), key


def test_every_comment_is_used_and_known() -> None:
    template = (files("vocbot.config") / "init.template").read_text(encoding="utf-8")
    assert set(re.findall(r"#@(\w+)$", template, re.MULTILINE)) == set(words("en")["file"])
    assert set(re.findall(r" #=(\w+)$", template, re.MULTILINE)) == set(words("en")["side"])


def test_nothing_but_the_two_languages_is_in_the_file() -> None:
    raw = (files("vocbot.config") / "init_words.yaml").read_text(encoding="utf-8")
    assert set(yaml.safe_load(raw)) == set(LANGUAGES)
