"""The text of a post: within both limits, whole graphemes, links where they are."""

from __future__ import annotations

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.bluesky.wording import cut, write_post
from vocbot.sdk.document import Bullets, Document, Heading, Link, Quote, Text, bullets, paragraph
from vocbot.sdk.testing.documents import long_document, nasty_document

GRAPHEMES, BYTES = 300, 3_000  # of the lexicon
URL = "https://voc.example/i/42"
FAMILY = "👩‍👩‍👧‍👦"
SHORT = ["a", " ", "\n", "中", "，", "é", "e\u0301", "🇨🇳", "🇩", "👍🏽", "न्", "ह", "각", "\u200d", "—"]
PIECES = st.sampled_from([*SHORT, FAMILY, "\u0301" * 40, "x" * 30])
TEXTS = st.lists(PIECES, max_size=700).map("".join) | st.text(max_size=400)


def clusters(text: str) -> list[str]:
    found: list[str] = regex.findall(r"\X", text)
    return found


@given(TEXTS)
@example("中" * 301)
@example(FAMILY * 301)
@example("🇨🇳" * 301)
@example("🇨🇳" * 299 + "🇩")
@example("e" + "\u0301" * 2_000)
@example("é" * 300)
@example("a" * 300)
def test_a_cut_keeps_both_limits_and_whole_graphemes(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    found = cut(text)
    assert len(found.encode()) <= BYTES and len(clusters(found)) <= GRAPHEMES
    if len(text.encode()) <= BYTES and len(clusters(text)) <= GRAPHEMES:
        assert found == text
        return
    assert found.endswith("…")
    whole, kept = clusters(text), found[:-1]
    assert any("".join(whole[:n]).rstrip() == kept for n in range(len(whole) + 1)), "a grapheme was torn"


@pytest.mark.parametrize(
    ("text", "size"),
    [("中" * 500, 299), ("🇨🇳" * 400, 299), ("é" * 900, 299), (FAMILY * 200, 119)],  # a family has 25 bytes
)
def test_no_more_is_cut_than_has_to_be(text: str, size: int) -> None:
    assert len(clusters(cut(text))) == size + 1


def test_every_byte_is_used() -> None:
    family, rest = FAMILY * 119, "x" * 22  # 2,975 and 22 bytes: with "…" just as many as may be
    assert len(cut(family + rest + "wxyz")[:-1].encode()) == 2_997
    assert cut(family + "x" * 25) == family + "x" * 25
    assert cut(family + "x" * 26) == family + rest + "…"


def test_links_are_marked_by_their_bytes() -> None:
    document = Document("zh", "修好了", (paragraph("优惠券🇨🇳修好了。", Link("看这里", URL), "谢谢"), bullets(["五"])))
    text, facets = write_post(document)
    (facet,) = facets
    index = facet["index"]
    assert text.encode()[index["byteStart"] : index["byteEnd"]].decode() == URL
    assert facet["features"] == [{"$type": "app.bsky.richtext.facet#link", "uri": URL}]
    assert "看这里" in text


def test_links_in_lists_and_alike_are_told_apart() -> None:
    items = ((Link("one", "https://a.example/x"),), (Link("two", "https://a.example/x.html"),), (Text("none"),))
    text, facets = write_post(Document("en", "t", (Bullets(items),)))
    spans = [text.encode()[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in facets]
    assert spans == [f["features"][0]["uri"] for f in facets] == ["https://a.example/x", "https://a.example/x.html"]


def test_words_of_customers_become_no_links() -> None:
    evil = "see https://evil.example/x and @kim.example #acme"
    document = Document("en", "t", (Quote(evil), paragraph(Text(evil), Link("x", "javascript:alert(1)"))))
    text, facets = write_post(document)
    assert evil in text and facets == []
    longer = Document("en", "t", (Quote(URL + "/evil"), paragraph(Link("us", URL), Link("mail", "mailto:a@b.example"))))
    text, facets = write_post(longer)
    assert len(facets) == 1 and text.encode()[facets[0]["index"]["byteStart"] - 1 :].startswith(b"(")


@pytest.mark.parametrize("before", range(260, 300, 3))
def test_a_link_is_kept_whole_or_left_out(before: int) -> None:
    text, facets = write_post(Document("en", "t", (paragraph("w" * before, " ", Link(URL, URL), " and more " * 9),)))
    assert len(clusters(text)) <= GRAPHEMES and text.endswith("…")
    assert len(facets) == text.count(URL) and "https://voc.ex" not in text.replace(URL, "")
    assert bool(facets) == (before + 1 + len(URL) < GRAPHEMES)


def test_without_text_the_title_is_sent() -> None:
    assert write_post(Document("en", "Fixed\nin 5.4", ())) == ("Fixed in 5.4", [])
    assert write_post(Document("en", " ", ())) == ("", [])
    assert write_post(Document("zh", "t", (Heading("修好了", 2),)))[0] == "【修好了】"


@given(st.lists(st.tuples(TEXTS, st.booleans()), max_size=6))
def test_facets_lie_where_their_links_stand(parts: list[tuple[str, bool]]) -> None:
    runs = [Link(text, f"{URL}/{n}") if link else Text(text) for n, (text, link) in enumerate(parts)]
    text, facets = write_post(Document("zh", "t", (paragraph(*runs),)))
    assert len(text.encode()) <= BYTES and len(clusters(text)) <= GRAPHEMES
    for facet in facets:
        span = text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]]
        assert span.decode() == facet["features"][0]["uri"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_odd_and_long_documents(language: str) -> None:
    for document in (nasty_document(language), long_document(language)):
        text, _ = write_post(document)
        assert text and len(text.encode()) <= BYTES and len(clusters(text)) <= GRAPHEMES
