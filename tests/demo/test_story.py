"""The story of the demo is data that every stage leans on: its shape, its curves and what it must not hold."""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import vocbot.demo

STORY = Path(vocbot.demo.__file__).parent / "story"
ITEMS: list[dict[str, Any]] = [
    json.loads(line) for line in (STORY / "feedback.jsonl").read_text(encoding="utf-8").splitlines()
]
BY_ID = {item["id"]: item for item in ITEMS}
WORLD = yaml.safe_load((STORY / "world.yaml").read_text(encoding="utf-8"))
LABELS = yaml.safe_load(Path(__file__).with_name("story_labels.yaml").read_text(encoding="utf-8"))
OF_ISSUE: dict[str, list[dict[str, Any]]] = {
    issue: [BY_ID[key] for key in ids] for issue, ids in {**LABELS["issues"], **LABELS["other"]}.items()
}

COUPON, TRACKING, CODE = ARCS = ("coupon-not-applied", "tracking-not-updated", "login-code-missing")
ARC_ITEMS = [item for issue in ARCS for item in OF_ISSUE[issue]]
FIRST_DAY, LAST_DAY = WORLD["story"]["first_day"], WORLD["story"]["last_day"]

HAN = re.compile(r"[\u4e00-\u9fff]")
KANA = re.compile(r"[\u3040-\u30ff]")
EMAIL = re.compile(r"[\w.+-]+@[\w.-]+\.\w+", re.ASCII)
DIGITS = re.compile(r"(?<!\d)(?:\d{17}X|\d{15,19}(?!\d))", re.ASCII)


