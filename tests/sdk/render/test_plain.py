from __future__ import annotations

from vocbot.sdk.document import (
    Divider,
    Document,
    Figures,
    Heading,
    Link,
    Quote,
    Table,
    Text,
    bullets,
    paragraph,
)
from vocbot.sdk.render.plain import to_plain

BLOCKS = (
    Heading("Coupon\nfails", 1),
    paragraph("It is ", Text("known", bold=True), ": ", Link("evidence", "https://voc.example/i/42"), "."),
    bullets(["update", "try\nagain"], ordered=True),
    bullets(["one"]),
    Quote("applied,\ncharged in full", "e-mail, 30 Oct"),
    Table(("what", "n"), (("coupon", "3"), ("code", "4"))),
    Figures((("people", "268"), ("change", "+38%"))),
    Divider(),
    paragraph(
        Link("help@x.example", "mailto:help@x.example"), " ", Link("bad", "javascript:x"), Link("", "https://x.example")
    ),
)


def test_english() -> None:
    assert to_plain(Document("en", "title", BLOCKS)) == (
        "Coupon fails\n------------\n\n"
        "It is known: evidence (https://voc.example/i/42).\n\n"
        "1. update\n2. try\n   again\n\n"
        "- one\n\n"
        "> applied,\n> charged in full\n> — e-mail, 30 Oct\n\n"
        "- what: coupon; n: 3\n- what: code; n: 4\n\n"
        "people: 268\nchange: +38%\n\n"
        "--------------------\n\n"
        "help@x.example badhttps://x.example"
    )


def test_chinese() -> None:
    assert to_plain(Document("zh", "标题", BLOCKS[:1] + BLOCKS[4:7] + BLOCKS[1:2])) == (
        "【Coupon fails】\n\n"
        "> applied,\n> charged in full\n> ——e-mail, 30 Oct\n\n"
        "- what：coupon；n：3\n- what：code；n：4\n\n"
        "people：268\nchange：+38%\n\n"
        "It is known: evidence（https://voc.example/i/42）."
    )


def test_what_is_empty_leaves_no_gap() -> None:
    empty = (Heading(""), paragraph(" "), bullets([]), Quote("", ""), Table(("a",), ()), Figures(()))
    assert to_plain(Document("en", "t", (paragraph("a"), *empty, paragraph("b")))) == "a\n\nb"
