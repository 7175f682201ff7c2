"""The HTML of posts as text: what Mastodon writes, what others write, and what nobody should."""

from __future__ import annotations

import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mastodon.prose import LONGEST, to_text
from connectors.mastodon.standin_world import MENTION as NAMED
from connectors.mastodon.standin_world import to_html

MENTION = (
    '<span class="h-card" translate="no"><a href="https://m.example/@acme" class="u-url mention">'
    "@<span>acme</span></a></span>"
)
LINK = (
    '<a href="https://shop.example/a/very/long/path?x=1&amp;y=2" rel="nofollow noopener" translate="no">'
    '<span class="invisible">https://</span><span class="ellipsis">shop.example/a/very/lo</span>'
    '<span class="invisible">ng/path?x=1&amp;y=2</span></a>'
)
TAG = '<a href="https://m.example/tags/acme" class="mention hashtag" rel="tag">#<span>Acme</span></a>'


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one<br />two<br>three<br/>four</p>", "one\ntwo\nthree\nfour"),
        (f"<p>{MENTION} it crashes</p>", "@acme it crashes"),
        (f"<p>see {LINK}.</p>", "see https://shop.example/a/very/long/path?x=1&y=2."),
        (f"<p>so {TAG}!</p>", "so #Acme!"),
        ('<p><a href="https://shop.example/x">here</a></p>', "here (https://shop.example/x)"),
        ('<p><a href="https://shop.example/">shop.example</a></p>', "shop.example"),
        ('<p><a href="https://www.Shop.example/x">shop.example/x</a></p>', "shop.example/x"),
        ('<p><a href="https://shop.example/x"></a></p>', "https://shop.example/x"),
        ('<p><a href="javascript:alert(1)">click</a></p>', "click"),
        ("<p><a href=https://shop.example/x>click</a></p>", "click (https://shop.example/x)"),
        ('<p><a href="https://m.example/@x">@x</a></p>', "@x"),
        ('<p>@<a href="https://f.example/profile/x" class="u-url mention">x</a></p>', "@x"),
        ("<p>:blobcat: &amp; &lt;b&gt; &#39;q&#39; &nbsp;x</p>", ":blobcat: & <b> 'q' \xa0x"),
        ('<p>hi <img src="https://x.example/e.png" alt=":wave:"> you</p>', "hi :wave: you"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<p>do</p><ol><li>one</li><li>two</li></ol><p>done</p>", "do\n\n1. one\n2. two\n\ndone"),
        ("<blockquote><p>they said</p></blockquote>yes", "they said\n\nyes"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<p>a\n   b</p>\n<p>c</p>", "a b\n\nc"),
        ("<p>x</p><script>alert('<p>')</script><p>y</p>", "x\n\ny"),
        ('<p class="quote-inline">RE: <a href="https://x.example">x</a></p><p>no</p>', "no"),
        ('<p class="quote-inline">RE: x<p>never closed before</p>', "never closed before"),
        ("no tags at all", "no tags at all"),
        ("1 < 2 and <3 and a<b", "1 < 2 and <3 and a<b"),
        ("<p>open <b>bold", "open bold"),
        ("</p></ul></ol></a></pre>end", "end"),
        ("<li>loose</li>", "- loose"),
        ("<!-- no --><!DOCTYPE x><![CDATA[y]]>text", "text"),
        ("<P CLASS=x>caps<BR>too</P>", "caps\ntoo"),
        ('<p title="a > b">sign</p>', "sign"),
        ("", ""),
        ("你好<br>世界<p>。</p>", "你好\n世界\n\n。"),
    ],
)
def test_html_as_text(content: str, text: str) -> None:
    assert to_text(content) == text


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30).map(lambda t: " ".join(t.split()))


@given(st.lists(st.lists(WORDS, max_size=3), max_size=4))
def test_no_word_of_plain_text_is_lost(paragraphs: list[list[str]]) -> None:
    content = "".join("<p>" + "<br />".join(html.escape(line) for line in lines) + "</p>" for lines in paragraphs)
    assert to_text(content).split() == [word for lines in paragraphs for line in lines for word in line.split()]


@given(st.text(max_size=60))
def test_what_the_stand_in_marks_up_reads_as_it_was_written(text: str) -> None:
    written = " ".join(text.encode("utf-8", "ignore").decode().split())
    assert to_text(to_html(written, "https://m.example")).split() == _shortened(written).split()


def _shortened(text: str) -> str:
    """A mention of somebody elsewhere is shown without their server."""
    return NAMED.sub(lambda found: "@" + found[1], text)


@given(st.text(st.sampled_from("<>\"'=/ apbrul!-&;#[]\n"), max_size=80))
def test_nothing_makes_it_stumble(content: str) -> None:
    text = to_text(content)
    assert text == text.strip() and "\n\n\n" not in text


@pytest.mark.parametrize(
    "content",
    ['<a "', "<!--", "<p a", "<", "<p a='", "<![CDATA[", '<p =" ', "<p>", "<br>x", "<a href=x>", "&", "\n "],
)
def test_purpose_made_input_takes_no_time(content: str) -> None:
    begun = time.monotonic()
    to_text(content * (LONGEST // len(content) + 1) + "end")
    assert time.monotonic() - begun < 3.0
