from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocbot.text import redact as module
from vocbot.text.redact import Found, redact
from vocbot.text.redact_view import PLACEHOLDER, look, lower, spell

#: What personal data is made of, so that a fuzzer meets it at all, and what stands beside it.
_FRAGMENTS = (
    "我叫|张伟|王芳|，|客服|态度差|师傅|13800138000|138 0013 8000|+86 |0571-88886666|身份证|110105199001011232|"
    "11010519900101123x|卡号|6222021234567890123|4111 1111 1111 1111|车牌|京A12345|VIN|LSVAU033872123456|a.b@qq.com|qq|"
    "123456|微信|abc12345|地址：|浙江省杭州市西湖区|文三路|12号|3栋501室|幺三八零零一三八零零零|订单号|SF1234567890123|"
    "2026-11-24|400-123-4567|my name is |John Smith|Mr. |Jones| |agent |I'm |Anna Bell|.|,|12 Main Street|Apt 4|"
    "password is |hunter2|sk-abcdefghijklmnop123|DE89370400440532013000|123-45-6789|192.168.10.20|passport |E12345678|"
    "[PHONE]|[NAME-2]|1|-|a|A|号|\u200b|（|）|x|女士|收货人|+1 (555) 123-4567|电话|86|01|转123|regards,\n|this is |"
    " from|我是|小王|9|．|＠|１|密码|token=|口令|\n|(|+|card |order |cc |室"
)
FRAGMENTS = _FRAGMENTS.split("|")
texts = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=3)), max_size=14).map("".join)


def test_replaces_and_says_where() -> None:
    redacted = redact("我叫张伟，电话13800138000")
    assert redacted.text == "我叫[NAME]，电话[PHONE]"
    assert redacted.found == (Found("NAME", 2, 4, "[NAME]"), Found("PHONE", 7, 18, "[PHONE]"))


def test_equal_values_get_equal_placeholders_however_spelled() -> None:
    text = "13800138000，139-1234-5678，＋86 138 0013 8000，13912345678，13800138000"
    assert redact(text).text == "[PHONE]，[PHONE-2]，[PHONE]，[PHONE-2]，[PHONE]"


def test_numbers_go_on_behind_placeholders_that_stand_already() -> None:
    assert redact("[PHONE] [PHONE-4] 13800138000").text == "[PHONE] [PHONE-4] [PHONE-5]"


def test_a_value_given_away_once_goes_everywhere() -> None:
    text = "My name is Sarah Lee. Sarah Lee waited. 客服王芳态度差，王芳说不退。QQ 1234567，1234567！"
    redacted = redact(text + "车架号LSVAU033872ABCDEF lsvau033872abcdef卡号62220212345678901 62220212345678901x").text
    for value in ("Sarah", "王芳", "1234567", "LSVAU", "lsvau", "6222"):
        assert value not in redacted


def test_a_name_inside_another_word_stays() -> None:
    cued = [
        redact(text, free_names=False).text
        for text in ("my name is Ann. Annual plan, Will it?", "My name is Mark. Mark it")
    ]
    assert cued == ["my name is [NAME]. Annual plan, Will it?", "My name is [NAME]. Mark it"]


def test_positions_count_invisible_characters() -> None:
    text = "电话138\u200b0013\u200b8000。"
    (found,) = redact(text).found
    assert text[found.start : found.end] == "138\u200b0013\u200b8000"
    assert redact(text).text == "电话[PHONE]。"


def test_text_without_personal_data_comes_back_as_it_is() -> None:
    text = "ＡＢＣ　①②③ 等了120分钟，满200减30 \ud83d 😀\u200b"
    assert redact(text).text == text
    assert redact(text).found == ()


@settings(max_examples=400)
@given(texts)
def test_a_second_run_changes_nothing(text: str) -> None:
    once = redact(text).text
    assert redact(once).text == once


@settings(max_examples=400)
@given(texts)
def test_found_are_slices_in_order_and_the_rest_is_kept(text: str) -> None:
    redacted = redact(text)
    parts, last = [], 0
    for found in redacted.found:
        assert last <= found.start < found.end <= len(text)
        assert PLACEHOLDER.fullmatch(found.placeholder)
        parts += text[last : found.start], found.placeholder
        last = found.end
    assert "".join(parts) + text[last:] == redacted.text


@settings(max_examples=400)
@given(texts)
def test_no_long_number_that_was_found_survives(text: str) -> None:
    redacted = redact(text)
    left = set(re.findall("[0-9]+", redacted.text))
    for found in redacted.found:
        runs = re.findall("[0-9]{7,}", text[found.start : found.end])
        if found.kind in ("PHONE", "ID_CARD", "BANK_CARD", "QQ", "EMAIL", "SSN"):
            assert left.isdisjoint(runs)


@settings(max_examples=400)
@given(texts)
def test_the_sign_of_a_rule_stands_wherever_the_rule_finds(text: str) -> None:
    chars = spell(look(text).chars)
    low = lower(chars)
    rules = module._RULES[True]
    signs = set(rules._signs.Match(low))
    for number, rule in enumerate(rules._rules):
        assert number in signs or not list(rule.find(chars, low)), rule.sign


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=200))
def test_is_total(text: str) -> None:
    redact(text)


HOSTILE = (
    "1|1 |@|a@|我叫张伟|王师傅|路1号|1 a |12 Main Street |my name is John |qq |微信|token=|eyJaa.|-----BEGIN |GB56|a1|"
    "京A|一二|\u200b|[PHONE]|😀|地址：杭州市|13800138000 |1."
)


@pytest.mark.parametrize("piece", HOSTILE.split("|"))
def test_long_hostile_text_finishes(piece: str) -> None:
    redact(piece * (200_000 // len(piece)))
