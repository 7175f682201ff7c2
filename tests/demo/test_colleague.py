"""Verbs typed one after the other into one process, each as if it were alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vocbot.demo.colleague import Colleague, run
from vocbot.sdk.errors import VocbotError


def test_each_verb_has_its_own_words(tmp_path: Path) -> None:
    config = tmp_path / "vocbot.yaml"
    config.write_text(f"company: Daybreak\nstore: {{url: 'sqlite:///{tmp_path}/vocbot.db'}}\n", encoding="utf-8")
    colleague = Colleague(config, os.environ)
    begun = [
        colleague.begin("change", "add", "--kind", "release", "--version", "1", "--by", "Shen"),
        colleague.begin("change", "add", "--kind", "no such kind", "--by", "Shen"),
        colleague.begin("no such verb"),
        colleague.begin("change", "add", "--kind", "policy", "--by", "Shen"),
    ]
    try:
        assert begun[3]() == "CHANGE-2", "in whatever order they are asked for"
        assert begun[0]() == "CHANGE-1"
        with pytest.raises(VocbotError, match="vocbot change failed: --kind no such kind"):
            begun[1]()
        with pytest.raises(VocbotError, match="vocbot no such verb failed"):
            begun[2]()
    finally:
        colleague.close()
    assert Colleague(config, os.environ).close() is None  # type: ignore[func-returns-value]


def test_an_exit_without_a_number_is_a_failure() -> None:
    assert run(["--help"])[0] == 0
    code, _, wrong = run(["change", "add", "--config", "/nowhere/vocbot.yaml"])
    assert code == 2 and wrong
