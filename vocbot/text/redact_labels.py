"""What the words before a number say it is.

The same sixteen digits are a bank card after 卡号 and an order after 订单号: the label decides more often than
the number. Looks only backwards, over connecting words (号, 是, is, number, on my), a few dozen characters.
"""

from __future__ import annotations

from vocbot.text.redact_view import before

_WIDTH = 32
_GLUE = " \n:：=#,，.。(?？「“\"'*号码號碼是为為了我请請回至到"
_GLUE_WORDS = frozenset(
    "number numbers num nr no no. nr. is was at on to in my the our your his her their me us him them under via for this "
    "with id it its it's ending please code new old current following same by or".split()
)
#: Checked in this order; what stays (orders, hot lines) first. Chinese endings stand without 号 and 码.
_ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("hotline", (
        "热线", "熱線", "客服电话", "客服電話", "官方电话", "服务电话", "投诉电话", "hotline", "helpline", "toll free",
        "toll-free", "customer service",
    )),
    ("order", (
        "单", "單", "流水", "编", "編", "货", "型", "版本", "条", "条形", "商品", "优惠", "兑换", "券", "序列", "追踪", "跟踪",
        "批次", "交易", "合同", "发票", "航班", "车次", "受理", "案", "期刊", "固件", "系统", "票", "款", "取件", "取餐", "提货",
        "imei", " sn", " s/n", " upc", " ean", "isbn", " sku", "order", "tracking", "ticket", "case", "reference", " ref",
        "invoice", "booking", "confirmation", "reservation", "transaction", "shipment", "parcel", "package", "waybill",
        "serial", " item", "product", " part", "model", "version", "firmware", "build", "barcode", "coupon", "voucher",
        "promo", "flight", "claim", "request", " po", " rma", "android", " ios", "chrome", "asin",
    )),
    ("ssn", (" ssn", "social security")),
    ("id", (
        "身份证", "身份證", "身分证", "身分證", "证件", "證件", "证", "證", "驾照", "id card", "identity card", "identification",
        "driver's license", "driver’s license", "drivers license", "driver license", "driving licence", "license",
        "licence", "national id",
    )),
    ("bank", (
        "卡", "账", "帐", "账户", "帐户", "工行", "农行", "建行", "招行", "交行", "中行", "邮储", "银行", "銀行", "浦发", "民生",
        "兴业", "中信", "光大", "平安", "华夏", "广发", "支付宝", "card", " cc", "account", " acct", "visa", "mastercard", "amex",
    )),
    ("ip", (" ip", "ip地址", "ip address", "address")),
    ("chat", ("微信", " vx", " wx", "wechat", "weixin", " v", "qq")),
    ("phone", (
        "电话", "電話", "手机", "手機", "联系", "联系方式", "聯繫", "聯絡", "座机", "座機", "固话", "传真", "致电", "来电", "拨", "拨打",
        "打", "呼叫", "机主", " tel", "telephone", "phone", "mobile", " cell", "cellphone", " call", " text", " reach",
        "whatsapp", " fax", " contact", " dial", " ring", "answering", " desk", " office", "message", "messages", " sms", "called",
        "texted", "registered",
    )),
)  # fmt: skip


#: last character -> endings in the order above: comparing with all of them costs more than all the numbers' patterns
_BY_LAST: dict[str, list[tuple[str, str]]] = {}
for _name, _words in _ENDINGS:
    for _word in _words:
        _BY_LAST.setdefault(_word[-1], []).append((_word, _name))


def label(low: str, at: int) -> str | None:
    """The label directly before position `at` of a lower-cased view: hotline, order, ssn, id, bank, ip, chat,
    phone."""
    words = before(low, at, _WIDTH).replace("\n", " ").replace("/", " ").rstrip(_GLUE)
    while words and words[-1].isascii():
        start = words.rfind(" ") + 1
        if words[start:] not in _GLUE_WORDS:
            break
        words = words[:start].rstrip(_GLUE)
    if not words:
        return None
    words = " " + words
    for ending, name in _BY_LAST.get(words[-1], ()):
        if words.endswith(ending):
            return name
    return None
