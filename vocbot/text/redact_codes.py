"""Finds personal codes that carry letters: e-mail, QQ, WeChat, plates, VIN, IBAN, passports, secrets.

Models, coupons, tracking numbers and links without a token stay. Most kinds are looked for only where a cue
stands, because letters and digits in a row are usually a product.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from vocbot.text.redact_labels import label
from vocbot.text.redact_rules import Place, Rule, rule
from vocbot.text.wordlist import words

_IS = r"(?:号码|账号|帐号|号|id|名|同号|number|no\.?|是|为|is|was|加|[:：=#(（「“\"]|\s){0,6}"

_MOBILE = "1[3-9][0-9]{9}(?![0-9])"  # stays a telephone: equal values want equal placeholders
_MAIL = re.compile(
    r"[a-z0-9\u00c0-\u024f._%+'-]{1,64}@"
    r"(?:[a-z0-9\u00c0-\u024f](?:[a-z0-9\u00c0-\u024f-]{0,62})\.){1,6}[a-z]{2,18}(?![a-z0-9])"
)
_PROVIDERS = "(?:qq|163|126|gmail|sina|outlook|hotmail|yahoo|icloud|foxmail)"
_SPELLED_OUT = re.compile(
    r"[a-z0-9][a-z0-9._%+-]{1,63}(?: ?(?:[\[(] ?at ?[\])]|艾特) ?(?:[a-z0-9-]{1,63} ?(?:[\[(] ?dot ?[\])]|\.) ?){1,3}"
    rf"| at (?:[a-z0-9-]{{1,63}} dot ){{1,3}}|(?:#| at ){_PROVIDERS}\.)"
    r"(?:com|cn|net|org|de|fr|uk|io|co|eu|jp|hk|tw)(?![a-z0-9])"
)
_QQ = re.compile(rf"(?:qq|扣扣|企鹅号|q号|加q)群?{_IS}(?<![0-9])(?!{_MOBILE})([1-9][0-9]{{4,10}})(?![0-9a-z@.])")
_WECHAT = re.compile(
    rf"(?:微信|薇信|威信|v信|weixin|wechat|(?:vx|wx|vxin)(?![a-z0-9_-])|加v|\+v(?= )|v(?=[:：]))({_IS})(?!{_MOBILE})"
    r"([a-z][a-z0-9_-]{5,19}|(?<![0-9])[1-9][0-9]{5,11})(?![a-z0-9_])"
)
_WECHAT_WORDS = words("""
payment payments paypal android iphone windows account accounts official moments message messages version program
group support application business wallet connect service services marketing number please
""")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_PLATE = re.compile(
    rf"[{_PROVINCES}][a-z][ ·•.-]?"
    r"(?=[a-z]{0,5}[0-9])(?:[a-z0-9]{5,6}|[a-z0-9]{4}[挂学警港澳领])(?![a-z0-9])"
)
_PLATE_LABELLED = re.compile(
    r"(?:车牌(?:号码|号)?|牌照|plate)[ :：是为]{0,3}"
    r"([\u4e00-\u9fff]?[a-z][ ·-]?(?=[a-z]{0,5}[0-9])[a-z0-9]{5,6})(?![a-z0-9])"
)
_VIN = re.compile("[a-hj-npr-z0-9]{17}(?![a-z0-9])")
_VIN_LABELLED = re.compile(rf"(?:车架号?|车辆识别(?:代号|码|号)?|vin){_IS}码?{_IS}([a-z0-9]{{17}})(?![a-z0-9])")
_IBAN = re.compile(r"[a-z]{2}[0-9]{2}(?: ?[a-z0-9]){11,30}(?![a-z0-9])")
#: ISO 13616 registry: how many characters an account has in each country.
_IBAN_LENGTHS = {
    entry[:2]: int(entry[2:])
    for entry in words("""