def when(item: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(item["time"])


def language(text: str) -> str:
    if KANA.search(text):
        return "ja"
    if HAN.search(text):
        return "zh"
    return "en" if re.search(r"[A-Za-z]{2}", text) else "none"


def per_day(items: list[dict[str, Any]]) -> Counter[date]:
    return Counter(when(item).date() for item in items)


def per_week(items: list[dict[str, Any]]) -> list[int]:
    weeks = Counter((when(item).date() - FIRST_DAY).days // 7 for item in items)
    return [weeks[week] for week in range(12)]


def between(issue: str, first: str, last: str) -> list[dict[str, Any]]:
    """Items of an issue from one day to another, both included."""
    days = date.fromisoformat(first), date.fromisoformat(last)
    return [item for item in OF_ISSUE[issue] if days[0] <= when(item).date() <= days[1]]


def run(issue: str, first: str, days: int) -> list[int]:
    start, counts = date.fromisoformat(first), per_day(OF_ISSUE[issue])
    return [counts[start + timedelta(days=n)] for n in range(days)]


# --- shape ---------------------------------------------------------------------------------------------------


def test_every_line_has_the_promised_fields() -> None:
    for number, item in enumerate(ITEMS, 1):
        assert item["id"] == f"fb-{number:04d}"
        optional = {"score", "answer", "closed"}
        assert set(item) - optional == {"id", "time", "author", "channel", "text", "attributes"}, item["id"]
        assert re.fullmatch(r"[a-z0-9._]{3,20}", item["author"]), item["id"]
        assert item["channel"] in {"email", "chat", "web"}
        assert item["text"] == item["text"].strip() != ""
        assert "�" not in item["text"]
        assert item.get("score", 1) in range(1, 6)
        assert item.get("closed", True) is True
        if answer := item.get("answer"):
            assert set(answer) == {"text", "after_minutes", "outcome"}
            assert answer["outcome"] in {"solved", "open"}
            assert 1 <= answer["after_minutes"] <= 24 * 60
    assert 290 <= len(ITEMS) <= 330


def test_attributes_are_text_and_plausible() -> None:
    regions = {"华东", "华南", "华北", "华中", "西南", "西北", "东北", "港澳台", "海外"}
    for item in ITEMS:
        attributes = item["attributes"]
        assert set(attributes) <= {"product", "version", "region", "os", "order"}, item["id"]
        assert attributes["product"] in {"app", "miniapp", "web"}
        assert ("version" in attributes) == (attributes["product"] == "app"), item["id"]
        assert ("os" in attributes) == (attributes["product"] != "web"), item["id"]
        assert attributes.get("os", "iOS") in {"iOS", "Android"}
        assert attributes["region"] in regions
        order = attributes.get("order")
        if order is not None:
            assert re.fullmatch(r"DB\d{8} \d{4}", order)
            bought = datetime.strptime(order[2:10], "%Y%m%d").date()
            assert timedelta(0) <= when(item).date() - bought <= timedelta(days=45), item["id"]


def test_times_are_aware_sorted_within_the_story_and_awake() -> None:
    times = [when(item) for item in ITEMS]
    assert all(time.utcoffset() == timedelta(hours=8) for time in times)
    assert times == sorted(set(times))
    assert times[0].date() == FIRST_DAY
    assert times[-1].date() == LAST_DAY
    assert (FIRST_DAY.weekday(), LAST_DAY - FIRST_DAY) == (0, timedelta(days=83))
    # One person is up at midnight, for the sale of 11 November.
    assert [time.date() for time in times if time.hour < 8] == [date(2026, 11, 11)]


def test_no_two_texts_say_the_same_in_the_same_words() -> None:
    def shingles(text: str) -> set[str]:
        letters = [c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum()]
        return {"".join(letters[i : i + 3]) for i in range(max(1, len(letters) - 2))}

    prints = {item["id"]: shingles(item["text"]) for item in ITEMS}
    alike = [
        (a, b)
        for a, b in itertools.combinations(prints, 2)
        if len(prints[a] & prints[b]) > 0.45 * len(prints[a] | prints[b])
    ]
    assert alike == []


# --- who and in which language -------------------------------------------------------------------------------


def test_authors_are_many_and_stay_themselves() -> None:
    written: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in ITEMS:
        written[item["author"]].append(item)
    assert 180 <= len(written) <= 200
    assert sum(len(items) > 1 for items in written.values()) > 50
    for author, items in written.items():
        assert len(items) <= 3, author
        assert len({item["attributes"]["region"] for item in items}) == 1, author
        assert len({item["attributes"].get("os") for item in items} - {None}) <= 1, author
        assert len({language(item["text"]) for item in items} - {"none"}) <= 1, author
        versions = [item["attributes"]["version"] for item in items if "version" in item["attributes"]]
        assert versions == sorted(versions), f"{author} went back to an older version"
        days = [when(item).date() for item in items]
        assert len(set(days)) == len(days), f"{author} wrote twice on one day"


def test_about_two_thirds_chinese() -> None:
    shares = Counter(language(item["text"]) for item in ITEMS)
    assert shares["ja"] == shares["none"] == 1
    assert 0.62 <= shares["zh"] / len(ITEMS) <= 0.74
    expected = {COUPON: (0.15, 0.25), TRACKING: (0.42, 0.55), CODE: (0.6, 0.7)}
    for issue, (low, high) in expected.items():
        english = sum(language(item["text"]) == "en" for item in OF_ISSUE[issue])
        assert low <= english / len(OF_ISSUE[issue]) <= high, issue


def test_answers_speak_the_language_of_the_question() -> None:
    answered = [item for item in ITEMS if "answer" in item]
    assert 0.55 <= len(answered) / len(ITEMS) <= 0.65
    for item in answered:
        assert language(item["answer"]["text"]) == language(item["text"]), item["id"]


@pytest.mark.parametrize("issue", ARCS)
def test_each_arc_has_answers_with_steps_in_both_languages(issue: str) -> None:
    helpful = [
        item
        for item in OF_ISSUE[issue]
        if item.get("answer", {}).get("outcome") == "solved" and "\n2. " in item["answer"]["text"]
    ]
    assert len(helpful) >= 4
    assert {language(item["text"]) for item in helpful} == {"zh", "en"}


def test_a_quarter_of_the_arc_mails_is_closed_and_nothing_else() -> None:
    mails = [item for item in ARC_ITEMS if item["channel"] == "email"]
    closed = [item for item in ITEMS if "closed" in item]
    assert all(item in mails for item in closed)
    assert 0.2 <= len(closed) / len(mails) <= 0.3
    for issue in ARCS:
        assert any(item in closed for item in OF_ISSUE[issue]), issue


# --- curves --------------------------------------------------------------------------------------------------


def test_labels_cover_every_item_once() -> None:
    assert sorted(item["id"] for items in OF_ISSUE.values() for item in items) == sorted(BY_ID)


def test_coupon_starts_with_the_release_and_ends_with_the_fix() -> None:
    assert 62 <= len(OF_ISSUE[COUPON]) <= 75
    assert len(between(COUPON, "2026-08-31", "2026-09-22")) == 2
    assert run(COUPON, "2026-09-23", 6) == [9, 7, 6, 4, 4, 3]
    assert all(2 <= count <= 4 for count in run(COUPON, "2026-09-29", 14))
    assert len(between(COUPON, "2026-10-13", "2026-11-22")) == 3
    fixed = datetime.fromisoformat("2026-10-12T18:00:00+08:00")
    assert not any(when(item) >= fixed for item in between(COUPON, "2026-10-12", "2026-10-12"))


def test_tracking_is_no_rarer_after_the_new_page() -> None:
    assert 90 <= len(OF_ISSUE[TRACKING]) <= 105
    assert len(between(TRACKING, "2026-08-31", "2026-09-28")) <= 1
    assert run(TRACKING, "2026-09-29", 4) == [8, 6, 5, 3]
    assert all(1 <= count <= 3 for count in run(TRACKING, "2026-10-03", 51))
    after = len(between(TRACKING, "2026-10-19", "2026-11-22")) / 5
    for weeks in (2, 4):
        first = date(2026, 10, 19) - timedelta(weeks=weeks)
        before = len(between(TRACKING, first.isoformat(), "2026-10-18")) / weeks
        assert 1.0 <= after / before < 1.8, weeks


def test_login_code_goes_and_comes_back() -> None:
    assert 70 <= len(OF_ISSUE[CODE]) <= 80
    assert len(between(CODE, "2026-08-31", "2026-09-14")) == 1
    assert run(CODE, "2026-09-15", 4) == [8, 7, 5, 4]
    assert all(1 <= count <= 3 for count in run(CODE, "2026-09-19", 17))
    assert len(between(CODE, "2026-10-06", "2026-11-09")) == 1
    assert run(CODE, "2026-11-10", 7) == [9, 7, 6, 3, 2, 2, 2]
    assert between(CODE, "2026-11-17", "2026-11-22") == []


@pytest.mark.parametrize(
    ("issue", "day", "people"), [(COUPON, "2026-09-23", 9), (TRACKING, "2026-09-29", 8), (CODE, "2026-11-10", 9)]
)
def test_a_burst_comes_from_as_many_people_as_messages(issue: str, day: str, people: int) -> None:
    assert len({item["author"] for item in between(issue, day, day)}) == people


def test_everything_else_is_level() -> None:
    arcs = {item["id"] for item in ARC_ITEMS}
    control = per_week([item for item in ITEMS if item["id"] not in arcs])
    assert max(control) - min(control) <= 1
    for issue, items in OF_ISSUE.items():
        if issue not in ARCS:
            assert max(per_day(items).values()) == 1, issue
            assert max(per_week(items)) <= 3, issue


# --- what stands out -----------------------------------------------------------------------------------------


def test_nobody_has_a_version_before_its_release() -> None:
    released = {
        entry["version"]: datetime.fromisoformat(entry.get("at") or entry["done"])
        for entry in (*WORLD["causes"], *WORLD["changes"])
        if entry.get("version")
    }
    assert set(released) == {"5.4.0", "5.4.1", "5.5.0", "5.5.1"}
    for item in ITEMS:
        version = item["attributes"].get("version")
        if version in released:
            assert when(item) >= released[version], item["id"]


def share(items: list[dict[str, Any]], name: str, value: str) -> float:
    return sum(item["attributes"].get(name) == value for item in items) / len(items)


def test_causes_can_be_found_in_the_attributes() -> None:
    coupon = between(COUPON, "2026-09-23", "2026-10-12")
    ids = {item["id"] for item in coupon}
    window = (date(2026, 9, 23), date(2026, 10, 12))
    others = [i for i in ITEMS if window[0] <= when(i).date() <= window[1] and i["id"] not in ids]
    assert 0.68 <= share(coupon, "os", "iOS") <= 0.8
    assert share(others, "os", "iOS") <= 0.5
    assert share(coupon, "version", "5.4.0") >= 0.9
    assert share(others, "version", "5.4.0") <= 0.5
    tracking = {item["id"] for item in OF_ISSUE[TRACKING]}
    assert share(OF_ISSUE[TRACKING], "region", "华南") >= 0.6
    assert share([item for item in ITEMS if item["id"] not in tracking], "region", "华南") <= 0.15


@pytest.mark.parametrize(
    ("phrase", "people", "weeks"),
    [
        (r"变戏法", 7, 3),
        (r"magic trick", 3, 3),
        (r"石沉大海", 6, 5),
        (r"shouting into a void", 5, 4),
        (r"等了个寂寞", 4, 4),
    ],
)
def test_figures_of_speech_come_from_several_people_and_weeks(phrase: str, people: int, weeks: int) -> None:
    said = [item for item in ARC_ITEMS if re.search(phrase, item["text"])]
    assert len({item["author"] for item in said}) >= people
    assert sum(count > 0 for count in per_week(said)) >= weeks


# --- personal data -------------------------------------------------------------------------------------------


def test_personal_data_is_where_the_labels_say() -> None:
    kinds = Counter(entry["kind"] for entries in LABELS["personal_data"].values() for entry in entries)
    assert set(kinds) == {
        "mobile", "phone", "email", "name", "signature", "address", "id_card", "bank_card", "wechat", "plate"
    }  # fmt: skip
    assert 22 <= len(LABELS["personal_data"]) <= 30
    for key, entries in LABELS["personal_data"].items():
        for entry in entries:
            assert entry["value"] in BY_ID[key]["text"], key


def test_every_mail_address_is_in_a_reserved_domain() -> None:
    found = {address for item in ITEMS for address in EMAIL.findall(json.dumps(item, ensure_ascii=False))}
    assert {address.split("@")[1] for address in found} == {"example.com", "example.com.cn", "example.org"}


def id_card_is_right(number: str) -> bool:
    """GB 11643-1999, annex A: weights 2^(17-i) mod 11."""
    total = sum(int(digit) * pow(2, 17 - i, 11) for i, digit in enumerate(number[:17]))
    return number[17] == "10X98765432"[total % 11]


def card_is_right(number: str) -> bool:
    """ISO/IEC 7812-1, the Luhn sum."""
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(number))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def test_long_numbers_are_right_and_all_labelled() -> None:
    entries = [entry for entries in LABELS["personal_data"].values() for entry in entries]
    cards = [entry["value"] for entry in entries if entry["kind"] == "id_card"]
    banks = [entry["value"] for entry in entries if entry["kind"] == "bank_card"]
    assert len(cards) == len(banks) == 2
    assert all(map(id_card_is_right, cards))
    assert all(map(card_is_right, banks))
    assert {number for item in ITEMS for number in DIGITS.findall(item["text"])} == {*cards, *banks}
    assert not any(DIGITS.search(item["answer"]["text"]) for item in ITEMS if "answer" in item)


def test_order_numbers_stand_in_texts_too() -> None:
    assert sum(bool(re.search(r"DB\d{8} \d{4}", item["text"])) for item in ITEMS) >= 15


# --- the world -----------------------------------------------------------------------------------------------


def test_the_people_of_the_shop() -> None:
    roles = {person["role"]: person for person in WORLD["people"]}
    assert set(roles) == {"support_lead", "product_manager", "marketing", "voc_analyst", "executive"}
    assert all(re.fullmatch(r"U0[A-Z0-9]{6}", person["slack"]) for person in WORLD["people"])
    assert len({person["slack"] for person in WORLD["people"]}) == len(WORLD["people"])
    for person in WORLD["people"]:
        assert language(person["name"]["en"]) == "en"
        assert language(person["name"]["zh"]) == "zh"


def test_every_arc_has_its_reaction() -> None:
    done = {(entry["rule"], entry["generation"]): entry for entry in WORLD["changes"]}
    assert {key: entry["done"][:10] for key, entry in done.items()} == {
        (f"shop/{COUPON}", 1): "2026-10-12",
        (f"shop/{TRACKING}", 1): "2026-10-19",
        (f"shop/{CODE}", 1): "2026-10-05",
        (f"shop/{CODE}", 2): "2026-11-17",
        ("shop/parcel-damaged", 1): "2026-09-28",
        ("shop/store-denies-online-price", 1): "2026-10-13",
        ("shop/wish-dark-mode", 1): "2026-10-26",
        ("shop/ad-misleading", 1): "2026-10-30",
        ("shop/refund-slow", 1): "2026-11-03",
        ("shop/app-crash", 1): "2026-11-05",
        ("shop/food-made-ill", 1): "2026-11-07",
    }
    assert [entry["done"] for entry in WORLD["changes"]] == sorted(entry["done"] for entry in WORLD["changes"])
    for entry in (*WORLD["causes"], *WORLD["changes"]):
        assert entry["kind"] in {"fix", "release", "policy", "campaign"}
        assert datetime.fromisoformat(entry.get("at") or entry["done"]).utcoffset() == timedelta(hours=8)
        for words in (entry.get("change"), entry.get("check"), entry.get("what")):
            if words:
                assert language(words["en"]) == "en"
                assert language(words["zh"]) == "zh"
                assert len(words["zh"]) <= 70
                assert len(words["en"]) <= 180


def test_each_cause_precedes_its_burst_and_each_change() -> None:
    changed = {(e["rule"], e["generation"]): datetime.fromisoformat(e["done"]) for e in WORLD["changes"]}
    for cause in WORLD["causes"]:
        assert datetime.fromisoformat(cause["at"]) < changed[cause["rule"], cause["generation"]]
