"""Finds personal codes that carry letters: e-mail, QQ, WeChat, plates, VIN, IBAN, passports, secrets.

Models, coupons, tracking numbers and links without a token stay. Most kinds are looked for only where a cue
stands, because letters and digits in a row are usually a product.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from vocbot.text.redact_labels import label
from vocbot.text.redact_view import Span, mask
from vocbot.text.wordlist import words

_IS = r"(?:号码|账号|帐号|号|id|名|同号|number|no\.?|是|为|is|was|加|[:：=#(（「“\"]|\s){0,6}"

_MOBILE = "1[3-9][0-9]{9}(?![0-9])"  # stays a telephone: equal values want equal placeholders
_LOCAL = re.compile(r"[a-z0-9\u00c0-\u024f._%+'-]{1,64}$")
_DOMAIN = re.compile(r"(?:[a-z0-9\u00c0-\u024f](?:[a-z0-9\u00c0-\u024f-]{0,62})\.){1,6}[a-z]{2,18}(?![a-z0-9])")
_SPELLED_OUT = re.compile(
    r"[a-z0-9][a-z0-9._%+-]{1,63}(?: ?(?:[\[(] ?at ?[\])]|艾特) ?(?:[a-z0-9-]{1,63} ?(?:[\[(] ?dot ?[\])]|\.) ?){1,3}"
    r"| at (?:[a-z0-9-]{1,63} dot ){1,3}|(?:#| at )(?:qq|163|126|gmail|sina|outlook|hotmail|yahoo|icloud|foxmail)\.)"
    r"(?:com|cn|net|org|de|fr|uk|io|co|eu|jp|hk|tw)(?![a-z0-9])"
)
_QQ = re.compile(rf"(?:qq|扣扣|企鹅号|q号)群?{_IS}(?<![0-9])(?!{_MOBILE})([1-9][0-9]{{4,10}})(?![0-9a-z@.])")
_WECHAT = re.compile(
    rf"(?:微信|薇信|威信|v信|weixin|wechat|(?:vx|wx|vxin)(?![a-z0-9_-])|加v|v(?=[:：]))({_IS})(?!{_MOBILE})"
    r"([a-z][a-z0-9_-]{5,19}|(?<![0-9])[1-9][0-9]{5,11})(?![a-z0-9_])"
)
_WECHAT_WORDS = words("""
payment payments paypal android iphone windows account accounts official moments message messages version program
group support application business wallet connect service services marketing number please
""")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][A-Z][ ·•.-]?"
    r"(?=[A-Z]{0,5}[0-9])(?:[A-Z0-9]{5,6}|[A-Z0-9]{4}[挂学警港澳领])(?![A-Za-z0-9])"
)
_PLATE_LABELLED = re.compile(
    r"(?:车牌(?:号码|号)?|牌照|plate)[ :：是为]{0,3}"
    r"([\u4e00-\u9fff]?[a-z][ ·-]?(?=[a-z]{0,5}[0-9])[a-z0-9]{5,6})(?![a-z0-9])"
)
_VIN = re.compile("[a-hj-npr-z0-9]{17}(?![a-z0-9])")
_VIN_LABELLED = re.compile(rf"(?:车架号?|车辆识别(?:代号|码|号)?|vin){_IS}码?{_IS}([a-z0-9]{{17}})(?![a-z0-9])")
_IBAN = re.compile(r"[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?(?![a-z0-9])")
_PASSPORT = re.compile(
    r"(?:护照|護照|通行证|台胞证|回乡证|军官证|passport)(?:号码|号| number| no\.?|#)?[ :：#是为]{0,3}(?:is |was )?"
    r"([a-z]{1,2}[0-9]{6,9}|[0-9]{8,9})(?![a-z0-9])"
)
_LICENCE = re.compile(r"licen[cs]e(?: number| no\.?)?(?: is|:)? ?([a-z]{1,2}[0-9][0-9-]{5,16})(?![a-z0-9])")
_HONGKONG_ID = re.compile(r"[a-z]{1,2}[0-9]{6}\([0-9a]\)")
_IPV6 = re.compile(
    "[0-9a-f]{1,4}:(?:(?:[0-9a-f]{1,4}:){6}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,5}(?::[0-9a-f]{1,4}){1,5})(?![0-9a-z:])"
)
_SECRET = re.compile(
    r"(?:密码|口令|验证码|校验码|动态码|(?:password|passcode|passwd|pwd|pin(?: code)?|otp|cvv|cvc|"
    r"(?:verification|security|login|access) code)(?=[\s:：=是为]))(?:是|为| is| was|[ :：=]){0,4}([!-~]{4,64})"
)
_TOKEN = re.compile(
    r"(?:sk-[A-Za-z0-9_-]{16,200}|(?:gh[opsu]|github_pat|glpat|xox[abprs])[-_][A-Za-z0-9_-]{10,255}"
    r"|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|LTAI[0-9A-Za-z]{12,24}"
    r"|eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{4,4000}(?:\.[A-Za-z0-9_-]{1,2000})?)"
    r"|(?<=earer )[A-Za-z0-9._~+/-]{16,2000}=*"
    r"|(?<=[?& ])(?:(?:access_|refresh_|id_)?token|api_?key|key|secret|sig|signature|password|session|auth)="
    r"[!-%'-~]{4,2000}"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s]{0,20000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)


_Finder = Callable[[str, str], Iterator[tuple[int, int]]]


#: Most texts hold no run long enough for the long ones.
_LONG = re.compile("[!-~]{15}")
_TOKEN_HINT = re.compile("[=-]|eyj|akia|aiza|ltai|earer ")
_SHORT_SECRET = re.compile("pwd|pin|otp|cv[vc]")


def find_codes(chars: str, low: str) -> list[Span]:
    """Personal codes in a view, ordered, apart from each other; `low` is its lower case."""
    spans: list[Span] = []
    for kind, hinted, find in _ALL_CODES if _LONG.search(low) else _SHORT_CODES:
        if hinted(low):
            found = [(start, end, kind) for start, end in find(chars, low)]
            if found:
                spans += found
                chars, low = mask(chars, found), mask(low, found)
    return sorted(spans)


def _free(low: str, at: int) -> bool:
    """Whether a code may start here: not in the middle of a word. Cheaper than a look-behind, which keeps the
    pattern from being searched for by its first character."""
    return not at or not (_ascii_alphanumeric(low[at]) and _ascii_alphanumeric(low[at - 1]))


def _ascii_alphanumeric(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _tokens(chars: str, low: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in _TOKEN.finditer(chars) if _free(low, found.start()))


def _passwords(_chars: str, low: str) -> Iterator[tuple[int, int]]:
    for found in _SECRET.finditer(low):
        value = found[1].rstrip(".,;:!?)]}'\"")
        if len(value) >= 4 and any(c.isdigit() for c in value) and _free(low, found.start()):
            yield found.start(1), found.start(1) + len(value)


def _mail(_chars: str, low: str) -> Iterator[tuple[int, int]]:
    last = 0
    at = low.find("@")
    while at >= 0:
        local, domain = _LOCAL.search(low, max(last, at - 64), at), _DOMAIN.match(low, at + 1)
        if local and domain:
            last = domain.end()
            yield local.start(), last
        at = low.find("@", max(at + 1, last))


def _ibans(chars: str, low: str) -> Iterator[tuple[int, int]]:
    for found in _IBAN.finditer(low):
        code = found.group().replace(" ", "")
        if _free(low, found.start()) and _iban_checksum(code) and label(low, found.start()) != "order":
            yield found.span()


def _vins(_chars: str, low: str) -> Iterator[tuple[int, int]]:
    for found in _VIN.finditer(low):
        code = found.group()
        # The last four are digits in every vehicle made since ISO 3779; a random code seldom has them.
        if (
            code[-4:].isdigit()
            and sum(c.isalpha() for c in code) >= 3
            and _free(low, found.start())
            and label(low, found.start()) != "order"
        ):
            yield found.span()


def _wechat(_chars: str, low: str) -> Iterator[tuple[int, int]]:
    for found in _WECHAT.finditer(low):
        name = found[2]
        plain = name.isalpha() and not found[1].strip(" ")
        if plain and (name in _WECHAT_WORDS or low[found.start()].isascii()):
            continue  # wechat payment, wx advisory
        if (
            low[found.start() - 1 : found.start()] != "/"
            and _free(low, found.start())
            and not _named_otherwise(low, found.start())
        ):
            yield found.span(2)


def _named_otherwise(low: str, at: int) -> bool:
    """优惠码WX12AB34: the cue is the beginning of a code."""
    return at > 0 and low[at - 1].isalnum() and label(low, at) == "order"


def _matches(pattern: re.Pattern[str]) -> _Finder:
    return lambda _chars, low: (found.span() for found in pattern.finditer(low) if _free(low, found.start()))


def _groups(pattern: re.Pattern[str]) -> _Finder:
    return lambda _chars, low: (found.span(1) for found in pattern.finditer(low) if _free(low, found.start()))


def _iban_checksum(code: str) -> bool:
    """ISO 13616: MOD 97-10 over the code with its first four characters last."""
    return int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1


def _hinted_secret(low: str) -> bool:
    return (
        "密" in low
        or "码" in low
        or "口令" in low
        or "pass" in low
        or "code" in low
        or _SHORT_SECRET.search(low) is not None
    )


_Code = tuple[str, Callable[[str], bool], _Finder]
#: kind, a cheap sign that it may be there, finder; the earlier wins an overlap
_LONG_CODES: tuple[_Code, ...] = (
    ("SECRET", lambda low: _TOKEN_HINT.search(low) is not None, _tokens),
    ("VIN", lambda low: "车" in low or "vin" in low, _groups(_VIN_LABELLED)),
    ("VIN", lambda low: True, _vins),
    ("IP", lambda low: ":" in low, _matches(_IPV6)),
)
_SHORT_CODES: tuple[_Code, ...] = (
    ("SECRET", _hinted_secret, _passwords),
    ("EMAIL", lambda low: "@" in low, _mail),
    ("EMAIL", lambda low: "#" in low or "at" in low or "艾特" in low, _matches(_SPELLED_OUT)),
    ("PASSPORT", lambda low: "证" in low or "护照" in low or "護照" in low or "passport" in low, _groups(_PASSPORT)),
    ("ID_CARD", lambda low: "licen" in low, _groups(_LICENCE)),
    ("ID_CARD", lambda low: ")" in low, _matches(_HONGKONG_ID)),
    ("IBAN", lambda low: True, _ibans),
    ("PLATE", lambda low: True, lambda chars, _low: (found.span() for found in _PLATE.finditer(chars))),
    ("PLATE", lambda low: "牌" in low or "plate" in low, _groups(_PLATE_LABELLED)),
    ("QQ", lambda low: "qq" in low or "扣扣" in low or "企鹅号" in low or "q号" in low, _groups(_QQ)),
    ("WECHAT", lambda low: "信" in low or "w" in low or "v" in low, _wechat),
)
_ALL_CODES = _LONG_CODES + _SHORT_CODES
