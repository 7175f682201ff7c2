"""The verb rules diff: its JSON and its words, and how its mistakes are said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests.test_cli import Run, installation, run  # noqa: F401
from tests.world import COUPON, said
from vocbot.data import rule_paths
from vocbot.store.tables import Issue


@pytest.fixture
def told(tmp_path: Path) -> Any:
    with installation(tmp_path) as (config, store, world):
        world.say(said(COUPON)[0], "ann")
        world.say("Nobody told us that the lamp was discontinued", "ben")
        world.go(days=2)
        yield config, store


def draft(tmp_path: Path) -> Path:
    """The shop's rules with the coupon's issue gone and the lamp's issue new, in a file of another name."""
    text = rule_paths(["shop"])[0].read_text(encoding="utf-8")
    start = text.index("  - id: coupon-not-applied")
    end = text.index("\n  - id: ", start + 10) + 1
    lamp = """  - id: lamp-gone
    title: {en: "Lamp gone", zh: "灯没了"}
    kind: problem
    area: lamps
    reason: "discontinued"
    stage: use
    severity: 0.5
    department: product
    rules:
      - id: lamp-en
        language: en
        any: ['\\blamps?\\b']
        match: [the lamp, a lamp, lamps]
        no_match: [a, b, c]
"""
    path = tmp_path / "new.yml"
    path.write_text(text[:start] + lamp + text[end:], encoding="utf-8")
    return path


def test_as_json(told: Any, tmp_path: Path, run: Run) -> None:  # noqa: F811
    config, store = told
    found = run("rules", "diff", str(draft(tmp_path)), "--since", "30d", "--json", "-c", str(config)).json
    with store.read() as session:
        name = session.exec(select(Issue)).one().name
    assert found["feedback"] == 2
    assert found["issues"] == [
        {"rule_key": f"shop/{COUPON}", "issue": name, "ticket": None, "mentions_before": 1, "mentions_after": 0},
        {"rule_key": "shop/lamp-gone", "issue": None, "ticket": None, "mentions_before": 0, "mentions_after": 1},
    ]
    assert found["moves"] == [
        {"from": None, "to": "shop/lamp-gone", "mentions": 1, "people": 1, "statements": [_LAMP]},
        {"from": f"shop/{COUPON}", "to": None, "mentions": 1, "people": 1, "statements": [said(COUPON)[0]]},
    ]


_LAMP = "Nobody told us that the lamp was discontinued"


def test_for_people(told: Any, tmp_path: Path, run: Run) -> None:  # noqa: F811
    config, _ = told
    done = run("rules", "diff", str(draft(tmp_path)), "-c", str(config))
    assert done.code == 0, done.err
    assert "undecided -> shop/lamp-gone: 1 mentions, 1 people" in done.out
    assert _LAMP in done.out
    done = run("rules", "diff", str(rule_paths(["shop"])[0]), "-c", str(config))
    assert "nothing would move" in done.out


def test_only_the_period_counts(told: Any, tmp_path: Path, run: Run) -> None:  # noqa: F811
    config, _ = told
    found = run("rules", "diff", str(draft(tmp_path)), "--since", "0d", "--json", "-c", str(config)).json
    assert (found["feedback"], found["moves"]) == (0, [])


def test_mistakes_are_said_in_a_line(told: Any, tmp_path: Path, run: Run) -> None:  # noqa: F811
    config, _ = told
    done = run("rules", "diff", str(draft(tmp_path)), "--since", "soon", "-c", str(config))
    assert (done.code, json.dumps(done.err)) == (
        2,
        json.dumps("--since soon: write 30d, 12w or a day such as 2026-11-01\n"),
    )
    bad = tmp_path / "bad.yml"
    bad.write_text(draft(tmp_path).read_text(encoding="utf-8").replace("blamps?", "b(?=lamps?)"), encoding="utf-8")
    done = run("rules", "diff", str(bad), "-c", str(config))
    assert done.code == 2
    assert "bad.yml:" in done.err
    assert "RE2 has no look-ahead" in done.err
    assert run("rules", "diff", str(tmp_path / "none.yml"), "-c", str(config)).code == 2
