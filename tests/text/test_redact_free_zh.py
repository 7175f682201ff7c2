"""Chinese names without a cue: people in running text go, words, brands and dishes stay."""

from __future__ import annotations

import pytest

from vocbot.text.redact import redact


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("一直很喜欢俞敏洪老师的演讲", "俞敏洪"),
        ("冯刚娟送的餐", "冯刚娟"),
        ("昨天是王伟来修的空调", "王伟"),
        ("读了刘墉的文章", "刘墉"),
        ("宋初的文人如范仲淹，王安石", "范仲淹"),
        ("因为陈晓梅一直不接电话", "陈晓梅"),
        ("我们和欧阳雪梅谈过", "欧阳雪梅"),
        ("跟李嘉诚说过", "李嘉诚"),
    ],
)
def test_people_in_running_text_go(text: str, name: str) -> None:
    assert name not in redact(text).text
    assert "[NAME]" in redact(text).text


@pytest.mark.parametrize(
    "text",
    [
        "付定金以后再付尾款，查余额、包安装、关空调都不行",
        "从吉隆坡飞到莫斯科，经马德里和温哥华转机，黎巴嫩和马尼拉没去成",
        "连云港的货从景德镇发，阳澄湖的蟹寄到徐家汇和胡志明市",
        "白平衡不准，温开水也没有，金毛犬的粮是空的",
        "师傅辛苦了，谢谢，阳光很好，叶子黄了，画面温馨",
        "沃尔沃和欧蓝德都比马自达重，连高尔夫也是，肯定四驱欧蓝德好",
        "黄焖鸡和毛血旺好吃，胡萝卜没少放，宫保鸡丁太甜",
        "后盖太松了，安装费太贵，多少钱豪华版",
        "向大家推荐这本书，通俗易懂",
        "华为的相机，康师傅的面，潘婷洗发水",
        "高兴地走了，马上处理，严重不负责任",
        "王者荣耀，张口就来，李子很甜，周一到货",
        "方便面，时间长，任何人，何必呢，常温奶",
    ],
)
def test_words_and_brands_stay(text: str) -> None:
    assert redact(text).text == text


def test_only_cued_names_where_asked() -> None:
    text = "我叫张伟，读了刘墉的文章"
    assert redact(text, free_names=False).text == "我叫[NAME]，读了刘墉的文章"
    assert redact(text).text == "我叫[NAME]，读了[NAME-2]的文章"


def test_the_longer_of_two_readings_counts() -> None:
    (found,) = redact("看了张爱玲的小说").found
    assert (found.start, found.end) == (2, 5)
