from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from vocbot.text.clean import fold
from vocbot.text.statements import split
from vocbot.understand.rulecheck import ExampleProblem, check_examples
from vocbot.understand.rulepack import RulePack, load_pack, load_packs
from vocbot.understand.rules import Matcher

RULES = Path(__file__).parents[2] / "rules"
PACKS = load_packs(sorted(RULES.glob("*.yaml")))
SHIPPED = [(pack, rule.id) for pack in PACKS for issue in pack.issues for rule in issue.rules]
PROBLEMS = {pack.pack: check_examples(pack, fold) for pack in PACKS}

REQUIRED = {
    "airline": """
        flight-cancelled flight-late overbooked luggage-lost luggage-damaged service-out-of-reach staff-rude lines-long
        cabin-poor booking-broken money-back safety-incident praise-crew praise-flight
    """,
    "shop": """
        coupon-not-applied tracking-not-updated login-code-missing refund-slow refund-status-invisible parcel-damaged
        parcel-late wrong-item size-runs-small quality-poor out-of-stock agent-rude agent-unreachable
        price-changed-after-order double-charge payment-failed app-crash app-slow account-locked search-useless
        store-denies-online-price ad-misleading food-made-ill spam-messages privacy-leak wish-dark-mode
        wish-pickup-point wish-invoice praise-delivery praise-service praise-quality
    """,
    "car": """
        seat-noise brake-squeal brake-failure battery-range charging-failed infotainment-freeze bluetooth-drops
        ota-failed paint-flaws rust water-leak air-conditioning fuel-consumption gearbox-jerk engine-noise tyre-wear
        delivery-delay dealer-attitude price-cut-after-purchase warranty-refused parts-wait remote-app
    """,
    "software": """
        crash slow login-failed sso-broken second-factor data-loss sync-broken export-broken import-broken
        notifications-wrong double-charge invoice-missing price-increase cancel-difficult docs-unclear api-errors
        rate-limits mobile-layout search-poor permissions-wrong integration-broken outage wish-dark-mode
        wish-shortcuts wish-api
    """,
    "journey": """
        ad-unknown-in-shop sales-promise-unknown-in-service sent-around callback-missed compensation-missing
        gone-to-competitor
    """,
}


@pytest.mark.parametrize(("pack", "rule"), SHIPPED, ids=[f"{pack.pack}/{rule}" for pack, rule in SHIPPED])
def test_shipped_rules_do_what_their_examples_say(pack: RulePack, rule: str) -> None:
    found = [problem for problem in PROBLEMS[pack.pack] if problem.rule_id == f"{pack.pack}/{rule}"]
    assert [str(problem) for problem in found if problem.is_error] == []


@pytest.mark.filterwarnings("default:rules overlap")
@pytest.mark.parametrize("pack", PACKS, ids=[pack.pack for pack in PACKS])
def test_overlap_of_shipped_rules_is_listed(pack: RulePack) -> None:
    overlaps = [str(problem) for problem in PROBLEMS[pack.pack] if not problem.is_error]
    if overlaps:
        warnings.warn("rules overlap, to be looked at:\n" + "\n".join(overlaps), stacklevel=1)
    assert len(overlaps) < len(pack.issues)


@pytest.mark.parametrize("pack", PACKS, ids=[pack.pack for pack in PACKS])
def test_shipped_packs_cover_what_they_promise(pack: RulePack) -> None:
    issues = {issue.id: issue for issue in pack.issues}
    assert set(REQUIRED[pack.pack].split()) <= set(issues)
    if pack.pack != "journey":  # which stands beside the pack of a trade
        assert len(issues) >= 20
        assert {issue.kind for issue in pack.issues} == {"problem", "wish", "praise"}
    for issue in pack.issues:
        assert {rule.language for rule in issue.rules} == {"zh", "en"}, issue.id
        assert issue.severity == 0 if issue.kind == "praise" else issue.severity > 0, issue.id


def test_safety_and_law_are_immediate() -> None:
    assert {pack.issue_key(issue) for pack in PACKS for issue in pack.issues if issue.immediate} == {
        "airline/safety-incident",
        "car/brake-failure",
        "shop/food-made-ill",
        "shop/privacy-leak",
        "software/data-loss",
    }


