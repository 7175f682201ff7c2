"""Every sentence exists in both languages, takes the same values, and is used."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from vocbot.locale import sentences

CODE = Path(__file__).parent.parent / "vocbot"
# keys that are put together at run time
FAMILIES = (
    "words.",
    "verdict.",
    "answer.actions.",
    "ticket_ask.",
    "faq.approve",
    "faq.reject",
    "notice.approve",
    "notice.reject",
)


def values(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert set(sentences("zh")) == set(sentences("en"))


@pytest.mark.parametrize("key", sorted(sentences("en")))
def test_both_languages_take_the_same_values(key: str) -> None:
    assert values(sentences("zh")[key]) == values(sentences("en")[key])
    assert sentences("zh")[key].strip() and sentences("en")[key].strip()


def test_every_sentence_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in CODE.rglob("*.py"))
    quoted = set(re.findall(r"[\"']([a-z_]+(?:\.[a-z_]+)+)[\"']", code))
    # "digest." + ... : the beginning of a key stands alone
    begun = tuple(set(re.findall(r'"([a-z_]+\.[a-z_]*)"', code)) | set(re.findall(r'f"([a-z_]+\.)', code)))
    unused = [k for k in sentences("en") if k not in quoted and not k.startswith((*FAMILIES, *begun))]
    assert unused == []


def test_every_key_in_the_code_exists() -> None:
    known = set(sentences("en"))
    for path in CODE.rglob("*.py"):
        for key in re.findall(r"say\(\s*[\w.\[\]\"]+,\s*[\"']([a-z_.]+)[\"']", path.read_text(encoding="utf-8")):
            assert key in known, f"{path.name} says {key}"
