"""What the words before a number say it is.

The same sixteen digits are a bank card after 卡号 and an order after 订单号: the label decides more often than
the number. Looks only backwards, over connecting words (号, 是, is, number, on my), a few dozen characters.
"""

from __future__ import annotations

import re

from vocbot.text.redact_view import before
from vocbot.text.wordlist import words

_LETTER = re.compile("[a-z0-9]")
#: A full stop, but not that of No. 5.
_SENTENCE = re.compile(r"(?<![^a-z]no)(?<![^a-z]nr)(?<!num)(?<!acct)(?<!tel)[.] ")
_WIDTH = 32
#: May stand between a label and its number: for what stays only what names a number (订单号是：, order no. #),
#: for personal data also other small words (打我, card ending in).
_TIGHT = " \n:：=#.(「“\"'*是為为"
_TIGHT_WORDS = words("number numbers num nr no no. nr. is was id code")
_LOOSE = _TIGHT + "?？号码號碼了我請请回至到"
_LOOSE_WORDS = _TIGHT_WORDS | words("""
at on to in my the our your his her their me us him them under via for this with it its it's ending please new old
current following same by or
""")

#: Named numbers that stay: 批次号, 优惠码.
_NUMBERED = words("""
单 單 流水 编 編 货 型 版本 条 条形 商品 产品 优惠 兑换 券 序列 追踪 跟踪 批次 交易 合同 发票 航班 车次 受理 案
票 款 取件 取餐 提货
""")
_SUFFIXES = ("号", "號", "码", "碼", "号码", "编号", "编码")

#: Checked in this order; what stays (hot lines, orders) first. An underscore is a space: _sn only as a word.
_ENDINGS = {
    "hotline": """
        热线 熱線 客服电话 客服電話 官方电话 服务电话 投诉电话 hotline helpline toll_free toll-free customer_service
    """,
    "order": """
        订单 訂單 运单 快递单 物流单 流水 版本 固件 系统 型号 航班 车次 编号 编码 imei _sn _s/n _upc _ean isbn _sku asin
        order tracking ticket case reference _ref invoice booking confirmation reservation transaction shipment parcel
        package waybill serial _item product _part model version firmware build barcode coupon voucher promo flight
        claim request _po _rma android _ios chrome
    """
    + " ".join(stem + suffix for stem in _NUMBERED for suffix in _SUFFIXES),
    "ssn": "_ssn social_security",
    "id": """
        身份证 身份證 身分证 身分證 证件 證件 证 證 驾照 id_card identity_card identification national_id
        license licence
    """,
    "bank": """
        卡 账 帐 账户 帐户 工行 农行 建行 招行 交行 中行 邮储 银行 銀行 浦发 民生 兴业 中信 光大 平安 华夏 广发
        支付宝 card _cc account _acct visa mastercard amex
    """,
    "ip": "_ip ip地址 address",
    "chat": "微信 _vx _wx wechat weixin _v qq",
    "phone": """
        电话 電話 手机 手機 联系 联系方式 聯繫 聯絡 座机 座機 固话 传真 致电 来电 拨 拨打 打 呼叫 机主 _tel telephone
        phone mobile _cell cellphone _call called _text texted _reach whatsapp _fax _contact _dial _ring
        answering _desk _office message messages _sms registered
    """,
}
#: last character -> ending, whether a letter may stand before it, name; in the order above. Comparing with all of
#: the endings costs more than all the patterns for numbers.
_BY_LAST: dict[str, list[tuple[str, bool, str]]] = {}
for _name, _endings in _ENDINGS.items():
    for _ending in _endings.split():
        _plain = _ending.lstrip("_").replace("_", " ")
        _BY_LAST.setdefault(_plain[-1], []).append((_plain, _ending[0] != "_", _name))


def label(low: str, at: int) -> str | None:
    """The label directly before position `at` of a lower-cased view: hotline, order, ssn, id, bank, ip, chat,
    phone."""
    text = before(low, at, _WIDTH).replace("\n", " ").replace("/", " ")
    if ". " in text and (ends := [end.end() for end in _SENTENCE.finditer(text)]):
        last = text[ends[-1] :]
        if _without(last, _TIGHT, _TIGHT_WORDS):  # My credit card. Number is 4111…
            text = last
    name = _named(_without(text, _TIGHT, _TIGHT_WORDS))
    if name in ("hotline", "order"):
        return name
    name = _named(_without(text, _LOOSE, _LOOSE_WORDS))
    return None if name == "order" else name


def _without(text: str, glue: str, glue_words: frozenset[str]) -> str:
    text = text.rstrip(glue)
    while text and text[-1].isascii():
        start = text.rfind(" ") + 1
        if text[start:] not in glue_words:
            break
        text = text[:start].rstrip(glue)
    return text


def _named(text: str) -> str | None:
    for ending, inside, name in _BY_LAST.get(text[-1:], ()):
        if text.endswith(ending) and (inside or not _LETTER.match(text[-len(ending) - 1 : -len(ending)])):
            return name
    return None
