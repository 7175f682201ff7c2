"""The stand-in answers in the shapes that Apple's feeds were seen with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx

from connectors.app_store.standin import APP, AppStoreStandin
from vocbot.sdk.testing.clock import HandClock


def get(store: AppStoreStandin, page: int, country: str = "us", app: int = APP) -> httpx.Response:
    return httpx.get(f"{store.url}/{country}/rss/customerreviews/page={page}/id={app}/sortby=mostrecent/json")


def entry(store: AppStoreStandin, page: int = 1, **more: Any) -> Any:
    return get(store, page, **more).json()["feed"].get("entry")


def test_shapes(store: AppStoreStandin, clock: HandClock) -> None:
    assert entry(store) is None
    review = store.review("It crashes", "sam", score=1, title="Bad", version="5.4.1")
    shown = entry(store)
    assert isinstance(shown, dict), "one alone is no list"
    assert shown["author"]["uri"]["label"].startswith("https://itunes.apple.com/us/reviews/id")
    assert {k: shown[k]["label"] for k in ("im:rating", "im:version", "id", "title", "content")} == {
        "im:rating": "1",
        "im:version": "5.4.1",
        "id": str(review.id),
        "title": "Bad",
        "content": "It crashes",
    }
    assert shown["updated"]["label"].endswith("-07:00")
    assert datetime.fromisoformat(shown["updated"]["label"]) == clock.now()
    assert entry(store, country="cn") is None
    assert entry(store, app=1) is None


def test_order_pages_and_the_end(store: AppStoreStandin, clock: HandClock) -> None:
    store.page_size = 2
    made = [store.review(f"r{n}", "sam", time=clock.now() - timedelta(hours=n)) for n in range(3)]
    assert [e["content"]["label"] for e in entry(store)] == ["r0", "r1"]
    store.edit(made[2], "r2 again", 5)
    assert next(e["content"]["label"] for e in entry(store)) == "r2 again"
    store.withdraw(made[0])
    assert [e["content"]["label"] for e in entry(store)] == ["r2 again", "r1"]
    assert entry(store, 2) is None
    assert (get(store, 11).status_code, get(store, 11).text) == (400, "CustomerReviews RSS page depth is limited to 10")
