from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.text.redact import redact


def hidden(text: str, kind: str) -> None:
    redacted = redact(text)
    assert [found.kind for found in redacted.found] == [kind], redacted
    assert not any(char.isdigit() for char in redacted.text), redacted.text


@pytest.mark.parametrize(
    "number",
    [
        "13800138000",
        "138-0013-8000",
        "138 0013 8000",
        "138.0013.8000",
        "1380013 8000",
        "1 3 8 0 0 1 3 8 0 0 0",
        "+8613800138000",
        "+86 138 0013 8000",
        "0086-13800138000",
        "86-13800138000",
        "(+86)13800138000",
        "１３８００１３８０００",
        "１３８－００１３－８０００",
        "幺三八零零幺三八零零零",
        "一三八零零一三八零零零",
        "一三八 零零一三 八零零零",
        "壹叁捌零零壹叁捌零零零",
        "138零零13八000",
        "①③⑧00138000",
        "1️⃣3️⃣8️⃣00138000",
        "138\u200b0013\u200b8000",
        "+44 20 7946 0958",
        "+1 (555) 123-4567",
        "+49-89-636-48018",
        "(555) 123-4567",
        "555-123-4567",
        "555.123.4567",
        "1-555-123-4567",
        "345-899-3560x4587",
    ],
)
@pytest.mark.parametrize("around", ["{}", "打{}找我", "请拨 {} 联系", "my number is {}.", "，{}！", "tel:{}"])
def test_phones_in_every_spelling(number: str, around: str) -> None:
    hidden(around.format(number), "PHONE")


@pytest.mark.parametrize("text", ["tel13800138000", "vx13800138000", "微信13800138000同号", "v：13800138000"])
def test_phones_glued_to_a_word(text: str) -> None:
    hidden(text, "PHONE")


@pytest.mark.parametrize(
    "text",
    [
        "call me on 9498777106",
        "reach me at 07700 063 966",
        "Mobile: 03.93.92.16.85",
        "my registered 78 651 450",
        "416 60 039 office",
        "(37) 788-063-Fax",
        "text 60-56-85-91",
    ],
)
def test_phones_by_the_word_beside_them(text: str) -> None:
    hidden(text, "PHONE")


@pytest.mark.parametrize(
    "text",
    [
        "座机0571-88886666",
        "010-66668888转123",
        "(010)66668888",
        "（0755）8666 8888",
        "02066668888",
        "+86 21 6888 8888",
        "公司电话：88886666",
        "电话 8888-6666",
        "0731-8783646",
    ],
)
def test_landlines(text: str) -> None:
    hidden(text, "LANDLINE")


@pytest.mark.parametrize(
    "text",
    [
        "110105199001011232",
        "11010519491231002X",
        "11010519491231002x",
        "110105 19491231 002X",
        "身份证110105199001011234",
        "身份证号：110105900101123",
        "证件号码为 110105199001011234",
        "my driver's license number is 2270-66-1551",
    ],
)
def test_identity_cards(text: str) -> None:
    redacted = redact(text)
    assert [found.kind for found in redacted.found] == ["ID_CARD"]
    assert not any(char.isdigit() for char in redacted.text)


def test_an_identity_card_needs_its_checksum_or_a_cue() -> None:
    assert redact("110105199001011234").found == ()
    assert redact("110105901301123").found == ()


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "6222 0212 3456 7890 128",
        "卡号6222021234567890123",
        "退到银行卡 6222021234567890123",
        "工行6222021234567890123",
        "my card 630427373398 is lost",
        "card # 2297051310616322",
        "charge my credit card. Number is 4563824065059",
        "378282246310005",
    ],
)
def test_bank_cards(text: str) -> None:
    hidden(text, "BANK_CARD")


def test_two_numbers_side_by_side_are_two() -> None:
    assert redact("卡号6216618694176120 130-4930-5914").text == "卡号[BANK_CARD] [PHONE]"
    assert redact("版本号10.2.0897 166-2887-4790").text == "版本号10.2.0897 [PHONE]"
    assert redact("13800138000幺三九零零一三八零零零").text == "[PHONE][PHONE-2]"
    assert redact("①姓名张伟②电话13800138000③地址").text == "①姓名[NAME]②电话[PHONE]③地址"
    assert redact("打13800138000一直没人接").text == "打[PHONE]一直没人接"
    assert redact("13800138000 2020-06-08 15:29").text == "[PHONE] 2020-06-08 15:29"


@pytest.mark.parametrize("text", ["my SSN: 460-89-9847", "social security number is 853371694", "460-89-9847"])
def test_social_security_numbers(text: str) -> None:
    hidden(text, "SSN")


@pytest.mark.parametrize("text", ["from 106.31.73.20 blocked", "ip 5.4.1.255", "服务器192.168.1.20挂了"])
def test_ip_addresses(text: str) -> None:
    hidden(text, "IP")


@pytest.mark.parametrize(
    "text",
    [
        "订单号1234567890123456",
        "订单号是：4111111111111111",
        "order number 4111111111111111",
        "order no. 13800138000",
        "运单号SF1234567890123",
        "快递单号 13800138000",
        "tracking 9400110200881234567890",
        "流水号622202123456789012",
        "2026-11-24 15:29，2026年11月24日，24/11/2026",
        "2020.06.08 2020/6/8 12:30:45",
        "花了48315.78元，¥1,299.00，USD 12345678",
        "跑了138001公里，满200减30，等了120分钟",
        "版本号10.4.2531，v5.4.1，5.4.1.2，version 10.0.19.41",
        "型号iPhone15 CX-5 GLC300 RTX4090",
        "商品编码6912345678901，条码6901234567892",
        "优惠码AB12CD34，优惠码SF12345678",
        "客服热线400-123-4567，4001234567，800-820-8820，95588，10086",
        "客服热线9510 5555",
        "call 1-800-555-0199 or 800-555-0199",
        "IMEI 490154203237518",
        "1000000000000 个赞，666666666666666666666",
        "尺寸 176×220，1920*1080，3,200,000",
        "16866853，0162389030167",
        "A13800138000B",
        "1,188 次（312/301/288/287）",
    ],
)
def test_what_a_ticket_needs_stays(text: str) -> None:
    assert redact(text).text == text


def _luhn(number: str) -> str:
    for last in "0123456789":
        digits = [int(d) for d in reversed(number + last)]
        if sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0:
            return number + last
    raise AssertionError


@given(st.from_regex("62[0-9]{13,16}", fullmatch=True))
def test_every_union_pay_number_with_its_check_digit_goes(number: str) -> None:
    card = _luhn(number)
    assert card not in redact(f"退款到{card}谢谢").text
    wrong = card[:-1] + str((int(card[-1]) + 1) % 10)
    assert redact(f"看到{wrong}谢谢").text == f"看到{wrong}谢谢"


@given(st.from_regex("1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", " ", "-", "，", "：", "我", "。"]))
def test_every_mobile_number_goes(number: str, glue: str) -> None:
    assert redact(f"联系{glue}{number}{glue}").text == f"联系{glue}[PHONE]{glue}"
