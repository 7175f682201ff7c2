"""Posts as the three kinds of feeds write them: as plain text in one, as HTML in the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Post:
    """What somebody posted."""

    id: str
    by: str
    text: str
    title: str
    time: datetime | None
    updated: datetime | None = None


def rss2(site: str, name: str, posts: Sequence[Post]) -> bytes:
    """RSS 2.0 as simple forums write it: plain text, names in Dublin Core, guids that are no addresses."""
    items = (
        f"""<item>{_element("title", post.title)}<link>/{name}/{_number(post)}</link>
        <guid isPermaLink="false">{_number(post)}</guid>{_element("dc:creator", post.by)}
        {_element("pubDate", format_datetime(post.time) if post.time else "")}
        {_element("atom:updated", _stamp(post.updated))}
        <category>{name}</category><description>{_xml(post.text)}</description></item>"""
        for post in posts
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
    <channel><title>The {name}</title><link>{site}/</link>{"".join(items)}</channel></rss>""".encode()


def atom(site: str, name: str, posts: Sequence[Post]) -> bytes:
    """Atom: permanent names, a person with an address, an updated time always."""
    entries = (
        f"""<entry><id>{_xml(post.id)}</id><title>{_xml(post.title)}</title><link href="{_number(post)}"/>
        <author><name>{_xml(post.by)}</name><uri>{site}/people/{_xml(post.by)}</uri></author>
        {_element("published", _stamp(post.time))}{_element("updated", _stamp(post.updated or post.time))}
        <content type="html">{_xml(_html(post.text))}</content></entry>"""
        for post in posts
    )
    return f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="{site}/{name}/">
    <title>The {name}</title><id>{site}/{name}/</id>{"".join(entries)}</feed>""".encode()


def rss1(site: str, name: str, posts: Sequence[Post]) -> bytes:
    """RSS 1.0: items beside the channel, one time, the whole text beside a summary."""
    items = (
        f"""<item rdf:about="{_xml(post.id)}">{_element("title", post.title)}<link>{_xml(post.id)}</link>
        {_element("dc:creator", post.by)}{_element("dc:date", _stamp(post.time))}
        <description>{_xml(post.text[:20])}</description>
        <content:encoded>{_xml(_html(post.text))}</content:encoded></item>"""
        for post in posts
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
    <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
    <channel rdf:about="{site}/"><title>The {name}</title><link>{site}/</link></channel>
    {"".join(items)}</rdf:RDF>""".encode()


def _number(post: Post) -> str:
    return post.id.rpartition("/")[2]


def _stamp(time: datetime | None) -> str:
    return time.isoformat() if time else ""


def _html(text: str) -> str:
    """A text as a site shows it: escaped; a browser would show what was typed."""
    return escape(text, quote=False)


def _element(name: str, text: str) -> str:
    return f"<{name}>{_xml(text)}</{name}>" if text else ""


def _xml(text: str) -> str:
    """Escaped, without what XML cannot hold."""
    return escape(_ILLEGAL.sub("", text))
