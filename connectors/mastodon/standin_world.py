"""What there is on the stand-in's server: people, posts, and how the server shows and measures them.

The measuring is written a second time, after the server's rules, so that ours is tested against something else.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import regex

DOMAIN = "social.example"  # what stands behind local names; the address of the server is another one, as it may be
LIMIT = 500
PER_URL = 23

_UNKNOWN_ENDINGS = "example|test|invalid|localhost|local|internal|lan"
_BEFORE = r"(?<![A-Za-z0-9@＠$#＃\u202a-\u202e])"
_HOST = rf"(?:[\w-]+\.)+(?!(?:{_UNKNOWN_ENDINGS})\b)[a-z]{{2,}}(?![0-9a-z@+-])(?::\d+)?"
_PATH = r"(?:/(?:[^\s<>()?]*[^\s()?!*\"'「」<>;:=,.$%\[\]~&|@])?)?"
_QUERY = r"(?:\?[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@^\u00a0-\uffef]*[a-z0-9_&=#/\-\u00a0-\uffef])?"
URL = regex.compile(f"{_BEFORE}https?://{_HOST}{_PATH}{_QUERY}", regex.IGNORECASE)
MENTION = regex.compile(
    r"(?<![=/\p{L}\p{M}\p{Nd}\p{Pc}])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(@\w+(?:[.-]+\w+)*)?(?![@＠\u00c0-\u024f]|://)",
    regex.IGNORECASE,
)
HASHTAG = regex.compile(r"(?<![/)\w&])#(\w*[^\W\d_]\w*)")
_ENTITY = regex.compile(f"(?P<url>{URL.pattern})|(?P<name>{MENTION.pattern})", regex.IGNORECASE)


@dataclass
class Person:
    """An account; `acct` has a domain where it is on another server."""

    id: str
    acct: str
    name: str
    created: datetime
    bot: bool = False

    def show(self, url: str) -> dict[str, Any]:
        page = f"{url}/@{self.acct}"
        image = f"{url}/avatars/original/missing.png"
        return {
            "id": self.id,
            "username": self.acct.partition("@")[0],
            "acct": self.acct,
            "display_name": self.name,
            "locked": False,
            "bot": self.bot,
            "discoverable": None,
            "indexable": False,
            "group": False,
            "created_at": stamp(self.created),
            "note": "",
            "url": page,
            "uri": f"{url}/users/{self.acct}",
            "avatar": image,
            "avatar_static": image,
            "header": image,
            "header_static": image,
            "followers_count": 3,
            "following_count": 5,
            "statuses_count": 8,
            "last_status_at": None,
            "emojis": [],
            "fields": [],
        }


@dataclass
class Post:
    """A post as its author wrote it."""

    id: str
    by: Person
    text: str
    created: datetime
    visibility: str = "public"
    spoiler: str = ""
    language: str | None = None
    answers: Post | None = None
    boosts: Post | None = None
    edited: datetime | None = None
    mentions: Sequence[Person] = ()
    content: str | None = None  # HTML of another server
    likes: int = 0

    @property
    def tags(self) -> list[str]:
        return sorted({name.lower() for name in HASHTAG.findall(self.text)})

    def show(self, url: str, ours: bool = False) -> dict[str, Any]:
        by_self = self.answers is not None and self.answers.by is self.by and self.answers.answers is not None
        thread = self.answers.answers if by_self and self.answers else self.answers
        return {
            "id": self.id,
            "created_at": stamp(self.created),
            "edited_at": stamp(self.edited) if self.edited else None,
            "in_reply_to_id": self.answers.id if self.answers else None,
            "in_reply_to_account_id": thread.by.id if thread else None,
            "sensitive": bool(self.spoiler),
            "spoiler_text": self.spoiler,
            "visibility": self.visibility,
            "language": self.language,
            "uri": f"{url}/users/{self.by.acct}/statuses/{self.id}",
            "url": f"{url}/@{self.by.acct}/{self.id}",
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": self.likes,
            "quotes_count": 0,
            "content": self.content if self.content is not None else to_html(self.text, url),
            "reblog": self.boosts.show(url) if self.boosts else None,
            "account": self.by.show(url),
            "application": {"name": "vocbot", "website": None} if ours else None,
            "media_attachments": [],
            "mentions": [
                {
                    "id": person.id,
                    "username": person.acct.partition("@")[0],
                    "acct": person.acct,
                    "url": f"{url}/@{person.acct}",
                }
                for person in self.mentions
            ],
            "tags": [{"name": tag, "url": f"{url}/tags/{tag}"} for tag in self.tags],
            "emojis": [],
            "card": None,
            "poll": None,
        }


def stamp(time: datetime) -> str:
    """A time as the server writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def measure(text: str) -> int:
    """How many characters the server counts."""

    def shown(found: regex.Match[str]) -> str:
        return "x" * PER_URL if found["url"] else found["name"].rpartition("@")[0] or found["name"]

    return len(regex.findall(r"\X", _ENTITY.sub(shown, text)))


