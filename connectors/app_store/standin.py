"""Apple's review feeds on loopback: fifty to a page, ten pages, and the shapes that were seen in real answers."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from vocbot.sdk.clock import Clock
from vocbot.sdk.testing.standin import Answer, Call, Refuse, Standin, route
from vocbot.sdk.wire import Request

APP = 987654321
PAGES = 10
PACIFIC = timezone(timedelta(hours=-7))  # Apple writes times with the offset of its own zone


@dataclass
class Review:
    """One customer's review; `shown` is when the feed begins to list it."""

    id: int
    country: str
    by: str
    title: str
    text: str
    score: int
    version: str
    updated: datetime
    shown: datetime
    person: int
    extra: dict[str, Any] = field(default_factory=dict)

    def show(self) -> dict[str, Any]:
        """The entry as the feed has it."""
        store = "https://itunes.apple.com"
        return {
            "author": {
                "uri": {"label": f"{store}/{self.country}/reviews/id{self.person}"},
                "name": {"label": self.by},
                "label": "",
            },
            "updated": {"label": self.updated.astimezone(PACIFIC).isoformat(timespec="seconds")},
            "im:rating": {"label": str(self.score)},
            "im:version": {"label": self.version},
            "id": {"label": str(self.id)},
            "title": {"label": self.title},
            "content": {"label": self.text, "attributes": {"type": "text"}},
            "link": {"attributes": {"rel": "related", "href": f"{store}/{self.country}/review?id={APP}"}},
            "im:voteSum": {"label": "0"},
            "im:contentType": {"attributes": {"term": "Application", "label": "Application"}},
            "im:voteCount": {"label": "0"},
            **self.extra,
        }


class AppStoreStandin(Standin):
    """The store with one app. `page_size` is 50 at Apple's; `app_first` puts the app itself before its reviews."""

    id = "app_store"

    def __init__(self, log_path: Path, clock: Clock) -> None:
        super().__init__(log_path, clock)
        self.page_size = 20
        self.app_first = False
        self.countries = ["us"]
        self.reviews: list[Review] = []
        self._numbers = itertools.count(14_000_000_001)
        self._people: dict[str, int] = {}

    def settings(self) -> dict[str, Any]:
        begin = self.clock.now() - timedelta(days=365)
        return {"base_url": self.url, "app_id": APP, "countries": self.countries, "poll_from": begin.isoformat()}

    def samples(self, hook: str) -> Sequence[Request]:
        """Nothing is pushed."""
        return ()

    # -- what customers do

    def speak(self, text: str, by: str) -> None:
        self.review(text, by)

    def review(
        self,
        text: str,
        by: str,
        country: str = "us",
        score: int = 2,
        title: str | None = None,
        version: str = "5.4.0",
        time: datetime | None = None,
        late: timedelta = timedelta(0),
    ) -> Review:
        """A customer reviews the app; `late` is how long Apple takes to show it. Without a title, the text has one."""
        with self.lock:
            written = time or self.clock.now()
            person = self._people.setdefault(by, 400_000_000 + len(self._people))
            named = text[:20] if title is None else title
            made = Review(
                next(self._numbers), country, by, named, text, score, version, written, written + late, person
            )
            self.reviews.append(made)
            return made

    def edit(self, review: Review, text: str, score: int) -> None:
        """The customer changes a review: it keeps its id, gets a new time, and is listed first again."""
        with self.lock:
            review.text, review.score, review.updated = text, score, self.clock.now()

    def withdraw(self, review: Review) -> None:
        """The customer deletes a review."""
        with self.lock:
            self.reviews.remove(review)

    # -- what Apple answers

    @route("GET", "/{country}/rss/customerreviews/page={page}/id={app}/sortby=mostrecent/json")
    def _feed(self, call: Call) -> Answer:
        page = int(call.params["page"]) if call.params["page"].isdecimal() else 0
        if page > PAGES:
            raise Refuse(400, f"CustomerReviews RSS page depth is limited to {PAGES}".encode())
        listed = [
            review
            for review in self.reviews
            if review.country == call.params["country"]
            and call.params["app"] == str(APP)
            and review.shown <= self.clock.now()
        ]
        listed.sort(key=lambda review: (review.updated, review.id), reverse=True)
        shown = [review.show() for review in listed[self.page_size * (page - 1) : self.page_size * page]]
        if shown and page == 1 and self.app_first:
            shown.insert(0, {"im:name": {"label": "Shop"}, "im:artist": {"label": "Acme"}, "id": {"label": str(APP)}})
        # lone surrogates of a text stay escaped
        return Answer(200, json.dumps(feed(shown)).encode(), {"Content-Type": "text/javascript; charset=utf-8"})

    @route("GET", "/lookup")
    def _lookup(self, call: Call) -> Answer:
        known = call.query.get("id") == str(APP) and call.query.get("country") in self.countries
        return Answer(200, {"resultCount": int(known), "results": [{"trackId": APP}] if known else []})


def feed(entries: list[Any]) -> dict[str, Any]:
    """A feed around entries: no list for one of them, nothing at all for none."""
    listed: dict[str, Any] = {"entry": entries if len(entries) > 1 else entries[0]} if entries else {}
    about = {
        "author": {"name": {"label": "iTunes Store"}, "uri": {"label": "http://www.apple.com/itunes/"}},
        "updated": {"label": "2026-11-03T02:00:00-07:00"},
        "rights": {"label": "Copyright 2008 Apple Inc."},
        "title": {"label": "iTunes Store: Customer Reviews"},
    }
    return {"feed": {**about, **listed}}
