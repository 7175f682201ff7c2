"""Sentences: both languages say the same things, and what the code says is there."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
import yaml

from vocbot.data import rule_paths
from vocbot.locale import LANGUAGES, amount, day, joined, listed, say, sentences, weeks, word
from vocbot.understand.rulepack import load_packs

ROOT = Path(__file__).parent.parent / "vocbot"
SHIPPED = ("airline", "car", "journey", "shop", "software")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys() -> None:
    assert set(sentences("zh")) == set(sentences("en"))


@pytest.mark.parametrize("key", sorted(sentences("en")))
def test_both_languages_take_the_same_values(key: str) -> None:
    zh, en = sentences("zh")[key], sentences("en")[key]
    assert placeholders(zh) == placeholders(en)
    assert zh.strip() and en.strip()


def test_each_is_in_its_language() -> None:
    chinese = re.compile("[\u4e00-\u9fff]")
    named = {"answer.title", "answer.issue", "verdict.title", "answer.fact", "answer.came", "amount.less"}
    for key, text in sentences("en").items():
        assert not chinese.search(text), key
    for key, text in sentences("zh").items():
        spoken = re.sub(r"\{\w+\}|VOC-1", "", text)
        assert chinese.search(spoken) or key in named or spoken in ("API", "App"), key


def test_chinese_has_no_blanks_before_chinese_marks() -> None:
    for key, text in sentences("zh").items():
        assert not re.search(r"\s[，。；：？！）」”]|[（“「]\s", text), key
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", text), key


def test_no_key_is_written_twice() -> None:
    for language in LANGUAGES:
        node = yaml.compose((ROOT / "locale" / f"{language}.yaml").read_text(encoding="utf-8"))
        for where in _mappings(node):
            keys = [key.value for key, _ in where.value]
            assert len(keys) == len(set(keys)), (language, keys)


def _mappings(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)


# -- the code


@dataclass(frozen=True)
class Call:
    """A call of say() or word() in a function of a module: its key, and the names of the values it gives."""

    module: ast.Module
    inside: ast.FunctionDef
    name: str
    key: ast.expr
    given: set[str]
    path: Path


def calls() -> Iterator[Call]:
    for path in ROOT.rglob("*.py"):
        module = ast.parse(path.read_text(encoding="utf-8"))
        for inside in ast.walk(module):
            if isinstance(inside, ast.FunctionDef):
                for node in ast.walk(inside):
                    # `say` is also what a narrator is called, with one text
                    if (
                        isinstance(node, ast.Call)
                        and isinstance(node.func, ast.Name)
                        and node.func.id in ("say", "word")
                        and len(node.args) > 1
                    ):
                        given = {k.arg or "**" for k in node.keywords}
                        yield Call(module, inside, node.func.id, node.args[1], given, path)


def patterns(call: Call, key: ast.expr | None = None) -> list[str]:
    """The keys that a call can name, as patterns."""
    match key or call.key:
        case ast.Constant(value=str(text)):
            return [re.escape(text)]
        case ast.IfExp(body=one, orelse=other):
            return patterns(call, one) + patterns(call, other)
        case ast.JoinedStr(values=parts):
            return ["".join(re.escape(p.value) if isinstance(p, ast.Constant) else r"[\w-]+" for p in parts)]  # type: ignore[arg-type]
        case ast.BinOp(left=left):
            return [pattern + r"\w*" for pattern in patterns(call, left)]
        case ast.Name(id=name):
            return assigned(call, name)
    raise AssertionError(f"{call.path}: say it in a way that can be checked: {ast.dump(call.key)}")


def assigned(call: Call, name: str) -> list[str]:
    """The keys that a local name can be, or an argument that other functions of the module hand in."""
    values = [
        node.value
        for node in ast.walk(call.inside)
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
    ]
    if not values:
        values = [
            argument
            for node in ast.walk(call.module)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call.inside.name
            for argument in node.args
            if isinstance(argument, ast.Constant) and argument.value in sentences("en")
        ]
        values += [
            node.value
            for node in ast.walk(call.module)
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
        ]
    assert values, f"{call.path}: where does {name} come from?"
    return [pattern for value in values for pattern in patterns(call, value)]


def test_every_sentence_that_the_code_says_is_there_and_gets_its_values() -> None:
    seen = 0
    for call in calls():
        if call.name == "say":
            for pattern in patterns(call):
                found = [k for k in sentences("en") if re.fullmatch(pattern, k)]
                assert found, f"{call.path.name} says {pattern}, which is no sentence"
                for name in found:
                    seen += 1
                    missing = placeholders(sentences("en")[name]) - call.given
                    assert not missing or "**" in call.given, f"{call.path.name}: {name} needs {missing}"
    assert seen > 80


def test_every_sentence_is_said() -> None:
    said = [pattern for call in calls() if call.name == "say" for pattern in patterns(call)]
    said += [pattern for name, pattern, _ in template_calls() if name == "t"] + IN_PAGES
    plain = [key for key in sentences("en") if not key.startswith("words.")]
    assert [key for key in plain if not any(re.fullmatch(pattern, key) for pattern in said)] == []
    asked = {pattern for call in calls() if call.name == "word" for pattern in patterns(call)}
    asked |= {pattern for name, pattern, _ in template_calls() if name == "w"}
    assert {key.split(".")[1] for key in sentences("en") if key.startswith("words.")} == asked


# what pages of the console name, where a template cannot be read for it
IN_PAGES = [
    r"console\.door_\w+",
    r"console\.password_(wrong|length)",
    r"console\.approval_(changed|late)",
    r"console\.edit_late",
    r"console\.correct_(changed|none|nowhere|why)",
    r"console\.nav_\w+",
    r"console\.done_\w+",
]


def template_calls() -> Iterator[tuple[str, str, set[str]]]:
    """What templates say: t('key', name=...) and w('family', value), with the key as a pattern."""
    for path in (ROOT / "web" / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        for name, key, rest in re.findall(r"\b(?=([tw])\('([\w-]+)'((?:[^()]|\([^()]*\))*)\))", text):
            pattern = re.escape(key if name == "w" else f"console.{key}")
            if re.match(r"\s*~", rest):
                pattern += r"\w+"
            given = set(re.findall(r"(\w+)=", rest)) | ({"**"} if "**" in rest else set())
            yield name, pattern, given


def test_every_sentence_of_a_page_is_there_and_gets_its_values() -> None:
    seen = 0
    for name, pattern, given in template_calls():
        if name == "t":
            found = [k for k in sentences("en") if re.fullmatch(pattern, k)]
            assert found, f"a page says {pattern}, which is no sentence"
            for key in found:
                seen += 1
                assert placeholders(sentences("en")[key]) <= given or "**" in given, (key, given)
    assert seen > 60


def test_every_action_that_is_named_happens() -> None:
    """What chat calls things in the log is what the code writes there."""
    text = "".join(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py"))
    for key in sentences("en"):
        if key.startswith("words.action."):
            action = key.removeprefix("words.action.")
            first, _, second = action.partition(" ")
            composed = f'f"{first} {{event.status}}"' in text or 'f"{delivery.act} {delivery.state}"' in text
            assert f'"{action}"' in text or (second and composed), action


def test_every_action_of_the_log_has_words() -> None:
    """The chain of facts of an issue, in chat and on its page, shows them all."""
    known = {key.removeprefix("words.action.") for key in sentences("en") if key.startswith("words.action.")}
    found = set()
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not any(isinstance(n, ast.ImportFrom) and n.module == "vocbot.store.audit" for n in ast.walk(tree)):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "append":
                action = node.args[3]
                if isinstance(action, ast.Constant):
                    found.add(action.value)
    assert len(found) > 30 and found - known == set()


@pytest.mark.parametrize("family", ["area", "stage"])
def test_what_the_shipped_rules_name_has_words(family: str) -> None:
    used = {getattr(issue, family) for pack in load_packs(rule_paths(SHIPPED)) for issue in pack.issues}
    known = {key.removeprefix(f"words.{family}.") for key in sentences("en") if key.startswith(f"words.{family}.")}
    assert used <= known
    assert known - used <= {"none", "awareness", "consider", "leave", "service"}


# -- small words


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (date(2026, 11, 24), "24 November", "11 月 24 日"),
        (datetime(2026, 1, 1, 12), "1 January", "1 月 1 日"),
    ],
)
def test_days(value: date, en: str, zh: str) -> None:
    assert (day("en", value), day("zh", value)) == (en, zh)


def test_words() -> None:
    assert word("zh", "channel", "chat") == "在线客服"
    assert word("en", "channel", "carrier pigeon") == "carrier pigeon"
    assert word("fr", "channel", "email") == "e-mail"  # everybody else gets English
    assert say("fr", "ticket.problem") == "Problem"


def test_numbers() -> None:
    assert [amount("en", v) for v in (0.0, 0.04, 0.1, 2.25)] == ["less than 0.1", "less than 0.1", "0.1", "2.2"]
    assert amount("zh", 0.0) == "不到 0.1"
    assert [weeks("en", n) for n in (1, 2)] == ["1 week", "2 weeks"]
    assert weeks("zh", 3) == "3 周"


def test_lists() -> None:
    assert (joined("en", ["a", "", "b"]), joined("zh", ["a", "b"])) == ("a, b", "a，b")
    assert (listed("en", ["a", "b"]), listed("zh", ["a", "b"])) == ("a, b", "a、b")


def test_a_sentence_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        say("en", "ticket.nothing")
    with pytest.raises(KeyError):
        say("en", "ticket.recurs_not")
