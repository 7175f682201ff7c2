"""Texts and Documents that break careless renderers and connectors: markup of every kind, odd characters, too much.

Used by the tests of the renderers and by the contract suite, so that a connector meets them before a customer does.
"""

from __future__ import annotations

from vocbot.sdk.document import (
    Bullets,
    Button,
    Buttons,
    Divider,
    Document,
    Figures,
    Heading,
    Link,
    Paragraph,
    Quote,
    Table,
    Text,
)

NASTY = (
    "h1. *bold* _it_ -del- +ins+ ??cite?? {code}x{code} {quote}q{quote} [link|http://a.example] !img.png! ~sub~ ^sup^",
    "# head\n## head\n- item\n* item\n+ item\n1. item\n> quote\n---\n===\n    code\n\tcode\n```\nfence\n```",
    "|a|b|\n|---|---|\n|1|2|\n||head||\n|cell|\n----\n* li\n# li\nbq. q\n{noformat}",
    "<script>alert(1)</script><b onclick='x'>b</b> &amp; &#60; &lt;i&gt; <!-- x --> ]]> </body>",
    "<!channel> <!here> <@U012AB3CD> <#C1|general> <https://evil.example|click> @channel @here @everyone",
    "[~accountid:5b10] [~admin] @octocat #12 !34 GH-1 [x](javascript:alert(1)) ![p](http://a.example/p.png) <http://a.example>",
    "javascript:alert(1) http://evil.example/?q=1 www.evil.example mailto:a@b.example :smile: :) (!) (y) :D",
    "nul\x00 bell\x07 esc\x1b[31m del\x7f c1\x85 sep\u2028line\u2029par \ufeffbom \ufffe lone\ud800",
    "\u202eright to left override\u202c \u2066isolate مرحبا שלום",
    "👩‍👩‍👧‍👦 👍🏽 🇨🇳 é e\u0301 ﷽ 𝒳 你好，世界。（测试）“引号” ￥",
    "\\ \\\\ \\n %s {0} ${x} $x$ `tick` ~~strike~~ __init__ 2*3*4 snake_case_name a_b",
    " leading and trailing \n\n\n blank lines \n ",
)


def nasty_document(language: str = "en") -> Document:
    """Every nasty text in every place of a Document."""
    whole = "\n".join(NASTY)
    return Document(
        language,
        NASTY[0],
        (
            *(Heading(text, level) for level, text in enumerate(NASTY[:3], 1)),
            *(Paragraph((Text(text), Text(text, bold=True), Text(text, italic=True))) for text in NASTY),
            Paragraph((Link(NASTY[4], "https://voc.example/i/42"), Link("no link", "javascript:alert(1)"))),
            Bullets(tuple((Text(text),) for text in NASTY)),
            Bullets(tuple((Text(text, bold=True),) for text in NASTY), ordered=True),
            Quote(whole, NASTY[5]),
            Table(("a", NASTY[2]), tuple((text, "") for text in NASTY)),
            Figures(tuple((text, text) for text in NASTY)),
            Divider(),
            Buttons((Button("yes <b>", "approve", "token-1", primary=True), Button("no", "reject", "token-1"))),
        ),
    )


def long_document(language: str = "en", characters: int = 100_000) -> Document:
    """A Document of about so many characters, in the blocks that grow in practice; its buttons come last."""
    share = characters // 4
    row = ("字" * 20, "x" * 20)
    return Document(
        language,
        "long " * 100,
        (
            Heading("long", 1),
            Quote("口" * share, "source"),
            Paragraph((Text("word " * (share // 5)),)),
            Bullets(tuple((Text("item " * 20),) for _ in range(share // 100))),
            Table(("left", "right"), (row,) * (share // 40)),
            Buttons((Button("yes", "approve", "token-1", primary=True), Button("no", "reject", "token-1"))),
        ),
    )
