"""The stand-in is a server like the vendor's: pages, limits, refusals, what it shows to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.mastodon.standin import MastodonStandin
from connectors.mastodon.standin_world import measure, to_html
from vocbot.sdk.testing.clock import HandClock


@pytest.fixture
def http(mastodon: MastodonStandin) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {mastodon.token}"}
    with httpx.Client(base_url=mastodon.url, headers=headers) as client:
        yield client


def ids(response: httpx.Response) -> list[str]:
    return [item["id"] for item in response.json()]


def test_pages_in_both_directions(mastodon: MastodonStandin, http: httpx.Client) -> None:
    made = [mastodon.post(f"#acmeapp {number}", "ann").id for number in range(7)]
    path = "/api/v1/timelines/tag/AcmeApp"
    newest = http.get(path, params={"limit": 3})
    assert ids(newest) == made[:3:-1]
    assert ids(http.get(path, params={"min_id": made[0], "limit": 3})) == made[3:0:-1]  # right after it
    assert ids(http.get(path, params={"since_id": made[0], "limit": 3})) == made[:3:-1]  # the youngest there are
    assert ids(http.get(path, params={"max_id": made[2]})) == made[1::-1]
    assert ids(http.get(newest.links["next"]["url"])) == made[3:0:-1]
    assert newest.links["prev"]["url"] == f"{mastodon.url}{path}?limit=3&min_id={made[6]}"
    assert ids(http.get(newest.links["prev"]["url"])) == []
    assert "link" not in http.get(newest.links["prev"]["url"]).headers
    assert ids(http.get(path, params={"min_id": "0"})) == made[::-1]


def test_a_page_has_at_most_so_many(mastodon: MastodonStandin, http: httpx.Client) -> None:
    mastodon.page_size = 1000
    for number in range(90):
        mastodon.speak(f"#acmeapp {number}", "ann")
    sizes = [len(ids(http.get("/api/v1/notifications", params=p))) for p in ({}, {"limit": 500}, {"limit": 0})]
    assert sizes == [40, 80, 40]
    tag = "/api/v1/timelines/tag/acmeapp"
    assert [len(ids(http.get(tag, params=p))) for p in ({}, {"limit": 500})] == [20, 40]


def test_ids_of_posts_tell_the_time_and_those_of_notifications_count(
    mastodon: MastodonStandin, http: httpx.Client, clock: HandClock
) -> None:
    mastodon.speak("one", "ann")
    (noted,) = http.get("/api/v1/notifications").json()
    assert int(noted["status"]["id"]) >> 16 == int(clock.now().timestamp() * 1000)
    assert int(noted["id"]) < 100


def test_filters_hold_back_private_words_of_strangers(mastodon: MastodonStandin, http: httpx.Client) -> None:
    first = mastodon.post("@acme hello", "ann", visibility="direct")
    ours = mastodon.post("@ann hello", "acme", visibility="direct", answers=first.id)
    mastodon.post("@acme again", "ann", visibility="direct", answers=ours.id)
    assert len(ids(http.get("/api/v1/notifications"))) == 1
    assert len(ids(http.get("/api/v1/notifications", params={"include_filtered": "true"}))) == 2


def test_refusals_have_the_servers_shape(mastodon: MastodonStandin, http: httpx.Client) -> None:
    assert http.get("/api/v1/statuses/1").json() == {"error": "Record not found"}
    wrong = http.get("/api/v1/notifications", headers={"Authorization": "Bearer no"})
    assert (wrong.status_code, wrong.json()) == (401, {"error": "The access token is invalid"})
    app = http.get("/api/v1/notifications", headers={"Authorization": f"Bearer {mastodon.app_token}"})
    assert (app.status_code, app.json()) == (422, {"error": "This method requires an authenticated user"})
    mastodon.scopes = ("read",)
    denied = http.post("/api/v1/statuses", json={"status": "x"})
    assert (denied.status_code, denied.json()) == (403, {"error": "This action is outside the authorized scopes"})
    assert http.get("/api/v2/instance", headers={"Authorization": ""}).status_code == 200
    assert mastodon.effects("reply_sent") == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"status": 7}, 422),
        ({"status": "  "}, 422),
        ({"status": "x" * 501}, 422),
        ({"status": "x" * 500}, 200),
        ({"status": "x" * 400, "spoiler_text": "y" * 101}, 422),
        ({"status": "x", "visibility": "all"}, 422),
        ({"status": "x", "in_reply_to_id": "5"}, 404),
        ({"status": "👩‍👩‍👧‍👦" * 500}, 200),
        ({"status": "https://shop.example.com/" + "x" * 5000}, 200),
        ({"status": "https://voc.example/" + "x" * 500}, 422),
    ],
)
def test_posts_that_are_taken(mastodon: MastodonStandin, http: httpx.Client, body: Any, status: int) -> None:
    answer = http.post("/api/v1/statuses", json=body)
    assert answer.status_code == status
    assert ("error" in answer.json()) == (status != 200)
    assert len(mastodon.effects("reply_sent")) == (status == 200)


def test_every_answer_tells_the_limit(mastodon: MastodonStandin, http: httpx.Client) -> None:
    mastodon.allowed = 3
    left = [http.get("/api/v2/instance").headers["X-RateLimit-Remaining"] for _ in range(2)]
    assert left == ["2", "1"]
    assert http.get("/api/v1/statuses/1").headers["X-RateLimit-Remaining"] == "0"
    over = http.get("/api/v2/instance")
    assert over.status_code == 429 and over.headers["X-RateLimit-Reset"].endswith("+00:00")


def test_a_key_is_kept_an_hour(mastodon: MastodonStandin, http: httpx.Client, clock: HandClock) -> None:
    def post(words: str) -> str:
        answer = http.post("/api/v1/statuses", json={"status": words}, headers={"Idempotency-Key": "k"})
        found: str = answer.json()["id"]
        return found

    first = post("one")
    assert post("two") == first
    clock.move(timedelta(hours=1))
    assert post("three") != first


def test_who_sees_what(mastodon: MastodonStandin, http: httpx.Client) -> None:
    private = mastodon.post("not for us", "ann", visibility="private")
    ours = mastodon.post("@acme for us", "ann", visibility="direct")
    quiet = mastodon.post("#acmeapp quiet", "ann", visibility="unlisted")
    seen = [http.get(f"/api/v1/statuses/{post.id}").status_code for post in (private, ours, quiet)]
    assert seen == [404, 200, 200]
    assert ids(http.get("/api/v1/timelines/tag/acmeapp")) == []


def test_posts_are_marked_up_as_the_server_does() -> None:
    shown = to_html("@ann see https://shop.example.com/" + "x" * 40 + "\nnow\n\n#Acme <b>", "https://m.example")
    assert shown.startswith('<p><span class="h-card" translate="no"><a href="https://m.example/@ann"')
    assert '<span class="invisible">https://</span><span class="ellipsis">shop.example.com/' in shown
    assert "<br />now</p><p>" in shown and "#<span>Acme</span></a> &lt;b&gt;</p>" in shown


def test_the_answers_to_a_thread_of_ones_own_go_to_whom_it_began_with(
    mastodon: MastodonStandin, http: httpx.Client
) -> None:
    ours = mastodon.post("hello", "acme")
    first = mastodon.post("@acme no", "ann", answers=ours.id)
    more = mastodon.post("@acme and besides", "ann", answers=first.id)
    shown = http.get(f"/api/v1/statuses/{more.id}").json()
    assert (shown["in_reply_to_id"], shown["in_reply_to_account_id"]) == (first.id, mastodon.us.id)


def test_what_is_measured() -> None:
    assert measure("@ann@people.example.com hi") == 7
    assert measure("ann@people.example.com") == 22
    assert measure("见https://a.cn/x。") == 24  # it takes what follows for a part of the address
    assert measure("https://voc.example/i/42") == 24
