"""Correcting what heads read, as a person types it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_cli import Run, installation
from tests.world import COUPON, World, said
from vocbot.store.tables import AuditEntry, Feedback


@pytest.fixture
def told(tmp_path: Path) -> Iterator[tuple[str, World]]:
    with installation(tmp_path) as (config, _, world):
        world.complain(2)
        yield str(config), world


def test_correcting_shows_in_why_and_is_training_data(run: Run, told: tuple[str, World]) -> None:
    config, world = told
    ident = world.all(Feedback)[0].external_id
    assert (
        run("correct", ident, "--stage", "leave", "--aspects", "price|taste", "--by", "Li Na", "-c", config).code == 0
    )
    facts = run("why", "VOC-1", "--words", "--json", "-c", config).json
    mention = next(one for one in facts["mentions"] if one["external_id"] == ident)
    assert (mention["read"]["stage"], mention["read"]["aspects"]) == ("leave", ["price", "taste"])
    assert mention["words"]["stage"] and mention["words"]["stage"][0]["words"] in mention["text"]
    assert set(mention["by_aspect"]) == {"price", "taste"}
    shown = run("why", "VOC-1", "--words", "-c", config).out
    assert "leave" in shown
    rows = list(csv.reader(io.StringIO(run("corrections", "aspects", "-c", config).out)))
    assert rows == [["text", "label"], [said(COUPON)[0], "price|taste"]]
    assert [e.action for e in world.all(AuditEntry, AuditEntry.actor == "Li Na")] == ["corrected", "corrected"]
    assert run("correct", ident, "--undo", "--by", "Li Na", "-c", config).code == 0
    assert run("corrections", "stage", "-c", config).out == "text,label\n"


def test_corrections_train_a_head(run: Run, told: tuple[str, World], tmp_path: Path) -> None:
    config, world = told
    for feedback, stage in zip(world.all(Feedback), ("leave", "use"), strict=True):
        run("correct", feedback.external_id, "--stage", stage, "-c", config)
    rows, head = tmp_path / "rows.csv", tmp_path / "stage.head"
    rows.write_text(run("corrections", "stage", "-c", config).out, encoding="utf-8")
    done = run("train", "stage", str(rows), "--text", "text", "--label", "label", "--base", "stage", "--out", str(head))
    assert "2 corrections" in done.out
    asked = tmp_path / "asked.txt"
    asked.write_text(said(COUPON)[0] + "\n", encoding="utf-8")
    assert '"leave"' in run("classify", str(asked), "--head", "stage", "--model", str(head)).out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("f1",), "say what is right, such as --sentiment negative, or --undo"),
        (("f1", "--stage", "use", "--undo"), "or --undo"),
        (("f999", "--stage", "use"), "there is no feedback f999"),
        (("f1", "--stage", "nowhere"), "--stage: 'nowhere' is none; write awareness, consider"),
        (("f1", "--intent", "wish|praise"), "--intent: only one applies"),
        (("f1", "--sentiment", "good"), "write positive, neutral, negative"),
        (("f1", "--undo"), "nothing of f1 was corrected"),
        (("f1", "--stage", "use", "--source", "other"), "there is no feedback f1"),
    ],
)
def test_a_mistake_is_said_and_changes_nothing(
    run: Run, told: tuple[str, World], words: tuple[str, ...], says: str
) -> None:
    config, world = told
    done = run("correct", *words, "-c", config)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert not [e for e in world.all(AuditEntry) if e.action.startswith("correct")]


def test_a_head_that_is_not_corrected_is_said(run: Run, told: tuple[str, World]) -> None:
    assert "no head 'tone' is corrected; those that are: sentiment," in run("corrections", "tone", "-c", told[0]).err
