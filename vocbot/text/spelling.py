"""Makes text fit to be matched with rules: folded, without links and handles, hashtags apart, common misspellings put
right (登陆 for 登录, recieve for receive), so that no rule has to know them.

For matching only: what is stored and shown keeps people's own spelling. The pairs were written by hand, and only such
as of which the wrong one is hardly ever meant.
"""

from __future__ import annotations

import re

from vocbot.text.clean import fold
from vocbot.text.wordlist import either, words


def _pairs(text: str) -> dict[str, str]:
    return {wrong: right for wrong, _, right in (pair.partition(":") for pair in words(text))}


#: Input methods offer the wrong character of the same sound, or people know the word by ear.
_CHINESE = _pairs("""
登陆:登录 登绿:登录 帐号:账号 帐户:账户 帐单:账单 对帐:对账 转帐:转账 到帐:到账 入帐:入账 结帐:结账 付帐:付账 帐目:账目
记帐:记账 定单:订单 优惠卷:优惠券 代金卷:代金券 抵用卷:抵用券 消费卷:消费券 现金卷:现金券 卷码:券码 劵:券 退歀:退款
付欵:付款 好象:好像 绑订:绑定 绑顶:绑定 帮定:绑定 验正码:验证码 验证马:验证码 激活吗:激活码 闪腿:闪退 崩馈:崩溃
崩愧:崩溃 客付:客服 客扶:客服 快第:快递 快弟:快递 快敌:快递 物留:物流 收伙:收货 签守:签收 配松:配送 态渡:态度
服物:服务 按装:安装 反溃:反馈 反愧:反馈 投拆:投诉 陪偿:赔偿 陪付:赔付 赔尝:赔偿 补尝:补偿
欺炸:欺诈 做椅:座椅 座倚:座椅 隔因:隔音 油号:油耗 顿错:顿挫 异向:异响 拉及:垃圾 拉圾:垃圾
辣鸡:垃圾 勒色:垃圾 坑跌:坑爹 忽攸:忽悠 呼悠:忽悠 嘎然:戛然 粘乎:黏糊
""")
_ENGLISH = _pairs("""
recieve:receive recieved:received recieving:receiving reciept:receipt refunf:refund refud:refund
delievery:delivery delivary:delivery delievered:delivered deliverd:delivered cancle:cancel cancled:cancelled
cancelation:cancellation custumer:customer costumer:customer cusotmer:customer servise:service sevice:service
adress:address acount:account accout:account pasword:password passwrod:password loggin:login seperate:separate
occured:occurred definately:definitely wierd:weird teh:the thier:their waitting:waiting waitng:waiting payed:paid
luggauge:luggage lugage:luggage bagage:baggage baggege:baggage flght:flight fligt:flight dissapointed:disappointed
disapointed:disappointed dissapointing:disappointing terible:terrible horible:horrible unacceptible:unacceptable
rediculous:ridiculous expencive:expensive suport:support supprt:support responce:response respone:response
notifcation:notification notificaton:notification recomend:recommend qualtiy:quality qulity:quality brocken:broken
crahes:crashes craches:crashes crashs:crashes updte:update upate:update shiping:shipping shippment:shipment
""")
_WRONG_CHINESE = re.compile(either(frozenset(_CHINESE)))
_WRONG_ENGLISH = re.compile(rf"\b(?:{either(frozenset(_ENGLISH))})\b")
_LATIN = re.compile("[a-z]+")
_LINK = re.compile(r"(?:https?://|www\.)[!-~]+")  # in ASCII only: Chinese goes on right behind
_HANDLE = re.compile(r"(?<![A-Za-z0-9])@[A-Za-z0-9_]{2,30}")
_HASHTAG = re.compile("#[A-Za-z0-9_]{2,60}")
_HUMP = re.compile("(?<=[a-z0-9])(?=[A-Z])|_")


def matchable(text: str) -> str:
    """The form in which rules see a statement. Positions are lost. Total, linear."""
    if "://" in text or "www." in text:
        text = _LINK.sub(" ", text)
    if "@" in text:
        text = _HANDLE.sub(" ", text)
    if "#" in text:
        text = _HASHTAG.sub(lambda tag: _HUMP.sub(" ", tag.group()[1:]), text)
    text = fold(text)
    if not text.isascii():
        text = _WRONG_CHINESE.sub(lambda found: _CHINESE[found.group()], text)
    if _ENGLISH.keys().isdisjoint(_LATIN.findall(text)):
        return text
    return _WRONG_ENGLISH.sub(lambda found: _ENGLISH[found.group()], text)
