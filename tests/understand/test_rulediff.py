"""What other rules would move: between issues, into them, out of them, with the tickets that hang on them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import yaml

from tests.world import COUPON, World, said
from vocbot.data import rule_paths
from vocbot.store.tables import Issue, Ticket
from vocbot.understand.rulediff import Known, Spoken, compare, exchanged, heard, known
from vocbot.understand.rulepack import RulePack, load_packs
from vocbot.understand.rules import Matcher


def pack(folder: Path, name: str, **patterns: list[str]) -> RulePack:
    """A pack whose issues hit on these patterns."""
    issues = [
        {
            "id": issue,
            "title": {"en": issue, "zh": issue},
            "kind": "problem",
            "area": "x",
            "reason": "x",
            "stage": "use",
            "severity": 0.5,
            "department": "x",
            "rules": [
                {
                    "id": f"{issue}-en",
                    "language": "en",
                    "any": [rf"\b{word}\b" for word in words],
                    "match": [f"the {words[0]} {n}" for n in range(3)],
                    "no_match": ["a", "b", "c"],
                }
            ],
        }
        for issue, words in patterns.items()
    ]
    path = folder / f"{name}.yaml"
    data = {"pack": name, "version": 1, "about": {"en": name, "zh": name}, "issues": issues}
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return load_packs([path])[0]


def test_what_moves_what_comes_and_what_goes(tmp_path: Path) -> None:
    before = Matcher([pack(tmp_path, "cafe", cold=["cold", "chilly"], slow=["late"])])
    after = Matcher([pack(tmp_path, "cafe", cold=["cold"], heating=["chilly"], rude=["rude"])])
    spoken = [
        Spoken("the room is chilly, but the coffee is cold", "ann"),
        Spoken("so chilly", "ann"),
        Spoken("chilly again", "ben"),
        Spoken("came late. The waiter was rude", "ben"),
        Spoken("nice", "carl"),
    ]
    diff = compare(before, after, spoken)
    assert diff.feedback == 5
    assert diff.before == {"cafe/cold": 4, "cafe/slow": 1}
    assert diff.after == {"cafe/cold": 1, "cafe/heating": 3, "cafe/rude": 1}
    told = [(move, moved.mentions, moved.people, moved.shown) for move, moved in diff.moves.items()]
    assert told == [
        (("cafe/cold", "cafe/heating"), 3, {"ann", "ben"}, ["the room is chilly,", "so chilly", "chilly again"]),
        (("", "cafe/rude"), 1, {"ben"}, ["The waiter was rude"]),
        (("cafe/slow", ""), 1, {"ben"}, ["came late."]),
    ]
    assert diff.issues == ["cafe/cold", "cafe/heating", "cafe/rude", "cafe/slow"]


def test_the_same_rules_move_nothing() -> None:
    packs = load_packs(rule_paths(["shop"]))
    diff = compare(Matcher(packs), Matcher(exchanged(packs, packs[0])), [Spoken(text, "a") for text in said(COUPON)])
    assert (diff.moves, diff.issues) == ({}, [])
    assert diff.before == diff.after != {}


def test_no_more_than_three_statements_are_shown(tmp_path: Path) -> None:
    empty, full = pack(tmp_path, "one", a=["nothing"]), pack(tmp_path, "one", a=["tea"])
    diff = compare(Matcher([empty]), Matcher([full]), [Spoken(f"tea {n}", f"p{n}") for n in range(9)])
    (moved,) = diff.moves.values()
    assert (moved.mentions, len(moved.people), moved.shown) == (9, 9, ["tea 0", "tea 1", "tea 2"])


def test_a_pack_takes_the_place_of_its_namesake_or_comes_beside(tmp_path: Path) -> None:
    one, two, three = (pack(tmp_path, name, a=["x"]) for name in ("one", "two", "three"))
    new = pack(tmp_path, "one", b=["y"])
    assert exchanged([one, two], new) == [new, two]
    assert exchanged([one, two], three) == [one, two, three]


def test_only_what_was_said_in_the_period_and_as_it_stands_now(world: World) -> None:
    world.say("old", "ann")
    world.go(days=10)
    since = world.clock.now().astimezone(world.settings.zone).date()
    world.say("first", "ben", external_id="e1")
    world.say("second", "ben", external_id="e1", revision=2)
    world.say("nobody", None)
    with world.store.read() as session:
        spoken = list(heard(session, since))
        assert len(list(heard(session, since - timedelta(days=30)))) == 3
    assert [one.text for one in spoken] == ["second", "nobody"]
    assert len({one.person for one in spoken}) == 2


def test_issues_are_named_with_the_ticket_that_is_worked_on(world: World) -> None:
    world.burst()
    world.ticket()
    key = f"shop/{COUPON}"
    with world.store.read() as session:
        found = known(session, [key, "shop/none"])
    (issue,) = (issue for issue in world.all(Issue) if issue.rule_key == key)
    (ticket,) = world.all(Ticket)
    assert ticket.key
    assert found == {key: Known(issue.name, ticket.key)}