def test_no_pattern_has_a_letter_that_folding_changes() -> None:
    """Traditional characters, which loading cannot know, would never hit either."""
    patterns = [
        pattern
        for pack in PACKS
        for issue in pack.issues
        for rule in issue.rules
        for pattern in (*rule.any, *rule.not_, *(rule.near.a + rule.near.b if rule.near else ()))
    ]
    assert [p for p in patterns if any(fold(c) != c for c in p if "\u3400" <= c <= "\u9fff")] == []


def test_the_pack_in_the_manual_works(tmp_path: Path) -> None:
    manual = (RULES.parent / "docs" / "rules.md").read_text(encoding="utf-8")
    (tmp_path / "cafe.yaml").write_text(manual.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert check_examples(load_pack(tmp_path / "cafe.yaml"), fold) == []


SHOP = Matcher([pack for pack in PACKS if pack.pack == "shop"])


def shop_issues(text: str) -> set[str]:
    hits = [hit for statement in split(text) for hit in SHOP.match(fold(statement.text))]
    return {hit.issue_key.removeprefix("shop/") for hit in hits}


@pytest.mark.parametrize(
    ("text", "issues"),
    [
        ("味道很好，但是等了两个小时才送到", {"parcel-late"}),
        ("The kettle is lovely but it arrived broken", {"parcel-damaged"}),
        ("券没减，物流也五天没更新了！", {"coupon-not-applied", "tracking-not-updated"}),
        ("没有破损，没有色差，尺码也准", set()),
        ("退款秒到账，优惠券也直接抵扣了", set()),
        ("I never had a problem with a coupon, a refund or the tracking", set()),
        ("請問週末客服幾點上班？", set()),
        ("How do I return an item?", set()),
    ],
)
def test_a_feedback_hits_what_it_complains_about_and_nothing_else(text: str, issues: set[str]) -> None:
    assert shop_issues(text) == issues


PACK = """\
pack: small
version: 1
about: {en: a, zh: b}
issues:
  - id: slow
    title: {en: a, zh: b}
    kind: problem
    area: a
    reason: r
    stage: use
    severity: 0.5
    department: d
    rules:
      - id: slow-en
        language: en
        any: [slow]
        match: [so slow, slow and bad, '{match}']
        no_match: [fast, quick, '{no_match}']
  - id: bad
    title: {en: a, zh: b}
    kind: problem
    area: a
    reason: r
    stage: use
    severity: 0.5
    department: d
    rules:
      - id: bad-any
        language: any
        any: [bad, 差]
        match: [bad, 差, too bad]
        no_match: [good, fine, ok]
"""


def check(folder: Path, match: str = "slow app", no_match: str = "nice") -> list[ExampleProblem]:
    path = folder / "small.yaml"
    path.write_text(PACK.replace("{match}", match).replace("{no_match}", no_match), encoding="utf-8")
    return check_examples(load_pack(path), fold)


def test_another_issue_hit_too_is_a_warning(tmp_path: Path) -> None:
    (problem,) = check(tmp_path)
    assert not problem.is_error
    assert str(problem) == (
        f"{tmp_path}/small.yaml:14: small/slow-en: also-hits: small/bad-any hits it on 'bad': 'slow and bad'"
    )


@pytest.mark.parametrize(
    ("match", "no_match", "kinds"),
    [
        ("quite sluggish", "nice", {"missed"}),
        ("slow 慢", "nice", {"wrong-language"}),
        ("慢", "nice", {"missed", "wrong-language"}),
        ("slow app", "not slow", {"wrong-hit"}),
        ("SLOW APP", "nice", set()),  # examples are folded as feedback is
        ("nice, but slow", "nice", set()),  # and cut into statements
    ],
)
def test_examples_that_do_not_do_what_they_stand_for(
    tmp_path: Path, match: str, no_match: str, kinds: set[str]
) -> None:
    errors = [problem for problem in check(tmp_path, match, no_match) if problem.is_error]
    assert {problem.kind for problem in errors} == kinds
    assert {problem.rule_id for problem in errors} <= {"small/slow-en"}


def test_the_words_must_stand_in_one_statement(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    near = "near: {a: [slow], b: [app], within: 40}"
    text = PACK.replace("any: [slow]", near).replace("so slow, slow and bad", "slow app, app is slow")
    path.write_text(text.replace("{match}", "It is slow. My old app").replace("{no_match}", "nice"), encoding="utf-8")
    (problem,) = check_examples(load_pack(path), fold)
    assert (problem.kind, problem.example) == ("missed", "It is slow. My old app")
