"""Each promise of the story must be seen to break; the judge gets nothing but what was received."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vocbot.data import rule_paths
from vocbot.demo.compose import read_crowd
from vocbot.demo.promises import HAND_OFF, LEVEL, SAFETY, WISH, story_checks
from vocbot.demo.received import Received
from vocbot.demo.world import read_world
from vocbot.understand.rulepack import load_packs

WORLD = read_world()
TITLES = {
    title: pack.issue_key(issue)
    for pack in load_packs(rule_paths(("shop",)))
    for issue in pack.issues
    for title in (issue.title.zh, issue.title.en)
}
OF = {rule: title for title, rule in TITLES.items()}  # the English title: it is the later one
Got = list[Received]


def number(rule: str) -> int:
    return sorted(OF).index(rule) + 1


CAMPAIGN = WORLD.campaigns[0].misread
TEXTS = {
    HAND_OFF: "Hand-off that breaks: from “considering” to “buying”, where it falls to: shops.",
    CAMPAIGN: f"since campaign {WORLD.campaigns[0].name} began on 19 October: 7 questions, 3 in the 28 days before; "
    "rate ratio 9.1 (95 %: 2.4 to 31.0); something in it may be misunderstood",
}


def ticket(rule: str, at: str, text: str = "") -> Received:
    title = f"[VOC-{number(rule)}] {OF[rule]} · 9/week"
    text = f"{title}\n{text or TEXTS.get(rule, '')}"
    return Received("product", "ticket", f"ticket:VOC-{number(rule)}:1", title, text, "APP-1", f"{at}T15:00:00+00:00")


def good() -> Got:
    waves = {
        f"shop/{name}": plan["wave"]["first"] for name, plan in read_crowd()[0]["themes"].items() if "wave" in plan
    }
    got = [ticket(rule, first.isoformat()) for rule, first in waves.items()]
    got.append(ticket(SAFETY, min(read_crowd()[0]["safety"])[:10]))
    for rule in ("shop/coupon-not-applied", "shop/tracking-not-updated", "shop/login-code-missing"):
        got.append(ticket(rule, "2026-09-24"))
    for n, change in enumerate(WORLD.reactions, 1):
        if change.verdicts:
            text = f"VOC-{number(change.rule)} · CHANGE-{n}: a word"
            key = f"report:CHANGE-{n}:{change.verdicts[0]}:en"
            got.append(Received("executive", "verdict", key, text, text))
    campaign = f"phrases, 变戏法, 石沉大海. What people wrote about most: {OF[CAMPAIGN]}: 9"
    got.append(Received("marketing", "digest", "digest:zh:1", "digest", campaign))
    got.append(
        Received("customer", "notice", "notice:P-1:CHANGE-6", "", "You asked for it, and it is here. Dark mode.")
    )
    got.append(
        Received("product", "comment", "c", "Still reported after the release", "Still reported after the release")
    )
    answer = f"Why?\nUpdate the app.\n{WORLD.adds['en']}"
    got.append(Received("support", "faq", "360", "Why?", answer))
    return got


def kept(*, ticket_of: str) -> Callable[[Got], Got]:
    return lambda got: [r for r in got if not (r.what == "ticket" and OF[ticket_of] in r.title)]


def saying(rule: str, text: str) -> Callable[[Got], Got]:
    """Its ticket says something else."""
    return lambda got: [
        *kept(ticket_of=rule)(got),
        *(ticket(rule, r.at[:10], text) for r in got if OF[rule] in r.title),
    ]


def without(what: str) -> Callable[[Got], Got]:
    return lambda got: [r for r in got if r.what != what]


def also(received: Received) -> Callable[[Got], Got]:
    return lambda got: [*got, received]


BREAKS: list[tuple[str, Callable[[Got], Got]]] = [
    ("every wave had its ticket", kept(ticket_of="shop/refund-slow")),
    ("what is said at the same rate", also(ticket(LEVEL[0], "2026-10-01"))),
    ("what is said at the same rate", also(ticket("shop/praise-delivery", "2026-10-01"))),
    (
        "what is said at the same rate",
        also(Received("product", "ticket", "t", "[VOC-99] gift wrapped", "", "", "2026-10-01")),
    ),
    ("one report of a fire", kept(ticket_of=SAFETY)),
    ("one report of a fire", lambda got: [*kept(ticket_of=SAFETY)(got), ticket(SAFETY, "2026-11-09")]),
    ("the break between online", kept(ticket_of=HAND_OFF)),
    ("the break between online", saying(HAND_OFF, "Journey stage: buying.")),
    ("the break between online", saying(HAND_OFF, TEXTS[HAND_OFF].replace("considering", "service"))),
    ("the break between online", saying(HAND_OFF, TEXTS[HAND_OFF].replace("shops", "marketing"))),
    ("the misunderstood campaign", saying(CAMPAIGN, "No feature stands out.")),
    ("the misunderstood campaign", saying(CAMPAIGN, TEXTS[CAMPAIGN].replace("7 questions", "2 questions"))),
    ("the misunderstood campaign", saying(CAMPAIGN, TEXTS[CAMPAIGN].replace("19 October", "1 October"))),
    ("the misunderstood campaign", without("digest")),
    ("the misunderstood campaign", kept(ticket_of=CAMPAIGN)),
    ("a wish was built", without("notice")),
    ("a wish was built", kept(ticket_of=WISH)),
    ("sixty copies", also(Received("marketing", "digest", "d", "", "“卷款跑路”: 60 mentions"))),
    ("marketing reads", without("digest")),
    ("measuring found", without("verdict")),
    ("“still broken” came back", without("comment")),
    ("an answer was edited", without("faq")),
    ("an answer was edited", also(Received("support", "faq", "361", "Again", WORLD.adds["zh"]))),
]


def holds(got: Got) -> dict[str, bool]:
    return {check.what: check.holds for check in story_checks(got, WORLD, TITLES)}


def test_the_story_as_it_should_be() -> None:
    assert [what for what, held in holds(good()).items() if not held] == []


@pytest.mark.parametrize(("promise", "harm"), BREAKS, ids=[str(n) for n in range(len(BREAKS))])
def test_every_broken_promise_is_seen(promise: str, harm: Callable[[Got], Got]) -> None:
    broken = [what for what, held in holds(harm(good())).items() if not held]
    assert any(what.startswith(promise) for what in broken), broken


def test_a_wrong_verdict_is_seen() -> None:
    """The measure that does not help must not be called effective, and a later word wins over an earlier one."""
    n = next(i for i, r in enumerate(WORLD.reactions, 1) if r.rule == "shop/tracking-not-updated")
    text = f"VOC-{number('shop/tracking-not-updated')} · CHANGE-{n}: fixed"
    wrong = [*good(), Received("executive", "verdict", f"report:CHANGE-{n}:effective:en", text, text)]
    assert [what for what, held in holds(wrong).items() if not held] == [
        "measuring found of every change what is true of it"
    ]
