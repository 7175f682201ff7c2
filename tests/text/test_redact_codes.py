from __future__ import annotations

import pytest

from vocbot.text.redact import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("发到a.b_c+d@qq.com谢谢", "发到[EMAIL]谢谢"),
        ("JOHN.DOE@Example.co.uk!", "[EMAIL]!"),
        ("ｆｏｏ＠ｂａｒ．ｃｏｍ", "[EMAIL]"),
        ("foo (at) gmail (dot) com", "[EMAIL]"),
        ("foo at gmail dot com", "[EMAIL]"),
        ("foo艾特163.com", "[EMAIL]"),
        ("123456#qq.com", "[EMAIL]"),
        ("13800138000@139.com", "[EMAIL]"),
        ("QQ123456", "QQ[QQ]"),
        ("QQ7827670105", "QQ[QQ]"),
        ("vx vipcjffekbd", "vx [WECHAT]"),
        ("加我qq：1234567890", "加我qq：[QQ]"),
        ("扣扣号12345", "扣扣号[QQ]"),
        ("扣扣一二三四五六七", "扣扣[QQ]"),
        ("微信wxid_ab12cd34ef", "微信[WECHAT]"),
        ("加微信：zhang_san88", "加微信：[WECHAT]"),
        ("vx abc12345", "vx [WECHAT]"),
        ("加v：abc12345", "加v：[WECHAT]"),
        ("WeChat ID: Anna_Bell", "WeChat ID: [WECHAT]"),
        ("车牌京A12345", "车牌[PLATE]"),
        ("我的车粤B·D12345，沪AD12345", "我的车[PLATE]，[PLATE-2]"),
        ("鄂A 1W7X8", "[PLATE]"),
        ("粤Z1234港", "[PLATE]"),
        ("plate abc1234", "plate [PLATE]"),
        ("车架号LSVAU033872ABCDEF", "车架号[VIN]"),
        ("VIN码 lsvau033872123456", "VIN码 [VIN]"),
        ("LSVAU033872123456坏了", "[VIN]坏了"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [IBAN]"),
        ("gb82west12345698765432", "[IBAN]"),
        ("MU6693 IBAN DE89370400440532013000 the", "MU6693 IBAN [IBAN] the"),
        ("NO93 8601 1117 947! so", "[IBAN]! so"),
        ("护照E12345678", "护照[PASSPORT]"),
        ("passport number is 123456789", "passport number is [PASSPORT]"),
        ("driver's license number is F162823540116", "driver's license number is [ID_CARD]"),
        ("A123456(7)", "[ID_CARD]"),
        ("2001:db8:85a3::8a2e:370:7334", "[IP]"),
        ("密码123456", "密码[SECRET]"),
        ("my password is hunter2!", "my password is [SECRET]!"),
        ("验证码 882133", "验证码 [SECRET]"),
        ("PIN: 4821", "PIN: [SECRET]"),
        ("sk-abcdef0123456789abcdef", "[SECRET]"),
        ("ghp_0123456789abcdef", "[SECRET]"),
        ("AKIAIOSFODNN7EXAMPLE", "[SECRET]"),
        ("Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer [SECRET]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF", "[SECRET]"),
        ("https://x.example/a?token=abc123def&b=1", "https://x.example/a?token=[SECRET]&b=1"),
        ("-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----", "[SECRET]"),
    ],
)
def test_codes_go(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "ZZ591234567890123456",
        "@united @shop.cn hello",
        "meet me at noon at union.com",
        "ordered at amazon.com yesterday",
        "c#, #1 and #qq",
        "QQ音乐会员2023，qq群里说的",
        "微信支付失败，微信paypal",
        "wechat payment failed",
        "Wx advisory for today",
        "优惠码WX12AB34",
        "https://t.co/VX9vBCTdLf",
        "苏E座位，川A",
        "got a plate flights too",
        "iPhone15ProMax256G",
        "优惠码ABCDEFGH12345678X",
        "order LSVAU033872123456",
        "DE12345678901234567890",
        "passport not ready by then",
        "验证码收不到，密码错误",
        "password is wrong, password reset failed",
        "pin 3.4.x is fine? pineapple1234",
        "sort_key=price",
        "密码是错的",
        "12:30:45, 2:1:1:1, 12:30:45:10:11",
        "证据哈希 3f9c2b7e11aa90d2",
    ],
)
def test_words_models_and_links_stay(text: str) -> None:
    assert redact(text).text == text
