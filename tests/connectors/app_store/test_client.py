"""What the client makes of the many shapes of an answer."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.app_store.client import Beyond, Client, Unreadable
from connectors.app_store.config import AppStoreSettings
from connectors.app_store.standin import AppStoreStandin, feed
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.testing.standin import Fault

REVIEW = {"im:rating": {"label": "3"}, "id": {"label": "1"}}
APP = {"im:name": {"label": "Shop"}, "id": {"label": "2"}}


@pytest.fixture
def client(store: AppStoreStandin) -> Client:
    return Client(AppStoreSettings.model_validate(store.settings()), 2.0)


def answers(store: AppStoreStandin, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
    store.faults.add(Fault("customerreviews|lookup", "answer", status, headers or {}, body))


@pytest.mark.parametrize(
    ("body", "entries"),
    [
        (feed([REVIEW, REVIEW]), [REVIEW, REVIEW]),
        (feed([REVIEW]), [REVIEW]),  # an object, no list
        (feed([APP, REVIEW]), [REVIEW]),
        (feed([APP]), []),
        (feed([]), []),
        ({"feed": {"entry": None}}, []),
        ({"feed": {"entry": []}}, []),
        ({"feed": {"entry": ["odd", {"id": 3}]}}, ["odd", {"id": 3}]),  # kept: the parser says what is odd
    ],
)
def test_shapes(store: AppStoreStandin, client: Client, body: Any, entries: list[Any]) -> None:
    answers(store, 200, body)
    assert client.entries("us", 1) == entries


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b'{"feed": {', b"[" * 50_000, [], {}, {"feed": []}, {"feed": {"entry": "x"}}]
)
def test_what_is_no_feed_is_asked_for_again(store: AppStoreStandin, client: Client, body: Any) -> None:
    answers(store, 200, body)
    with pytest.raises(Unreadable):
        client.entries("us", 1)


@pytest.mark.parametrize(
    ("status", "page", "raised", "after"),
    [
        (403, 1, Retryable, None),
        (429, 1, Retryable, 9.0),
        (503, 1, Retryable, 9.0),
        (500, 2, Retryable, 9.0),
        (400, 1, Rejected, None),
        (400, 2, Beyond, None),
        (404, 1, Rejected, None),
    ],
)
def test_refusals(
    store: AppStoreStandin, client: Client, status: int, page: int, raised: type[Exception], after: float | None
) -> None:
    answers(store, status, b"no", {"Retry-After": "9"})
    with pytest.raises(raised) as error:
        client.entries("us", page)
    assert type(error.value) is raised
    assert getattr(error.value, "after", None) == after
    assert str(status) in str(error.value)


def test_whether_the_app_is_sold(store: AppStoreStandin, client: Client) -> None:
    assert client.sold("us")
    assert not client.sold("de")
    answers(store, 200, {"results": []})
    with pytest.raises(Unreadable):
        client.sold("us")
