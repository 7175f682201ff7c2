from __future__ import annotations

from pathlib import Path

import pytest

from vocbot.config.yamlfile import FileProblems, Finding, spell
from vocbot.understand.rulefile import read_rule_file

TEXT = """\
pack: shop
issues:
  - id: coupon
    rules:
      - id: coupon-zh
        any: ['券']
      - any:
          - 'x'
"""


def write(folder: Path, text: str, name: str = "shop.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(FileProblems) as caught:
        read_rule_file(path)
    return caught.value.problems


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("pack",), 1),
        (("issues", 0), 3),
        (("issues", 0, "rules", 0, "any"), 6),
        (("issues", 0, "rules", 1), 7),
        (("issues", 0, "rules", 1, "any", 0), 8),
        (("issues", 0, "rules", 0, "no_match"), 5),  # not there: the rule it belongs to
        ((), 1),
    ],
)
def test_every_part_has_its_line(tmp_path: Path, place: tuple[str | int, ...], line: int) -> None:
    path = write(tmp_path, TEXT)
    assert read_rule_file(path).where(place) == f"{path}:{line}"


def test_a_place_is_spelt_with_the_ids_a_reader_can_search_for() -> None:
    data = {"issues": [{"id": "coupon", "rules": [{"id": "coupon-zh"}, {}]}]}
    assert spell(("issues", 0, "rules", 0, "any", 1), data) == "issues[0](coupon).rules[0](coupon-zh).any[1]"
    assert spell(("issues", 0, "rules", 1), data) == "issues[0](coupon).rules[1]"
    assert spell(("issues", 7, "rules"), data) == "issues[7].rules"
    assert spell((), data) == "the file"


def test_problems_come_in_the_order_of_the_file_and_once(tmp_path: Path) -> None:
    file = read_rule_file(write(tmp_path, TEXT))
    late, early = Finding(("issues", 0, "rules", 1), "late", "l"), Finding(("pack",), "early", "e")
    assert file.problems([late, early, late]) == [
        f"{file.path}:1: pack: early; e",
        f"{file.path}:7: issues[0](coupon).rules[1]: late; l",
    ]


@pytest.mark.parametrize(
    "text", ["pack: [1, 2", "a: b: c", "\ta: 1", "- x\ny: 1", "%bad\n---\n", "a: !!python/name:os.system x"]
)
def test_no_yaml_is_said_with_line_and_advice(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    (problem,) = problems(path)
    assert problem.startswith(f"{path}:")
    assert problem.split(":")[1].isdigit()
    assert "not YAML" in problem
    assert "check the indentation" in problem


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (missing,) = problems(tmp_path / "absent.yaml")
    assert "absent.yaml:1: cannot be read: No such file" in missing
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("pack: caf\xe9".encode("latin-1"))
    (unreadable,) = problems(latin)
    assert "it is not UTF-8" in unreadable


def test_a_key_written_twice_is_found(tmp_path: Path) -> None:
    file = read_rule_file(write(tmp_path, "pack: shop\npack: shop\n"))
    assert [(finding.place, finding.what) for finding in file.findings] == [(("pack",), "is written twice")]
    assert file.where(("pack",)).endswith(":2")


def test_an_alias_is_found_and_the_document_not_built(tmp_path: Path) -> None:
    file = read_rule_file(write(tmp_path, "pack: &me\n  again: *me\n"))
    assert [finding.what for finding in file.findings] == ["is an alias (`*name`)"]
    assert file.data is None


def test_an_empty_file_is_an_empty_document(tmp_path: Path) -> None:
    file = read_rule_file(write(tmp_path, "# nothing yet\n"))
    assert file.data is None
    assert file.where(("pack",)) == f"{file.path}:1"