ad24 ae23 al28 at20 az28 ba20 be16 bg22 bh22 br29 by28 ch21 cr22 cy28 cz24 de22 dk18 do28 ee20 eg29 es24 fi18 fo18 fr27
gb22 ge22 gi23 gl18 gr27 gt28 hr21 hu28 ie22 il23 iq23 is26 it27 jo30 kw30 kz20 lb28 lc32 li21 lt20 lu20 lv21 ly25 mc27
md24 me22 mk19 mr27 mt31 mu30 nl18 no15 pk24 pl28 ps29 pt25 qa29 ro24 rs22 sa24 sc31 se24 si19 sk24 sm27 st25 sv28 tl23
tn24 tr26 ua29 va22 vg24 xk20
""")
}
_PASSPORT = re.compile(
    r"(?:护照|護照|通行证|台胞证|回乡证|军官证|passport)(?:号码|号| number| no\.?|#)?[ :：#是为]{0,3}(?:is |was )?"
    r"([a-z]{1,2}[0-9]{6,9}|[0-9]{8,9})(?![a-z0-9])"
)
_LICENCE = re.compile(r"licen[cs]e(?: number| no\.?)?(?: is|:)? ?([a-z]{1,2}[0-9][0-9-]{5,16})(?![a-z0-9])")
_HONGKONG_ID = re.compile(r"[a-z]{1,2}[0-9]{6}\([0-9a]\)")
_IPV6 = re.compile(
    "[0-9a-f]{1,4}:(?:(?:[0-9a-f]{1,4}:){6}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,5}(?::[0-9a-f]{1,4}){1,5})(?![0-9a-z:])"
)
_PASSWORD = re.compile(
    r"(?:密码|口令|验证码|校验码|动态码|(?:password|passcode|passwd|pwd|(?:verification|security|login|access) code)"
    r"(?=[\s:：=是为]))(?:是|为| is| was|[ :：=]){0,4}(?=[!-~]{0,63}[0-9])([!-~]{3,63}[0-9A-Za-z#$%&*+/<=>@^_`|~-])"
    r"|(?:pin(?: code)?|otp|cvv|cvc)(?: is| was|[ :：=是为]){1,4}([0-9]{3,8})(?![0-9a-z.])"
)
_TOKEN = re.compile(
    r"sk-[a-z0-9_-]{16,200}|(?:gh[opsu]|github_pat|glpat|xox[abprs])[-_][a-z0-9_-]{10,255}"
    r"|akia[0-9a-z]{16}|aiza[0-9a-z_-]{35}|ltai[0-9a-z]{12,24}"
    r"|eyj[a-z0-9_-]{8,2000}\.eyj[a-z0-9_-]{4,4000}(?:\.[a-z0-9_-]{1,2000})?"
    r"|bearer ([a-z0-9._~+/-]{16,2000}=*)"
    r"|(?:token|api_?key|key|secret|sig|signature|password|session|auth)=(?=[!-%'-~]{0,2000}[0-9])([!-%'-~]{5,1999}[#$%*+/-9<-@a-z^_`|~=-])"
    r"|-----begin [a-z ]{0,30}private key-----[a-z0-9+/=\s]{0,20000}(?:-----end [a-z ]{0,30}private key-----)?"
)
_Test = Callable[[re.Match[str], str], bool]


def _free(low: str, at: int) -> bool:
    """Whether a code may start here: not in the middle of a word. Cheaper than a look-behind, which keeps the
    pattern from being searched for by its first character."""
    return not at or not (_ascii_alphanumeric(low[at]) and _ascii_alphanumeric(low[at - 1]))


def _ascii_alphanumeric(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _no_order(match: re.Match[str], low: str) -> bool:
    return label(low, match.start()) != "order"


def _ibans(_chars: str, low: str) -> Iterator[Place]:
    """ISO 13616: as long as the country's are, MOD 97-10 over the code with its first four characters last."""
    at = 0
    while match := _IBAN.search(low, at):
        at = match.start() + 1  # what starts with another code may hold one: MU6693 IBAN DE83…
        length = _IBAN_LENGTHS.get(match.group()[:2])
        places = [i for i in range(*match.span()) if low[i] != " "]
        if not length or len(places) < length or not _free(low, match.start()):
            continue
        code, end = "".join(low[i] for i in places[:length]), places[length - 1] + 1
        whole = not _ascii_alphanumeric(low[end : end + 1] or " ")
        if whole and int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1 and _no_order(match, low):
            at = end
            yield match.start(), end


def _vin(match: re.Match[str], low: str) -> bool:
    """The last four are digits in every vehicle made since ISO 3779; a random code seldom has them."""
    code = match.group()
    return code[-4:].isdigit() and sum(c.isalpha() for c in code) >= 3 and _no_order(match, low)


def _wechat(match: re.Match[str], low: str) -> bool:
    glue, name = match.groups()
    at = match.start()
    if name.isalpha() and not glue.strip(" ") and (name in _WECHAT_WORDS or low[at : at + 2] in ("we", "wx")):
        return False  # wechat payment, wx advisory
    # t.co/vx…, and 优惠码WX12AB34: the cue is the beginning of a code
    return not at or (low[at - 1] != "/" and not (low[at - 1].isalnum() and label(low, at) == "order"))


def _rule(kind: str, sign: str, pattern: re.Pattern[str], personal: _Test | None = None) -> Rule:
    """What the last group of a pattern matches, where it passes the test."""

    def find(_chars: str, low: str) -> list[Place]:
        return [
            match.span(match.lastindex or 0)
            for match in pattern.finditer(low)
            if _free(low, match.start()) and (personal is None or personal(match, low))
        ]

    return rule(kind, sign, find)


CODES = (
    _rule(
        "SECRET",
        "sk-[a-z0-9]|gh[opsu][-_]|github_pat|glpat|xox[abprs]|akia|aiza|ltai|eyj|bearer |-----begin"
        "|(?:token|key|secret|sig|signature|password|session|auth)=",
        _TOKEN,
    ),
    _rule(
        "SECRET",
        "密码|口令|验证码|校验码|动态码|passw|passc|pwd|pin[ :：=是为c]|otp|cv[vc]|"
        "(?:verification|security|login|access) code",
        _PASSWORD,
    ),
    _rule("EMAIL", r"[^\s@]@[^\s@]", _MAIL),
    _rule("EMAIL", rf"#{_PROVIDERS}|艾特|[\[(] ?at ?[\])]| at {_PROVIDERS}| dot ", _SPELLED_OUT),
    _rule("VIN", "车架|车辆识别|vin", _VIN_LABELLED),
    _rule("VIN", "[a-z0-9]{17}", _VIN, _vin),
    _rule("PASSPORT", "护照|護照|通行证|台胞证|回乡证|军官证|passport", _PASSPORT),
    _rule("ID_CARD", "licen[cs]e", _LICENCE),
    _rule("ID_CARD", r"[0-9]{6}\(", _HONGKONG_ID),
    _rule("IP", "[0-9a-f]:[0-9a-f:]+:[0-9a-f]", _IPV6),
    rule("IBAN", "[a-z]{2}[0-9]{2} ?[a-z0-9]{4} ?[a-z0-9]{4}", _ibans),
    _rule("PLATE", f"[{_PROVINCES}][a-z][ ·•.-]?[a-z0-9]{{4}}", _PLATE),
    _rule("PLATE", "车牌|牌照|plate", _PLATE_LABELLED),
    _rule("QQ", "qq|扣扣|企鹅号|q号|加q", _QQ),
    _rule("WECHAT", "微信|薇信|威信|v信|weixin|wechat|vx|wx|加v|\\+v |v[:：]", _WECHAT, _wechat),
)
