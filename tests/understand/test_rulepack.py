from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from vocbot.config.yamlfile import FileProblems
from vocbot.data import shipped
from vocbot.understand.rulepack import RulePack, load_pack, load_packs

GOOD = """\
pack: shop
version: 3
about: {en: a shop, zh: 商城}
issues:
  - id: coupon
    title: {en: not applied, zh: 不抵扣}
    kind: problem
    area: checkout
    reason: no discount
    stage: purchase
    severity: 0.6
    department: product
    rules:
      - id: coupon-zh
        language: zh
        any:
          - '券.{0,12}没减'
        not: ['领券']
        match: [券没减, 券又没减, 这券没减]
        no_match: [券减了, 领券没减, 好用]
      - id: coupon-en
        language: en
        near: {a: [coupon], b: [full price], within: 30}
        match: [coupon full price, full price coupon, coupon and full price]
        no_match: [coupon, full price, lovely]
"""


def write(folder: Path, text: str, name: str = "shop.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(FileProblems) as caught:
        load_pack(path)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def broken(folder: Path, old: str, new: str) -> tuple[Path, list[str]]:
    """The good pack with one thing changed, and what is said about it."""
    assert GOOD.count(old) == 1
    path = write(folder, GOOD.replace(old, new))
    return path, problems(path)


def test_a_good_pack_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    pack = load_pack(path)
    (issue,) = pack.issues
    assert (pack.pack, pack.version, pack.about.zh) == ("shop", 3, "商城")
    assert (pack.issue_key(issue), issue.immediate, issue.severity) == ("shop/coupon", False, 0.6)
    assert [pack.rule_id(rule) for rule in issue.rules] == ["shop/coupon-zh", "shop/coupon-en"]
    assert issue.rules[0].not_ == ("领券",)
    assert issue.rules[1].near is not None
    assert issue.rules[1].near.within == 30
    assert [pack.place(rule) for rule in issue.rules] == [f"{path}:14", f"{path}:21"]


def test_a_rule_of_no_file_has_its_pack_as_place() -> None:
    pack = RulePack.model_validate(yaml.safe_load(GOOD))
    assert pack.place(pack.issues[0].rules[0]) == "shop"


RULE = "issues[0](coupon).rules[0](coupon-zh)"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("        not:", "        nott:", 18, f"{RULE}.nott: unknown key 'nott'; did you mean 'not'?"),
        ("    severity:", "    severty:", 5, "issues[0](coupon).severity: is missing; add `severity:`"),
        ("    severity:", "    severty:", 11, "unknown key 'severty'; did you mean 'severity'?"),
        ("within: 30", "withing: 30", 23, "unknown key 'withing'; did you mean 'within'?"),
        ("about: {en: a shop,", "about: {eng: a shop,", 3, "about.eng: unknown key 'eng'; did you mean 'en'?"),
        ("version: 3", "colour: red\nversion: 3", 2, "allowed: pack, version, about, issues"),
        ("kind: problem", "kind: probelm", 7, "'probelm' is not allowed; did you mean 'problem'?"),
        ("stage: purchase", "stage: lunch", 10, "'lunch' is not allowed; allowed: awareness, consider,"),
        ("language: zh", "language: cn", 15, f"{RULE}.language: 'cn' is not allowed; allowed: zh, en, any"),
        ("severity: 0.6", "severity: 1.6", 11, "less than or equal to 1"),
        ("severity: 0.6", "immediate: true\n    severity: 0.6", 11, "`immediate` is for safety and law"),
        ("'券.{0,12}没减'", "'券(没减'", 17, f"{RULE}.any[0]: RE2 refuses '券(没减': missing )"),
        ("'券.{0,12}没减'", "'券(?=没减)'", 17, "RE2 has no look-ahead, look-behind or back-references"),
        ("'券.{0,12}没减'", "'(券)?'", 17, "hits empty text, so it hits everything; make a part of it required"),
        ("'券.{0,12}没减'", "'APP没减'", 17, "'APP没减' has 'A', which never occurs"),
        (
            "'券.{0,12}没减'",
            "'券没减，'",
            17,
            "'，', which never occurs: text is made lower case and half width; write ','",
        ),
        (
            "          - '券.{0,12}没减'",
            "          - 404",
            17,
            "must be text, but YAML reads 404; put it into 'single quotes'",
        ),
        ("['领券']", "'领券'", 18, f"{RULE}.not: must be a list; write each entry on a line of its own"),
        (
            "match: [券没减, 券又没减, 这券没减]",
            "match: [券没减, 券又没减]",
            19,
            f"{RULE}.match: needs at least 3 examples, has 2; add sentences as customers write them",
        ),
        ("no_match: [coupon, full price, lovely]", "no_match: []", 25, "no_match: needs at least 3 examples, has 0"),
        ("no_match: [coupon, full price, lovely]", "no_match: [a, b, ' ']", 25, "no_match[2]: is empty"),
        ("id: coupon-en", "id: coupon-zh", 21, "the rule id 'coupon-zh' is taken by"),
        ("id: coupon-en", "id: Coupon EN", 21, "'Coupon EN' is no name; use lower-case letters, digits and hyphens"),
        ("        near: {a: [coupon], b: [full price], within: 30}\n", "", 21, "has neither `any` nor `near`"),
        ("pack: shop", "pack: shopp", 1, "pack: 'shopp' is not the name of the file; write 'shop' or rename the file"),
        ("    kind: problem", "    kind: problem\n    kind: wish", 8, "kind: is written twice; keep one"),
        ("title: {en: not applied, zh: 不抵扣}", "title: not applied", 6, "title: must be a mapping"),
        ("a: [coupon]", "a: []", 23, "near.a: is empty; add at least one entry or remove it"),
    ],
)
def test_what_is_wrong_is_said_with_line_and_advice(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    path, found = broken(tmp_path, old, new)
    assert any(problem.startswith(f"{path}:{line}: ") and said in problem for problem in found), found


def test_an_issue_id_must_be_its_own(tmp_path: Path) -> None:
    data = yaml.safe_load(GOOD)
    twin = copy.deepcopy(data["issues"][0])
    for rule in twin["rules"]:
        rule["id"] += "-too"
    data["issues"].append(twin)
    path = write(tmp_path, yaml.safe_dump(data, allow_unicode=True))
    assert any("issues[1](coupon).id: the issue id 'coupon' is taken by issues[0](coupon)" in p for p in problems(path))


def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace("version: 3", "version: 0").replace("        not:", "        nott:").replace("没减'", "没减('")
    path = write(tmp_path, text.replace("id: coupon-en", "id: coupon-zh"))
    found = problems(path)
    assert [int(problem.removeprefix(f"{path}:").split(":")[0]) for problem in found] == [2, 17, 18, 21]


def test_a_list_is_not_called_too_short_for_the_problems_of_its_entries(tmp_path: Path) -> None:
    _, found = broken(tmp_path, "match: [券没减, 券又没减, 这券没减]", "match: [券没减, ' ', 404]")
    assert len(found) == 2
    assert not any("at least" in problem for problem in found)


@pytest.mark.parametrize("text", ["", "[]", "just words", "issues: 3", "pack: shop\nissues: [1, {rules: 2}]"])
def test_something_else_entirely_is_refused(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    assert all(problem.startswith(f"{path}:") for problem in problems(path))


def test_an_alias_is_refused_without_building_the_document(tmp_path: Path) -> None:
    path = write(tmp_path, "pack: shop\nissues: &i\n  - *i\n")
    assert any("is an alias (`*name`); write it out" in problem for problem in problems(path))


def test_problems_of_several_packs_come_together(tmp_path: Path) -> None:
    typo = write(tmp_path, GOOD.replace("version:", "verison:"))
    other = write(tmp_path, "a: b: c", "car.yaml")
    with pytest.raises(FileProblems) as caught:
        load_packs([typo, other, tmp_path / "absent.yaml"])
    for name in ("shop.yaml:2", "car.yaml:1", "absent.yaml:1"):
        assert any(name in problem for problem in caught.value.problems)


def test_two_files_may_not_hold_the_same_pack(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(FileProblems, match=r"'shop' is already the pack of .*; rename one of the files"):
        load_packs([write(tmp_path, GOOD), write(tmp_path / "other", GOOD)])


def test_packs_keep_the_order_given(tmp_path: Path) -> None:
    car = write(tmp_path, GOOD.replace("pack: shop", "pack: car"), "car.yaml")
    shop = write(tmp_path, GOOD)
    assert [pack.pack for pack in load_packs([shop, car])] == ["shop", "car"]
    assert [pack.pack for pack in load_packs([car, shop])] == ["car", "shop"]


@pytest.mark.parametrize("pattern", [r"\W(a|b)\b", r"\p{Han}+x", r"\pLx", r"(?P<name>x)", r"(?s:x)", r"\x{4e00}"])
def test_capitals_that_are_syntax_are_allowed(tmp_path: Path, pattern: str) -> None:
    path = write(tmp_path, GOOD.replace("券.{0,12}没减", pattern))
    assert load_pack(path).issues[0].rules[0].any == (pattern,)


@pytest.mark.parametrize("path", sorted(shipped("rules").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_packs_are_yaml_for_every_reader(path: Path) -> None:
    """libyaml is laxer than the reader in Python, which is all there is where PyYAML was built without it."""
    assert yaml.load(path.read_text(encoding="utf-8"), yaml.SafeLoader)["pack"] == path.stem
