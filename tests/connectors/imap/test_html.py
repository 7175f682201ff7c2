"""HTML mail as text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.imap.html import to_text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>Hello&nbsp;&amp; <b>good</b>bye</p><p>you</p>", "Hello & goodbye\nyou"),
        ("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
        ("<div>one<div>two</div>three</div>", "one\ntwo\nthree"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<head><title>t</title><style>p {}</style></head><body>x<script>1<2</script></body>", "x"),
        ("<!-- a comment -->x<!--[if mso]>y<![endif]-->z", "xz"),
        ('<span style="display:none">preview</span>x<div hidden="hidden">y</div>', "x"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("a\n  b\tc", "a b c"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("&#20248;&#x60e0;&unknown; &#9999999;", "优惠&unknown; \ufffd"),
        ('<a href="https://x.example/?a=>b">link</a>', "link"),
        ("<p>unclosed <b>tag <i", "unclosed tag <i"),
        ("<o:p>&nbsp;</o:p><p class=MsoNormal>优惠券<o:p></o:p></p>", "优惠券"),
        ("<!-- never closed <p>x", "<!-- never closed\nx"),
        ("", ""),
    ],
)
def test_pages_as_lines(page: str, text: str) -> None:
    assert to_text(page, without_quotes=True) == text


@pytest.mark.parametrize(
    "quoted",
    [
        "<blockquote>old</blockquote>",
        '<blockquote type="cite"><blockquote>older</blockquote>old</blockquote>',
        '<div class="gmail_quote"><div class="gmail_attr">On Tue, Acme wrote:</div><div>old</div></div>',
        "<div class='x gmail_quote gmail_quote_container'>old<div>old</div>old</div>",
        '<div class="yahoo_quoted">old</div>',
        '<div id="isReplyContent">old</div>',
        '<div id="divRplyFwdMsg">From: Acme</div><div>old</div>',
        '<div id="appendonsend"></div><hr><div>old</div>',
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">From: Acme</div><p>old</p>',
        '<div style="border:none;border-top:solid #B5C4DF 1.0pt">发件人: Acme</div><p>old</p>',
        '<div id="ntes-mailmaster-quote">old</div>',
    ],
)
def test_marks_of_quoted_mail(quoted: str) -> None:
    page = f"<html><body><div>new</div>{quoted}</body></html>"
    assert to_text(page, without_quotes=True) == "new"
    assert "old" in to_text(page, without_quotes=False)


def test_words_below_a_quotation_stay() -> None:
    assert to_text("<blockquote>old</blockquote><p>below</p>", without_quotes=True) == "below"


@given(st.text(alphabet="<>/!-abdiv&;#x1\"'= \n", max_size=300), st.booleans())
def test_nothing_fails(page: str, without_quotes: bool) -> None:
    assert isinstance(to_text(page, without_quotes), str)


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        "<!--",
        "<!a",
        "</",
        "<a a='",
        '<a b="' + "x" * 1400,
        "<div>",
        "&amp",
        "x<b>",
        "<pre>",
        "&#9",
        "<script>",
    ],
)
def test_time_grows_with_length_alone(piece: str) -> None:
    begun = time.process_time()
    to_text(piece * (400_000 // len(piece)), without_quotes=True)
    assert time.process_time() - begun < 3.0
