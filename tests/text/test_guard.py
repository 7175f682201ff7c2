from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.text.guard import Candidate, Quote, choose_quotes, leaks, verbatim
from vocbot.text.language import detect

NOON = datetime(2026, 10, 29, 12, tzinfo=UTC)


def said(text: str, person: str, channel: str = "chat", public: bool = False, hours: int = 0) -> Candidate:
    return Candidate(text, person, NOON + timedelta(hours=hours), channel, public, hash(person) % 1000)


THREE = [
    said("明明写着可用，一付款就变原价，跟变戏法一样", "anna"),
    said("客服让我退了重拍，券已经没了", "ben", "desk"),
    said("Coupon says applied, card charged in full", "carl", "mail"),
]


def shown(quotes: tuple[Quote, ...]) -> list[str]:
    return [quote.text for quote in quotes]


def test_quotes_need_three_people() -> None:
    assert len(choose_quotes(THREE)) == 3
    assert choose_quotes(THREE[:2]) == ()
    assert choose_quotes([said("太慢了", "anna"), said("真的太慢", "anna"), said("慢死了", "ben")]) == ()
    assert choose_quotes([]) == ()


def test_what_was_said_in_private_and_posted_in_public_is_shortened_or_left_out() -> None:
    post = "I waited for the refund of my blue lamp for eleven weeks, nobody ever answered me, so I gave up"
    private = [said(post, "anna"), said("Refund never came", "ben"), said("Still no money back", "carl")]
    assert post in shown(choose_quotes(private))
    both = shown(choose_quotes([*private, said(post, "dora", public=True)]))
    assert both and not verbatim(both, [post])
    assert verbatim([post], [post])


def test_the_people_behind_a_quote_are_named_once_each() -> None:
    many = [*THREE, said("又扣了全款", "anna", hours=1)]
    for quote in choose_quotes(many):
        assert len(quote.behind) == len({hash(p) % 1000 for p in ("anna", "ben", "carl")})


def test_one_quote_a_person_and_no_more_than_asked() -> None:
    many = [*THREE, said("结算页显示可用但是扣了全款", "anna", hours=1)]
    people = {THREE[i].feedback_id: THREE[i].person for i in range(3)}
    quotes = choose_quotes(many)
    assert len(quotes) == len({people[quote.feedback_id] for quote in quotes}) == 3
    assert len(choose_quotes(many, limit=1)) == 1


def test_a_quote_carries_words_channel_and_time_but_no_person() -> None:
    (quote,) = choose_quotes(THREE, limit=1)
    assert quote.time == NOON
    assert not hasattr(quote, "person")


def test_different_things_from_different_channels_come_first() -> None:
    same = [said("优惠券显示可用但是按原价扣款了", f"p{i}", hours=i) for i in range(5)]
    quotes = choose_quotes([*same, said("客服让我退了重拍，券已经没了", "ben", "desk")])
    assert sorted(quote.channel for quote in quotes) == ["chat", "desk"]


def test_another_channel_is_worth_a_little_clarity() -> None:
    crowd = [
        said("结算页显示可用提交后按原价扣款", "a"),
        said("换了三张券试过都一样不能用", "b"),
        said("门店的人也说不知道", "c", "desk"),
    ]
    assert {quote.channel for quote in choose_quotes(crowd, limit=2)} == {"chat", "desk"}


def test_clear_sentences_come_before_cries_and_placeholders() -> None:
    crowd = [said("差！", "a"), said("打[PHONE]找[NAME]，[NAME-2]说等[PHONE-2]", "b"), THREE[0]]
    assert shown(choose_quotes(crowd, limit=1)) == [THREE[0].text]


def test_long_words_end_at_a_statement_with_an_ellipsis() -> None:
    text = "第一天就坏了，根本打不开。" + "第二天客服说重启。" + "后来怎么样都没有用。" * 20
    crowd = [said(text, "a"), *THREE[1:]]
    quote = next(q for q in choose_quotes(crowd, limit_chars=40) if q.text.startswith("第一天"))
    assert quote.text == "第一天就坏了，根本打不开。第二天客服说重启。后来怎么样都没有用。…"
    english = said("this sentence just goes on and on without any stop " * 5, "e")
    quote = next(q for q in choose_quotes([english, *THREE[:2]], limit_chars=40) if q.text.startswith("this"))
    assert len(quote.text) <= 40
    assert quote.text.endswith("…")
    assert quote.text.rstrip("…").rsplit(" ", 1)[-1] in english.text.split()


