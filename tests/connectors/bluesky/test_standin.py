"""The stand-in refuses what Bluesky refuses, and shows what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.bluesky.record_key import record_key
from connectors.bluesky.standin import BlueskyStandin
from connectors.bluesky.standin_world import COLLECTION
from vocbot.sdk.testing.clock import HandClock

LOGIN = "com.atproto.server.createSession"
REFRESH = "com.atproto.server.refreshSession"
CREATE = "com.atproto.repo.createRecord"


class Peer:
    """Somebody who calls the stand-in by hand."""

    def __init__(self, bluesky: BlueskyStandin) -> None:
        self.bluesky = bluesky
        self.http = httpx.Client(base_url=bluesky.url)
        self.tokens = self.login().json()

    def login(self, **change: str) -> httpx.Response:
        settings = self.bluesky.settings()
        body = {"identifier": settings["identifier"], "password": settings["app_password"], **change}
        return self.http.post(f"/xrpc/{LOGIN}", json=body)

    def get(self, name: str, token: str | None = None, **params: Any) -> httpx.Response:
        return self.http.get(f"/xrpc/{name}", params=params, headers=self.bearer(token))

    def post(self, name: str, body: Any = None, token: str | None = None) -> httpx.Response:
        return self.http.post(f"/xrpc/{name}", json=body, headers=self.bearer(token))

    def create(self, **change: Any) -> httpx.Response:
        record = {"$type": COLLECTION, "text": "hello", "createdAt": "2026-11-03T09:07:00.000Z"}
        body = {"repo": self.tokens["did"], "collection": COLLECTION, "record": record}
        return self.post(CREATE, {**body, **change})

    def bearer(self, token: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {token or self.tokens['accessJwt']}"}


@pytest.fixture
def peer(bluesky: BlueskyStandin) -> Iterator[Peer]:
    found = Peer(bluesky)
    yield found
    found.http.close()


def name(response: httpx.Response) -> tuple[int, str]:
    assert isinstance(response.json()["message"], str)
    return response.status_code, response.json()["error"]


def test_sessions(bluesky: BlueskyStandin, peer: Peer) -> None:
    assert name(peer.login(password="wrong")) == (401, "AuthenticationRequired")
    assert name(peer.login(identifier="other.example")) == (401, "AuthenticationRequired")
    assert name(peer.http.post(f"/xrpc/{LOGIN}", json={"identifier": 7})) == (400, "InvalidRequest")
    assert name(peer.http.get("/xrpc/com.atproto.server.getSession")) == (401, "AuthMissing")
    assert name(peer.get("com.atproto.server.getSession", token="x")) == (400, "InvalidToken")
    refresh = peer.tokens["refreshJwt"]
    assert name(peer.get("com.atproto.server.getSession", token=refresh)) == (400, "InvalidToken")
    assert name(peer.post(REFRESH)) == (400, "InvalidToken")  # an access token is no refresh token
    renewed = peer.post(REFRESH, token=refresh).json()
    assert name(peer.post(REFRESH, token=refresh)) == (400, "InvalidToken")  # each is good for once
    bluesky.end_sessions()
    assert name(peer.get("com.atproto.server.getSession", token=renewed["accessJwt"])) == (400, "ExpiredToken")
    assert peer.post(REFRESH, token=renewed["refreshJwt"]).status_code == 200


def test_signing_in_is_limited(peer: Peer) -> None:
    for _ in range(29):
        last = peer.login()
    assert last.headers["ratelimit-remaining"] == "0"
    refused = peer.login()
    assert name(refused) == (429, "RateLimitExceeded") and int(refused.headers["ratelimit-reset"]) > 1_700_000_000


def test_records(bluesky: BlueskyStandin, peer: Peer) -> None:
    key = record_key("k")
    made = peer.create(rkey=key).json()
    assert made["uri"] == f"at://{bluesky.us.did}/{COLLECTION}/{key}" and made["validationStatus"] == "valid"
    assert name(peer.create(rkey=key)) == (500, "InternalServerError")
    assert len(bluesky.effects("reply_sent")) == 1
    assert name(peer.create(rkey="not-a-tid")) == (400, "InvalidRequest")
    assert name(peer.create(repo="did:plc:other")) == (401, "AuthenticationRequired")
    assert name(peer.create(collection="app.bsky.feed.like")) == (400, "InvalidRequest")
    assert name(peer.create(record={"$type": COLLECTION})) == (400, "InvalidRequest")
    assert name(peer.create(record="text")) == (400, "InvalidRequest")
    where = {"repo": bluesky.us.did, "collection": COLLECTION}
    kept = peer.http.get("/xrpc/com.atproto.repo.getRecord", params={**where, "rkey": key}).json()  # needs no session
    assert (kept["uri"], kept["cid"], kept["value"]["text"]) == (made["uri"], made["cid"], "hello")
    assert name(peer.get("com.atproto.repo.getRecord", **where, rkey="3aaaaaaaaaaaa")) == (400, "RecordNotFound")


def test_an_effect_is_named_by_the_delivery_key(bluesky: BlueskyStandin, peer: Peer) -> None:
    peer.create(rkey=record_key("notice:1"))
    (effect,) = bluesky.effects("reply_sent")
    assert effect["key"] == "notice:1" and effect["key"] != "notice:10" and effect["key"] != None  # noqa: E711


def test_pages(bluesky: BlueskyStandin, peer: Peer, clock: HandClock) -> None:
    for n in range(45):
        bluesky.mention(f"m{n}", "sam")
    seen: list[str] = []
    params: dict[str, str] = {"limit": "100"}
    while True:
        answer = peer.get("app.bsky.notification.listNotifications", **params).json()
        seen += [item["record"]["text"] for item in answer["notifications"]]
        if "cursor" not in answer:
            break
        params["cursor"] = answer["cursor"]
    assert seen == [f"@acme.example m{n}" for n in reversed(range(45))]
    bluesky.expire()
    for cursor in (params["cursor"], "x", "e30="):
        answer = peer.get("app.bsky.notification.listNotifications", cursor=cursor)
        assert name(answer) == (400, "InvalidRequest")
    for limit in ("0", "101", "x"):
        assert peer.get("app.bsky.notification.listNotifications", limit=limit).status_code == 400


def test_searches(bluesky: BlueskyStandin, peer: Peer, clock: HandClock) -> None:
    def found(**params: str) -> list[str]:
        answer = peer.get("app.bsky.feed.searchPosts", **params)
        assert answer.status_code == 200, answer.text
        return [post["record"]["text"] for post in answer.json()["posts"]]

    bluesky.post("Acme App rocks", "sam")
    clock.move(timedelta(hours=1))
    bluesky.post("the app of Acme", "kim")
    assert found(q="acme app") == ["the app of Acme", "Acme App rocks"]
    assert found(q='"acme app"') == ["Acme App rocks"]
    assert found(q="acme", since="2026-11-03T10:07:00.000Z") == ["the app of Acme"]  # inclusive
    assert found(q="acme", until="2026-11-03T10:07:00.000Z") == ["Acme App rocks"]
    assert found(q="acme", lang="zh") == []
    bluesky.search_lag = timedelta(minutes=10)
    assert found(q="acme") == ["Acme App rocks"]
    assert name(peer.get("app.bsky.feed.searchPosts", q='"x')) == (400, "BadQueryString")
    assert name(peer.get("app.bsky.feed.searchPosts", q="x", since="2026-11-03")) == (400, "InvalidRequest")


def test_what_is_shown_of_a_post_that_is_gone(bluesky: BlueskyStandin, peer: Peer) -> None:
    post = bluesky.mention("It stops", "sam")
    assert len(peer.get("app.bsky.feed.getPosts", uris=post.uri).json()["posts"]) == 1
    post.deleted = True
    assert peer.get("app.bsky.feed.getPosts", uris=post.uri).json() == {"posts": []}
    assert peer.get("app.bsky.notification.listNotifications").json()["notifications"] == []
