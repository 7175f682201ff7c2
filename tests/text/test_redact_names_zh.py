from __future__ import annotations

import pytest

from vocbot.text.redact import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我叫张伟", "我叫[NAME]"),
        ("我叫王小明，昨天买的", "我叫[NAME]，昨天买的"),
        ("我是王芳，", "我是[NAME]，"),
        ("我姓沈", "我姓[NAME]"),
        ("收货人：欧阳娜娜 电话", "收货人：[NAME] 电话"),
        ("收货人周一晨；", "收货人[NAME]；"),
        ("联系人李强电话没人接", "联系人[NAME]电话没人接"),
        ("姓名是司马光", "姓名是[NAME]"),
        ("客服王芳态度差", "客服[NAME]态度差"),
        ("快递员陈柏强负责任", "快递员[NAME]负责任"),
        ("客服小王不理人", "客服[NAME]不理人"),
        ("客服Amy很好", "客服[NAME]很好"),
        ("找张子晨经理", "找[NAME]经理"),
        ("冯刚娟师傅送的餐", "[NAME]师傅送的餐"),
        ("感谢张伟师傅", "感谢[NAME]师傅"),
        ("王先生和李女士", "[NAME]先生和[NAME-2]女士"),
        ("找陳志強先生", "找[NAME]先生"),
        ("收件人阿卜杜拉·买买提。", "收件人[NAME]。"),
        ("联系人John Smith", "联系人[NAME]"),
    ],
)
def test_names_beside_a_cue_go(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "我叫了外卖，我叫他明天送",
        "我是温州人，我是常客，我是金卡会员，我是高中生",
        "我不是王者，",
        "客服态度差，客服高冷，客服严重不负责，客服马上处理，客服全程不理",
        "联系人工客服，联系人不能删除，收货人必须写，姓名可以改",
        "送餐师傅，外卖小姐姐，快递师傅，安装师傅，包装师傅，项目经理，客户经理，金牌师傅",
        "对于老板来说，谢谢师傅，祝老板生意兴隆，老板娘",
        "销售谈清楚了，司机高兴地走了，客服方便联系",
        "王牌产品，张口就来",
        "每小时先生",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert redact(text).text == text
