"""What the three kinds of feeds say, and what is made of everything that is none."""

from __future__ import annotations

import resource
import socket
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.rss import feed
from connectors.rss.feed import Entry, NoFeed

URL = "https://forum.example/a/feed.xml"
TEN = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)


def rss(*items: str, head: str = "") -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'{head}<rss version="2.0" {SPACES}><channel><title>T</title>{inner}</channel></rss>'


def atom(inner: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry>{inner}</entry></feed>'


def one(text: str) -> Entry:
    (entry,) = feed.read(text, URL)
    return entry


def test_rss_2() -> None:
    entry = one(
        rss(
            """<title>Coupons &amp; more</title><guid isPermaLink="false">77</guid><link>../x?a=1&amp;b=2</link>
            <dc:creator>Sam</dc:creator><pubDate>Tue, 03 Nov 2026 10:00:00 +0100</pubDate>
            <description>short</description><category>one</category><category>two words</category>
            <content:encoded><![CDATA[<p>They <b>do not</b> apply &amp; more</p>]]></content:encoded>"""
        )
    )
    assert entry == Entry(
        id="77",
        title="Coupons & more",
        text="<p>They <b>do not</b> apply &amp; more</p>",
        author="Sam",
        person="Sam",
        link="https://forum.example/x?a=1&b=2",
        published=TEN,
        updated=None,
        tags=("one", "two words"),
    )


def test_atom() -> None:
    entry = one(
        atom(
            """<id>tag:forum.example,2026:1</id><title type="html">&lt;b&gt;x&lt;/b&gt;</title><link href="p/1"/>
            <author><name>Ann</name><uri>https://people.example/ann</uri><email>ann@people.example</email></author>
            <published>2026-11-03T10:00:00+01:00</published><updated>2026-11-03T12:00:00Z</updated>
            <summary>s</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>hi</p></div></content>
            """
        )
    )
    assert (entry.id, entry.title, entry.text) == ("tag:forum.example,2026:1", "<b>x</b>", "<p>hi</p>")
    assert (entry.author, entry.person) == ("Ann", "https://people.example/ann")
    assert entry.link == "https://forum.example/a/p/1"
    assert (entry.published, entry.updated) == (TEN, datetime(2026, 11, 3, 12, 0, tzinfo=UTC))


def test_rss_1() -> None:
    entry = one(
        f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {SPACES}>
        <channel rdf:about="x"><title>T</title></channel><item rdf:about="https://forum.example/3"><title>t</title>
        <link>https://forum.example/3</link><description>d</description><dc:date>2026-11-03T10:00:00+01:00</dc:date>
        <dc:creator>Zoe</dc:creator></item></rdf:RDF>"""
    )
    assert (entry.id, entry.title, entry.text, entry.author) == ("https://forum.example/3", "t", "d", "Zoe")
    assert (entry.published, entry.updated) == (TEN, None)


@pytest.mark.parametrize(
    ("given", "author", "person"),
    [
        ("<author>ann@people.example (Ann B.)</author>", "Ann B.", "ann@people.example (Ann B.)"),
        ("<author>Ann &lt;ann@people.agency&gt;</author>", "Ann", None),
        ("<author>ann@people.example</author>", "", "ann@people.example"),
        ("<author>/u/ann</author>", "/u/ann", "/u/ann"),
        ("<dc:creator><![CDATA[@ann]]></dc:creator>", "@ann", "@ann"),
        ("", "", ""),
    ],
)
def test_authors(given: str, author: str, person: str | None) -> None:
    entry = one(rss(f"<title>x</title>{given}"))
    assert entry.author == author
    assert person is None or entry.person == person


@pytest.mark.parametrize(
    ("item", "published", "updated"),
    [
        ("", None, None),
        ("<pubDate>whenever</pubDate>", None, None),
        ("<pubDate>Tue, 99 Foo 99999 10:00</pubDate>", None, None),
        ("<pubDate>Tue, 03 Nov 2026 09:00:00 GMT</pubDate>", TEN, None),
        ("<dc:date>2026-11-03T09:00:00Z</dc:date>", TEN, None),
        (
            "<pubDate>Tue, 03 Nov 2026 09:00:00 GMT</pubDate><atom:updated>2026-11-03T09:00:00Z</atom:updated>",
            TEN,
            None,
        ),
        (
            "<pubDate>Tue, 03 Nov 2026 09:00:00 GMT</pubDate><atom:updated>2026-11-04T09:00:00Z</atom:updated>",
            TEN,
            datetime(2026, 11, 4, 9, tzinfo=UTC),
        ),
    ],
)
def test_times(item: str, published: datetime | None, updated: datetime | None) -> None:
    entry = one(rss(f"<title>x</title>{item}"))
    assert (entry.published, entry.updated) == (published, updated)


def test_links_and_names() -> None:
    assert one(rss("<title>x</title><guid>https://forum.example/p/2</guid>")).link == "https://forum.example/p/2"
    without = one(rss("<title>x</title>"))
    assert (without.id, without.link) == ("", "")
    assert one(rss("<link>javascript:alert(1)</link><title>x</title>")).link == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("null", "no feed"),
        ('{"version": "https://jsonfeed.org/version/1"}', "JSON document"),
        ("<!DOCTYPE html><html><head><title>Maintenance</title></head></html>", "no feed"),
        ("<html><body><rss version='2.0'></rss></body></html>", "no feed"),
        ("<opml version='2.0'><body/></opml>", "no feed"),
        ("<!--" + "x" * 9000 + "--><rss version='2.0'></rss>", "no feed"),
        (rss("<title>x</title>")[:-7], "cut off"),
        (rss("<title>x</title>", "<title>whole</title>")[:230], "cut off"),
    ],
)
def test_what_is_no_whole_feed(text: str, says: str) -> None:
    with pytest.raises(NoFeed, match=says):
        feed.read(text, URL)


def test_feeds_that_are_not_well_formed_are_read() -> None:
    entry = one(
        "\n<?php warning ?>\n" + rss("<title>Tom & Jerry &nope; &nbsp;x</title><description>a<br>b</description>")
    )
    assert entry.title.startswith("Tom & Jerry")
    assert "a" in entry.text and "b" in entry.text
    assert one(rss("<title>bell \x07 and \x00</title>")).title == "bell  and"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#20248;&#x60e0;", "优惠"),
        ("a&#x;b", "ab"),
        ("a&#0;b", "ab"),
        ("a&#7;b", "ab"),
        ("a&#xD800;b", "ab"),
        ("a&#xFFFF;b", "ab"),
        ("a&#99999999999999999999;b", "ab"),
        ("a&#" + "9" * 5000 + ";b", "ab"),
        ("a&#1114112;b", "ab"),
        ("a&#x1F600;b", "a😀b"),
        ("a&#00065;b", "aAb"),
    ],
)
def test_numbered_characters(written: str, read: str) -> None:
    assert one(rss(f"<title>{written}</title>")).title == read
    assert one(rss(f"<title>{written}</title><description>&</description>")).title == read, "not well-formed besides"


def test_what_the_parser_trips_over_is_no_feed() -> None:
    text = rss('<gml:pos xmlns:gml="http://www.opengis.net/gml">nowhere</gml:pos>')
    with pytest.raises(NoFeed, match=r"cannot be read \(KeyError\)"):
        feed.read(text, URL)


def bombs() -> list[str]:
    lines = "\n".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    return [
        f'<?xml version="1.0"?>\n<!DOCTYPE rss [\n<!ENTITY e0 "{"x" * 1000}">\n{lines}\n]>\n',
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e8 "{"x" * 7000}">]>',
        f'<?xml version="1.0"?>\n<!DOCTYPE rss [\n<!ENTITY e8 "{"x" * 7000}">\n]>\n',
        '<!DOCTYPE rss [\n<!ENTITY e8 SYSTEM "file:///etc/passwd">\n]>\n',
    ]


@pytest.mark.parametrize("head", bombs())
def test_entities_of_a_feed_are_not_expanded(head: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.monotonic()
    entry = one(rss(f"<title>t</title><description>{'&e8;' * 20_000}</description>", head=head))
    assert len(entry.text) <= 20_000 * len("&e8;")
    assert "xx" not in entry.text and "root:" not in entry.text
    assert time.monotonic() - begun < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


def test_a_large_head_is_no_feed() -> None:
    with pytest.raises(NoFeed):
        feed.read(rss("<title>x</title>", head=f'<!DOCTYPE rss [<!ENTITY a "{"x" * 9000}">]>'), URL)


def test_a_deep_nest_is_refused() -> None:
    with pytest.raises(NoFeed, match="more tags"):
        feed.read(rss("<title>" + "<a>" * 200_000 + "</title>"), URL)


def test_neither_files_nor_the_network_are_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("feedparser opened something")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    text = rss("<title>x</title>", head='<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">')
    assert one(text).title == "x"
    assert one(rss("<title>x</title><link>file:///etc/passwd</link>")).link == ""


def test_many_entries() -> None:
    many = rss(*(f"<guid>{n}</guid><title>{n}</title>" for n in range(feed.MOST_ENTRIES + 5)))
    found = feed.read(many, URL)
    assert len(found) == feed.MOST_ENTRIES and found[0].title == "0"


PIECES = [
    "<item>",
    "</item>",
    "<entry>",
    "</entry>",
    "<title>",
    "</title>",
    "<title type='xhtml'>",
    "<div xmlns='http://www.w3.org/1999/xhtml'>",
    "<pubDate>x</pubDate>",
    "<updated>2026-13-45T99:99:99Z</updated>",
    "&#x;",
    "&#xD800;",
    "&",
    "<![CDATA[",
    "]]>",
    "<link href='http://[::1/'/>",
    "<link>http://[bad</link>",
    "<guid>../x</guid>",
    "<author>",
    "</author>",
    "<name>",
    "<category/>",
    "<content type='application/octet-stream'>@@",
    "</content>",
    "<where>",
    "<georss:point>x y</georss:point>",
    "</image>",
    "<textInput>",
    "</textInput>",
    "<a xml:base='http://[bad'>",
    "<source url='http://['>",
    "<!-- ",
    "\x00",
    "优",
    "text",
    "<",
    "</",
]


@given(st.sampled_from(["rss", "atom"]), st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25))
def test_nothing_but_no_feed_is_raised(kind: str, pieces: list[str]) -> None:
    inner = "".join(pieces)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = feed.read(rss(inner) if kind == "rss" else atom(inner), URL)
        except NoFeed:
            return
    for entry in found:
        assert all(isinstance(part, str) for part in (entry.id, entry.title, entry.text, entry.author, entry.link))
        for moment in (entry.published, entry.updated):
            assert moment is None or moment.tzinfo is not None
