"""YAML with the line of every part, and what YAML itself would let pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from runpy import run_path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vocbot.config import yamlfile
from vocbot.config.yamlfile import FileProblems, Finding, Place, YamlFile, read_yaml, spell

TEXT = """\
# a comment
company: Acme
tickets:
  min_people: 3

digests:
  - name: weekly
    at: '09:07'
  - name: daily
rules: [
  shop,
  software,
]
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], YamlFile]:
    def make(text: str) -> YamlFile:
        path = tmp_path / "f.yaml"
        path.write_text(text, encoding="utf-8")
        return read_yaml(path)

    return make


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 2),
        (("company",), 2),
        (("tickets", "min_people"), 4),
        (("digests",), 6),
        (("digests", 0), 7),
        (("digests", 0, "at"), 8),
        (("digests", 1), 9),
        (("rules", 1), 12),
        # what is not there has the line of what should hold it
        (("tickets", "missing"), 3),
        (("digests", 1, "missing", "deeper"), 9),
        (("digests", 7), 6),
        (("missing",), 2),
    ],
)
def test_every_part_has_its_line(read: Callable[[str], YamlFile], place: Place, line: int) -> None:
    file = read(TEXT)
    assert file.where(place) == f"{file.path}:{line}"


def test_problems_stand_in_the_order_of_the_file_and_only_once(read: Callable[[str], YamlFile]) -> None:
    file = read(TEXT)
    late, early = Finding(("rules", 1), "is wrong", "mend it"), Finding(("digests", 0, "at"), "is late", "go")
    assert file.problems([late, early, late]) == [
        f"{file.path}:8: digests[0](weekly).at: is late; go",
        f"{file.path}:12: rules[1]: is wrong; mend it",
    ]


@pytest.mark.parametrize(
    ("place", "spelt"),
    [
        ((), "the file"),
        (("a", "b"), "a.b"),
        (("list", 0, "x"), "list[0](first).x"),
        (("list", 1), "list[1](second)"),
        (("list", 2), "list[2]"),
        (("list", 9, "x"), "list[9].x"),
        (("plain", 0), "plain[0]"),
    ],
)
def test_a_place_is_spelt_with_ids(place: Place, spelt: str) -> None:
    data = {"list": [{"id": "first"}, {"name": "second"}, {"id": 3}], "plain": "text"}
    assert spell(place, data) == spelt


def test_keys_written_twice_are_found_at_every_depth(read: Callable[[str], YamlFile]) -> None:
    file = read("a: {b: 1, b: 2}\nc:\n- d: 1\n  d: 2\n")
    assert [(f.place, f.what) for f in file.findings] == [
        (("a", "b"), "is written twice"),
        (("c", 0, "d"), "is written twice"),
    ]


@pytest.mark.parametrize("text", ["a: &x {b: 1}\nc: *x\n", "a: &x [1]\nc: *x\n", "a: &x [*x]\n", "&x {a: *x}\n"])
def test_aliases_are_reported_and_nothing_is_built(read: Callable[[str], YamlFile], text: str) -> None:
    file = read(text)
    assert file.data is None
    assert any("is an alias" in finding.what for finding in file.findings)


def test_a_bomb_of_aliases_is_refused_at_once(read: Callable[[str], YamlFile]) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert read(f"a0: &a0 [x]\n{levels}").data is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: [\n", ":2: not YAML: "),
        (b"a: 1\n\tb: 2\n", ":2: not YAML: "),
        (b"a: 1\n---\nb: 2\n", ":2: not YAML: "),
        (b"a: !!python/object/apply:os.system [id]\n", ":1: not YAML: "),
        (b"a: x\x00\n", ":1: not YAML: "),
        ("a: 中文\n".encode("gbk"), ":1: cannot be read: it is not UTF-8; save it as UTF-8"),
        ("a: b\n".encode("utf-16"), ":1: cannot be read: it is not UTF-8; "),
    ],
)
def test_what_is_not_yaml(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    with pytest.raises(FileProblems) as caught:
        read_yaml(path)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{path}{said}")


@pytest.mark.parametrize(
    ("text", "value"), [("17:30", "17:30"), ("9:07", "9:07"), ("'17:30'", "17:30"), ("930", 930), ("1.5", 1.5)]
)
def test_a_time_of_day_is_no_number(read: Callable[[str], YamlFile], text: str, value: object) -> None:
    assert read(f"at: {text}\n").data == {"at": value}


@pytest.mark.parametrize(
    "value", ["2027-13-01", "0x_", "!!int hunter2", "!!timestamp hunter2", "!!bool hunter2", "1" * 5000]
)
def test_what_only_looks_like_a_day_or_a_number(read: Callable[[str], YamlFile], value: str) -> None:
    file = read(f"a: 1\nb: {value}\n")
    assert file.data is None
    assert [f.what for f in file.findings] == ["looks to YAML like something that it is not"]
    assert file.where(file.findings[0].place).endswith(":2")
    assert "hunter2" not in str(file.findings)


def test_a_tag_is_not_quoted_as_it_may_be_a_secret(read: Callable[[str], YamlFile]) -> None:
    with pytest.raises(FileProblems, match=r"a tag \(`!name`\) that has no meaning here") as caught:
        read("password: !hunter2 x\n")
    assert "hunter2" not in str(caught.value)


def test_what_is_too_deep(read: Callable[[str], YamlFile]) -> None:
    with pytest.raises(FileProblems, match="too deep"):
        read("a: " + "[" * 3000 + "]" * 3000)


def test_what_is_not_a_file(tmp_path: Path) -> None:
    for path, said in ((tmp_path, "Is a directory"), (tmp_path / "none", "No such file or directory")):
        with pytest.raises(FileProblems, match=f":1: cannot be read: {said}; "):
            read_yaml(path)


def test_without_the_fast_parser_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(TEXT, encoding="utf-8")
    fast = read_yaml(path)
    monkeypatch.delattr(yaml, "CSafeLoader")
    slow = run_path(str(yamlfile.__file__), run_name="slow_yamlfile")["read_yaml"](path)
    assert (slow.data, slow._lines) == (fast.data, fast._lines)


WORDS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=12)
TREES = st.recursive(
    WORDS | st.integers(-9999, 9999) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


@given(TREES)
def test_what_yaml_writes_is_read_back_with_a_line_for_every_part(tmp_path_factory: object, tree: object) -> None:
    factory: pytest.TempPathFactory = tmp_path_factory  # type: ignore[assignment]
    path = factory.getbasetemp() / "tree.yaml"
    text = yaml.safe_dump(tree, allow_unicode=True)
    path.write_text(text, encoding="utf-8", newline="")
    file = read_yaml(path)
    assert file.data == tree
    assert file.findings == ()

    lines = text.count("\n") + 1

    def check(part: object, place: Place) -> None:
        assert place in file._lines
        assert 1 <= int(file.where(place).rpartition(":")[2]) <= lines
        for key, below in part.items() if isinstance(part, dict) else enumerate(part if isinstance(part, list) else []):
            check(below, (*place, key))

    check(tree, ())