def to_html(text: str, url: str) -> str:
    """Paragraphs, line breaks, links, names and hashtags as the server marks them up."""
    parts = [part.replace("\n", "<br />") for part in regex.split(r"\n{2,}", _linked(text.strip(), url)) if part]
    return "".join(f"<p>{part}</p>" for part in parts)


def _linked(text: str, url: str) -> str:
    out, place = [], 0
    for found in regex.finditer(f"{_ENTITY.pattern}|(?P<tag>{HASHTAG.pattern})", text, regex.IGNORECASE):
        out.append(html.escape(text[place : found.start()], quote=False))
        if found["url"]:
            out.append(_link(found["url"]))
        elif found["name"]:
            acct = found["name"][1:]
            out.append(
                f'<span class="h-card" translate="no"><a href="{url}/@{acct}" class="u-url mention">'
                f"@<span>{acct.partition('@')[0]}</span></a></span>"
            )
        else:
            tag = found["tag"][1:]
            place_of = f"{url}/tags/{tag.lower()}"
            out.append(f'<a href="{place_of}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>')
        place = found.end()
    return "".join(out) + html.escape(text[place:], quote=False)


def _link(address: str) -> str:
    scheme, _, rest = address.partition("://")
    shown, hidden = rest[:30], rest[30:]
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{html.escape(address)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}://</span><span class="{kind}">{html.escape(shown, quote=False)}</span>'
        f'<span class="invisible">{html.escape(hidden, quote=False)}</span></a>'
    )


def instance(url: str) -> Mapping[str, Any]:
    """What the server says of itself."""
    return {
        "domain": DOMAIN,
        "title": "A server",
        "version": "4.5.0",
        "source_url": "https://code.example/mastodon",
        "description": "A server on loopback",
        "usage": {"users": {"active_month": 3}},
        "thumbnail": {"url": f"{url}/thumbnail.png"},
        "icon": [],
        "languages": ["en", "zh"],
        "configuration": {
            "urls": {"streaming": None, "about": None, "privacy_policy": None, "terms_of_service": None},
            "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
            "statuses": {"max_characters": LIMIT, "max_media_attachments": 4, "characters_reserved_per_url": PER_URL},
            "media_attachments": {
                "supported_mime_types": ["image/png"],
                "image_size_limit": 1,
                "image_matrix_limit": 1,
                "video_size_limit": 1,
                "video_frame_rate_limit": 1,
                "video_matrix_limit": 1,
            },
            "polls": {"max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 9},
            "translation": {"enabled": False},
            "timelines_access": {
                "live_feeds": {"local": "public", "remote": "public"},
                "hashtag_feeds": {"local": "public", "remote": "public"},
            },
        },
        "registrations": {"enabled": False, "approval_required": False, "message": None, "url": None},
        "api_versions": {"mastodon": 7},
        "contact": {"email": "admin@social.example", "account": None},
        "rules": [],
    }
