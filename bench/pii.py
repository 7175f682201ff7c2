"""Makes text with personal data and hard negatives, in the spellings people use, inside real carriers.

Every value is random. Written apart from the finders and from the bed that acceptance runs, so that it may disagree
with both: more spellings, cues in other words, and negatives that look like personal data.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

#: kind, start, end
Mark = tuple[str, int, int]


@dataclass(frozen=True)
class Marked:
    """A text, where its personal data stands, and which of its stretches must stay readable."""

    text: str
    marks: tuple[Mark, ...]
    keeps: tuple[str, ...]


@dataclass
class Maker:
    """Values of every kind, drawn from a seed."""

    seed: int
    r: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.r = random.Random(self.seed)

    def digits(self, n: int) -> str:
        return "".join(self.r.choice("0123456789") for _ in range(n))

    def pick(self, words: str) -> str:
        return self.r.choice(words.split())

    def letters(self, n: int, of: str = "ABCDEFGHJKLMNPRSTUVWXYZ") -> str:
        return "".join(self.r.choice(of) for _ in range(n))

    def _mobile(self) -> str:
        return self.pick("13 15 17 18 19") + self.digits(9)

    def mobile(self) -> str:
        p = self._mobile()
        a, b, c = p[:3], p[3:7], p[7:]
        spoken = str.maketrans("0123456789", self.r.choice(("零幺二三四五六七八九", "〇一二三四五六七八九")))
        wide = str.maketrans("0123456789", "０１２３４５６７８９")
        return self.r.choice(
            (
                p,
                f"{a} {b} {c}",
                f"{a}-{b}-{c}",
                f"{a}.{b}.{c}",
                f"{p[:4]} {p[4:7]} {c}",
                f"{a}－{b}－{c}".translate(wide),
                p.translate(wide),
                p.translate(spoken),
                f"{a}{b[:2]}{(b[2:] + c).translate(spoken)}",
                f"+86 {a} {b} {c}",
                f"+86-{p}",
                f"0086{p}",
                f"(+86){p}",
                " ".join(p),
                f"{a}\u00a0{b}\u00a0{c}",
                f"{p[:7]} {c}",
            )
        )

    def landline(self) -> str:
        area = self.pick("010 021 022 0755 0571 0512 0731 0898 0991")
        n = self.r.choice("2345678") + self.digits(7)
        return self.r.choice(
            (
                f"{area}-{n}",
                f"{area} {n}",
                f"（{area}）{n}",
                f"({area}) {n[:4]} {n[4:]}",
                f"{area}-{n}-{self.digits(3)}",
                f"{area}-{n}转{self.digits(4)}",
                f"+86 {area[1:]} {n[:4]} {n[4:]}",
            )
        )

    def id_card(self) -> str:
        body = self.pick("110101 320583 440106 510104 650102 230103")
        body += f"{self.r.randint(1945, 2012)}{self.r.randint(1, 12):02d}{self.r.randint(1, 28):02d}{self.digits(3)}"
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        card = body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
        return self.r.choice((card, card.lower(), f"{card[:6]} {card[6:14]} {card[14:]}"))

    def _luhn(self, body: str) -> str:
        total = sum(sum(divmod(int(d) * (2 if i % 2 == 0 else 1), 10)) for i, d in enumerate(reversed(body)))
        return body + str(-total % 10)

    def bank_card(self) -> str:
        n = self._luhn(self.pick("622202 621226 622700 625912 436742 540838") + self.digits(9))
        if self.r.random() < 0.5:
            n = self._luhn("62" + self.digits(16))
        fours = [n[i : i + 4] for i in range(0, len(n), 4)]
        return self.r.choice((n, " ".join(fours), "-".join(fours)))

    def plate(self) -> str:
        head = self.r.choice("京沪粤苏浙鲁川渝冀豫鄂湘闽皖辽陕") + self.letters(1, "ABCDEFGH")
        tail = self.r.choice(
            (self.digits(5), self.letters(1) + self.digits(4), self.digits(3) + self.letters(2), "D" + self.digits(5))
        )
        return self.r.choice((head + tail, f"{head}·{tail}", f"{head} {tail}", f"{head}-{tail}", (head + tail).lower()))

    def email(self) -> str:
        name = self.letters(self.r.randint(3, 9), "abcdefghijklmnopqrstuvwxyz") + self.r.choice(("", ".", "_", "-"))
        name = name.rstrip("._-") + self.r.choice(("", self.digits(3), "." + self.letters(4, "aeiourstlm")))
        host = self.pick("gmail.com 126.com outlook.com yeah.net mail.co.uk firma.de vip.qq.com posteo.net")
        return self.r.choice((f"{name}@{host}", f"{name.upper()}@{host.upper()}", f"{name}＠{host}"))

    def qq(self) -> str:
        return self.r.choice("123456789") + self.digits(self.r.randint(6, 9))

    def wechat(self) -> str:
        return (
            self.letters(1, "abcxyzlw") + self.letters(self.r.randint(5, 11), "abcdefgh_-0123456789").rstrip("-_") + "7"
        )

    def vin(self) -> str:
        return self.letters(1, "LJWVS") + self.letters(12, "ABCDEFGHJKLMNPRSTUVWXYZ0123456789") + self.digits(4)

    def passport(self) -> str:
        return self.r.choice("EGP") + self.digits(8)

    def ssn(self) -> str:
        return f"{self.r.randint(100, 665)}-{self.r.randint(10, 99)}-{self.r.randint(1000, 9999)}"

    def iban(self) -> str:
        land, size = self.r.choice((("DE", 18), ("ES", 20), ("NL", 0), ("FR", 23), ("AT", 16)))
        body = self.digits(size) if size else "ABNA" + self.digits(10)
        number = int("".join(str(int(c, 36)) for c in body + land + "00"))
        code = f"{land}{98 - number % 97:02d}{body}"
        return self.r.choice((code, " ".join(code[i : i + 4] for i in range(0, len(code), 4))))

    def ip(self) -> str:
        return ".".join(str(self.r.randint(11, 250)) for _ in range(4))

    def secret(self) -> str:
        some = "ABCDEFGHabcdefgh0123456789"
        return self.r.choice(
            (
                "sk-" + self.letters(32, some),
                "ghp_" + self.letters(36, some),
                "AKIA" + self.letters(16, "ABCDEFGH01234567"),
                f"eyJhbGciOi.eyJ{self.letters(24, some)}.{self.letters(20, some)}".replace("Oi.", "OiJIUzI1NiJ9."),
                "xoxb-" + self.digits(12) + "-" + self.letters(20, some),
                "LTAI5t" + self.letters(16, some),
            )
        )

    def us_phone(self) -> str:
        a, b, c = str(self.r.choice((212, 305, 415, 617, 702, 713))), str(self.r.randint(200, 999)), self.digits(4)
        return self.r.choice((f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"+1 {a} {b} {c}", f"+1-{a}-{b}-{c}"))

    def eu_phone(self) -> str:
        return self.r.choice(
            (
                f"+44 7{self.digits(3)} {self.digits(6)}",
                f"+49 {self.r.randint(30, 99)} {self.r.randint(1, 9)}{self.digits(6)}",
                f"+33 6 {self.digits(2)} {self.digits(2)} {self.digits(2)} {self.digits(2)}",
                f"+852 {self.r.choice('569')}{self.digits(3)} {self.digits(4)}",
            )
        )

    def name_zh(self) -> str:
        surname = self.r.choice(
            "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
        )
        given = "建海志国文玉晓春小雪婷婷博睿凯旋俊峰丽君少华永强德福淑珍秀兰雅琴美玲金凤立新佩瑶泽洋梦洁晨阳天佑"
        size = self.r.choice((1, 2, 2, 2))
        return surname + "".join(self.r.choice(given) for _ in range(size))

    def name_en(self) -> str:
        first = self.pick("Helen Marcus Priya Tom Yuki Aisha Carlos Nora Felix Ines Dmitri Wei Chloe Omar Greta Sean")
        last = self.pick(
            "Okafor Lindqvist Patel Novak Brennan Tanaka Moreau Silva Hughes Weber Kowalski Ortiz Fraser Kim"
        )
        return f"{first} {last}"

    def address_zh(self) -> str:
        place = self.pick(
            "江苏省南京市鼓楼区 重庆市渝北区 湖北省武汉市洪山区 山东省青岛市市南区 陕西省西安市雁塔区 "
            "杭州市余杭区 闵行区"
        )
        road = self.pick("中山北路 龙溪大道 珞喻路 香港中路 小寨东路 文一西路 七莘路 解放街")
        door = self.r.choice(
            (
                f"{self.r.randint(1, 60)}幢{self.r.randint(101, 2904)}室",
                f"{self.r.randint(1, 9)}号楼{self.r.randint(1, 6)}单元{self.r.randint(101, 2904)}",
                f"{self.r.choice('ABC')}座{self.r.randint(101, 2904)}",
                "",
            )
        )
        estate = self.r.choice(("", "", "金色家园", "滨江花园", "万科城"))
        return f"{place}{road}{self.r.randint(1, 1999)}号{estate}{door}"

    def address_en(self) -> str:
        street = self.pick("Maple_Street Kingsway_Road Harbour_View_Drive W_42nd_St Old_Mill_Lane Sunset_Blvd").replace(
            "_", " "
        )
        return f"{self.r.randint(1, 9999)} {street}" + self.r.choice(("", f", Apt {self.r.randint(1, 99)}"))


#: kind, method, sentences
Value = tuple[str, str, Sequence[str]]
CHINESE: Sequence[Value] = (
    (
        "PHONE",
        "mobile",
        ("我电话{}", "手机{}，", "有事打{}", "联系人电话：{}", "麻烦回个电话到{}", "{}，这是我号码", "tel:{}"),
    ),
    ("LANDLINE", "landline", ("单位座机是{}", "电话{}", "让我打{}", "传真{}")),
    ("ID_CARD", "id_card", ("身份证号码{}", "实名认证用的{}", "身份证是{}，")),
    ("BANK_CARD", "bank_card", ("银行卡号{}", "请退款到{}", "招行卡{}", "卡号是：{}")),
    ("PLATE", "plate", ("车牌号{}", "我那辆{}", "牌照{}，", "停了一辆{}")),
    ("EMAIL", "email", ("邮箱是{}", "发票发{}", "联系{}", "E-mail：{}")),
    ("QQ", "qq", ("QQ：{}", "我的qq号是{}", "加Q{}", "qq {}", "扣扣：{}")),
    ("WECHAT", "wechat", ("微信号{}", "加我微信 {}", "VX：{}", "wechat: {}", "薇信{}", "+v {}", "加V：{}")),
    (
        "NAME",
        "name_zh",
        ("我叫{}，", "收件人：{}", "客服{}处理的", "联系人{}，", "{}女士", "{}师傅", "我是{}，", "姓名{}，"),
    ),
    ("ADDRESS", "address_zh", ("地址{}", "我住{}", "收货地址：{}", "快递放在{}", "派送到{}", "{}，")),
    ("VIN", "vin", ("车架号是{}", "VIN：{}", "车辆识别代号{}", "{}这台车")),
    ("PASSPORT", "passport", ("护照号{}", "护照：{}")),
    ("IP", "ip", ("IP是{}", "登录ip {}", "服务器{}连不上")),
    ("SECRET", "secret", ("密钥{}", "token: {}", "我的key是{}")),
)
ENGLISH: Sequence[Value] = (
    ("PHONE", "us_phone", ("call me at {}", "my number is {}", "reach me on {}.", "phone: {}", "{} is my cell")),
    ("PHONE", "eu_phone", ("call me at {}", "my number is {}", "text {} please", "{}")),
    ("EMAIL", "email", ("email me at {}", "my address is {}.", "write to {}", "({})")),
    ("SSN", "ssn", ("my SSN is {}", "social security number: {}", "SSN {}")),
    ("IBAN", "iban", ("IBAN {}", "refund to {}", "my account is {}.")),
    ("BANK_CARD", "bank_card", ("card number {}", "I paid with {}", "charged my card {} twice")),
    ("IP", "ip", ("my IP is {}", "from {} I cannot log in", "IP address: {}")),
    ("SECRET", "secret", ("api key {}", "the token {} stopped working", "key={}")),
    (
        "NAME",
        "name_en",
        ("my name is {}.", "spoke with {} today", "Regards,\n{}", "agent {} was rude", "Mr {} hung up", "I'm {}, hi"),
    ),
    ("ADDRESS", "address_en", ("I live at {}", "deliver to {}.", "ship it to {}", "address: {}")),
    ("PASSPORT", "passport", ("passport number {}", "my passport is {}")),
    ("VIN", "vin", ("VIN {}", "VIN number: {}", "vehicle {}")),
)


def _keeps(m: Maker) -> list[tuple[str, str]]:
    """Hard negatives: a sentence and the part of it that must stay."""
    r = m.r
    date = f"{r.randint(2015, 2026)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}"
    return [
        ("订单编号：{}", m.digits(r.choice((15, 16, 18, 19)))),
        ("快递单号 {}", r.choice(("YT", "JD00", "SF1", "75", "ZTO")) + m.digits(12)),
        ("order #{}", r.choice(("", "A-", "114-")) + m.digits(7) + "-" + m.digits(7)),
        ("tracking number {}", "1Z" + m.letters(6, "ABCDEF0123456789") + m.digits(10)),
        ("{}到现在还没发货", f"{r.randint(1, 12)}月{r.randint(1, 28)}号"),
        ("since {}", date),
        ("{} 下的单", date.replace("-", r.choice("./-"))),
        ("at {}", f"{r.randint(1, 12)}:{r.randint(10, 59)} pm"),
        ("¥{}", f"{r.randint(1, 99999)}.{r.randint(0, 99):02d}"),
        ("一共{}元", f"{r.randint(1000, 999999)}"),
        ("paid ${}", f"{r.randint(1, 9)},{m.digits(3)}.{m.digits(2)}"),
        (
            "型号{}",
            r.choice(("WH-1000XM5", "RTX4070Ti", "iPhone 15 Pro Max 256GB", "KFR-35GW", "XC60 T5", "i5-12400F")),
        ),
        (
            "the {} broke",
            r.choice(("ThinkPad X1 Carbon Gen 11", "Galaxy S23 Ultra", "DHC-8-400", "WH1000XM4", "A320neo")),
        ),
        ("版本{}", f"{r.randint(1, 20)}.{r.randint(0, 30)}.{r.randint(0, 9999)}"),
        ("build {}", f"{r.randint(10000, 99999)}.{r.randint(100, 999)}"),
        ("打{}没人接", r.choice(("10086", "12315", "95588", "400-820-8820", "4008-123-123", "10010"))),
        ("called {} for hours", r.choice(("1-800-433-7300", "800-221-1212", "1 (888) 555-0100"))),
        ("航班{}", r.choice(("CA", "MU", "CZ")) + m.digits(4)),
        ("flight {} cancelled", r.choice(("UA", "AA", "DL")) + m.digits(4)),
        ("优惠券{}", m.letters(4) + m.digits(4)),
        ("ISBN {}", "97871" + m.digits(8)),
        ("尺码{}", r.choice(("175/92A", "36-38", "XXL", "42.5", "180/100A"))),
        ("分辨率{}", r.choice(("1920x1080", "2560*1440"))),
        ("等了{}分钟", str(r.randint(10, 300))),
        ("坐{}路公交", str(r.randint(1, 999))),
        ("跑了{}公里", str(r.randint(1000, 300000))),
        ("满{}", f"{r.randint(100, 999)}减{r.randint(10, 99)}"),
        ("S/N: {}", m.letters(3) + m.digits(9)),
        ("case number {}", m.digits(9)),
        ("confirmation code {}", m.letters(6)),
        ("房间{}", str(r.randint(101, 2999))),
        ("每天{}个小时", f"{r.randint(1, 9)}-{r.randint(10, 12)}"),
        ("工单号{}", m.digits(11)),
        ("电池容量{}毫安", str(r.randint(3000, 20000))),
    ]


def make(carriers: Sequence[str], seed: int, rows: int, values: Sequence[Value]) -> list[Marked]:
    """`rows` texts from carriers (6 to 120 characters), each with up to three values and up to two negatives."""
    maker = Maker(seed)
    r = maker.r
    usable = sorted({text for text in carriers if 6 <= len(text) <= 120})
    return [
        _one(maker, r.choice(usable), r.choice((0, 1, 1, 2, 3)), r.choice((0, 1, 1, 2)), values) for _ in range(rows)
    ]


def _one(maker: Maker, carrier: str, many: int, negatives: int, values: Sequence[Value]) -> Marked:
    r = maker.r
    pieces: list[Callable[[], tuple[str, str, str | None]]] = []
    for _ in range(many):
        kind, method, sentences = r.choice(values)
        pieces.append(lambda k=kind, m=method, s=sentences: (r.choice(s), getattr(maker, m)(), k))  # type: ignore[misc]
    for _ in range(negatives):
        pieces.append(lambda: (*r.choice(_keeps(maker)), None))
    r.shuffle(pieces)
    text = carrier if r.random() < 0.5 else ""
    marks: list[Mark] = []
    keeps: list[str] = []
    for piece in pieces:
        sentence, value, kind = piece()
        text += r.choice(("，", "。", " ", "\n", "! ", ", ")) if text else ""
        before, after = sentence.split("{}")
        at = len(text) + len(before)
        text += before + value + after
        if kind:
            marks.append((kind, at, at + len(value)))
        else:
            keeps.append(value)
    if not text.startswith(carrier):
        text += r.choice(("，", "。", " ", "\n")) + carrier
    return Marked(text, tuple(marks), tuple(keeps))
