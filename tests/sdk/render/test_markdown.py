from __future__ import annotations

import pytest

from vocbot.sdk.document import (
    Bullets,
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
from vocbot.sdk.render.markdown import to_markdown


def text(*blocks: object) -> str:
    return to_markdown(Document("en", "t", blocks))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("*a* _b_ `c` ~~d~~", "\\*a\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~"),
        ("[a](b) ![i](j) <b> &amp;", "\\[a\\]\\(b\\) \\!\\[i\\]\\(j\\) \\<b\\> \\&amp;"),
        ("# a", "\\# a"),
        ("  - a", "\\- a"),
        ("+ a\n1. b\n23) c", "\\+ a\\\n1\\. b\\\n23\\) c"),
        ("a\n---\n===", "a\\\n\\---\\\n\\==="),
        ("    code", "code"),
        ("a|b", "a\\|b"),
        ("@octocat and a@b", "@\u200boctocat and a@\u200bb"),
        ("see #12, !3, 50% off", "see #\u200b12, \\!\u200b3, 50% off"),
        ("http://a.example www.b.example", "http\\://a.example www\\.b.example"),
        ("back\\slash", "back\\\\slash"),
        ("$x$", "\\$x\\$"),
        ("\n\n", ""),
    ],
)
def test_what_a_customer_writes_stays_text(words: str, result: str) -> None:
    assert text(paragraph(words)) == result


def test_blocks() -> None:
    assert text(Heading("A\nb", 3)) == "### A b"
    assert text(bullets(["a", "- b\nc"])) == "- a\n- \\- b c"
    assert text(bullets(["a", "b"], ordered=True)) == "1. a\n2. b"
    assert text(Quote("one\n\n# two", "chat, 3 Nov")) == "> one\\\n> \\# two\\\n> — chat, 3 Nov"
    assert text(Table(("a", "b|c"), (("1", ""),))) == "| a | b\\|c |\n|---|---|\n| 1 |  |"
    assert text(Figures((("a", "1"), ("", "2")))) == "- **a**: 1\n- \\: 2"


def test_marks_hold_inside_chinese_and_beside_each_other() -> None:
    assert text(paragraph("说", Text("“词”", bold=True), "吧")) == "说**\u200b“词”\u200b**吧"
    assert text(paragraph(Text("a", bold=True), Text("b", italic=True))) == "**a**\u200b*b*"
    assert text(paragraph("x", Text(" a ", bold=True), "y")) == "x **a** y"
    assert text(paragraph(Text("a\nb", bold=True, italic=True))) == "***a***\\\n***b***"


def test_links() -> None:
    good = Link("see [it]", "https://x.example/a b)")
    assert text(Paragraph((Text("wow!"), good))) == "wow\\![see \\[it\\]](<https://x.example/a%20b%29>)"
    assert text(Paragraph((Link("x", "javascript:alert(1)"),))) == "x"
    assert text(Bullets(((Link("", "https://x.example"),),))) == "- "


def test_nothing_hides_in_the_seam_between_runs() -> None:
    assert text(paragraph("1", ". a")) == "1\\. a"
    assert text(paragraph("@", "octocat")) == "@\u200boctocat"
