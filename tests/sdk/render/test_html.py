from __future__ import annotations

import re

from vocbot.sdk.document import Document, Heading, Link, Quote, Text, paragraph
from vocbot.sdk.render.html import to_html


def test_a_small_complete_page() -> None:
    page = to_html(Document("zh", 'A "title" & <more>\nlines', (Heading("H", 2), paragraph("x", Text("b", bold=True)))))
    assert page.startswith('<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">')
    assert "<title>A &quot;title&quot; &amp; &lt;more&gt; lines</title>" in page
    assert re.search(r'<h2 style="[^"]+">H</h2>\n<p style="[^"]+">x<strong>b</strong></p>', page)
    assert not re.search(r"<(script|img|link|style)|url\(|@import|class=", page)


def test_customers_words_are_text() -> None:
    page = to_html(Document("en", "t", (Quote('<img src=x onerror="y">\n&amp;', "chat"),)))
    assert "&lt;img src=x onerror=&quot;y&quot;&gt;<br>&amp;amp;<div" in page


def test_only_good_addresses_become_links() -> None:
    links = (Link("a", 'https://x.example/?a=1&b="2'), Link("m", "mailto:a@b.example"), Link("j", "javascript:x"))
    page = to_html(Document("en", "t", (paragraph(*links),)))
    assert re.findall(r'href="([^"]+)"', page) == ["https://x.example/?a=1&amp;b=%222", "mailto:a@b.example"]
    assert "javascript" not in page
