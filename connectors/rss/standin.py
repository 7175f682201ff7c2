"""A site with feeds on loopback: RSS 2.0, RSS 1.0 and Atom that show their newest posts, with ETags, behind a token."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from connectors.rss.standin_markup import Post, atom, rss1, rss2
from vocbot.sdk.clock import Clock
from vocbot.sdk.testing.standin import Answer, Call, Refuse, Standin, route
from vocbot.sdk.wire import Request


@dataclass
class Board:
    """One feed: how it is written, and how many of its posts it shows."""

    write: Callable[[str, str, Sequence[Post]], bytes]
    content_type: str
    window: int = 100
    posts: list[Post] = field(default_factory=list)
    moved: tuple[int, str] | None = None  # HTTP status and new address


class RssStandin(Standin):
    """Three feeds of one site. `guarded` is whether they want the token; `tagged` whether they know ETags."""

    id = "rss"

    def __init__(self, log_path: Path, clock: Clock) -> None:
        super().__init__(log_path, clock)
        self.guarded = True
        self.tagged = True
        self.boards: Mapping[str, Board] = {
            "forum": Board(rss2, "application/rss+xml; charset=utf-8"),
            "blog": Board(atom, "application/atom+xml"),
            "news": Board(rss1, "text/xml"),
        }
        self._token = secrets.token_hex(16)
        self._numbers = itertools.count(1)

    def settings(self) -> dict[str, Any]:
        return self.settings_of("forum")

    def settings_of(self, *names: str) -> dict[str, Any]:
        """The settings that read these feeds."""
        return {
            "urls": [self.address(name) for name in names],
            "headers": {"Authorization": f"Bearer {self._token}"},
            "poll_from": (self.clock.now() - timedelta(days=365)).isoformat(),
        }

    def address(self, name: str) -> str:
        return f"{self.url}/{name}/feed.xml"

    def samples(self, hook: str) -> Sequence[Request]:
        """Nothing is pushed."""
        return ()

    def authorised(self, call: Call) -> bool:
        return not self.guarded or call.headers.get("authorization") == f"Bearer {self._token}"

    def unauthorised(self) -> Answer:
        return Answer(401, b"<html><body>Please log in</body></html>", {"WWW-Authenticate": "Bearer"})

    # -- what people do

    def speak(self, text: str, by: str) -> None:
        self.post(text, by)

    def post(
        self,
        text: str,
        by: str,
        board: str = "forum",
        title: str = "",
        time: datetime | None = None,
        dated: bool = True,
    ) -> Post:
        """Somebody posts. `dated` is whether the feed tells when."""
        with self.lock:
            number = next(self._numbers)
            made = Post(f"{self.url}/{board}/{number}", by, text, title, (time or self.clock.now()) if dated else None)
            self.boards[board].posts.append(made)
            return made

    def edit(self, post: Post, text: str, stamped: bool = True) -> Post:
        """Somebody changes a post; `stamped` is whether the feed tells that it was changed."""
        with self.lock:
            changed = replace(post, text=text, updated=self.clock.now() if stamped else post.updated)
            for board in self.boards.values():
                board.posts = [changed if known.id == post.id else known for known in board.posts]
            return changed

    # -- what the site answers

    @route("GET", "/{board}/feed.xml")
    def _feed(self, call: Call) -> Answer:
        board = self.boards.get(call.params["board"])
        if board is None:
            raise Refuse(404, b"<html><body>Nothing here</body></html>")
        if board.moved is not None:
            status, place = board.moved
            return Answer(status, b"", {"Location": place})
        body = board.write(self.url, call.params["board"], board.posts[::-1][: board.window])
        headers = {"Content-Type": board.content_type}
        if self.tagged:
            headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
            times = [time for post in board.posts if (time := post.updated or post.time)]
            if times:
                headers["Last-Modified"] = format_datetime(max(times), usegmt=True)
            if call.headers.get("if-none-match") == headers["ETag"]:
                return Answer(304, b"", {"ETag": headers["ETag"]})
        return Answer(200, body, headers)
