"""A group of Chinese texts and one of English texts that speak of the same become one Issue; nothing else does."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from tests.understand.test_correct import consistent
from tests.understand.test_group import FILL, grouping, run
from tests.world import World, moment
from vocbot.store.tables import AuditEntry, Feedback, Issue, IssueChange, Mention
from vocbot.understand import correct
from vocbot.understand.bilingual import Group, _own, _pairs

LIFT = {
    "zh": ["电梯进不去轮椅", "轮椅进不去电梯", "电梯太窄轮椅进不去"],
    "en": [
        "elevator too narrow for my wheelchair",
        "wheelchair stuck, elevator too narrow",
        "elevator hurt my wheelchair",
    ],
}
PARKING = {
    "zh": ["停车场二维码扫不上", "二维码扫不上出不了停车场", "停车场扫不上二维码"],
    "en": ["parking ignores my qr code", "qr code at the parking ignored", "parking qr code will not do"],
}
WIFI = {"en": ["guest wifi has no signal", "guest wifi drops, signal gone", "the guest wifi signal is weak"]}
SOUP = {"zh": ["汤太咸了没法喝", "今天的汤太咸了", "汤太咸了喝了一口"]}
ZH_FILL = ["昨天", "今天早上", "真的", "无语", "又来了", "朋友", "阿姨", "小王", "实在", "唉"]


def speak(world: World, count: int, *topics: dict[str, list[str]], first: int = 0) -> None:
    rng = random.Random(first)
    given = []
    for n in range(first, first + count):
        topic = topics[n % len(topics)]
        language = sorted(topic)[n // len(topics) % len(topic)]
        text = rng.choice(topic[language])
        more = "，".join(rng.sample(ZH_FILL, 2)) if language == "zh" else " ".join(rng.sample(FILL, 2))
        given.append(world.feedback(f"{text}{'，' if language == 'zh' else ' '}{more}", f"p{n}"))
    world.take(*given)


def standing(world: World) -> list[Issue]:
    return [issue for issue in world.all(Issue) if issue.merged_into is None]


@pytest.fixture
def joined(world: World) -> World:
    speak(world, 480, LIFT, PARKING, WIFI, SOUP)
    run(grouping(world))
    return world


def test_two_groups_become_one_issue_with_a_title_in_each_language_and_a_reason(joined: World) -> None:
    by_title = {(issue.title_zh, issue.title_en): issue for issue in standing(joined)}
    both = [(zh, en) for zh, en in by_title if zh != en]
    assert len(both) == 2, by_title
    assert any("电梯" in zh or "轮椅" in zh for zh, _ in both)
    assert any("wheelchair" in en or "elevator" in en for _, en in both)
    changes = joined.all(IssueChange, IssueChange.kind == "merge", IssueChange.by == "vocbot")
    assert len(changes) == 2
    reasons = {e.detail["because"] for e in joined.all(AuditEntry, AuditEntry.action == "merged")}
    assert {frozenset(reason.split(", ")) for reason in reasons} >= {frozenset({"elevator", "wheelchair"})}
    assert consistent(joined)


def test_later_texts_of_either_language_are_counted_there(joined: World) -> None:
    lift = next(i for i in standing(joined) if "elevator" in i.title_en or "wheelchair" in i.title_en)
    known, issues = len(joined.all(Feedback)), len(joined.all(Issue))
    speak(joined, 40, LIFT, first=1000)
    joined.clock.move(timedelta(minutes=3))
    run(grouping(joined))
    later = {f.id: f.language for f in joined.all(Feedback)[known:]}
    mentions = joined.all(Mention, Mention.issue_id == lift.id)
    there = Counter(later[m.feedback_id] for m in mentions if m.feedback_id in later)
    assert min(there["zh"], there["en"]) >= 8  # the rest are copies
    assert len(joined.all(Issue)) == issues
    assert consistent(joined)


def test_it_is_undone_like_any_merge_and_not_done_again(joined: World) -> None:
    change = joined.all(IssueChange, IssueChange.kind == "merge")[0]
    parted = next(i for i in joined.all(Issue) if i.id == change.issue_id)
    into = next(i for i in joined.all(Issue) if i.id == parted.merged_into)
    with joined.write() as session:
        correct.undo(session, session.get_one(Issue, parted.id), "ann", joined.clock.now())
    apart = {i.id: i for i in standing(joined)}
    assert parted.id in apart and apart[into.id].title_zh == apart[into.id].title_en
    speak(joined, 400, LIFT, PARKING, WIFI, SOUP, first=2000)
    joined.clock.move(timedelta(minutes=3))
    run(grouping(joined))
    assert {parted.id, into.id} <= {i.id for i in standing(joined)}
    assert consistent(joined)


def test_one_shared_thing_is_not_enough(world: World) -> None:
    zh = {"zh": ["电梯里有股怪味道", "电梯间味道太大", "电梯有味道熏人"]}
    en = {"en": ["elevator music is awful", "the elevator music drives me mad", "turn off that elevator music"]}
    speak(world, 240, zh, en)
    run(grouping(world))
    assert len(standing(world)) >= 2
    assert not world.all(IssueChange, IssueChange.kind == "merge", IssueChange.by == "vocbot")


def test_what_everybody_says_joins_nothing(world: World) -> None:
    zh = [{"zh": [f"手机屏幕充电{word}", f"屏幕一充电就{word}"]} for word in ("抖动", "变绿", "起泡")]
    en = [{"en": [f"screen {word} while charging", f"charging makes my screen {word}"]} for word in ("flicker", "hum")]
    speak(world, 600, *zh, *en)
    run(grouping(world))
    assert not world.all(IssueChange, IssueChange.kind == "merge", IssueChange.by == "vocbot")


def group(language: str, number: int, kind: str = "problem", **concepts: float) -> Group:
    now = moment("2026-11-03T09:00+08:00")
    issue = Issue(id=number, number=number, title_zh="", title_en="", kind=kind, first_seen=now, last_seen=now)
    return Group(issue, language, concepts)


def paired(chinese: list[Group], english: list[Group]) -> list[tuple[int, int]]:
    return [(one.issue.number, other.issue.number) for one, other in _pairs(chinese, english)]


def test_two_shared_things_each_the_others_best_and_the_same_kind() -> None:
    lift = group("zh", 1, lift=0.9, chair=0.8)
    assert paired([lift], [group("en", 2, lift=0.9, chair=0.7)]) == [(1, 2)]
    assert paired([lift], [group("en", 2, lift=0.9)]) == []
    assert paired([lift], [group("en", 2, "praise", lift=0.9, chair=0.7)]) == []
    two = [group("en", 2, lift=0.9, chair=0.7), group("en", 3, lift=0.9, chair=0.5)]
    assert paired([lift], two) == [(1, 2)]
    assert paired([lift], [two[0], group("en", 3, lift=0.9, chair=0.7)]) == []


def test_a_concept_of_a_group_is_in_most_of_its_texts_and_in_few_others() -> None:
    other = group("zh", 9).issue
    others = [(other, "zh", Counter(screen=90, lift=2), 100)]
    assert _own(Counter(screen=50, lift=40, hair=5), 50, others) == {"lift": 0.8}
    assert _own(Counter(screen=50, hair=5), 50, []) == {"screen": 1.0}