def test_a_placeholder_is_never_cut() -> None:
    text = "call me back under the number that I gave you in March [PHONE] and do not wait"
    for limit in range(50, 70):
        for quote in choose_quotes([said(text, "x"), *THREE[:2]], limit_chars=limit):
            assert re.sub(r"\[PHONE\]", "", quote.text).count("[") == 0


def test_words_with_personal_data_are_not_quoted() -> None:
    crowd = [said("请打13800138000找我谈退款的事情", "x"), *THREE[:2]]
    assert not any("138" in text for text in shown(choose_quotes(crowd)))


PUBLIC = [
    "明明写着可用，一付款就变原价，跟变戏法一样，客服还说是我的问题",
    "Ordered on Monday, the courier lost it, nobody answers the phone, and the refund never came to my account",
    "The app has been crashing every single time I open the camera since the last big update and nobody cares about it",
    "太慢了",
    "太慢了！太慢了！太慢了！太慢了！太慢了！",
    "快递慢，包装破，客服凶，快递慢，包装破，客服凶",
]


def grams(text: str) -> set[tuple[str, ...]]:
    units = re.findall(r"\w", text) if detect(text) == "zh" else re.findall(r"\w+", text.lower())
    return {tuple(units[i : i + 8]) for i in range(len(units) - 7)}


def raw_grams(text: str) -> set[str]:
    return {text[i : i + 8] for i in range(len(text) - 7)} if detect(text) == "zh" else set()


@pytest.mark.parametrize("post", PUBLIC)
def test_no_eight_words_of_a_public_post_survive(post: str) -> None:
    crowd = [said(post, "x", "store", public=True), *THREE[:2]]
    for quote in choose_quotes(crowd):
        if quote.channel == "store":
            assert quote.text.strip("…") != post
            assert not grams(post) & grams(quote.text)
            assert not raw_grams(post) & raw_grams(quote.text)


def test_a_public_post_leaves_fragments_that_still_say_something() -> None:
    crowd = [said(PUBLIC[0], "x", "store", public=True), *THREE[1:]]
    (quote,) = [q for q in choose_quotes(crowd) if q.channel == "store"]
    assert quote.text == "一付款就变原价…"


@given(
    st.lists(
        st.sampled_from(["太慢", "，", "差评", "。", " ", "坏了", "app", "not", "good", "!", "客服不理人", "[PHONE]"]),
        max_size=25,
    )
)
def test_public_posts_stay_unfindable_whatever_they_say(pieces: list[str]) -> None:
    post = "".join(pieces)
    crowd = [said(post, "x", "store", public=True), *THREE[:2]]
    for quote in choose_quotes(crowd):
        if quote.channel == "store":
            assert not grams(post) & grams(quote.text)
            assert quote.text.strip() != post.strip()


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=[]), max_size=60), max_size=6), st.booleans())
def test_choosing_is_total(texts: list[str], public: bool) -> None:
    for quote in choose_quotes([said(text, str(i), public=public) for i, text in enumerate(texts)], limit_chars=30):
        assert 0 < len(quote.text) <= 30


def test_leaks_names_the_kinds() -> None:
    assert leaks(["您好", "请打13800138000", "mail a@b.example.com, again 13800138000"]) == ["EMAIL", "PHONE"]


@pytest.mark.parametrize(
    "text",
    [
        "[VOC-42] 结算页优惠券显示可用不抵扣 · 312次/周 ↑38%",
        "您好，10 月 29 日您跟我们说：“明明写着可用，一付款就变原价”。订单号 202610291234567890",
        "窗口 2026-10-26~11-01（Asia/Shanghai），证据哈希 3f9c2b7e11aa90d2",
        "比值 0.14，95% 区间 0.11–0.17；发布前 4 周 1,188 次（312/301/288/287，均 297/周）",
        "From version 5.4.1 (24 November) a coupon is taken off. Not OK? Call 1-800-555-0199 or 400-123-4567.",
        "call [PHONE] or [PHONE-2], [NAME] asked; see https://voc.example/i/42",
        "SLA: respond 2 h, analysis 1 business day; saving ¥4,400–4,800/wk; order SF1234567890123",
        "客服热线 95588，客服全程不理人，客服马上处理，师傅很热情，感谢师傅，负责人认领",
    ],
)
def test_leaks_lets_go_out_what_a_ticket_needs(text: str) -> None:
    assert leaks([text]) == []
