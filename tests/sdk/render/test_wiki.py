from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocbot.sdk.document import (
    Divider,
    Document,
    Figures,
    Heading,
    Link,
    Paragraph,
    Quote,
    Table,
    Text,
    bullets,
    paragraph,
)
from vocbot.sdk.render.safe import clean
from vocbot.sdk.render.wiki import to_wiki
from vocbot.sdk.testing.documents import NASTY

ESCAPED = re.compile(r"\\([-#*_+?^~|%{}\[\]()!@])")  # what Jira's BackslashEscapeRendererComponent knows


def text(*blocks: object) -> str:
    return to_wiki(Document("en", "t", blocks))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("*a* _b_ -c- +d+ ^e^ ~f~ ??g??", "\\*a\\* \\_b\\_ \\-c\\- \\+d\\+ \\^e\\^ \\~f\\~ \\?\\?g\\?\\?"),
        ("{code}x{code}", "\\{code\\}x\\{code\\}"),
        ("{quote}", "\\{quote\\}"),
        ("[a|http://b.example]", "\\[a\\|http&#58;//b.example\\]"),
        ("[~admin] @you", "\\[\\~admin\\] \\@you"),
        ("!p.png!", "\\!p.png\\!"),
        ("|a|b|", "\\|a\\|b\\|"),
        ("----", "\\-\\-\\-\\-"),
        ("h1. a\n  h6. b\nbq. c\nch1. d", "h1&#46; a\nh6&#46; b\nbq&#46; c\nch1. d"),
        ("* a\n# b\n- c", "\\* a\n\\# b\n\\- c"),
        ("a\\\\b \\*c", "a&#92;&#92;b &#92;\\*c"),
        ("<b> &amp; &#42;", "&lt;b&gt; &amp;amp; &amp;\\#42;"),
        (":) :D :p (y)", ":\\) &#58;D &#58;p \\(y\\)"),
        ("mailto:a@b", "mailto&#58;a\\@b"),
        ("%a%", "\\%a\\%"),
    ],
)
def test_what_a_customer_writes_stays_text(words: str, result: str) -> None:
    assert text(paragraph(words)) == result


def test_blocks() -> None:
    assert text(Heading("A\n*b*", 2)) == "h2. A \\*b\\*"
    assert text(bullets(["a", "b\nc"])) == "* a\n* b \\\\ c"
    assert text(bullets(["a"], ordered=True)) == "# a"
    assert text(Quote("one\n{quote}", "chat")) == "{quote}\none\n\\{quote\\}\n{_}chat{_}\n{quote}"
    assert text(Table(("a", "b"), (("1|2", ""), ("x\ny", "z")))) == "||a||b||\n|1\\|2| |\n|x y|z|"
    assert text(Figures((("a", "1"),))) == "||a|1|"
    assert text(Divider()) == "----"


def test_runs() -> None:
    bold = Text("粗*体\nb", bold=True)
    assert text(paragraph("这是", bold, "吧")) == "这是{*}粗\\*体{*}\n{*}b{*}吧"
    assert text(paragraph(Text("x", bold=True, italic=True))) == "{*}{_}x{_}{*}"
    assert (
        text(Paragraph((Link("a|b]", "https://x.example/?q=[1]|2"),))) == "[a\\|b\\]|https://x.example/?q=%5B1%5D%7C2]"
    )
    assert text(Paragraph((Link("a", "file:///etc/passwd"),))) == "a"
    assert text(paragraph("h1", ". a")) == "h1&#46; a"


@given(st.one_of(st.text(), st.sampled_from(NASTY), st.text("*_-#|[]{}()!<>&\\~h1bq.:/ \n")))
def test_every_sign_is_escaped_and_none_is_lost(words: str) -> None:
    result = text(paragraph(words))
    assert not re.search(r"[-#*_+?^~|%{}\[\]()!@\\]", ESCAPED.sub("", result).replace("&#", ""))
    assert not re.search(r"(?m)^\s*(h[1-6]|bq)\.", result)
    assert not re.search(r"(?i)://|mailto:|:[DP]", result)
    assert "".join(html.unescape(ESCAPED.sub(r"\1", result)).split()) == "".join(clean(words).split())
