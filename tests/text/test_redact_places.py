from __future__ import annotations

import pytest

from vocbot.text.redact import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("地址：北京市朝阳区建国路977号27号楼2173", "地址：[ADDRESS]"),
        ("住在四川省成都市武侯区人民南路123号翠湖小区5栋3单元664室，谢谢", "住在[ADDRESS]，谢谢"),
        ("送到上海市浦东新区世纪大道88号阳光花园。", "送到[ADDRESS]。"),
        ("我家在文三路12号", "我家在[ADDRESS]"),
        ("他们居然送到文三路12-3号去了", "他们居然送到[ADDRESS]去了"),
        ("阳光花园3栋2单元501室", "[ADDRESS]"),
        ("幸福里小区12号楼1203的住户", "[ADDRESS]的住户"),
        ("3栋501没人", "[ADDRESS]没人"),
        ("大王村3组12号", "[ADDRESS]"),
        ("寄到浙江省杭州市西湖区文三路", "寄到[ADDRESS]"),
        ("毕升路299弄", "[ADDRESS]"),
        ("派送到闵行区香港中路12号3栋501室", "派送到[ADDRESS]"),
        ("he lives in Kossuth u. 8", "he lives in [ADDRESS]"),
        ("send it to 123 Main Street, Apt 4B, Springfield, IL 62704 please", "send it to [ADDRESS] please"),
        ("I live on 90 Whitchurch Road.", "I live on [ADDRESS]."),
        ("27 moss lane", "[ADDRESS]"),
        ("6750 Koskikatu 25 Apt. 864", "[ADDRESS]"),
        ("Hauptstraße 12 in Bonn", "[ADDRESS] in Bonn"),
        ("10 Downing St, London, SW1A 2AA", "[ADDRESS]"),
        ("P.O. Box 1234", "[ADDRESS]"),
        ("PSC 3294, Box 9168", "[ADDRESS]"),
        ("My address is 5366 Pivovarska 276", "My address is [ADDRESS]"),
    ],
)
def test_addresses_go(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "在人民路上堵车，过了三条街",
        "味道2号套餐，知道1号发货",
        "坐地铁3号线，公交路3号线",
        "万达广场1号门，购物中心2号口",
        "5座7座都有，2座4门",
        "送到公司，送到楼下，送到北京",
        "这个小区很好",
        "第3单元很难",
        "2 hours drive, a 10 minute drive way too long",
        "waited 45 minutes on the street",
        "5 stars, 2 of my friends at 3 place",
        "paid $12 Main Street",
        "at the end of October 2026",
        "sent to 4 different lines between us",
        "I saw it via Twitter 2 times",
        "version 5 drive",
    ],
)
def test_places_people_talk_about_stay(text: str) -> None:
    assert redact(text).text == text
